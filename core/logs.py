"""One line of JSON per log entry, for our own lines and the libraries'; secrets are blanked wherever they turn up."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

# Slack tokens, `key=` and `token=` in URLs, passwords in URLs: whatever a library may put into its own lines.
SECRET = re.compile(
    r"xox[a-z]-[\w-]+|xapp-[\w-]+|(?<=[?&]key=)[^&\s\"']+|(?<=token=)[^&\s\"']+|(?<=://)[^/@\s:\"']*:[^/@\s\"']+(?=@)"
)
BLANK = "[secret]"

# One source may put anything into a line; no entry grows without bound, none breaks out of its line.
LONGEST = 4000


def _blank(_logger: object, _name: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in entry.items():
        if isinstance(value, str):
            entry[name] = SECRET.sub(BLANK, value[:LONGEST])
    return entry


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
    last: Any = structlog.dev.ConsoleRenderer() if human else structlog.processors.JSONRenderer()
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
