"""A source that keeps failing is left alone, for everybody, until one question tries it again."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from collectors.doors.strategies import TABLE, cause_of, strategy
from collectors.fetch import Fetch
from core import errors
from core.errors import Blocked, Changed, RateLimited, SourceDown, SourceError, SourceTimeout
from core.ledger import Ledger
from core.models import Outcome
from tests.collectors.canned import IMPATIENT, Canned, World
from tests.collectors.canned_http import HTML
from tests.collectors.sample_collectors import HOST, TARGET, URL, names

BROKEN = Canned(status=500, text="trouble")
FINE = Canned(json=["a.example.com"])


class Clock:
    def __init__(self) -> None:
        self.at = datetime(2026, 11, 26, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock(world: World) -> Clock:
    stands = Clock()
    world.ledger = Ledger(now=stands)
    return stands


async def fail(fetch: Fetch, times: int, kind: type[SourceError] = SourceDown) -> None:
    for _ in range(times):
        with pytest.raises(kind):
            await fetch.get(URL)


async def test_after_five_failures_in_a_row_nobody_is_asked(world: World, clock: Clock) -> None:
    world.http.on(HOST, "/v1/names", BROKEN)
    fetch = await world.fetch(names, TARGET)
    await fail(fetch, 5)
    assert world.http.count() == 15  # each was tried three times
    other = await world.fetch(names, TARGET)
    with pytest.raises(SourceDown, match=r"does not work \(5 times in a row\), so I did not ask it now.*in 60 s"):
        await other.get(URL)
    assert world.http.count() == 15


async def test_a_run_before_an_open_breaker_fails_as_the_source_did(world: World, clock: Clock) -> None:
    world.http.on(HOST, "/v1/names", BROKEN)
    await fail(await world.fetch(names, TARGET), 5)
    look, _ = await world.collect(names, TARGET)
    assert (look.outcome, look.reason, look.later) == (Outcome.FAILED, "down", None)


async def test_one_question_tries_after_the_rest_and_closes_it(world: World, clock: Clock) -> None:
    world.http.on(HOST, "/v1/names", BROKEN)
    fetch = await world.fetch(names, TARGET)
    await fail(fetch, 5)
    world.http.on(HOST, "/v1/names", Canned(never=True), FINE)
    clock.at += timedelta(seconds=61)
    trying = asyncio.create_task(fetch.get(URL))
    await world.http.reached(16)
    with pytest.raises(SourceDown, match="did not ask"):
        await fetch.get(URL)
    trying.cancel()
    await asyncio.wait({trying})
    assert world.http.count() == 16


async def test_a_trial_that_works_ends_it_for_everybody(world: World, clock: Clock) -> None:
    world.http.on(HOST, "/v1/names", BROKEN)
    fetch = await world.fetch(names, TARGET)
    await fail(fetch, 5)
    world.http.on(HOST, "/v1/names", FINE)
    clock.at += timedelta(seconds=61)
    for _ in range(3):
        await fetch.get(URL)
    assert await world.ledger.troubles.all() == {}


async def test_a_trial_is_as_patient_as_any_question_and_doubles_the_rest_when_it_fails(
    world: World, clock: Clock
) -> None:
    world.http.on(HOST, "/v1/names", BROKEN)
    fetch = await world.fetch(names, TARGET)
    await fail(fetch, 5)
    clock.at += timedelta(seconds=61)
    await fail(fetch, 1)
    assert world.http.count() == 18
    with pytest.raises(SourceDown, match="in 2 min"):
        await fetch.get(URL)


async def test_an_answer_in_between_begins_anew(world: World, clock: Clock) -> None:
    fetch = await world.fetch(names, TARGET)
    for _ in range(3):
        world.http.on(HOST, "/v1/names", BROKEN)
        await fail(fetch, 4)
        world.http.on(HOST, "/v1/names", FINE)
        await fetch.get(URL)


@pytest.mark.parametrize(("answer", "kind"), [(Canned(status=400), Changed), (Canned(status=403), SourceError)])
async def test_an_answer_we_do_not_like_is_no_failure_of_the_source(
    world: World, clock: Clock, answer: Canned, kind: type[SourceError]
) -> None:
    world.http.on(HOST, "/v1/names", answer)
    fetch = await world.fetch(names, TARGET)
    await fail(fetch, 12, kind)
    assert world.http.count() == 12


async def test_walls_and_silence_count_too(world: World, clock: Clock) -> None:
    fetch = await world.fetch(names, TARGET, patience=IMPATIENT)
    world.http.on(HOST, "/v1/names", Canned(status=403, text="captcha", content_type=HTML))
    await fail(fetch, 4, Blocked)
    world.http.on(HOST, "/v1/names", Canned(never=True))
    await fail(fetch, 1, SourceTimeout)
    trouble = (await world.ledger.troubles.all())[f"{HOST}|"]
    assert (trouble.cause, trouble.fails) == ("timeout", 5)


async def test_a_run_out_of_time_is_no_failure_of_the_source(world: World, clock: Clock) -> None:
    fetch = await world.fetch(names, TARGET, deadline=0.0)
    await fail(fetch, 9, SourceTimeout)
    assert await world.ledger.troubles.all() == {}


async def test_a_source_that_says_slow_down_and_never_when_is_left_alone_after_three(
    world: World, clock: Clock
) -> None:
    world.http.on(HOST, "/v1/names", Canned(status=429))
    fetch = await world.fetch(names, TARGET)
    await fail(fetch, 3, RateLimited)
    with pytest.raises(RateLimited, match="so I did not ask it now") as caught:
        await fetch.get(URL)
    assert (caught.value.retry_after, world.http.count()) == (60.0, 9)


def test_every_error_of_a_source_has_a_row() -> None:
    kinds = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, SourceError)]
    assert {strategy(each).cause for each in kinds} <= {row.cause for row in TABLE}
    assert {each for each in kinds if strategy(each).cause is not each} == set()
    assert all(cause_of(row.cause.reason) is row.cause for row in TABLE)
