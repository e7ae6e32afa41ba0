"""Scans are watched, and their ends called back, while real processes come and go."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import httpx
import pytest
import redis

from core import clock
from core.callbacks import callback_key
from core.callers import Scope
from core.models import Scan
from core.settings import load
from core.store.tables import callback
from tests.bot.watching import Heard, recorded, streamed, token, told_in
from tests.core.stores import opened
from tests.faults.breaking import publish, replace_part
from tests.receiving import Receiver
from tests.running import Gumshoe
from tests.servers import HOST, Redis, Sandbox, Sources, until

CERTIFICATES = "crt.sh"


@pytest.fixture(scope="module")
def queue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    """A Redis of these tests alone."""
    with Redis(tmp_path_factory.mktemp("queue")) as server:
        yield server


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, queue: Redis, sources: Sources) -> Iterator[Gumshoe]:
    allowed = {"ALLOW_NETWORKS": f"{sources.settings['ALLOW_NETWORKS']},127.0.0.0/8"}
    folder = tmp_path_factory.mktemp("system")
    with Sandbox() as sandbox, Gumshoe(folder, queue, sandbox, sources, **allowed) as running:
        yield running


@pytest.fixture
def gumshoe(system: Gumshoe) -> Gumshoe:
    """The running system before an empty workspace, whatever the test before killed started again."""
    system.start_over()
    for name in [name for name, part in system.parts.items() if part.process.poll() is not None]:
        system.start(name)
    return system


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as listening:
        yield listening


def started(gumshoe: Gumshoe, *names: str, **more: Any) -> Scan:
    """A scan that the worker has been told of."""
    scan = opened(gumshoe.store, *(names or ("dns", "crtsh", "whois")), fresh=True, **more)
    publish(gumshoe, "tasks.scan.run", scan.id, times=1)
    return scan


def watch(gumshoe: Gumshoe, scan: Scan, bearer: str, heard: list[Heard], seen: threading.Event) -> None:
    """Watch until the end, coming back after each break as a browser does."""
    url, after = f"http://{HOST}:{gumshoe.port}/api/v1/scan/{scan.id}/events", ""
    while not any(each.name == "end" for each in heard):
        with streamed(url, bearer, after=after) as stream:
            for each in stream:
                heard.append(each)
                after = each.cursor or after
                seen.set()
        until("a bot to be ready", lambda: is_up(gumshoe))


def is_up(gumshoe: Gumshoe) -> bool:
    """Whether a bot answers; between two of them none does."""
    with suppress(httpx.TransportError):
        return httpx.get(f"http://{HOST}:{gumshoe.port}/ready").status_code == 200
    return False


@pytest.mark.fault("The task that calls back is delivered ten times", keeps=("lost", "twice"))
def test_a_scan_is_watched_from_its_start_to_its_end_and_called_back_once(gumshoe: Gumshoe, receiver: Receiver) -> None:
    bearer = token(gumshoe.store, scope=Scope.SCAN)
    public = gumshoe.store.tokens.listed()[0].id
    heard: list[Heard] = []
    scan = started(gumshoe, callback=receiver.url, token=public)
    watch(gumshoe, scan, bearer, heard, threading.Event())
    publish(gumshoe, "tasks.callbacks.call", scan.id, times=10)
    assert sorted(told_in(heard)) == sorted(recorded(gumshoe.store, scan))
    assert len(told_in(heard)) > 50
    (call,) = receiver.called()
    key = callback_key(load(**{name.lower(): value for name, value in gumshoe.sandbox.settings.items()}), public)
    assert call.is_signed_with(key)
    until("the callback to be told", lambda: [each.state for each in gumshoe.store.callbacks.of(scan.id)] == ["told"])
    assert len(receiver.calls) == 1


@pytest.mark.fault("Redis is killed and comes back, and the bot is restarted, while a scan is watched",
                   keeps=("lost", "twice", "bounds"))  # fmt: skip
def test_a_watcher_misses_nothing_and_hears_nothing_twice(gumshoe: Gumshoe, queue: Redis) -> None:
    gumshoe.sources.behave(host=CERTIFICATES, kind="slow", seconds=4)
    bearer, heard, seen = token(gumshoe.store), list[Heard](), threading.Event()
    scan = started(gumshoe)
    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(watch, gumshoe, scan, bearer, heard, seen)
        assert seen.wait(30)
        queue.part.kill()
        queue.start()
        assert gumshoe.parts["bot"].stop() == 0, "the open line held the bot up"
        gumshoe.start("bot")
        watching.result(60)
    gumshoe.sources.reset()
    assert sorted(told_in(heard)) == sorted(recorded(gumshoe.store, scan))
    assert [each.body["code"] for each in heard if each.name == "closed"] == [1001]


@pytest.mark.fault("Redis loses everything between the end of a scan and its callback", keeps=("lost", "twice"))
def test_the_record_knows_what_is_to_be_called_back(gumshoe: Gumshoe, receiver: Receiver, queue: Redis) -> None:
    gumshoe.parts["notifier"].kill()
    scan = started(gumshoe, "dns", callback=receiver.url)
    until("the scan to end", lambda: gumshoe.store.callbacks.of(scan.id))
    with redis.from_url(queue.url) as client:
        client.flushall()
    gumshoe.start("notifier")
    receiver.called()
    until("the callback to be told", lambda: [each.state for each in gumshoe.store.callbacks.of(scan.id)] == ["told"])
    assert len(receiver.calls) == 1


@pytest.mark.fault("The worker is killed right after a scan ended, the notifier while it calls back",
                   keeps=("lost", "twice"))  # fmt: skip
def test_a_callback_survives_who_was_to_tell_it(gumshoe: Gumshoe, receiver: Receiver) -> None:
    receiver.script = ["hang"]
    scan = started(gumshoe, "dns", callback=receiver.url)
    receiver.called()
    gumshoe.parts["worker"].kill()
    gumshoe.parts["notifier"].kill()
    assert [each.state for each in gumshoe.store.callbacks.of(scan.id)] == ["due"]
    over = callback.update().values(after=clock.now())  # the time of the claim passes
    gumshoe.store.database.write(lambda db: db.execute(over).rowcount)
    replace_part(gumshoe, "notifier")
    first, second = receiver.called(2)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.content == second.content
