"""Redis dies, hangs, forgets, fills up or says no in the middle of scans: none is lost, and who asks is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
import redis

from core.models import RunState, Scan
from tests.faults.breaking import ask, asked, assert_told_once, ended, slots, thread_of
from tests.faults.lines import Divided, Queue
from tests.servers import Sandbox, Sources, until

BOTH = "example.org collectors=crtsh,whois fresh"
QUICK = "example.com collectors=whois"
CERTIFICATES = "crt.sh"
SILENCE = 12.0  # seconds: a line that says nothing is dropped within seven, and a lease lasts three
ELSEWHERE = "C0CASE17"  # Slack lets one channel have a message a second


@pytest.fixture(scope="module")
def queue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Queue]:
    """A Redis of these tests alone."""
    with Queue(tmp_path_factory.mktemp("queue")) as server:
        yield server


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, queue: Queue, sources: Sources) -> Iterator[Divided]:
    with Sandbox() as sandbox, Divided(tmp_path_factory.mktemp("system"), queue, sandbox, sources) as running:
        yield running


@pytest.fixture
def gumshoe(system: Divided) -> Divided:
    """The running system before an empty workspace, with every part there and every line open."""
    system.mode("pass")
    system.start_over()
    for name in [name for name, part in system.parts.items() if part.process.poll() is not None]:
        system.start(name)
    return system


def in_flight(gumshoe: Divided, *, seconds: float = 1.5, channel: str = "C0GENERAL") -> str:
    """A scan whose worker waits for a slow source."""
    gumshoe.sources.behave(host=CERTIFICATES, kind="slow", seconds=seconds)
    scan_id = ask(gumshoe, BOTH, channel=channel)
    asked(gumshoe, CERTIFICATES)
    return scan_id


def assert_refused(gumshoe: Divided, *words: str) -> None:
    """A command is answered in time, the answer says why, and nothing is started."""
    before = len(gumshoe.scans())
    answer = gumshoe.sandbox.command(QUICK, user="U0BOB")
    assert answer["status"] == "ok", answer
    assert all(word in answer["ephemeral"]["text"] for word in words), answer["ephemeral"]["text"]
    assert len(gumshoe.scans()) == before


def assert_healed(gumshoe: Divided, *ids: str) -> None:
    """These scans end once, all found, nobody asked twice; the next one runs; the very same processes live."""
    for scan_id in ids:
        assert_found(gumshoe, scan_id)
    assert_found(gumshoe, ask(gumshoe, QUICK, channel=ELSEWHERE))
    paths = [each["path"] for each in gumshoe.sources.asked(CERTIFICATES)]
    assert len(paths) == len(set(paths)), "a source was asked the same twice"
    assert {part.process.poll() for part in gumshoe.parts.values()} == {None}, "a part ended with Redis"


def assert_found(gumshoe: Divided, scan_id: str) -> None:
    scan = ended(gumshoe, scan_id)
    assert {(str(run.outcome), run.attempt) for run in scan.runs} == {("found", 1)}
    assert_told_once(gumshoe, scan, channel=scan.place.channel)


def looked(gumshoe: Divided, scan_id: str) -> None:
    """Wait until all runs are closed, whatever the thread says."""
    until("the runs to be closed", lambda: all(run.state is RunState.CLOSED for run in runs(gumshoe, scan_id)))


def runs(gumshoe: Divided, scan_id: str) -> Any:
    return gumshoe.store.scans.get(scan_id).runs


def in_log(gumshoe: Divided, name: str, *words: str) -> None:
    """Wait until a line of a part's log has all these words."""
    part = gumshoe.parts[name]
    until(
        f"{name} to log {words}",
        lambda: any(all(word in line for word in words) for line in part.output().splitlines()),
    )


@pytest.mark.fault(
    "Redis is killed or shut down and comes back, with or without what it held", keeps=("lost", "twice", "answer")
)
@pytest.mark.parametrize(("how", "keeps"), [("shutdown", True), ("kill", False)])
def test_a_redis_that_comes_back_loses_no_scan(gumshoe: Divided, queue: Queue, how: str, *, keeps: bool) -> None:
    scan_id = in_flight(gumshoe)
    if how == "kill":
        queue.part.kill()
    else:
        assert queue.part.stop() == 0
    assert_refused(gumshoe, "does not answer", "Try again in a minute")
    looked(gumshoe, scan_id)
    if not keeps:
        queue.forget()
    queue.start()
    assert_healed(gumshoe, scan_id)


@pytest.mark.fault("Redis is killed and takes long to load what it kept", keeps=("lost", "twice", "answer"))
def test_a_redis_that_still_loads_is_waited_for(gumshoe: Divided, queue: Queue) -> None:
    queue.fill(keys=15_000)
    scan_id = in_flight(gumshoe)
    queue.part.kill()
    queue.start("--key-load-delay", "200", "--loading-process-events-interval-bytes", "1024", ready=False)
    until("Redis to say that it loads", lambda: is_loading(queue))
    assert_refused(gumshoe, "is starting up", "Try again in a minute")
    assert is_loading(queue)
    queue.part.wait_for("Ready to accept connections")
    assert_healed(gumshoe, scan_id)


def is_loading(queue: Queue) -> bool:
    try:
        queue.ask("PING")
    except redis.ConnectionError as error:
        return isinstance(error, redis.BusyLoadingError)
    return False


@pytest.mark.fault("Redis is flushed again and again while scans run", keeps=("lost", "twice"))
def test_a_redis_that_is_flushed_at_every_moment_loses_no_scan(gumshoe: Divided, queue: Queue) -> None:
    gumshoe.sources.behave(host=CERTIFICATES, kind="slow", seconds=1)
    queue.ask("FLUSHALL")
    ids = [ask(gumshoe, f"{target} collectors=crtsh,whois") for target in ("example.org", "example.net")]
    asked(gumshoe, CERTIFICATES)

    def flushed_until_told() -> bool:
        queue.ask("FLUSHALL")
        return all("reply/1/crtsh" in slots(gumshoe, scan_id) for scan_id in ids)

    until("the answers to be told in spite of it", flushed_until_told)
    assert_healed(gumshoe, *ids)


@pytest.mark.fault("Redis closes all connections, and pauses", keeps=("lost", "twice", "answer"))
def test_connections_that_are_closed_or_paused_are_opened_again(gumshoe: Divided, queue: Queue) -> None:
    scan_id = in_flight(gumshoe)
    for _ in range(5):
        queue.hang_up()
    # A connection that was cut while idle is no reason to refuse. Not what is asked in the end: that would be a repeat.
    second = ask(gumshoe, "192.0.2.10 collectors=whois", channel=ELSEWHERE)
    queue.ask("CLIENT", "PAUSE", 2000, "ALL")
    assert_refused(gumshoe, "does not answer")
    assert_healed(gumshoe, scan_id, second)


@pytest.mark.fault("Redis loses single keys of the queue and the budgets", keeps=("lost", "twice"))
def test_single_keys_that_are_lost_cost_nothing(gumshoe: Divided, queue: Queue) -> None:
    scan_id = in_flight(gumshoe, seconds=3)
    gumshoe.parts["beat"].kill()  # nobody sweeps: what goes on was not dropped
    ids = []
    for number, pattern in enumerate(("unacked*", "_kombu.binding.*", "pace:*")):
        for key in queue.ask("KEYS", pattern):
            queue.ask("DEL", key)
        channel = ELSEWHERE if number else "C0GENERAL"
        ids.append(ask(gumshoe, f"192.0.2.{number + 1} collectors=whois", channel=channel))
    for each in (scan_id, *ids):
        ended(gumshoe, each)
    gumshoe.start("beat")
    assert_healed(gumshoe, scan_id)


@pytest.mark.fault(
    "Redis falls silent for longer than any part listens, connections stay up", keeps=("lost", "twice", "answer")
)
def test_a_long_silence_is_survived_by_all_parts(gumshoe: Divided) -> None:
    old = ended(gumshoe, ask(gumshoe, QUICK))
    gumshoe.sandbox.post("command", user="U0ADA", channel="C0GENERAL", text="")
    form = until("the form to open", lambda: gumshoe.modal("U0ADA"))
    scan_id = in_flight(gumshoe, seconds=4)
    with gumshoe.hole(seconds=SILENCE):
        assert_refused(gumshoe, "does not answer")
        assert_every_door_answers(gumshoe, thread_of(gumshoe, old.id)[0], form)
        looked(gumshoe, scan_id)  # also within the silence: nothing of a look needs Redis
    assert_healed(gumshoe, scan_id)


def assert_every_door_answers(gumshoe: Divided, parent: dict[str, Any], form: dict[str, Any]) -> None:
    """A button, a form and a mention are acknowledged in time and refused to the person alone."""
    before = len(gumshoe.scans())
    values = {"targets": {"targets": {"type": "plain_text_input", "value": "example.com"}}}
    doors: tuple[Callable[[], Any], ...] = (
        lambda: gumshoe.click("rerun", parent),
        lambda: gumshoe.sandbox.post("submit", user="U0ADA", view_id=form["id"], values=values),
        lambda: gumshoe.sandbox.post("message", user="U0ADA", channel="C0GENERAL", text="<@U0GUMSHOE> 192.0.2.9"),
    )
    for door in doors:
        answer = door()
        assert answer["status"] == "ok", answer
    assert len(gumshoe.scans()) == before


@pytest.mark.fault("One part alone cannot reach Redis, or its line dies unnoticed", keeps=("lost", "twice", "answer"))
def test_a_part_that_alone_cannot_reach_redis_catches_up(gumshoe: Divided) -> None:
    first = in_flight(gumshoe)
    with gumshoe.hole("bot"):
        assert_refused(gumshoe, "does not answer")
        assert_told_once(gumshoe, ended(gumshoe, first))  # the others do not need the bot
    gumshoe.sources.reset()
    second = in_flight(gumshoe, channel=ELSEWHERE)
    with gumshoe.hole("notifier"):
        third = ask(gumshoe, QUICK)
        for each in (second, third):
            looked(gumshoe, each)
    with gumshoe.hole("worker"):
        fourth = ask(gumshoe, f"{QUICK} #fourth")  # else it would be the third again
        until("the notifier to open its thread meanwhile", lambda: slots(gumshoe, fourth))
    for name in ("worker", "notifier", "beat"):
        gumshoe.lines[name].forget()  # what listens hears nothing, for ever, unless it asks anew
    assert_healed(gumshoe, second, third, fourth)


Says = Callable[[Queue], AbstractContextManager[None]]


@pytest.mark.fault("Redis answers but takes no work", keeps=("lost", "twice", "answer", "honest"))
@pytest.mark.parametrize(
    ("says_no", "told", "step"),
    [
        (Queue.full, "is full", "raise maxmemory"),
        (Queue.replica, "read-only replica", "Set REDIS_URL to the master"),
        (Queue.without_disk, "cannot write to its disk", "Free its disk"),
    ],
    ids=["full", "replica", "disk"],
)
def test_a_redis_that_takes_no_work_is_named_and_waited_for(
    gumshoe: Divided, queue: Queue, says_no: Says, told: str, step: str
) -> None:
    scan_id = in_flight(gumshoe)
    with says_no(queue):
        assert_refused(gumshoe, told, "Tell whoever runs me")
        looked(gumshoe, scan_id)
        for name in ("bot", "worker"):
            in_log(gumshoe, name, told, step)
    assert_healed(gumshoe, scan_id)


@pytest.mark.fault("Redis wants another password in the middle of a scan", keeps=("lost", "answer", "honest"))
def test_a_wrong_password_is_named_and_the_right_one_is_all_that_is_needed(gumshoe: Divided, queue: Queue) -> None:
    scan_id = in_flight(gumshoe)
    with queue.locked():
        assert_refused(gumshoe, "refuses my password")
        looked(gumshoe, scan_id)
        for name in ("bot", "notifier", "worker"):
            in_log(gumshoe, name, "refuses my password", "Check the password in REDIS_URL")
    assert_healed(gumshoe, scan_id)


@pytest.mark.fault("Redis is set up in ways that hurt", keeps=("honest", "lost"))
def test_a_redis_that_is_set_up_wrongly_is_named_at_the_start_and_by_doctor(gumshoe: Divided, queue: Queue) -> None:
    queue.set(maxmemory_policy="allkeys-lru", appendonly="no")
    queue.ask("SET", "somebody:else", 1)
    try:
        for name in ("worker", "bot"):
            gumshoe.parts[name].kill()
            gumshoe.start(name, wait=False)
        doctor = gumshoe.doctor()
        for words in (
            ("allkeys-lru", "noeviction"),
            ("append to disk", "appendonly yes"),
            ("another program: 'somebody:else'.", "of my own"),
        ):
            assert all(word in doctor for word in words), doctor
            for name in ("worker", "bot"):
                in_log(gumshoe, name, *words)
    finally:
        queue.set(maxmemory_policy="noeviction", appendonly="yes")
        queue.ask("DEL", "somebody:else")
    gumshoe.wait_for("bot")
    scan: Scan = ended(gumshoe, ask(gumshoe, QUICK))
    assert_told_once(gumshoe, scan)
