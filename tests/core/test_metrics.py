"""Counting: cheap and bounded in a process, summed over all of them, and nothing twice."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import redis.asyncio

from core.broker import connect
from core.heartbeats import ALIVE, Alive, Beat, processes, role_of
from core.metrics import TABLE, Sender, open_shared, sums
from core.metrics.sending import SUMS
from core.metrics.tally import Delta, Tally
from core.settings import load
from tests.servers import Redis


@pytest.fixture
async def client(redis_server: Redis) -> AsyncIterator[redis.asyncio.Redis]:
    """A database where nothing was counted yet."""
    opened = connect(redis_server.url.removesuffix("/0") + "/5")
    await opened.flushdb()
    yield opened
    await opened.aclose()


def sender(client: redis.asyncio.Redis, tally: Tally) -> Sender:
    return Sender(client, None, tally)


async def told(client: redis.asyncio.Redis) -> dict[tuple[str, str, str], float]:
    """The sums: (name, a label's value, part) to the amount."""
    return {(each.name, next(iter(each.labels.values()), ""), each.part): each.amount for each in await sums(client)}


# In one process


def test_what_was_counted_is_taken_once() -> None:
    tally = Tally()
    tally.count("gumshoe_sweeps_total", result="done")
    tally.count("gumshoe_sweeps_total", 2, result="done")
    tally.count("gumshoe_runs_given_back_total")
    assert tally.take() == [
        Delta("gumshoe_runs_given_back_total", {}, "", 1.0),
        Delta("gumshoe_sweeps_total", {"result": "done"}, "", 3.0),
    ]
    assert tally.take() == []


def test_a_time_falls_into_the_bucket_whose_bound_it_does_not_exceed() -> None:
    tally = Tally()
    for seconds in (0.05, 0.06, 3.0, 99.0):
        tally.observe("gumshoe_ack_seconds", seconds, door="command")
    parts = {each.part: each.amount for each in tally.take()}
    assert parts == {"0.05": 1, "0.1": 1, "3.0": 1, "+Inf": 1, "sum": pytest.approx(102.11)}


def test_the_order_in_which_labels_are_written_makes_no_difference() -> None:
    tally = Tally()
    tally.count("gumshoe_commands_total", verb="scan", outcome="done")
    tally.count("gumshoe_commands_total", outcome="done", verb="scan")
    assert tally.take() == [Delta("gumshoe_commands_total", {"verb": "scan", "outcome": "done"}, "", 2.0)]


@pytest.mark.parametrize("value", ["launder", "x" * 5000, "scan\n", ""])
def test_a_value_that_the_table_does_not_list_is_other(value: str) -> None:
    tally = Tally()
    tally.count("gumshoe_commands_total", verb=value, outcome="done")
    assert [each.labels["verb"] for each in tally.take()] == ["other"]


@pytest.mark.parametrize(("value", "kept"), [("/api/v1/scan/{task_id}", True), ("x" * 81, False), ("a\nb", False)])
def test_a_name_of_ours_is_kept_and_what_cannot_be_one_is_other(value: str, *, kept: bool) -> None:
    tally = Tally()
    tally.count("gumshoe_refusals_total", rule=value)
    assert [each.labels["rule"] for each in tally.take()] == [value if kept else "other"]


def test_however_many_values_there_are_the_series_are_bounded() -> None:
    tally = Tally(most=10)
    for number in range(1000):
        tally.count("gumshoe_refusals_total", rule=f"rule {number}")
    taken = tally.take()
    assert len(taken) == 11
    assert {each.labels["rule"]: each.amount for each in taken}["other"] == 990


def test_nothing_is_lost_between_threads() -> None:
    tally, taken = Tally(), list[Delta]()

    def counting() -> None:
        for _ in range(5000):
            tally.count("gumshoe_runs_given_back_total")

    counters = [threading.Thread(target=counting) for _ in range(8)]
    for each in counters:
        each.start()
    while any(each.is_alive() for each in counters):
        taken += tally.take()
    taken += tally.take()
    assert sum(each.amount for each in taken) == 40_000


@pytest.mark.parametrize("name", ["gumshoe_nonsense_total", "gumshoe_up"])
def test_what_the_table_does_not_count_cannot_be_counted(name: str) -> None:
    with pytest.raises(KeyError):
        Tally().count(name, part="redis")


# Over all processes


async def test_several_processes_add_up(client: redis.asyncio.Redis) -> None:
    for _ in range(3):
        tally = Tally()
        tally.count("gumshoe_sweeps_total", result="done")
        tally.observe("gumshoe_ack_seconds", 0.3, door="command")
        assert await sender(client, tally).send()
    assert await told(client) == {
        ("gumshoe_sweeps_total", "done", ""): 3,
        ("gumshoe_ack_seconds", "command", "0.5"): 3,
        ("gumshoe_ack_seconds", "command", "sum"): pytest.approx(0.9),
    }


async def test_what_another_release_wrote_does_not_stop_the_sums(client: redis.asyncio.Redis) -> None:
    await client.hset(SUMS, mapping={"[]": "1", "no json": "2", '["gumshoe_sweeps_total",{"result":"done"},""]': "3"})
    assert await told(client) == {("gumshoe_sweeps_total", "done", ""): 3}


async def test_closing_hands_over_the_rest(redis_server: Redis, client: redis.asyncio.Redis) -> None:
    tally = Tally()
    sending = Sender(connect(redis_server.url.removesuffix("/0") + "/5"), Alive("worker"), tally)
    sending.start()
    tally.count("gumshoe_runs_given_back_total")
    await sending.close()
    assert await told(client) == {("gumshoe_runs_given_back_total", "", ""): 1}
    assert await processes(client) == []


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [({}, 6379), ({"budget_redis_url": "redis://127.0.0.1:7000/0"}, 7000)],
)
async def test_the_sums_lie_where_all_processes_agree(settings: dict[str, str], wanted: int) -> None:
    client = open_shared(load(**settings))
    assert client.connection_pool.connection_kwargs["port"] == wanted
    await client.aclose()


# Who lives


async def test_a_process_lives_while_it_shows_itself(client: redis.asyncio.Redis) -> None:
    one, other = Alive("worker", "host-a", 11, 1.0, queues=("scan",)), Alive("bot", "host-b", 12, 2.0)
    beats = [Beat(client, each) for each in (one, other)]
    for each in beats:
        await each.show()
        await each.show()
    found = await processes(client)
    assert [(each.role, each.host, each.pid, each.queues) for each in found] == [
        ("bot", "host-b", 12, ()),
        ("worker", "host-a", 11, ("scan",)),
    ]
    await beats[0].end()
    assert [each.role for each in await processes(client)] == ["bot"]


@pytest.mark.parametrize(("moved", "lives"), [(-60, False), (-10, True), (30, True)])
async def test_one_that_was_silent_for_long_is_gone(client: redis.asyncio.Redis, moved: int, *, lives: bool) -> None:
    await Beat(client, Alive("worker")).show()
    members: Any = await client.zrange(ALIVE, 0, -1)
    await client.zincrby(ALIVE, moved, members[0])
    assert bool(await processes(client)) is lives


@pytest.mark.parametrize(
    ("queues", "role"), [(("scan",), "worker"), (("notify", "maint"), "notifier"), (("notify", "scan"), "worker")]
)
def test_a_worker_is_called_by_what_it_takes(queues: tuple[str, ...], role: str) -> None:
    assert role_of(queues) == role


# The table


def test_names_are_as_prometheus_wants_them() -> None:
    endings: dict[str, Callable[[str], bool]] = {
        "counter": lambda name: name.endswith("_total"),
        "histogram": lambda name: name.endswith("_seconds"),
        "gauge": lambda name: not name.endswith(("_total", "_count", "_sum", "_bucket")),
    }
    assert [each.name for each in TABLE.values() if not endings[each.type](each.name)] == []
    assert [each.name for each in TABLE.values() if not each.name.startswith("gumshoe_")] == []
    assert [each.name for each in TABLE.values() if not each.about.endswith(".")] == []
