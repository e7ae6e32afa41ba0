"""The sandbox page in a real browser: what a person types, sees and presses, against the stand-in workspace."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.sandbox.page_desk import CHANNEL, Desk, browser, desk, page, stage, wide, window
from tests.sandbox.workspace_doors import DEADLINE

__all__ = ["browser", "desk", "page", "stage", "wide"]  # pytest finds the fixtures here
pytestmark = pytest.mark.asyncio(loop_scope="module")

PHONE = {"width": 390, "height": 844}
HOSTILE = (
    "<script>window.harmed = 1</script><img src=x onerror='window.harmed = 1'> &lt;!channel&gt; `code \u202egnp.exe` "
    "\x1b[31mred <javascript:window.harmed=1|press me> *bold* &lt;@U0ADA&gt;"
)


def plan(*statuses: str) -> list[dict[str, Any]]:
    """A plan block whose tasks have these statuses; the first has something to unfold."""
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": "192[.]0[.]2[.]10"}]}
    tasks: list[dict[str, Any]] = [
        {"task_id": f"t{number}", "title": f"Source {number}", "status": status}
        for number, status in enumerate(statuses)
    ]
    tasks[0]["details"] = {"type": "rich_text", "elements": [section]}
    return [{"type": "plan", "title": "Running", "tasks": tasks}]


def button(**more: Any) -> list[dict[str, Any]]:
    """One row with one button."""
    element = {"type": "button", "action_id": "press", "value": "v1", "text": {"type": "plain_text", "text": "Re-run"}}
    return [{"type": "actions", "elements": [element | more]}]


def message(page: Page, ts: str) -> Locator:
    """A message in the channel by its stamp."""
    return page.locator(f"#centre [data-testid=message][data-ts='{ts}']")


async def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(await page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


async def test_a_typed_command_shows_its_receipt_to_the_asker_alone(page: Page) -> None:
    await page.get_by_test_id("composer").fill("/scan example.com")
    await page.get_by_test_id("composer").press("Enter")

    receipt = page.locator("[data-ephemeral=true]")
    await expect(receipt).to_contain_text("Queued: example.com")
    await expect(receipt).to_contain_text("Only visible to you")
    await expect(page.get_by_test_id("composer-status")).to_contain_text("Acknowledged in")

    await page.get_by_test_id("person-switch").select_option("U0BOB")
    await expect(page.get_by_text("Nothing here yet")).to_be_visible()
    await expect(receipt).to_have_count(0)


async def test_the_command_is_offered_while_typing(page: Page) -> None:
    await page.get_by_test_id("composer").press_sequentially("/sc")
    await page.get_by_test_id("composer").press("Tab")
    await expect(page.get_by_test_id("composer")).to_have_value("/scan ")
    await expect(page.get_by_role("option", name="/scan status")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("listbox")).to_be_hidden()


async def test_a_plan_changes_in_place_and_keeps_what_the_reader_unfolded(page: Page, desk: Desk) -> None:
    ts = await desk.post("Running", blocks=plan("in_progress", "pending"))
    first = message(page, ts).get_by_test_id("plan-task").first
    await expect(first).to_have_attribute("data-status", "in_progress")
    await expect(first).to_contain_text("Running")
    await first.locator("summary").click()
    await first.evaluate("node => { node.marked = true; }")

    await desk.update(ts, "Done", blocks=plan("complete", "error"))

    tasks = message(page, ts).get_by_test_id("plan-task")
    await expect(tasks.nth(0)).to_have_attribute("data-status", "complete")
    await expect(tasks.nth(1)).to_contain_text("Error")
    assert await first.evaluate("node => node.marked === true && node.open")
    await expect(first).to_contain_text("192[.]0[.]2[.]10")


async def test_a_click_reaches_the_app_with_who_pressed_and_its_value(page: Page, desk: Desk) -> None:
    ts = await desk.post("Done", blocks=button())
    await message(page, ts).get_by_test_id("button").click()

    body = await asyncio.wait_for(desk.pressed.get(), DEADLINE)
    assert (body["user"]["id"], body["actions"][0]["value"], body["message"]["ts"]) == ("U0ADA", "v1", ts)


async def test_a_button_with_a_question_is_pressed_only_after_yes(page: Page, desk: Desk) -> None:
    words = {"title": "Cancel?", "text": "It stops.", "confirm": "Stop", "deny": "Keep"}
    question = {name: {"type": "plain_text", "text": text} for name, text in words.items()}
    ts = await desk.post("Running", blocks=button(confirm=question, value="sure"))

    await message(page, ts).get_by_test_id("button").click()
    await page.get_by_test_id("confirm-deny").click()
    await expect(page.get_by_test_id("confirm")).to_have_count(0)
    assert desk.pressed.empty()

    await message(page, ts).get_by_test_id("button").click()
    await page.get_by_test_id("confirm-yes").click()
    body = await asyncio.wait_for(desk.pressed.get(), DEADLINE)
    assert body["actions"][0]["value"] == "sure"


async def test_hostile_text_is_shown_and_does_nothing(page: Page, desk: Desk) -> None:
    blocks = [
        {"type": "section", "text": {"type": "mrkdwn", "text": HOSTILE}},
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_preformatted", "elements": [{"type": "text", "text": HOSTILE}]}],
        },
        {"type": "table", "rows": [[{"type": "raw_text", "text": HOSTILE}]]},
    ]
    ts = await desk.post("text", blocks=blocks)
    body = message(page, ts).locator(".message-body")
    await expect(body).to_contain_text("onerror='window.harmed = 1'")

    assert await body.locator("script, img, iframe, a[href^=javascript]").count() == 0
    assert await body.get_by_test_id("broadcast").count() == 0
    assert await page.evaluate("window.harmed") is None
    await expect(body).to_contain_text("<!channel>")
    await expect(body.locator("code").first).to_contain_text("\u27e8U+202E\u27e9")


async def test_a_loud_mention_that_slipped_through_is_seen(page: Page, desk: Desk) -> None:
    ts = await desk.post("<!channel> look")
    await expect(message(page, ts).get_by_test_id("broadcast")).to_have_text("@channel")


async def test_a_block_nobody_drew_says_so(page: Page, desk: Desk) -> None:
    await page.route("**/control/messages*", lambda route: route.fulfill(json={"messages": [strange()]}))
    await desk.post("anything")
    await expect(page.get_by_test_id("cannot-render")).to_have_text("cannot render block hologram")


def strange() -> dict[str, Any]:
    """A message with a block that does not exist."""
    return {"ts": "1700000000.000100", "user": "U0GUMSHOE", "text": "x", "blocks": [{"type": "hologram"}]}


async def test_a_thread_takes_mentions_and_explains_that_commands_do_not_work_there(page: Page, desk: Desk) -> None:
    ts = await desk.post("Done")
    await message(page, ts).hover()
    await message(page, ts).get_by_test_id("reply").click()
    thread = page.get_by_test_id("thread-panel")

    await thread.get_by_test_id("thread-composer").fill("/scan example.com")
    await thread.get_by_test_id("thread-send").click()
    await expect(thread.get_by_test_id("thread-composer-status")).to_contain_text("do not work in threads")

    await thread.get_by_test_id("thread-composer").fill("@Gumshoe scan example.com")
    await thread.get_by_test_id("thread-send").click()
    await expect(thread.get_by_test_id("message").last).to_contain_text("Heard: @Gumshoe scan example.com")
    await expect(message(page, ts).get_by_test_id("open-thread")).to_contain_text("2 replies")


async def test_a_message_shortcut_names_its_message(page: Page, desk: Desk) -> None:
    ts = await desk.post("look at example[.]com")
    await message(page, ts).hover()
    await message(page, ts).get_by_test_id("message-menu").locator("summary").click()
    await message(page, ts).get_by_test_id("message-shortcut").click()

    body = await asyncio.wait_for(desk.pressed.get(), DEADLINE)
    assert (body["type"], body["message_ts"]) == ("message_action", ts)


async def test_the_home_tab_is_the_acting_persons_own(page: Page) -> None:
    await page.get_by_test_id("home-tab").click()
    await expect(page.get_by_test_id("home-view")).to_contain_text("Home of U0ADA")
    await page.get_by_test_id("person-switch").select_option("U0GUEST")
    await expect(page.get_by_test_id("home-view")).to_contain_text("Home of U0GUEST")


async def test_the_inspector_shows_calls_and_how_fast_deliveries_were_acknowledged(page: Page, desk: Desk) -> None:
    await page.get_by_test_id("inspector-toggle").click()
    await desk.post("hello")
    inspector = page.get_by_test_id("inspector")
    await expect(inspector.locator("[data-method='chat.postMessage']")).to_contain_text("ok")

    await page.get_by_test_id("composer").fill("/scan example.com")
    await page.get_by_test_id("composer").press("Enter")
    await inspector.get_by_test_id("tab-acks").click()
    await expect(inspector.get_by_test_id("ack").first).to_contain_text("/scan")
    await expect(inspector.get_by_test_id("ack-figures")).to_contain_text("p95")


async def test_a_fault_ordered_in_the_inspector_hits_the_next_call(page: Page, desk: Desk) -> None:
    await page.get_by_test_id("inspector-toggle").click()
    await page.get_by_test_id("tab-faults").click()
    await page.get_by_test_id("fault-429").click()
    await expect(page.get_by_test_id("notice")).to_contain_text("429")
    refusal = await desk.doors.refused("chat.postMessage", channel=CHANNEL, text="x")
    assert refusal["error"] == "ratelimited"


async def test_a_phone_has_no_sideways_scrolling_and_the_thread_fills_it(browser: Browser, desk: Desk) -> None:
    cells = [[{"type": "raw_text", "text": f"column {number} " + "wide " * 6} for number in range(8)]]
    ts = await desk.post("A" * 300, blocks=[*plan("complete"), {"type": "table", "rows": cells}, *button()])
    await desk.post("x" * 400, thread_ts=ts)
    async with window(browser, desk, viewport=PHONE, has_touch=True, is_mobile=True) as phone:
        page = await phone.visit()
        await expect(message(page, ts)).to_be_visible()
        assert await overflow(page) == 0
        assert await message(page, ts).locator(".table-box").evaluate("box => box.scrollWidth > box.clientWidth")

        await message(page, ts).get_by_test_id("open-thread").click()
        await expect(page.get_by_test_id("thread-panel").get_by_test_id("message")).to_have_count(2)
        box = await page.get_by_test_id("thread-panel").bounding_box()
        assert box is not None
        assert (round(box["x"]), round(box["width"])) == (0, PHONE["width"])
        assert await overflow(page) == 0

        await page.get_by_test_id("close-thread").click()
        await page.get_by_test_id("show-sidebar").click()
        await page.get_by_test_id("channel-C0GENERAL").click()
        await expect(page.get_by_role("heading", name="#general")).to_be_visible()
        assert await overflow(page) == 0


async def test_new_messages_do_not_take_a_reader_away_from_older_ones(page: Page, desk: Desk) -> None:
    for number in range(30):
        await desk.post(f"line {number}")
    feed = page.locator("#centre [data-testid=feed]")
    await expect(feed.get_by_test_id("message")).to_have_count(30)
    await feed.evaluate("box => { box.scrollTop = 0; }")
    await expect(feed.get_by_text("line 0", exact=True)).to_be_in_viewport()

    ts = await desk.post("the newest")

    await expect(page.get_by_role("button", name="New messages")).to_be_visible()
    assert await feed.evaluate("box => box.scrollTop") == 0
    await page.get_by_role("button", name="New messages").click()
    await expect(message(page, ts)).to_be_in_viewport()


async def test_a_choice_from_a_menu_reaches_the_app(page: Page, desk: Desk) -> None:
    options = [{"text": {"type": "plain_text", "text": word}, "value": word} for word in ("one", "two")]
    element = {"type": "static_select", "action_id": "choose", "options": options}
    more = {"type": "overflow", "action_id": "press", "options": options}
    ts = await desk.post("Pick", blocks=[{"type": "actions", "elements": [element, more]}])

    await message(page, ts).locator("select").select_option("two")
    body = await asyncio.wait_for(desk.pressed.get(), DEADLINE)
    assert body["actions"][0]["selected_option"]["value"] == "two"

    await message(page, ts).get_by_test_id("overflow").locator("summary").click()
    await message(page, ts).get_by_role("menuitem", name="one").click()
    body = await asyncio.wait_for(desk.pressed.get(), DEADLINE)
    assert body["actions"][0]["selected_option"]["value"] == "one"


async def test_a_file_in_a_thread_can_be_looked_into(page: Page, desk: Desk) -> None:
    ts = await desk.post("Done")
    await desk.doors.client.files_upload_v2(
        channel=CHANNEL, thread_ts=ts, filename="names.csv", content="name\nwww.example.com\n"
    )
    await message(page, ts).get_by_test_id("open-thread").click()
    file = page.get_by_test_id("thread-panel").get_by_test_id("file")
    await expect(file).to_contain_text("names.csv")
    await file.get_by_text("Preview").click()
    await expect(file.locator("pre")).to_contain_text("www.example.com")
