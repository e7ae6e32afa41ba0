"""Processes are killed at every step, frozen in a post, stopped while all hangs, doubled, or of another release."""

from __future__ import annotations

import functools
import signal
from collections.abc import Iterator

import pytest
import redis
import sqlalchemy as sa
from celery import Celery

from core.models import RunState, Scan
from tests.faults.breaking import ask, asked, assert_told_once, called, ended, freeze, slots
from tests.running import Gumshoe
from tests.servers import Part, Redis, Sandbox, Sources, until

PARTS = ("worker", "notifier", "bot", "beat")
CERTIFICATES = "crt.sh"
GRACE = 30.0  # what docker-compose.yml leaves a process that is told to stop


@pytest.fixture(scope="module")
def queue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    """A Redis of these tests alone that keeps nothing on disk: what it holds is gone when it stops."""
    with Redis(tmp_path_factory.mktemp("queue"), persistent=False) as server:
        yield server


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, queue: Redis, sources: Sources) -> Iterator[Gumshoe]:
    with Sandbox() as sandbox, Gumshoe(tmp_path_factory.mktemp("system"), queue, sandbox, sources) as running:
        yield running


@pytest.fixture
def gumshoe(system: Gumshoe, queue: Redis) -> Gumshoe:
    """The running system before an empty workspace, whatever the test before killed started again."""
    for name in [name for name in system.parts if name not in PARTS]:
        system.parts.pop(name).kill()  # first: one that is frozen may hold a lock
    system.start_over()
    if queue.part.process.poll() is not None:
        queue.start()
    start(system, *(name for name in PARTS if system.parts[name].process.poll() is not None))
    return system


def start(gumshoe: Gumshoe, *names: str) -> None:
    """Start parts side by side."""
    for name in names:
        gumshoe.start(name, wait=False)
    for name in names:
        gumshoe.wait_for(name)


def another(gumshoe: Gumshoe, name: str) -> Part:
    """Start a second one of a part; the first, which goes on, is returned and filed as `old-...`."""
    old = gumshoe.parts[f"old-{name}"] = gumshoe.parts[name]
    gumshoe.start(name)
    return old


def said(gumshoe: Gumshoe, scan_id: str, slot: str) -> str:
    """How far a slot is by the record."""
    known = gumshoe.store.desk.said(scan_id).get(slot)
    return known.state if known is not None else ""


def stuck(gumshoe: Gumshoe, text: str, method: str, match: str) -> str:
    """A scan whose thread hangs at this call: Slack takes it and never does what it says."""
    gumshoe.sandbox.fault(method, "hang", match=match)
    scan_id = ask(gumshoe, text)
    until(f"{method} of {match} to hang", lambda: called(gumshoe, method, match=match, fault="hang"))
    return scan_id


def started(gumshoe: Gumshoe, scan_id: str, collector: str) -> bool:
    runs = gumshoe.store.scans.get(scan_id).runs
    return any(run.collector == collector and run.state is RunState.RUNNING for run in runs)


@pytest.mark.fault(
    "The power is cut: all processes and Redis are killed at once, with threads at every step",
    keeps=("lost", "twice"),
)
def test_scans_at_every_step_survive_a_power_cut_and_say_everything_once(gumshoe: Gumshoe, queue: Redis) -> None:
    gumshoe.sources.behave(host=CERTIFICATES, kind="hang", times=1)
    steps = {
        "final edit": stuck(gumshoe, "example.com collectors=whois fresh", "chat.update", "rerun"),
        "summary": stuck(gumshoe, "192.0.2.10 collectors=whois fresh", "chat.postMessage", "/summary/1"),
        "reply": stuck(gumshoe, "AS64496 collectors=whois fresh", "chat.postMessage", "/reply/1/whois"),
    }
    steps["collector"] = ask(gumshoe, "example.org collectors=crtsh fresh")
    asked(gumshoe, CERTIFICATES)
    steps["parent"] = stuck(gumshoe, "192.0.2.11 collectors=whois fresh", "chat.postMessage", "192[.]0[.]2[.]11")
    assert said(gumshoe, steps["summary"], "summary/1") == "sending"
    assert said(gumshoe, steps["reply"], "reply/1/whois") == "sending"
    assert started(gumshoe, steps["collector"], "crtsh")
    assert said(gumshoe, steps["parent"], "parent") == "sending"

    parts = [queue.part, *gumshoe.parts.values()]
    for part in parts:
        part.signal(signal.SIGKILL)
    for part in parts:
        part.kill()
    queue.start()
    start(gumshoe, *PARTS)

    scans = {step: ended(gumshoe, scan_id) for step, scan_id in steps.items()}
    for scan in scans.values():
        assert_told_once(gumshoe, scan)
    assert {step: scan.runs[0].attempt for step, scan in scans.items()} == dict.fromkeys(steps, 1) | {"collector": 2}
    assert {str(scan.runs[0].outcome) for scan in scans.values()} == {"found"}
    assert len(gumshoe.sources.asked(CERTIFICATES)) == 2


@pytest.mark.fault(
    "The worker, the notifier, or both are killed when all is found and nothing is told yet",
    keeps=("lost", "twice"),
)
@pytest.mark.parametrize("killed", [("worker",), ("notifier",), ("worker", "notifier")], ids="+".join)
def test_what_was_found_before_anything_was_told_is_told_after_a_kill(
    gumshoe: Gumshoe, killed: tuple[str, ...]
) -> None:
    freeze(gumshoe, gumshoe.parts["notifier"])  # it gets no further than any kill would let it
    scan_id = ask(gumshoe, "example.org collectors=crtsh,whois fresh")
    until("all to be found", lambda: gumshoe.store.scans.get(scan_id).finished_at)
    assert slots(gumshoe, scan_id) == []
    questions = len(gumshoe.sources.asked())
    for name in killed:
        gumshoe.parts[name].kill()
    start(gumshoe, *killed)
    gumshoe.parts["notifier"].signal(signal.SIGCONT)

    scan = ended(gumshoe, scan_id)
    assert_told_once(gumshoe, scan)
    assert {run.attempt for run in scan.runs} == {1}
    assert len(gumshoe.sources.asked()) == questions, "a closed run was asked again"


@pytest.mark.fault(
    "Worker and notifier get SIGTERM twice while sources and Slack hang, with Redis there or gone",
    keeps=("lost", "twice", "bounds"),
)
@pytest.mark.parametrize("gone", [False, True], ids=["redis there", "redis gone"])
def test_processes_told_to_stop_while_all_hangs_end_in_time_and_lose_nothing(
    gumshoe: Gumshoe, queue: Redis, gone: bool
) -> None:
    gumshoe.sources.behave(host=CERTIFICATES, kind="hang", times=1)
    waiting = ask(gumshoe, "example.org collectors=crtsh fresh")
    asked(gumshoe, CERTIFICATES)
    telling = stuck(gumshoe, "192.0.2.10 collectors=whois fresh", "chat.postMessage", "/reply/1/whois")
    if gone:
        queue.part.kill()
    parts = [gumshoe.parts["worker"], gumshoe.parts["notifier"]]
    for part in parts:
        part.signal(signal.SIGTERM)
    until("the worker to drain", lambda: not started(gumshoe, waiting, "crtsh"))
    for part in parts:
        part.signal(signal.SIGTERM)
    assert [part.process.wait(GRACE) for part in parts] == [0, 0]

    if gone:
        queue.start()
    start(gumshoe, "worker", "notifier")
    for scan in (ended(gumshoe, waiting), ended(gumshoe, telling)):
        assert [(str(run.outcome), run.attempt) for run in scan.runs] == [("found", 1)]
        assert_told_once(gumshoe, scan)


@pytest.mark.fault("The notifier is frozen while it waits to post, and thaws when another told", keeps=("twice",))
def test_a_notifier_that_thaws_late_posts_and_edits_nothing(gumshoe: Gumshoe) -> None:
    # Slack's 429 holds back what comes after it too: both threads wait for their turn inside the notifier.
    gumshoe.sandbox.fault("chat.postMessage", "429", retry_after=5)
    first = ask(gumshoe, "example.org collectors=whois fresh")
    until("Slack to say no", lambda: called(gumshoe, "chat.postMessage", fault="429"))
    second = ask(gumshoe, "192.0.2.10 collectors=whois fresh")
    until("somebody to sit at both desks", lambda: held(gumshoe, first) and held(gumshoe, second))
    frozen = gumshoe.parts["notifier"]
    freeze(gumshoe, frozen)
    another(gumshoe, "notifier")
    scans = [ended(gumshoe, first), ended(gumshoe, second)]
    before = len(gumshoe.sandbox.calls("chat.postMessage")), len(gumshoe.sandbox.calls("chat.update"))

    frozen.signal(signal.SIGCONT)
    until("it to see that it lost its desks", lambda: frozen.output().count("desk left") >= 2)
    assert frozen.stop() == 0
    assert (len(gumshoe.sandbox.calls("chat.postMessage")), len(gumshoe.sandbox.calls("chat.update"))) == before
    for scan in scans:
        assert_told_once(gumshoe, scan)


def held(gumshoe: Gumshoe, scan_id: str) -> bool:
    """Somebody sits at this scan's desk."""
    query = sa.text("SELECT desk_until FROM scan WHERE id = :id")
    return bool(gumshoe.store.database.read(lambda db: db.execute(query, {"id": scan_id}).scalar_one()))


@pytest.mark.fault("Beat, notifier and worker run twice", keeps=("twice",))
def test_two_of_everything_do_everything_once(gumshoe: Gumshoe) -> None:
    for name in ("worker", "notifier", "beat"):
        another(gumshoe, name)
    gumshoe.sources.behave(host=CERTIFICATES, kind="slow", seconds=4)  # longer than a lease
    texts = [f"{name} collectors=crtsh,whois fresh" for name in ("example.com", "example.org", "example.net")]
    scans: list[Scan] = [ended(gumshoe, scan_id) for scan_id in [ask(gumshoe, text) for text in texts]]
    for scan in scans:
        assert {run.attempt for run in scan.runs} == {1}
        assert_told_once(gumshoe, scan)
    for host in (CERTIFICATES, "rdap"):
        paths = [each["path"] for each in gumshoe.sources.asked(host) if each["protocol"] == "http"]
        assert len(paths) == len(set(paths)), "a source was asked twice"


@pytest.mark.fault("Beat is gone when a worker is lost, and Redis with all it holds", keeps=("lost", "twice"))
def test_lost_work_is_found_also_without_beat(gumshoe: Gumshoe, queue: Redis) -> None:
    gumshoe.parts["beat"].kill()
    gumshoe.sources.behave(host=CERTIFICATES, kind="hang", times=1)
    scan_id = ask(gumshoe, "example.org collectors=crtsh,whois fresh")
    asked(gumshoe, CERTIFICATES)
    until("the registry's answer to be told", lambda: "reply/1/whois" in slots(gumshoe, scan_id))
    gumshoe.parts["worker"].kill()
    with redis.Redis.from_url(queue.url) as client:
        assert client.flushall()
    gumshoe.start("worker")
    scan = ended(gumshoe, scan_id)
    assert {run.collector: run.attempt for run in scan.runs} == {"crtsh": 2, "whois": 1}
    assert_told_once(gumshoe, scan)


FOREIGN: tuple[tuple[str, tuple[object, ...], dict[str, object]], ...] = (
    ("tasks.scan.gone", ("abcdefgh",), {}),  # a task this release does not have
    ("tasks.scan.run", (), {}),  # of a release that named it otherwise
    ("tasks.scan.run", ("nosuchid",), {"priority": 3}),
    ("tasks.scan.run", (["a", "list"],), {}),
    ("tasks.report.deliver", ("nosuchid",), {"why": "closed"}),
)


@pytest.mark.fault("Tasks of another release are queued: unknown, with other arguments, in Celery's old protocol",
                   keeps=("lost", "twice"))  # fmt: skip
def test_tasks_of_another_release_run_or_are_dropped_and_stop_nobody(gumshoe: Gumshoe, queue: Redis) -> None:
    for queued in ("scan", "notify"):
        for name, args, more in FOREIGN:
            send(queue, name, args, more, queued=queued, protocol=2)
            send(queue, name, args, more, queued=queued, protocol=1)
    with redis.Redis.from_url(queue.url) as client:  # what it holds when it is killed waits for a quarter of an hour
        until("the foreign ones to be dealt with", lambda: not (client.llen("scan") or client.hlen("unacked")))
    gumshoe.parts["worker"].kill()
    scan_id = ask(gumshoe, "example.org collectors=whois fresh")
    with redis.Redis.from_url(queue.url) as client:
        until("the hint to wait", lambda: client.llen("scan"))
        client.delete("scan")  # this release's own hint: those of the others do
    send(queue, "tasks.scan.run", (scan_id,), {"since": "2.0"}, queued="scan", protocol=1)
    gumshoe.start("worker")
    scan = ended(gumshoe, scan_id)
    assert [(str(run.outcome), run.attempt) for run in scan.runs] == [("found", 1)]
    assert_told_once(gumshoe, scan)
    with redis.Redis.from_url(queue.url) as client:
        until("every message to be dealt with", lambda: not (client.llen("scan") or client.hlen("unacked")))
    assert {part.process.poll() for part in gumshoe.parts.values()} == {None}


def send(
    queue: Redis, name: str, args: tuple[object, ...], more: dict[str, object], *, queued: str, protocol: int
) -> None:
    """Queue a task as another release's Celery would."""
    app = Celery("other", broker=queue.url, set_as_current=False)
    app.conf.update(task_protocol=protocol, task_serializer="json")
    app.send_task(name, args=list(args), kwargs=more, queue=queued)
    app.close()


@pytest.mark.fault("The record holds runs, a desk and a lease of another release", keeps=("lost", "honest"))
def test_what_another_release_wrote_is_ended_and_said(gumshoe: Gumshoe) -> None:
    gumshoe.parts["worker"].kill()
    gumshoe.parts["notifier"].kill()
    scan_id = ask(gumshoe, "example.org collectors=whois,crtsh fresh")
    by_another = (
        "UPDATE run SET collector = 'telegraph' WHERE scan_id = :id AND collector = 'crtsh'",
        "UPDATE run SET state = 'running', fence = 1, attempt = 1, lease_until = '2036-01-01 00:00:00.000000'"
        " WHERE scan_id = :id AND collector = 'whois'",
        "UPDATE scan SET status = 'running', desk_fence = 1, desk_until = '2036-01-01 00:00:00.000000' WHERE id = :id",
    )
    for statement in by_another:
        query = sa.text(statement).bindparams(id=scan_id)
        gumshoe.store.database.write(functools.partial(sa.Connection.execute, statement=query))
    start(gumshoe, "worker", "notifier")
    scan = ended(gumshoe, scan_id)
    assert {run.collector: (str(run.outcome), run.reason, run.attempt) for run in scan.runs} == {
        "whois": ("found", "", 2),
        "telegraph": ("failed", "unknown_collector", 1),
    }
    assert_told_once(gumshoe, scan)
