"""Roles, the list of whom nobody may look up, and forgetting, as people in Slack have them."""

from __future__ import annotations

import pytest

from core.models import Kind, Scan, Target
from core.seal import Action
from core.standing import TeamRole
from core.store import name_of
from tests.bot.api import Program, problem
from tests.bot.conftest import Start
from tests.bot.listening import TEAM, Bot, words_of

ADA = Target(Kind.EMAIL, "ada@example.com")


def told(bot: Bot, text: str, *, user: str = "U0ADA", channel: str = "C0GENERAL") -> str:
    return words_of(bot.sandbox.command(text, user=user, channel=channel)["ephemeral"])


def given(bot: Bot, subject: str, role: TeamRole) -> None:
    bot.store.roles.give(TEAM, subject, role, by="U0ADA")
    bot.front.forget_roles()


def scanned(bot: Bot, text: str = "ada@example.com collectors=dns because case 17") -> Scan:
    """A scan that ended and was told in Slack: its head, a reply, and a file."""
    bot.sandbox.command(text)
    scan = bot.end(bot.scans()[0])
    seat = bot.store.desk.sit(scan.id, lease=30)
    assert seat is not None
    for slot in ("parent", "reply/1/dns"):
        ts = bot.post_button("x", "y")["ts"]
        bot.store.desk.note(seat, slot, state="said", channel="C0GENERAL", ts=ts)
    return scan


def test_a_viewer_may_look_and_not_ask(bot: Bot) -> None:
    given(bot, "U0ADA", TeamRole.VIEWER)
    assert "How to ask" in told(bot, "help")
    assert "needs the role analyst; yours here is viewer" in told(bot, "example.com")
    assert bot.scans() == []
    assert bot.audit()[0] == ("U0ADA", "scan", "refused", "role")


def test_a_button_is_held_to_the_role_too(bot: Bot) -> None:
    scan = scanned(bot, "example.com collectors=dns")
    given(bot, "U0BOB", TeamRole.VIEWER)
    message = bot.post_button("rerun", bot.front.seal(TEAM)(Action("rerun", scan.id, 1)))
    assert "needs the role analyst" in words_of(bot.click(message, "rerun", user="U0BOB")[-1])
    assert bot.store.scans.get(scan.id).round == 1


def test_a_role_of_a_user_group_counts_for_those_in_it(bot: Bot) -> None:
    given(bot, "S0LEADS", TeamRole.LEAD)
    assert "Nobody is on it" in told(bot, "deny list", user="U0BOB")
    assert "needs the role lead" in told(bot, "deny list", user="U0ADA")


def test_without_the_scope_for_groups_a_group_s_role_counts_for_nobody(start_bot: Start) -> None:
    bot = start_bot()
    bot.sandbox.post("token", scopes=["chat:write", "commands", "users:read"])
    given(bot, "S0LEADS", TeamRole.LEAD)
    assert "needs the role lead" in told(bot, "deny list", user="U0BOB")


def test_a_role_of_a_channel_counts_there_alone(bot: Bot) -> None:
    given(bot, "C0CASE17", TeamRole.VIEWER)
    assert "needs the role analyst" in told(bot, "example.com", channel="C0CASE17")
    assert "Started" in told(bot, "example.com")


def test_admins_by_setting_give_and_take_roles_and_nobody_else_does(start_bot: Start) -> None:
    bot = start_bot(admin_users=("U0ADA",), default_role="viewer")
    assert "needs the role admin" in told(bot, "role U0BOB admin", user="U0BOB")
    assert "U0BOB is lead now" in told(bot, "role U0BOB lead")
    assert "Started" in told(bot, "example.com", user="U0BOB")
    listed = told(bot, "role")
    assert "U0BOB" in listed
    assert "viewer" in listed
    said = bot.sandbox.post("message", user="U0ADA", channel="C0GENERAL", text="<@U0GUMSHOE> role <@U0BOB> none")
    bot.settle()
    answer = words_of(bot.sandbox.messages(thread_ts=said["ts"], user="U0ADA")[-1])
    assert "U0BOB has no role of its own any more" in answer
    assert "needs the role analyst" in told(bot, "example.org", user="U0BOB")


@pytest.mark.parametrize("text", ["role @bob lead", "role U0BOB boss", "role U0BOB", "role U0BOB lead please"])
def test_a_role_that_is_not_understood_is_not_given(bot: Bot, text: str) -> None:
    given(bot, "U0ADA", TeamRole.ADMIN)
    told(bot, text)
    assert [each.subject for each in bot.store.roles.listed(TEAM)] == ["U0ADA"]


def test_whom_a_lead_puts_on_the_list_nobody_looks_up(bot: Bot) -> None:
    given(bot, "U0BOB", TeamRole.LEAD)
    assert "Say why" in told(bot, "deny add ada@example.com", user="U0BOB")
    assert "Nobody can look up ada[@]example[.]com" in told(bot, "deny add ada@example.com our own staff", user="U0BOB")
    for text in ("ada@example.com because case 17", "Ada+x@Example.com example.org because case 17"):
        answer = told(bot, text)
        assert "is on the list of those whom nobody looks up here" in answer
        assert "Ask a lead" in answer
        assert "staff" not in answer
    assert "is on the list" in told(bot, "ada@example.com plan")
    assert bot.scans() == []
    rows = [(row["verb"], row["rule"], row["reason"]) for row in bot.store.audit.listed(team=TEAM)]
    assert ("scan", "deny list", "case 17") in rows
    assert "our own staff" in told(bot, "deny list", user="U0BOB")
    assert "is no longer on the list" in told(bot, "deny remove ada@example.com", user="U0BOB")
    assert "Started" in told(bot, "ada@example.com because case 17")


def test_a_domain_on_the_list_covers_its_people_and_may_be_scanned_itself(bot: Bot) -> None:
    bot.store.refusals.add("", Target(Kind.DOMAIN, "example.com"), why="our own", by="ada-example")
    assert "is on the list" in told(bot, "bob@example.com because case 17")
    assert "Started" in told(bot, "example.com")


def test_the_list_and_roles_hold_over_http_too(bot: Bot) -> None:
    ada = Program(bot)
    bot.store.refusals.add(TEAM, ADA, why="staff", by="U0BOB")
    asked = {"target": "ada@example.com", "reason": "case 17"}
    body = problem(ada.post("/scan", asked), 403)
    assert (body["rule"], "is on the list" in body["detail"]) == ("deny list", True)
    assert problem(ada.post("/scans", {"targets": [asked["target"]], "reason": "x"}), 403)["rule"] == "deny list"
    given(bot, "U0ADA", TeamRole.VIEWER)
    assert problem(ada.post("/scan", {"target": "example.com"}), 403)["rule"] == "role"
    assert ada.get("/scans").status_code == 200
    assert bot.scans() == []


def test_a_scan_from_before_is_not_run_again(bot: Bot) -> None:
    scan = scanned(bot)
    bot.store.refusals.add(TEAM, ADA, why="staff", by="U0BOB")
    message = bot.post_button("rerun", bot.front.seal(TEAM)(Action("rerun", scan.id, 1)))
    assert "is on the list" in words_of(bot.click(message, "rerun")[-1])
    assert bot.store.scans.get(scan.id).round == 1


@pytest.mark.parametrize("text", ["deny add example", "deny add 192.0.2.1 why", "deny", "deny away ada@example.com"])
def test_what_cannot_be_on_the_list_is_not(bot: Bot, text: str) -> None:
    given(bot, "U0ADA", TeamRole.LEAD)
    told(bot, text)
    assert bot.store.refusals.listed(TEAM) == []


def test_a_target_is_forgotten_after_a_question_with_its_messages(bot: Bot) -> None:
    given(bot, "U0BOB", TeamRole.LEAD)
    scanned(bot)
    messages = len(bot.sandbox.messages())
    answer = bot.sandbox.command("forget ada@example.com", user="U0BOB")["ephemeral"]
    assert "1 scan, 2 messages" in words_of(answer)
    assert len(bot.scans()) == 1
    bot.click(answer, "forget", user="U0BOB")
    assert "Forgotten: 1 scan," in words_of(bot.whispers("U0BOB")[-1])
    assert (bot.scans(), len(bot.sandbox.messages())) == ([], messages - 2)
    rows = bot.store.audit.listed(team=TEAM)
    row = next(row for row in rows if row["outcome"])
    assert (row["verb"], row["user"], row["subject"]) == ("forget", "U0BOB", name_of(ADA))
    assert not any("ada@" in str(each) for row in rows for each in row.values())
    (verified,) = bot.store.chain.verify()
    assert verified.broken == ""
    assert verified.forgotten >= 1


def test_who_is_no_lead_forgets_nothing(bot: Bot) -> None:
    scanned(bot)
    assert "needs the role lead" in told(bot, "forget ada@example.com")
    sealed = bot.front.seal(TEAM)(Action("forget", subject="ada@example.com"))
    assert "needs the role lead" in words_of(bot.click(bot.post_button("forget", sealed), "forget")[-1])
    assert len(bot.scans()) == 1


def test_what_is_being_scanned_is_not_forgotten(bot: Bot) -> None:
    given(bot, "U0ADA", TeamRole.LEAD)
    told(bot, "ada@example.com because case 17")
    assert "is being scanned right now" in told(bot, "forget ada@example.com")


def test_messages_that_slack_keeps_are_counted_and_nothing_is_forgotten_while_slack_is_away(bot: Bot) -> None:
    given(bot, "U0ADA", TeamRole.LEAD)
    scanned(bot)
    sealed = bot.front.seal(TEAM)(Action("forget", subject="ada@example.com"))
    bot.sandbox.fault("chat.delete", "500", times=1)
    assert "Not all is forgotten" in words_of(bot.click(bot.post_button("forget", sealed), "forget")[-1])
    assert len(bot.scans()) == 1
    bot.sandbox.fault("chat.delete", "error", code="cant_delete_message", times=1)
    assert "1 stay in Slack, in C0GENERAL" in words_of(bot.click(bot.post_button("forget", sealed), "forget")[-1])
    assert bot.scans() == []
