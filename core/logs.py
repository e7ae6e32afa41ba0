"""One line of JSON per log entry, for our own lines and the libraries'; secrets and people are blanked in all of them.

Ids are bound once (`bound`) and stand in every entry written meanwhile, also in those of libraries.

A crash goes the same way: its trace is an entry like any other, and no core dump is left behind.
"""

from __future__ import annotations

import json
import logging
import resource
import sys
import threading
from collections.abc import Iterable, MutableMapping
from typing import TYPE_CHECKING, Any

import structlog

from core import clock, traces
from core.blanks import Blanks

if TYPE_CHECKING:
    from types import TracebackType

NOISY = (
    "httpx",
    "httpcore",
    "aiohttp.access",
    "alembic",
    "kombu",
    "celery.redirected",
    "uvicorn.access",
    "urllib3",
    "requests",
)

_blanks = Blanks()
bound = structlog.contextvars.bound_contextvars
"""`with bound(scan=...)`: every entry written meanwhile, in this task and those it starts, has these ids."""


def ids() -> dict[str, Any]:
    """The ids that are bound here."""
    return structlog.contextvars.get_contextvars()


def blanked(text: str) -> str:
    """A text that leaves the process, without secrets and people."""
    return _blanks.text(text)


def _traced(_logger: object, _name: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Where traces are on: which trace and span an entry belongs to."""
    if (ids := traces.ids()) is not None:
        entry["trace_id"], entry["span_id"] = ids
    return entry


class Sink(logging.StreamHandler[Any]):
    """Standard error. An entry that cannot be written (a library's, with arguments that do not fit) is one all the
    same: Python would print it raw, over many lines."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  logging's name
        kind = sys.exc_info()[0]
        if kind is None or issubclass(kind, OSError):
            return  # nobody takes what we say
        entry = {
            "event": "entry not written",
            "logger": record.name,
            "line": record.lineno,
            "why": kind.__name__,
            "level": "error",
            "timestamp": clock.now().isoformat().replace("+00:00", "Z"),
        }
        self.stream.write(json.dumps(entry) + self.terminator)
        self.flush()


def _inert(_logger: object, _name: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """For people: what a source put into an event or a trace may command a terminal, or pass for a line of ours."""
    for name in ("event", "exception", "stack"):
        if isinstance(entry.get(name), str):
            lines = [repr(line)[1:-1] if not line.isprintable() else line for line in entry[name].splitlines()]
            entry[name] = "\n    ".join(lines) if name != "event" else " ".join(lines)
    return entry


def _for_people() -> structlog.dev.ConsoleRenderer:
    """Colours only where somebody looks; values quoted, for the same reason."""
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), repr_native_str=True, exception_formatter=structlog.dev.plain_traceback
    )


def steps(blanks: Blanks) -> list[Any]:
    """What is done to every entry, ours or a library's; the last step blanks."""
    return [
        structlog.contextvars.merge_contextvars,
        _traced,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        blanks.entry,
    ]


def formatter(blanks: Blanks, *, human: bool = False) -> logging.Formatter:
    """How an entry is written."""
    last: list[Any] = [_inert, _for_people()] if human else [structlog.processors.JSONRenderer()]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=steps(blanks),
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )


def set_up(level: str, *, human: bool = False, secrets: Iterable[str] = ()) -> None:
    """Send everything to standard error as JSON; `human` for a terminal. `secrets` are blanked wherever they stand."""
    global _blanks  # noqa: PLW0603  one per process, like logging itself
    _blanks = Blanks(secrets)
    structlog.configure(
        processors=[*steps(_blanks), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    sink = Sink(sys.stderr)
    sink.setFormatter(formatter(_blanks, human=human))
    root = logging.getLogger()
    root.handlers = [sink]
    root.setLevel(level.upper())
    for noisy in NOISY:
        logger = logging.getLogger(noisy)
        logger.setLevel(max(logger.level, logging.WARNING))
    logging.captureWarnings(True)
    sys.excepthook = _crashed
    sys.unraisablehook = _unraisable
    threading.excepthook = _thread_crashed
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a dump would hold every secret


def _crashed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("core.logs").critical("ended by an error", exc_info=(kind, error, trace))


def _thread_crashed(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
        _crashed(args.exc_type, args.exc_value, args.exc_traceback)


def _unraisable(args: sys.UnraisableHookArgs) -> None:
    if args.exc_value is not None:
        exc_info = (args.exc_type, args.exc_value, args.exc_traceback)
        logging.getLogger("core.logs").error("error where nobody catches it", exc_info=exc_info)
