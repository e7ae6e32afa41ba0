"""Socket Mode of the stand-in workspace: tickets, hello, envelopes, acks, re-sent events, goodbyes and silent lines."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import aiohttp
import pytest

from tests.sandbox.bolt_apps import Listener, listening
from tests.sandbox.workspace_doors import Doors, open_doors

MENTION = {"user": "U0ADA", "channel": "C0GENERAL", "text": "<@U0GUMSHOE> scan example.com"}


@pytest.fixture
async def doors() -> AsyncIterator[Doors]:
    async with open_doors() as opened:
        yield opened


async def ticket(doors: Doors) -> str:
    headers = {"Authorization": f"Bearer {doors.app_token}"}
    async with doors.http.post(f"{doors.api_url}apps.connections.open", headers=headers) as response:
        return str((await response.json())["url"])


async def test_a_connection_is_greeted_with_how_many_there_are(doors: Doors) -> None:
    async with listening(doors) as first, listening(doors) as second:
        assert (await first.note())["num_connections"] == 1
        hello = await second.note()
        assert hello["num_connections"] == 2
        assert hello["debug_info"] == {"host": "sandbox", "build_number": 1, "approximate_connection_time": 3600}


async def test_a_ticket_opens_one_connection(doors: Doors) -> None:
    url = await ticket(doors)
    async with doors.http.ws_connect(url) as line:
        assert (await line.receive_json())["type"] == "hello"
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await doors.http.ws_connect(url)


async def test_the_bot_token_opens_no_connection(doors: Doors) -> None:
    assert (await doors.refused("apps.connections.open"))["error"] == "not_allowed_token_type"


async def test_an_eleventh_connection_is_sent_away(doors: Doors) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(10):
            line = await stack.enter_async_context(doors.http.ws_connect(await ticket(doors)))
            await line.receive_json()
        line = await stack.enter_async_context(doors.http.ws_connect(await ticket(doors)))
        assert await line.receive_json() == {"type": "disconnect", "reason": "too_many_websockets"}


async def test_a_mention_arrives_as_slack_tells_it_and_its_ack_is_timed(doors: Doors) -> None:
    async with listening(doors) as listener:
        told = await doors.post("message", **MENTION)
        request = await listener.request()
    event = request.payload["event"]
    assert (request.type, request.accepts_response_payload, request.retry_attempt) == ("events_api", False, 0)
    assert (event["type"], event["ts"], event["channel"]) == ("app_mention", told["ts"], "C0GENERAL")
    assert event["text"] == "<@U0GUMSHOE> scan <http://example.com|example.com>"
    assert event["client_msg_id"]
    assert request.payload["event_id"].startswith("Ev")
    ack = (await doors.get("acks"))["acks"][0]
    assert (ack["ok"], ack["kind"], ack["what"], ack["carrier"]) == (True, "events_api", "app_mention", "socket")
    assert ack["ms"] > 0


async def test_payloads_are_spread_over_the_connections(doors: Doors) -> None:
    async with listening(doors) as first, listening(doors) as second:
        for _ in range(4):
            await doors.post("message", **MENTION)
        assert (first.requests.qsize(), second.requests.qsize()) == (2, 2)


async def test_an_event_without_ack_is_sent_again_with_its_reason(doors: Doors) -> None:
    await doors.post("settings", ack_timeout=0.1)
    async with listening(doors, answers=False) as listener:
        told = await doors.post("message", **MENTION)
        assert told["status"] == "operation_timeout"
        first, again = await listener.request(), await listener.request()
        assert again.payload["event_id"] == first.payload["event_id"]
        assert again.envelope_id != first.envelope_id
        assert (again.retry_attempt, again.retry_reason) == (1, "timeout")
        await doors.until("ack", lambda change: change["retry"] == 1)
        listener.answers = True
        await doors.post("clock", advance=60)
        assert (await listener.request()).retry_attempt == 2
        await doors.until("ack", lambda change: change["retry"] == 2 and change["ok"])


async def test_an_event_waits_for_somebody_to_connect(doors: Doors) -> None:
    told = await doors.post("message", **MENTION)
    assert told["status"] == "dispatch_failed"
    await doors.until("ack", lambda change: change["retry"] == 1)
    async with listening(doors) as listener:
        await doors.post("clock", advance=60)
        assert (await listener.request()).retry_attempt == 2


async def test_a_connection_that_breaks_before_its_ack_is_noticed_at_once(doors: Doors) -> None:
    async with doors.http.ws_connect(await ticket(doors)) as line:
        await line.receive_json()
        await doors.post("settings", retry_delays=[])

        async def hang_up() -> None:
            await line.receive_json()
            await doors.post("socket", action="drop")

        async with asyncio.TaskGroup() as group:
            group.create_task(hang_up())
            told = await doors.post("message", **MENTION)
    assert told["status"] == "dispatch_failed"


@pytest.mark.parametrize(
    ("action", "reason"),
    [("disconnect", "warning"), ("refresh", "refresh_requested"), ("disable", "link_disabled")],
)
async def test_a_goodbye_gives_its_reason(doors: Doors, action: str, reason: str) -> None:
    async with doors.http.ws_connect(await ticket(doors)) as line:
        await line.receive_json()
        assert (await doors.post("socket", action=action))["connections"] == 1
        goodbye = await line.receive_json()
        assert (goodbye["type"], goodbye["reason"]) == ("disconnect", reason)
        assert (await doors.post("message", **MENTION))["status"] == "dispatch_failed"
        await doors.post("clock", advance=10)
        assert (await line.receive()).type == aiohttp.WSMsgType.CLOSE


@pytest.mark.parametrize("action", ["disconnect", "refresh", "drop"])
async def test_slack_s_client_comes_back_after_a_goodbye_or_a_cut(doors: Doors, action: str) -> None:
    async with listening(doors) as listener:
        assert (await listener.note())["type"] == "hello"
        await doors.post("socket", action=action)
        greeted = False
        while not greeted:  # the goodbye may be noted before or after the new greeting
            greeted = (await listener.note())["type"] == "hello"
        await _still_hears(doors, listener)


async def test_a_deaf_line_looks_alive_and_brings_nothing(doors: Doors) -> None:
    await doors.post("settings", ack_timeout=0.1, retry_delays=[])
    async with listening(doors) as listener:
        await doors.post("socket", action="deaf")
        assert (await doors.post("message", **MENTION))["status"] == "operation_timeout"
        assert listener.requests.empty()
        assert await listener.client.is_connected()
        await doors.post("socket", action="undeaf")
        assert (await doors.post("message", **MENTION))["status"] == "ok"


async def test_an_unknown_action_on_sockets_is_named(doors: Doors) -> None:
    assert "unknown socket action 'explode'" in (await doors.post("socket", action="explode"))["error"]


async def test_a_mute_line_does_not_answer_pings(doors: Doors) -> None:
    async with doors.http.ws_connect(await ticket(doors), autoping=False) as line:
        await line.receive_json()
        await line.ping(b"one")
        assert (await line.receive(timeout=5)).data == b"one"
        await doors.post("socket", action="mute")
        posting = asyncio.create_task(doors.post("message", **MENTION))
        envelope = await line.receive_json(timeout=5)
        await line.ping(b"two")
        await line.send_json({"envelope_id": envelope["envelope_id"]})
        assert (await posting)["status"] == "ok"  # so the second ping was read before
        await doors.post("socket", action="unmute")
        await line.ping(b"three")
        assert (await line.receive(timeout=5)).data == b"three"


async def _still_hears(doors: Doors, listener: Listener) -> None:
    await doors.post("message", **MENTION)
    assert (await listener.request()).payload["event"]["type"] == "app_mention"
