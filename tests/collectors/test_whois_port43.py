"""The whois collector where registries speak port 43 only: referrals, refusals, and texts that mean nothing."""

from __future__ import annotations

import pytest

from collectors.whois import whois
from core.models import Confidence, Kind, Outcome, Severity, Target
from tests.collectors import registry_samples as samples
from tests.collectors.canned import World
from tests.collectors.canned_whois import Said
from tests.collectors.registry_samples import pairs

PHISH = Target(Kind.DOMAIN, "phish.test")


async def test_a_young_domain_over_port_43_and_its_privacy_service_is_nobody(world: World) -> None:
    world.whois.on("test", samples.IANA_TEST)
    world.whois.on("phish.test", samples.thick())
    look, findings = await world.collect(whois, PHISH)
    held = findings[0]
    assert look.outcome is Outcome.FOUND
    assert held.attributes["not_asked"] == "whois.cheapnames.example"  # named for more
    assert (held.severity, held.attributes["why"]) == (Severity.HIGH, "Registered 3 days ago.")
    assert held.attributes["privacy"] == "Contact Privacy Inc. Customer 0123"
    assert pairs(findings, role="registrant") == []
    assert ("email", "abuse@cheapnames.example") in pairs(findings, role="abuse contact")
    assert held.provenance.url == "whois://whois.nic.test/phish.test"
    assert world.whois.asked == ["test", "phish.test"]
    assert world.http.count() == 0


@pytest.mark.contract("empty")
@pytest.mark.parametrize(
    "text",
    [
        "No Data Found\r\n>>> Last update",
        'No match for "PHISH.TEST".',
        "Domain: phish.test\nStatus: free\n",
        "%ERROR:101: no entries found\n",
    ],
)
async def test_not_found_over_port_43_is_an_answer(world: World, text: str) -> None:
    world.whois.on("test", samples.IANA_TEST)
    world.whois.on("phish.test", text)
    look, findings = await world.collect(whois, PHISH)
    assert (look.outcome, findings) == (Outcome.NOTHING, [])
    assert look.message == "phish.test is not registered, according to whois.nic.test."


@pytest.mark.parametrize(
    "text",
    [
        "WHOIS LIMIT EXCEEDED - SEE HTTPS://REGISTRY.EXAMPLE/WHOIS FOR DETAILS",
        "Your connection limit exceeded. Please slow down and try again later.\nNo match for phish.test",
        "%ERROR:201: access denied for 192.0.2.200\n% Queries from your IP address have passed the limit.",
        "Too many requests: query rate exceeded.",
        "You have exceeded your quota. Domain not found.",
    ],
)
async def test_a_throttle_text_is_never_not_found(world: World, text: str) -> None:
    world.whois.on("test", samples.IANA_TEST)
    world.whois.on("phish.test", text)
    look, findings = await world.collect(whois, PHISH)
    assert (look.outcome, look.reason, findings) == (Outcome.FAILED, "rate_limited", [])


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (Said(reset=True), "down"),
        (Said(body=b""), "down"),
        (Said(body=b"\r\n\r\n"), "down"),
        (Said(body=b"Welcome to our server\r\nHave a nice day\r\n"), "changed"),
        (Said(body=samples.thick("other.test").encode()), "changed"),
    ],
)
async def test_a_registry_that_says_nothing_useful_has_not_answered(world: World, said: Said, reason: str) -> None:
    world.whois.on("test", samples.IANA_TEST)
    world.whois.on("phish.test", said)
    look, findings = await world.collect(whois, PHISH)
    assert (look.outcome, look.reason, findings) == (Outcome.FAILED, reason, [])


async def test_a_registry_nobody_can_ask_is_a_gap_and_not_nothing(world: World) -> None:
    world.whois.on("test", samples.IANA_NO_SERVER)
    look, findings = await world.collect(whois, PHISH)
    assert (look.outcome, look.reason, findings) == (Outcome.FAILED, "no_server", [])
    assert "answers neither over RDAP nor over port 43" in look.message
    assert world.whois.asked == ["test"]


@pytest.mark.contract("hostile")
async def test_five_megabytes_of_hostile_text_are_cut_and_harmless(world: World) -> None:
    hostile = "Registrant Name: <!channel> \x1b[31mred\x00 \u202eevil\n" + "Remark: `x` <@U0ADA>\n" * 250_000
    world.whois.on("test", samples.IANA_TEST)
    world.whois.on("phish.test", samples.thick().replace("Registrant Name: Privacy Service Example\n", hostile))
    look, findings = await world.collect(whois, PHISH)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "truncated")
    told = repr(findings)
    assert not any(sign in told for sign in ("\\x1b", "\\x00", "\\u202e"))
    assert findings[0].attributes["registrar"] == "Cheap Names Example LLC"
    assert "<" not in look.message


async def test_a_number_in_no_range_is_asked_for_over_port_43(world: World) -> None:
    world.whois.on("AS64496", "refer: whois.ripe.net\n\n" + samples.AS_TEXT)
    look, findings = await world.collect(whois, Target(Kind.ASN, "AS64496"))
    assert (look.outcome, findings[0].value, findings[0].attributes["name"]) == (Outcome.FOUND, "AS64496", "EXAMPLE-AS")
    assert {("asn", "AS64496"), ("organisation", "Example Corp"), ("email", "abuse@example.com")} <= set(
        pairs(findings)
    )
    assert all(each.confidence is not Confidence.LOW for each in findings)
