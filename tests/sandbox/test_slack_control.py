"""The control API of the stand-in workspace: its state, its feed of changes, its switches, and its command line."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator

import pytest

from sandbox.slack.clock import Clock
from sandbox.slack.serve import NotLoopback, refuse_others
from sandbox.slack.workspace import Token, Workspace
from tests.sandbox.workspace_doors import Doors, open_doors


@pytest.fixture
async def doors() -> AsyncIterator[Doors]:
    async with open_doors() as opened:
        yield opened


async def test_the_state_names_people_and_channels(doors: Doors) -> None:
    state = await doors.get("state")
    people = {person["id"]: person for person in state["people"]}
    channels = {channel["id"]: channel for channel in state["channels"]}
    assert set(people) == {"U0ADA", "U0BOB", "U0EVA", "U0GUEST", "U0STRANGER"}
    assert (people["U0GUEST"]["is_restricted"], people["U0STRANGER"]["team"]) == (True, "T0OTHER")
    assert (channels["C0SECRET"]["is_private"], channels["C0SECRET"]["bot_is_member"]) == (True, False)
    assert (channels["D0ADA"]["is_dm"], channels["D0ADA"]["user"]) == (True, "U0ADA")
    assert channels["C0ARCHIVE"]["is_archived"]
    assert channels["C0SHARED"]["is_ext_shared"]


async def test_watchers_are_woken_by_a_change(doors: Doors) -> None:
    seq = (await doors.get("state"))["seq"]
    watching = asyncio.create_task(doors.get("changes", since=seq, timeout=10, kind="message"))
    answer = await doors.client.chat_postMessage(channel="C0GENERAL", text="hello")
    changes = (await watching)["changes"]
    assert [(c["kind"], c["channel"], c["ts"]) for c in changes] == [("message", "C0GENERAL", answer["ts"])]


async def test_nothing_new_is_an_empty_list_when_the_time_is_up(doors: Doors) -> None:
    seq = (await doors.get("state"))["seq"]
    assert (await doors.get("changes", since=seq, timeout=0))["changes"] == []


async def test_the_stream_sends_changes_as_they_come(doors: Doors) -> None:
    async with doors.http.get(f"{doors.url}/control/stream") as stream:
        ts = (await doors.client.chat_postMessage(channel="C0GENERAL", text="hello"))["ts"]
        await doors.client.chat_update(channel="C0GENERAL", ts=ts, text="edited")
        kinds = []
        while "message_changed" not in kinds:
            line = (await asyncio.wait_for(stream.content.readline(), 10)).decode()
            if line.startswith("data: "):
                kinds.append(json.loads(line.removeprefix("data: "))["kind"])
    assert [kind for kind in kinds if kind != "call"] == ["message", "message_changed"]


async def test_a_channel_can_be_changed(doors: Doors) -> None:
    await doors.post("channel", id="C0NOBOT", bot_is_member=True)
    assert (await doors.client.chat_postMessage(channel="C0NOBOT", text="x"))["ok"]
    await doors.post("channel", id="C0NOBOT", post_error="restricted_action_thread_only_channel")
    refusal = await doors.refused("chat.postMessage", channel="C0NOBOT", text="x")
    assert refusal["error"] == "restricted_action_thread_only_channel"
    await doors.post("channel", id="C0NOBOT", is_archived=True, post_error="")
    assert (await doors.refused("chat.postMessage", channel="C0NOBOT", text="x"))["error"] == "is_archived"
    await doors.post("channel", id="C0NOBOT", members=["U0ADA"], is_private=True)
    assert (await doors.refused("conversations.info", channel="C0NOBOT"))["error"] == "channel_not_found"
    assert "no channel" in (await doors.post("channel", id="C0MARS"))["error"]


async def test_a_person_can_be_changed(doors: Doors) -> None:
    await doors.post("person", id="U0BOB", is_restricted=True)
    assert (await doors.client.users_info(user="U0BOB"))["user"]["is_restricted"] is True


async def test_an_unknown_setting_is_named(doors: Doors) -> None:
    assert (await doors.post("settings", colour="red"))["error"].startswith("no setting 'colour'; known: ack_timeout")


async def test_a_body_that_lacks_something_says_what(doors: Doors) -> None:
    assert (await doors.post("click", user="U0ADA"))["error"] == "missing: action_id"
    async with doors.http.post(f"{doors.url}/control/click", data="[1]") as response:
        assert response.status == 400
        assert (await response.json())["error"] == "the body must be a JSON object"


async def test_a_reset_forgets_everything_but_never_uses_a_stamp_twice(doors: Doors) -> None:
    before = (await doors.client.chat_postMessage(channel="C0GENERAL", text="x"))["ts"]
    await doors.post("fault", kind="500", times=9)
    await doors.post("token", revoked=True)
    await doors.post("channel", id="C0GENERAL", is_archived=True)
    await doors.post("reset")
    assert await doors.messages() == []
    assert (await doors.get("calls"))["calls"] == []
    after = (await doors.client.chat_postMessage(channel="C0GENERAL", text="x"))["ts"]
    assert after > before


async def test_the_page_runs_no_script_but_its_own(doors: Doors) -> None:
    async with doors.http.get(f"{doors.url}/") as response:
        assert response.status == 200
        assert "default-src 'self'" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "example.com", ""])
def test_only_loopback_is_listened_on(host: str) -> None:
    with pytest.raises(NotLoopback, match="loopback only"):
        refuse_others(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.2"])
def test_every_loopback_address_will_do(host: str) -> None:
    refuse_others(host)


async def _command(*arguments: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", "slack", *arguments, stdout=pipe, stderr=pipe
    )


async def test_the_command_prints_one_line_when_ready_and_stops_on_a_signal(doors: Doors) -> None:
    process = await _command("--bot-token", "xoxb-mine", "--scopes", "chat:write,commands")
    assert process.stdout is not None
    told = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
    assert set(told) == {
        *("url", "api_url", "bot_token", "app_token", "signing_secret"),
        *("client_id", "client_secret"),
    }
    headers = {"Authorization": "Bearer xoxb-mine"}
    async with doors.http.post(f"{told['api_url']}auth.test", headers=headers) as response:
        assert response.headers["X-OAuth-Scopes"] == "chat:write,commands"
    process.send_signal(signal.SIGTERM)
    rest, complaints = await asyncio.wait_for(process.communicate(), 20)
    assert (process.returncode, rest, complaints) == (0, b"", b"")


async def test_the_command_refuses_other_addresses_in_a_sentence() -> None:
    process = await _command("--host", "0.0.0.0")
    _, complaints = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 1
    assert complaints.decode().startswith("the sandbox listens on loopback only, not on 0.0.0.0")


async def test_no_id_of_an_earlier_life_is_given_again() -> None:
    later = Clock()
    await later.advance(1)
    tokens = Token("xoxb-test", set()), Token("xapp-test", set())
    lives = [Workspace(*tokens, "secret", clock=clock) for clock in (Clock(), later)]
    first, second = ({life.mint_trigger("U0ADA") for _ in range(100)} for life in lives)
    assert len(first | second) == 200
