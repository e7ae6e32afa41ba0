"""A source's own form of an error decides what became of a question, and what may be told to others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from collectors.declare import Collector, Findings, collector
from core.errors import BadKey, Changed, Forbidden, RateLimited, SourceDown, SourceError
from core.models import Finding, Kind, Target
from tests.collectors.canned import Canned, World
from tests.collectors.canned_http import HTML

HOST = "api.example.net"
URL = f"https://{HOST}/x"


@collector(title="Sample", accepts=[Kind.DOMAIN], yields=[Kind.DOMAIN], hosts=[HOST], tells="Nobody.")
async def sample(target: Target, fetch: Any) -> Findings:
    """Nothing."""
    nothing: list[Finding] = []
    for each in nothing:
        yield each


TARGET = Target(Kind.DOMAIN, "example.com")


def own(status: int, headers: Mapping[str, str], said: Any) -> SourceError | None:
    """Errors as a source may write them: {"code": 7}."""
    code = said.get("code") if isinstance(said, dict) else None
    if code == "quota":
        return RateLimited("No more today.", retry_after=float(headers.get("x-wait", "600")))
    return BadKey("The account is closed.") if code == "closed" else None


async def refused(world: World, *replies: Canned, asked: Collector = sample) -> SourceError | int | str:
    world.http.on(HOST, "/x", *replies)
    fetch = await world.fetch(asked, TARGET)
    answer = await fetch.attempt(fetch.json(URL, refusal=own))
    return answer if isinstance(answer, SourceError) else answer.status


@pytest.mark.parametrize(
    ("reply", "kind", "sentence"),
    [
        (Canned(status=403, json={"code": "closed"}), BadKey, "The account is closed."),
        (Canned(status=402, json={"code": "quota"}), RateLimited, "No more today."),
        (Canned(status=403, json={"code": "?"}), Forbidden, "api.example.net does not let us ask this (403)."),
        (Canned(status=403, json=["closed"]), Forbidden, "api.example.net does not let us ask this (403)."),
        (
            Canned(status=403, text="<b>no", content_type=HTML),
            Forbidden,
            "api.example.net does not let us ask this (403).",
        ),
        (Canned(status=403, text='{"code": "clo'), Forbidden, "api.example.net does not let us ask this (403)."),
        (Canned(status=403, text="[" * 100_000), Forbidden, "api.example.net does not let us ask this (403)."),
        (Canned(status=500, json={}), SourceDown, "api.example.net is out of order (it answered 500)."),
        (Canned(status=418, json={}), Changed, "api.example.net did not accept the question (418)."),
    ],
)
async def test_the_sources_own_words_come_first_and_the_status_after(
    world: World, reply: Canned, kind: type[SourceError], sentence: str
) -> None:
    error = await refused(world, reply)
    assert (type(error), str(error)) == (kind, sentence)


async def test_a_quota_in_its_own_words_holds_back_everybody(world: World) -> None:
    await refused(world, Canned(status=402, json={"code": "quota"}))
    assert world.pace.held == [(f"host:{HOST}", 600.0)]
    assert world.http.count() == 1


async def test_a_short_one_is_waited_for(world: World) -> None:
    quota = Canned(status=402, json={"code": "quota"}, headers={"X-Wait": "3"})
    assert await refused(world, quota, Canned(json={})) == 200
    assert world.pauses == [3.0]


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("192.0.2.10", True),  # the invented world's, which is opened here
        ("2001:db8::10", True),
        ("10.0.0.1", False),
        ("169.254.169.254", False),
        ("::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("0x7f000001", False),
        ("example.com", False),
        ("", False),
    ],
)
async def test_an_address_of_the_inside_is_no_public_one(world: World, address: str, public: bool) -> None:
    fetch = await world.fetch(sample, TARGET)
    assert fetch.is_public(address) is public


async def test_networks_the_operator_closed_are_not_public(world: World) -> None:
    fetch = await world.fetch(sample, TARGET, refuse_networks="192.0.2.0/28")
    assert (fetch.is_public("192.0.2.10"), fetch.is_public("192.0.2.99")) == (False, True)
