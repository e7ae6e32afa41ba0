"""What the status words of registries mean for a reader, and which of them should make one look up.

Words and meanings after RFC 8056 (EPP to RDAP), RFC 5731 section 2.3, RFC 3915 section 3.1 and ICANN's
page of EPP status codes, icann.org/epp.
"""

from __future__ import annotations

from core.language import N_
from core.language.noted import noted

MEANINGS: dict[str, str] = {
    "active": N_("registered; nothing keeps it out of the DNS"),
    "ok": N_("registered, and nothing is locked"),
    "inactive": N_("registered without name servers, so it is not in the DNS"),
    "locked": N_("changes are not allowed"),
    "associated": N_("other registry objects refer to it"),
    "linked": N_("other registry objects refer to it"),
    "add period": N_("registered within the last days; the registrar can still give it back for a refund"),
    "auto renew period": N_("renewed by itself a short while ago; the registrar can still undo it"),
    "renew period": N_("renewed within the last days"),
    "transfer period": N_("moved to another registrar within the last days"),
    N_("client hold"): N_("the registrar took it out of the DNS: often non-payment, a dispute or abuse"),
    N_("server hold"): N_("the registry took it out of the DNS: often a dispute or abuse"),
    "client delete prohibited": N_("the registrar refuses to delete it (a lock the holder can ask for)"),
    "client renew prohibited": N_("the registrar refuses to renew it: often a dispute, or it is to be deleted"),
    "client transfer prohibited": N_("the registrar refuses to move it elsewhere (the usual theft lock)"),
    "client update prohibited": N_("the registrar refuses changes (a lock the holder can ask for)"),
    "server delete prohibited": N_("the registry refuses to delete it (registry lock, or a dispute)"),
    "server renew prohibited": N_("the registry refuses to renew it: often a dispute, or it is to be deleted"),
    "server transfer prohibited": N_("the registry refuses to move it elsewhere (registry lock, or a dispute)"),
    "server update prohibited": N_("the registry refuses changes (registry lock, or a dispute)"),
    "pending create": N_("asked for and not yet registered"),
    N_("pending delete"): N_("to be deleted within days; it can't be rescued any more"),
    "pending renew": N_("a renewal waits to be carried out"),
    "pending restore": N_("its holder is rescuing it from deletion"),
    "pending transfer": N_("a move to another registrar waits to be carried out"),
    "pending update": N_("a change waits to be carried out"),
    N_("redemption period"): N_("deleted by the registrar; its holder has about 30 days to rescue it"),
    "connect": N_("registered and in the DNS (DENIC's word)"),
    "failed": N_("registered, but its name servers failed the registry's check (DENIC's word)"),
    "allocated": N_("handed out by the regional registry to the holder"),
    "reserved": N_("set aside; nobody can register it"),
    "private": N_("what the registry holds is not shown to the public"),
    "removed": N_("some of what the registry holds is not shown to the public"),
    "validated": N_("the registry checked that it is correct"),
}

GRAVE = ("hold", "pending delete", "redemption")
"""Out of the DNS, or about to be lost by its holder."""


def plain(word: str) -> str:
    """RDAP's spelling of a status: "clientTransferProhibited https://icann.org/epp#..." and "(...)" undone."""
    bare = word.split("http", 1)[0].split("(", 1)[0].strip()
    spaced = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in bare.replace("_", " "))
    words = bare.lower() if bare.isupper() or " " in bare else spaced
    return " ".join(words.lower().split())


def explained(statuses: tuple[str, ...]) -> dict[str, str]:
    """Each status with its meaning; a word we don't know is shown as it is."""
    return {status: MEANINGS.get(status, noted("a status of this registry's own")) for status in statuses}


def grave(statuses: tuple[str, ...]) -> tuple[str, ...]:
    """The statuses that should make a reader look up."""
    return tuple(status for status in statuses if any(word in status for word in GRAVE))
