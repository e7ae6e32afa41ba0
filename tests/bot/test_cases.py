"""Cases in Slack: opened, looked at, noted, handed over and closed, by who may, with every decision written down."""

from __future__ import annotations

from typing import Any

import pytest

from core.cases import Case, Tlp
from core.models import Outcome, Place
from tasks.posting import Posting
from tests.bot.listening import TEAM, Bot, words_of
from tests.bot.test_forms import form, submitted
from tests.bot.test_mentions import ME, mention, say
from tests.core.stores import claimed, finding
from tests.servers import until

OPEN = 'open "Phish wave" purpose="who is behind it"'


def told(bot: Bot, text: str, *, user: str = "U0ADA", channel: str = "C0GENERAL") -> str:
    """What the person alone is told who types /case."""
    answer = bot.sandbox.post("command", user=user, channel=channel, text=text, command="/case")
    assert answer["status"] == "ok", answer
    bot.settle()
    return words_of(answer["ephemeral"]) if answer["ephemeral"] else ""


def here(bot: Bot, channel: str = "C0GENERAL", thread_ts: str = "") -> Case:
    found = bot.store.cases.bound(Place(TEAM, channel, thread_ts))
    assert found is not None
    return found


def posted(bot: Bot, channel: str = "C0GENERAL", **where: str) -> list[str]:
    bot.settle()
    return [words_of(each) for each in bot.sandbox.messages(channel, **where) if not each.get("is_ephemeral")]


def test_a_case_is_opened_where_it_is_typed_and_all_there_are_told(bot: Bot) -> None:
    assert "Opened the case Phish wave, TLP:AMBER" in told(bot, f"{OPEN} tlp=amber until=2099-01-31 keep=90d")
    case = here(bot)
    assert (case.title, case.purpose, case.tlp, case.opened_by) == (
        "Phish wave",
        "who is behind it",
        Tlp.AMBER,
        "U0ADA",
    )
    assert (str(case.until)[:10], case.keep_days, case.forgets) == ("2099-01-31", 90, False)
    assert case.members == {"U0ADA"}
    (card,) = posted(bot)
    for part in ("Case opened: Phish wave", "*TLP:AMBER*", "who is behind it", "2099-01-31", "forgotten in 90 days"):
        assert part in card
    assert ("U0ADA", "case open", "allowed", "") in bot.audit()
    assert "belongs to the case Phish wave" in told(bot, 'open "Another" purpose="x"', user="U0BOB")


def test_scans_that_start_there_belong_to_it_and_are_marked_no_more_loosely(bot: Bot) -> None:
    told(bot, f"{OPEN} tlp=amber")
    for text in (
        "example.com collectors=dns",
        "example.org collectors=dns tlp=red",
        "example.net collectors=dns tlp=clear",
    ):
        bot.sandbox.command(text)
    bot.sandbox.command("192.0.2.1 collectors=dns", channel="C0CASE17")
    marks = {scan.target.value: (scan.belongs.case == here(bot).id, scan.belongs.tlp) for scan in bot.scans()}
    assert marks == {
        "example.com": (True, "amber"),
        "example.org": (True, "red"),
        "example.net": (True, "amber"),
        "192.0.2.1": (False, "green"),
    }
    assert {scan.belongs.members for scan in bot.scans() if scan.belongs.case} == {frozenset({"U0ADA"})}


def test_in_a_thread_a_mention_binds_the_case_to_the_thread(bot: Bot) -> None:
    ts = say(bot, "look at this")
    assert "Opened the case Phish wave" in mention(bot, f"{ME} case {OPEN}", thread_ts=ts)
    assert here(bot, thread_ts=ts).thread_ts == ts
    assert bot.store.cases.bound(Place(TEAM, "C0GENERAL")) is None
    mention(bot, f"{ME} example.com collectors=dns", thread_ts=ts)
    bot.sandbox.command("example.org collectors=dns")
    assert {scan.target.value: bool(scan.belongs.case) for scan in bot.scans()} == {
        "example.com": True,
        "example.org": False,
    }
    assert "needs a purpose" in mention(bot, f'{ME} case open "x"', thread_ts=say(bot, "another"))


def test_the_purpose_that_is_missing_is_asked_for_in_a_form(bot: Bot) -> None:
    assert told(bot, "open “Phish wave” tlp=red forget") == ""
    view = form(bot)
    assert "Phish wave" in str(view)
    assert "TLP:RED" in str(
        next(each["element"]["initial_option"] for each in view["blocks"] if each["block_id"] == "tlp")
    )
    chosen = {"tlp": {"tlp": {"selected_option": "amber"}}, "keep": {"keep": {"value": "7"}}}
    said = {"title": {"title": {"value": "Phish wave"}}, "purpose": {"purpose": {"value": "who is behind it"}}}
    assert submitted(bot, view, said | chosen) == {}
    case = here(bot)
    assert (case.purpose, case.tlp, case.keep_days, case.forgets) == ("who is behind it", Tlp.AMBER, 7, True)
    assert "Opened the case" in words_of(bot.whispers()[-1])


def test_an_older_manifest_reaches_all_by_scan_case(bot: Bot) -> None:
    assert "Opened the case" in words_of(bot.sandbox.command(f"case {OPEN}")["ephemeral"])
    assert "Phish wave" in words_of(bot.sandbox.command("case status")["ephemeral"])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('open purpose="x"', "needs a title"),
        (f"{OPEN} tlp=pink", 'no label "pink"'),
        (f"{OPEN} until=tomorrow", "Write it so: until=2027-01-31"),
        (f"{OPEN} until=2001-01-01", "is over already"),
        (f"{OPEN} keep=ever", "Write it so: keep=90d"),
        (f"{OPEN} owner=ada", 'do not know "owner="'),
        ("oepn x", "See /case help"),
        ("note", "Write what to note"),
        ("note something", "There is no case here"),
        ("members add @bob", "choose the person"),
        ("members add", "Name who"),
        ("close", "There is no case here"),
    ],
)
def test_what_cannot_be_done_says_what_to_do(bot: Bot, text: str, says: str) -> None:
    assert says in told(bot, text)
    assert bot.store.cases.bound(Place(TEAM, "C0GENERAL")) is None


def test_a_message_becomes_a_note_once_with_its_author_and_link(bot: Bot) -> None:
    told(bot, OPEN)
    ts = say(bot, "The mail came from <http://mail.example.com|mail.example.com> &amp; others")
    for user in ("U0ADA", "U0BOB"):
        press = bot.sandbox.post("shortcut", user=user, callback_id="case_note", channel="C0GENERAL", ts=ts)
        assert press["status"] == "ok"
        bot.settle()
    (note,) = bot.store.casefiles.read(here(bot).id).notes
    assert (note.user, note.author) == ("U0ADA", "U0BOB")
    assert "http://mail.example.com" in note.text
    assert "& others" in note.text
    assert ts.replace(".", "") in note.link
    assert "Kept as a note" in words_of(bot.whispers()[-1])
    assert "is a note of the case" in words_of(bot.whispers("U0BOB")[-1])


def test_only_members_let_others_in_and_close(bot: Bot) -> None:
    told(bot, OPEN)
    for text in ("members add <@U0BOB|bob>", "close", "hand over <@U0BOB|bob>"):
        assert "Only members" in told(bot, text, user="U0BOB")
    assert bot.audit()[0] == ("U0BOB", "case hand over", "refused", "case member")
    assert "Added to the case" in told(bot, "members add <@U0BOB|bob>")
    assert here(bot).members == {"U0ADA", "U0BOB"}
    for outsider in ("U0GUEST", "U0STRANGER"):
        assert "can be no member" in told(bot, f"members add <@{outsider}>")
    assert here(bot).members == {"U0ADA", "U0BOB"}
    assert "Taken out" in told(bot, "members remove <@U0ADA|ada>", user="U0BOB")
    assert "Only members" in told(bot, "close")
    assert "the last one" in told(bot, "members remove <@U0BOB>", user="U0BOB")


def test_a_red_case_says_nothing_to_others_and_nothing_in_a_public_channel(bot: Bot) -> None:
    told(bot, f"{OPEN} tlp=red")
    assert posted(bot) == []
    assert "Phish wave" in posted(bot, "D0ADA")[0]
    for text in ("status", "note x", "report", "members"):
        said = told(bot, text, user="U0BOB")
        assert "only its members may look" in said
        assert "Phish" not in said
    assert "belongs to another case" in told(bot, 'open "Mine" purpose="x"', user="U0BOB")
    assert "Phish wave" in told(bot, "status")


def test_the_status_shows_each_reader_what_they_may_see(bot: Bot) -> None:
    told(bot, OPEN)
    bot.sandbox.command("secret.example.com collectors=dns tlp=red")
    bot.sandbox.command("example.com collectors=dns")
    for reader, seen in (("U0ADA", True), ("U0BOB", False)):
        said = told(bot, "status", user=reader)
        assert ("secret[.]example[.]com" in said) is seen
        assert ("1 scan left out" in said) is not seen
        assert "example[.]com" in said


def test_the_report_leaves_out_what_the_channel_may_not_see_and_sends_it_to_who_asked(bot: Bot) -> None:
    told(bot, OPEN)
    for name, tlp in (("secret.example.com", "red"), ("example.com", "green")):
        bot.sandbox.command(f"{name} collectors=dns tlp={tlp}")
        held = claimed(bot.store, bot.store.scans.get(bot.scans()[0].id))
        bot.store.runs.close(held, Outcome.FOUND, findings=[finding(f"x.{name}", severity="high")])
    assert "Making the report" in told(bot, "report")
    files = {place: file_of(bot, place) for place in ("C0GENERAL", "D0ADA")}
    assert "x[.]example[.]com" in files["C0GENERAL"]
    assert "secret" not in files["C0GENERAL"]
    assert "keeps them from these readers: 1" in files["C0GENERAL"]
    assert "x[.]secret[.]example[.]com" in files["D0ADA"]


def file_of(bot: Bot, channel: str) -> str:
    """The text of the file on the newest thread there."""
    roots = [
        each for each in bot.sandbox.messages(channel) if not each.get("is_ephemeral") and "Report" in words_of(each)
    ]
    thread = bot.sandbox.messages(channel, thread_ts=roots[-1]["ts"])
    (file,) = [shared for each in thread for shared in each.get("files", [])]
    text: str = bot.run(_read(bot, file))
    return text


async def _read(bot: Bot, file: dict[str, Any]) -> str:
    shared = await bot.front.slack.file(file["id"])
    return (await bot.front.slack.download(shared, cap=1_000_000)).decode()


def test_the_shift_card_says_what_ran_what_is_open_and_who_knows(bot: Bot) -> None:
    told(bot, OPEN)
    bot.sandbox.command("example.com collectors=dns")
    bot.end(bot.scans()[0], Outcome.FAILED)
    bot.sandbox.command("example.org collectors=dns")
    told(bot, "note the registrar was asked")
    told(bot, "hand over <@U0BOB|bob>")
    card = posted(bot)[-1]
    for part in (
        *("Shift: Phish wave", "Ran so far", "example[.]com", "could not look: dns", "Still running", "example[.]org"),
        *("Not looked at in full", "the registrar was asked", "to <@U0BOB>", "Who knows"),
    ):
        assert part in card
    assert here(bot).members == {"U0ADA", "U0BOB"}
    told(bot, "hand over", user="U0BOB")
    assert "Ran since the last hand-over" not in posted(bot)[-1]  # nothing did
    assert "0 scans ran" in posted(bot)[-1]


def test_what_a_dying_bot_did_not_say_of_a_case_is_said_by_another_process(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def died(_posting: Posting) -> None:
        """Killed before it posted."""

    with monkeypatch.context() as dying:
        dying.setattr(Posting, "post_due", died)
        told(bot, OPEN)
        told(bot, "hand over <@U0BOB|bob>")
        until("the shift changed", lambda: here(bot).handed_at)
        assert posted(bot) == []
    for _ in range(2):
        bot.run(Posting(bot.store, bot.front.workspaces).post_due())
    opened, shift = posted(bot)
    assert "Case opened: Phish wave" in opened
    assert "Shift: Phish wave" in shift


def test_closing_is_done_once_and_hints_at_the_report(bot: Bot) -> None:
    told(bot, OPEN)
    case = here(bot)
    assert "Its report follows" in told(bot, "close")
    assert ("tasks.casework.tend", case.id) in bot.queued()
    assert "There is no case here" in told(bot, "close")
    assert "Closed" in told(bot, "status")  # one may still look at it
