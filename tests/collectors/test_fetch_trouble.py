"""The HTTP door when a source is in trouble: what is an answer all the same, what is asked again, and when."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from collectors.declare import Collector, Rate, collector
from collectors.fetch import Fetch, Patience
from core import clock
from core.errors import (
    BadKey,
    Blocked,
    Changed,
    Forbidden,
    RateLimited,
    SourceDown,
    SourceError,
    SourceTimeout,
)
from core.models import Kind, Outcome
from core.pace import LocalPace
from tests.collectors.canned import IMPATIENT, Canned, World
from tests.collectors.canned_http import HTML
from tests.collectors.sample_collectors import HOST, TARGET, URL, names


@pytest.fixture
async def fetch(world: World) -> Fetch:
    return await world.fetch(names, TARGET)


ONCE: list[tuple[int, type[SourceError]]] = [
    (301, Changed),
    (400, Changed),
    (401, BadKey),
    (402, Forbidden),
    (403, Forbidden),
    (405, Changed),
    (422, Changed),
    (451, Forbidden),
    (511, Blocked),
]
AGAIN: list[tuple[int, type[SourceError]]] = [
    (404, SourceDown),
    (408, SourceTimeout),
    (429, RateLimited),
    (500, SourceDown),
    (502, SourceDown),
    (503, SourceDown),
    (504, SourceDown),
    (520, SourceDown),
    (530, SourceDown),
]


@pytest.mark.parametrize(("status", "kind"), ONCE)
async def test_a_refusal_is_not_asked_again(world: World, fetch: Fetch, status: int, kind: type[SourceError]) -> None:
    world.http.on(HOST, "/v1/names", Canned(status=status, json={"error": "no"}))
    with pytest.raises(kind) as caught:
        await fetch.json(URL)
    assert type(caught.value) is kind
    assert str(status) in str(caught.value)
    assert world.http.count() == 1


@pytest.mark.parametrize(("status", "kind"), AGAIN)
async def test_trouble_is_asked_again_twice(world: World, fetch: Fetch, status: int, kind: type[SourceError]) -> None:
    world.http.on(HOST, "/v1/names", Canned(status=status, text="trouble"))
    with pytest.raises(kind):
        await fetch.json(URL, absent=())
    assert world.http.count() == 3
    assert len(world.pauses) == 2


async def test_trouble_that_passes_is_not_noticed(world: World) -> None:
    world.http.on(HOST, "/v1/names", Canned(status=502, text="bad"), Canned(reset=True), Canned(json=["a.example.com"]))
    look, findings = await world.collect(names, TARGET)
    assert (look.outcome, len(findings), world.http.count()) == (Outcome.FOUND, 1, 3)


async def test_pauses_between_tries_grow(world: World, fetch: Fetch) -> None:
    world.http.on(HOST, "/v1/names", Canned(status=500, text="bad"))
    with pytest.raises(SourceDown):
        await fetch.get(URL)
    first, second = world.pauses
    assert 0.7 <= first <= 1.3
    assert 2.8 <= second <= 5.2


async def test_a_slow_down_in_seconds_is_honoured_and_keeps_everybody_away(world: World, fetch: Fetch) -> None:
    world.http.on(HOST, "/v1/names", Canned(status=429, headers={"Retry-After": "7"}), Canned(json=[]))
    await fetch.json(URL)
    assert world.pauses == [7.0]
    assert world.pace.held == [(f"host:{HOST}", 7.0)]


async def test_a_slow_down_until_a_date_is_honoured(world: World, fetch: Fetch) -> None:
    date = format_datetime(clock.now() + timedelta(seconds=9), usegmt=True)
    world.http.on(HOST, "/v1/names", Canned(status=429, headers={"Retry-After": date}), Canned(json=[]))
    await fetch.json(URL)
    assert 0 < world.pauses[0] <= 9


async def test_a_broken_source_may_say_when_it_is_back(world: World, fetch: Fetch) -> None:
    world.http.on(HOST, "/v1/names", Canned(status=503, headers={"Retry-After": "3"}), Canned(json=[]))
    await fetch.json(URL)
    assert world.pauses == [3.0]


@pytest.mark.parametrize("header", ["60", "99999999999999999999", "Fri, 31 Dec 2999 23:59:59 GMT"])
async def test_a_long_slow_down_ends_the_run_and_says_so(world: World, fetch: Fetch, header: str) -> None:
    world.http.on(HOST, "/v1/names", Canned(status=429, headers={"Retry-After": header}))
    with pytest.raises(RateLimited, match="It may be asked again in") as caught:
        await fetch.json(URL)
    assert caught.value.retry_after is not None
    assert 60 <= caught.value.retry_after <= 3600
    assert world.http.count() == 1
    assert world.pauses == []


@pytest.mark.parametrize("header", ["-5", "soon", "", "1e9", "٧", "Wed, 99 Foo 2026"])
async def test_a_senseless_slow_down_counts_as_none(world: World, fetch: Fetch, header: str) -> None:
    world.http.on(HOST, "/v1/names", Canned(status=429, headers={"Retry-After": header}), Canned(json=[]))
    await fetch.json(URL)
    assert 0.7 <= world.pauses[0] <= 1.3


async def test_no_pause_outlives_the_deadline(world: World) -> None:
    world.http.on(HOST, "/v1/names", Canned(status=429, headers={"Retry-After": "10"}))
    fetch = await world.fetch(names, TARGET, deadline=5.0)
    with pytest.raises(RateLimited):
        await fetch.json(URL)
    assert world.http.count() == 1


async def test_a_run_whose_time_is_up_asks_nothing(world: World) -> None:
    fetch = await world.fetch(names, TARGET, deadline=0.0)
    with pytest.raises(SourceTimeout, match="time for this run was up"):
        await fetch.json(URL)
    assert world.http.count() == 0


async def test_hosts_are_asked_no_faster_than_declared(world: World) -> None:
    slow = declared(rates={HOST: Rate(1, 600)})
    world.http.on(HOST, "/v1/names", Canned(json=[]))
    session = await world.session()
    session.pace = LocalPace()
    fetch = session.fetch(slow, TARGET)
    await fetch.json(URL)
    with pytest.raises(RateLimited, match="may not be asked again before") as caught:
        await fetch.json(URL)
    assert caught.value.retry_after is not None
    assert caught.value.retry_after > 500
    assert world.http.count() == 1


async def test_a_source_that_never_answers_is_a_time_out(world: World) -> None:
    world.http.on(HOST, "/v1/names", Canned(never=True))
    look, findings = await world.collect(names, TARGET, patience=IMPATIENT)
    assert (look.outcome, look.reason, findings) == (Outcome.FAILED, "timeout", [])
    assert "did not answer within 0.3 s" in look.message
    assert world.http.count() == 3


async def test_a_source_that_trickles_for_ever_is_a_time_out(world: World) -> None:
    world.http.on(HOST, "/v1/names", Canned(endless=b" ", content_type="application/json"))
    fetch = await world.fetch(names, TARGET, patience=Patience(most=0.3, backoff=0.0))
    with pytest.raises(SourceTimeout):
        await fetch.get(URL, cap=10**12)


async def test_a_source_that_refuses_connections_is_down(world: World, closed_port: int) -> None:
    fetch = await world.fetch(names, TARGET, sources_url=f"http://127.0.0.1:{closed_port}")
    with pytest.raises(SourceDown, match="refuses connections"):
        await fetch.get(URL)


async def test_an_answer_that_breaks_off_is_down_not_short(world: World, fetch: Fetch) -> None:
    world.http.on(HOST, "/v1/names", Canned(json=["a" * 100], cut=20))
    with pytest.raises(SourceDown, match="broke off"):
        await fetch.json(URL)
    assert world.http.count() == 3


WALLS = [
    "<html><title>Just a moment...</title></html>",
    '<div class="g-recaptcha">are you human</div>',
    "<h1>Access Denied</h1>",
    '<form><input name=p type="password"></form>',
]


@pytest.mark.parametrize("page", WALLS)
@pytest.mark.parametrize("status", [200, 403, 404, 429, 503])
async def test_a_wall_is_neither_an_answer_nor_a_failure_of_the_source(
    world: World, fetch: Fetch, page: str, status: int
) -> None:
    world.http.on(HOST, "/v1/names", Canned(status=status, text=page, content_type=HTML))
    with pytest.raises(Blocked, match=" showed "):
        await fetch.json(URL)
    assert world.http.count() == 1


NOT_JSON = {
    "a page": Canned(text="<html>Welcome</html>", content_type=HTML),
    "a page that says it is JSON": Canned(text="  <!doctype html>", content_type="application/json"),
    "text": Canned(text="no such thing"),
    "nothing": Canned(body=b""),
    "half of it": Canned(text='[{"a": 1}, {"b"'),
    "too deep for the parser": Canned(text="[" * 100_000 + "]" * 100_000),
    "too deep for readers": Canned(text="[" * 100 + "]" * 100),
    "an endless number": Canned(text="[" + "9" * 5000 + "]"),
    "another shape": Canned(json={"a": []}),
    "null": Canned(text="null"),
    "bytes": Canned(body=b"\xff\xfe\x00"),
    "an unknown packing": Canned(body=b"x", headers={"Content-Encoding": "br"}),
    "a broken packing": Canned(body=b"not gzip", headers={"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("what", NOT_JSON)
async def test_an_unknown_shape_is_said_and_not_asked_again(world: World, fetch: Fetch, what: str) -> None:
    world.http.on(HOST, "/v1/names", NOT_JSON[what])
    with pytest.raises(Changed):
        await fetch.json(URL, expect=list)
    assert world.http.count() == 1


def declared(**options: Any) -> Collector:
    """The same collector with another declaration."""
    made: Collector = collector(
        title="Names", accepts=[Kind.DOMAIN], yields=[Kind.DOMAIN], hosts=[HOST], tells="nobody", **options
    )(names.look)
    return made
