"""About people one must say why: in a command, in a mention, in a form, by the button Say Why, in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.models import Asker, Kind, Place, Scan, Target
from core.seal import Action
from core.store import Ask, Choice
from tests.bot.conftest import Start
from tests.bot.listening import TEAM, Bot, words_of
from tests.bot.typed import Type, typed

__all__ = ["typed"]
WHY = "asked by the person herself"
ADA = "ada@example.com collectors=dns"


def told(bot: Bot, text: str, **where: str) -> dict[str, Any]:
    answer: dict[str, Any] = bot.sandbox.command(text, **where)["ephemeral"]
    return answer


def modal(bot: Bot, user: str = "U0ADA") -> dict[str, Any]:
    bot.settle()
    view: dict[str, Any] = bot.sandbox.get("modal", user=user)["view"]
    return view


def submitted(bot: Bot, view: dict[str, Any], reason: str) -> dict[str, str]:
    values = {"why": {"why": {"type": "plain_text_input", "value": reason}}}
    answer = bot.sandbox.post("submit", user="U0ADA", view_id=view["id"], values=values)
    bot.settle()
    return dict(answer["errors"] or {})


def reasons(bot: Bot) -> list[tuple[str, str]]:
    """Target and reason of every scan."""
    return sorted((scan.target.value, scan.reason) for scan in bot.scans())


@pytest.mark.parametrize(
    "text",
    [
        f'{ADA} reason="{WHY}"',
        f"{ADA} --reason=\u201c{WHY}\u201d",
        f"reason='{WHY}' {ADA}",
        f"{ADA} because {WHY}",
        f"{ADA} BECAUSE   {WHY}",
    ],
)
def test_a_reason_is_read_from_the_command_and_kept_with_scan_and_audit(bot: Bot, text: str) -> None:
    assert "Started" in words_of(told(bot, text))
    assert reasons(bot) == [("ada@example.com", WHY)]
    (row,) = bot.store.audit.listed(team=TEAM)
    assert (row["reason"], row["subject"], row["outcome"]) == (WHY, "email ada@example.com", "started")


@pytest.mark.parametrize("target", ["ada@example.com", "user:ada-example", "+12025550100", '"Ada Example"'])
def test_without_a_reason_no_person_is_looked_up_and_a_button_asks_why(bot: Bot, target: str) -> None:
    answer = words_of(told(bot, target))
    assert "is a person, so I need to know why you ask" in answer
    assert "Say Why" in answer
    assert bot.scans() == []


def test_what_is_no_person_needs_no_reason_but_may_have_one(bot: Bot) -> None:
    told(bot, "example.com")
    told(bot, "example.org because case 17")
    assert reasons(bot) == [("example.com", ""), ("example.org", "case 17")]


def test_say_why_opens_a_form_that_asks_the_question_once_with_the_reason(bot: Bot) -> None:
    answer = told(bot, f"{ADA} fresh #case-17")
    bot.click(answer, "say_why")
    view = modal(bot)
    assert submitted(bot, view, "   ") == {"why": "Say in a few words why you ask."}
    assert submitted(bot, view, WHY) == {}
    (scan,) = bot.scans()
    assert (scan.reason, scan.fresh, scan.tag, [run.collector for run in scan.runs]) == (WHY, True, "case-17", ["dns"])
    assert "Started: ada[@]example[.]com" in words_of(bot.whispers()[-1])
    bot.click(answer, "say_why")
    assert submitted(bot, modal(bot), "another") == {}
    assert len(bot.scans()) == 1


def test_a_forged_or_old_say_why_does_nothing(bot: Bot) -> None:
    message = bot.post_button("say_why", "2|1|say_why|abc|1|- ada@example.com|" + "0" * 32)
    assert "not made by me for this workspace" in words_of(bot.click(message, "say_why")[-1])
    old = bot.front.seal(TEAM)(Action("say_why", "abc", 1, "- ada@example.com"))
    bot.click(bot.post_button("say_why", old), "say_why")
    assert "more than an hour old" in submitted(bot, modal(bot), WHY)["why"]
    assert bot.scans() == []


def test_a_mention_may_say_why_and_is_asked_when_it_does_not(bot: Bot) -> None:
    bot.sandbox.post(
        "message", user="U0ADA", channel="C0GENERAL", text=f"<@U0GUMSHOE> scan ada@example.com because {WHY}"
    )
    bot.settle()
    assert reasons(bot) == [("ada@example.com", WHY)]
    said = bot.sandbox.post("message", user="U0ADA", channel="C0GENERAL", text="<@U0GUMSHOE> scan bob@example.com")
    bot.settle()
    assert "Say Why" in words_of(bot.sandbox.messages(thread_ts=said["ts"], user="U0ADA")[-1])
    assert len(bot.scans()) == 1


def test_the_form_asks_for_a_reason_at_its_own_field(bot: Bot) -> None:
    bot.sandbox.command("")
    view = modal(bot)
    values = {"targets": {"targets": {"type": "plain_text_input", "value": "ada@example.com"}}}
    answer = bot.sandbox.post("submit", user="U0ADA", view_id=view["id"], values=values)
    assert "need to know why" in answer["errors"]["reason"]
    values["reason"] = {"reason": {"type": "plain_text_input", "value": WHY}}
    assert not bot.sandbox.post("submit", user="U0ADA", view_id=view["id"], values=values)["errors"]
    bot.settle()
    assert reasons(bot) == [("ada@example.com", WHY)]


def test_which_reading_was_meant_does_not_lose_the_reason(bot: Bot) -> None:
    answer = told(bot, "64496 because case 17")
    bot.click(answer, "choose:0")
    assert reasons(bot) == [("AS64496", "case 17")]


def test_a_plan_of_a_person_may_be_looked_at_and_its_run_button_asks_why(bot: Bot) -> None:
    plan = told(bot, f"{ADA} plan")
    assert "Say Why" in words_of(bot.click(plan, "run_plan")[-1])
    plan = told(bot, f"{ADA} plan because {WHY}")
    bot.click(plan, "run_plan")
    assert reasons(bot) == [("ada@example.com", WHY)]


def test_a_reason_that_is_too_long_is_not_cut_but_refused(bot: Bot) -> None:
    assert "at most 400 characters" in words_of(told(bot, f"{ADA} because {'x' * 401}"))
    assert bot.scans() == []


def old_scan(bot: Bot) -> Scan:
    """A scan of a person as an older release wrote it: without a reason."""
    place = Place(TEAM, "C0GENERAL")
    ask = Ask(Target(Kind.EMAIL, "ada@example.com"), (Choice("dns", "k"),), Asker("U0ADA"), place, "slack")
    return bot.end(bot.store.scans.open([ask])[0].scan)


def test_a_re_run_has_the_reason_of_its_scan_and_without_one_there_is_none(bot: Bot) -> None:
    told(bot, f"{ADA} because {WHY}")
    scan = bot.end(bot.scans()[0])
    seal = bot.front.seal(TEAM)
    assert bot.click(bot.post_button("rerun", seal(Action("rerun", scan.id, 1))), "rerun") == []
    assert bot.store.audit.listed(team=TEAM)[0]["reason"] == WHY
    before = old_scan(bot)
    answer = bot.click(bot.post_button("rerun", seal(Action("rerun", before.id, 1))), "rerun")
    assert "need to know why" in words_of(answer[-1])
    assert bot.store.scans.get(before.id).round == 1


def test_the_operator_may_ask_why_about_everything_or_nothing(start_bot: Start) -> None:
    bot = start_bot(reasons="all")
    assert "need to know why" in words_of(told(bot, "example.com"))
    bot.stop()
    relaxed = start_bot(reasons="none")
    assert "Started" in words_of(told(relaxed, ADA))


def test_the_terminal_asks_for_a_reason(tmp_path: Path, typed: Type) -> None:
    here = {"DATABASE_URL": f"sqlite:///{tmp_path / 'record.sqlite3'}", "ENV_FILE": ""}
    done = typed("scan", "ada@example.com", "--collectors", "dns", **here)
    assert (done.returncode, "need to know why" in done.stderr) == (2, True)
    assert '--reason "..."' in done.stderr
