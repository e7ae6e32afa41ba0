"""The contract of the crtsh collector: what each answer of both logs becomes when neither can help out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.crtsh import crtsh
from core.models import Kind, Outcome, Target
from tests.collectors.canned import Canned, World
from tests.collectors.canned_http import HTML
from tests.collectors.certificate_samples import issuance, row
from tests.collectors.fuzzing import look_once
from tests.collectors.mutants import JSON, places, replaced

DOMAIN = Target(Kind.DOMAIN, "example.com")
LOGS = ("crt.sh", "api.certspotter.com")
JSON_TYPE = "application/json"


@pytest.mark.contract("rate_limited", "rate_limited_bare", "down", "html", "truncated", "wrong_types", "forbidden")
@pytest.mark.parametrize(
    ("reply", "reason", "asked"),
    [
        (Canned(status=429, headers={"Retry-After": "600"}), "rate_limited", 2),
        (Canned(status=429, headers={"Retry-After": "3"}), "rate_limited", 6),
        (Canned(status=429), "rate_limited", 6),
        (Canned(status=503), "down", 6),
        (Canned(text="<html>Certificate Search</html>", content_type=HTML), "changed", 2),
        (Canned(text='[{"name_value": "example.c', content_type=JSON_TYPE), "changed", 2),
        (Canned(json=[row("example.com")], cut=40), "down", 4),
        (Canned(json={"rows": []}), "changed", 2),
        (Canned(json=[1, "a", None]), "changed", 2),
        (Canned(json="none"), "changed", 2),
        (Canned(status=402), "forbidden", 2),
    ],
)
async def test_when_both_logs_answer_so_the_run_could_not_look(
    world: World, reply: Canned, reason: str, asked: int
) -> None:
    for host in LOGS:
        world.http.on(host, "*", reply)
    look, findings = await world.collect(crtsh, DOMAIN)
    assert (look.outcome, look.reason, findings) == (Outcome.FAILED, reason, [])
    assert world.http.count() == asked


@pytest.mark.contract("rate_limited")
async def test_a_short_pause_that_a_log_asks_for_holds_everybody_back(world: World) -> None:
    world.http.on("crt.sh", "/", Canned(status=429, headers={"Retry-After": "3"}), Canned(json=[row("example.com")]))
    look, _ = await world.collect(crtsh, DOMAIN)
    assert look.outcome is Outcome.FOUND
    assert world.pace.held == [("host:crt.sh", 3.0)]
    assert world.pauses == [pytest.approx(3.0, abs=1.0)]


@pytest.mark.contract("mutated")
@given(chance=st.data(), by=JSON)
@settings(max_examples=25, deadline=None)
def test_whatever_the_logs_write_the_run_ends_in_an_outcome(chance: st.DataObject, by: Any) -> None:
    logged, issued = [row("example.com"), row("www.example.com")], [issuance(1, "example.com")]
    first = replaced(logged, chance.draw(st.sampled_from(places(logged))), by)
    second = replaced(issued, chance.draw(st.sampled_from(places(issued))), by)

    def arrange(world: World) -> None:
        world.http.on("crt.sh", "/", Canned(json=first))
        world.http.on("api.certspotter.com", "*", Canned(json=second), Canned(json=[]))

    look_once(crtsh, DOMAIN, arrange)
