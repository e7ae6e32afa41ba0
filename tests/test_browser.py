"""The whole product through a browser: somebody types /scan on the page, watches the plan, runs it again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.running import Gumshoe
from tests.sandbox.page_desk import browser
from tests.servers import Redis, Sandbox, Sources

__all__ = ["browser"]  # pytest finds the fixture here
pytestmark = pytest.mark.asyncio(loop_scope="module")

WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
PATIENCE = 60_000  # milliseconds for what sources and Slack's budgets hold up
SOURCES = 3


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, redis_server: Redis, sources: Sources) -> Iterator[Gumshoe]:
    with Sandbox() as sandbox, Gumshoe(tmp_path_factory.mktemp("system"), redis_server, sandbox, sources) as running:
        yield running


@pytest.fixture
def gumshoe(system: Gumshoe) -> Gumshoe:
    """The running system before an empty workspace."""
    system.start_over()
    return system


@asynccontextmanager
async def window(browser: Browser, gumshoe: Gumshoe, **how: Any) -> AsyncIterator[Page]:
    """The page in a window of its own; an error in its scripts or console, or a request elsewhere, fails the test."""
    troubles: list[str] = []
    context = await browser.new_context(**how)
    page = await context.new_page()
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
    page.on("request", lambda sent: None if sent.url.startswith(gumshoe.sandbox.url) else troubles.append(sent.url))
    await page.goto(f"{gumshoe.sandbox.url}/archives/C0GENERAL")
    await page.get_by_role("heading", name="#general").wait_for()
    yield page
    await context.close()
    assert troubles == []


async def type_command(page: Page, text: str) -> None:
    await page.get_by_test_id("composer").fill(text)
    await page.get_by_test_id("send").click()


def parent_of(page: Page) -> Locator:
    """The scan's message in the channel; what only the asker sees is not it."""
    return page.locator("#centre [data-testid=message]").filter(has=page.get_by_test_id("plan"))


def button(message: Locator, words: str) -> Locator:
    """A message's button by the words on it."""
    return message.get_by_test_id("button").get_by_text(words, exact=True)


def thread_of(page: Page) -> Locator:
    return page.get_by_test_id("thread-panel").get_by_test_id("message")


def summary_of(messages: Locator) -> Locator:
    """Those among them that close a round; others only speak of the summary."""
    return messages.filter(has_text="Summary: ")


async def watch_to_the_end(parent: Locator) -> None:
    """Every line of the plan is ticked."""
    done = parent.locator("[data-testid=plan-task][data-status=complete]")
    await expect(done).to_have_count(SOURCES, timeout=PATIENCE)


async def test_somebody_types_a_command_watches_the_plan_and_runs_it_again(browser: Browser, gumshoe: Gumshoe) -> None:
    gumshoe.sources.behave(host="crt.sh", kind="slow", seconds=2)  # so that there is something to watch
    async with window(browser, gumshoe, viewport=WIDE) as page:
        await type_command(page, "/scan example.com")
        receipt = page.locator("[data-ephemeral=true]")
        await expect(receipt).to_contain_text("Started")
        await expect(receipt).to_contain_text("example[.]com")

        parent = parent_of(page)
        await expect(parent.locator("[data-testid=plan-task][data-status=in_progress]").first).to_be_visible()
        await expect(button(parent, "Cancel")).to_be_visible()
        await watch_to_the_end(parent)
        await expect(button(parent, "Cancel")).to_have_count(0)

        await parent.get_by_test_id("open-thread").click()
        await expect(summary_of(thread_of(page))).to_be_visible(timeout=PATIENCE)
        await button(parent, "Re-Run").click()
        second = thread_of(page).filter(has_text="Round 2")
        await expect(second.first).to_be_visible(timeout=PATIENCE)
        await expect(summary_of(second)).to_be_visible(timeout=PATIENCE)
        await watch_to_the_end(parent)
        await expect(parent).to_have_count(1)


async def test_a_thread_on_a_phone_has_no_sideways_scroll(browser: Browser, gumshoe: Gumshoe) -> None:
    async with window(browser, gumshoe, viewport=PHONE, has_touch=True, is_mobile=True) as page:
        await type_command(page, "/scan hostile.test")
        parent = parent_of(page)
        await expect(parent).to_be_visible(timeout=PATIENCE)
        await parent.get_by_test_id("open-thread").click(timeout=PATIENCE)
        await expect(summary_of(thread_of(page))).to_be_visible(timeout=PATIENCE)
        assert await overflow(page) == 0
        await page.get_by_test_id("close-thread").click()
        await expect(parent).to_be_visible()
        assert await overflow(page) == 0


async def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(await page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


async def test_somebody_previews_a_scan_in_the_form_on_a_phone_and_starts_it(
    browser: Browser, gumshoe: Gumshoe
) -> None:
    async with window(browser, gumshoe, viewport=PHONE) as page:
        await type_command(page, "/scan")
        form = page.get_by_role("dialog")
        await form.get_by_role("textbox").first.fill("example.org")
        await form.get_by_text("Preview", exact=True).click()
        await expect(form.get_by_text("Nobody was asked yet.")).to_be_visible()
        await expect(form.get_by_role("textbox").first).to_have_value("example.org")
        assert gumshoe.sources.asked() == []
        await form.get_by_test_id("modal-submit").click()
        await watch_to_the_end(parent_of(page))
