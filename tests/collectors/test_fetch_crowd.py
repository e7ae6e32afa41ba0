"""The HTTP door for one question of many: asked once, its beginning enough, and what later runs may recall."""

from __future__ import annotations

import pytest

from collectors.declare import Rate, collector
from collectors.fetch import Fetch
from collectors.run import look
from core.errors import RateLimited, SourceDown, SourceTimeout
from core.models import Finding, Kind, Outcome, Target
from core.pace import LocalPace
from tests.collectors.canned import IMPATIENT, Canned, World
from tests.collectors.sample_collectors import HOST, TARGET, URL, names


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Canned(status=503), SourceDown),
        (Canned(status=429, headers={"Retry-After": "1"}), RateLimited),
        (Canned(never=True), SourceTimeout),
    ],
)
async def test_a_question_of_one_try_is_asked_once(world: World, answer: Canned, kind: type[Exception]) -> None:
    world.http.on(HOST, "/v1/names", answer)
    fetch = await world.fetch(names, TARGET, patience=IMPATIENT)
    with pytest.raises(kind):
        await fetch.get(URL, tries=1)
    assert world.http.count() == 1


async def test_a_question_of_two_tries_is_asked_twice(world: World) -> None:
    world.http.on(HOST, "/v1/names", Canned(status=503))
    fetch = await world.fetch(names, TARGET)
    with pytest.raises(SourceDown):
        await fetch.get(URL, tries=2)
    assert world.http.count() == 2


async def test_a_question_of_one_try_does_not_wait_for_a_turn_that_is_far(world: World) -> None:
    slow = collector(
        title="Names",
        accepts=[Kind.DOMAIN],
        yields=[],
        hosts=[HOST],
        tells="nobody",
        rates={HOST: Rate(1, 20)},  # well within the run's deadline
    )(names.look)
    world.http.on(HOST, "/v1/names", Canned(json=[]))
    session = await world.session()
    session.pace = LocalPace()
    fetch = session.fetch(slow, TARGET)
    await fetch.get(URL, tries=1, timeout=8.0)
    with pytest.raises(RateLimited, match="may not be asked again before"):
        await fetch.get(URL, tries=1, timeout=8.0)
    assert world.http.count() == 1


@pytest.mark.parametrize(("beginning", "outcome"), [(True, Outcome.NOTHING), (False, Outcome.PARTIAL)])
async def test_a_beginning_that_is_enough_is_no_gap(world: World, beginning: bool, outcome: Outcome) -> None:
    world.http.on(HOST, "/v1/names", Canned(body=b"x" * 1000))
    fetch = await world.fetch(names, TARGET)
    reply = await fetch.get(URL, cap=10, beginning=beginning)
    assert (reply.truncated, len(reply.body)) == (True, 10)
    world.http.on(HOST, "/v1/names", Canned(json=[]))

    async def keep(finding: Finding) -> None:
        raise AssertionError(finding)

    assert (await look(names, TARGET, fetch, keep)).outcome is outcome


async def test_a_run_recalls_what_another_of_the_same_collector_remembered(world: World) -> None:
    first = await world.fetch(names, TARGET)
    await first.memory.remember("a", "yes", seconds=60)
    later = await world.fetch(names, Target(Kind.DOMAIN, "example.org"))
    assert await later.memory.recall(["a", "b"]) == {"a": "yes"}


async def test_collectors_and_their_versions_do_not_share_what_they_remember(world: World) -> None:
    def made(name: str, version: int) -> Fetch:
        other = collector(title=name, accepts=[], yields=[], hosts=[], tells="nobody", version=version)(names.look)
        return session.fetch(other, TARGET)

    session = await world.session()
    await made("Names", 1).memory.remember("a", "yes", seconds=60)
    assert await made("Names", 1).memory.recall(["a"]) == {"a": "yes"}
    assert await made("Names", 2).memory.recall(["a"]) == {}


async def test_a_run_knows_how_much_time_it_has_left(world: World) -> None:
    assert 0 < (await world.fetch(names, TARGET, deadline=50)).left() <= 50
    assert (await world.fetch(names, TARGET, deadline=0)).left() == 0
