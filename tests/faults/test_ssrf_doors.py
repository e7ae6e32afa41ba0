"""People, messages and forged requests name the inside: nothing is started about it, and no packet goes there.

The bot is real and so are its Redis and its workspace, in a network where every address answers.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.blocks import Attachment
from core.errors import SlackDown, SlackError
from core.models import Scan
from core.pace import LocalPace
from core.seal import Action
from core.slack import Slack
from core.slack.line import Envelope, Lines
from core.slack.places import belongs
from core.targets import host_of
from tests.bot.listening import Bot
from tests.bot.shell import gumshoe
from tests.faults.apart import Ledger, Touch, apart
from tests.faults.everywhere import SHOP, Everywhere, answer
from tests.faults.ssrf_corpus import ALL, CORPUS, PUBLIC
from tests.servers import HOST, Redis, Sandbox

FAMILIES = pytest.mark.parametrize("family", CORPUS)
NAMED = {"example.com", "shop.test"}  # public names that some entries hold besides the inside
API = "https://slack.com/api/"
CHOOSE = "choose:0"


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    with apart() as opened:
        yield opened


@pytest.fixture(scope="module")
def lasting_bot(ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    folder = tmp_path_factory.mktemp("bot")
    networks = ",".join(PUBLIC)
    with (
        Redis(folder / "redis") as redis,
        Sandbox.over_http() as sandbox,
        Bot(folder, sandbox, redis.url, allow_networks=networks) as bot,
    ):
        yield bot


@pytest.fixture
def bot(lasting_bot: Bot, ledger: Ledger) -> Bot:
    lasting_bot.forget()
    ledger.touched()
    return lasting_bot


def inside(ledger: Ledger) -> list[Touch]:
    """What was touched that is no server of the test, all of which are on one address of loopback."""
    return [each for each in ledger.touched() if each.address != HOST]


def about(scan: Scan) -> str:
    return host_of(scan.target) or scan.target.value


def assert_nothing_started(bot: Bot, ledger: Ledger) -> None:
    bot.settle()
    assert {about(scan) for scan in bot.scans()} <= NAMED
    assert inside(ledger) == []


@pytest.mark.fault("Somebody types an address of the inside after /scan, in every spelling", keeps=("in",))
@FAMILIES
def test_no_command_starts_a_scan_of_the_inside(bot: Bot, ledger: Ledger, family: str) -> None:
    for entry in CORPUS[family]:
        told = bot.sandbox.command(f"{entry.at(8080)} collectors=dns")
        assert told["status"] == "ok", entry.name
    assert_nothing_started(bot, ledger)


@pytest.mark.fault("A mention, or a message that is scanned, names the inside in every spelling", keeps=("in",))
@FAMILIES
def test_no_message_starts_a_scan_of_the_inside(bot: Bot, ledger: Ledger, family: str) -> None:
    text = "\n".join(entry.at(8080) for entry in CORPUS[family])
    bot.sandbox.post("message", user="U0ADA", channel="C0GENERAL", text=f"<@U0GUMSHOE> {text}")
    for entry in CORPUS[family][:4]:
        bot.sandbox.post("message", user="U0ADA", channel="C0GENERAL", text=f"<@U0GUMSHOE> scan {entry.at(8080)}")
    assert_nothing_started(bot, ledger)
    ts = bot.sandbox.post("message", user="U0BOB", channel="C0GENERAL", text=text)["ts"]
    bot.sandbox.post("shortcut", user="U0ADA", callback_id="scan_message", channel="C0GENERAL", ts=ts)
    bot.settle()
    view = bot.sandbox.get("modal", user="U0ADA")["view"]
    offered = [option["value"] for option in options_of(view, "found_0")]
    assert {value for value in offered if not any(name in value for name in NAMED)} == set()


def options_of(view: dict[str, Any], block: str) -> list[dict[str, Any]]:
    elements = [each["element"] for each in view["blocks"] if each.get("block_id") == block]
    return [option for element in elements for option in element["options"]]


@pytest.mark.fault("A form is filled with the inside, or ticks it though it was never offered", keeps=("in",))
@FAMILIES
def test_no_form_starts_a_scan_of_the_inside(bot: Bot, ledger: Ledger, family: str) -> None:
    for entry in CORPUS[family][:3]:
        bot.sandbox.command("")
        bot.settle()
        view = bot.sandbox.get("modal", user="U0ADA")["view"]
        values = {"targets": {"targets": {"value": entry.at(8080) or "-"}}}
        assert bot.sandbox.post("submit", user="U0ADA", view_id=view["id"], values=values)["status"] == "ok"
    assert_nothing_started(bot, ledger)


@pytest.mark.fault("A button of ours, rightly sealed, holds the inside (made before a rule changed)", keeps=("in",))
@FAMILIES
def test_no_button_starts_a_scan_of_the_inside(bot: Bot, ledger: Ledger, family: str) -> None:
    for entry in CORPUS[family][:3]:
        value = bot.front.seal("T0SANDBOX")(Action("choose", subject=entry.at(8080)))
        bot.click(bot.post_button(CHOOSE, value), CHOOSE)
    assert_nothing_started(bot, ledger)


@pytest.mark.fault("A harmless target through the same doors: not everything may be refused", keeps=("in", "honest"))
def test_a_harmless_target_is_scanned_through_every_door(bot: Bot) -> None:
    bot.sandbox.command("shop.test collectors=dns")
    bot.sandbox.post("message", user="U0ADA", channel="C0GENERAL", text="<@U0GUMSHOE> hxxp://203[.]0[.]113[.]7/x")
    value = bot.front.seal("T0SANDBOX")(Action("choose", subject="example.com"))
    bot.click(bot.post_button(CHOOSE, value), CHOOSE)
    bot.settle()
    assert {about(scan) for scan in bot.scans()} == {"shop.test", "http://203.0.113.7/x", "example.com"}


@pytest.mark.fault("`python -m bot scan` is given the inside, or a name that leads there", keeps=("in", "honest"))
@pytest.mark.parametrize("text", ["http://127.0.0.1:8080/", "[::ffff:169.254.169.254]", "domain:db.internal"])
def test_the_terminal_scans_nothing_of_the_inside(tmp_path: Path, ledger: Ledger, text: str) -> None:
    ledger.touched()
    done = gumshoe(tmp_path, "scan", text, "--json", DNS_SERVERS=f"{SHOP}:53")
    assert (done.returncode not in (0, 3), done.stdout) == (True, "")
    assert ledger.touched() == []


@pytest.mark.fault("A click that is rightly signed names another place for its answer", keeps=("in", "answer"))
def test_an_answer_to_a_click_goes_to_slack_alone(bot: Bot, ledger: Ledger) -> None:
    for place in (
        "http://10.0.0.1:8080/",
        "http://169.254.169.254/",
        "http://localhost:8080/",
        "file:///etc/passwd",
        "",
    ):
        value = bot.front.seal("T0SANDBOX")(Action("choose", subject="10.0.0.1"))
        payload = {
            "type": "block_actions", "team": {"id": "T0SANDBOX"}, "user": {"id": "U0ADA", "team_id": "T0SANDBOX"},
            "channel": {"id": "C0GENERAL"}, "container": {}, "trigger_id": "1.2.3", "response_url": place,
            "actions": [{"type": "button", "action_id": CHOOSE, "block_id": "b", "value": value, "action_ts": place}],
        }  # fmt: skip
        assert bot.sandbox.post("forge", kind="interaction", payload=payload)["status"] == "ok"
    bot.settle()
    assert inside(ledger) == []
    told = [each for each in bot.whispers() if "10.0.0.1" in json.dumps(each).replace("[.]", ".")]
    assert len(told) == 5, "the person is told all the same, in the channel"


@pytest.fixture
async def everywhere(ledger: Ledger) -> AsyncIterator[Everywhere]:
    async with Everywhere.listen() as opened:
        ledger.touched()
        yield opened


ELSEWHERE = (
    "http://10.0.0.1:PORT/up",
    "http://169.254.169.254/up",
    "http://localhost:PORT/up",
    "http://127.0.0.2:PORT/up",
    "http://127.0.0.1:PORT@10.0.0.1:PORT/up",
    "http://10.0.0.1:PORT\\@127.0.0.1/up",
    "file:///etc/passwd",
    "",
)


@pytest.mark.fault("Slack names a place for a file that is not Slack's, or redirects there", keeps=("in", "honest"))
@pytest.mark.parametrize("place", [*ELSEWHERE, "redirect"])
async def test_a_file_is_sent_to_slack_alone(everywhere: Everywhere, ledger: Ledger, place: str) -> None:
    base = f"http://{HOST}:{everywhere.port}"
    url = f"{base}/moved" if place == "redirect" else place.replace("PORT", str(everywhere.port))
    everywhere.answers["/moved"] = answer(307, Location=f"http://10.0.0.1:{everywhere.port}/up")
    named = json.dumps({"ok": True, "upload_url": url, "file_id": "F1"})
    everywhere.answers["/api/files.getUploadURLExternal"] = answer(body=named, kind="application/json")
    slack = Slack("xoxb-x", base_url=f"{base}/api/", pace=LocalPace())
    try:
        with pytest.raises(SlackError) as refused:
            await slack.lay_down(Attachment("findings.json", "Findings", b"what was found"))
    finally:
        await slack.close()
    assert refused.value.code == {"redirect": "http_307", "": "no_upload_url"}.get(place, "foreign")
    assert inside(ledger) == []


@pytest.mark.fault("Slack's answer names a WebSocket that is not Slack's", keeps=("in",))
@pytest.mark.parametrize("place", [each.replace("http:", "ws:") for each in ELSEWHERE])
async def test_socket_mode_connects_to_slack_alone(everywhere: Everywhere, ledger: Ledger, place: str) -> None:
    named = json.dumps({"ok": True, "url": place.replace("PORT", str(everywhere.port))})
    everywhere.answers["/api/apps.connections.open"] = answer(body=named, kind="application/json")
    lines = Lines("xapp-x", base_url=f"http://{HOST}:{everywhere.port}/api/", hear=_deaf)
    with pytest.raises(SlackDown, match="not Slack's"):
        await lines.open()
    await lines.close()
    assert inside(ledger) == []


async def _deaf(_envelope: Envelope) -> None:
    return None


@pytest.mark.fault("An address that came with Slack's words is not Slack's", keeps=("in",))
def test_slack_s_own_addresses_are_told_from_others() -> None:
    for url in ("https://files.slack.com/upload/v1/x", "https://hooks.slack.com/actions/x", "wss://wss.slack.com/link/?t=1",
                "wss://cerberus.lb.slack-msgs.com/x", "https://slack.com:443/x"):  # fmt: skip
        assert belongs(url, API), url
    for url in ("http://files.slack.com/x", "ws://wss.slack.com/x", "https://slack.com.evil.test/", "https://evilslack.com/",
                "https://slack.com@evil.test/", "https://files.slack.com:6379/", "https://evil.test\\@files.slack.com/",
                "https://files.slack.com\\@evil.test/", "https://[::1]/", "https://", ""):  # fmt: skip
        assert not belongs(url, API), url
    assert not belongs(None, API)
    assert [each.name for each in ALL if belongs(each.at(443), API)] == []
    assert belongs("https://files.slack-gov.com/x", "https://slack-gov.com/api/")
    assert not belongs("https://files.slack.com/x", "https://slack-gov.com/api/")
