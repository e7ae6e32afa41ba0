"""One line of JSON per log entry, for our own lines and the libraries'; secrets are blanked wherever they turn up.

A crash goes the same way: its trace is an entry like any other, and no core dump is left behind.
"""

from __future__ import annotations

import logging
import re
import resource
import sys
import threading
from collections.abc import Iterable, MutableMapping
from types import TracebackType
from typing import Any
from urllib.parse import quote, quote_plus

import structlog

# Whatever a library may put into its own lines: Slack's tokens, ours, and passwords in URLs ...
SECRET = re.compile(r"xox[a-z]-[\w-]+|xapp-[\w-]+|\bgum_[\w-]+|(?<=://)[^/@\s:\"']*:[^/@\s\"']+(?=@)")
# ... and what follows `key=`, `token=` and their like, or a bearer's name.
NAMED = re.compile(r"(?i)((?:(?:^|[?&_.\s-])(?:api)?key|token|secret|password)=|\bbearer )[^&\s\"']+")
BLANK = "[secret]"

# One source may put anything into a line; no entry grows without bound, none breaks out of its line.
SHORTEST = 6  # characters of a secret that is looked for letter by letter
LONGEST = 4000
DEEPEST = 4


class Blanks:
    """Knows what must not be read: the patterns above, and the secrets of this installation letter by letter."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        spelled = {each for secret in secrets for each in _spellings(secret)}
        longest_first = sorted(spelled, key=len, reverse=True)  # one may be the beginning of another
        self._known = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def entry(self, _logger: object, _name: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """The entry without secrets; structlog calls this."""
        for name, value in entry.items():
            if not name.startswith("_"):  # those are structlog's own and are not written
                entry[name] = self._harmless(value)
        return entry

    def text(self, text: str) -> str:
        """The text without secrets."""
        known = self._known.sub(BLANK, text) if self._known else text
        return NAMED.sub(rf"\1{BLANK}", SECRET.sub(BLANK, known))

    def _harmless(self, value: Any, depth: int = 0) -> Any:
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, dict) and depth < DEEPEST:
            return {self.text(str(key)): self._harmless(each, depth + 1) for key, each in value.items()}
        if isinstance(value, list | tuple | set | frozenset) and depth < DEEPEST:
            return [self._harmless(each, depth + 1) for each in value]
        return _short(self.text(value if isinstance(value, str) else repr(value)))


def _spellings(secret: str) -> set[str]:
    """A secret as it is, in a URL, and in a Python or JSON string. Short ones would blank ordinary words."""
    if len(secret) < SHORTEST:
        return set()
    return {secret, quote(secret, safe=""), quote(secret), quote_plus(secret), repr(secret)[1:-1]}


def _short(text: str) -> str:
    """Both ends: a trace says last what went wrong."""
    half = LONGEST // 2
    return text if len(text) <= LONGEST else f"{text[:half]} [...] {text[-half:]}"


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


def set_up(level: str, *, human: bool = False, secrets: Iterable[str] = ()) -> None:
    """Send everything to standard error as JSON; `human` for a terminal. `secrets` are blanked wherever they stand."""
    blanks = Blanks(secrets)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        blanks.entry,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    last: list[Any] = [_inert, _for_people()] if human else [structlog.processors.JSONRenderer()]
    sink = logging.StreamHandler(sys.stderr)
    sink.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers = [sink]
    root.setLevel(level.upper())
    for noisy in ("httpx", "httpcore", "aiohttp.access", "alembic", "kombu", "celery.redirected", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    sys.excepthook = _crashed
    threading.excepthook = _thread_crashed
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a dump would hold every secret


def _crashed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("core.logs").critical("ended by an error", exc_info=(kind, error, trace))


def _thread_crashed(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
        _crashed(args.exc_type, args.exc_value, args.exc_traceback)
