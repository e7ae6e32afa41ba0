"""Buttons: each click is checked as a command is, a second click does nothing twice, an old button says why."""

from __future__ import annotations

import hmac

import pytest

from core import clock
from core.models import Outcome, Scan
from core.seal import Action, Seal, derive, sealer
from tests.bot.conftest import Start
from tests.bot.listening import TEAM, Bot, words_of


def scanned(bot: Bot, outcome: Outcome = Outcome.FOUND, *, text: str = "example.com collectors=dns,whois") -> Scan:
    """A scan that ended."""
    bot.sandbox.command(text)
    return bot.end(bot.scans()[0], outcome)


def seal(bot: Bot) -> Seal:
    return bot.front.seal(TEAM)


def pressed(bot: Bot, action: Action, **more: str) -> str:
    """What the person is told who presses a button that does this."""
    message = bot.post_button(action.verb, seal(bot)(action), channel=more.get("channel", "C0GENERAL"))
    told = bot.click(message, action.verb, **more)
    return words_of(told[-1]) if told else ""


def test_re_run_opens_the_next_round_and_queues_it(bot: Bot) -> None:
    scan = scanned(bot)
    bot.settle()
    before = len(bot.queued())
    assert pressed(bot, Action("rerun", scan.id, 1)) == ""  # the thread shows it
    again = bot.store.scans.get(scan.id)
    assert (again.round, again.round_by, again.is_open) == (2, "U0ADA", True)
    assert [run.collector for run in again.runs] == ["dns", "whois"]
    assert bot.queued()[before:] != []


def test_a_double_click_opens_one_round_and_the_second_is_told(bot: Bot) -> None:
    scan = scanned(bot)
    message = bot.post_button("rerun", seal(bot)(Action("rerun", scan.id, 1)))
    assert bot.click(message, "rerun") == []
    assert "already run this again, as round 2" in words_of(bot.click(message, "rerun")[0])
    assert "was run again since, as round 2" in words_of(bot.click(message, "rerun", user="U0BOB")[0])
    assert bot.store.scans.get(scan.id).round == 2


def test_re_run_while_it_runs_starts_nothing(bot: Bot) -> None:
    bot.sandbox.command("example.com")
    (scan,) = bot.scans()
    assert "is still running" in pressed(bot, Action("rerun", scan.id, 1))
    assert bot.store.scans.get(scan.id).round == 1


def test_re_run_failed_asks_only_what_failed(bot: Bot) -> None:
    bot.sandbox.command("example.com collectors=dns,whois")
    (scan,) = bot.scans()
    dns, whois = (bot.store.runs.claim(run.id, lease=30) for run in scan.runs)
    assert dns is not None
    assert whois is not None
    bot.store.runs.close(dns, Outcome.FOUND)
    bot.store.runs.close(whois, Outcome.FAILED, reason="down")
    pressed(bot, Action("rerun_failed", scan.id, 1))
    assert [run.collector for run in bot.store.scans.get(scan.id).runs if run.round == 2] == ["whois"]


def test_re_run_failed_says_when_nothing_failed(bot: Bot) -> None:
    scan = scanned(bot)
    assert "No collector failed" in pressed(bot, Action("rerun_failed", scan.id, 1))
    assert bot.store.scans.get(scan.id).round == 1


def test_one_collector_is_run_again_by_the_button_under_its_reply(bot: Bot) -> None:
    scan = scanned(bot)
    pressed(bot, Action("rerun_one", scan.id, 1, "whois"))
    assert [run.collector for run in bot.store.scans.get(scan.id).runs if run.round == 2] == ["whois"]


def test_cancel_stops_the_scan_and_a_second_click_says_who_did(bot: Bot) -> None:
    bot.sandbox.command("example.com")
    (scan,) = bot.scans()
    assert pressed(bot, Action("cancel", scan.id, 1), user="U0BOB") == ""
    after = bot.store.scans.get(scan.id)
    assert (str(after.status), after.cancelled_by) == ("cancelled", "U0BOB")
    told = pressed(bot, Action("cancel", scan.id, 1))
    assert "Nothing to stop" in told
    assert "<@U0BOB>" in told


def test_cancel_after_the_end_says_that_it_has_ended(bot: Bot) -> None:
    scan = scanned(bot)
    assert "has ended" in pressed(bot, Action("cancel", scan.id, 1))
    assert str(bot.store.scans.get(scan.id).status) == "finished"


def test_cancel_of_an_old_round_does_not_stop_the_new_one(bot: Bot) -> None:
    scan = scanned(bot)
    pressed(bot, Action("rerun", scan.id, 1))
    assert "belonged to round 1; round 2 has begun" in pressed(bot, Action("cancel", scan.id, 1))
    assert bot.store.scans.get(scan.id).is_open


def test_a_button_of_a_scan_that_is_gone_says_so(bot: Bot) -> None:
    assert "no longer in my record" in pressed(bot, Action("rerun", "zzzzzzzz", 1))


def test_post_again_brings_the_thread_back_to_the_desk(bot: Bot) -> None:
    scan = scanned(bot)
    seat = bot.store.desk.sit(scan.id, lease=30)
    assert seat is not None
    bot.store.desk.put_off(seat, seconds=None, why="I am not a member of that channel.")
    assert bot.store.overdue.untold() == []
    assert "Posting the thread of example[.]com again" in pressed(bot, Action("post_again", scan.id, 1))
    assert bot.store.overdue.untold() == [scan.id]


@pytest.mark.parametrize(
    "value",
    [
        "",
        "open sesame",
        "1|rerun|abcdefgh|1|",
        "1|rerun|abcdefgh|1||" + "0" * 32,
        sealer(derive("somebody else's token"), TEAM, made=clock.now())(Action("rerun", "abcdefgh", 1)),
    ],
)
def test_a_forged_button_does_nothing_and_is_written_down(bot: Bot, value: str) -> None:
    scan = scanned(bot)
    message = bot.post_button("rerun", value.replace("abcdefgh", scan.id) or "-")
    told = bot.click(message, "rerun")
    assert "not made by me for this workspace" in words_of(told[-1])
    assert bot.store.scans.get(scan.id).round == 1
    assert bot.audit()[0] == ("U0ADA", "click", "refused", "forged button")


def test_a_button_sealed_for_another_workspace_does_nothing_here(bot: Bot) -> None:
    scan = scanned(bot)
    value = bot.front.seal("T0OTHER")(Action("rerun", scan.id, 1))
    told = bot.click(bot.post_button("rerun", value), "rerun")
    assert "not made by me for this workspace" in words_of(told[-1])
    assert bot.store.scans.get(scan.id).round == 1


def test_a_click_from_another_workspace_does_nothing(bot: Bot) -> None:
    scan = scanned(bot)
    message = bot.post_button("rerun", seal(bot)(Action("rerun", scan.id, 1)))
    bot.click(message, "rerun", as_team="T0OTHER")
    assert bot.store.scans.get(scan.id).round == 1
    refusals = bot.store.audit.listed(team="T0OTHER") + bot.store.audit.listed(team=TEAM)
    assert refusals[0]["decision"] == "refused"


def test_a_value_changed_by_hand_is_forged(bot: Bot) -> None:
    scan, other = scanned(bot), scanned(bot, text="example.org collectors=dns")
    value = seal(bot)(Action("rerun", scan.id, 1)).replace(scan.id, other.id)
    told = bot.click(bot.post_button("rerun", value), "rerun")
    assert "not made by me" in words_of(told[-1])
    assert bot.store.scans.get(other.id).round == 1


def test_a_button_of_an_older_version_of_us_says_so(bot: Bot) -> None:
    scan = scanned(bot)
    body = f"0|rerun|{scan.id}|1|"
    told = bot.click(bot.post_button("rerun", f"{body}|{signed(bot, body)}"), "rerun")
    assert "from an older version of me" in words_of(told[-1])
    assert bot.audit()[0][3] == "old button"


def signed(bot: Bot, body: str) -> str:
    """The signature an earlier release of ours would have put there."""
    return hmac.new(bot.settings.seal_key, f"{TEAM}|{body}".encode(), "sha256").hexdigest()[:32]


def test_a_guest_s_click_is_refused_and_written_down(bot: Bot) -> None:
    scan = scanned(bot)
    assert "Guests may not ask me" in pressed(bot, Action("rerun", scan.id, 1), user="U0GUEST")
    assert bot.store.scans.get(scan.id).round == 1
    assert bot.audit()[0] == ("U0GUEST", "rerun", "refused", "guest")


def test_a_re_run_counts_as_a_scan_for_the_rates(start_bot: Start) -> None:
    bot = start_bot(user_scans_per_minute=1)
    scan = scanned(bot, text="example.com collectors=dns")
    assert "1 are allowed" in pressed(bot, Action("rerun", scan.id, 1))
    assert bot.store.scans.get(scan.id).round == 1


def test_the_answer_to_a_click_is_seen_by_the_clicker_alone(bot: Bot) -> None:
    scan = scanned(bot)
    pressed(bot, Action("cancel", scan.id, 1))
    assert bot.whispers("U0BOB") == []
