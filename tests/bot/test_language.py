"""Whoever reads Slack in Spanish is answered in Spanish, and their scans keep that; everybody else reads English."""

from __future__ import annotations

from core.models import Asker, Kind, Place, Target
from tasks.scan import Wish
from tasks.scan import start as begin
from tests.bot.conftest import Start
from tests.bot.listening import Bot, words_of


def test_a_scan_keeps_the_language_of_whoever_asked(bot: Bot) -> None:
    for user in ("U0EVA", "U0ADA"):
        bot.sandbox.command("example.com", user=user)
    assert {scan.asker.user: scan.asker.language for scan in bot.scans()} == {"U0EVA": "es", "U0ADA": "en"}
    assert bot.store.mine.language("T0SANDBOX", "U0EVA") == "es"
    assert bot.store.mine.language("T0SANDBOX", "U0BOB") == ""


def test_a_refusal_is_in_the_readers_language(start_bot: Start) -> None:
    bot = start_bot(allow_users=["U0NOBODY"])
    told = {user: words_of(bot.sandbox.command("status", user=user)["ephemeral"]) for user in ("U0EVA", "U0ADA")}
    assert "Falta el permiso para preguntarme." in told["U0EVA"]
    assert "You are not on the list of people who may ask me." in told["U0ADA"]


def test_whose_language_is_not_known_reads_that_of_the_setting(start_bot: Start) -> None:
    """As the terminal's and the API's, which ask in nobody's language."""
    bot = start_bot(slack_language="es")
    bot.sandbox.command("example.com", user="U0ADA")
    wish = Wish((Target(Kind.DOMAIN, "example.net"),), Asker("terminal"), Place("T0SANDBOX", "C0GENERAL"), "terminal")
    begin(bot.store, bot.settings, wish)
    assert {scan.asker.user: scan.asker.language for scan in bot.scans()} == {"U0ADA": "en", "terminal": "es"}
