"""Traces are off unless asked for, hold up nobody, and tell what is in a table and nothing else."""

from __future__ import annotations

import ast
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from collectors.doors.naming import told
from core import traces
from core.errors import BadSetting
from core.settings import load
from tests.otlp import Collector, Told
from tests.servers import HOST, ROOT, free_port

LOADED = """
import sys
import {module}
from core import traces
traces.set_up("", "bot")
with traces.span("work", scan="abcdefgh") as span, traces.question("ask") as asked:
    span.note(outcome="found"); asked.heard(); traces.note(verb="scan")
    assert traces.carried() == "" and traces.ids() is None and not traces.is_on()
print(sorted(name for name in sys.modules if name.startswith(("opentelemetry", "core.traces"))))
"""

SAID = """
import asyncio, sys
from core import logs, traces
from core.errors import RateLimited
from tasks import queue, traced
logs.set_up("info", secrets=["canary-secret"])
traces.set_up(sys.argv[1], "test")

def fail():
    with traces.span("run it", scan="aaaaaaaa"):
        raise RateLimited("ada@example.com asked too often", retry_after=3)

with traces.span("asked", door="api", request="canary-secret") as asked:
    traces.note(verb="scan", reason="")
    with traces.question("ask http", host="ada@example.com") as question:
        question.note(status=200, waited=0.5, cached=True)
    try:
        fail()
    except RateLimited:
        pass
    traced.wished("bbbbbbbb")
with traces.span("asked again"):
    traced.wished("bbbbbbbb")
with traced.sending(queue.TELL, "bbbbbbbb") as headers:
    hint = headers["traceparent"]
with traced.sending("tasks.scan.run", "cccccccc") as headers:
    assert headers["traceparent"][3:35] != hint[3:35]
with traced.telling("bbbbbbbb"):
    with traces.span("work", traces.Role.TAKES, carried=(hint,)):
        traced.hinted("bbbbbbbb")
        traced.hinted("cccccccc")
with traces.span("in bulk"):
    traced._keep(traced._fetchable, "dddddddd", traces.carried())

async def work(scan_id):
    with traces.span(f"run {scan_id}"):
        pass

asyncio.run(traced.fetched(work)("dddddddd"))
asyncio.run(traced.fetched(work)("eeeeeeee"))
with traces.span("from nowhere", carried=("no such thing",)):
    pass
"""


def run(code: str, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A Python of its own: a process has one way to send traces for as long as it lives."""
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )


@pytest.mark.parametrize("module", ["bot.__main__", "tasks.scan, tasks.report, tasks.sweep"])
def test_what_makes_and_sends_spans_is_not_loaded_while_traces_are_off(module: str) -> None:
    """FastAPI loads the API and redis-py the metrics of the SDK, whatever we do."""
    loaded = ast.literal_eval(run(LOADED.format(module=module)).stdout)
    ours = [name for name in loaded if name.startswith("core.traces")]
    sending = ("opentelemetry.sdk.trace", "opentelemetry.exporter", "opentelemetry.proto")
    assert ours == ["core.traces"]
    assert [name for name in loaded if name.startswith(sending)] == []


@pytest.fixture(scope="module")
def spans() -> Iterator[dict[str, Told]]:
    with Collector() as collector:
        done = run(SAID, collector.url)
        assert (done.stdout, done.stderr) == ("", "")
        yield {each.name: each for each in collector.spans}


def test_only_what_the_table_has_is_told(spans: dict[str, Told]) -> None:
    asked, question = spans["asked"], spans["ask http"]
    assert asked.marks == {"gumshoe.door": "api", "gumshoe.request": "[secret]", "gumshoe.verb": "scan"}
    assert question.marks == {
        "server.address": "[person]",
        "http.response.status_code": 200,
        "gumshoe.waited": 0.5,
        "gumshoe.cached": True,
    }
    assert (question.trace, question.parent) == (asked.trace, asked.id)
    assert asked.service == "gumshoe-test"


def test_an_error_is_told_by_its_kind_and_code(spans: dict[str, Told]) -> None:
    failed = spans["run it"]
    assert failed.failed
    assert failed.events == 0
    assert failed.marks == {"gumshoe.scan": "aaaaaaaa", "error.type": "RateLimited", "gumshoe.reason": "rate_limited"}
    assert not spans["asked"].failed


def test_a_hint_speaks_for_all_who_wished_it(spans: dict[str, Told]) -> None:
    send = spans["send tasks.report.deliver"]
    first, second = spans["asked"], spans["asked again"]
    assert (send.trace, send.parent) == (first.trace, first.id)
    assert send.links == ((second.trace, second.id),)


def test_what_is_swept_begins_a_trace_that_names_the_scan(spans: dict[str, Told]) -> None:
    swept = spans["send tasks.scan.run"]
    assert swept.parent == ""
    assert swept.marks["gumshoe.scan"] == "cccccccc"


def test_a_hint_that_comes_while_a_thread_is_told_is_linked(spans: dict[str, Told]) -> None:
    assert spans["tell"].links == ((spans["work"].trace, spans["work"].id),)


def test_a_scan_that_waited_in_the_record_continues_its_trace_where_that_is_known(spans: dict[str, Told]) -> None:
    known, unknown, asked = spans["run dddddddd"], spans["run eeeeeeee"], spans["in bulk"]
    assert known.trace == asked.trace
    assert unknown.trace != asked.trace


def test_what_was_carried_along_in_no_known_form_begins_a_trace(spans: dict[str, Told]) -> None:
    assert spans["from nowhere"].parent == ""


ENDS = """
import sys
from core import logs, traces
logs.set_up("debug")
traces.set_up(sys.argv[1], "test")
for number in range(5000):
    with traces.span("work", scan=str(number)):
        pass
print("done", flush=True)
"""


def entries(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_collector_that_is_away_is_said_once_and_holds_up_nobody() -> None:
    done = run(ENDS, f"http://{HOST}:{free_port()}", OTEL_BSP_SCHEDULE_DELAY="100")
    assert done.stdout == "done\n"
    assert {(each["event"], each["level"]) for each in entries(done.stderr)} == {("traces are not taken", "warning")}
    assert len(entries(done.stderr)) == 1


def test_a_collector_that_hangs_holds_up_nobody() -> None:
    with socket.socket() as silent:
        silent.bind((HOST, 0))
        silent.listen(50)  # takes connections and never says a word
        done = run(ENDS, f"http://{HOST}:{silent.getsockname()[1]}")
    assert done.stdout == "done\n"
    assert len(entries(done.stderr)) <= 1


def test_the_sdk_s_own_settings_count() -> None:
    with Collector() as collector:
        run(ENDS, collector.url, OTEL_TRACES_SAMPLER="always_off")
        assert collector.spans == []
        run(ENDS.replace("5000", "1"), collector.url + "/v1/traces", OTEL_SERVICE_NAME="elsewhere")
        assert [each.service for each in collector.spans] == ["elsewhere"]


def test_an_address_that_is_none_is_refused() -> None:
    for wrong in ("localhost:4318", "http://ada:word@collector.example:4318"):
        with pytest.raises(BadSetting, match="OTEL_URL is wrong"):
            load(otel_url=wrong)
    assert load(otel_url="http://collector.example:4318").otel_url


def test_marks_have_one_meaning_each() -> None:
    assert len(set(traces.MARKS.values())) == len(traces.MARKS)


@pytest.mark.parametrize(
    ("host", "declared", "about", "named"),
    [
        ("crt.sh", ["crt.sh"], "example.com", "crt.sh"),
        ("eu.api.example", ["*.api.example"], "example.com", "*.api.example"),
        ("elsewhere.example", ["crt.sh"], "example.com", "other"),
        ("ada-example.pages.example", ["*"], "ada-example", "pages.example"),
        ("rdap.registry.example", ["*"], "example.com", "registry.example"),
        ("mta-sts.example.com", ["*"], "example.com", "target"),
        ("www.example.com", ["*"], "https://www.example.com/ada", "target"),
        ("example.org", ["*"], "ada@example.org", "target"),
        ("192.0.2.7", ["*"], "192.0.2.7", "target"),
        ("192.0.2.8", ["*"], "example.com", "other"),
    ],
)
def test_a_host_is_told_as_the_service_it_is_and_never_as_the_target(
    host: str, declared: list[str], about: str, named: str
) -> None:
    assert told(host, declared, about) == named
