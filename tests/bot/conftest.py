"""A sandbox that sends signed HTTP, shared by a module, and a bot of its own for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.bot.listening import Bot
from tests.servers import Redis, Sandbox


@pytest.fixture(scope="module")
def workspace() -> Iterator[Sandbox]:
    """One workspace for a module; each test finds it empty."""
    with Sandbox.over_http() as server:
        yield server


@pytest.fixture
def redis_url(redis_server: Redis) -> str:
    """A database of its own in the test process's Redis, empty."""
    url = redis_server.url.removesuffix("/0") + "/7"
    with redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture
def start_bot(workspace: Sandbox, tmp_path: Path, redis_url: str) -> Iterator[Callable[..., Bot]]:
    """Starts a bot with settings of the test's."""
    workspace.post("reset")
    with ExitStack() as stack:
        yield lambda url=redis_url, **settings: stack.enter_context(Bot(tmp_path, workspace, url, **settings))


@pytest.fixture
def bot(start_bot: Callable[..., Bot]) -> Bot:
    """A bot with the settings of a newcomer."""
    started: Any = start_bot()
    assert isinstance(started, Bot)
    return started
