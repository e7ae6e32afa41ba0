"""Mail servers: whether the names in MX records can take mail (RFC 5321 5.1, RFC 7505)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from collectors.posture.check import Check, bad, fair, good, info
from core.models import Severity


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
        return good("Mail servers", "The name says that it receives no mail (null MX).", raw="0 .")
    if not exchanges and not odd:
        why = "No MX record" + ("; senders try its address instead." if fallback else ": it receives no mail.")
        return info("Mail servers", why)
    raw = " | ".join(f"{each.preference} {each.name}" for each in exchanges[:10])
    parts: dict[str, object] = {"servers": [_part(each) for each in exchanges], "odd": odd}
    trouble = _trouble(exchanges, odd)
    if trouble:
        why, severity = trouble
        return bad("Mail servers", why, severity=severity, raw=raw, parts=parts)
    weak = _weakness(exchanges, null=null)
    if weak:
        return fair("Mail servers", weak, raw=raw, parts=parts)
    if any(each.addresses is None for each in exchanges):
        return info("Mail servers", "Not every mail server's address could be asked for.", raw=raw, parts=parts)
    count = len(exchanges)
    why = f"{count} mail {'server' if count == 1 else 'servers'}, all with an address."
    return good("Mail servers", why, raw=raw, parts=parts)


def _trouble(exchanges: Sequence[Exchange], odd: int) -> tuple[str, Severity] | None:
    missing = next((each for each in exchanges if each.exists is False), None)
    free = next((each for each in exchanges if each.free), None)
    if free is not None:
        why = f"{free.name} does not exist; {free.free} looks free, and whoever registers it receives the mail."
        return why, Severity.HIGH
    if missing is not None:
        return f"{missing.name} does not exist.", Severity.MEDIUM
    if odd:
        return f"{odd} MX {'record names' if odd == 1 else 'records name'} no host.", Severity.MEDIUM
    empty = next((each for each in exchanges if each.addresses == ()), None)
    return (f"{empty.name} has no address.", Severity.MEDIUM) if empty is not None else None


def _weakness(exchanges: Sequence[Exchange], *, null: bool) -> str:
    if null:
        return "There are mail servers beside a record that says there are none (null MX)."
    alias = next((each for each in exchanges if each.alias), None)
    return f"{alias.name} is an alias (CNAME), which MX records must not name (RFC 2181 10.3)." if alias else ""


def _part(each: Exchange) -> dict[str, object]:
    return {
        "name": each.name,
        "preference": each.preference,
        "exists": each.exists,
        "addresses": None if each.addresses is None else list(each.addresses),
        "alias": each.alias,
    }
