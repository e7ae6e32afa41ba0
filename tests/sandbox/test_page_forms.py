"""Forms on the sandbox page in a real browser: errors at their inputs, stacks of forms, closing."""

import asyncio

import pytest
from playwright.async_api import Page, expect

from tests.sandbox.page_desk import Desk, browser, desk, page, stage, wide
from tests.sandbox.workspace_doors import DEADLINE

__all__ = ["browser", "desk", "page", "stage", "wide"]  # pytest finds the fixtures here
pytestmark = pytest.mark.asyncio(loop_scope="module")


async def open_form(page: Page) -> None:
    """Type the command that opens the form."""
    await page.get_by_test_id("composer").fill("/scan")
    await page.get_by_test_id("composer").press("Enter")
    await expect(page.get_by_test_id("modal")).to_be_visible()


async def test_a_form_shows_what_is_wrong_at_its_input_and_keeps_what_was_typed(page: Page, desk: Desk) -> None:
    await open_form(page)
    modal = page.get_by_test_id("modal")

    await page.get_by_test_id("modal-submit").click()
    await expect(modal.get_by_test_id("input-error").first).to_have_text("Please complete this required field.")

    await modal.get_by_label("Target").press_sequentially("exmaple")
    await modal.get_by_label("DNS").check()
    await page.get_by_test_id("modal-submit").click()
    await expect(modal.get_by_test_id("input-error")).to_have_text("That has no dot.")
    await expect(modal.get_by_label("Target")).to_have_value("exmaple")

    await modal.get_by_label("Target").fill("example.com")
    await page.get_by_test_id("modal-submit").click()
    values = await asyncio.wait_for(desk.submitted.get(), DEADLINE)
    assert values["target"]["value"]["value"] == "example.com"
    assert [one["value"] for one in values["who"]["value"]["selected_options"]] == ["dns"]
    await expect(modal).to_be_hidden()


async def test_a_form_on_top_of_another_gives_way_to_it_with_what_was_typed(page: Page) -> None:
    await open_form(page)
    modal = page.get_by_test_id("modal")
    await modal.get_by_label("Target").fill("more.example.com")
    await modal.get_by_label("DNS").check()
    await page.get_by_test_id("modal-submit").click()
    await expect(modal.get_by_role("heading")).to_have_text("And more")
    await expect(modal.get_by_label("Target")).to_have_value("")

    await page.keyboard.press("Escape")

    await expect(modal.get_by_role("heading")).to_have_text("New scan")
    await expect(modal.get_by_label("Target")).to_have_value("more.example.com")
    await expect(modal.get_by_label("DNS")).to_be_checked()


async def test_escape_closes_a_form_and_it_stays_closed_after_a_reload(page: Page) -> None:
    await open_form(page)
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("modal")).to_be_hidden()
    await page.reload()
    await page.get_by_role("heading", name="#case-17").wait_for()
    await expect(page.get_by_test_id("modal")).to_be_hidden()


async def test_a_form_is_only_on_the_screen_of_who_opened_it(page: Page) -> None:
    await open_form(page)
    await page.evaluate("localStorage.setItem('sandbox-person', 'U0BOB')")
    await page.reload()
    await expect(page.get_by_test_id("person-switch")).to_have_value("U0BOB")
    await expect(page.get_by_test_id("modal")).to_be_hidden()
