"""The Home tab: one person's scans and the collectors, or the reason why there is nothing to see."""

from __future__ import annotations

import re

from tests.bot.conftest import Start
from tests.bot.listening import Bot, words_of


def home(bot: Bot, user: str = "U0ADA") -> str:
    """What somebody sees who looks at the Home tab."""
    answer = bot.sandbox.post("home", user=user)
    assert answer["status"] == "ok"
    bot.settle()
    return words_of(bot.sandbox.get("home", user=user))


def test_a_newcomer_sees_how_to_begin_and_who_can_be_asked(bot: Bot) -> None:
    told = home(bot)
    assert "You have not scanned anything yet" in told
    assert re.search(r"\d+ of \d+ ready", told)


def test_one_s_own_scans_are_shown_and_nobody_else_s(bot: Bot) -> None:
    bot.sandbox.command("example.com")
    bot.end(bot.scans()[0])
    bot.sandbox.command("example.org")
    bot.sandbox.command("vanished.test", user="U0BOB")
    told = home(bot)
    assert told.index("Running") < told.index("example[.]org") < told.index("Recent") < told.index("example[.]com")
    assert "vanished" not in told


def test_somebody_who_may_not_ask_sees_why(bot: Bot) -> None:
    assert "Guests may not ask me" in home(bot, "U0GUEST")
    assert "other workspaces may not ask me" in home(bot, "U0STRANGER")
    assert {row[3] for row in bot.audit()} == {"guest", "external"}


def test_the_home_tab_is_open_also_where_only_some_channels_are(start_bot: Start) -> None:
    assert "Your scans" in home(start_bot(allow_channels=("C0CASE17",)))


def test_a_view_that_slack_does_not_take_at_once_is_sent_again(bot: Bot) -> None:
    bot.sandbox.fault("views.publish", "500")
    assert "Your scans" in home(bot)


def test_slack_that_refuses_the_view_breaks_nothing(bot: Bot) -> None:
    bot.sandbox.fault("views.publish", "error", code="user_not_found")
    bot.sandbox.post("home", user="U0ADA")
    bot.settle()
    assert bot.sandbox.get("home", user="U0ADA") is None
    assert "Your scans" in home(bot)
