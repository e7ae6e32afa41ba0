"""Breakers: they open after failures in a row, are known to all processes, and try by themselves with one question."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core.ledger import Account, Breaker, Ledger
from tests.core.test_ledger import Clock, Together
from tests.faults.proxy import Proxy
from tests.servers import Redis

CRTSH = Account("crt.sh")
FIVE = Breaker(after=5, pause=60.0, longest=900.0)
AT_ONCE = Breaker(after=1, pause=60.0, longest=900.0)


@pytest.fixture
async def together(redis_server: Redis) -> AsyncIterator[Together]:
    with Proxy(redis_server.port) as line:
        several = Together(line)
        yield several
        await several.close()


async def fails(ledger: Ledger, times: int, cause: str = "down", breaker: Breaker = FIVE) -> float:
    """Seconds that the account rests after so many failures."""
    trouble = None
    for _ in range(times):
        trouble = await ledger.troubles.failed(CRTSH, cause, breaker, together=frozenset({"down", "timeout"}))
    assert trouble is not None
    return max(0.0, trouble.until - ledger.now().timestamp())


async def test_a_breaker_opens_after_failures_in_a_row_whatever_their_cause(together: Together) -> None:
    one = together.ledger()
    assert await fails(one, 3) == 0
    assert await fails(one, 1, "timeout") == 0
    assert await fails(one, 1, "down") == 60
    trouble = await one.troubles.of(CRTSH)
    assert trouble is not None
    assert (trouble.cause, trouble.fails) == ("down", 5)


async def test_an_answer_between_two_failures_begins_anew(together: Together) -> None:
    one = together.ledger()
    await fails(one, 4)
    await one.troubles.worked(CRTSH)
    assert await one.troubles.of(CRTSH) is None
    assert await fails(one, 4) == 0


async def test_all_processes_know_of_an_open_breaker(together: Together) -> None:
    await fails(together.ledger(), 5)
    trouble = await together.ledger().troubles.of(CRTSH)
    assert trouble is not None
    assert trouble.rests(together.clock().timestamp())


async def test_one_question_of_one_process_tries_after_the_rest(together: Together) -> None:
    one, other = together.ledger(), together.ledger()
    await fails(one, 5)
    assert await one.troubles.may_probe(CRTSH)
    assert not await one.troubles.may_probe(CRTSH)
    assert not await other.troubles.may_probe(CRTSH)
    await one.troubles.end_probe(CRTSH)  # it was never sent
    assert await other.troubles.may_probe(CRTSH)


async def test_a_trial_that_fails_doubles_the_rest_up_to_a_bound(together: Together) -> None:
    one = Ledger(now=Clock())
    rests = [await fails(one, 5), *[await _again(one) for _ in range(6)]]
    assert rests == [60, 120, 240, 480, 900, 900, 900]


async def _again(ledger: Ledger) -> float:
    trouble = await ledger.troubles.of(CRTSH)
    assert trouble is not None
    ledger.now.at = ledger.now.at.fromtimestamp(trouble.until, ledger.now.at.tzinfo)  # type: ignore[attr-defined]
    return await fails(ledger, 1)


async def test_a_trial_that_works_closes_the_breaker(together: Together) -> None:
    one, other = together.ledger(), together.ledger()
    await fails(one, 5)
    assert await other.troubles.of(CRTSH) is not None
    await other.troubles.worked(CRTSH)
    assert await together.ledger().troubles.all() == {}


async def test_a_key_that_is_refused_rests_alone(together: Together) -> None:
    one = together.ledger()
    first, second = Account("VirusTotal", "aaaa"), Account("VirusTotal", "bbbb")
    await one.troubles.failed(first, "bad_key", AT_ONCE)
    assert await one.troubles.of(second) is None
    assert await one.troubles.of(Account("VirusTotal")) is None


async def test_a_hold_lasts_as_long_as_its_source_said_and_no_shorter_one_ends_it(together: Together) -> None:
    one, now = together.ledger(), together.clock().timestamp()
    await one.troubles.hold(CRTSH, "rate_limited", 90)
    await one.troubles.hold(CRTSH, "rate_limited", 10)
    trouble = await one.troubles.of(CRTSH)
    assert trouble is not None
    assert trouble.until == now + 90


async def test_while_redis_is_away_each_process_goes_by_what_it_knows(together: Together) -> None:
    one = together.ledger()
    together.cut_off()
    assert await fails(one, 5) == 60
    assert await one.troubles.may_probe(CRTSH)
    await one.troubles.worked(CRTSH)
    assert await one.troubles.of(CRTSH) is None


async def test_what_a_clock_of_the_future_wrote_holds_nobody_back(together: Together) -> None:
    one = together.ledger()
    await fails(one, 5)
    together.clock.at = together.clock.at.replace(hour=2)  # set back by ten hours
    assert await together.ledger().troubles.of(CRTSH) is None


async def test_what_another_release_wrote_breaks_nothing(together: Together) -> None:
    one = together.ledger()
    await together.clients[0].hset(f"{together.prefix}trouble", "crt.sh|", "[1, 2")
    assert await one.troubles.of(CRTSH) is None
    assert await fails(one, 5) == 60
