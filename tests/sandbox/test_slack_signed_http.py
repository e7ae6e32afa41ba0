"""Signed HTTP delivery of the stand-in workspace: handshake, signatures, retries with their headers, time-outs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from tests.sandbox.bolt_apps import bolt_app, listening, over_http
from tests.sandbox.workspace_doors import Doors, open_doors

ASK = {"user": "U0ADA", "channel": "C0GENERAL", "text": "example.com"}
MENTION = {"user": "U0ADA", "channel": "C0GENERAL", "text": "<@U0GUMSHOE> scan example.com"}


@pytest.fixture
async def doors() -> AsyncIterator[Doors]:
    async with open_doors() as opened:
        yield opened


@asynccontextmanager
async def endpoint(
    doors: Doors, *answers: web.Response, answering: asyncio.Event | None = None
) -> AsyncIterator[asyncio.Queue[web.Request]]:
    """An address that gives these answers one after the other and then the last one for ever; yields its requests."""
    requests: asyncio.Queue[web.Request] = asyncio.Queue()
    left = list(answers)

    async def serve(request: web.Request) -> web.Response:
        await request.read()
        requests.put_nowait(request)
        if answering is not None:
            await answering.wait()
        answer = left.pop(0) if len(left) > 1 else left[0]
        return web.Response(status=answer.status, headers=answer.headers)

    app = web.Application()
    app.add_routes([web.post("/slack/events", serve)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    doors.server.workspace.settings.events_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    try:
        yield requests
    finally:
        await runner.cleanup()


async def test_a_bolt_app_passes_the_handshake_and_gets_everything_signed(doors: Doors) -> None:
    app = bolt_app(doors)
    seen: list[str] = []

    @app.command("/scan")
    async def scan(ack: Any, command: dict[str, Any], say: Any) -> None:
        await ack({"text": f"got {command['text']}"})
        await say(text="x", blocks=[{"type": "actions", "elements": [button]}])

    @app.action("go")
    async def go(ack: Any, action: dict[str, Any]) -> None:
        seen.append(action["value"])
        await ack()

    @app.event("app_mention")
    async def heard(event: dict[str, Any], ack: Any) -> None:
        seen.append(event["text"])
        await ack()

    button = {"type": "button", "action_id": "go", "value": "v", "text": {"type": "plain_text", "text": "Go"}}
    async with over_http(doors, app) as verified:
        assert verified
        told = await doors.post("command", **ASK)
        assert (told["status"], told["ephemeral"]["text"]) == ("ok", "got example.com")
        ts = (await doors.messages())[0]["ts"]
        await doors.post("click", user="U0ADA", channel="C0GENERAL", ts=ts, action_id="go")
        await doors.post("message", **MENTION)
        await doors.until("ack", lambda change: change["what"] == "app_mention")
    assert seen == ["v", "<@U0GUMSHOE> scan <http://example.com|example.com>"]
    assert {ack["carrier"] for ack in (await doors.get("acks"))["acks"]} == {"http"}


@pytest.mark.parametrize("forgery", [{"secret": "wrong"}, {"age": 301}, {"age": -301}])
async def test_a_forged_or_stale_signature_is_sent_on_demand_and_bolt_refuses_it(
    doors: Doors, forgery: dict[str, Any]
) -> None:
    async with over_http(doors, bolt_app(doors)):
        told = await doors.post("forge", kind="event", payload={"type": "event_callback", "event": {}}, **forgery)
    assert (told["status"], told["response"]["http_status"]) == ("http_client_error", 401)


async def test_an_events_url_switches_socket_mode_off(doors: Doors) -> None:
    async with listening(doors) as listener, endpoint(doors, web.Response()) as requests:
        await doors.post("message", **MENTION)
        assert requests.qsize() == 1
        assert listener.requests.empty()


async def test_a_failed_event_is_retried_with_slack_s_headers(doors: Doors) -> None:
    async with endpoint(doors, web.Response(status=500), web.Response(status=500), web.Response()) as requests:
        assert (await doors.post("message", **MENTION))["status"] == "http_service_error"
        await doors.until("ack", lambda change: change["retry"] == 1)
        await doors.post("clock", advance=60)
        await doors.until("ack", lambda change: change["retry"] == 2 and change["ok"])
        got = [await requests.get() for _ in range(3)]
    headers = [(g.headers.get("X-Slack-Retry-Num"), g.headers.get("X-Slack-Retry-Reason")) for g in got]
    assert headers == [(None, None), ("1", "http_error"), ("2", "http_error")]
    assert requests.empty()


async def test_an_app_can_ask_for_no_retry(doors: Doors) -> None:
    refusal = web.Response(status=500, headers={"X-Slack-No-Retry": "1"})
    async with endpoint(doors, refusal) as requests:
        await doors.post("message", **MENTION)
        await doors.post("clock", advance=400)
        await doors.post("message", **MENTION | {"text": "nobody in particular"})
        assert requests.qsize() == 1


async def test_commands_are_not_retried(doors: Doors) -> None:
    async with endpoint(doors, web.Response(status=503)) as requests:
        told = await doors.post("command", **ASK)
        await doors.post("clock", advance=400)
        assert requests.qsize() == 1
    assert told["ephemeral"]["text"] == '/scan failed with the error "http_service_error"'


async def test_an_app_that_is_not_there_or_too_slow_is_told_apart(doors: Doors) -> None:
    async with endpoint(doors, web.Response()):
        pass
    assert (await doors.post("command", **ASK))["error"] == "dispatch_failed"
    await doors.post("settings", ack_timeout=0.1)
    answering = asyncio.Event()
    async with endpoint(doors, web.Response(), answering=answering):
        assert (await doors.post("command", **ASK))["error"] == "operation_timeout"
        answering.set()
