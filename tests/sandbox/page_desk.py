"""An app at the other end of the sandbox workspace and a real browser before its page, for tests of the page."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from tests.sandbox.workspace_doors import DEADLINE, Doors, open_doors

CHANNEL = "C0CASE17"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
expect.set_options(timeout=30_000)  # milliseconds: a starved machine paints late


class Desk:
    """An app at the other end of the workspace, that remembers what reached it."""

    def __init__(self, doors: Doors, app: AsyncApp) -> None:
        self.doors, self.app = doors, app
        self.pressed: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.submitted: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        app.command("/scan")(self._command)
        app.action("press")(self._press)
        app.action("choose")(self._press)
        app.view("form")(self._submit)
        app.shortcut("scan_message")(self._shortcut)
        app.event("app_home_opened")(self._home)
        app.event("app_mention")(self._mention)

    async def post(self, text: str, **more: Any) -> str:
        """Post as the app; answers with the message's stamp."""
        told = await self.doors.client.chat_postMessage(channel=CHANNEL, text=text, **more)
        return str(told["ts"])

    async def update(self, ts: str, text: str, **more: Any) -> None:
        """Edit as the app."""
        await self.doors.client.chat_update(channel=CHANNEL, ts=ts, text=text, **more)

    async def _command(self, ack: Any, command: dict[str, Any], client: Any) -> None:
        if command["text"]:
            await ack(text=f"Queued: {command['text']}")
            return
        await ack()
        await client.views_open(trigger_id=command["trigger_id"], view=form_view())

    async def _press(self, ack: Any, body: dict[str, Any]) -> None:
        await ack()
        self.pressed.put_nowait(body)

    async def _submit(self, ack: Any, view: dict[str, Any]) -> None:
        values = view["state"]["values"]
        typed = values["target"]["value"]["value"]
        if typed.startswith("more."):
            await ack(response_action="push", view=form_view("And more"))
            return
        if "." not in typed:
            await ack(response_action="errors", errors={"target": "That has no dot."})
            return
        await ack()
        self.submitted.put_nowait(values)

    async def _shortcut(self, ack: Any, body: dict[str, Any]) -> None:
        await ack()
        self.pressed.put_nowait(body)

    async def _home(self, event: dict[str, Any], client: Any) -> None:
        blocks = [{"type": "header", "text": {"type": "plain_text", "text": f"Home of {event['user']}"}}]
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    async def _mention(self, event: dict[str, Any], say: Any) -> None:
        await say(text=f"Heard: {event['text']}", thread_ts=event.get("thread_ts") or event["ts"])


def form_view(title: str = "New scan") -> dict[str, Any]:
    """A modal with a text input that the app is strict about, and a choice."""
    option = {"text": {"type": "plain_text", "text": "DNS"}, "value": "dns"}
    text = {"type": "plain_text_input", "action_id": "value"}
    choice = {"type": "checkboxes", "action_id": "value", "options": [option]}
    return {
        "type": "modal",
        "callback_id": "form",
        "title": {"type": "plain_text", "text": title},
        "submit": {"type": "plain_text", "text": "Scan"},
        "blocks": [
            {"type": "input", "block_id": "target", "label": {"type": "plain_text", "text": "Target"}, "element": text},
            {"type": "input", "block_id": "who", "label": {"type": "plain_text", "text": "Ask"}, "element": choice},
        ],
    }


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all tests here."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.fail("Chromium is missing. Install it (Debian: apt-get install chromium) and run the tests again.")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        await chromium.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage() -> AsyncIterator[Desk]:
    """The workspace with an app connected to it over Socket Mode."""
    async with open_doors() as doors:
        app = AsyncApp(token=doors.bot_token, client=doors.client)
        desk = Desk(doors, app)
        socket = AsyncSocketModeHandler(app, doors.app_token, web_client=doors.client)
        await socket.connect_async()  # type: ignore[no-untyped-call]  # slack_bolt leaves it bare
        await doors.until("socket", lambda change: change["connections"] == 1)
        yield desk
        await socket.close_async()  # type: ignore[no-untyped-call]  # as above


@pytest_asyncio.fixture(loop_scope="module")
async def desk(stage: Desk) -> Desk:
    """The app, before an empty workspace."""
    await stage.doors.post("reset")
    return stage


@dataclass
class Screen:
    """A browser window, and what went wrong in it: script errors and requests to elsewhere."""

    page: Page
    url: str
    troubles: list[str] = field(default_factory=list)

    async def visit(self) -> Page:
        """Open the sandbox page at the case channel, as somebody who was never there."""
        await self.page.unroute_all()
        await self.page.goto(f"{self.url}/static/icon.svg")
        await self.page.evaluate("localStorage.clear()")
        await self.page.goto(f"{self.url}/archives/{CHANNEL}")
        await self.page.get_by_role("heading", name="#case-17").wait_for()
        return self.page


@asynccontextmanager
async def window(browser: Browser, desk: Desk, **how: Any) -> AsyncIterator[Screen]:
    """A window of its own; troubles in it fail the test."""
    context = await browser.new_context(**how)
    context.set_default_timeout(DEADLINE * 1000)
    page = await context.new_page()
    screen = Screen(page, desk.doors.url)
    page.on("pageerror", lambda error: screen.troubles.append(str(error)))
    page.on("request", lambda sent: None if sent.url.startswith(screen.url) else screen.troubles.append(sent.url))
    yield screen
    await context.close()
    assert screen.troubles == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def wide(browser: Browser, stage: Desk) -> AsyncIterator[Screen]:
    """One wide window for all tests of a module: its cache makes the page quick to open."""
    async with window(browser, stage, viewport={"width": 1280, "height": 800}) as screen:
        yield screen


@pytest_asyncio.fixture(loop_scope="module")
async def page(wide: Screen, desk: Desk) -> AsyncIterator[Page]:
    """The page on a wide screen, as Ada."""
    yield await wide.visit()
    troubles, wide.troubles[:] = list(wide.troubles), []
    assert troubles == []
