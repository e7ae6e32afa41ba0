"""One arithmetic for one process and for many: who may call when, and what happens while Redis is away."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator

import pytest

from core.errors import QueueDown
from core.pace import LocalPace, Pace, Scaled, SharedPace, TooLong, connect, reachable
from tests.servers import HOST, Redis, free_port

# Steps of a thousand seconds: what passes while a test runs is lost in rounding, and nobody waits.
EVERY = 1000.0


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


async def test_while_redis_is_away_each_process_keeps_its_own_pace(no_redis: str) -> None:
    client = connect(no_redis, timeout=0.5)
    pace = SharedPace(client)
    assert await slots(pace, 3) == [0, 1, 2]
    await pace.hold("crt.sh", 9 * EVERY, every=EVERY)
    assert await slots(pace, 1) == [9]
    assert await refused_by(pace, most=EVERY) == 10
    await client.aclose()


async def test_redis_is_reachable_or_the_queue_is_down(redis_server: Redis, no_redis: str) -> None:
    there, away = connect(redis_server.url), connect(no_redis, timeout=0.5)
    await reachable(there)
    with pytest.raises(QueueDown, match="Try again in a minute"):
        await reachable(away)
    await there.aclose()
    await away.aclose()
