"""Postgres crashes, freezes, fails over, refuses, locks or fills up under the whole running system."""

from __future__ import annotations

import contextlib
import itertools
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from core.store import open_store
from tests.bot.listening import words_of
from tests.bot.outages import frozen
from tests.faults.breaking import ask, asked, assert_told_once, called, ended, replace_part, slots, thread_of
from tests.faults.postgres import Address, Cluster, filled, lasting, room
from tests.faults.proxy import Proxy
from tests.running import Gumshoe, buttons_of
from tests.servers import HOST, Part, Redis, Sandbox, Sources, until

BOTH = "example.org collectors=crtsh,whois fresh"
ONE = "example.org collectors=crtsh fresh"
CERTIFICATES = "crt.sh"
OUTAGE = 3.6  # seconds: longer than the leases of these tests


@pytest.fixture(scope="module")
def address() -> Iterator[Address]:
    with room() as folder, Cluster(folder) as server, Address(server) as address:
        yield address
        if address.server is not server:
            address.server.part.stop()


@pytest.fixture(scope="module")
def folders() -> Iterator[Callable[[], Path]]:
    """Makes folders for further servers, which live as long as the module."""
    with contextlib.ExitStack() as kept:
        yield lambda: kept.enter_context(room())


@pytest.fixture(scope="module")
def system(
    tmp_path_factory: pytest.TempPathFactory, redis_server: Redis, address: Address, sources: Sources
) -> Iterator[Gumshoe]:
    folder = tmp_path_factory.mktemp("system")
    with Sandbox() as sandbox, Gumshoe(folder, redis_server, sandbox, sources, DATABASE_URL=address.url) as running:
        yield running


@pytest.fixture
def gumshoe(system: Gumshoe) -> Iterator[Gumshoe]:
    """The running system before an empty workspace; no outage may have ended a part of it."""
    system.start_over()
    yield system
    assert {name: part.process.poll() for name, part in system.parts.items()} == dict.fromkeys(system.parts)


def assert_asked_once(gumshoe: Gumshoe) -> None:
    """No source got the same question twice."""
    paths = [each["path"] for each in gumshoe.sources.asked() if each["protocol"] == "http"]
    assert len(paths) == len(set(paths)), paths


def assert_ends_well(gumshoe: Gumshoe, scan_id: str) -> None:
    """As if nothing had happened: every source answered, at the first attempt, and the thread says so once."""
    scan = ended(gumshoe, scan_id)
    assert {run.collector: (str(run.outcome), run.attempt) for run in scan.runs} == {
        run.collector: ("found", 1) for run in scan.runs
    }
    assert_told_once(gumshoe, scan)
    assert_asked_once(gumshoe)


def assert_refused(gumshoe: Gumshoe, parent: dict[str, Any]) -> None:
    """A command, a button, a mention and a form are answered in time, and start nothing."""
    answer = gumshoe.sandbox.command("example.com", user="U0BOB")
    assert answer["status"] == "ok", answer["error"]
    assert "database" in words_of(answer["ephemeral"])
    gumshoe.click("cancel", parent, user="U0BOB")
    mention = gumshoe.sandbox.post("message", user="U0BOB", channel="C0GENERAL", text="<@U0GUMSHOE> example.com")
    until("the click to be answered", lambda: len(_heard(gumshoe, parent["ts"])) > 0)
    until("the mention to be answered", lambda: _heard(gumshoe, mention["ts"]))


def _heard(gumshoe: Gumshoe, thread_ts: str) -> list[dict[str, Any]]:
    """What only Bob was told: in the channel, or in this thread."""
    seen = [
        *gumshoe.sandbox.messages("C0GENERAL", user="U0BOB"),
        *gumshoe.sandbox.messages("C0GENERAL", user="U0BOB", thread_ts=thread_ts),
    ]
    return [each for each in seen if each.get("is_ephemeral") and "database" in words_of(each)]


def slow_certificates(gumshoe: Gumshoe, *, seconds: float = 2) -> tuple[str, dict[str, Any]]:
    """A scan whose certificates take a while; its id and the first message of its thread."""
    gumshoe.sources.behave(host=CERTIFICATES, kind="slow", seconds=seconds)
    scan_id = ask(gumshoe, BOTH)
    asked(gumshoe, CERTIFICATES)
    return scan_id, until("the thread to open", lambda: thread_of(gumshoe, scan_id))[0]


@pytest.mark.fault("Postgres is killed or shut down in the middle of a scan, and started again",
                   keeps=("lost", "twice", "honest", "answer"))  # fmt: skip
@pytest.mark.parametrize("how", ["crash", "shut_down"])
def test_a_postgres_that_restarts_costs_no_second_question(gumshoe: Gumshoe, address: Address, how: str) -> None:
    scan_id, parent = slow_certificates(gumshoe)
    with lasting(OUTAGE):
        getattr(address.server, how)()
        assert_refused(gumshoe, parent)
    address.server.run()
    assert_ends_well(gumshoe, scan_id)
    assert [scan.id for scan in gumshoe.scans()] == [scan_id], "a refused question was started after all"


@pytest.mark.fault("Worker and notifier start while Postgres is away", keeps=("lost", "twice"))
def test_parts_that_start_without_the_record_work_once_it_is_back(gumshoe: Gumshoe, address: Address) -> None:
    scan_id, _ = slow_certificates(gumshoe)
    until("the first reply to be told", lambda: "reply/1/whois" in slots(gumshoe, scan_id))
    address.server.crash()
    replace_part(gumshoe, "worker")
    replace_part(gumshoe, "notifier")
    address.server.run()
    scan = ended(gumshoe, scan_id)
    assert {run.collector: run.attempt for run in scan.runs} == {"crtsh": 2, "whois": 1}
    assert_told_once(gumshoe, scan)


@pytest.mark.fault("Postgres goes away while a message is being posted", keeps=("lost", "twice"))
def test_a_message_posted_while_the_record_is_away_stands_once(gumshoe: Gumshoe, address: Address) -> None:
    gumshoe.sandbox.fault("chat.postMessage", "slow", seconds=2, match="/reply/1/whois")
    scan_id = ask(gumshoe, BOTH)
    until("the reply to be sent", lambda: called(gumshoe, "chat.postMessage", match=f"{scan_id}/reply/1/whois"))
    with lasting(OUTAGE):
        address.server.crash()
    address.server.run()
    assert_ends_well(gumshoe, scan_id)
    assert len(called(gumshoe, "chat.postMessage", match=f"{scan_id}/reply/1/whois")) == 1
    assert called(gumshoe, "conversations.replies") == [], "the notifier had forgotten what it posted"


@pytest.mark.fault("Postgres is frozen for longer than a lease", keeps=("lost", "twice", "answer"))
def test_a_frozen_postgres_delays_and_changes_nothing(gumshoe: Gumshoe, address: Address) -> None:
    scan_id, parent = slow_certificates(gumshoe)
    with lasting(OUTAGE + 2), frozen(address.server):
        assert_refused(gumshoe, parent)
    assert_ends_well(gumshoe, scan_id)


@pytest.mark.fault("A firewall swallows what is said to Postgres", keeps=("lost", "twice", "answer"))
def test_a_line_to_postgres_that_swallows_everything_is_given_up(gumshoe: Gumshoe, address: Address) -> None:
    scan_id, parent = slow_certificates(gumshoe)
    with lasting(OUTAGE + 2.4):  # longer than a call of the record may take
        address.mode = "hole"
        assert_refused(gumshoe, parent)
    address.mode = "pass"  # what was swallowed is never answered, and nobody hangs up
    until("the bot to be back", lambda: "Nothing is running" in _told(gumshoe, "status"))
    address.cut()
    assert_ends_well(gumshoe, scan_id)


@pytest.mark.fault("Postgres ends every connection again and again", keeps=("lost", "twice"))
def test_connections_that_postgres_ends_all_the_time_cost_nothing(gumshoe: Gumshoe, address: Address) -> None:
    gumshoe.sources.behave(host=CERTIFICATES, kind="slow", seconds=1)
    ids = [ask(gumshoe, f"{name} collectors=crtsh,whois fresh") for name in ("example.org", "example.com")]
    with lasting(OUTAGE):
        for _ in range(20):
            address.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                        " AND pid <> pg_backend_pid()")  # fmt: skip
            with lasting(0.1):
                pass
    for scan_id in ids:
        assert_told_once(gumshoe, ended(gumshoe, scan_id))
    assert_asked_once(gumshoe)


@pytest.mark.fault("Postgres takes no more connections", keeps=("lost", "twice", "answer"))
def test_a_postgres_without_a_free_connection_is_one_that_does_not_answer(gumshoe: Gumshoe, address: Address) -> None:
    direct = f"host={HOST} port={address.server.port} user=gumshoe dbname=postgres"
    with contextlib.ExitStack() as held:

        def take(most: int) -> None:
            with contextlib.suppress(psycopg.OperationalError):
                for _ in range(most):
                    held.enter_context(contextlib.closing(psycopg.connect(direct)))

        take(120)
        scan_id, parent = slow_certificates(gumshoe)
        with lasting(OUTAGE):
            take(1000)
            address.cut()
            take(1000)
            assert_refused(gumshoe, parent)
    assert_ends_well(gumshoe, scan_id)


def locked(foreign: psycopg.Connection) -> bool:
    """Lock our tables; not while somebody has one and waits for the other."""
    try:
        foreign.execute("LOCK TABLE scan, run IN ACCESS EXCLUSIVE MODE")
    except psycopg.errors.DeadlockDetected:
        foreign.rollback()
        return False
    return True


@pytest.mark.fault("Somebody else locks our tables for some seconds", keeps=("lost", "twice", "answer"))
def test_tables_somebody_else_locks_are_waited_for(gumshoe: Gumshoe, address: Address) -> None:
    scan_id, parent = slow_certificates(gumshoe)
    direct = f"host={HOST} port={address.server.port} user=gumshoe dbname={address.name}"
    with lasting(OUTAGE), psycopg.connect(direct) as foreign:
        until("nobody to stand between the two locks", lambda: locked(foreign))
        assert_refused(gumshoe, parent)
    assert_ends_well(gumshoe, scan_id)


@pytest.mark.fault("Postgres becomes read-only", keeps=("lost", "twice", "honest", "answer"))
def test_a_postgres_that_takes_no_writes_is_one_that_does_not_answer(gumshoe: Gumshoe, address: Address) -> None:
    scan_id, parent = slow_certificates(gumshoe)
    with lasting(OUTAGE):
        address.ask("ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")
        until("the server to say so", lambda: address.ask("SHOW default_transaction_read_only") == [("on",)])
        assert_refused(gumshoe, parent)
    address.ask("ALTER SYSTEM RESET default_transaction_read_only", "SELECT pg_reload_conf()")
    assert_ends_well(gumshoe, scan_id)


@pytest.mark.fault("Postgres fails over to a synchronous standby", keeps=("lost", "twice", "honest", "answer"))
def test_a_failover_to_a_synchronous_standby_loses_nothing(
    gumshoe: Gumshoe, address: Address, folders: Callable[[], Path]
) -> None:
    old = address.server
    new = old.standby(folders())
    old.ask("ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
    until("commits to wait for it", lambda: old.ask("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"))
    scan_id, parent = slow_certificates(gumshoe)
    with lasting(OUTAGE):
        old.crash()
        address.move_to(new)
        assert_refused(gumshoe, parent)  # a standby answers, and takes no writes
        new.promote()
    assert_ends_well(gumshoe, scan_id)


@pytest.mark.fault("Postgres fails over and its last commits are lost", keeps=("twice", "honest"))
def test_a_failover_that_forgets_the_last_commits_repeats_no_message(
    gumshoe: Gumshoe, address: Address, folders: Callable[[], Path]
) -> None:
    old = address.server
    with Proxy(old.port) as line:
        new = old.standby(folders(), upstream=line.port)
        scan_id, _ = slow_certificates(gumshoe)
        until("the first reply to be told", lambda: "reply/1/whois" in slots(gumshoe, scan_id))
        until("the standby to have it", lambda: _is_level(old))
        line.mode = "hole"  # from here on nothing reaches the standby
        until("the end to be told", lambda: "summary/1" in slots(gumshoe, scan_id))
        forgotten = ask(gumshoe, "192.0.2.10 collectors=whois")
        until("its thread to open", lambda: thread_of(gumshoe, forgotten))
        button = thread_of(gumshoe, forgotten)[0]
        old.crash()
        new.promote()  # while the line still swallows what it is sent
    address.move_to(new)

    scan = ended(gumshoe, scan_id)
    assert {run.collector: run.attempt for run in scan.runs} == {"crtsh": 2, "whois": 1}
    assert_told_once(gumshoe, scan)
    assert len(gumshoe.sources.asked(CERTIFICATES)) == 2, "the answer was forgotten, so the source was asked again"
    # What nobody can know any more is said, not guessed.
    assert [each.id for each in gumshoe.scans()] == [scan_id]
    gumshoe.click(next(iter(buttons_of(button))), button)
    until("the click to be answered", lambda: "no longer in my record" in str(gumshoe.whispers("U0ADA")))


def _is_level(server: Cluster) -> bool:
    """The standby has everything this server has written."""
    return bool(server.ask("SELECT 1 FROM pg_stat_replication WHERE replay_lsn = pg_current_wal_lsn()"))


STEPS = {  # what is committed, and words that only such a transaction holds
    "the scan": (b"example.org", b"slack"),
    "the claim": (b"-1-whois", b"queued", b"running"),
    "the answer": (b"-1-whois", b"found", b"closed"),
    "the slot before": (b"reply/1/whois", b"sending"),
    "the slot after": (b"reply/1/whois", b"said"),
}


@pytest.mark.fault("The connection breaks in the middle of a COMMIT", keeps=("lost", "twice", "honest"))
@pytest.mark.parametrize(
    ("steps", "arrives"), [(tuple(STEPS), True), (("the scan", "the answer"), False)], ids=["done", "not done"]
)
def test_a_commit_whose_answer_is_lost_is_found_out(
    gumshoe: Gumshoe, address: Address, steps: tuple[str, ...], arrives: bool
) -> None:
    for step in steps:
        words = STEPS[step]
        address.lose_commit(*words, arrives=arrives)
        tag = step.replace(" ", "-")  # else it would be the same question again
        answer = gumshoe.sandbox.command(f"example.org collectors=whois fresh #{tag}")
        assert "Started" in answer["ephemeral"]["text"], step
        scan = gumshoe.scans()[0]
        assert_told_once(gumshoe, ended(gumshoe, scan.id))
        assert [run.attempt for run in ended(gumshoe, scan.id).runs] == [1], step
        assert address.losing == (), f"nothing was cut for {step}"
    assert len(gumshoe.scans()) == len(steps)
    assert len([each for each in gumshoe.sources.asked("rdap") if each["protocol"] == "http"]) == len(steps)


@pytest.mark.fault("Claims, closes, cancels, re-runs and sweeps meet in the same rows", keeps=("lost", "twice"))
def test_our_own_transactions_never_wait_for_each_other_in_a_ring(
    address: Address, tmp_path: Path, gumshoe: Gumshoe
) -> None:
    server = address.server
    server.ask("ALTER SYSTEM SET deadlock_timeout = '20ms'", "SELECT pg_reload_conf()")
    url = server.new_database()
    name = url.rpartition("/")[2]
    open_store(url).close()
    words = [sys.executable, "-m", "tests.faults.hammer", url, "4"]
    first = Part("hammer", words, tmp_path)
    until("the scans to be there", lambda: server.ask("SELECT 1 FROM scan", database=name))
    parts = [first, Part("hammer", words, tmp_path)]
    seen = [json.loads(part.output()) for part in parts if part.process.wait(60) == 0]
    assert len(seen) == len(parts), [part.output() for part in parts]

    assert [word for each in seen for word in each if word.startswith("down")] == []
    assert min(each["run_and_close"] for each in seen) > 0
    assert server.ask("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()", database=name) == [
        (0,)
    ]
    open_runs = "SELECT count(*) FROM run WHERE scan_id = scan.id AND state <> 'closed'"
    miscounted = f"SELECT id FROM scan WHERE open_runs <> ({open_runs})"
    assert server.ask(miscounted, database=name) == []
    unended = "SELECT id FROM scan WHERE (open_runs = 0) <> (finished_at IS NOT NULL)"
    assert server.ask(unended, database=name) == []


@pytest.mark.fault("The disk of Postgres is full", keeps=("lost", "twice", "honest", "answer"))
def test_a_full_disk_of_postgres_loses_nothing_once_there_is_room(gumshoe: Gumshoe, address: Address) -> None:
    before = address.server
    with room(megabytes=160) as disk, Cluster(disk) as small, contextlib.ExitStack() as afterwards:
        afterwards.callback(small.shut_down)
        afterwards.callback(address.move_to, before)
        open_store(small.new_database(address.name)).close()
        address.move_to(small)
        gumshoe.sources.behave(host=CERTIFICATES, kind="slow", seconds=2)
        scan_id = ask(gumshoe, BOTH)
        asked(gumshoe, CERTIFICATES)
        with lasting(OUTAGE), filled(disk):
            # Each answer writes down that it was given: after some of them no page of that table has room.
            until("a question to be refused", lambda: "full" in _told(gumshoe, "status"))
            # A scan may find room beside others yet: what is begun is kept, until there is room for none.
            begun = list(itertools.takewhile(lambda name: _starts(gumshoe, name), (f"host{n}" for n in range(200))))
        if small.part.process.poll() is not None:
            small.run()  # it stops by itself when its log cannot be written
        assert_ends_well(gumshoe, scan_id)
        others = {scan.target.value.split(".")[0]: scan for scan in gumshoe.scans() if scan.id != scan_id}
        assert others.keys() == set(begun)
        for one in others.values():
            assert_told_once(gumshoe, ended(gumshoe, one.id))


def _starts(gumshoe: Gumshoe, name: str) -> bool:
    told = _told(gumshoe, f"{name}.example.com collectors=dns")
    assert "Started" in told or "full" in told or "database" in told, told
    return "Started" in told


def _told(gumshoe: Gumshoe, text: str) -> str:
    """What a command is answered; it must be in time."""
    answer = gumshoe.sandbox.command(text, user="U0BOB")
    assert answer["status"] == "ok", answer["error"]
    return words_of(answer["ephemeral"])
