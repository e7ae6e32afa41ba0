"""Each log entry is one line of JSON, whoever wrote it, and no secret is in it."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from typing import Any

import pytest

from tests.servers import ROOT

# Our own lines and those of a library, with everything in them that must not come out.
WRITER = r"""
import logging
import structlog
from core.logs import set_up

set_up("info")
log, library = structlog.get_logger(), logging.getLogger("somebody.else")

log.info("run closed", scan="abcdefgh", ms=12, outcome="found", known=True)
log.info("bot xoxb-1-hush app xapp-1-A0-hush")
log.info("cookie: gumshoe_session=hush; x=1 authorization: Basic hush whsec_hush+/=")
log.info("asked", url="https://api.example/?q=x&key=hush&page=2", other="https://api.example/?access_token=hush")
log.info("asked", url="https://api.example/?api_key=hush&apikey=hush&client_secret=hush&password=hush")
log.info("connected", to="postgresql://gumshoe:hush@db.example/record", queue="redis://:hush@127.0.0.1:6379/0")
log.info("nested", inner={"url": "https://x.example/?token=hush", "list": ["xoxb-hush", ("xapp-hush",)]})
log.info("an error as it is", why=ValueError("xoxb-hush"))
log.info("header", header="Authorization: Bearer hush-hush-hush")
log.info("harmless", text="monkey=1 keyboard=2 turnkey.example/?q=key")
library.info("sent with %s", "xoxb-hush", extra={"more": "unseen"})
library.warning("a %s line", "library's")
library.debug("below the level")
log.debug("below the level")
try:
    raise ValueError("the key was xoxb-hush in https://u:hush@x.example/")
except ValueError:
    log.exception("ours failed")
    library.exception("theirs failed")
log.info("broken\nline\r\x1b[31m\x00\u2028\u2029\x85 end", field="two\nlines")
log.info("half \ud800 character", field="\ud800")
log.info("long", text="x" * 100_000)
try:
    raise ValueError("y" * 100_000 + " the end of it")
except ValueError:
    log.exception("long trace")
log.info("bytes", body=b"xoxb-hush")
log.info("nested too deep", deep=[[[[[["xoxb-hush"]]]]]])
"""


@cache
def lines() -> tuple[dict[str, Any], ...]:
    """What such a program writes."""
    done = subprocess.run([sys.executable, "-c", WRITER], cwd=ROOT, capture_output=True, check=True)
    assert done.stdout == b""
    return tuple(json.loads(line) for line in done.stderr.decode().splitlines())


def said(event: str) -> dict[str, Any]:
    return next(line for line in lines() if line["event"] == event)


def test_an_entry_is_one_json_object_with_its_fields() -> None:
    line = said("run closed")
    fields = {"scan": "abcdefgh", "ms": 12, "outcome": "found", "known": True, "level": "info"}
    assert {name: line[name] for name in fields} == fields
    assert line["timestamp"].endswith("Z")


def test_lines_of_libraries_look_like_ours() -> None:
    assert said("a library's line")["level"] == "warning"


def test_what_is_below_the_level_is_not_written() -> None:
    assert "below the level" not in {line["event"] for line in lines()}


def test_no_entry_holds_a_secret() -> None:
    assert len(lines()) == 20
    assert [line for line in lines() if "hush" in json.dumps(line)] == []


def test_what_is_no_secret_is_left_alone() -> None:
    assert said("harmless")["text"] == "monkey=1 keyboard=2 turnkey.example/?q=key"
    assert said("connected")["to"] == "postgresql://[secret]@db.example/record"
    assert said("asked")["url"] == "https://api.example/?q=x&key=[secret]&page=2"


@pytest.mark.parametrize("event", ["ours failed", "theirs failed"])
def test_an_exception_is_told_with_its_trace(event: str) -> None:
    line = said(event)
    assert "Traceback" in line["exception"]
    assert "ValueError: the key was [secret]" in line["exception"]


def test_no_character_breaks_out_of_its_line() -> None:
    line = next(line for line in lines() if line["event"].startswith("broken"))
    assert line["event"] == "broken\nline\r\x1b[31m\x00\u2028\u2029\x85 end"
    assert line["field"] == "two\nlines"


def test_an_entry_has_an_end() -> None:
    assert len(said("long")["text"]) < 5000
    trace = said("long trace")["exception"]
    assert len(trace) < 10_000
    assert trace.endswith("the end of it")  # what went wrong stands last
