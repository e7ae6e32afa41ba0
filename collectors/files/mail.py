"""Saved e-mail (RFC 5322): who wrote to whom, the way it took as its servers tell it, and what it carries."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses

from collectors.files import words
from collectors.files.sheet import Sheet, clean
from core.language import NN_
from core.language.noted import nnoted, noted

HEADERS = 256 * 1024
MOST_STOPS = 30
MOST_PARTS = 100
STOPS = NN_("The e-mail names {n} stops; {most} were read.", "The e-mail names {n} stops; {most} were read.")
ADDRESS = re.compile(r"\[(?:IPv6:)?([0-9a-f.:]{3,45})\]", re.IGNORECASE)
BY = re.compile(r"\bby\s+([\w.-]{1,253})")
FROM = re.compile(r"^from\s+([\w.\[\]:-]{1,253})")
DOMAIN = re.compile(r"\bd=([\w.-]{1,253})")
SELECTOR = re.compile(r"\bs=([\w.-]{1,100})")
RESULT = re.compile(r"\b(spf|dkim|dmarc|arc)\s*=\s*(\w{1,20})", re.IGNORECASE)
BROKEN = (MessageError, ValueError, TypeError, LookupError, AttributeError, IndexError, RecursionError)
ROLES = {
    "From": "sender",
    "Reply-To": "reply address",
    "Return-Path": "envelope sender",
    "To": "recipient",
    "Cc": "recipient",
}


def read(body: bytes, sheet: Sheet) -> None:
    """Write down what the headers say. All of them can be forged but those that one's own server wrote."""
    end = re.search(rb"\r?\n\r?\n", body[:HEADERS])
    try:
        mail = message_from_bytes(body[: end.start() if end else HEADERS], policy=policy.compat32)
        _people(mail, sheet)
        _way(mail, sheet)
        _claims(mail, sheet)
    except BROKEN:
        sheet.gap("unreadable_file", noted("The e-mail's headers cannot be read."))
    _attached(body, sheet)


def _people(mail: Message, sheet: Sheet) -> None:
    sheet.say("Subject", _text(mail.get("Subject")))
    sheet.say("Date", _text(mail.get("Date")))
    for header, role in ROLES.items():
        found = [_text(each) for each in mail.get_all(header, [])][:20]
        sheet.say(header, "; ".join(found))
        for name, address in getaddresses(found)[:50]:
            if words.EMAIL.fullmatch(address):
                sheet.found("email", address, header, role=role)
            words.person(sheet, name, header, role=role)
    if organisation := _text(mail.get("Organization")):
        sheet.found("organisation", organisation, "Organization")
    for header in ("X-Mailer", "User-Agent"):
        if program := _text(mail.get(header)):
            words.software(sheet, program, header)
    identity = _text(mail.get("Message-ID"))
    sheet.say("Message-ID", identity)
    if "@" in identity:
        words.host(sheet, identity.rpartition("@")[2].strip("> "), "Message-ID", role="host in the message id")


def _way(mail: Message, sheet: Sheet) -> None:
    """The stops, the first server's first; each adds its line on top."""
    stops = [" ".join(_text(each).split()) for each in mail.get_all("Received", [])][::-1]
    way = []
    for number, stop in enumerate(stops[:MOST_STOPS]):
        sender, taker, address = FROM.search(stop), BY.search(stop), ADDRESS.search(stop)
        named = " ".join(filter(None, (sender[1] if sender else "", f"[{address[1]}]" if address else "")))
        way.append(
            f"{named or 'unknown'} to {taker[1] if taker else 'unknown'}; {stop.rpartition(';')[2].strip()[:60]}"
        )
        if address:
            sheet.found("ip", address[1], "Received", role="first stop" if number == 0 else "stop on the way")
        if taker:
            words.host(sheet, taker[1], "Received", role="mail server on the way")
    sheet.say(noted("Way it took"), way)
    if len(stops) > MOST_STOPS:
        sheet.gap("truncated", nnoted(*STOPS, len(stops), most=MOST_STOPS))
    for header in ("X-Originating-IP", "X-Sender-IP", "X-Client-IP"):
        if found := re.search(r"[0-9a-f.:]{3,45}", _text(mail.get(header)), re.IGNORECASE):
            sheet.found(
                "ip",
                found[0],
                header,
                role="sender's address",
                severity="medium",
                why=noted("The e-mail names the address of its writer."),
            )


def _claims(mail: Message, sheet: Sheet) -> None:
    """Signatures and results as they stand there: nothing was checked again."""
    for signature in mail.get_all("DKIM-Signature", [])[:10]:
        if domain := DOMAIN.search(_text(signature)):
            selector = SELECTOR.search(_text(signature))
            words.host(sheet, domain[1], "DKIM-Signature", role="signing domain")
            sheet.say(
                noted("DKIM signature of {name}", name=domain[1]),
                noted("selector {name}, not checked", name=selector[1] if selector else "?"),
            )
    results = " ".join(_text(each) for each in mail.get_all("Authentication-Results", [])[:5])
    told = [f"{name.lower()}={value.lower()}" for name, value in RESULT.findall(results)[:10]]
    sheet.say(noted("Checks, as a server on the way claims"), told)
    failed = [each for each in told if each.endswith(("=fail", "=softfail"))]
    if failed:
        sheet.warn(
            noted("sender not confirmed"),
            noted("A server on the way says: {claims}.", claims=", ".join(failed)),
            where="Authentication-Results",
        )


def _attached(body: bytes, sheet: Sheet) -> None:
    names = re.findall(rb'\bfilename="?([^"\r\n;]{1,200})', body[:8_000_000])[:MOST_PARTS]
    sheet.say(noted("Attached files"), list(dict.fromkeys(_text(name.decode("utf-8", "replace")) for name in names)))


def _text(value: object) -> str:
    """A header's words, decoded (RFC 2047)."""
    if value is None:
        return ""
    try:
        parts = decode_header(str(value)[:4000])
        return clean("".join(_decoded(part, charset) for part, charset in parts))
    except BROKEN:
        return clean(str(value))


def _decoded(part: bytes | str, charset: str | None) -> str:
    if isinstance(part, str):
        return part
    known = charset and re.fullmatch(r"utf-8|us-ascii|iso-8859-\d{1,2}|windows-125\d", charset.lower())
    return part.decode(charset if known and charset else "utf-8", "replace")
