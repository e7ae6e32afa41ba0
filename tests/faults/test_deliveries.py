"""Slack delivers again, to another process, in another order, under other ids; and processes die in between."""

from __future__ import annotations

import signal
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from core.models import Scan
from tests.faults.breaking import assert_told_once, called, ended, expected, slots
from tests.running import Gumshoe
from tests.servers import Part, Postgres, Redis, Sandbox, Sources, free_port, until

TWO = ("bot", "second")  # processes that listen side by side
RATE = 5
ONE = "example.org collectors=whois"
MENTION = f"<@U0GUMSHOE> {ONE}"


@pytest.fixture(scope="module")
def system(
    tmp_path_factory: pytest.TempPathFactory, redis_server: Redis, sources: Sources, postgres: Postgres
) -> Iterator[Gumshoe]:
    """Two bots before one Postgres, where two writers really write at once."""
    more = {"DATABASE_URL": postgres.new_database(), "USER_SCANS_PER_MINUTE": str(RATE)}
    folder = tmp_path_factory.mktemp("system")
    with Sandbox() as sandbox, Gumshoe(folder, redis_server, sandbox, sources, **more) as running:
        yield running


@pytest.fixture
def gumshoe(system: Gumshoe) -> Gumshoe:
    """The running system before an empty workspace, both bots alive."""
    system.start_over()
    both_up(system)
    return system


def both_up(gumshoe: Gumshoe) -> None:
    """Start what is dead of the two bots, and wait until Slack sees both."""
    for name in TWO:
        part = gumshoe.parts.get(name)
        if part is None or part.process.poll() is not None:
            start(gumshoe, name)
    until("both bots to hear", lambda: lines(gumshoe) == 2)


def start(gumshoe: Gumshoe, name: str) -> None:
    port = gumshoe.port if name == "bot" else free_port()
    words = [sys.executable, "-m", "bot", "serve"]
    folder = gumshoe.parts["bot"].log.parent
    gumshoe.parts[name] = Part(name, words, folder, env=gumshoe.env | {"HTTP_PORT": str(port)})


def lines(gumshoe: Gumshoe) -> int:
    """How many connections Slack has to us."""
    return int(gumshoe.sandbox.post("socket", action="undeaf")["connections"])


def crowd(gumshoe: Gumshoe, people: int = 1) -> list[str]:
    """New people, whom no bot has met."""
    return list(gumshoe.sandbox.post("crowd", people=people)["people"])


def again(gumshoe: Gumshoe, kind: str, *, same_ids: bool, last: int = 1) -> list[dict[str, Any]]:
    """Slack sends the latest of this kind to both bots once more, three times at once and then three times in turn."""
    wanted = {"kind": kind, "same_ids": same_ids, "last": last, "scramble": True}
    together = gumshoe.at_once(lambda _: gumshoe.sandbox.post("redeliver", **wanted), times=3)
    acks = [ack for told in together for ack in told["acks"]]
    acks += gumshoe.sandbox.post("redeliver", times=3, **wanted)["acks"]
    assert {ack["status"] for ack in acks} == {"ok"}
    return acks


def assert_said_once(gumshoe: Gumshoe, scan: Scan) -> None:
    """Each slot of the scan stands once, in whatever thread it was asked."""
    whole = gumshoe.store.scans.get(scan.id, all_rounds=True)
    assert Counter(slots(gumshoe, scan.id)) == dict.fromkeys(expected(whole), 1)


def audited(gumshoe: Gumshoe, user: str) -> list[tuple[object, object]]:
    """What this person did, oldest first, with the guard's word on it."""
    rows = gumshoe.store.audit.listed(team="T0SANDBOX")[::-1]
    return [(row["verb"], row["decision"]) for row in rows if row["user"] == user]


def receipts(gumshoe: Gumshoe, user: str) -> list[dict[str, Any]]:
    """What this person was shown of what was started, beside the answers to commands."""
    shown = called(gumshoe, "chat.postEphemeral", match="Started")
    return [call for call in shown if call["args"]["user"] == user and call["ok"]]


@pytest.mark.fault("One person types the same in two processes at once", keeps=("twice", "answer"))
def test_the_same_words_typed_eight_times_at_once_are_one_scan(gumshoe: Gumshoe) -> None:
    (user,) = crowd(gumshoe)
    answers = gumshoe.at_once(lambda _: gumshoe.sandbox.command(ONE, user=user), times=8)
    assert {each["status"] for each in answers} == {"ok"}
    assert Counter(each["ephemeral"]["text"].split(":")[0] for each in answers) == {
        "Started": 1,
        "Nothing was started.": 7,
    }
    (scan,) = gumshoe.ended(1)
    assert_told_once(gumshoe, scan)
    assert audited(gumshoe, user) == [("scan", "allowed")]


@pytest.mark.fault("One person asks too much in two processes at once", keeps=("bounds", "honest"))
def test_rates_hold_though_two_processes_count(gumshoe: Gumshoe) -> None:
    (user,) = crowd(gumshoe)

    def ask(number: int) -> dict[str, Any]:
        return gumshoe.sandbox.command(f"host{number}.example.org collectors=whois", user=user)

    answers = gumshoe.at_once(ask, times=16)
    texts = [each["ephemeral"]["text"] for each in answers]
    assert sum(text.startswith("Started") for text in texts) == RATE
    refused = [text for text in texts if not text.startswith("Started")]
    assert {"5 are allowed. Wait a minute." in text for text in refused} == {True}
    assert len(gumshoe.scans()) == RATE
    assert Counter(audited(gumshoe, user)) == {("scan", "allowed"): RATE, ("scan", "refused"): 16 - RATE}
    until("all to end", lambda: all(scan.finished_at for scan in gumshoe.scans()))


@pytest.mark.fault("Slack delivers a command again", keeps=("twice", "answer"))
def test_a_command_delivered_again_is_one_scan_with_the_same_receipt(gumshoe: Gumshoe) -> None:
    (user,) = crowd(gumshoe)
    first = gumshoe.sandbox.command(ONE, user=user)["ephemeral"]["text"]
    copies = again(gumshoe, "command", same_ids=True)
    assert {each["response"]["text"] for each in copies} == {first}
    assert all("was started" in each["response"]["text"] for each in again(gumshoe, "command", same_ids=False))
    (scan,) = gumshoe.ended(1)
    assert_told_once(gumshoe, scan)
    assert audited(gumshoe, user) == [("scan", "allowed")]


@pytest.mark.fault("Slack delivers a mention again", keeps=("twice",))
def test_a_mention_delivered_again_is_one_scan_and_one_receipt(gumshoe: Gumshoe) -> None:
    (user,) = crowd(gumshoe)
    gumshoe.sandbox.post("message", user=user, channel="C0GENERAL", text=MENTION)
    for same_ids in (True, False):
        again(gumshoe, "event", same_ids=same_ids)
    (scan,) = gumshoe.ended(1)
    again(gumshoe, "event", same_ids=False)  # the scan has ended
    assert_said_once(gumshoe, scan)
    assert len(receipts(gumshoe, user)) == 1
    assert audited(gumshoe, user) == [("scan", "allowed")]


@pytest.mark.fault("Slack delivers clicks again", keeps=("twice",))
def test_clicks_delivered_again_do_what_they_did_once_and_say_nothing_more(gumshoe: Gumshoe) -> None:
    (user,) = crowd(gumshoe)
    gumshoe.sandbox.command(ONE, user=user)
    (scan,) = gumshoe.ended(1)
    gumshoe.click("rerun", gumshoe.parents()[0], user=user)
    for same_ids in (True, False):
        again(gumshoe, "interaction", same_ids=same_ids)
    assert ended(gumshoe, scan.id, number=2).round == 2
    gumshoe.click("rerun", gumshoe.parents()[0], user=user)
    again(gumshoe, "interaction", same_ids=True, last=2)  # both clicks, the newest first
    assert_told_once(gumshoe, ended(gumshoe, scan.id, number=3))
    assert [each["text"] for each in gumshoe.whispers(user)[1:]] == []  # but for the command's receipt
    assert audited(gumshoe, user) == [("scan", "allowed")] * 3


@pytest.mark.fault("Slack delivers shortcuts and forms again", keeps=("twice",))
def test_a_shortcut_opens_one_form_and_a_form_sent_again_starts_one_scan(gumshoe: Gumshoe) -> None:
    (user,) = crowd(gumshoe)
    gumshoe.sandbox.post("shortcut", user=user, callback_id="scan_anything")
    for same_ids in (True, False):
        again(gumshoe, "interaction", same_ids=same_ids)
    until("the form to open", lambda: gumshoe.modal(user))
    stack = gumshoe.sandbox.get("modal", user=user)["stack"]
    assert len(stack) == 1
    place = {"conversation": {"conversation": {"selected_conversation": "C0GENERAL"}}}
    values = {"targets": {"targets": {"value": "example.org"}}} | place
    assert not gumshoe.sandbox.post("submit", user=user, view_id=stack[0]["id"], values=values)["errors"]
    for same_ids in (True, False):
        again(gumshoe, "interaction", same_ids=same_ids)
    until("the receipt", lambda: receipts(gumshoe, user))
    (scan,) = gumshoe.ended(1)
    again(gumshoe, "interaction", same_ids=False)
    assert_told_once(gumshoe, scan)
    assert len(receipts(gumshoe, user)) == 1
    assert audited(gumshoe, user) == [("form", "allowed"), ("scan", "allowed")]


@pytest.mark.fault("Slack delivers the opening of the Home tab again", keeps=("twice",))
def test_a_home_opened_again_and_again_is_one_look(gumshoe: Gumshoe) -> None:
    (user,) = crowd(gumshoe)
    gumshoe.sandbox.post("home", user=user)
    for same_ids in (True, False):
        again(gumshoe, "event", same_ids=same_ids)
    until("the home to show", lambda: gumshoe.sandbox.get("home", user=user))
    assert audited(gumshoe, user) == [("home", "allowed")]
    assert len(called(gumshoe, "views.publish")) == 1


@pytest.mark.fault(
    "A bot is killed while it answers a mention, before or after the scan is written", keeps=("lost", "twice")
)
@pytest.mark.parametrize("moment", ["before", "after"])
def test_what_a_killed_bot_was_doing_is_done_once_by_another(gumshoe: Gumshoe, moment: str) -> None:
    (user,) = crowd(gumshoe)
    method = {"before": "users.info", "after": "chat.postEphemeral"}[moment]
    gumshoe.sandbox.post("settings", retry_delays=[0.0, 6.0, 6.0])
    gumshoe.sandbox.fault(method, "hang", match=user)
    gumshoe.parts["second"].signal(signal.SIGSTOP)  # so that the other one is at it, at the latest on Slack's retry

    def act(number: int) -> None:
        if number:
            gumshoe.sandbox.post("message", user=user, channel="C0GENERAL", text=MENTION)
            return
        until("the bot to be in the middle", lambda: called(gumshoe, method, match=user), every=0.01)
        gumshoe.parts["bot"].kill()
        gumshoe.parts["second"].signal(signal.SIGCONT)

    gumshoe.at_once(act, times=2)
    assert len(gumshoe.scans()) == (moment == "after")
    (scan,) = gumshoe.ended(1)
    until("the receipt", lambda: receipts(gumshoe, user))
    assert_said_once(gumshoe, scan)
    assert len(receipts(gumshoe, user)) == 1
    assert audited(gumshoe, user) == [("scan", "allowed")]


@pytest.mark.fault("Both bots are killed while 20 commands are in flight", keeps=("lost", "twice", "bounds"))
def test_of_twenty_commands_in_flight_each_is_written_or_not_and_none_twice(gumshoe: Gumshoe) -> None:
    people = crowd(gumshoe, 20)
    for user in people[10:]:
        gumshoe.sandbox.fault("users.info", "hang", match=user)

    def act(number: int) -> dict[str, Any]:
        if number < 20:
            return gumshoe.sandbox.command(f"host{number}.example.org collectors=whois", user=people[number])
        until(
            "ten to be written and ten to hang",
            lambda: (
                len(gumshoe.scans()) == 10 and all(called(gumshoe, "users.info", match=user) for user in people[10:])
            ),
        )
        for name in TWO:
            gumshoe.parts[name].kill()
        return {}

    gumshoe.at_once(act, times=21)
    assert len(gumshoe.scans()) == 10
    both_up(gumshoe)
    assert len(gumshoe.sandbox.post("redeliver", kind="command", last=20)["acks"]) == 20
    asked = Counter(scan.target.value for scan in gumshoe.scans())
    assert asked == {f"host{number}.example.org": 1 for number in range(20)}
    until("all to end", lambda: all(scan.finished_at for scan in gumshoe.scans()), within=120)
    assert {str(run.state) for scan in gumshoe.scans() for run in scan.runs} == {"closed"}
