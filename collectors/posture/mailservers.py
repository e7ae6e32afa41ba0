"""Mail servers: whether the names in MX records can take mail (RFC 5321 5.1, RFC 7505)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from collectors.posture.check import Check, bad, fair, good, info
from core.language import N_
from core.language.noted import nnoted, noted
from core.models import Severity

NAME = N_("Mail servers")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One MX record as seen. `exists` and `addresses` are None when the question was not answered; `free` is
    the domain it lies in when nobody seems to hold that.
    """

    name: str
    preference: int
    exists: bool | None = None
    addresses: tuple[str, ...] | None = None
    alias: bool = False
    free: str = ""


def grade(exchanges: Sequence[Exchange], *, null: bool, fallback: bool, odd: int = 0) -> Check:
    """Grade a name's mail servers. `null`: it says that it takes no mail; `fallback`: it has an address,
    which senders use when there is no MX record at all (RFC 5321 5.1); `odd`: records that name no host.
    """
    if null and not exchanges:
        return good(NAME, noted("The name says that it receives no mail (null MX)."), raw="0 .")
    if not exchanges and not odd:
        instead = noted("No MX record; senders try its address instead.")
        return info(NAME, instead if fallback else noted("No MX record: it receives no mail."))
    raw = " | ".join(f"{each.preference} {each.name}" for each in exchanges[:10])
    parts: dict[str, object] = {"servers": [_part(each) for each in exchanges], "odd": odd}
    trouble = _trouble(exchanges, odd)
    if trouble:
        why, severity = trouble
        return bad(NAME, why, severity=severity, raw=raw, parts=parts)
    weak = _weakness(exchanges, null=null)
    if weak:
        return fair(NAME, weak, raw=raw, parts=parts)
    if any(each.addresses is None for each in exchanges):
        return info(NAME, noted("Not every mail server's address could be asked for."), raw=raw, parts=parts)
    why = nnoted("{n} mail server, all with an address.", "{n} mail servers, all with an address.", len(exchanges))
    return good(NAME, why, raw=raw, parts=parts)


def _trouble(exchanges: Sequence[Exchange], odd: int) -> tuple[str, Severity] | None:
    missing = next((each for each in exchanges if each.exists is False), None)
    free = next((each for each in exchanges if each.free), None)
    if free is not None:
        why = noted(
            "{name} does not exist; {free} looks free, and whoever registers it receives the mail.",
            name=free.name,
            free=free.free,
        )
        return why, Severity.HIGH
    if missing is not None:
        return noted("{name} does not exist.", name=missing.name), Severity.MEDIUM
    if odd:
        return nnoted("{n} MX record names no host.", "{n} MX records name no host.", odd), Severity.MEDIUM
    empty = next((each for each in exchanges if each.addresses == ()), None)
    return (noted("{name} has no address.", name=empty.name), Severity.MEDIUM) if empty is not None else None


def _weakness(exchanges: Sequence[Exchange], *, null: bool) -> str:
    if null:
        return noted("There are mail servers beside a record that says there are none (null MX).")
    alias = next((each for each in exchanges if each.alias), None)
    if alias is None:
        return ""
    return noted("{name} is an alias (CNAME), which MX records must not name (RFC 2181 10.3).", name=alias.name)


def _part(each: Exchange) -> dict[str, object]:
    return {
        "name": each.name,
        "preference": each.preference,
        "exists": each.exists,
        "addresses": None if each.addresses is None else list(each.addresses),
        "alias": each.alias,
    }
