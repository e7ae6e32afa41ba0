"""Who may do what, where: each decision is kept, whatever door it came through."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.bot.conftest import Start
from tests.bot.listening import Bot, words_of


def asked(bot: Bot, *, text: str = "example.com", **where: str) -> str:
    """What somebody is told after typing."""
    answer = bot.sandbox.command(text, **where)
    assert answer["status"] == "ok"
    return words_of(answer["ephemeral"])


def test_a_member_may_ask_and_it_is_written_down_with_the_scan(bot: Bot) -> None:
    asked(bot)
    (scan,) = bot.scans()
    (row,) = bot.store.audit.listed(team="T0SANDBOX")
    assert (row["user"], row["channel"], row["verb"], row["decision"]) == ("U0ADA", "C0GENERAL", "scan", "allowed")
    assert row["scan_id"] == scan.id
    assert "example.com" in str(row["subject"])


def test_every_word_of_the_command_is_a_decision(bot: Bot) -> None:
    for word in ("help", "status", "collectors", "history", "cancel"):
        asked(bot, text=word)
    assert [row[1] for row in bot.audit()] == ["cancel", "history", "collectors", "status", "help"]
    assert {row[2] for row in bot.audit()} == {"allowed"}


def test_a_guest_is_refused_every_word_and_told_who_can_help(bot: Bot) -> None:
    for word in ("example.com", "help", "history", "cancel abcdefgh"):
        assert "Guests may not ask me. A member" in asked(bot, text=word, user="U0GUEST")
    assert bot.scans() == []
    assert {(row[0], row[2], row[3]) for row in bot.audit()} == {("U0GUEST", "refused", "guest")}
    assert len(bot.audit()) == 4


def test_guests_may_ask_where_it_is_allowed(start_bot: Start) -> None:
    bot = start_bot(allow_guests=True)
    asked(bot, user="U0GUEST")
    assert len(bot.scans()) == 1


def test_somebody_of_another_workspace_is_refused(bot: Bot) -> None:
    assert "other workspaces may not ask" in asked(bot, user="U0STRANGER", channel="C0SHARED")
    assert bot.audit() == [("U0STRANGER", "scan", "refused", "external")]
    assert bot.scans() == []


def test_a_member_marked_as_a_stranger_is_refused_whatever_team_the_request_names(start_bot: Start) -> None:
    fresh = start_bot()
    fresh.sandbox.post("person", id="U0BOB", is_stranger=True)
    assert "other workspaces" in asked(fresh, user="U0BOB")
    assert fresh.scans() == []


def test_people_of_other_workspaces_may_ask_and_press_their_buttons_where_it_is_allowed(start_bot: Start) -> None:
    bot = start_bot(allow_external=True)
    assert "Started" in asked(bot, user="U0STRANGER", channel="C0SHARED")
    (scan,) = bot.scans()
    assert scan.place.team == "T0SANDBOX"  # the workspace we are installed in: its channel, its buttons
    answer = bot.sandbox.command("64496", user="U0STRANGER", channel="C0SHARED")
    told = bot.click(answer["ephemeral"], "choose:0", user="U0STRANGER", channel="C0SHARED")
    assert "Started: AS64496" in words_of(told[-1])


def test_a_named_workspace_may_ask_and_no_other(start_bot: Start) -> None:
    bot = start_bot(allow_teams=("T0OTHER",))
    assert "Started" in asked(bot, user="U0STRANGER", channel="C0SHARED")
    assert "I do not work for this workspace" in asked(bot, user="U0ADA")
    assert [row[3] for row in bot.audit()] == ["workspace", ""]


def test_only_named_people_may_ask(start_bot: Start) -> None:
    bot = start_bot(allow_users=("U0BOB",))
    assert "not on the list of people" in asked(bot)
    asked(bot, user="U0BOB")
    assert [scan.asker.user for scan in bot.scans()] == ["U0BOB"]
    assert bot.audit()[-1] == ("U0ADA", "scan", "refused", "user")


def test_only_named_channels_and_direct_messages_are_places_to_ask(start_bot: Start) -> None:
    bot = start_bot(allow_channels=("C0CASE17",))
    assert "may not be asked in this channel" in asked(bot)
    assert bot.audit() == [("U0ADA", "scan", "refused", "channel")]
    asked(bot, channel="C0CASE17")
    asked(bot, channel="D0ADA")
    assert {scan.place.channel for scan in bot.scans()} == {"C0CASE17", "D0ADA"}


def test_the_form_opens_from_anywhere_and_is_checked_for_the_place_it_names(start_bot: Start) -> None:
    bot = start_bot(allow_channels=("C0CASE17",))
    bot.sandbox.post("shortcut", user="U0ADA", callback_id="scan_anything")
    bot.settle()
    view = bot.sandbox.get("modal", user="U0ADA")["view"]
    place = {"conversation": {"conversation": {"selected_conversation": "C0GENERAL"}}}
    typed = {"targets": {"targets": {"value": "example.com"}}}
    bot.sandbox.post("submit", user="U0ADA", view_id=view["id"], values=typed | place)
    assert "may not be asked in this channel" in words_of(bot.whispers()[-1])
    assert bot.scans() == []
    assert bot.audit()[0] == ("U0ADA", "scan", "refused", "channel")


def test_a_person_starts_so_many_scans_a_minute_and_others_still_may(start_bot: Start) -> None:
    bot = start_bot(user_scans_per_minute=2)
    asked(bot, text="example.com example.org collectors=dns")
    told = asked(bot, text="example.net")
    assert "You started 2 scans in the last minute; 2 are allowed. Wait a minute." in told
    assert len(bot.scans()) == 2
    assert bot.audit()[0] == ("U0ADA", "scan", "refused", "user rate")
    assert "Started" in asked(bot, text="example.net", user="U0BOB")


def test_a_question_for_more_targets_than_are_left_starts_none(start_bot: Start) -> None:
    bot = start_bot(user_scans_per_minute=2)
    assert "2 are allowed" in asked(bot, text="example.com example.org example.net")
    assert bot.scans() == []


def test_a_channel_starts_so_many_scans_a_minute_whoever_asks(start_bot: Start) -> None:
    bot = start_bot(channel_scans_per_minute=2)
    asked(bot, text="example.com")
    asked(bot, text="example.org", user="U0BOB")
    assert "This channel started 2 scans in the last minute" in asked(bot, text="example.net")
    assert bot.audit()[0][3] == "channel rate"
    assert "Started" in asked(bot, text="example.net", channel="C0CASE17")


def test_commands_sent_side_by_side_do_not_slip_past_the_rate(start_bot: Start) -> None:
    bot = start_bot(user_scans_per_minute=2)
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda number: asked(bot, text=f"host{number}.example.com"), range(8)))
    assert sum("Started" in each for each in told) == 2
    assert len(bot.scans()) == 2


def test_words_that_start_nothing_are_free(start_bot: Start) -> None:
    bot = start_bot(user_scans_per_minute=1)
    for _ in range(5):
        asked(bot, text="status")
    assert "Started" in asked(bot)


def test_without_the_scope_to_know_people_members_may_ask_and_known_outsiders_may_not(start_bot: Start) -> None:
    bot = start_bot()
    bot.sandbox.post("token", scopes=["chat:write", "commands", "app_mentions:read", "files:write"])
    assert "Started" in asked(bot)
    assert "other workspaces" in asked(bot, user="U0STRANGER", channel="C0SHARED")
