"""The line on which Slack reaches the bot is taken away, cut, silenced or refused: what people ask is heard once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.faults.breaking import assert_told_once, called, ended
from tests.faults.proxy import Proxy
from tests.running import Gumshoe
from tests.servers import HOST, Redis, Sandbox, Sources, until

pytestmark = pytest.mark.xdist_group("faults-socket")

QUIET, DEAF = 4, 5  # seconds of silence until a line is replaced, and without a line until the bot ends
TARGETS = ("example.com", "example.org", "192.0.2.10", "AS64496")
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


def typed(gumshoe: Gumshoe, targets: tuple[str, ...] = TARGETS) -> list[dict[str, Any]]:
    """Each target is asked about once, all at the same time."""
    ask = [f"{target} collectors=whois" for target in targets]
    return gumshoe.at_once(lambda number: gumshoe.sandbox.command(ask[number]), times=len(ask))


def assert_each_once(gumshoe: Gumshoe, targets: tuple[str, ...] = TARGETS) -> None:
    """One scan for each target, ended and told once."""
    scans = gumshoe.ended(len(targets))
    assert sorted(scan.target.value for scan in scans) == sorted(each.removeprefix("AS") for each in targets)
    for scan in scans:
        assert_told_once(gumshoe, ended(gumshoe, scan.id))


def readiness(gumshoe: Gumshoe) -> dict[str, str]:
    """What the bot says of itself."""
    told: dict[str, str] = httpx.get(f"http://{HOST}:{gumshoe.port}/ready").json()
    return told


@pytest.mark.fault(
    "Slack takes the connection away while commands are being answered", keeps=("lost", "twice", "answer")
)
@pytest.mark.parametrize("action", ["disconnect", "refresh", "disable"])
def test_what_a_line_brought_is_answered_on_it_though_slack_says_goodbye(gumshoe: Gumshoe, action: str) -> None:
    gumshoe.sandbox.fault("users.info", "slow", seconds=0.5)
    with ThreadPoolExecutor(1) as pool:
        answers = pool.submit(typed, gumshoe)
        until("the commands to be under way", lambda: called(gumshoe, "users.info"))
        assert gumshoe.sandbox.post("socket", action=action)["connections"] == 1
        assert [each["status"] for each in answers.result()] == ["ok"] * len(TARGETS)
    until("another line", gumshoe.sandbox.reachable)
    again = typed(gumshoe)
    assert {each["status"] for each in again} == {"ok"}
    assert all("already" in each["ephemeral"]["text"] for each in again)
    assert_each_once(gumshoe)


@pytest.mark.fault("The connection is cut while commands are being answered", keeps=("lost", "twice"))
def test_commands_whose_answers_were_cut_off_are_one_scan_when_typed_again(gumshoe: Gumshoe) -> None:
    gumshoe.sandbox.fault("users.info", "slow", seconds=0.5)
    with ThreadPoolExecutor(1) as pool:
        answers = pool.submit(typed, gumshoe)
        until("the commands to be under way", lambda: called(gumshoe, "users.info"))
        gumshoe.sandbox.post("socket", action="drop")
        assert {each["status"] for each in answers.result()} == {"dispatch_failed"}
    until("another line", gumshoe.sandbox.reachable)
    again = typed(gumshoe)
    assert {each["status"] for each in again} == {"ok"}
    assert_each_once(gumshoe)
