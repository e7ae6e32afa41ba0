"""Zone transfers: asked for only on demand, bounded, and what cannot be found out is said."""

from __future__ import annotations

import dns.message
import dns.rcode
import dns.rrset
import pytest

from collectors.dns import dns as collector
from core.models import Fact, Kind, Outcome, Severity, Target
from tests.collectors.canned import IMPATIENT, World
from tests.collectors.zones import checks, healthy, values

COM = Target(Kind.DOMAIN, "example.com")
SOA = ("example.com.", "SOA", "ns1.example.net. hostmaster.example.com. 7 3600 600 86400 60")
ROWS = [
    ("vpn.example.com.", "A", "192.0.2.77"),
    ("_dmarc.example.com.", "TXT", '"v=DMARC1; p=none"'),
    ("elsewhere.example.org.", "A", "192.0.2.78"),
]


def transfer_of(*rows: tuple[str, str, str], rcode: str = "NOERROR") -> bytes:
    """The bytes of one message that answers a transfer, without its id."""
    query = dns.message.make_query("example.com.", "AXFR")
    response = dns.message.make_response(query)
    response.set_rcode(dns.rcode.from_text(rcode))
    response.answer = [dns.rrset.from_text(owner, 300, "IN", rdtype, text) for owner, rdtype, text in rows]
    return response.to_wire(max_size=65535)[2:]


async def test_nobody_is_asked_for_a_zone_unless_the_asker_wants_it(world: World) -> None:
    healthy(world)
    _, found = await world.collect(collector, COM)
    assert world.dns.count(rdtype="AXFR") == 0
    assert "Zone transfer" not in checks(found)


async def test_a_zone_that_is_handed_over_is_told_with_its_names(world: World) -> None:
    healthy(world)
    world.dns.raw("example.com", transfer_of(SOA, *ROWS, SOA), rdtype="AXFR")
    look, found = await world.collect(collector, COM, options=["transfers"])
    check = checks(found)["Zone transfer"]
    assert look.outcome is Outcome.FOUND
    assert (check.severity, check.attributes["grade"]) == (Severity.HIGH, "bad")
    assert "ns1.example.net, ns1.example.org hand the whole zone example.com to anybody" in check.attributes["why"]
    assert values(found, Kind.DOMAIN, "name in the zone") == ["_dmarc.example.com", "example.com", "vpn.example.com"]
    assert values(found, Kind.IP, "address in the zone") == ["192.0.2.77"]
    assert world.dns.count("example.com", "AXFR") == 2


async def test_servers_that_refuse_are_well_kept(world: World) -> None:
    healthy(world)
    world.dns.rcode("example.com", "REFUSED", rdtype="AXFR")
    look, found = await world.collect(collector, COM, options=["transfers"])
    assert look.outcome is Outcome.FOUND
    assert checks(found)["Zone transfer"].attributes["grade"] == "good"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (transfer_of(SOA, *ROWS), "down"),  # and then the server hangs up
        (transfer_of(*ROWS, SOA), "down"),
        (transfer_of(), "down"),
        (b"\x00" * 40, "down"),
    ],
)
async def test_what_is_no_whole_transfer_is_not_known(world: World, raw: bytes, reason: str) -> None:
    healthy(world)
    world.dns.raw("example.com", raw, rdtype="AXFR")
    look, found = await world.collect(collector, COM, options=["transfers"])
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, reason)
    assert "Whether ns1.example.net hands the zone over is not known" in look.message
    assert "Zone transfer" not in checks(found)


async def test_silence_is_not_known_either(world: World) -> None:
    healthy(world)
    world.dns.silent("example.com", "AXFR")
    look, found = await world.collect(collector, COM, options=["transfers"], patience=IMPATIENT)
    assert look.outcome is Outcome.PARTIAL
    assert "not known" in look.message
    assert "Zone transfer" not in checks(found)


async def test_a_flood_is_read_up_to_the_bound_and_said(world: World) -> None:
    healthy(world)
    many = [(f"host{number}.example.com.", "A", "192.0.2.1") for number in range(2_500)]
    world.dns.raw("example.com", transfer_of(SOA, *many, SOA), rdtype="AXFR")
    look, found = await world.collect(collector, COM, options=["transfers"])
    assert look.outcome is Outcome.PARTIAL
    assert "The zone holds more than was read." in look.message
    assert checks(found)["Zone transfer"].attributes["parts"]["cut"] is True
    assert len([each for each in found if each.attributes.get("role") == "name in the zone"]) == 500
    assert not any(each.kind is Fact.RECORD and "host2" in each.value for each in found)
