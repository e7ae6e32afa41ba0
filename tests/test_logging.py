"""The page about logs tells the truth, its examples can be read, and an HTTP answer names its request."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import httpx
import pytest
import yaml

from core import traces
from docs.logged import logged
from tests.bot.conftest import Start, lasting_bot, redis_url, start_bot, workspace
from tests.bot.listening import Bot
from tests.servers import ROOT

__all__ = ["lasting_bot", "redis_url", "start_bot", "workspace"]

PAGE = (ROOT / "docs" / "how-to" / "send-logs-elsewhere.md").read_text(encoding="utf-8")
TRACES = (ROOT / "docs" / "how-to" / "trace-a-scan.md").read_text(encoding="utf-8")
EXAMPLES = sorted((ROOT / "deploy" / "logs").iterdir())
BOUND = {"timestamp", "level", "event", "logger", "request", "task", "scan", "run", "collector", "trace_id", "span_id"}


def fields() -> set[str]:
    """The fields in the page's table."""
    return set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))


def test_the_page_has_every_field_that_is_bound_and_no_other_that_is_not_logged() -> None:
    ours = {field for _, _, more, _ in logged() for field in more}
    assert fields() >= BOUND
    assert fields() - BOUND <= ours


def test_every_span_has_its_row() -> None:
    words = {word.split()[0] for word in re.findall(r"`(\w+)[^`]*`", TRACES)}
    assert {"delivery", "send", "work", "run", "ask", "tell", "slack"} <= words
    begun = [
        word
        for path in (ROOT / "core", ROOT / "tasks", ROOT / "bot", ROOT / "collectors")
        for each in path.rglob("*.py")
        for word in re.findall(r"traces\.(?:span|question)\(f?\"(\w+)", each.read_text(encoding="utf-8"))
    ]
    assert set(begun) - words == set()
    assert len(begun) >= 8


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_is_named_on_the_page_and_can_be_read(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert f"deploy/logs/{path.name}" in PAGE
    assert "timestamp" in text
    if path.suffix in (".yml", ".yaml"):
        assert isinstance(yaml.safe_load(text), dict)
    elif path.suffix == ".conf":
        assert configparser.RawConfigParser().read(path) == [str(path)]
    else:
        assert text.count("{") == text.count("}")
        assert text.count('"') % 2 == 0
        begun = {".".join(parts) for parts in re.findall(r'^([\w.]+) "(\w+)" \{$', text, re.MULTILINE)}
        used = set(re.findall(r"\[?(\w+\.[\w.]+)\.(?:receiver|targets|output)\b", text))
        assert used
        assert used <= begun


def test_an_answer_names_its_request(start_bot: Start) -> None:
    bot = start_bot()
    given = {"X-Request-ID": "abcdef-0123.z_9"}
    assert asked(bot, given) == "abcdef-0123.z_9"
    made = {
        asked(bot, {}),
        asked(bot, {}),
        asked(bot, {"X-Request-ID": "short"}),
        asked(bot, {"X-Request-ID": "a" * 65}),
    }
    made |= {asked(bot, {"X-Request-ID": each}) for each in ("ada@example.com", "4915112345678", "two words here")}
    assert len(made) == 7
    assert [each for each in made if not re.fullmatch(r"[0-9a-f]{16}", each)] == []
    assert not traces.is_on()


def asked(bot: Bot, headers: dict[str, str]) -> str:
    return httpx.get(bot.url.removesuffix("/slack/events") + "/live", headers=headers).headers["X-Request-ID"]


def test_an_event_is_a_sentence() -> None:
    assert [event for event, *_ in logged() if not re.fullmatch(r"[a-z][\w ,;:'-]+", event)] == []
    assert len(list(logged())) > 40
