"""The team's judgement as a story: headlines in a thread, a verdict that the thread, later scans and others show."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bot.listening import words_of
from tests.running import Gumshoe, said
from tests.servers import Redis, Sandbox, Sources, until

OURS = """\
- rule: has-a-mail-server
  severity: high
  says: "{target} receives mail at {server.values}"
  why: A rule of our own.
  when:
    - {find: server, from: dns, kind: domain, where: {role: mail server}, words: A mail server}
"""


@pytest.fixture(scope="module")
def gumshoe(tmp_path_factory: pytest.TempPathFactory, redis_server: Redis, sources: Sources) -> Iterator[Gumshoe]:
    folder: Path = tmp_path_factory.mktemp("judge")
    rules = folder / "rules"
    rules.mkdir()
    (rules / "ours.yml").write_text(OURS)
    (rules / "bad.yml").write_text("- rule: bad\n  severity: grave\n")
    with Sandbox() as sandbox, Gumshoe(folder, redis_server, sandbox, sources, RULES_DIR=str(rules)) as started:
        yield started


def menu_of(message: dict[str, Any], action_id: str) -> dict[str, Any]:
    rows = [block["elements"] for block in message["blocks"] if block["type"] == "actions"]
    return next(each for row in rows for each in row if each["action_id"] == action_id)


def chosen(gumshoe: Gumshoe, parent: dict[str, Any], starts: str, user: str = "U0ADA") -> dict[str, Any]:
    """Choose in Explain; the explanation, which only this person sees."""
    options = menu_of(parent, "explain")["options"]
    value = next(each["value"] for each in options if starts in each["text"]["text"])
    before = len(gumshoe.whispers(user))
    ask = {"user": user, "channel": "C0GENERAL", "ts": parent["ts"], "action_id": "explain", "value": value}
    assert gumshoe.sandbox.post("select", **ask)["status"] == "ok"
    told: list[dict[str, Any]] = until("the explanation", lambda: gumshoe.whispers(user)[before:])
    return told[-1]


def test_ada_and_bob_judge_together(gumshoe: Gumshoe) -> None:
    gumshoe.sandbox.command("examp1e-login.test")
    (scan,) = gumshoe.ended()
    parent, *replies = said(gumshoe.thread())
    assert words_of(parent).index("Headlines") < words_of(parent).index("What matters first")
    assert "Registered" in words_of(parent)
    assert "Headlines" in words_of(replies[-1])

    # Bob asks why, and judges what he knows better; the thread says so with his name.
    told = chosen(gumshoe, parent, "Registered", user="U0BOB")
    assert "The path" in words_of(told)
    gumshoe.click("verdict:benign", told, user="U0BOB")
    until("the verdict to be told", lambda: "judged benign by <@U0BOB>" in words_of(said(gumshoe.thread())[0]))
    until("no desk to be behind", lambda: not gumshoe.store.desk.lagging())
    parent, *replies = said(gumshoe.thread())
    whois = next(each for each in replies if each["text"].startswith("Registration"))
    assert "judged benign by <@U0BOB>" in words_of(whois)
    assert "judged benign by <@U0BOB>" in words_of(replies[-1])
    assert len(said(gumshoe.thread())) == len(scan.runs) + 2  # edited, not said again

    # A later scan of the same target, in another channel, has the verdict and does not name him.
    gumshoe.sandbox.command("examp1e-login.test", channel="C0CASE17")
    gumshoe.ended(2)
    later = words_of(gumshoe.parents("C0CASE17")[-1])
    assert "judged benign by somebody in another channel" in later
    assert "U0BOB" not in later

    # He takes it back, and it matters again.
    notice = next(each for each in gumshoe.whispers("U0BOB") if "undo_verdict" in words_of(each))
    gumshoe.click("undo_verdict", notice, user="U0BOB")
    until("it to matter again", lambda: "judged benign" not in words_of(said(gumshoe.thread())[0]))


def test_a_rule_of_our_own_makes_a_headline_and_a_bad_file_stops_nothing(gumshoe: Gumshoe) -> None:
    gumshoe.start_over()
    gumshoe.sandbox.command("example.com")
    gumshoe.ended()
    parent = gumshoe.parents()[-1]
    assert "example[.]com receives mail at" in words_of(parent)
    assert "A rule of our own." in words_of(chosen(gumshoe, parent, "receives mail"))
    log = gumshoe.parts["notifier"].output()
    assert "a file of rules was refused" in log
    assert "bad.yml, line 1, rule bad" in log
