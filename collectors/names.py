"""Tells host names, e-mail addresses and countries from whatever else a source writes in their place."""

from __future__ import annotations

LOCAL = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._%+-'#&/=~")
"""What mailboxes use in practice; RFC 5322 allows more, and with it quotes, backticks and markup."""


def is_host(text: str, *, underscores: bool = True) -> bool:
    """Lower-case letters, digits and hyphens in at least two labels, the last one not a number (RFC 1123 2.1).

    Underscores occur in names of DNS records and in old certificates (RFC 8552).
    """
    labels = text.split(".") if len(text) <= 253 else []
    if len(labels) < 2 or labels[-1].isdigit():
        return False
    return all(_is_label(label, underscores=underscores) for label in labels)


def _is_label(label: str, *, underscores: bool) -> bool:
    plain = label.replace("-", "").replace("_", "" if underscores else "_")
    shaped = plain.isascii() and plain.isalnum() and label == label.lower()
    return 0 < len(label) <= 63 and shaped and label[0] != "-" != label[-1]


def email_in(text: str) -> str:
    """An address as targets spell it, its domain in lower case; "" when it is none (a web form, a redaction)."""
    local, _, domain = text.strip().rpartition("@")
    host = domain.lower().rstrip(".")
    fits = 0 < len(local) <= 64 and set(local) <= LOCAL
    return f"{local}@{host}" if fits and is_host(host, underscores=False) else ""


def phone_in(text: str) -> str:
    """A number in international form without punctuation (ITU-T E.164: up to 15 digits); "" for others."""
    bare = text.partition(";")[0].partition(" x")[0].partition("ext")[0].strip()
    digits = "".join(sign for sign in bare if sign in "0123456789")
    return f"+{digits}" if bare.startswith("+") and 7 <= len(digits) <= 15 else ""


def country_in(text: str) -> str:
    """A country by code or name; "" for what can't be one."""
    words = text.strip()
    plain = words.replace(" ", "").replace("-", "").replace("'", "").replace(",", "").replace("(", "").replace(")", "")
    return words if plain.isalpha() and 2 <= len(words) <= 60 else ""


def link_in(text: str) -> str:
    """A web address without anything that a program could run or a person misread; "" for others."""
    fits = text.startswith(("https://", "http://")) and text.isascii() and text.isprintable()
    return text if fits and not set(text) & set(" <>\"'`|\\^{}") else ""
