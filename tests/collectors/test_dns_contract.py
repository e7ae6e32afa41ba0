"""The contract of the dns collector: its sources are name servers, so limits and walls have other names there."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.dns import dns as collector
from collectors.fetch import Patience
from core.models import Kind, Outcome, Target
from tests.collectors.canned import Canned, CannedDns, World
from tests.collectors.canned_http import HTML
from tests.collectors.fuzzing import look_once
from tests.collectors.zones import checks, healthy

COM = Target(Kind.DOMAIN, "example.com")
IMPATIENT_BUT_TWICE = Patience(dns_tries=(5.0, 5.0))
SOON = Patience(most=10.0, dns_tries=(0.25,), backoff=0.0)  # bytes that are no answer are waited past
POLICY = ("mta-sts.example.com", "/.well-known/mta-sts.txt")


@pytest.mark.contract("rate_limited", "rate_limited_bare", "down", "html")
@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Canned(status=429, headers={"Retry-After": "600"}), "rate_limited"),
        (Canned(status=429), "rate_limited"),
        (Canned(status=503), "down"),
        (Canned(text="<html>Just a moment...</html>", content_type=HTML), "blocked"),
    ],
)
async def test_a_mail_policy_that_cannot_be_had_costs_its_check_only(world: World, reply: Canned, reason: str) -> None:
    healthy(world)
    world.http.on(*POLICY, reply)
    look, found = await world.collect(collector, COM)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, reason)
    assert checks(found)["SPF"].attributes["grade"] == "good"
    assert checks(found).get("MTA-STS") is None or checks(found)["MTA-STS"].attributes["grade"] == "info"


@pytest.mark.contract("recovers")
async def test_where_one_resolver_fails_the_next_is_asked(world: World) -> None:
    world.dns.add("example.com", "A", "192.0.2.10")
    async with CannedDns.open() as failing:
        for name in ("example.com", "com"):
            failing.rcode(name, "SERVFAIL")
        look, found = await world.collect(
            collector, COM, dns_servers=(failing.address, world.dns.address), patience=IMPATIENT_BUT_TWICE
        )
        assert failing.count("example.com", "A") == 1
    assert "192.0.2.10" in [each.value for each in found]
    assert (look.outcome, look.reason) == (Outcome.FOUND, "")


@pytest.mark.contract("truncated", "wrong_types")
@pytest.mark.parametrize(
    "body", [b"\x80\x00", b"\x80\x00 this is not DNS", b"\x84\x00\x00\x01\x00\xff\x00\x00\x00\x00"]
)
async def test_half_an_answer_and_none_at_all_are_never_nothing(world: World, body: bytes) -> None:
    world.dns.raw("odd.test", body)
    look, found = await world.collect(collector, Target(Kind.DOMAIN, "odd.test"), patience=SOON)
    assert (look.outcome, found) == (Outcome.FAILED, [])
    assert look.reason in ("changed", "timeout", "down")


@pytest.mark.contract("mutated")
@given(body=st.binary(max_size=120), rdtype=st.sampled_from(["A", "MX", "TXT", "SOA", "CAA", "*"]))
@settings(max_examples=10, deadline=None)
def test_whatever_bytes_come_for_a_type_the_run_ends_in_an_outcome(body: bytes, rdtype: str) -> None:
    def arrange(world: World) -> None:
        healthy(world)
        world.dns.raw("example.com", b"\x84\x00" + body, rdtype)

    look_once(collector, COM, arrange, patience=SOON)
