"""Buttons in the wrong hands: forged, copied, too old, sent again, or pressed by somebody who may not."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from core import clock
from core.models import Scan
from core.seal import LASTS, Action, derive, seal
from tests.faults.breaking import ask, ended, slots, thread_of
from tests.faults.strangers import Ear, clicked, command, send, signed
from tests.running import Gumshoe
from tests.servers import Redis, Sandbox, Sources, until

TEAM = "T0SANDBOX"
QUICK = "example.org collectors=whois"
ALLOWED = "C0GENERAL C0CASE17 C0SHARED"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, redis_server: Redis, sources: Sources) -> Iterator[Gumshoe]:
    folder = tmp_path_factory.mktemp("system")
    with Sandbox() as sandbox, Gumshoe(folder, redis_server, sandbox, sources, ALLOW_CHANNELS=ALLOWED) as running:
        yield running


@pytest.fixture
def gumshoe(system: Gumshoe) -> Gumshoe:
    """The running system before an empty workspace."""
    system.start_over()
    return system


def key(gumshoe: Gumshoe) -> bytes:
    """What this installation signs its buttons with."""
    return derive(gumshoe.env["SLACK_BOT_TOKEN"])


def value(gumshoe: Gumshoe, action: Action, *, made: datetime | None = None, by: bytes = b"", team: str = TEAM) -> str:
    """A button's value, by somebody who knows more or less."""
    return seal(action, key=by or key(gumshoe), team=team, made=made or clock.now())


def ran(gumshoe: Gumshoe, text: str = QUICK, *, channel: str = "C0GENERAL") -> Scan:
    """A scan that has ended and been told."""
    return ended(gumshoe, ask(gumshoe, text, channel=channel))


def press(
    gumshoe: Gumshoe, scan: Scan, worth: str, *, user: str = "U0ADA", channel: str = "", **more: str
) -> tuple[str, str]:
    """Press the scan's Re-Run with another value; what the person alone is told, and the rule in the audit."""
    where = channel or scan.place.channel
    told, noted = len(gumshoe.whispers(user, where)), len(refusals(gumshoe))
    shown = {"user": user, "channel": where, "ts": button(gumshoe, where), "action_id": "rerun"}
    gumshoe.sandbox.post("click", value=worth, **shown, **more)
    until("the refusal to be told", lambda: len(gumshoe.whispers(user, where)) > told)
    until("the refusal to be written down", lambda: len(refusals(gumshoe)) > noted)
    assert refusals(gumshoe)[0]["user"] == user
    return str(gumshoe.whispers(user, where)[-1]["text"]), str(refusals(gumshoe)[0]["rule"])


def button(gumshoe: Gumshoe, channel: str) -> str:
    """The ts of a message with a button to press; what it is worth is said when it is pressed."""
    element = {"type": "button", "action_id": "rerun", "value": "-", "text": {"type": "plain_text", "text": "Press"}}
    answer = httpx.post(
        f"{gumshoe.env['SLACK_API_URL']}chat.postMessage",
        headers={"Authorization": f"Bearer {gumshoe.env['SLACK_BOT_TOKEN']}"},
        json={"channel": channel, "text": "a button", "blocks": [{"type": "actions", "elements": [element]}]},
    )
    return str(answer.json()["ts"])


def refusals(gumshoe: Gumshoe) -> list[dict[str, Any]]:
    """What was refused, in every workspace that was named, the newest first."""
    rows = [row for team in (TEAM, "T0OTHER") for row in gumshoe.store.audit.listed(team=team, limit=1000)]
    return [row for row in sorted(rows, key=lambda row: -int(str(row["id"]))) if row["decision"] == "refused"]


def others(gumshoe: Gumshoe, scan: Scan) -> tuple[int, list[str], int]:
    """What everybody else sees of it: the round, the slots of the thread, what Bob is told."""
    now = gumshoe.store.scans.get(scan.id)
    return now.round, slots(gumshoe, scan.id, scan.place.channel), len(gumshoe.whispers("U0BOB", scan.place.channel))


@pytest.mark.fault("Button values are forged, changed, of another workspace, key or version", keeps=("in", "honest"))
def test_a_forged_value_does_nothing_and_its_presser_alone_is_told(gumshoe: Gumshoe) -> None:
    other, scan = ran(gumshoe, "example.com collectors=whois"), ran(gumshoe)
    before = others(gumshoe, scan), others(gumshoe, other)
    good = value(gumshoe, Action("rerun", scan.id, 1))
    forged = {
        "another key": value(gumshoe, Action("rerun", scan.id, 1), by=b"guessed"),
        "another token's key": value(gumshoe, Action("rerun", scan.id, 1), by=derive("xoxb-somebody-else")),
        "another workspace": value(gumshoe, Action("rerun", scan.id, 1), team="T0OTHER"),
        "another scan": good.replace(scan.id, other.id),
        "another verb": good.replace("rerun", "cancel"),
        "consent to touch the target": good.replace("rerun", "ask_target"),
        "another day": good.replace(f"|{good.split('|')[1]}|", "|99999|"),
        "cut": good[:-1],
        "upper case": good.upper(),
        "no signature": good.rpartition("|")[0],
        "nothing but the signature": good.rpartition("|")[2],
        "long": "|" * 1999,
        "words": "' OR 1=1 --",
    }
    for name, worth in forged.items():
        said, rule = press(gumshoe, scan, worth)
        assert "not made by me for this workspace" in said, name
        assert rule == "forged button", name
    assert (others(gumshoe, scan), others(gumshoe, other)) == before


@pytest.mark.fault("A button is pressed long after it was made, or after its scan is gone", keeps=("in", "honest"))
def test_an_old_button_says_that_it_is_old(gumshoe: Gumshoe) -> None:
    scan = ran(gumshoe)
    old = value(gumshoe, Action("rerun", scan.id, 1), made=clock.now() - LASTS - timedelta(days=2))
    said, rule = press(gumshoe, scan, old)
    assert ("older than 30 days" in said, "Start a new /scan" in said, rule) == (True, True, "expired button")
    before_dates = "|".join(("1", "rerun", scan.id, "1", ""))
    said, rule = press(gumshoe, scan, with_signature(gumshoe, before_dates))
    assert ("from an older version" in said, rule) == (True, "old button")
    said, rule = press(gumshoe, scan, value(gumshoe, Action("rerun", "zzzzzzzz", 1)))
    assert ("no longer in my record" in said, rule) == (True, "scan gone")
    assert others(gumshoe, scan)[0] == 1

    young = value(gumshoe, Action("rerun", scan.id, 1), made=clock.now() - LASTS)
    pressed = {"ts": button(gumshoe, "C0GENERAL"), "action_id": "rerun", "value": young}
    gumshoe.sandbox.post("click", user="U0ADA", channel="C0GENERAL", **pressed)
    assert ended(gumshoe, scan.id, number=2).round == 2


def with_signature(gumshoe: Gumshoe, body: str) -> str:
    """The value an earlier release would have made."""
    digest = hmac.new(key(gumshoe), f"{TEAM}|{body}".encode(), "sha256").hexdigest()[:32]
    return f"{body}|{digest}"


@pytest.mark.fault(
    "A guest, a stranger, a removed member or another channel's member presses Cancel", keeps=("in", "honest")
)
def test_who_may_not_ask_may_not_press(gumshoe: Gumshoe) -> None:
    gumshoe.sources.behave(host="crt.sh", kind="slow", seconds=25)
    gumshoe.sandbox.post("person", id="U0BOB", deleted=True)
    shared = ask(gumshoe, "example.com collectors=crtsh", channel="C0SHARED")
    until("the thread to open", lambda: thread_of(gumshoe, shared, "C0SHARED"))
    scan = gumshoe.store.scans.get(shared)
    cancel = value(gumshoe, Action("cancel", shared, 1))
    refused = [
        press(gumshoe, scan, cancel, user="U0STRANGER"),
        press(gumshoe, scan, cancel, user="U0BOB"),
        press(gumshoe, scan, cancel, user="U0ADA", as_team="T0OTHER"),
    ]
    assert [rule for _, rule in refused] == ["external", "removed", "forged button"]
    assert "People from other workspaces may not ask me" in refused[0][0]
    assert "no longer a member" in refused[1][0]

    general = ask(gumshoe, "example.net collectors=crtsh")
    until("the thread to open", lambda: thread_of(gumshoe, general))
    worth = value(gumshoe, Action("cancel", general, 1))
    said, rule = press(gumshoe, gumshoe.store.scans.get(general), worth, user="U0GUEST")
    assert ("Guests may not ask me" in said, rule) == (True, "guest")
    # Its value, pressed on another channel's message: what stands there is not theirs to stop from here.
    said, rule = press(gumshoe, scan, worth, user="U0STRANGER", channel="C0SHARED")
    assert ("another channel" in said, rule) == (True, "another channel")
    assert gumshoe.store.scans.get(shared).is_open
    assert gumshoe.store.scans.get(general).is_open
    for each in (shared, general):
        gumshoe.store.scans.cancel(each, by="U0ADA")


@pytest.mark.fault("A button is pressed in a channel where one may not ask", keeps=("in", "honest"))
def test_a_button_in_a_channel_that_is_not_allowed_does_nothing(gumshoe: Gumshoe) -> None:
    scan = ran(gumshoe)
    worth = value(gumshoe, Action("rerun", scan.id, 1))
    said, rule = press(gumshoe, scan, worth, channel="C0PRIVATE")  # by its asker, who may carry it around
    assert ("may not be asked in this channel" in said, rule) == (True, "channel")
    assert others(gumshoe, scan)[0] == 1


@pytest.mark.fault(
    "A click is delivered again and again, also in the answer only one person sees", keeps=("in", "twice")
)
def test_a_click_that_comes_again_acts_once(gumshoe: Gumshoe) -> None:
    scan = ran(gumshoe)
    gumshoe.click("rerun", gumshoe.parents()[0])
    gumshoe.sandbox.post("redeliver", kind="interaction", times=5, same_ids=True)
    assert ended(gumshoe, scan.id, number=2).round == 2

    told = gumshoe.sandbox.command("64496 collectors=whois")["ephemeral"]
    gumshoe.click("choose:0", told)
    gumshoe.sandbox.post("redeliver", kind="interaction", times=5, same_ids=True)
    gumshoe.ended(2)
    assert len(gumshoe.scans()) == 2
    assert gumshoe.store.scans.get(scan.id).round == 2


@pytest.mark.fault("Over Socket Mode somebody signs requests to the HTTP port", keeps=("in",))
def test_over_socket_mode_nobody_has_business_at_the_http_port(gumshoe: Gumshoe) -> None:
    scan = ran(gumshoe)
    with Ear() as ear:
        bodies = [command("example.com", "9.9"), clicked(gumshoe.parents()[0], "rerun", ear)]
    for secret in (key(gumshoe).hex(), gumshoe.env["SLACK_BOT_TOKEN"], "sandbox-signing-secret", "0"):
        assert {send(gumshoe, signed(secret, body), body) for body in bodies} == {404}
    assert (len(gumshoe.scans()), others(gumshoe, scan)[0]) == (1, 1)
