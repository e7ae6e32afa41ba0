"""What is counted after something broke: the scan ended once, and its thread says everything once."""

from __future__ import annotations

import signal
import sqlite3
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any, Protocol

from celery import Celery

from core.errors import StoreDown
from core.models import Outcome, RunState, Scan
from core.settings import load
from core.store import Store
from tasks.queue import configuration
from tests.running import Gumshoe, tasks_of
from tests.servers import Part, Sandbox, until

FINISHED = frozenset({"complete", "error", "pending"})  # a plan's lines at the end; pending: stopped before
TOLD = frozenset({Outcome.FOUND, Outcome.PARTIAL, Outcome.FAILED})  # outcomes that get a reply of their own


class Stage(Protocol):
    """Where a scan plays: the record, and the workspace its thread stands in."""

    store: Store
    sandbox: Sandbox


def assert_told_once(gumshoe: Stage, scan: Scan, *, channel: str = "C0GENERAL") -> None:
    """One parent, one reply for each run that has something to say, one summary for each round, all in one thread."""
    whole = gumshoe.store.scans.get(scan.id, all_rounds=True)
    assert {run.state for run in whole.runs} == {RunState.CLOSED}
    counts = Counter(slots(gumshoe, scan.id, channel))
    assert set(counts) == expected(whole)
    assert set(counts.values()) == {1}, f"posted more than once: {counts}"

    thread = thread_of(gumshoe, scan.id, channel)
    assert len([each for each in thread if slot_of(each)]) == len(counts), "something stands outside the thread"
    names = [file["name"] for each in thread for file in each.get("files") or []]
    assert len(names) == len(set(names)), "a file stands twice"
    assert set(tasks_of(thread[0]).values()) <= FINISHED


def expected(whole: Scan) -> set[str]:
    """The slots that a scan's thread must have, by the record."""
    wanted = {"parent"}
    for number in range(1, whole.round + 1):
        wanted |= {f"summary/{number}"} | ({f"round/{number}"} if number > 1 else set())
    for run in whole.runs:
        if run.outcome in TOLD or (run.outcome is Outcome.CANCELLED and run.found):
            wanted.add(f"reply/{run.round}/{run.collector}")
    return wanted


def slots(gumshoe: Stage, scan_id: str, channel: str = "C0GENERAL") -> list[str]:
    """The slots of this scan's messages in a channel, in the order in which they stand there; doubles too."""
    top = gumshoe.sandbox.messages(channel)
    threads = [gumshoe.sandbox.messages(channel, thread_ts=each["ts"])[1:] for each in top if each.get("reply_count")]
    keys = [slot_of(each) for each in [*top, *(reply for thread in threads for reply in thread)]]
    return [key.removeprefix(f"{scan_id}/") for key in keys if key.startswith(f"{scan_id}/")]


def slot_of(message: dict[str, Any]) -> str:
    """The key a message of ours carries in its metadata."""
    payload = (message.get("metadata") or {}).get("event_payload") or {}
    return str(payload.get("slot", ""))


STARVED = "could not write this down in time, so nothing was started"
AWAY = "The database does not answer"
WAITED = (
    0.9  # seconds that a bot waits for the record at least before it may say so: it opens it with a patience of 1.0
)
MOST_REFUSED = 5


def ask(gumshoe: Gumshoe, text: str, *, channel: str = "C0GENERAL") -> str:
    """Somebody types this after /scan, and again, some times at most, where a bot that got no processor time refuses;
    the new scan's id. That the database does not answer must be so, or have been waited for: else it is refused
    needlessly."""
    before = {scan.id for scan in gumshoe.scans()}
    refused: list[str] = []

    def taken() -> dict[str, Any] | None:
        was_there, begun = answers(gumshoe.store), time.monotonic()
        told: dict[str, Any] = gumshoe.sandbox.command(text, channel=channel)
        took = time.monotonic() - begun
        words = str((told["ephemeral"] or {}).get("text"))
        if STARVED not in words and AWAY not in words:
            return told
        needless = AWAY in words and took < WAITED and was_there and answers(gumshoe.store)
        assert not needless, f"refused within {took:.2f} s although the database answers: {words}"
        refused.append(words)
        assert len(refused) <= MOST_REFUSED, f"refused again and again: {refused}"
        return None

    answer = until("a command to be taken", taken)
    new = {scan.id for scan in gumshoe.scans()} - before
    assert len(new) == 1, f"not one new scan: {answer}"
    return new.pop()


def answers(store: Store) -> bool:
    """Whether the database does, as we see it from here."""
    try:
        store.database.read(lambda db: db.exec_driver_sql("SELECT 1").scalar())
    except StoreDown:
        return False
    return True


def ended(gumshoe: Gumshoe, scan_id: str, *, number: int = 1) -> Scan:
    """Wait until this round of the scan has ended and its thread says so."""
    scan = until("the scan to end and be told", lambda: gumshoe.round_ended(scan_id, number), within=60)
    return gumshoe.store.scans.get(scan.id)


def asked(gumshoe: Gumshoe, match: str, *, times: int = 1) -> None:
    """Wait until a source was asked so many times."""
    until(f"{match} to be asked {times} times", lambda: len(gumshoe.sources.asked(match)) >= times)


def called(gumshoe: Gumshoe, method: str, *, match: str = "", fault: str | None = None) -> list[dict[str, Any]]:
    """Our calls of a Web API method whose arguments contain this, or which met this fault."""
    calls = gumshoe.sandbox.calls(method)
    return [each for each in calls if match in str(each["args"]) and (fault is None or each["fault"] == fault)]


def replace_part(gumshoe: Gumshoe, name: str) -> Part:
    """SIGKILL a part and start another in its place."""
    gumshoe.parts[name].kill()
    return gumshoe.start(name)


def freeze(gumshoe: Gumshoe, part: Part) -> None:
    """SIGSTOP a part between two writes into SQLite: one that is stopped amid a write keeps everybody from writing."""
    path = str(gumshoe.store.database.engine.url.database)

    def frozen() -> bool:
        part.signal(signal.SIGSTOP)
        with closing(sqlite3.connect(path, timeout=2.0, isolation_level=None)) as database:
            try:
                database.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                part.signal(signal.SIGCONT)
                return False
            database.execute("ROLLBACK")
        return True

    until(f"{part.name} to stand still without a lock", frozen)


def publish(gumshoe: Gumshoe, task: str, *ids: str, times: int = 1) -> None:
    """Send a task for each of these, several times at once, as a broker that delivers more than once would."""
    app = Celery("publisher", set_as_current=False)
    app.conf.update(configuration(load(redis_url=gumshoe.env["REDIS_URL"])))
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda scan_id: app.send_task(task, args=[scan_id]), ids * times))
    app.close()


def thread_of(gumshoe: Stage, scan_id: str, channel: str = "C0GENERAL") -> list[dict[str, Any]]:
    """The messages of this scan's thread, the parent first; none before it is open."""
    parent = gumshoe.store.desk.said(scan_id).get("parent")
    return gumshoe.sandbox.messages(channel, thread_ts=parent.ts) if parent is not None and parent.ts else []
