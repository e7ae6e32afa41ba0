"""Rules on what the collector dns says of whole zones: a sick one makes headlines, a healthy one none of them."""

from __future__ import annotations

from collectors.dns import dns as collector
from core import clock
from core.correlation import correlate, shipped
from core.models import Kind, Outcome, Run, RunState, Target
from tests.collectors.canned import World
from tests.collectors.test_dns_transfers import ROWS, SOA, transfer_of
from tests.collectors.zones import healthy
from tests.core.samples import scan

COM = Target(Kind.DOMAIN, "example.com")
PROMO = Target(Kind.DOMAIN, "promo.example.com")


async def headlines(world: World, target: Target, *options: str) -> dict[str, str]:
    """What the rules say of it, by rule."""
    look, found = await world.collect(collector, target, options=options)
    run = Run("r", "s", 1, "dns", RunState.CLOSED, look.outcome, findings=tuple(found))
    assert look.outcome in (Outcome.FOUND, Outcome.PARTIAL)
    told = correlate(shipped(), scan(run, target=target), clock.now())
    return {each.rule: each.sentence for each in told}


async def test_a_sick_zone_makes_its_headlines(world: World) -> None:
    world.dns.add("promo.example.com", "CNAME", "old.vanished.test.")
    told = await headlines(world, PROMO)
    assert told["dangling-alias"] == (
        "An alias leads to a name that does not exist: promo.example.com CNAME old.vanished.test"
    )


async def test_a_zone_that_is_given_away_is_a_headline(world: World) -> None:
    healthy(world)
    world.dns.raw("example.com", transfer_of(SOA, *ROWS, SOA), rdtype="AXFR")
    told = await headlines(world, COM, "transfers")
    assert told["zone-transfer-open"].endswith("by ns1.example.net, ns1.example.org")


async def test_a_healthy_zone_makes_none_of_them(world: World) -> None:
    healthy(world)
    told = await headlines(world, COM)
    assert not set(told) & {
        *("dangling-alias", "zone-transfer-open", "dnssec-broken", "anybody-may-send", "mail-can-be-forged"),
        *("takeover-by-registration", "private-address-in-dns", "wildcard-answers-everything", "parked"),
    }
