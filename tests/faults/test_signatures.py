"""Strangers at the bot's HTTP port: what Slack did not sign just now does nothing and costs little."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlencode

import pytest

from core.models import ScanStatus
from tests.faults.breaking import ask, ended, thread_of
from tests.faults.strangers import (
    FORM,
    Ear,
    Headers,
    Stranger,
    clicked,
    command,
    head,
    interaction,
    memory,
    send,
    signed,
)
from tests.running import Gumshoe
from tests.servers import Redis, Sandbox, Sources, until

MEGABYTE = 1024 * 1024
BODY = command("example.org collectors=whois", "1.2.3")
STAMP, SIGNATURE = "X-Slack-Request-Timestamp", "X-Slack-Signature"
PROMISED = 3000  # milliseconds in which Slack wants its answer


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, redis_server: Redis, sources: Sources) -> Iterator[Gumshoe]:
    folder = tmp_path_factory.mktemp("system")
    with Sandbox.over_http() as sandbox, Gumshoe(folder, redis_server, sandbox, sources) as running:
        yield running


@pytest.fixture
def gumshoe(system: Gumshoe) -> Gumshoe:
    """The running system before an empty workspace."""
    system.start_over()
    return system


@pytest.fixture
def secret(gumshoe: Gumshoe) -> str:
    return gumshoe.env["SLACK_SIGNING_SECRET"]


def decided(gumshoe: Gumshoe) -> list[object]:
    """What the guard was asked about."""
    return [row["verb"] for row in gumshoe.store.audit.listed(team="T0SANDBOX")]


def forgeries(secret: str) -> dict[str, tuple[Headers | dict[str, str], bytes]]:
    """Requests that Slack did not send: their headers and what is sent as the body."""
    good = signed(secret, BODY)
    stamp, signature = good[STAMP], good[SIGNATURE]
    other = signed("somebody else's secret", BODY)[SIGNATURE]
    pair = [(STAMP, stamp), ("Content-Type", FORM)]
    handshake = json.dumps({"type": "url_verification", "challenge": "open sesame"}).encode()
    return {
        "no signature": ({STAMP: stamp}, BODY),
        "no time": ({SIGNATURE: signature}, BODY),
        "neither": ({"Content-Type": FORM}, BODY),
        "an empty signature": (good | {SIGNATURE: ""}, BODY),
        "another secret": (good | {SIGNATURE: other}, BODY),
        "a signature of another version": (good | {SIGNATURE: signature.replace("v0=", "v1=")}, BODY),
        "no version": (good | {SIGNATURE: signature.removeprefix("v0=")}, BODY),
        "upper case": (good | {SIGNATURE: "v0=" + signature[3:].upper()}, BODY),
        "half a signature": (good | {SIGNATURE: signature[:35]}, BODY),
        "no ASCII": (good | {SIGNATURE: "v0=\xe9"}, BODY),
        "two signatures, the right one first": ([*pair, (SIGNATURE, signature), (SIGNATURE, other)], BODY),
        "two signatures, the right one last": ([*pair, (SIGNATURE, other), (SIGNATURE, signature)], BODY),
        "two times": ([*pair, (STAMP, "1"), (SIGNATURE, signature)], BODY),
        "hours old": (signed(secret, BODY, ahead=-7200), BODY),
        "just too old": (signed(secret, BODY, ahead=-301), BODY),
        "from the future": (signed(secret, BODY, ahead=310), BODY),
        "the right signature with a new time": (signed(secret, BODY, ahead=-60) | {STAMP: stamp}, BODY),
        "no time but a word": (good | {STAMP: "soon"}, BODY),
        "a time below zero": (good | {STAMP: f"-{stamp}"}, BODY),
        "a time of five thousand digits": (good | {STAMP: "9" * 5000}, BODY),
        "a time in other digits": (good | {STAMP: "\xb2\xb3"}, BODY),
        "another body": (good, BODY + b"&text=example.com"),
        "a shorter body": (good, BODY[:-10]),
        "no text": (signed(secret, BODY + b"\xff"), BODY + b"\xff"),
        "a form where JSON is announced": (signed("no", BODY) | {"Content-Type": "application/json"}, BODY),
        "a certificate check as a cover": ({"Content-Type": FORM}, BODY + b"&ssl_check=1"),
        "a handshake": ({"Content-Type": "application/json"}, handshake),
    }


@pytest.mark.fault("A stranger sends requests that Slack did not sign just now", keeps=("in", "bounds"))
def test_what_slack_did_not_sign_just_now_does_nothing(gumshoe: Gumshoe, secret: str) -> None:
    statuses = {name: send(gumshoe, headers, body) for name, (headers, body) in forgeries(secret).items()}
    assert {name: status for name, status in statuses.items() if status not in (400, 401)} == {}
    assert (gumshoe.scans(), decided(gumshoe), gumshoe.whispers("U0ADA")) == ([], [], [])
    assert send(gumshoe, signed(secret, BODY), BODY) == 200
    assert len(gumshoe.scans()) == 1
    said = [line for line in gumshoe.parts["bot"].output().splitlines() if "turned away" in line]
    assert 1 <= len(said) <= 2  # strangers cannot flood the log
    assert "Traceback" not in gumshoe.parts["bot"].output()


@pytest.mark.fault("A signed request is recorded and sent again within its five minutes", keeps=("in", "twice"))
def test_a_recorded_request_does_nothing_a_second_time(gumshoe: Gumshoe, secret: str) -> None:
    gumshoe.sources.behave(host="crt.sh", kind="slow", seconds=20)
    first = ask(gumshoe, "example.com collectors=crtsh")
    recorded = command("cancel", "7.7")  # names no scan: what it stops depends on when it comes
    headers = signed(secret, recorded)
    assert send(gumshoe, headers, recorded) == 200
    ended(gumshoe, first)

    second = ask(gumshoe, "example.net collectors=crtsh")
    assert set(gumshoe.at_once(lambda _: send(gumshoe, headers, recorded))) == {409}
    assert gumshoe.store.scans.get(second).is_open

    gumshoe.parts["bot"].kill()  # another process, as behind a balancer: it was not there the first time
    gumshoe.start("bot")
    assert send(gumshoe, headers, recorded) == 409
    assert gumshoe.store.scans.get(second).is_open
    assert decided(gumshoe).count("cancel") == 1
    gumshoe.store.scans.cancel(second, by="U0ADA")


@pytest.mark.fault("A click on Re-Run and a sent form are recorded and sent again", keeps=("in", "twice"))
def test_a_recorded_click_and_form_are_acted_on_once(gumshoe: Gumshoe, secret: str) -> None:
    scan_id = ask(gumshoe, "example.org collectors=whois")
    ended(gumshoe, scan_id)
    with Ear() as ear:
        button = thread_of(gumshoe, scan_id)[0]
        click = clicked(button, "rerun", ear)
        headers = signed(secret, click)
        statuses = sorted(gumshoe.at_once(lambda _: send(gumshoe, headers, click)))
        assert statuses == [200, *[409] * 9]
        assert ended(gumshoe, scan_id, number=2).round == 2
        # Signed anew, as only Slack can: the record knows this click all the same, and it was answered.
        assert send(gumshoe, signed(secret, click, ahead=1), click) == 200
        again = clicked(button, "rerun", ear, at="17.26")
        assert send(gumshoe, signed(secret, again, ahead=2), again) == 200
        until("another click on the same button to be answered", lambda: ear.heard)
    assert ear.heard == ["You have already run this again, as round 2."]
    assert gumshoe.store.scans.get(scan_id).round == 2

    form = submitted("192.0.2.10")
    for ahead in (0, 1, 2):
        assert send(gumshoe, signed(secret, form, ahead=ahead), form) == 200
    assert send(gumshoe, signed(secret, form, ahead=2), form) == 409
    assert len(gumshoe.scans()) == 2


def submitted(targets: str, metadata: str = '{"channel": "C0GENERAL"}') -> bytes:
    """The body of a filled form."""
    values = {"targets": {"targets": {"type": "plain_text_input", "value": targets}}}
    view = {
        "id": "V1",
        "type": "modal",
        "hash": "1.h",
        "callback_id": "scan",
        "private_metadata": metadata,
        "blocks": [],
    }
    return interaction("view_submission", view=view | {"state": {"values": values}})


@pytest.mark.fault("A form comes with place and thread made up or unreadable", keeps=("in", "honest"))
def test_a_form_with_made_up_metadata_starts_nothing_where_one_may_not_ask(gumshoe: Gumshoe, secret: str) -> None:
    for number, metadata in enumerate(("no json", "[1]", '{"channel": ["C0GENERAL"], "thread_ts": 7}', "null")):
        form = submitted(f"192.0.2.{number + 20}", metadata)
        assert send(gumshoe, signed(secret, form), form) == 200
    assert {scan.place.channel for scan in gumshoe.scans()} <= {""}
    assert "listener failed" not in gumshoe.parts["bot"].output()


@pytest.mark.fault("A stranger lies about lengths and sends without end", keeps=("in", "bounds"))
def test_lengths_that_lie_and_bodies_without_end_are_cut_off(gumshoe: Gumshoe, secret: str) -> None:
    good = signed(secret, BODY)
    assert send(gumshoe, good, BODY, length=2 * MEGABYTE) == 413
    assert send(gumshoe, {**good, "Content-Length": "9" * 5000}, BODY, length=None) in (400, 413)
    assert send(gumshoe, good, BODY, length=None) == 413
    assert send(gumshoe, good, BODY, length=len(BODY) - 5) == 401
    assert send(gumshoe, good, BODY, length=len(BODY) + 5) == 408  # waits for the rest, not for long
    both = {**good, "Transfer-Encoding": "chunked"}
    assert send(gumshoe, both, b"5\r\nhello\r\n0\r\n\r\n") in (400, 413)

    with Stranger(gumshoe) as endless:
        endless.say(head({**good, "Transfer-Encoding": "chunked"}, length=None))
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        said = next(number for number in range(10_000) if not endless.say(chunk))
    assert said * len(chunk) < 20 * MEGABYTE  # what the line itself holds
    assert gumshoe.scans() == []


@pytest.mark.fault("Hundreds of connections send slowly, large or not at all", keeps=("in", "answer", "bounds"))
def test_a_crowd_of_slow_strangers_keeps_nobody_from_being_answered(gumshoe: Gumshoe, secret: str) -> None:
    bot = gumshoe.parts["bot"].process.pid
    gumshoe.sandbox.command("help")  # what a bot needs anyway is in memory
    before = memory(bot)
    heavy = b"x" * (MEGABYTE * 9 // 10)
    with ExitStack() as stack:
        slow = [stack.enter_context(Stranger(gumshoe)) for _ in range(400)]  # more than are let wait at once
        for each in slow:
            each.say(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        large = [stack.enter_context(Stranger(gumshoe)) for _ in range(60)]
        for each in large:
            each.say(head(signed(secret, heavy), length=len(heavy) + 1) + heavy)
        for text in ("help", "status", "example.org collectors=whois"):
            assert gumshoe.sandbox.command(text)["ack_ms"] < PROMISED
        waiting = [*slow, *large]
        until("everybody to be hung up on", lambda: all(each.is_hung_up() for each in waiting), within=20)
    assert memory(bot) - before < 64 * MEGABYTE
    (scan,) = gumshoe.ended()
    assert scan.status is ScanStatus.FINISHED
    assert "Traceback" not in gumshoe.parts["bot"].output()


@pytest.mark.fault("A stranger asks for readiness all the time", keeps=("answer", "bounds"))
def test_asking_whether_we_are_ready_does_not_keep_the_record_busy(gumshoe: Gumshoe) -> None:
    ready = b"GET /ready HTTP/1.1\r\nHost: x\r\n\r\n"
    with ExitStack() as stack:
        asking = [stack.enter_context(Stranger(gumshoe)) for _ in range(100)]
        for each in asking:
            each.say(ready * 10)  # pipelined
        assert gumshoe.sandbox.command("status")["ack_ms"] < PROMISED
        assert {each.status() for each in asking} == {200}


@pytest.mark.fault("Everything else is asked of the HTTP port", keeps=("in",))
def test_slack_has_one_address_and_takes_one_method_there(gumshoe: Gumshoe) -> None:
    for line in (
        b"GET /slack/install ",
        b"GET /slack/oauth_redirect ",
        b"PUT /slack/events ",
    ):
        with Stranger(gumshoe) as stranger:
            stranger.say(line + b"HTTP/1.1\r\nHost: x\r\n\r\n")
            assert stranger.status() in (404, 405)
    form = urlencode({"ssl_check": "1"}).encode()
    assert send(gumshoe, {"Content-Type": FORM}, form) == 401
