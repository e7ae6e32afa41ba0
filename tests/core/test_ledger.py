"""Budgets of a day and a month, over all processes: never more than is granted, whatever dies or forgets."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
import redis.asyncio

from core.broker import connect
from core.ledger import LATELY, Account, Count, Drawer, Ledger, Spent, Taken, fingerprint, windows
from tests.faults.proxy import Proxy
from tests.servers import HOST, Redis

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
FIVE = Account("VirusTotal", "0a1b2c", month=5)
ADA = Drawer.of(b"x", "T1", "U0ADA", "C0CASE17")
BOB = Drawer.of(b"x", "T1", "U0BOB", "C0GENERAL")


class Clock:
    """A clock that stands until somebody moves it."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


class Together:
    """Processes that share a Redis over a line that can be cut, and one clock."""

    def __init__(self, line: Proxy) -> None:
        self.line = line
        self.clock = Clock()
        self.prefix = f"ledger-{secrets.token_hex(4)}:"
        self.clients: list[redis.asyncio.Redis] = []

    def ledger(self) -> Ledger:
        client = connect(f"redis://{HOST}:{self.line.port}/0")
        self.clients.append(client)
        return Ledger(client, self.prefix, now=self.clock, rest=0.0)

    def cut_off(self) -> None:
        self.line.mode = "refuse"
        self.line.cut()

    async def forget(self) -> None:
        keys = [key async for key in self.clients[0].scan_iter(f"{self.prefix}*")]
        await self.clients[0].delete(*keys)

    async def close(self) -> None:
        for client in self.clients:
            await client.aclose()


@pytest.fixture
async def together(redis_server: Redis) -> AsyncIterator[Together]:
    with Proxy(redis_server.port) as line:
        several = Together(line)
        yield several
        await several.close()


async def asks(ledger: Ledger, account: Account, times: int = 1, *, drawer: Drawer = ADA, units: int = 1) -> int:
    """How many of so many questions were granted."""
    granted = 0
    for _ in range(times):
        try:
            await ledger.windows.take(account, units, drawer)
        except Spent:
            continue
        granted += 1
    return granted


async def used(ledger: Ledger, account: Account = FIVE) -> list[int]:
    return [each.used for each in await ledger.windows.counts(account)]


def test_windows_are_those_of_utc_and_of_the_calendar() -> None:
    day, month = windows(datetime(2026, 12, 31, 23, 59, tzinfo=UTC))
    assert (day.name, day.ends) == ("2026-12-31", datetime(2027, 1, 1, tzinfo=UTC))
    assert (month.name, month.ends) == ("2026-12", datetime(2027, 1, 1, tzinfo=UTC))
    east = timedelta(hours=9)
    assert windows(datetime(2026, 12, 31, 23, 59, tzinfo=UTC).astimezone()) == (day, month)
    assert windows(datetime(2028, 2, 29, tzinfo=UTC) + east)[1].ends == datetime(2028, 3, 1, tzinfo=UTC)


async def test_two_workers_that_share_a_month_of_five_ask_exactly_five_times(together: Together) -> None:
    one, other = together.ledger(), together.ledger()
    granted = await asyncio.gather(*(asks(each, FIVE, 5, drawer=who) for each in (one, other) for who in (ADA, BOB)))
    assert sum(granted) == 5
    assert (await used(one), await used(other)) == ([5], [5])


async def test_a_redis_that_forgot_in_the_middle_lends_nothing_twice(together: Together) -> None:
    one, other = together.ledger(), together.ledger()
    assert (await asks(one, FIVE, 2), await asks(other, FIVE)) == (2, 1)
    await together.forget()
    granted = [await asks(each, FIVE) for each in (one, other, one, other, one)]
    assert sum(granted) == 2
    assert await used(together.ledger()) == [5]


@pytest.mark.parametrize("seed", range(4))
async def test_however_often_redis_forgets_hardly_more_is_asked_than_granted(together: Together, seed: int) -> None:
    dice = random.Random(seed)
    account = Account("SecurityTrails", "f00d", month=40)
    workers = [together.ledger() for _ in range(3)]
    granted = sum([await asks(each, account) for each in 2 * workers])  # they have met
    for turn in range(60):
        if dice.random() < 0.3:
            await together.forget()
        one = workers[turn % 3]
        if dice.random() < 0.3:
            taken = Taken(account, 0, ADA, ())
            with suppress(Spent):
                taken = await one.windows.take(account, 1, ADA)
            await one.windows.give_back(taken)
        granted += await asks(one, account)
    assert 40 <= granted <= 42  # what the other two asked since one's own last question may be known to nobody


async def test_a_process_alone_takes_its_part_of_what_was_left(together: Together) -> None:
    account = Account("Shodan", "cafe", month=14)
    workers = [together.ledger() for _ in range(3)]
    assert sum([await asks(each, account) for each in workers]) == 3
    assert sum([await asks(each, account) for each in workers]) == 3  # each knows now of all three
    together.cut_off()
    assert [await asks(each, account, 9) for each in workers] == [3, 3, 2]
    together.line.mode = "pass"
    with pytest.raises(Spent) as spent:
        await workers[0].windows.take(account, 1, ADA)
    assert spent.value.why == "apart"  # what the others took meanwhile is not known yet
    assert [await asks(each, account, 9) for each in workers] == [0, 0, 0]


async def test_a_process_that_never_met_redis_takes_a_quarter(together: Together) -> None:
    together.cut_off()
    assert await asks(together.ledger(), Account("Shodan", "cafe", month=8), 9) == 2


async def test_what_was_never_sent_is_given_back(together: Together) -> None:
    one, other = together.ledger(), together.ledger()
    taken = await one.windows.take(FIVE, 3, ADA)
    assert await used(other) == [3]
    await one.windows.give_back(taken)
    assert await used(other) == [0]
    assert [each.yours for each in await other.windows.counts(FIVE, ADA)] == [0]


async def test_what_is_given_back_while_redis_is_away_is_back_afterwards(together: Together) -> None:
    one = together.ledger()
    taken = await one.windows.take(FIVE, 3, ADA)
    together.cut_off()
    await one.windows.give_back(taken)
    together.line.mode = "pass"
    assert await asks(one, FIVE, 6) == 5


async def test_a_question_may_cost_several_units_or_none(together: Together) -> None:
    one = together.ledger()
    assert await asks(one, FIVE, units=3) == 1
    assert await asks(one, FIVE, units=3) == 0
    assert await asks(one, FIVE, 9, units=0) == 9
    assert await used(one) == [3]


async def test_the_tighter_window_decides_and_neither_is_used_by_a_refusal(together: Together) -> None:
    account = Account("urlscan.io", day=2, month=3)
    one = together.ledger()
    assert await asks(one, account, 3) == 2
    with pytest.raises(Spent) as spent:
        await one.windows.take(account, 1)
    assert (spent.value.why, spent.value.period, spent.value.wait) == ("limit", "day", 12 * 3600)
    together.clock.at += timedelta(days=1)
    assert await asks(one, account, 3) == 1
    assert await used(one, account) == [1, 3]


async def test_a_new_month_is_a_new_budget(together: Together) -> None:
    one = together.ledger()
    assert await asks(one, FIVE, 6) == 5
    together.clock.at = datetime(2026, 12, 1, tzinfo=UTC)
    assert await asks(one, FIVE, 6) == 5


async def test_what_a_source_says_is_left_corrects_the_count(together: Together) -> None:
    one, other = together.ledger(), together.ledger()
    await asks(one, FIVE)
    await one.windows.hear(FIVE, "month", left=2)
    assert await used(other) == [3]
    assert await asks(other, FIVE, 9) == 2
    await one.windows.hear(FIVE, "month", left=4)  # it had not seen the last questions yet
    assert await asks(one, FIVE) == 0


async def test_a_source_may_say_that_it_grants_more_or_less_than_declared(together: Together) -> None:
    one, other = together.ledger(), together.ledger()
    await one.windows.hear(FIVE, "month", left=7, limit=8)
    await other.windows.refresh()
    assert await asks(other, FIVE, 20) == 7


async def test_nobody_takes_all_while_somebody_else_wants_some(together: Together) -> None:
    """Ten are left of twenty when Bob asks too: Ada has had ten, which is the half of what both may have."""
    account = Account("VirusTotal", "0a1b2c", day=20)
    one = together.ledger()
    assert await asks(one, account, 10, drawer=ADA) == 10
    assert await asks(one, account, 1, drawer=BOB) == 1
    assert await asks(one, account, 20, drawer=ADA) == 0
    assert await asks(one, account, 20, drawer=BOB) == 9
    assert await used(one, account) == [20]


async def test_a_share_is_of_channels_too(together: Together) -> None:
    account = Account("VirusTotal", "0a1b2c", day=20)
    one = together.ledger()
    for person in range(10):  # ten people in one channel
        await asks(one, account, drawer=Drawer(f"u:{person}", "c:loud"))
    await asks(one, account, drawer=Drawer("u:quiet", "c:quiet"))
    assert await asks(one, account, 5, drawer=Drawer("u:11", "c:loud")) == 0
    assert await asks(one, account, 5, drawer=Drawer("u:quiet", "c:quiet")) == 1  # twelve people want some
    assert await asks(one, account, 5, drawer=Drawer("u:12", "c:quiet")) == 2


async def test_who_is_alone_may_take_all_and_a_share_is_free_again_after_an_hour(together: Together) -> None:
    account = Account("VirusTotal", "0a1b2c", day=20)
    one = together.ledger()
    await asks(one, account, 12, drawer=ADA)
    await asks(one, account, 1, drawer=BOB)
    with pytest.raises(Spent) as spent:
        await one.windows.take(account, 1, ADA)
    assert (spent.value.why, spent.value.wait) == ("share", LATELY)
    together.clock.at += timedelta(seconds=LATELY + 1)
    assert await asks(one, account, 20, drawer=ADA) == 7


async def test_plenty_is_not_shared_out(together: Together) -> None:
    account = Account("VirusTotal", "0a1b2c", day=20)
    one = together.ledger()
    await asks(one, account, 1, drawer=BOB)
    assert await asks(one, account, 9, drawer=ADA) == 9


async def test_nothing_in_redis_names_a_key_or_a_person_and_nothing_stays_for_ever(together: Together) -> None:
    one = together.ledger()
    mark = fingerprint(b"secret", "an-invented-key")
    await asks(one, Account("VirusTotal", mark, day=9, month=9))
    client = together.clients[0]
    keys = [key async for key in client.scan_iter(f"{together.prefix}*")]
    whole = b"".join([*keys, *[await client.dump(key) or b"" for key in keys]])
    assert mark.encode() in whole
    assert not any(word in whole for word in (b"an-invented-key", b"U0ADA", b"C0CASE17"))
    assert all([0 < await client.ttl(key) < 32 * 86400 for key in keys])


async def test_counts_say_what_is_left_and_what_was_yours(together: Together) -> None:
    one = together.ledger()
    await asks(one, FIVE, 2, drawer=ADA)
    await asks(one, FIVE, 1, drawer=BOB)
    (month,) = await together.ledger().windows.counts(FIVE, ADA)
    assert month == Count(windows(NOON)[1], 5, 3, yours=2, most=2, people=2)
    assert month.left == 2


async def test_without_redis_one_process_keeps_the_whole_budget() -> None:
    alone = Ledger(now=Clock())
    assert await asks(alone, FIVE, 9) == 5
