"""One question is one trace, from Slack over queue and worker to the sources and back, and it tells of no person."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from core.models import Scan
from tasks.queue import TELL
from tests.otlp import Collector, Told
from tests.running import Gumshoe
from tests.servers import HOST, ROOT, Redis, Sandbox, Sources, until

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
STRANGER = {"traceparent": PARENT, "tracestate": "who=ada@example.net", "baggage": "mail=ada@example.net"}
MAIL = "ada-example@example.org"
SERVER, CLIENT, PRODUCER, CONSUMER = 2, 3, 4, 5  # as OTLP numbers them
TARGETS = ("example.org", MAIL, quote(MAIL, safe=""), "ada-example", "ada@example.net", "Ada", "U0ADA")


@dataclass
class Traced:
    """What the collector was told of a few questions, after all parts have ended."""

    spans: list[Told]
    raw: bytes
    domain: Scan
    mail: Scan
    logs: dict[str, str]
    statuses: dict[str, int]
    secrets: list[str]

    def of(self, scan: Scan) -> list[Told]:
        """The spans of the trace in which this scan was asked."""
        asked = [each for each in self.spans if each.name == "delivery request"]
        (trace,) = {each.trace for each in asked if each.marks.get("gumshoe.scan") == scan.id}
        return [each for each in self.spans if each.trace == trace]

    def above(self, span: Told) -> list[Told]:
        """What it is a part of, the nearest first."""
        by_id = {each.id: each for each in self.spans}
        found = []
        while (parent := by_id.get(span.parent)) is not None:
            found.append(parent)
            span = parent
        return found


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory, sources: Sources) -> Iterator[Traced]:
    folder = tmp_path_factory.mktemp("traces")
    with Redis(folder / "redis") as queue, Collector() as told, Sandbox.over_http() as sandbox:
        more = {"OTEL_URL": told.url, "COLLECTORS": "dns,crtsh,identity", "OTEL_BSP_SCHEDULE_DELAY": "300"}
        with Gumshoe(folder, queue, sandbox, sources, **more) as gumshoe:
            sources.behave(host="crt.sh", kind="status", status=503)
            sandbox.fault("chat.postMessage", "slow", seconds=2, times=1)  # so that hints come while a thread is told
            sandbox.command("example.org collectors=dns,crtsh")
            sandbox.command(f"{MAIL} collectors=identity because they asked", channel="C0CASE17")
            gumshoe.ended(2)
            sources.reset()
            httpx.get(f"http://{HOST}:{gumshoe.port}/nowhere/{MAIL}?q={MAIL}", headers=STRANGER)
            httpx.get(f"http://{HOST}:{gumshoe.port}/ready")
            until("all spans to be told", lambda: all_told(told.spans))
            spans, raw = told.spans, b"".join(told.bodies)
            told.hang()
            mail, domain = gumshoe.scans()
            sandbox.command("example.net collectors=crtsh")
            gumshoe.ended(3)
            statuses = {name: part.stop() for name, part in gumshoe.parts.items()}
            logs = {name: part.output() for name, part in gumshoe.parts.items()}
            secrets = [value for name, value in gumshoe.env.items() if name.endswith(("TOKEN", "SECRET"))]
        yield Traced(spans, raw, domain, mail, logs, statuses, secrets)


def all_told(spans: list[Told]) -> bool:
    """Both threads were told, a request was answered, and what came meanwhile is linked."""
    linked = any(each.links for each in spans)
    return len(named(spans, "tell")) >= 2 and bool(named(spans, "GET")) and linked


def named(spans: list[Told], name: str) -> list[Told]:
    return [each for each in spans if each.name == name]


def test_a_question_is_one_trace_from_slack_to_the_sources(traced: Traced) -> None:
    spans = traced.of(traced.domain)
    questions = [each for each in spans if each.name.startswith("ask ")]
    assert {each.name for each in questions} == {"ask dns", "ask http"}
    for each in questions:
        run, work, send, delivery, request = traced.above(each)
        assert (each.kind, work.kind, send.kind, request.kind) == (CLIENT, CONSUMER, PRODUCER, SERVER)
        assert run.name in {"run dns", "run crtsh"}
        assert (work.name, send.name) == ("work tasks.scan.run", "send tasks.scan.run")
        assert (delivery.name, request.name, request.parent) == ("delivery request", "POST /slack/events", "")
        services = [span.service for span in (each, run, work, send, delivery, request)]
        assert services == ["gumshoe-worker"] * 3 + ["gumshoe-bot"] * 3


def test_each_run_says_how_it_ended(traced: Traced) -> None:
    told = {each.marks["gumshoe.run"]: each.marks for each in traced.of(traced.domain) if each.name.startswith("run ")}
    for run in traced.domain.runs:
        marks = told[run.id]
        assert marks["gumshoe.scan"] == traced.domain.id
        assert marks["gumshoe.collector"] == run.collector
        assert marks["gumshoe.outcome"] == run.outcome
        assert marks.get("gumshoe.reason", "") == run.reason


def test_a_source_that_refuses_is_seen(traced: Traced) -> None:
    (crtsh,) = named(traced.of(traced.domain), "run crtsh")
    asked = [each for each in traced.of(traced.domain) if each.parent == crtsh.id and each.name == "ask http"]
    statuses = {(each.marks["server.address"], each.marks["http.response.status_code"]) for each in asked}
    assert ("crt.sh", 503) in statuses
    assert {each.marks["http.request.method"] for each in asked} == {"GET"}


def test_what_slack_is_told_belongs_to_the_question(traced: Traced) -> None:
    calls = [each for each in traced.of(traced.domain) if each.name == "slack chat.postMessage"]
    assert calls
    for each in calls:
        tell, work, send, *_ = traced.above(each)
        assert (tell.name, work.name, send.name) == ("tell", f"work {TELL}", f"send {TELL}")
        assert (each.service, each.marks["rpc.method"], each.marks["gumshoe.code"]) == (
            "gumshoe-notifier",
            "chat.postMessage",
            "ok",
        )


def test_hints_that_came_together_or_while_a_thread_was_told_are_linked(traced: Traced) -> None:
    joined = 0
    for scan in (traced.domain, traced.mail):  # either's thread may be the one that was told just then
        spans = traced.of(scan)
        linked = {span for each in [*named(spans, "tell"), *named(spans, f"send {TELL}")] for _, span in each.links}
        assert {each.trace for each in spans if each.id in linked} <= {spans[0].trace}
        joined += sum(each.id in linked for each in spans)
    assert joined


def test_what_a_bot_is_asked_says_verb_and_door_and_request(traced: Traced) -> None:
    (delivery,) = named(traced.of(traced.mail), "delivery request")
    assert (delivery.marks["gumshoe.verb"], delivery.marks["gumshoe.door"]) == ("scan", "slack")
    assert f'"request": "{delivery.marks["gumshoe.request"]}"' in traced.logs["bot"]


def test_every_part_has_a_beginning(traced: Traced) -> None:
    known = {each.id for each in traced.spans} | {PARENT.split("-")[2]}
    assert [each.name for each in traced.spans if each.parent and each.parent not in known] == []
    assert [each.name for each in traced.spans if each.ended < each.begun] == []


def test_no_trace_tells_who_is_asked_about_or_who_asks_or_a_secret(traced: Traced) -> None:
    assert traced.raw.count(traced.domain.id.encode()) > 5
    assert len(traced.secrets) > 2
    assert [each for each in (*TARGETS, *traced.secrets) if each and each.encode() in traced.raw] == []
    assert {each.events for each in traced.spans} == {0}


def test_a_request_is_told_by_its_route_and_continues_the_trace_of_who_asks(traced: Traced) -> None:
    lost = [each for each in traced.spans if each.kind == SERVER and each.marks["http.response.status_code"] == 404]
    assert [(each.name, each.trace, each.parent, each.state) for each in lost] == [
        ("GET", PARENT.split("-")[1], PARENT.split("-")[2], "")
    ]
    assert [each.name for each in traced.spans if "ready" in each.name] == []  # asked all the time


def test_log_entries_name_their_trace(traced: Traced) -> None:
    (run,) = named(traced.of(traced.domain), "run dns")
    closed = [each for each in traced.logs["worker"].splitlines() if "run closed" in each]
    (line,) = [each for each in closed if run.marks["gumshoe.run"] in each]
    assert f'"trace_id": "{run.trace}", "span_id": "{run.id}"' in line


def test_a_collector_that_hangs_holds_up_no_scan_and_no_stop(traced: Traced) -> None:
    """The fixture saw the third scan to its end meanwhile."""
    assert traced.statuses == {"worker": 0, "notifier": 0, "beat": 0, "bot": 0}
    said = [line for text in traced.logs.values() for line in text.splitlines() if "opentelemetry" in line]
    assert said == []


def entries(traced: Traced) -> list[dict[str, Any]]:
    """All entries of all processes; Celery's banner is none."""
    lines = [line for text in traced.logs.values() for line in text.splitlines() if line.startswith("{")]
    return [json.loads(line) for line in lines]


def test_every_entry_says_what_it_belongs_to(traced: Traced) -> None:
    (asked,) = [each for each in entries(traced) if each["event"] == "scan asked" and each["scan"] == traced.domain.id]
    closed = [each for each in entries(traced) if each["event"] == "run closed" and each["scan"] == traced.domain.id]
    assert {"request", "trace_id", "user", "door", "kind"} <= set(asked)
    assert {each["run"] for each in closed} == {run.id for run in traced.domain.runs}
    assert {each["task"] for each in closed} != {""}
    assert {each["trace_id"] for each in closed} == {asked["trace_id"]}


def test_every_field_is_on_its_page(traced: Traced) -> None:
    pages = [
        (ROOT / "docs" / each).read_text() for each in ("how-to/send-logs-elsewhere.md", "reference/log-entries.md")
    ]
    named = {word for page in pages for word in re.findall(r"`(\w+)`", page)}
    assert len(entries(traced)) > 30
    assert {field for each in entries(traced) for field in each} - named == set()


def test_no_entry_tells_who_is_asked_about(traced: Traced) -> None:
    mine = [each for each in entries(traced) if each.get("scan") == traced.mail.id]
    assert {each["event"] for each in mine} == {"scan asked", "run closed"}
    told = [each for each in entries(traced) if any(word in json.dumps(each) for word in TARGETS[1:5])]
    assert told == []


def test_a_command_over_socket_mode_is_a_trace_too(tmp_path: Path, sources: Sources) -> None:
    with Redis(tmp_path / "redis") as queue, Collector() as told, Sandbox() as sandbox:
        settings = {"OTEL_URL": told.url, "OTEL_BSP_SCHEDULE_DELAY": "100"}
        gumshoe = Gumshoe(tmp_path, queue, sandbox, sources, **settings)
        gumshoe.start("bot")
        sandbox.command("example.org collectors=crtsh")
        until("its spans to be told", lambda: len([each for each in told.spans if each.name.startswith("send")]) == 2)
        assert gumshoe.parts["bot"].stop() == 0
        gumshoe.store.close()
        (delivery,) = [each for each in told.spans if each.name.startswith("delivery")]
        sent = [each for each in told.spans if each.name.startswith("send")]
    assert delivery.name == "delivery slash_commands"
    assert delivery.parent == ""
    assert {(each.trace, each.parent) for each in sent} == {(delivery.trace, delivery.id)}
