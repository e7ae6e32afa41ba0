"""A workspace and a bot shared by a module, empty for each test; and bots with settings of a test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import redis

from bot import asking, front, people
from core import logs
from tests.bot.listening import Bot
from tests.bot.many import ManyBot
from tests.servers import Redis, Sandbox

Start = Callable[..., Bot]
UNHURRIED = 20.0


@pytest.fixture(autouse=True, scope="module")
def unhurried() -> Iterator[None]:
    """Neither Slack nor the bot gives up on a starved machine, where what is done in time is not the subject."""
    with pytest.MonkeyPatch.context() as patch:
        for bounded in (front.Front.record, asking.begin):
            patch.setattr(bounded, "__kwdefaults__", {"within": UNHURRIED})
        patch.setattr(people, "WHO_WITHIN", UNHURRIED)
        patch.setattr(front, "QUEUE_WITHIN", 5.0)  # what waits for a Redis that hangs waits for as long
        patch.setattr(Bot, "deadline", UNHURRIED)
        yield


@pytest.fixture(autouse=True)
def unlogged(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command of ours that is typed in the test's own process sets up no log: that would go to an output which is
    closed afterwards, in whatever test comes next. That it is set up is asked of real processes."""
    monkeypatch.setattr(logs, "set_up", lambda *_, **__: None)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a test whose subject it is."""
    monkeypatch.setattr(asking.begin, "__kwdefaults__", {"within": front.ANSWER_WITHIN})


@pytest.fixture(scope="module")
def workspace() -> Iterator[Sandbox]:
    """One workspace for a module; it sends signed HTTP."""
    with Sandbox.over_http() as server:
        yield server


@pytest.fixture(scope="module")
def redis_url(redis_server: Redis) -> str:
    """A database of its own in the test process's Redis."""
    return redis_server.url.removesuffix("/0") + "/7"


@pytest.fixture(scope="module")
def lasting_bot(workspace: Sandbox, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    """The bot behind `bot`."""
    with Bot(tmp_path_factory.mktemp("bot"), workspace, redis_url) as listening:
        yield listening


@pytest.fixture
def bot(lasting_bot: Bot) -> Bot:
    """A bot as a newcomer has it, that remembers nothing."""
    lasting_bot.forget()
    return lasting_bot


@pytest.fixture(scope="module")
def lasting_many(workspace: Sandbox, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ManyBot]:
    """The bot behind `many`."""
    with ManyBot(tmp_path_factory.mktemp("many"), workspace, redis_url) as listening:
        yield listening


@pytest.fixture
def many(lasting_many: ManyBot) -> ManyBot:
    """A bot that two workspaces may install, and that remembers nothing."""
    lasting_many.start_over()
    return lasting_many


@pytest.fixture
def start_bot(workspace: Sandbox, tmp_path: Path, redis_url: str) -> Iterator[Start]:
    """Starts a bot with other settings."""
    workspace.post("reset")
    with redis.from_url(redis_url) as client:
        client.flushdb()
    with ExitStack() as stack:
        yield lambda url=redis_url, **settings: stack.enter_context(Bot(tmp_path, workspace, url, **settings))
