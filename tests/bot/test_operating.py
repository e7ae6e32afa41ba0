"""An operator's day with real processes: who works, what waits, drain, purge, and a record that comes back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import redis

from core import VERSION, clock
from core.models import Priority, RunState, ScanStatus
from core.store import Choice
from core.store.tables import run
from tasks.queue import app
from tests.bot.listening import point_the_queue_at
from tests.bot.typed import Type, typed
from tests.core.stores import opened
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


def test_workers_are_listed_with_what_they_take_and_hold(gumshoe: Gumshoe, sources: Sources, typed: Type) -> None:
    sources.behave(host="crt.sh", kind="slow", seconds=4)
    scan_id = ask(gumshoe, "example.org collectors=crtsh fresh")
    asked(gumshoe, "crt.sh")
    done = typed("workers", "--json", **gumshoe.env)
    assert done.returncode == 0
    notifier, worker = json.loads(done.stdout)["workers"]
    assert (worker["role"], worker["queues"], worker["runs"]) == ("worker", ["scan"], [f"{scan_id} crtsh"])
    assert (notifier["role"], notifier["queues"]) == ("notifier", ["maint", "notify"])
    assert {each["pid"] for each in (notifier, worker)} == {
        gumshoe.parts[name].process.pid for name in ("notifier", "worker")
    }
    assert {each["version"] for each in (notifier, worker)} == {VERSION}
    said = typed("workers", **gumshoe.env).stdout
    assert f"  {scan_id} crtsh\n" in said
    ended(gumshoe, scan_id)  # what is held until then would be handed back by the next test's drain
    assert "takes maint, notify." in said


def test_a_worker_that_is_drained_hands_back_what_it_holds_and_others_finish_it(
    gumshoe: Gumshoe, sources: Sources, typed: Type
) -> None:
    sources.behave(host="crt.sh", kind="slow", seconds=20)
    scan_id = ask(gumshoe, "example.org collectors=crtsh fresh")
    asked(gumshoe, "crt.sh")
    done = typed("drain", "worker", **gumshoe.env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ". Stop the process now" in done.stdout
    (held,) = gumshoe.store.scans.get(scan_id).runs
    assert (held.state, held.outcome) == (RunState.QUEUED, None)
    assert gumshoe.parts["worker"].process.poll() is None
    sources.reset()
    second = ask(gumshoe, "example.com collectors=whois")  # while nobody takes scans
    bulk = opened(gumshoe.store, chosen=[Choice("whois", "key")], priority=Priority.BULK).id  # needs no hint

    done = typed("queues", "--json", **gumshoe.env)
    told = json.loads(done.stdout)
    waiting = {each["name"]: each for each in told["queues"]}
    assert waiting["scan"]["length"] >= 2
    assert waiting["scan"]["oldest_s"] > 0
    assert (told["record"]["scans"], told["record"]["waiting"], told["record"]["running"]) == (3, 3, 0)
    assert "3 open scans: 0 runs under way, 3 wait, the oldest since" in typed("queues", **gumshoe.env).stdout

    done = typed("drain", "worker", "--resume", "--json", **gumshoe.env)
    assert (done.returncode, json.loads(done.stdout)["is_empty"]) == (0, True)
    for each in (scan_id, second, bulk):
        assert_told_once(gumshoe, ended(gumshoe, each))
    said = [(row["door"], row["verb"]) for row in gumshoe.store.audit.listed(team="")]
    assert said[:2] == [("terminal", "drain")] * 2


def test_a_purge_loses_no_scan_unless_it_is_told_to_cancel(gumshoe: Gumshoe, typed: Type) -> None:
    assert typed("drain", "worker", **gumshoe.env).returncode == 0
    first = ask(gumshoe, "example.com collectors=whois")
    until("its hint to wait", lambda: length(gumshoe, "scan"))
    done = typed("purge", "scan", answer="n\n", **gumshoe.env)
    assert (done.returncode, length(gumshoe, "scan")) == (1, 1)
    assert "Take 1 hint out of scan (No scan is lost" in done.stderr
    done = typed("purge", "scan", answer="y\n", **gumshoe.env)
    assert (done.returncode, length(gumshoe, "scan")) == (0, 0)
    assert "Taken out of scan: 1 hint." in done.stdout
    assert gumshoe.store.scans.get(first).is_open
    long_ago = run.update().values(queued_at=clock.now() - timedelta(minutes=1))  # so that we need not wait
    gumshoe.store.database.write(lambda db: db.execute(long_ago).rowcount)
    until("the sweeper to send it again", lambda: length(gumshoe, "scan"))

    done = typed("purge", "scan", "--cancel", "--yes", "--json", **gumshoe.env)
    assert json.loads(done.stdout)["cancelled"] == [first]
    assert ended(gumshoe, first).status is ScanStatus.CANCELLED
    assert "Stopped by an operator" in json.dumps(thread_of(gumshoe, first)[0])
    assert next(row["verb"] for row in gumshoe.store.audit.listed(team="T0SANDBOX")) == "cancel"
    assert typed("drain", "--all", "--resume", **gumshoe.env).returncode == 0
    assert_told_once(gumshoe, ended(gumshoe, ask(gumshoe, "example.net collectors=whois")))


def length(gumshoe: Gumshoe, name: str) -> int:
    with redis.from_url(gumshoe.env["REDIS_URL"]) as client:
        return int(client.llen(name))


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
