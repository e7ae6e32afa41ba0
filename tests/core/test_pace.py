"""One arithmetic for one process and for many: who may call when, and what happens while Redis is away."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest
import redis.asyncio

from core.broker import connect
from core.pace import MOST_KEYS, Behind, LocalPace, Pace, Scaled, SharedPace, TooLong
from tests.bot.outages import black_hole
from tests.faults.proxy import Proxy
from tests.servers import HOST, Redis, free_port

# Steps of a thousand seconds: what passes while a test runs is lost in rounding, and nobody waits.
EVERY = 1000.0
TIMEOUT = 1.0


@pytest.fixture(params=["one process", "all processes"])
async def pace(request: pytest.FixtureRequest) -> AsyncIterator[Pace]:
    """Each way of keeping pace, with nothing booked yet."""
    if request.param == "one process":
        yield LocalPace()
        return
    server: Redis = request.getfixturevalue("redis_server")
    client = connect(server.url)
    yield SharedPace(client, prefix=f"pace-{secrets.token_hex(4)}:")
    await client.aclose()


@pytest.fixture
def no_redis() -> str:
    """An address where no Redis listens."""
    return f"redis://{HOST}:{free_port()}/0"


class Sharing:
    """Processes that share a Redis over one line that can be cut."""

    def __init__(self, line: Proxy) -> None:
        self.line = line
        self._prefix = f"pace-{secrets.token_hex(4)}:"
        self._clients: list[redis.asyncio.Redis] = []

    async def joined(self, count: int) -> list[SharedPace]:
        """So many processes that have met: each has booked since all of them did."""
        self._clients += [connect(f"redis://{HOST}:{self.line.port}/0") for _ in range(count)]
        paces = [SharedPace(client, self._prefix, rest=0.0) for client in self._clients[-count:]]
        for pace in 2 * paces:
            await pace.reserve("host:meeting", every=0.001)
        return paces

    def cut_off(self) -> None:
        self.line.mode = "refuse"
        self.line.cut()

    async def forget(self) -> None:
        keys = [key async for key in self._clients[0].scan_iter(f"{self._prefix}*")]
        await self._clients[0].delete(*keys)

    async def close(self) -> None:
        for client in self._clients:
            await client.aclose()


@pytest.fixture
async def sharing(redis_server: Redis) -> AsyncIterator[Sharing]:
    with Proxy(redis_server.port) as line:
        together = Sharing(line)
        yield together
        await together.close()


@pytest.fixture
async def no_wait() -> AsyncIterator[SharedPace]:
    """The pace of a process whose Redis takes connections and never answers."""
    with black_hole() as port:
        client = connect(f"redis://{HOST}:{port}/0", timeout=TIMEOUT)
        yield SharedPace(client)
        await client.aclose()


async def slots(pace: Pace, count: int, *, burst: int = 1, key: str = "crt.sh", most: float = 1e6) -> list[int]:
    """The waits of so many reservations, in steps."""
    waits = [await pace.reserve(key, every=EVERY, burst=burst, most=most) for _ in range(count)]
    return [round(wait / EVERY) for wait in waits]


async def refused_by(pace: Pace, *, most: float, burst: int = 1) -> int:
    with pytest.raises(TooLong) as raised:
        await pace.reserve("crt.sh", every=EVERY, burst=burst, most=most)
    return round(raised.value.wait / EVERY)


async def test_each_caller_gets_the_next_slot(pace: Pace) -> None:
    assert await slots(pace, 4) == [0, 1, 2, 3]


async def test_a_burst_goes_at_once_and_then_the_pace_holds(pace: Pace) -> None:
    assert await slots(pace, 6, burst=3) == [0, 0, 0, 1, 2, 3]


async def test_keys_do_not_hinder_each_other(pace: Pace) -> None:
    assert await slots(pace, 2) == [0, 1]
    assert await slots(pace, 2, key="rdap.example") == [0, 1]


async def test_a_wait_that_is_too_long_is_refused_and_books_nothing(pace: Pace) -> None:
    assert await slots(pace, 3) == [0, 1, 2]
    for _ in range(3):
        assert await refused_by(pace, most=2.5 * EVERY) == 3
    assert await slots(pace, 1) == [3]


async def test_the_longest_wait_that_is_allowed_is_taken(pace: Pace) -> None:
    await slots(pace, 3)
    assert await slots(pace, 1, most=3.5 * EVERY) == [3]


async def test_a_hold_binds_everybody(pace: Pace) -> None:
    await pace.hold("crt.sh", 5 * EVERY, every=EVERY)
    assert await refused_by(pace, most=4.5 * EVERY) == 5
    assert await slots(pace, 2) == [5, 6]


async def test_a_hold_binds_despite_a_burst(pace: Pace) -> None:
    await pace.hold("crt.sh", 5 * EVERY, every=EVERY, burst=3)
    assert await slots(pace, 3, burst=3) == [5, 6, 7]


async def test_a_shorter_hold_does_not_lift_a_longer_one(pace: Pace) -> None:
    await pace.hold("crt.sh", 5 * EVERY, every=EVERY)
    await pace.hold("crt.sh", 1 * EVERY, every=EVERY)
    assert await slots(pace, 1) == [5]


async def test_a_hold_does_not_forget_what_was_booked(pace: Pace) -> None:
    await slots(pace, 5)
    await pace.hold("crt.sh", 2 * EVERY, every=EVERY)
    assert await slots(pace, 1) == [5]


async def test_scaling_scales_every_pause(pace: Pace) -> None:
    half = Scaled(pace, 0.5)
    waits = [await half.reserve("crt.sh", every=2 * EVERY, most=1e6) for _ in range(3)]
    assert [round(wait / EVERY) for wait in waits] == [0, 1, 2]
    await half.hold("rdap.example", 6 * EVERY, every=2 * EVERY)
    assert await slots(pace, 1, key="rdap.example") == [3]


async def test_what_the_other_side_asks_for_can_be_kept_in_full(pace: Pace) -> None:
    hurried = Scaled(pace, 0.5, holds=1.0)
    await hurried.hold("slack", 6 * EVERY, every=2 * EVERY)
    assert await slots(pace, 1, key="slack") == [6]


async def test_processes_share_one_budget(redis_server: Redis) -> None:
    prefix = f"pace-{secrets.token_hex(4)}:"
    first, second = connect(redis_server.url), connect(redis_server.url)
    one, other = SharedPace(first, prefix), SharedPace(second, prefix)
    assert await slots(one, 2) == [0, 1]
    assert await slots(other, 2) == [2, 3]
    await other.hold("crt.sh", 9 * EVERY, every=EVERY)
    assert await slots(one, 1) == [9]
    await first.aclose()
    await second.aclose()


async def test_a_budget_that_was_not_used_leaves_no_trace_for_ever(redis_server: Redis) -> None:
    prefix = f"pace-{secrets.token_hex(4)}:"
    client = connect(redis_server.url)
    pace = SharedPace(client, prefix)
    await pace.reserve("crt.sh", every=60)
    await pace.hold("rdap.example", 60, every=1)
    for key in ("crt.sh", "rdap.example"):
        assert 0 < await client.pttl(prefix + key) <= 62_000
    await client.aclose()


async def test_what_a_clock_of_the_future_booked_holds_nobody_back(redis_server: Redis) -> None:
    """Redis goes by its machine's clock: when that is set back by an hour, all that is booked lies an hour ahead."""
    client, prefix = connect(redis_server.url), f"pace-{secrets.token_hex(4)}:"
    seconds, micros = await client.time()
    ahead = (seconds + 3600) * 1_000_000 + micros
    await client.set(f"{prefix}crt.sh", f"{ahead + 2_000_000} {ahead}")
    assert await SharedPace(client, prefix=prefix).reserve("crt.sh", every=EVERY) == 0
    assert await refused_by(SharedPace(client, prefix=prefix), most=EVERY / 2) == 1
    await client.aclose()


async def test_a_process_that_never_met_redis_takes_a_small_part(no_redis: str) -> None:
    client = connect(no_redis, timeout=0.5)
    pace = SharedPace(client)
    assert await slots(pace, 3) == [3, 7, 11]  # nothing was learnt of the others: there may be four
    await pace.hold("crt.sh", 15 * EVERY, every=EVERY)
    assert await slots(pace, 1) == [18]
    assert await refused_by(pace, most=EVERY) == 22
    await client.aclose()


async def test_cut_off_processes_keep_the_budget_that_they_shared(sharing: Sharing) -> None:
    paces = await sharing.joined(3)
    sharing.cut_off()
    for pace in paces:  # at any moment all of them together have asked no more than one each step
        assert await slots(pace, 3, key="host:crt.sh") == [2, 5, 8]
        assert await slots(pace, 4, key="host:rdap.example", burst=6) == [0, 0, 3, 6]


async def test_what_was_spent_alone_counts_when_redis_is_back(sharing: Sharing) -> None:
    first, second = await sharing.joined(2)
    sharing.cut_off()
    assert await slots(first, 3, key="host:crt.sh") == [1, 3, 5]
    sharing.line.mode = "pass"
    assert await slots(first, 1, key="host:crt.sh") == [6]
    assert await slots(second, 1, key="host:crt.sh") == [7]


async def test_a_redis_that_forgot_is_told_what_was_booked_and_held(sharing: Sharing) -> None:
    pace, other = await sharing.joined(2)
    assert await slots(pace, 2, key="host:crt.sh") == [0, 1]
    await pace.hold("host:rdap.example", 9 * EVERY, every=EVERY)
    await sharing.forget()
    assert await slots(pace, 1, key="host:crt.sh") == [2]
    assert await slots(other, 1, key="host:crt.sh") == [3]
    assert await slots(pace, 1, key="host:rdap.example") == [9]


async def test_a_redis_that_hangs_is_waited_for_by_one_caller_only(no_wait: SharedPace) -> None:
    begun = asyncio.get_running_loop().time()
    for _ in range(50):
        await no_wait.reserve("crt.sh", every=0.001)
    assert asyncio.get_running_loop().time() - begun < 2 * TIMEOUT


async def test_what_is_remembered_has_a_bound() -> None:
    pace = LocalPace()
    for number in range(3 * MOST_KEYS):
        await pace.reserve(f"host:{number}.example", every=1e-9)
    await pace.reserve("host:long.example", every=EVERY)
    assert len(vars(pace)["_due"]) <= MOST_KEYS
    assert round(pace.booked("host:long.example") / EVERY) == 1


async def test_who_waits_finds_the_line_short_however_many_stand_behind() -> None:
    pace, parked = LocalPace(), asyncio.Event()

    async def sleep(_seconds: float) -> None:
        await parked.wait()

    behind = Behind(pace, sleep=sleep)
    crowd = [asyncio.create_task(behind.reserve("host:crt.sh", every=10.0, most=1000.0)) for _ in range(20)]
    await asyncio.wait(crowd, timeout=0, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.sleep(0)
    assert sum(each.done() for each in crowd) == 1, "one went through, the others stand in their own line"
    assert await pace.reserve("host:crt.sh", every=10.0) <= 10.0
    with pytest.raises(TooLong):
        await behind.reserve("host:crt.sh", every=10.0, most=100.0)
    parked.set()
    waits = await asyncio.gather(*crowd)
    assert len(waits) == 20, "in the end all have their slot"
