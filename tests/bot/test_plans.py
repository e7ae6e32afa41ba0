"""A plan asks nobody and writes no scan; its button runs it once, for an hour, for the asker; the form shows it too."""

from __future__ import annotations

import re
from typing import Any

import pytest

from core import clock
from core.ledger import Account
from core.models import Finding, Kind, Outcome, Provenance, Scan
from core.seal import Action
from tests.bot.conftest import Start
from tests.bot.declared import declare
from tests.bot.listening import TEAM, Bot, words_of


@pytest.fixture(autouse=True)
def _declared(monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch)


def card(bot: Bot, text: str, **where: str) -> dict[str, Any]:
    """The plan that the asker alone sees."""
    answer = bot.sandbox.command(text, **where)
    assert answer["status"] == "ok"
    message: dict[str, Any] = answer["ephemeral"]
    return message


def answered(bot: Bot, text: str) -> Scan:
    """A scan whose runs were all answered."""
    bot.sandbox.command(text)
    scan = bot.scans()[0]
    for run, _ in bot.store.runs.claim_waiting(scan.id, lease=30):
        source = Provenance(run.collector, "Samples", "https://samples.example/", clock.now(), "200", "0" * 64)
        found = [Finding(Kind.DOMAIN, "www.example.com", source)]
        assert bot.store.runs.close(run, Outcome.FOUND, answered_at=clock.now(), findings=found)
    return bot.store.scans.get(scan.id)


def run_button(message: dict[str, Any]) -> str:
    (value,) = [
        element["value"]
        for block in message["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
        if element["action_id"] == "run_plan"
    ]
    return str(value)


@pytest.mark.parametrize("typed", ["example.com plan", "example.com --plan", "plan example.com"])
def test_a_plan_says_what_would_be_done_and_does_nothing(bot: Bot, typed: str) -> None:
    told = words_of(card(bot, typed))
    for words in (
        "Nobody was asked yet.",
        "3 collectors to ask, 1 skipped.",
        "How long it takes was not measured yet.",
        "tells many third parties",
        "no key is set",
        "with=walks",
        "Touches the target itself: needs active too.",
    ):
        assert words in told, words
    bot.settle()
    assert (bot.scans(), bot.queued()) == ([], [])
    assert ("U0ADA", "plan", "allowed", "") in bot.audit()


def test_a_plan_says_which_answers_are_kept_and_how_old_they_are(bot: Bot) -> None:
    answered(bot, "example.com collectors=walker")
    told = words_of(card(bot, "example.com plan"))
    assert "2 collectors to ask, 1 answer kept, 1 skipped" in told
    assert "s ago would be used" in told
    assert "kept" not in words_of(card(bot, "example.com plan fresh"))
    assert "kept" not in words_of(card(bot, "example.com plan with=walks collectors=walker"))


def test_a_plan_estimates_from_what_was_measured(bot: Bot) -> None:
    answered(bot, "example.org collectors=walker,sites,reader")
    told = words_of(card(bot, "example.com plan"))
    assert "About 0." in told
    assert "not measured" not in told


def test_a_plan_names_what_waits_for_consent_and_what_it_would_do(bot: Bot) -> None:
    told = words_of(card(bot, "https://example.com/ plan"))
    assert "it would touch the target itself. What a page says about itself. The site sees our address." in told
    assert "asks the target too: Page reader" in told
    assert "touches the target itself" in words_of(card(bot, "https://example.com/ plan active"))


def test_a_plan_of_several_targets_is_a_line_for_each(bot: Bot) -> None:
    told = words_of(card(bot, "example.com https://example.com/ user:ada-example plan"))
    assert "Plan: 3 targets" in told
    assert "asked: Five hundred sites" in told


def test_a_plan_of_something_wrong_says_what_is_wrong(bot: Bot) -> None:
    assert "Did you mean with=walks?" in words_of(card(bot, "example.com plan with=walk"))
    assert "has no dot" in words_of(card(bot, "exmaple plan"))


def test_the_run_button_starts_what_the_plan_said(bot: Bot) -> None:
    value = run_button(card(bot, "example.com plan with=walks collectors=walker fresh #case-17"))
    told = bot.click(bot.post_button("run_plan", value), "run_plan")
    assert "Started: example[.]com" in words_of(told[0])
    (scan,) = bot.scans()
    assert (scan.options, scan.fresh, scan.tag, [run.collector for run in scan.runs]) == (
        ("walks",), True, "case-17", ["walker"],
    )  # fmt: skip


def test_pressed_twice_redelivered_or_much_later_a_plan_is_run_once(bot: Bot) -> None:
    message = bot.post_button("run_plan", run_button(card(bot, "example.com plan collectors=walker")))
    bot.click(message, "run_plan")
    bot.sandbox.post("redeliver", kind="interaction", times=2)
    answered_run = bot.store.runs.claim_waiting(bot.scans()[0].id, lease=30)
    assert bot.store.runs.close(answered_run[0][0], Outcome.NOTHING)
    bot.click(message, "run_plan")
    assert len(bot.scans()) == 1


def test_two_plans_of_the_same_are_two_wishes(bot: Bot) -> None:
    values = {run_button(card(bot, "example.com plan")) for _ in range(2)}
    assert len(values) == 2


def test_a_plan_older_than_an_hour_starts_nothing(bot: Bot) -> None:
    minute = int(clock.now().timestamp() // 60)
    old = Action("run_plan", "abc", minute - 62, "- example.com")
    told = bot.click(bot.post_button("run_plan", bot.front.seal(TEAM)(old)), "run_plan")
    assert "more than an hour old" in words_of(told[0])
    assert bot.scans() == []


def test_a_plan_s_button_that_was_tampered_with_starts_nothing(bot: Bot) -> None:
    value = run_button(card(bot, "example.com plan")).replace("example.com", "example.org")
    told = bot.click(bot.post_button("run_plan", value), "run_plan")
    assert "not made by me" in words_of(told[0])
    assert bot.scans() == []


def test_who_may_not_scan_sees_no_plan(start_bot: Start) -> None:
    bot = start_bot(allow_users="U0BOB")
    assert "not on the list" in words_of(card(bot, "example.com plan"))


def test_a_mention_in_a_thread_gets_a_plan_and_its_run_stays_in_the_thread(bot: Bot) -> None:
    root = bot.sandbox.post("message", user="U0BOB", channel="C0GENERAL", text="look at this")["ts"]
    text = f"<@{bot.front.identity.user}> example.com plan"
    bot.sandbox.post("message", user="U0ADA", channel="C0GENERAL", text=text, thread_ts=root)
    bot.settle()
    thread = bot.sandbox.messages("C0GENERAL", thread_ts=root, user="U0ADA")
    (shown,) = [each for each in thread if each.get("is_ephemeral")]
    bot.click(bot.post_button("run_plan", run_button(shown)), "run_plan")
    (scan,) = bot.scans()
    assert scan.place.thread_ts == root


def opened(bot: Bot) -> dict[str, Any]:
    bot.sandbox.command("", user="U0ADA")
    return form(bot)


def form(bot: Bot) -> dict[str, Any]:
    bot.settle()
    view: dict[str, Any] = bot.sandbox.get("modal", user="U0ADA")["view"]
    return view


def previewed(bot: Bot, view: dict[str, Any], text: str) -> dict[str, Any]:
    """Type into the form and press Preview."""
    values = {"targets": {"targets": {"value": text}}}
    answer = bot.sandbox.post("click", user="U0ADA", view_id=view["id"], action_id="preview", values=values)
    assert answer["status"] == "ok", answer
    return form(bot)


def test_the_form_shows_the_plan_and_keeps_what_was_typed(bot: Bot) -> None:
    view = previewed(bot, opened(bot), "example.com")
    told = words_of(view)
    assert "3 collectors to ask" in told
    assert view["state"]["values"]["targets"]["targets"]["value"] == "example.com"
    assert bot.scans() == []


def test_a_newer_plan_takes_the_place_of_the_older_and_trouble_is_said_there(bot: Bot) -> None:
    view = previewed(bot, opened(bot), "example.com")
    blocks = len(view["blocks"])
    view = previewed(bot, view, "exmaple")
    assert "has no dot" in words_of(view)
    assert "collectors to ask" not in words_of(view)
    view = previewed(bot, view, "example.com")
    assert len(view["blocks"]) == blocks
    bot.sandbox.post("submit", user="U0ADA", view_id=view["id"], values={})
    bot.settle()
    assert [scan.target.value for scan in bot.scans()] == ["example.com"]


def test_the_word_plan_in_a_form_starts_nothing(bot: Bot) -> None:
    view = opened(bot)
    values = {"targets": {"targets": {"value": "example.com plan"}}}
    answer = bot.sandbox.post("submit", user="U0ADA", view_id=view["id"], values=values)
    assert "press Preview" in answer["errors"]["targets"]
    assert bot.scans() == []


def test_a_plan_says_what_is_left_of_what_the_source_grants(start_bot: Start) -> None:
    bot = start_bot(shodan_key="good-1")
    for text in ("example.com plan", "collectors keyed"):
        told = words_of(card(bot, text))
        assert "Samples: 100 of 100 left this month" in told
        assert "Takes about 2 questions at Samples" in told


def test_a_plan_says_when_a_source_may_not_be_asked_before(start_bot: Start) -> None:
    bot = start_bot(shodan_key="good-1")
    bot.run(bot.front.ledger.troubles.hold(Account("Samples"), "down", 600))
    told = words_of(card(bot, "example.com plan"))
    assert re.search(r"nobody asks it before \d\d:\d\d UTC", told)
