"""Nobody's site is touched unasked: consent in words or by a button, once, by who may, and written into the audit."""

from __future__ import annotations

import pytest

from core.models import Outcome, RunState, Scan
from core.seal import Action
from tests.bot.conftest import Start
from tests.bot.declared import declare
from tests.bot.listening import TEAM, Bot, words_of

PAGE = "https://example.com/"


@pytest.fixture(autouse=True)
def _declared(monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch)


def said(bot: Bot, text: str, **where: str) -> str:
    return words_of(bot.sandbox.command(text, **where)["ephemeral"])


def outcomes(scan: Scan) -> dict[str, str]:
    return {run.collector: run.reason or str(run.state) for run in scan.runs}


def ended(bot: Bot, scan: Scan) -> Scan:
    """What waits is answered as a worker would."""
    for run in bot.store.scans.get(scan.id).runs:
        if run.state is RunState.QUEUED:
            claimed = bot.store.runs.claim(run.id, lease=30)
            assert claimed is not None
            assert bot.store.runs.close(claimed, Outcome.NOTHING)
    return bot.store.scans.get(scan.id)


def ask_target(bot: Bot, scan: Scan) -> dict[str, str]:
    """A message with the button that allows to touch the target."""
    return bot.post_button("ask_target", bot.front.seal(TEAM)(Action("ask_target", scan.id, 1)))


def touches(bot: Bot) -> list[tuple[object, ...]]:
    rows = bot.store.audit.listed(team=TEAM, limit=100)
    return [(row["user"], row["decision"], row["rule"], row["subject"]) for row in rows if row["verb"] == "touch"]


def test_without_consent_the_target_is_left_alone_and_nothing_is_written_about_touching_it(bot: Bot) -> None:
    said(bot, PAGE)
    (scan,) = bot.scans()
    assert outcomes(scan) == {"reader": "needs_consent"}
    assert scan.active_by == ""
    assert touches(bot) == []


def test_the_word_active_is_consent_and_is_kept_with_the_scan_and_in_the_audit(bot: Bot) -> None:
    said(bot, f"{PAGE} active")
    (scan,) = bot.scans()
    assert outcomes(scan) == {"reader": "queued"}
    assert (scan.active_by, scan.active_round) == ("U0ADA", 1)
    assert touches(bot) == [("U0ADA", "allowed", "asked with the word active", f"url {PAGE}: reader")]


def test_the_button_opens_a_round_with_just_what_waited(bot: Bot) -> None:
    said(bot, PAGE)
    (scan,) = bot.scans()
    bot.settle()
    before = len(bot.queued())
    assert bot.click(ask_target(bot, scan), "ask_target", user="U0BOB") == []  # the thread shows it
    again = bot.store.scans.get(scan.id)
    assert (again.round, again.round_by, again.active_by, again.active_round) == (2, "U0BOB", "U0BOB", 2)
    assert outcomes(again) == {"reader": "queued"}
    assert touches(bot) == [("U0BOB", "allowed", "confirmed by a button", f"url {PAGE}: reader")]
    assert bot.queued()[before:] != []


def test_the_round_asks_only_those_that_waited(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    said(bot, f"{PAGE} example.com")
    scan = next(each for each in bot.scans() if each.target.value == "example.com")
    ended(bot, scan)
    assert "No collector waits for consent" in words_of(bot.click(ask_target(bot, scan), "ask_target")[0])
    assert bot.store.scans.get(scan.id).round == 1


def test_a_double_click_and_a_delivery_that_comes_again_touch_the_target_once(bot: Bot) -> None:
    said(bot, PAGE)
    (scan,) = bot.scans()
    message = ask_target(bot, scan)
    assert bot.click(message, "ask_target") == []
    bot.sandbox.post("redeliver", kind="interaction", times=2)
    assert "already run this again, as round 2" in words_of(bot.click(message, "ask_target")[0])
    assert "was run again since, as round 2" in words_of(bot.click(message, "ask_target", user="U0BOB")[0])
    assert bot.store.scans.get(scan.id).round == 2
    assert len(touches(bot)) == 1


def test_a_click_after_the_target_was_asked_asks_it_no_more(bot: Bot) -> None:
    said(bot, PAGE)
    (scan,) = bot.scans()
    message = ask_target(bot, scan)
    bot.click(message, "ask_target")
    ended(bot, scan)
    assert "as round 2" in words_of(bot.click(message, "ask_target")[0])
    assert len(touches(bot)) == 1


def test_who_may_not_scan_may_not_consent(start_bot: Start) -> None:
    bot = start_bot(allow_users="U0ADA")
    said(bot, PAGE)
    (scan,) = bot.scans()
    told = bot.click(ask_target(bot, scan), "ask_target", user="U0BOB")
    assert "not on the list" in words_of(told[0])
    assert bot.store.scans.get(scan.id).round == 1
    assert ("U0BOB", "ask_target", "refused", "user") in bot.audit()


def test_a_re_run_repeats_what_was_allowed_and_says_so_in_the_audit(bot: Bot) -> None:
    said(bot, f"{PAGE} active")
    scan = ended(bot, bot.scans()[0])
    bot.click(bot.post_button("rerun", bot.front.seal(TEAM)(Action("rerun", scan.id, 1))), "rerun", user="U0BOB")
    again = bot.store.scans.get(scan.id)
    assert (again.round, outcomes(again), again.active_by) == (2, {"reader": "queued"}, "U0ADA")
    assert touches(bot)[0] == ("U0BOB", "allowed", "asked again", f"url {PAGE}: reader")


def test_a_re_run_allows_nothing_that_was_not_allowed(bot: Bot) -> None:
    said(bot, PAGE)
    (scan,) = bot.scans()
    bot.click(bot.post_button("rerun", bot.front.seal(TEAM)(Action("rerun", scan.id, 1))), "rerun")
    assert outcomes(bot.store.scans.get(scan.id)) == {"reader": "needs_consent"}
    assert touches(bot) == []


def test_an_operator_who_refuses_is_obeyed_whatever_is_said(start_bot: Start) -> None:
    bot = start_bot(active="refuse")
    said(bot, f"{PAGE} active")
    (scan,) = bot.scans()
    assert outcomes(scan) == {"reader": "refused_by_operator"}
    assert touches(bot) == []
    assert "does not allow" in said(bot, "example.com with=transfers active")


def test_an_operator_who_allows_it_is_named_in_the_audit(start_bot: Start) -> None:
    bot = start_bot(active="allow")
    said(bot, PAGE)
    assert outcomes(bot.scans()[0]) == {"reader": "queued"}
    assert touches(bot) == [("U0ADA", "allowed", "the operator allows it", f"url {PAGE}: reader")]


def test_options_are_kept_with_the_scan_and_by_its_re_runs(bot: Bot) -> None:
    said(bot, "example.com with=walks")
    scan = ended(bot, bot.scans()[0])
    assert scan.options == ("walks",)
    bot.click(bot.post_button("rerun", bot.front.seal(TEAM)(Action("rerun", scan.id, 1))), "rerun")
    again = bot.store.scans.get(scan.id)
    assert (again.round, again.options) == (2, ("walks",))


def test_an_option_that_touches_the_target_is_refused_until_active_is_said(bot: Bot) -> None:
    told = said(bot, "example.com with=transfers")
    assert "with the word active" in told
    assert bot.scans() == []
    said(bot, "example.com with=transfers active")
    assert touches(bot) == [("U0ADA", "allowed", "asked with the word active", "domain example.com: walker")]


def test_the_same_words_with_another_option_are_another_question(bot: Bot) -> None:
    for text in ("example.com", "example.com with=walks", "example.com active", "example.com with=walks"):
        said(bot, text)
    assert sorted((scan.options, scan.active_by) for scan in bot.scans()) == [
        ((), ""),
        ((), "U0ADA"),
        (("walks",), ""),
    ]


def test_the_form_offers_options_and_asks_about_touching(bot: Bot) -> None:
    bot.sandbox.command("", user="U0ADA")
    bot.settle()
    view = bot.sandbox.get("modal", user="U0ADA")["view"]
    boxes = {block["block_id"]: block["element"]["options"] for block in view["blocks"] if "options" in str(block)}
    assert [option["value"] for option in boxes["with_0"]] == ["walks", "transfers"]
    assert [option["value"] for option in boxes["options"]] == ["fresh", "active"]
    values = {
        "targets": {"targets": {"value": "example.com"}},
        "with_0": {"with_0": {"selected_options": ["transfers"]}},
    }
    answer = bot.sandbox.post("submit", user="U0ADA", view_id=view["id"], values=values)
    assert "its box in the form" in answer["errors"]["with_0"]
    assert bot.scans() == []
    values["options"] = {"options": {"selected_options": ["active"]}}
    bot.sandbox.post("submit", user="U0ADA", view_id=view["id"], values=values)
    bot.settle()
    (scan,) = bot.scans()
    assert (scan.options, scan.active_by) == (("transfers",), "U0ADA")


def test_a_mention_takes_the_same_words(bot: Bot) -> None:
    ts = bot.sandbox.post(
        "message", user="U0ADA", channel="C0GENERAL", text=f"<@{bot.front.identity.user}> example.com with=walks"
    )
    assert ts
    bot.settle()
    (scan,) = bot.scans()
    assert scan.options == ("walks",)
