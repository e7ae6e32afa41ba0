"""Name servers: whether a zone's servers all answer, agree, and do not fall together (RFC 1912, RFC 2182)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address, ip_network

from collectors.posture.check import Check, bad, fair, good
from core.language import N_
from core.language.noted import noted
from core.models import Severity

NAME = N_("Name servers")


class Health(StrEnum):
    """What a name server said when asked for its zone directly."""

    ANSWERS = "answers"
    LAME = "lame"  # it answers, but not for this zone
    NAMELESS = "nameless"  # its name leads to no address
    INSIDE = "inside"  # its address is private or reserved
    SILENT = "silent"  # no answer in time: it may be down, or the way to it
    UNASKED = "unasked"


@dataclass(frozen=True, slots=True)
class Server:
    """One name server as seen: `serial` only when it answers, `why` says what was wrong, `free` is the domain
    it lies in when nobody seems to hold that.
    """

    name: str
    addresses: tuple[str, ...]
    health: Health
    serial: int | None = None
    why: str = ""
    free: str = ""


def grade(zone: str, servers: Sequence[Server], provider_of: Callable[[str], str]) -> Check:
    """Grade a zone's servers; `provider_of` says who runs the server of a name."""
    providers = sorted({provider_of(server.name) for server in servers})
    networks = sorted({_network(each) for server in servers for each in server.addresses})
    serials = {server.name: server.serial for server in servers if server.serial is not None}
    parts: dict[str, object] = {
        "zone": zone,
        "servers": [_part(server) for server in servers],
        "providers": providers,
        "networks": networks,
        "serials_differ": len(set(serials.values())) > 1,
    }
    trouble = _trouble(servers)
    if trouble:
        why, severity = trouble
        return bad(NAME, why, severity=severity, parts=parts)
    weak = _weakness(servers, serials, networks)
    if weak:
        return fair(NAME, weak, parts=parts)
    if len(providers) == 1:
        why = noted(
            "All {servers} answer and agree; they share one provider ({provider}).",
            servers=len(servers),
            provider=providers[0],
        )
        return good(NAME, why, parts=parts)
    why = noted(
        "All {servers} answer and agree, with {providers} providers.", servers=len(servers), providers=len(providers)
    )
    return good(NAME, why, parts=parts)


def _trouble(servers: Sequence[Server]) -> tuple[str, Severity] | None:
    free = next((server for server in servers if server.free), None)
    if free is not None:
        why = noted(
            "{name} does not exist; {free} looks free, and whoever registers it answers for this zone.",
            name=free.name,
            free=free.free,
        )
        return why, Severity.HIGH
    nameless = next((server for server in servers if server.health is Health.NAMELESS), None)
    if nameless is not None:
        return noted("{name} does not exist, so it answers nobody.", name=nameless.name), Severity.MEDIUM
    inside = next((server for server in servers if server.health is Health.INSIDE), None)
    if inside is not None:
        why = noted("{name} has an address inside a private or reserved network.", name=inside.name)
        return why, Severity.LOW
    lame = [server for server in servers if server.health is Health.LAME]
    if lame:
        why = noted("{name} does not answer for the zone ({why}).", name=lame[0].name, why=lame[0].why)
        return why, Severity.MEDIUM
    return None


def _weakness(servers: Sequence[Server], serials: Mapping[str, int], networks: Sequence[str]) -> str:
    silent = next((server for server in servers if server.health is Health.SILENT), None)
    if silent is not None:
        return noted("{name} did not answer when asked directly.", name=silent.name)
    if len(set(serials.values())) > 1:
        told = ", ".join(f"{name} {serial}" for name, serial in list(serials.items())[:3])
        return noted("The servers hold different versions of the zone ({told}).", told=told)
    if len(servers) == 1:
        return noted("There is only one name server; when it fails, the name is gone.")
    if len(networks) == 1:
        return noted("All name servers sit in one network ({network}) and would fail together.", network=networks[0])
    return ""


def _network(spelled: str) -> str:
    """The /24 or /48 around an address: what one outage takes down."""
    address = ip_address(spelled)
    return str(ip_network((address, 24 if address.version == 4 else 48), strict=False))


def _part(server: Server) -> dict[str, object]:
    return {
        "name": server.name,
        "addresses": list(server.addresses),
        "health": server.health.value,
        "serial": server.serial,
        "why": server.why,
    }
