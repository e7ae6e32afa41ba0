"""What one question sets off, from process to process, for OpenTelemetry; nothing at all unless OTEL_URL is set.

Everybody says here what begins and what is worth noting of it. Only `core.traces.sending` knows the SDK, and only a
process that has traces on loads it. What may be noted is a closed table: no target, no word of a source, no person.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from enum import StrEnum
from importlib import import_module
from types import TracebackType
from typing import Any, Protocol, Self

Mark = str | int | float | bool

TRACEPARENT = "traceparent"
"""The name under which a message or a request carries where it comes from (W3C Trace Context)."""

# Names of OpenTelemetry's semantic conventions where it has one, ours otherwise.
MARKS = {
    "door": "gumshoe.door",
    "verb": "gumshoe.verb",
    "scan": "gumshoe.scan",
    "scans": "gumshoe.scans",
    "run": "gumshoe.run",
    "round": "gumshoe.round",
    "collector": "gumshoe.collector",
    "outcome": "gumshoe.outcome",
    "reason": "gumshoe.reason",
    "cached": "gumshoe.cached",
    "found": "gumshoe.found",
    "request": "gumshoe.request",
    "waited": "gumshoe.waited",
    "code": "gumshoe.code",
    "kind": "gumshoe.delivery",
    "asked": "gumshoe.asked",
    "task": "messaging.message.id",
    "queue": "messaging.destination.name",
    "host": "server.address",
    "protocol": "network.protocol.name",
    "method": "rpc.method",
    "http_method": "http.request.method",
    "status": "http.response.status_code",
    "error": "error.type",
}


class Role(StrEnum):
    """On which side of a call or message something happens."""

    INSIDE = "internal"
    SERVES = "server"
    ASKS = "client"
    SENDS = "producer"
    TAKES = "consumer"


class Span(Protocol):
    """Something that takes time: entered when it begins, left when it ends. An error that leaves it is noted by its
    kind and code, never by its words."""

    def note(self, **marks: Mark) -> None:
        """What is now known of it."""

    def heard(self) -> None:
        """The other side said something: it ends with the last of these, not when the line is closed."""

    def also(self, carried: str) -> None:
        """It is done on behalf of this, too."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Tracing(Protocol):
    """What `core.traces.sending` makes of spans."""

    def span(
        self, name: str, role: Role, marks: dict[str, Mark], *, carried: tuple[str, ...], current: bool
    ) -> Span: ...

    def note(self, marks: dict[str, Mark]) -> None: ...

    def carried(self) -> str: ...

    def ids(self) -> tuple[str, str] | None: ...

    def close(self) -> None: ...


class Nothing(AbstractContextManager["Nothing"]):
    """The span of a process that has traces off: there is one, and it does nothing."""

    def note(self, **marks: Mark) -> None:
        pass

    def heard(self) -> None:
        pass

    def also(self, carried: str) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass


_nothing = Nothing()
_tracing: Tracing | None = None


def span(name: str, role: Role = Role.INSIDE, *, carried: tuple[str, ...] = (), **marks: Mark) -> Span:
    """Something that begins now; what begins inside of it, in whatever thread or task, is part of it.

    `carried` says where it comes from when that is not here: the first is what it is a part of, the others asked for
    it too.
    """
    return _nothing if _tracing is None else _tracing.span(name, role, marks, carried=carried, current=True)


def question(name: str, **marks: Mark) -> Span:
    """Somebody outside is asked. Nothing else is part of it, so another task may leave it than the one that entered."""
    return _nothing if _tracing is None else _tracing.span(name, Role.ASKS, marks, carried=(), current=False)


def note(**marks: Mark) -> None:
    """What is now known of what goes on here."""
    if _tracing is not None:
        _tracing.note(marks)


def carried() -> str:
    """What goes on here, for a message to carry along; empty when there is nothing, or traces are off."""
    return "" if _tracing is None else _tracing.carried()


def ids() -> tuple[str, str] | None:
    """The ids of the trace and the span that go on here, for a log entry."""
    return None if _tracing is None else _tracing.ids()


def is_on() -> bool:
    return _tracing is not None


def set_up(url: str, process: str) -> None:
    """Send the traces of this process to a collector; without a URL nothing is loaded and nothing is done."""
    global _tracing  # noqa: PLW0603  lives as long as the process, and everybody speaks to it
    if url and _tracing is None:
        sending: Any = import_module("core.traces.sending")
        _tracing = sending.open_sending(url, process)


def close() -> None:
    """Send what is left, for two seconds at most; called by itself when the process ends."""
    global _tracing
    tracing, _tracing = _tracing, None
    if tracing is not None:
        tracing.close()
