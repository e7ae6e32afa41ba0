"""Whoever reads Slack in Spanish is answered in Spanish, and their scans keep that; everybody else reads English."""

from __future__ import annotations

from functools import partial

from bot.guard import Who
from bot.once import late
from core.exports.formats import FORMATS
from core.language import speaking, spoken
from core.models import Asker, Kind, Outcome, Place, Scan, Target
from tasks.exporting import attachment, wish
from tasks.reporter import Reporter
from tasks.scan import Wish
from tasks.scan import start as begin
from tasks.tongue import as_read_by
from tests.bot.conftest import Start
from tests.bot.listening import TEAM, Bot, words_of

HERE = Place(TEAM, "C0GENERAL")
ENGLISH = ("could not", "Re-Run", '"Cancel"', "answered", "It needs a key", "the source", "Skipped", "Round")


def test_a_scan_keeps_the_language_of_whoever_asked(bot: Bot) -> None:
    for user in ("U0EVA", "U0ADA"):
        bot.sandbox.command("example.com", user=user)
    assert {scan.asker.user: scan.asker.language for scan in bot.scans()} == {"U0EVA": "es", "U0ADA": "en"}
    bot.settle()
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


def asked(bot: Bot, text: str, user: str) -> str:
    return words_of(bot.sandbox.command(text, user=user)["ephemeral"])


def told(bot: Bot, scan: Scan) -> list[dict[str, object]]:
    """The scan's thread as the reporter leaves it."""
    make = partial(attachment, bot.store, bot.settings)
    key, front = bot.settings.seal_key, bot.front
    reporter = Reporter(bot.store, front.workspaces, key=key, lease=30, calm=0.0, attachments=make)
    bot.run(reporter.deliver(scan.id))
    return bot.sandbox.messages("C0GENERAL", thread_ts=bot.store.desk.said(scan.id)["parent"].ts)


def test_a_scan_is_told_in_its_askers_language_and_each_reader_is_answered_in_their_own(bot: Bot) -> None:
    asked(bot, "192.0.2.10", "U0EVA")  # of all collectors: some lack a key
    (scan,) = bot.scans()
    running = words_of(told(bot, scan)[0])
    assert '"Cancelar"' in running
    assert "You have no scan running." in asked(bot, "cancel", "U0ADA")
    assert "192.0.2.10 ya se está escaneando" in asked(bot, "192.0.2.10", "U0EVA").replace("[.]", ".")
    bot.end(scan, Outcome.FAILED)
    thread = told(bot, scan)
    parent, *replies = map(words_of, thread)
    assert '"Repetir"' in parent
    assert any("Necesita una clave. Un administrador puede obtener una en" in each for each in replies)
    assert all(run.message.startswith("It needs a key.") for run in scan.runs if run.reason == "no_key")
    assert sum("no se pudo mirar" in each for each in replies) > 1
    assert [(word, each) for each in (running, parent, *replies) for word in ENGLISH if word in each] == []

    first = thread[0]
    assert bot.click(first, "rerun", user="U0ADA") == []
    (hers,) = bot.click(first, "rerun", user="U0ADA")
    assert "You have already run this again, as round 2." in words_of(hers)
    (theirs,) = bot.click(first, "rerun", user="U0EVA")
    assert "Esto ya se repitió, como ronda 2." in words_of(theirs)
    again = " ".join(map(words_of, told(bot, scan)[len(thread) :]))
    assert "<@U0ADA>" in again  # Ada's round, in Eva's thread
    assert "Ronda 2" in again


def test_a_file_is_english_in_a_thread_that_is_not(bot: Bot) -> None:
    asked(bot, "example.com collectors=dns", "U0EVA")
    (scan,) = bot.scans()
    bot.end(scan, Outcome.NOTHING)
    assert wish(bot.store, scan.id, FORMATS["markdown"], by="U0ADA", key="a click")
    assert "Markdown de este escaneo" in str(told(bot, scan))
    with speaking("es"):
        made = attachment(bot.store, bot.settings, scan, next(iter(bot.store.desk.said(scan.id).values())))
    assert b"Scan of example" in made.content


def test_what_is_late_is_said_in_the_readers_language_as_far_as_it_is_known(bot: Bot) -> None:
    asked(bot, "status", "U0EVA")
    assert "No pude averiguarlo a tiempo." in late(bot.front, Who("U0EVA", HERE)).text
    assert "I could not find this out in time." in late(bot.front, Who("U0BOB", HERE)).text


def test_nobody_in_front_of_it_a_process_speaks_as_who_made_it_reads(bot: Bot) -> None:
    asked(bot, "example.com collectors=dns", "U0EVA")
    bot.settle()
    for user, fallback, language in (("U0EVA", "en", "es"), ("U0BOB", "es", "es"), ("U0BOB", "en", "en")):
        with as_read_by(bot.store, TEAM, user, fallback=fallback):
            assert spoken() == language
