"""Every alarm has a page, every page has its six parts, and what a page shows can be typed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.__main__ import cli

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "docs" / "how-to"
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
PARTS = (
    "What you see",
    "What it means for people",
    "Look here",
    "Do this",
    "How you know that it is over",
    "How to prevent it",
)
NAMED = (
    "when-redis-does-not-answer",
    "when-a-worker-is-stuck",
    "when-a-task-is-pending-for-ever",
    "when-a-port-is-taken",
)
RUNBOOKS = sorted({Path(rule["annotations"]["runbook_url"]).stem for rule in RULES} | set(NAMED))
TYPED = re.compile(r"python -m bot ([a-z]+)((?: [^`\n|#(,;:]+)?)")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_alarm_has_a_page_that_names_it(rule: dict[str, Any]) -> None:
    page = ROOT / rule["annotations"]["runbook_url"].partition("#")[0]
    text = page.read_text(encoding="utf-8")
    assert f"Alert: `{rule['alert']}`" in text or f"### {rule['alert']}\n" in text


@pytest.mark.parametrize("name", RUNBOOKS)
def test_a_page_says_what_one_sees_what_to_do_and_when_it_is_over_in_this_order(name: str) -> None:
    headings = re.findall(r"^## (.+)$", (PAGES / f"{name}.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert [each for each in headings if each in PARTS] == list(PARTS)


@pytest.mark.parametrize("name", RUNBOOKS)
def test_a_page_shows_commands_where_one_looks(name: str) -> None:
    text = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    assert "```sh\n" in text or name == "when-a-thread-is-not-delivered"
    assert TYPED.search(text)


@pytest.mark.parametrize("name", [*RUNBOOKS, "operate-it", "back-up-and-restore"])
def test_every_command_on_a_page_is_understood_with_its_options(name: str) -> None:
    """Parsed as click parses it; nothing is run."""
    text = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    for command, rest in TYPED.findall(text):
        words = rest.split()
        one: Any = cli.commands[command]
        if words and words[0] in getattr(one, "commands", {}):
            one = one.commands[words.pop(0)]
        words = [str(ROOT / "README.md") if word == "FILE" and command == "restore" else word for word in words]
        known = [word for word in words if word.startswith("--")]
        assert set(known) <= {option for each in one.params for option in each.opts}, f"{command} {rest}"
        if getattr(one, "params", None) and words:
            one.make_context(command, list(words), **cli.context_settings)


def test_the_card_for_every_day_leads_to_every_page() -> None:
    text = (PAGES / "operate-it.md").read_text(encoding="utf-8")
    assert [name for name in RUNBOOKS if f"({name}.md)" not in text] == []
