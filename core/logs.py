"""One line of JSON per log entry, for our own lines and the libraries'; secrets are blanked wherever they turn up."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

# Whatever a library may put into its own lines: Slack tokens and passwords in URLs ...
SECRET = re.compile(r"xox[a-z]-[\w-]+|xapp-[\w-]+|(?<=://)[^/@\s:\"']*:[^/@\s\"']+(?=@)")
# ... and what follows `key=`, `token=` and their like, or a bearer's name.
NAMED = re.compile(r"(?i)((?:(?:^|[?&_.\s-])(?:api)?key|token|secret|password)=|\bbearer )[^&\s\"']+")
BLANK = "[secret]"

# One source may put anything into a line; no entry grows without bound, none breaks out of its line.
LONGEST = 4000
DEEPEST = 4


def _blank(_logger: object, _name: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in entry.items():
        if not name.startswith("_"):  # those are structlog's own and are not written
            entry[name] = _harmless(value)
    return entry


def _harmless(value: Any, depth: int = 0) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict) and depth < DEEPEST:
        return {str(key): _harmless(each, depth + 1) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset) and depth < DEEPEST:
        return [_harmless(each, depth + 1) for each in value]
    return _short(NAMED.sub(rf"\1{BLANK}", SECRET.sub(BLANK, value if isinstance(value, str) else repr(value))))


def _short(text: str) -> str:
    """Both ends: a trace says last what went wrong."""
    half = LONGEST // 2
    return text if len(text) <= LONGEST else f"{text[:half]} [...] {text[-half:]}"


def _for_people() -> structlog.dev.ConsoleRenderer:
    """Colours only where somebody looks; values quoted, as what a source put into one may command a terminal."""
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), repr_native_str=True)


def set_up(level: str, *, human: bool = False) -> None:
    """Send everything to standard error as JSON; `human` for a terminal."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _blank,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    last: Any = _for_people() if human else structlog.processors.JSONRenderer()
    sink = logging.StreamHandler(sys.stderr)
    sink.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers = [sink]
    root.setLevel(level.upper())
    for noisy in ("httpx", "httpcore", "aiohttp.access", "alembic", "kombu", "celery.redirected", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
