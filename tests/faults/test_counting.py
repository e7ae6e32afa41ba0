"""Counting while Redis hangs up, is away or forgets: the sums stay true, and nothing that works waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing

import pytest
import redis.asyncio

from core.broker import connect
from core.metrics import Sender, sums
from core.metrics.tally import Tally
from tests.servers import HOST, Redis, free_port

GIVEN_BACK = "gumshoe_runs_given_back_total"


@pytest.fixture
async def client(redis_server: Redis) -> AsyncIterator[redis.asyncio.Redis]:
    """A database where nothing was counted yet."""
    opened = connect(redis_server.url.removesuffix("/0") + "/5")
    await opened.flushdb()
    yield opened
    await opened.aclose()


class Relay:
    """Passes everything on to a Redis; while it is deaf, no answer comes back."""

    def __init__(self, there: int, port: int = 0) -> None:
        self._there = there
        self._here = port
        self.deaf = False
        self._serving: set[asyncio.Task[None] | None] = set()

    async def __aenter__(self) -> Relay:
        self._server = await asyncio.start_server(self._serve, HOST, self._here)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._serving:
            if task is not None:
                task.cancel()
        await asyncio.gather(*(task for task in self._serving if task is not None), return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._serving.add(asyncio.current_task())
        with closing(writer):  # also when the relay ends before it reached the other side
            back, there = await asyncio.open_connection(HOST, self._there)
            with closing(there):
                await asyncio.gather(self._ask(reader, there), self._answer(back, writer))

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
        writer.write_eof()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(65536):
            if self.deaf:
                writer.transport.abort()
            else:
                writer.write(piece)


async def told(client: redis.asyncio.Redis) -> list[float]:
    """The sums of runs given back."""
    return [each.amount for each in await sums(client) if each.name == GIVEN_BACK]


@pytest.mark.fault("The answers of Redis to what was counted are cut off", keeps=("lost", "twice"))
async def test_a_batch_whose_answer_was_cut_is_not_added_twice(
    redis_server: Redis, client: redis.asyncio.Redis
) -> None:
    tally = Tally()
    async with Relay(redis_server.port) as relay:
        ours = connect(f"redis://{HOST}:{relay.port}/5", timeout=5)
        sending = Sender(ours, None, tally)
        tally.count(GIVEN_BACK)
        assert await sending.send()

        relay.deaf = True
        tally.count(GIVEN_BACK, 10)
        assert not await sending.send()
        taken = await told(client)
        assert not await sending.send()
        tally.count(GIVEN_BACK, 100)  # meanwhile

        relay.deaf = False
        assert await sending.send()
        await ours.aclose()
    assert taken == [11], "Redis took the batch, only its answer was lost"
    assert await told(client) == [111]


@pytest.mark.fault("Redis is away for a while", keeps=("lost", "twice", "bounds"))
async def test_what_is_counted_while_redis_is_away_is_sent_when_it_is_back(
    redis_server: Redis, client: redis.asyncio.Redis
) -> None:
    tally, port = Tally(), free_port()
    ours = connect(f"redis://{HOST}:{port}/5", timeout=5)
    sending = Sender(ours, None, tally)
    for _ in range(3):
        tally.count(GIVEN_BACK)
        assert not await sending.send()
    async with Relay(redis_server.port, port):
        assert await sending.send()
        await ours.aclose()
    assert await told(client) == [3]


@pytest.mark.fault("FLUSHALL: all sums begin anew, as after a restart", keeps=("twice",))
async def test_after_a_flush_counting_begins_anew(client: redis.asyncio.Redis) -> None:
    tally = Tally()
    sending = Sender(client, None, tally)
    for amount in (7, 2):
        await client.flushdb()
        tally.count(GIVEN_BACK, amount)
        assert await sending.send()
    assert await told(client) == [2]
