"""Redis is examined once, in one place: what could hurt us is named with the next step, what is fine is not."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, closing

import pytest
import redis.asyncio
from structlog.testing import capture_logs

from core.broker import Role, apart, connect, examine, note, takes_work, trouble
from core.errors import BadSetting, QueueDown
from core.settings import load
from tests.faults.lines import Queue
from tests.servers import HOST, free_port


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Queue]:
    """A Redis of these tests alone: they set it up wrongly."""
    with Queue(tmp_path_factory.mktemp("redis")) as started:
        yield started


@pytest.fixture
async def client(server: Queue) -> AsyncIterator[redis.asyncio.Redis]:
    server.ask("FLUSHALL")
    server.set(maxmemory="0", maxmemory_policy="noeviction", appendonly="yes")
    opened = connect(server.url)
    yield opened
    await opened.aclose()


async def wrong(client: redis.asyncio.Redis) -> list[tuple[str, str]]:
    """What is not good: its state and all that is said of it."""
    return [(each.state, f"{each.sentence} {each.step}") for each in await examine(client) if each.state != "good"]


async def test_a_redis_as_we_want_it_is_good_in_everything(client: redis.asyncio.Redis) -> None:
    remarks = await examine(client)
    assert {each.state for each in remarks} == {"good"}
    assert len(remarks) == 3
    assert all(not each.step for each in remarks)


@pytest.mark.parametrize(
    ("policy", "state", "costs"),
    [
        ("allkeys-lru", "bad", "deletes queued work"),
        ("allkeys-lfu", "bad", "deletes queued work"),
        ("allkeys-random", "bad", "deletes queued work"),
        ("volatile-lru", "weak", "forgets rate budgets"),
        ("volatile-ttl", "weak", "forgets rate budgets"),
    ],
)
async def test_a_policy_that_evicts_what_we_need_is_named(
    client: redis.asyncio.Redis, server: Queue, policy: str, state: str, costs: str
) -> None:
    server.set(maxmemory_policy=policy)
    ((seen, words),) = await wrong(client)
    assert seen == state
    assert all(word in words for word in (policy, costs, "CONFIG SET maxmemory-policy noeviction"))


async def test_a_redis_without_persistence_gets_a_note(client: redis.asyncio.Redis, server: Queue) -> None:
    server.set(appendonly="no")
    ((state, words),) = await wrong(client)
    assert state == "weak"
    assert "CONFIG SET appendonly yes" in words


async def test_a_redis_that_will_soon_be_full_gets_a_note(client: redis.asyncio.Redis, server: Queue) -> None:
    used = int((await client.info("memory"))["used_memory"])
    server.set(maxmemory=str(used + used // 20))
    ((state, words),) = await wrong(client)
    assert state == "weak"
    assert re.search(r"has used 9\d % of its maxmemory", words)


async def test_keys_of_others_are_named_harmlessly_and_ours_are_not(client: redis.asyncio.Redis) -> None:
    for key in ("unacked", "unacked_index", "scan", "scan\x06\x163", "_kombu.binding.maint", "pace:host:crt.sh"):
        await client.set(key, 1)
    assert await wrong(client) == []
    await client.set("theirs\x1b[2J" + 100 * "x", 1)
    await client.set("_kombu.binding.celery", 1)
    ((state, words),) = await wrong(client)
    assert state == "weak"
    assert r"theirs\x1b[2Jxxx" in words
    assert "_kombu.binding.celery" in words
    assert "\x1b" not in words
    assert len(words) < 300


async def test_a_version_that_is_too_old_is_named(server: Queue, client: redis.asyncio.Redis) -> None:
    async with await asyncio.start_server(lambda *ends: says(server.port, *ends), HOST, 0) as older:
        old = connect(f"redis://{HOST}:{older.sockets[0].getsockname()[1]}/0")
        ((state, words),) = await wrong(old)
        await old.aclose()
    assert state == "bad"
    assert re.search(r"Redis 5\.[\d.]+ is too old: I need 6\.2", words)


async def says(port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Relay to a Redis that claims to be of another age."""
    with closing(writer):
        there, back = await asyncio.open_connection(HOST, port)
        with closing(back):
            while question := await reader.read(65536):
                back.write(question)
                writer.write(re.sub(rb"redis_version:\d", b"redis_version:5", await there.read(65536)))


@pytest.mark.parametrize(
    ("says_no", "sentence"),
    [
        (Queue.full, "is full. Tell whoever runs me"),
        (Queue.replica, "is a read-only replica. Tell whoever runs me"),
        (Queue.locked, "refuses my password. Tell whoever runs me"),
    ],
)
async def test_a_redis_that_takes_no_work_is_down_and_says_why(
    client: redis.asyncio.Redis, server: Queue, says_no: Callable[[Queue], AbstractContextManager[None]], sentence: str
) -> None:
    with says_no(server):
        with pytest.raises(QueueDown, match=sentence) as raised:
            await takes_work(client)
        remarks = await examine(client)
    assert [each.state for each in remarks] == ["bad"]
    assert remarks[0].step == raised.value.step != ""
    await takes_work(client)


async def test_a_redis_that_is_away_is_down(client: redis.asyncio.Redis) -> None:
    away = connect(f"redis://{HOST}:{free_port()}/0", timeout=0.5)
    with pytest.raises(QueueDown, match=r"does not answer\. Try again in a minute"):
        await takes_work(away)
    assert [each.state for each in await examine(away)] == ["bad"]
    await away.aclose()


async def test_a_connection_that_was_cut_while_it_lay_idle_is_no_reason_to_refuse(
    client: redis.asyncio.Redis, server: Queue
) -> None:
    await takes_work(client)
    server.hang_up()
    await takes_work(client)


def test_what_a_wrapped_error_means_is_found_too() -> None:
    error = OSError("outside")
    error.__cause__ = redis.exceptions.ResponseError("MISCONF Redis is configured to save RDB snapshots")
    assert "disk" in trouble(error).sentence
    assert "does not answer" in trouble(OSError("alone")).sentence


def test_a_url_that_is_none_of_redis_is_a_wrong_setting() -> None:
    with pytest.raises(BadSetting, match="REDIS_URL"):
        connect("http://example.com")


def test_each_role_has_its_own_redis_or_that_of_the_queue() -> None:
    own = load(redis_url="redis://a/0", cache_redis_url="redis://c/0")
    assert [role.url(own) for role in Role] == ["redis://a/0", "redis://a/0", "redis://c/0"]
    assert apart(own) == [Role.QUEUE, Role.CACHE]


@pytest.mark.parametrize(
    ("role", "policy", "state"),
    [
        (Role.BUDGET, "noeviction", "good"),
        (Role.BUDGET, "volatile-lru", "weak"),
        (Role.BUDGET, "allkeys-lru", "bad"),
        (Role.CACHE, "allkeys-lru", "good"),
        (Role.CACHE, "volatile-ttl", "good"),
        (Role.CACHE, "noeviction", "weak"),
    ],
)
async def test_what_a_redis_may_evict_depends_on_its_role(
    client: redis.asyncio.Redis, server: Queue, role: Role, policy: str, state: str
) -> None:
    server.set(maxmemory="100mb", maxmemory_policy=policy, appendonly="no")
    remarks = await examine(client, role)
    assert [each.state for each in remarks] == ["good", state]
    assert all(each.sentence.startswith(role.value) for each in remarks)


async def test_what_is_wrong_names_the_role_and_its_setting(server: Queue, client: redis.asyncio.Redis) -> None:
    with server.replica():
        (remark,) = await examine(client, Role.BUDGET)
    assert remark.sentence == "The Redis of budgets is a read-only replica."
    assert remark.step == "Set BUDGET_REDIS_URL to the master."


async def test_what_is_wrong_with_each_redis_is_logged(server: Queue, client: redis.asyncio.Redis) -> None:
    away = f"redis://{HOST}:{free_port()}/0"
    with capture_logs() as logs:
        await note(load(redis_url=server.url, budget_redis_url=away, cache_redis_url=server.url))
    logged = str(logs)
    assert "The Redis of budgets does not answer" in logged
    assert "BUDGET_REDIS_URL" in logged
    assert "cache" not in logged
