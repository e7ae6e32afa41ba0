"""The metrics of the whole of Gumshoe as real processes: what each counted is in one page, and stays true."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest
import redis

from tests.measuring import Page
from tests.running import Gumshoe
from tests.servers import HOST, Redis, Sandbox, Sources, until

SCANS = ("gumshoe_scans_ended_total", {"status": "finished"})


@pytest.fixture(scope="module")
def system_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    """A Redis of this module: its sums are this system's alone."""
    with Redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module")
def gumshoe(tmp_path_factory: pytest.TempPathFactory, system_redis: Redis, sources: Sources) -> Iterator[Gumshoe]:
    """All parts, started once."""
    with Sandbox() as sandbox, Gumshoe(tmp_path_factory.mktemp("whole"), system_redis, sandbox, sources) as started:
        yield started


def read(gumshoe: Gumshoe, holds: Callable[[Page], object]) -> Page:
    """The metrics, once all processes have handed over what makes them say so."""

    def page() -> Page | None:
        found = Page.of(httpx.get(f"http://{HOST}:{gumshoe.port}/metrics", timeout=30))
        return found if holds(found) else None

    found: Page = until("the metrics to say so", page, every=0.25)
    return found


def test_scans_are_counted_by_bot_worker_and_notifier_together(gumshoe: Gumshoe) -> None:
    gumshoe.sandbox.command("example.com")
    (scan,) = gumshoe.ended()
    gumshoe.sandbox.command("example.com #again")  # answered from what is kept
    gumshoe.ended(2)
    posted = len(gumshoe.sandbox.calls("chat.postMessage"))
    posts = ("gumshoe_slack_calls_total", {"method": "chat.postMessage", "result": "ok"})
    page = read(gumshoe, lambda page: page[SCANS] == 2 and page[posts] == posted)
    # The bot heard and answered; it was not deaf.
    assert page["gumshoe_commands_total", {"verb": "scan", "outcome": "done"}] == 2
    assert page["gumshoe_ack_seconds_count", {"door": "command"}] == 2
    assert page["gumshoe_socket_connections_total", {"result": "opened"}] == 1
    assert page["gumshoe_up", {"part": "slack"}] == 1
    # The worker asked the sources, once.
    for run in scan.runs:
        labels = {"collector": run.collector, "outcome": str(run.outcome), "reason": run.reason}
        assert page["gumshoe_runs_total", labels] == 2
        assert page["gumshoe_answers_total", {"collector": run.collector, "origin": "asked"}] == 1
        assert page["gumshoe_answers_total", {"collector": run.collector, "origin": "kept"}] == 1
        assert page["gumshoe_run_seconds_count", {"collector": run.collector}] == 1
    assert page["gumshoe_runs_total", {}] == 2 * len(scan.runs) == 6
    assert page["gumshoe_scan_seconds_count", {"door": "slack", "kind": "domain"}] == 2
    for source in ("crt.sh", "dns"):
        assert (page["gumshoe_source_seconds_count", {"source": source, "result": "answered"}] or 0) > 0
    assert page["gumshoe_threads_late", {}] == page["gumshoe_scans_open", {}] == 0
    # Every process shows that it lives.
    for role in ("bot", "worker", "notifier", "beat"):
        assert page["gumshoe_processes", {"role": role}] == 1
    for queue in ("scan", "notify", "maint"):
        assert page["gumshoe_queue_consumers", {"queue": queue}] == 1
    pids = {own["pid"] for name, own, _ in page.samples if name == "gumshoe_process_start_time_seconds"}
    assert str(gumshoe.parts["worker"].process.pid) in pids
    assert page.strangers() == []


def test_a_worker_that_stops_hands_over_what_it_counted_and_is_gone_at_once(gumshoe: Gumshoe) -> None:
    gumshoe.sandbox.command("example.org")
    gumshoe.ended(3)
    assert gumshoe.parts["worker"].stop() == 0
    page = read(gumshoe, lambda page: page["gumshoe_queue_consumers", {"queue": "scan"}] == 0)
    assert page[SCANS] == 3
    assert page["gumshoe_processes", {"role": "worker"}] == 0


def test_after_a_flush_all_is_counted_anew_and_what_sources_and_slack_refuse_is_told_apart(
    gumshoe: Gumshoe, system_redis: Redis
) -> None:
    with redis.from_url(system_redis.url) as client:
        client.flushall()
    for host in ("crt.sh", "api.certspotter.com"):
        gumshoe.sources.behave(host=host, kind="status", status=503)
    gumshoe.sandbox.fault("chat.postMessage", "429", times=2, retry_after=1)
    gumshoe.start("worker")
    gumshoe.sandbox.command("example.net")
    gumshoe.ended(4)
    throttled = ("gumshoe_slack_throttled_total", {"method": "chat.postMessage"})
    page = read(gumshoe, lambda page: page[SCANS] and page[throttled] and page["gumshoe_processes", {"role": "beat"}])
    assert page[SCANS] == 1
    # The sources.
    assert page["gumshoe_runs_total", {"collector": "crtsh", "outcome": "failed", "reason": "down"}] == 1
    for source in ("crt.sh", "api.certspotter.com"):
        assert (page["gumshoe_source_seconds_count", {"source": source, "result": "broken"}] or 0) >= 1
        assert page["gumshoe_source_seconds_count", {"source": source, "result": "answered"}] is None
    # Slack.
    assert page[throttled] == 2
    assert page["gumshoe_slack_pause_seconds_total", {"method": "chat.postMessage"}] == 2
    assert page["gumshoe_slack_calls_total", {"method": "chat.postMessage", "result": "throttled"}] == 2
    assert page.strangers() == []
