"""Faults, rate tiers and moved time: the stand-in workspace misbehaves exactly as ordered, and as often."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.workspace_doors import Doors, open_doors


@pytest.fixture
async def doors() -> AsyncIterator[Doors]:
    async with open_doors() as opened:
        yield opened


async def test_a_429_carries_its_wait_and_is_over_after_the_ordered_times(doors: Doors) -> None:
    await doors.post("fault", method="chat.postMessage", kind="429", times=2, retry_after=7)
    for _ in range(2):
        with pytest.raises(SlackApiError) as raised:
            await doors.client.chat_postMessage(channel="C0GENERAL", text="x")
        assert raised.value.response.status_code == 429
        assert raised.value.response.headers["Retry-After"] == "7"
        assert raised.value.response["error"] == "ratelimited"
    assert (await doors.client.chat_postMessage(channel="C0GENERAL", text="x"))["ok"]
    assert len(await doors.messages()) == 1


async def test_slack_s_own_client_gets_over_a_429(doors: Doors) -> None:
    await doors.post("fault", method="chat.postMessage", kind="429", retry_after=0)
    handlers = [AsyncRateLimitErrorRetryHandler(max_retry_count=1)]
    client = AsyncWebClient(doors.bot_token, base_url=doors.api_url, session=doors.http, retry_handlers=list(handlers))
    assert (await client.chat_postMessage(channel="C0GENERAL", text="x"))["ok"]
    faults = [call["fault"] for call in (await doors.get("calls"))["calls"]]
    assert faults == ["429", None]


@pytest.mark.parametrize(("kind", "status"), [("500", 500), ("503", 503), ("not_json", 200)])
async def test_a_broken_answer_stores_nothing(doors: Doors, kind: str, status: int) -> None:
    await doors.post("fault", method="chat.postMessage", kind=kind)
    headers = {"Authorization": f"Bearer {doors.bot_token}"}
    body = {"channel": "C0GENERAL", "text": "x"}
    async with doors.http.post(f"{doors.api_url}chat.postMessage", json=body, headers=headers) as response:
        assert response.status == status
        assert not (await response.text()).startswith("{")
    assert await doors.messages() == []


@pytest.mark.parametrize(("kind", "stored"), [("cut_before", 0), ("cut_after", 1)])
async def test_a_cut_connection_leaves_the_caller_in_doubt(doors: Doors, kind: str, stored: int) -> None:
    await doors.post("fault", method="chat.postMessage", kind=kind)
    with pytest.raises(aiohttp.ClientError):
        await doors.client.chat_postMessage(channel="C0GENERAL", text="x")
    assert len(await doors.messages()) == stored


async def test_a_fault_hits_only_calls_that_match(doors: Doors) -> None:
    await doors.post("fault", method="chat.postMessage", kind="error", code="is_archived", match="second")
    assert (await doors.client.chat_postMessage(channel="C0GENERAL", text="first"))["ok"]
    refusal = await doors.refused("chat.postMessage", channel="C0GENERAL", text="second")
    assert refusal["error"] == "is_archived"


async def test_a_slow_call_is_done_although_the_caller_hung_up(doors: Doors) -> None:
    await doors.post("fault", method="chat.postMessage", kind="slow", seconds=0.3)
    posting = asyncio.create_task(doors.client.chat_postMessage(channel="C0GENERAL", text="x"))
    await doors.until("fault", lambda change: change.get("fault") == "slow")
    posting.cancel()
    await asyncio.gather(posting, return_exceptions=True)
    await doors.until("message")
    assert len(await doors.messages()) == 1


async def test_a_hanging_call_never_answers(doors: Doors) -> None:
    await doors.post("fault", method="chat.postMessage", kind="hang")
    posting = asyncio.create_task(doors.client.chat_postMessage(channel="C0GENERAL", text="x"))
    await doors.until("call", lambda change: change["fault"] == "hang")
    assert not posting.done()
    posting.cancel()
    await asyncio.gather(posting, return_exceptions=True)
    assert await doors.messages() == []


async def test_orders_can_be_listed_and_taken_back(doors: Doors) -> None:
    await doors.post("fault", kind="500", times=3)
    assert [fault["times"] for fault in (await doors.get("fault"))["faults"]] == [3]
    async with doors.http.delete(f"{doors.url}/control/fault") as response:
        assert response.ok
    assert (await doors.client.auth_test())["ok"]
    assert "unknown kind of fault" in (await doors.post("fault", kind="gremlins"))["error"]


async def test_tiers_are_off_until_asked_for(doors: Doors) -> None:
    for _ in range(6):
        await doors.client.chat_postMessage(channel="C0GENERAL", text="x")
    await doors.post("settings", enforce_tiers=True)
    for _ in range(4):
        await doors.client.chat_postMessage(channel="C0GENERAL", text="x")
    assert (await doors.refused("chat.postMessage", channel="C0GENERAL", text="x"))["error"] == "ratelimited"
    assert (await doors.client.chat_postMessage(channel="C0CASE17", text="x"))["ok"]
    await doors.post("clock", advance=5)
    assert (await doors.client.chat_postMessage(channel="C0GENERAL", text="x"))["ok"]


async def test_edits_of_the_whole_workspace_share_fifty_a_minute(doors: Doors) -> None:
    ts = (await doors.client.chat_postMessage(channel="C0GENERAL", text="x"))["ts"]
    await doors.post("settings", enforce_tiers=True)
    for number in range(50):
        await doors.client.chat_update(channel="C0GENERAL", ts=ts, text=str(number))
    with pytest.raises(SlackApiError) as raised:
        await doors.client.chat_update(channel="C0GENERAL", ts=ts, text="one too many")
    wait = int(raised.value.response.headers["Retry-After"])
    await doors.post("clock", advance=wait)
    assert (await doors.client.chat_update(channel="C0GENERAL", ts=ts, text="in time"))["ok"]


@pytest.mark.parametrize(
    ("kind", "said"), [("not_object", '["ok"]'), ("words", "all is well"), ("ok_only", '{"ok": true}')]
)
async def test_an_answer_may_be_none(doors: Doors, kind: str, said: str) -> None:
    await doors.post("fault", method="chat.postMessage", kind=kind)
    token = {"Authorization": f"Bearer {doors.bot_token}"}
    body = {"channel": "C0GENERAL", "text": "x"}
    async with doors.http.post(f"{doors.url}/api/chat.postMessage", json=body, headers=token) as answer:
        assert (answer.status, await answer.text()) == (200, said)
    assert len(await doors.messages()) == (kind == "ok_only")


@pytest.mark.parametrize(("given", "sent"), [(7, "7"), ("soon", "soon"), ("", None)])
async def test_a_429_says_what_was_ordered(doors: Doors, given: object, sent: str | None) -> None:
    await doors.post("fault", method="auth.test", kind="429", retry_after=given)
    async with doors.http.post(f"{doors.url}/api/auth.test") as answer:
        assert (answer.status, answer.headers.get("Retry-After")) == (429, sent)
