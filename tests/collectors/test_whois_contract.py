"""The contract of the whois collector: registries over RDAP and port 43 when neither can help out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.whois import whois
from core.models import Kind, Outcome, Target
from tests.collectors import registry_samples as samples
from tests.collectors.canned import Canned, World
from tests.collectors.canned_http import HTML
from tests.collectors.canned_whois import Said
from tests.collectors.fuzzing import look_once
from tests.collectors.mutants import JSON, places, replaced

DOMAIN = Target(Kind.DOMAIN, "example.com")
RDAP_TYPE = "application/rdap+json"


@pytest.mark.contract("rate_limited", "rate_limited_bare", "down", "html", "truncated", "wrong_types")
@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Canned(status=429, headers={"Retry-After": "900"}), "rate_limited"),
        (Canned(status=429), "rate_limited"),
        (Canned(status=503), "down"),
        (Canned(text="<html>hello</html>", content_type=HTML), "changed"),
        (Canned(text='{"objectClassName": "domain", "ldhN', content_type=RDAP_TYPE), "changed"),
        (Canned(json=["domain"], content_type=RDAP_TYPE), "changed"),
        (Canned(json={"objectClassName": 7, "ldhName": []}, content_type=RDAP_TYPE), "changed"),
    ],
)
async def test_when_port_43_breaks_off_too_the_run_could_not_look(world: World, reply: Canned, reason: str) -> None:
    world.http.on(*samples.VERISIGN, reply)
    world.whois.on("com", Said(reset=True))
    look, findings = await world.collect(whois, DOMAIN)
    assert (look.outcome, look.reason, findings) == (Outcome.FAILED, reason, [])


@pytest.mark.contract("mutated")
@given(chance=st.data(), by=JSON)
@settings(max_examples=25, deadline=None)
def test_whatever_a_registry_writes_the_run_ends_in_an_outcome(chance: st.DataObject, by: Any) -> None:
    answer = samples.rdap_domain(entities=[samples.registrar_entity(), samples.holder_entity()])
    mutant = replaced(answer, chance.draw(st.sampled_from(places(answer))), by)

    def arrange(world: World) -> None:
        world.http.on(*samples.VERISIGN, Canned(json=mutant, content_type=RDAP_TYPE))
        world.whois.on("com", Said(reset=True))

    look_once(whois, DOMAIN, arrange)
