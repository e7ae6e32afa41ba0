"""Short texts that may be forgotten: for one process, for all, and while Redis is away."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator

import pytest

from core.broker import connect
from core.memory import MOST_KEYS, LocalMemory, Memory, SharedMemory
from tests.servers import HOST, Redis, free_port


@pytest.fixture(params=["one process", "all processes"])
async def memory(request: pytest.FixtureRequest) -> AsyncIterator[Memory]:
    """Each way of remembering, with nothing in it."""
    if request.param == "one process":
        yield LocalMemory()
        return
    server: Redis = request.getfixturevalue("redis_server")
    client = connect(server.url)
    yield SharedMemory(client, prefix=f"memory-{secrets.token_hex(4)}:")
    await client.aclose()


async def test_what_was_remembered_is_recalled_and_the_rest_left_out(memory: Memory) -> None:
    await memory.remember("a", "yes", seconds=60)
    await memory.remember("b", "no: ü", seconds=60)
    assert await memory.recall(["a", "b", "c"]) == {"a": "yes", "b": "no: ü"}
    assert await memory.recall([]) == {}


async def test_the_last_word_stands(memory: Memory) -> None:
    await memory.remember("a", "yes", seconds=60)
    await memory.remember("a", "no", seconds=60)
    assert await memory.recall(["a"]) == {"a": "no"}


async def test_one_worker_recalls_what_another_remembered(redis_server: Redis) -> None:
    prefix = f"memory-{secrets.token_hex(4)}:"
    one, other = connect(redis_server.url), connect(redis_server.url)
    await SharedMemory(one, prefix).remember("a", "yes", seconds=60)
    assert await SharedMemory(other, prefix).recall(["a"]) == {"a": "yes"}
    assert 0 < await one.pttl(f"{prefix}a") <= 60_000  # Redis forgets it by itself
    await one.aclose()
    await other.aclose()


async def test_without_redis_a_process_goes_by_what_it_noted_itself() -> None:
    client = connect(f"redis://{HOST}:{free_port()}/0")
    memory = SharedMemory(client)
    await memory.remember("a", "yes", seconds=60)
    assert await memory.recall(["a", "b"]) == {"a": "yes"}
    await client.aclose()


async def test_a_text_is_forgotten_when_its_time_is_over() -> None:
    memory = LocalMemory()
    await memory.remember("a", "yes", seconds=0)
    await memory.remember("b", "yes", seconds=3600)
    assert await memory.recall(["a", "b"]) == {"b": "yes"}


async def test_memory_is_bounded() -> None:
    memory = LocalMemory()
    for number in range(MOST_KEYS + 10):
        await memory.remember(str(number), "x", seconds=3600)
    recalled = await memory.recall([str(number) for number in range(MOST_KEYS + 10)])
    assert len(recalled) == MOST_KEYS
    assert "0" not in recalled
    assert str(MOST_KEYS + 9) in recalled
