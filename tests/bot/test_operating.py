"""An operator's day with real processes: who works, what waits, drain, purge, and a record that comes back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tasks.queue import app
from tests.bot.listening import point_the_queue_at
from tests.bot.typed import Type, typed
from tests.faults.breaking import ask, asked, assert_told_once, ended, replace_part, thread_of
from tests.running import Gumshoe
from tests.servers import Redis, Sandbox, Sources, until

__all__ = ["typed"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, redis_server: Redis, sources: Sources) -> Iterator[Gumshoe]:
    """All parts, started once."""
    folder = tmp_path_factory.mktemp("operating")
    key = {"SECRET_KEY": "an-invented-key-of-ours"}
    with Sandbox() as sandbox, Gumshoe(folder, redis_server, sandbox, sources, **key) as started:
        before = app.conf.broker_url
        point_the_queue_at(redis_server.url)
        yield started
        point_the_queue_at(before)


@pytest.fixture
def gumshoe(running: Gumshoe) -> Gumshoe:
    running.start_over()
    return running


def test_a_record_that_was_lost_comes_back_and_its_threads_go_on_without_saying_anything_twice(
    tmp_path: Path, gumshoe: Gumshoe, sources: Sources, typed: Type
) -> None:
    """Backed up in the middle of a scan whose thread is told to its end after that, and then everything is lost."""
    first = ask(gumshoe, "example.com collectors=whois")
    before = ended(gumshoe, first)
    sources.behave(host="crt.sh", kind="slow", seconds=3)
    second = ask(gumshoe, "example.org collectors=crtsh,whois fresh")
    asked(gumshoe, "crt.sh")
    until("the thread to open", lambda: "parent" in gumshoe.store.desk.said(second))
    path = tmp_path / "b.tar.gz"
    done = typed("backup", str(path), **gumshoe.env)
    assert done.returncode == 0, done.stderr
    ended(gumshoe, second)  # the backup knows nothing of this
    sources.reset()
    gumshoe.parts["notifier"].kill()  # it remembers what it said; one on another machine would not
    gumshoe.store.forget_everything()
    with redis.from_url(gumshoe.env["REDIS_URL"]) as client:
        client.flushdb()

    done = typed("restore", str(path), **gumshoe.env)
    assert done.returncode == 0, done.stderr
    assert gumshoe.store.scans.get(first) == before
    assert_told_once(gumshoe, gumshoe.store.scans.get(first))
    replace_part(gumshoe, "notifier")
    assert_told_once(gumshoe, ended(gumshoe, second))
    gumshoe.click("rerun", thread_of(gumshoe, first)[0])
    assert_told_once(gumshoe, ended(gumshoe, first, number=2))
    assert_told_once(gumshoe, ended(gumshoe, ask(gumshoe, "example.net collectors=whois")))
