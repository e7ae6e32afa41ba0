"""Where an answer may be shown: what a label keeps out of a channel goes to those who may see it, alone."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from core.belongs import Belongs
from core.blocks.cases import case_closed
from core.casefile import for_readers, what_matters
from core.casereport import report
from core.cases import Case, Tlp
from core.clock import now
from core.exports.formats import FORMATS
from core.fingerprints import fingerprint
from core.models import Asker, Outcome, Place, Scan
from core.seal import Action
from core.slack import Alone
from core.verdicts import Judgement
from tasks.beside import gather
from tasks.casework import Outlet, publish, tend
from tasks.exporting import attachment, wish, wished
from tasks.reporter import Reporter
from tests.bot.listening import TEAM, Bot, words_of
from tests.bot.test_buttons import pressed
from tests.core.stores import claimed, finding, opened

KEY = b"an invented key"


def case(bot: Bot, channel: str, tlp: str, **more: Any) -> Case:
    new = Case("", TEAM, "Phish wave", "why", Tlp(tlp), channel, "", "U0ADA", now(), **more)
    made, _ = bot.store.cases.open(new)
    bot.store.cases.add_member(made.id, "U0BOB", by="U0ADA")
    return made


def scanned(bot: Bot, channel: str, tlp: str, *, ends: bool = True, user: str = "U0ADA", **more: Any) -> Scan:
    """A scan of a case with a finding that matters, told."""
    one = case(bot, channel, "green")
    belongs = Belongs(case=one.id, tlp=tlp)
    scan = opened(bot.store, "dns", asker=Asker(user), place=Place(TEAM, channel), belongs=belongs)
    if ends:
        found = [
            finding("x.example.com", severity="high"),
            finding("leak.example.com", direct_only=True, severity="high"),
        ]
        assert bot.store.runs.close(claimed(bot.store, scan), Outcome.FOUND, findings=found)
    deliver(bot, scan)
    return scan


def deliver(bot: Bot, scan: Scan) -> None:
    reporter = Reporter(bot.store, Alone(bot.front.slack), key=KEY, lease=30, calm=0.0)
    bot.run(reporter.deliver(scan.id))


def said(bot: Bot, channel: str) -> list[str]:
    """All that stands in a channel, threads included."""
    every: list[str] = []
    for each in bot.sandbox.messages(channel):
        thread = bot.sandbox.messages(channel, thread_ts=each["ts"]) or [each]
        every += [words_of(one) for one in thread if not one.get("is_ephemeral")]
    return every


@pytest.mark.parametrize(
    ("tlp", "channel", "shown"),
    [
        ("red", "C0GENERAL", False),
        ("red", "C0SHARED", False),
        ("red", "C0PRIVATE", True),
        ("red", "D0ADA", True),
        ("amber+strict", "C0SHARED", False),
        ("amber+strict", "C0GENERAL", True),
        ("amber", "C0SHARED", True),
    ],
)
def test_a_label_stands_only_where_it_may(bot: Bot, tlp: str, channel: str, shown: bool) -> None:
    scanned(bot, channel, tlp)
    there = said(bot, channel)
    label = Tlp(tlp).label
    if shown:
        assert any("x[.]example[.]com" in each for each in there)
        assert all(label in each for each in there)
        return
    (stub,) = there
    assert f"{label}: the answer was sent to those who may see it." in stub
    assert "example" not in stub


def test_who_asked_and_the_members_get_the_thread_each_and_nobody_else(bot: Bot) -> None:
    scanned(bot, "C0GENERAL", "red")
    told = {user: said(bot, f"D0{user}") for user in ("ADA", "BOB", "GUEST", "STRANGER")}
    assert (told["GUEST"], told["STRANGER"]) == ([], [])
    for user in ("ADA", "BOB"):
        parent, reply, summary = told[user]
        assert "example[.]com" in parent
        assert "x[.]example[.]com" in reply
        assert summary.startswith("Summary of")
        assert all("*TLP:RED*" in each for each in told[user])
    # What a direct message alone shows is for who asked, and no other member.
    assert "leak[.]example[.]com" in told["ADA"][1]
    assert not any("leak" in each for each in told["BOB"])


def test_where_nobody_says_what_a_channel_is_it_counts_as_public_and_shared(bot: Bot) -> None:
    scopes = ["chat:write", "commands", "app_mentions:read", "files:write"]
    bot.sandbox.post("token", scopes=scopes)
    scanned(bot, "C0PRIVATE", "red")
    scanned_strict = opened(bot.store, "dns", place=Place(TEAM, "C0CASE17"), belongs=Belongs(tlp="amber+strict"))
    deliver(bot, scanned_strict)
    assert all("example" not in each for each in said(bot, "C0PRIVATE") + said(bot, "C0CASE17"))
    assert len(said(bot, "C0PRIVATE")) == len(said(bot, "C0CASE17")) == 1


def test_told_again_nothing_is_said_twice_and_what_changed_is_edited(bot: Bot) -> None:
    scan = scanned(bot, "C0GENERAL", "red", ends=False)
    before = len(said(bot, "D0BOB"))
    bot.store.desk.again(scan.id)
    deliver(bot, scan)
    assert (before, len(said(bot, "D0BOB"))) == (1, 1)
    assert bot.store.runs.close(claimed(bot.store, scan), Outcome.FOUND, findings=[finding("x.example.com")])
    deliver(bot, scan)
    parent, *rest = said(bot, "D0BOB")
    assert "1 of 1" in parent or "answered" in parent
    assert len(rest) == 2  # the reply and the summary
    (stub,) = said(bot, "C0GENERAL")
    assert "example" not in stub


def test_a_channel_that_became_shared_shows_no_more_of_what_is_to_come(bot: Bot) -> None:
    scan = scanned(bot, "C0PRIVATE", "red", ends=False)
    assert "example[.]com" in said(bot, "C0PRIVATE")[0]
    bot.sandbox.post("channel", id="C0PRIVATE", is_ext_shared=True)
    assert bot.store.runs.close(claimed(bot.store, scan), Outcome.FOUND, findings=[finding("x.example.com")])
    deliver(bot, scan)  # by another process, which does not remember the channel
    (stub,) = said(bot, "C0PRIVATE")
    assert "example" not in stub
    assert len(said(bot, "D0BOB")) == 3


def test_a_member_whom_slack_does_not_reach_keeps_nobody_else_from_being_told(bot: Bot) -> None:
    one = case(bot, "C0GENERAL", "red")
    bot.store.cases.add_member(one.id, "U0AAAGONE", by="U0ADA")
    scan = opened(bot.store, "dns", place=Place(TEAM, "C0GENERAL"), belongs=Belongs(case=one.id, tlp="red"))
    deliver(bot, scan)
    assert [len(said(bot, place)) for place in ("D0ADA", "D0BOB", "C0GENERAL")] == [1, 1, 1]
    assert bot.store.desk.lagging() == 0


def test_buttons_of_a_red_scan_obey_members_alone_wherever_they_press(bot: Bot) -> None:
    scan = scanned(bot, "C0PRIVATE", "red")
    action = Action("rerun", scan.id, 1)
    bot.store.cases.remove_member(scan.belongs.case, "U0BOB")
    assert "TLP:RED" in pressed(bot, action, user="U0BOB", channel="C0PRIVATE")
    assert bot.audit()[0] == ("U0BOB", "rerun", "refused", "tlp")
    bot.store.cases.add_member(scan.belongs.case, "U0BOB", by="U0ADA")
    assert pressed(bot, action, user="U0BOB", channel="D0BOB") == ""
    assert bot.store.scans.get(scan.id).round == 2


def test_history_names_no_red_scan_to_those_in_its_channel(bot: Bot) -> None:
    scan = scanned(bot, "C0GENERAL", "red")
    bot.store.cases.remove_member(scan.belongs.case, "U0BOB")
    told = {user: words_of(bot.sandbox.command("history", user=user)["ephemeral"]) for user in ("U0ADA", "U0BOB")}
    assert "example[.]com" in told["U0ADA"]
    assert "I know of no scan" in told["U0BOB"]


def test_a_closed_case_is_reported_once_where_it_may_speak_and_then_forgotten(bot: Bot) -> None:
    scan = scanned(bot, "C0PRIVATE", "green")
    bot.store.cases.close(scan.belongs.case, by="U0ADA")
    red = case(bot, "C0GENERAL", "red", forgets=True)
    hidden = opened(bot.store, "dns", belongs=Belongs(case=red.id, tlp="red"))
    bot.store.runs.close(claimed(bot.store, hidden), Outcome.NOTHING)
    bot.store.cases.close(red.id, by="U0BOB")
    for _ in range(2):
        for case_id in bot.store.cases.due() or [scan.belongs.case, red.id]:
            bot.run(tend(bot.store, bot.settings, Alone(bot.front.slack), case_id))
    assert sum("Case closed: Phish wave" in each for each in said(bot, "C0PRIVATE")) == 1
    assert not any("Case closed" in each for each in said(bot, "C0GENERAL"))
    for user in ("ADA", "BOB"):
        assert sum("Case closed: Phish wave" in each for each in said(bot, f"D0{user}")) == 1
    with pytest.raises(KeyError):
        bot.store.scans.get(hidden.id)
    assert bot.store.scans.get(scan.id).id == scan.id  # kept for good
    assert bot.store.cases.due() == []


def test_a_thread_says_nothing_of_looks_that_are_marked_more_strictly(bot: Bot) -> None:
    looks = []
    for number, tlp in enumerate(("amber+strict", "green", "amber+strict")):
        scan = opened(bot.store, "dns", asker=Asker(f"U0{number}"), belongs=Belongs(tlp=tlp))
        found = [finding(f"x{number}.example.com")]
        assert bot.store.runs.close(claimed(bot.store, scan), Outcome.FOUND, findings=found)
        looks.append(bot.store.scans.get(scan.id))
    strict, green, again = (gather(bot.store, each) for each in looks)
    assert (strict.before, green.before, green.change) == (None, None, None)
    assert again.before is not None
    assert again.before.scan_id == looks[1].id


def test_members_are_told_nothing_of_what_only_who_asked_looked_at_before(bot: Bot) -> None:
    mine = opened(bot.store, "dns", asker=Asker("U0ADA"), place=Place(TEAM, "D0ADA"), belongs=Belongs(tlp="green"))
    assert bot.store.runs.close(claimed(bot.store, mine), Outcome.FOUND, findings=[finding("old.example.com")])
    deliver(bot, mine)
    before = len(said(bot, "D0ADA"))
    scanned(bot, "C0GENERAL", "red")
    assert any("old[.]example[.]com" in each for each in said(bot, "D0ADA")[before:])  # gone since
    assert not any("old[.]example" in each for each in said(bot, "D0BOB"))


def test_a_file_that_a_member_asks_for_comes_to_them_where_the_channel_may_not_see_it(bot: Bot) -> None:
    scan = scanned(bot, "C0SHARED", "amber+strict")
    assert wish(bot.store, scan.id, FORMATS["json"], by="U0BOB", key="a click")
    make = partial(attachment, bot.store, bot.settings)
    reporter = Reporter(bot.store, Alone(bot.front.slack), key=KEY, lease=30, calm=0.0, attachments=make)
    for _ in range(2):
        bot.run(reporter.deliver(scan.id))
        bot.store.desk.again(scan.id)
    files = {
        place: str([each.get("files") for each in threads(bot, place)]) for place in ("C0SHARED", "D0ADA", "D0BOB")
    }
    assert {place: told.count("of this scan") for place, told in files.items()} == {
        "C0SHARED": 0,
        "D0ADA": 0,
        "D0BOB": 1,
    }
    assert wished(bot.store.desk.said(scan.id)) == []


def threads(bot: Bot, channel: str) -> list[dict[str, Any]]:
    return [
        one
        for each in bot.sandbox.messages(channel)
        for one in bot.sandbox.messages(channel, thread_ts=each["ts"]) or [each]
    ]


def test_on_its_last_day_a_case_is_reminded_of_once_in_its_place(bot: Bot) -> None:
    one = case(bot, "C0PRIVATE", "green", until=now())
    assert bot.store.cases.due() == [one.id]
    for _ in range(2):
        bot.run(tend(bot.store, bot.settings, Alone(bot.front.slack), one.id))
    assert sum("was to end by today: Phish wave" in each for each in said(bot, "C0PRIVATE")) == 1
    assert bot.store.cases.due() == []


def test_a_report_whose_teller_died_before_it_is_said_and_only_then_all_is_forgotten(bot: Bot) -> None:
    one = case(bot, "C0PRIVATE", "green", forgets=True)
    scan = opened(bot.store, "dns", place=Place(TEAM, "C0PRIVATE"), belongs=Belongs(case=one.id, tlp="green"))
    bot.store.cases.close(one.id, by="U0ADA")
    bot.run(tend(bot.store, bot.settings, Alone(bot.front.slack), one.id))
    assert closings(bot) == []  # the report is the last that is seen of it: it waits for the scan
    bot.store.runs.close(claimed(bot.store, scan), Outcome.FOUND, findings=[finding("x.example.com")])
    assert bot.store.cases.take(one.id, "reported_at", lease=0) == 1
    bot.run(tend(bot.store, bot.settings, Alone(bot.front.slack), one.id))
    (closing,) = closings(bot)
    names = [each["name"] for each in files_below(bot, closing)]
    assert [name.rpartition(".")[2] for name in names] == ["md", "json"]
    with pytest.raises(KeyError):
        bot.store.scans.get(scan.id)


def test_a_report_whose_teller_died_after_it_stands_once(bot: Bot) -> None:
    one = case(bot, "C0PRIVATE", "green")
    bot.store.cases.close(one.id, by="U0ADA")
    whole = for_readers(bot.store.casefiles.read(one.id), lambda _: True)
    message = case_closed(whole, report(whole, {}, now=now()))
    assert bot.store.cases.take(one.id, "reported_at", lease=0) == 1
    keep, place = partial(bot.store.casefiles.posted, one.id), Outlet("C0PRIVATE", "", lambda _: True)
    bot.run(publish(bot.front.slack, place, message, slot=f"case/{one.id}/reported_at", keep=keep))
    bot.run(tend(bot.store, bot.settings, Alone(bot.front.slack), one.id))
    (closing,) = closings(bot)
    assert len(files_below(bot, closing)) == 1
    assert bot.store.cases.due() == []


def test_what_was_set_aside_is_no_more_what_matters_in_a_case(bot: Bot) -> None:
    scan = scanned(bot, "C0PRIVATE", "green")
    everything = bot.store.scans.get(scan.id)
    whole = for_readers(bot.store.casefiles.read(scan.belongs.case), lambda _: True)
    assert [str(each.severity) for _, each in what_matters(whole.scans)] == ["high"]
    mark = fingerprint(everything.runs[0].findings[0])
    bot.store.verdicts.judge(everything, mark, Judgement.FALSE, user="U0BOB")
    whole = for_readers(bot.store.casefiles.read(scan.belongs.case), lambda _: True)
    assert what_matters(whole.scans) == []
    assert "judged: x" in report(whole, {}, now=now()).content.decode()


def closings(bot: Bot) -> list[dict[str, Any]]:
    return [each for each in bot.sandbox.messages("C0PRIVATE") if "Case closed" in words_of(each)]


def files_below(bot: Bot, head: dict[str, Any]) -> list[dict[str, Any]]:
    thread = bot.sandbox.messages("C0PRIVATE", thread_ts=head["ts"])
    return [shared for each in thread for shared in each.get("files", [])]


def test_what_slack_does_not_take_now_is_tried_again(bot: Bot) -> None:
    one = case(bot, "C0PRIVATE", "green")
    bot.store.cases.close(one.id, by="U0ADA")
    bot.sandbox.fault("chat.postMessage", "429", retry_after="700")
    bot.run(tend(bot.store, bot.settings, Alone(bot.front.slack), one.id))
    assert bot.store.cases.due() == [one.id]
