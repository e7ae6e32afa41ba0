"""The line on which Slack reaches the bot is taken away, cut, silenced or refused: what people ask is heard once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import AsyncExitStack, contextmanager
from threading import Event, Thread
from typing import Any

import aiohttp
import httpx
import pytest

from bot.grammar import REPEAT_WITHIN
from tests.faults.breaking import assert_told_once, called, ended, expected, slots
from tests.faults.proxy import Proxy
from tests.running import Gumshoe
from tests.servers import HOST, Redis, Sandbox, Sources, until

QUIET, DEAF = 3, 3  # seconds of silence until a line is replaced, and without a line until the bot ends
TARGETS = ("example.com", "example.org")
OPEN = "apps.connections.open"


@pytest.fixture(scope="module")
def proxy() -> Iterator[Proxy]:
    """What lies between our processes and Slack; led to the sandbox once that listens."""
    with Proxy(0) as between:
        yield between


@pytest.fixture(scope="module")
def system(
    tmp_path_factory: pytest.TempPathFactory, redis_server: Redis, sources: Sources, proxy: Proxy
) -> Iterator[Gumshoe]:
    with Sandbox() as sandbox:
        proxy.target = sandbox.port
        through = {"SLACK_API_URL": f"http://{HOST}:{proxy.port}/api/"}
        short = {"SOCKET_QUIET": str(QUIET), "SOCKET_DEAF": str(DEAF)}
        folder = tmp_path_factory.mktemp("system")
        with Gumshoe(folder, redis_server, sandbox, sources, **through, **short) as running:
            yield running


@pytest.fixture
def gumshoe(system: Gumshoe, proxy: Proxy) -> Gumshoe:
    """The running system before an empty workspace, its bot alive and hearing."""
    proxy.mode = "pass"
    system.start_over()
    if system.parts["bot"].process.poll() is not None:
        system.start("bot")
    until("the bot to hear", system.sandbox.reachable)
    return system


def typed(
    gumshoe: Gumshoe, targets: tuple[str, ...] = TARGETS, *, users: Sequence[str] = ("U0ADA", "U0ADA")
) -> list[dict[str, Any]]:
    """Each target is asked about once, all at the same time, each by one of these people."""
    ask = list(zip([f"{target} collectors=whois" for target in targets], users, strict=False))
    return gumshoe.at_once(lambda number: gumshoe.sandbox.command(ask[number][0], user=ask[number][1]), times=len(ask))


def under_way(gumshoe: Gumshoe) -> tuple[list[str], Future[list[dict[str, Any]]]]:
    """Commands that somebody typed and the bot has not answered yet, as it waits for Slack to say who that is: each is
    another person's, so that Slack is asked once the bot has each."""
    users: list[str] = gumshoe.sandbox.post("crowd", people=len(TARGETS))["people"]
    for user in users:
        gumshoe.sandbox.fault("users.info", "slow", seconds=0.7, match=user)
    answers: Future[list[dict[str, Any]]] = Future()
    Thread(target=lambda: answers.set_result(typed(gumshoe, users=users)), daemon=True).start()
    until("the commands to be under way", lambda: all(called(gumshoe, "users.info", match=user) for user in users))
    return users, answers


def assert_each_once(gumshoe: Gumshoe, targets: tuple[str, ...] = TARGETS) -> None:
    """One scan for each target, ended and told once."""
    scans = gumshoe.ended(len(targets))
    assert sorted(scan.target.value for scan in scans) == sorted(targets)
    for scan in scans:
        assert_told_once(gumshoe, ended(gumshoe, scan.id))


@contextmanager
def others(gumshoe: Gumshoe, number: int) -> Iterator[None]:
    """Connections of other processes of the same app, which answer pings and nothing else."""
    headers = {"Authorization": f"Bearer {gumshoe.sandbox.ready['app_token']}"}

    async def hold(up: Event, over: asyncio.Event) -> None:
        async with aiohttp.ClientSession(headers=headers) as session, AsyncExitStack() as stack:
            for _ in range(number):
                told = await (await session.post(f"{gumshoe.sandbox.ready['api_url']}{OPEN}")).json()
                await stack.enter_async_context(session.ws_connect(told["url"]))
            up.set()
            await over.wait()

    loop, up, over = asyncio.new_event_loop(), Event(), asyncio.Event()
    thread = Thread(target=lambda: loop.run_until_complete(hold(up, over)), daemon=True)
    thread.start()
    assert up.wait(10)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(10)
        loop.close()


def readiness(gumshoe: Gumshoe) -> dict[str, str]:
    """What the bot says of itself."""
    told: dict[str, str] = httpx.get(f"http://{HOST}:{gumshoe.port}/ready").json()
    return told


@pytest.mark.fault(
    "Slack takes the connection away while commands are being answered", keeps=("lost", "twice", "answer")
)
def test_what_a_line_brought_is_answered_on_it_though_slack_says_goodbye(gumshoe: Gumshoe) -> None:
    _, answers = under_way(gumshoe)
    assert gumshoe.sandbox.post("socket", action="refresh")["connections"] == 1
    assert [each["status"] for each in answers.result()] == ["ok"] * len(TARGETS)
    until("the bot to hear", lambda: typed(gumshoe, ("example.net",))[0]["status"] == "ok")
    assert_each_once(gumshoe, (*TARGETS, "example.net"))


@pytest.mark.fault("The connection is cut while commands are being answered", keeps=("lost", "twice"))
def test_commands_whose_answers_were_cut_off_are_one_scan_when_typed_again(gumshoe: Gumshoe) -> None:
    users, answers = under_way(gumshoe)
    gumshoe.sandbox.post("socket", action="drop")
    assert "dispatch_failed" in {each["status"] for each in answers.result()}
    until("another line", gumshoe.sandbox.reachable)
    again = typed(gumshoe, users=users)
    assert {each["status"] for each in again} == {"ok"}
    # Whether the answer calls it started or under way: what was asked a moment ago is not asked again.
    scans = gumshoe.ended(len(TARGETS))
    assert {scan.target.value for scan in scans} == set(TARGETS)
    for target in TARGETS:  # on a slow machine somebody may type again later than that, and then means it
        first, *later = sorted(scan.created_at for scan in scans if scan.target.value == target)
        assert all((each - first).total_seconds() >= REPEAT_WITHIN for each in later)
    for scan in scans:
        assert_told_once(gumshoe, ended(gumshoe, scan.id))


@pytest.mark.fault("Slack refuses another connection for a while: 429, no JSON, an error", keeps=("lost", "twice"))
@pytest.mark.parametrize(
    "trouble",
    [
        {"kind": "429", "retry_after": 2, "times": 1},
        {"kind": "not_json", "times": 2},
        {"kind": "error", "code": "invalid_auth", "times": 1},
    ],
    ids=lambda trouble: trouble["kind"],
)
def test_a_bot_refused_a_connection_tries_again_in_time(gumshoe: Gumshoe, trouble: dict[str, Any]) -> None:
    gumshoe.sandbox.fault(OPEN, **trouble)
    gumshoe.sandbox.post("socket", action="drop")
    until("the bot to say that it is deaf", lambda: readiness(gumshoe)["status"] == "deaf")
    assert gumshoe.sandbox.command(TARGETS[0])["status"] == "dispatch_failed"
    until("another line", gumshoe.sandbox.reachable)
    until("the bot to say that it hears", lambda: readiness(gumshoe)["status"] == "ready")
    assert len(called(gumshoe, OPEN, fault=trouble["kind"])) == trouble["times"]
    assert typed(gumshoe, TARGETS[:1])[0]["status"] == "ok"
    assert_each_once(gumshoe, TARGETS[:1])


@pytest.mark.fault("Ten connections hold all that Slack allows", keeps=("lost", "twice"))
def test_a_bot_among_nine_others_makes_room_for_its_own_successor(gumshoe: Gumshoe) -> None:
    with others(gumshoe, 9):
        opened = len(called(gumshoe, OPEN))
        until("the bot to renew its line", lambda: len(called(gumshoe, OPEN)) >= opened + 2)
        until("the bot to hear", lambda: readiness(gumshoe)["status"] == "ready")
    until("the others to be gone", lambda: gumshoe.sandbox.post("socket", action="undeaf")["connections"] == 1)
    assert typed(gumshoe, TARGETS[:1])[0]["status"] == "ok"
    assert_each_once(gumshoe, TARGETS[:1])


@pytest.mark.fault("The connection looks alive and brings nothing", keeps=("lost", "twice", "bounds"))
def test_a_deaf_line_is_replaced_and_what_it_swallowed_is_heard_once(gumshoe: Gumshoe) -> None:
    gumshoe.sandbox.post("settings", ack_timeout=1.0, retry_delays=[0.0, 2.0 * QUIET])
    gumshoe.sandbox.post("socket", action="deaf")
    message = {"user": "U0ADA", "channel": "C0GENERAL", "text": "<@U0GUMSHOE> example.com collectors=whois"}
    # Swallowed, or cut off when the line happens to be due just then: either way nobody answers the first time.
    assert gumshoe.sandbox.post("message", **message)["status"] in ("operation_timeout", "dispatch_failed")
    until("a line that hears", gumshoe.scans)
    heard = until("it to be acknowledged", lambda: [a for a in gumshoe.sandbox.get("acks")["acks"] if a["ok"]])
    assert [ack["retry"] for ack in heard] in ([1], [2]), "heard when Slack sent it again, and once"
    scan = ended(gumshoe, gumshoe.scans()[0].id)
    assert Counter(slots(gumshoe, scan.id)) == dict.fromkeys(expected(scan), 1)
    assert len(called(gumshoe, "chat.postEphemeral", match="Started")) == 1
    assert gumshoe.parts["bot"].process.poll() is None


@pytest.mark.fault("The way to Slack swallows everything", keeps=("lost", "twice", "honest", "bounds"))
def test_a_bot_cut_off_from_slack_says_so_ends_and_hears_again_when_started_anew(
    gumshoe: Gumshoe, proxy: Proxy
) -> None:
    bot = gumshoe.parts["bot"]
    proxy.mode = "hole"
    until("the bot to say that it is deaf", lambda: readiness(gumshoe)["status"] == "deaf")
    assert until("the bot to end", bot.process.poll, within=60) == 1
    assert "there was no connection to Slack" in bot.output()
    proxy.mode = "pass"
    gumshoe.start("bot")
    assert {each["status"] for each in typed(gumshoe, TARGETS[:1])} == {"ok"}
    assert len(gumshoe.scans()) == 1


@pytest.mark.fault("The app-level token is wrong", keeps=("honest",))
def test_a_bot_with_a_wrong_token_ends_with_a_sentence(gumshoe: Gumshoe) -> None:
    gumshoe.parts["bot"].stop()
    gumshoe.sandbox.fault(OPEN, "error", code="invalid_auth", times=100)
    gumshoe.start("bot", wait=False)
    bot = gumshoe.parts["bot"]
    assert until("the bot to end", bot.process.poll) == 1
    assert "SLACK_APP_TOKEN is wrong: Slack answered invalid_auth." in bot.output()


@pytest.mark.fault("SIGTERM while commands are being answered", keeps=("lost", "twice", "answer"))
def test_a_bot_told_to_stop_answers_what_it_has_heard(gumshoe: Gumshoe) -> None:
    _, answers = under_way(gumshoe)
    assert gumshoe.parts["bot"].stop() == 0
    assert {each["status"] for each in answers.result()} == {"ok"}
    assert_each_once(gumshoe)
