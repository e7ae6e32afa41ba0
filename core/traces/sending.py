"""Spans as OpenTelemetry knows them, and their way to a collector; loaded only where traces are on (OTEL_URL).

The SDK reads the OTEL_... variables of its specification itself: samplers, resource attributes, limits, headers.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import re
import threading
import time
from collections.abc import Mapping, Sequence
from contextvars import Token
from types import TracebackType
from typing import Self

import structlog
from opentelemetry import context as contexts
from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.trace.span import TraceState

from core import VERSION
from core.logs import blanked
from core.traces import MARKS, TRACEPARENT, Mark, Role, Span

log = structlog.get_logger()

SCOPE = "gumshoe"
PATH = "/v1/traces"
ANSWER_WITHIN = 3.0  # seconds a collector gets for one batch, with repeats
STOP_WITHIN = 2.0  # seconds that the end of a process may wait for it
LONGEST = 100  # characters of a mark
CODE = re.compile(r"[\w.:-]{1,64}")
QUIET = ("opentelemetry", "urllib3", "requests")
# What the HTTP side itself may say (it is FastAPI that says it): no path, no query, no host as the asker spelled it.
OF_OTHERS = frozenset(
    {
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "url.scheme",
        "network.protocol.name",
        "network.protocol.version",
        "error.type",
        *MARKS.values(),
    }
    - {"server.address"}
)

_w3c = TraceContextTextMapPropagator()
_kinds = {
    Role.INSIDE: SpanKind.INTERNAL,
    Role.SERVES: SpanKind.SERVER,
    Role.ASKS: SpanKind.CLIENT,
    Role.SENDS: SpanKind.PRODUCER,
    Role.TAKES: SpanKind.CONSUMER,
}


def open_sending(url: str, process: str) -> Sending:
    """Begin to send: the service is named gumshoe-PROCESS unless OTEL_SERVICE_NAME names it."""
    for each in QUIET:  # what we cannot send is said once, by us
        logging.getLogger(each).setLevel(logging.CRITICAL)
    resource = Resource.create()
    if str(resource.attributes.get(SERVICE_NAME, "")).startswith("unknown_service"):
        resource = resource.merge(Resource({SERVICE_NAME: f"gumshoe-{process}"}))
    resource = resource.merge(Resource({"service.version": VERSION}))
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    exporter = Discreet(OTLPSpanExporter(_endpoint(url), timeout=ANSWER_WITHIN))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)  # for FastAPI, whose spans are the requests
    propagate.set_global_textmap(_w3c)  # and no baggage: what strangers send along is not carried on
    sending = Sending(provider, exporter)
    atexit.register(sending.close)
    return sending


def _endpoint(url: str) -> str:
    """OTLP/HTTP has one path for traces (OTLP 1.x, "OTLP/HTTP Request"); either form may be set."""
    return url if url.endswith(PATH) else url.rstrip("/") + PATH


class Sending:
    """One per process."""

    def __init__(self, provider: TracerProvider, exporter: Discreet) -> None:
        self._provider = provider
        self._exporter = exporter
        self._tracer: trace.Tracer = provider.get_tracer(SCOPE, VERSION)
        self._closed = False

    def span(self, name: str, role: Role, marks: dict[str, Mark], *, carried: tuple[str, ...], current: bool) -> Span:
        known = [each for each in map(_remote, carried) if each is not None]
        parent = trace.set_span_in_context(trace.NonRecordingSpan(known[0]), Context()) if known else None
        begun = self._tracer.start_span(
            name, parent, _kinds[role], _named(marks), [Link(each) for each in known[1:]], record_exception=False
        )
        return Open(begun, current=current)

    def note(self, marks: dict[str, Mark]) -> None:
        _note(trace.get_current_span(), marks)

    def carried(self) -> str:
        carrier: dict[str, str] = {}
        _w3c.inject(carrier)
        return carrier.get(TRACEPARENT, "")

    def ids(self) -> tuple[str, str] | None:
        here = trace.get_current_span().get_span_context()
        return (f"{here.trace_id:032x}", f"{here.span_id:016x}") if here.is_valid else None

    def close(self) -> None:
        """Send what is left. The SDK may take half a minute over that: whoever stops does not wait so long."""
        if self._closed:
            return
        self._closed = True
        atexit.unregister(self.close)
        closing = threading.Thread(target=self._provider.shutdown, name="traces", daemon=True)
        closing.start()
        closing.join(STOP_WITHIN)
        if closing.is_alive():
            self._exporter.is_down()  # what is left is lost


class Open:
    """A span that was begun."""

    __slots__ = ("_current", "_heard", "_span", "_token")

    def __init__(self, span: trace.Span, *, current: bool) -> None:
        self._span = span
        self._current = current
        self._token: Token[Context] | None = None
        self._heard: int | None = None

    def note(self, **marks: Mark) -> None:
        _note(self._span, marks)

    def heard(self) -> None:
        self._heard = time.time_ns()

    def also(self, carried: str) -> None:
        context = _remote(carried)
        if context is not None and self._span.is_recording():
            self._span.add_link(context)

    def __enter__(self) -> Self:
        if self._current:
            self._token = contexts.attach(trace.set_span_in_context(self._span))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if self._token is not None:
            contexts.detach(self._token)
        if error is not None:
            self._heard = None
            _note(self._span, _trouble(error))
            if not isinstance(error, asyncio.CancelledError | GeneratorExit):
                self._span.set_status(Status(StatusCode.ERROR))
        self._span.end(self._heard)


def _trouble(error: BaseException) -> dict[str, Mark]:
    """An error's kind, and the code that ours have; its words may hold anything."""
    marks: dict[str, Mark] = {"error": type(error).__name__}
    for name in ("reason", "code"):
        code = getattr(error, name, None)
        if isinstance(code, str) and CODE.fullmatch(code):
            marks[name] = code
    return marks


def _note(span: trace.Span, marks: Mapping[str, Mark]) -> None:
    if span.is_recording():
        span.set_attributes(_named(marks))


def _named(marks: Mapping[str, Mark]) -> dict[str, Mark]:
    cut = {MARKS[name]: value[:LONGEST] if isinstance(value, str) else value for name, value in marks.items()}
    return {name: value for name, value in cut.items() if value != ""}


def _remote(carried: str) -> SpanContext | None:
    found = trace.get_current_span(_w3c.extract({TRACEPARENT: carried}, Context())).get_span_context()
    return found if found.is_valid else None


class Discreet(SpanExporter):
    """Hands on what may be told of spans and nothing else, says once that nobody takes them, and never waits long."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._down = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        done = self._exporter.export([_told(each) for each in spans])
        if done is not SpanExportResult.SUCCESS:
            self.is_down()
        elif self._down:
            self._down = False
            log.info("traces are taken again")
        return done

    def is_down(self) -> None:
        """Said once, until it is up again."""
        if not self._down:
            self._down = True
            log.warning("traces are not taken", next="Look whether the collector that OTEL_URL names answers.")

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        return self._exporter.force_flush(timeout_millis)


def _told(span: ReadableSpan) -> ReadableSpan:
    """The span without what is not in our tables: events hold errors' words, states what strangers sent along."""
    ours = span.instrumentation_scope is not None and span.instrumentation_scope.name == SCOPE
    marks = {
        name: blanked(value) if isinstance(value, str) else value
        for name, value in (span.attributes or {}).items()
        if ours or name in OF_OTHERS
    }
    return ReadableSpan(
        name=span.name,
        context=_stateless(span.context),
        parent=_stateless(span.parent),
        resource=span.resource,
        attributes=marks,
        links=[Link(bare) for each in span.links if (bare := _stateless(each.context))],
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _stateless(context: SpanContext | None) -> SpanContext | None:
    if context is None or not context.trace_state:
        return context
    return SpanContext(context.trace_id, context.span_id, context.is_remote, context.trace_flags, TraceState())
