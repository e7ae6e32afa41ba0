"""The stand-in workspace refuses what Slack's documented limits refuse, by Slack's error names and JSON pointers."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slackblocks import (
    ActionsBlock,
    Button,
    ContextBlock,
    HeaderBlock,
    Message,
    PlanBlock,
    RawText,
    SectionBlock,
    TableBlock,
    TaskCardBlock,
    Text,
)

from sandbox.slack.limits import Complaints, check_message_blocks, check_view, check_volume
from sandbox.slack.refusal import Refused
from tests.sandbox.workspace_doors import Doors, open_doors

Block = dict[str, Any]


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def button(**more: Any) -> Block:
    return {"type": "button", "action_id": "go", "text": plain("Go"), **more}


def actions(*elements: Block) -> Block:
    return {"type": "actions", "elements": list(elements)}


def option(value: str = "v", text: str = "choice") -> Block:
    return {"text": plain(text), "value": value}


def menu(**more: Any) -> Block:
    return {"type": "static_select", "action_id": "pick", "options": [option()], **more}


def table(rows: int, columns: int = 2, text: str = "x") -> Block:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": text}] * columns] * rows}


def task(number: int = 1, **more: Any) -> Block:
    return {"task_id": f"t{number}", "title": "Look", "status": "pending", **more}


def plan(*tasks: Block) -> Block:
    return {"type": "plan", "title": "Running", "tasks": list(tasks)}


def rich(*inline: Block) -> Block:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(inline)}]}


def confirm(**more: Any) -> Block:
    return {"title": plain("Sure?"), "text": plain("Really"), "confirm": plain("Yes"), "deny": plain("No"), **more}


BREACHES: list[tuple[str, list[Any], str]] = [
    ("an unknown block", [{"type": "hologram"}], "/blocks/0/type"),
    ("a block that is no object", ["divider"], "/blocks/0"),
    ("a null among blocks", [None], "/blocks/0"),
    ("51 blocks", [{"type": "divider"}] * 51, "/blocks"),
    ("a section of 3,001 characters", [section("x" * 3001)], "/blocks/0/text/text"),
    ("an empty section", [section("")], "/blocks/0/text/text"),
    ("a section without text", [{"type": "section"}], "/blocks/0"),
    ("11 fields", [{"type": "section", "fields": [plain("x")] * 11}], "/blocks/0/fields"),
    ("a field of 2,001", [{"type": "section", "fields": [plain("x" * 2001)]}], "/blocks/0/fields/0/text"),
    ("an unknown text type", [{"type": "section", "text": {"type": "html", "text": "x"}}], "/blocks/0/text/type"),
    ("a field a section lacks", [{**section("x"), "colour": "red"}], "/blocks/0"),
    ("a header of 151", [{"type": "header", "text": plain("x" * 151)}], "/blocks/0/text/text"),
    ("a header in mrkdwn", [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "/blocks/0/text/type"),
    ("11 in a context", [{"type": "context", "elements": [plain("x")] * 11}], "/blocks/0/elements"),
    ("an empty context", [{"type": "context", "elements": []}], "/blocks/0/elements"),
    ("an image without alt_text", [{"type": "image", "image_url": "https://example.com/a.png"}], "/blocks/0"),
    ("26 controls", [actions(*(button(action_id=f"a{n}") for n in range(26)))], "/blocks/0/elements"),
    ("an action_id twice", [actions(button(), button())], "/blocks/0/elements"),
    ("a block_id twice", [{"type": "divider", "block_id": "b"}] * 2, "/blocks"),
    ("a block_id of 256", [{"type": "divider", "block_id": "b" * 256}], "/blocks/0/block_id"),
    ("an action_id of 256", [actions(button(action_id="a" * 256))], "/blocks/0/elements/0/action_id"),
    ("a button of 76", [actions(button(text=plain("x" * 76)))], "/blocks/0/elements/0/text/text"),
    ("a button in mrkdwn", [actions(button(text={"type": "mrkdwn", "text": "x"}))], "/blocks/0/elements/0/text/type"),
    ("a button value of 2,001", [actions(button(value="x" * 2001))], "/blocks/0/elements/0/value"),
    ("a button url of 3,001", [actions(button(url="x" * 3001))], "/blocks/0/elements/0/url"),
    ("an unknown style", [actions(button(style="loud"))], "/blocks/0/elements/0/style"),
    ("a label of 76", [actions(button(accessibility_label="x" * 76))], "/blocks/0/elements/0/accessibility_label"),
    ("an unknown control", [actions({"type": "slider"})], "/blocks/0/elements/0/type"),
    ("an input in actions", [actions({"type": "plain_text_input"})], "/blocks/0/elements/0/type"),
    ("a confirm title of 101", [actions(button(confirm=confirm(title=plain("x" * 101))))], "/confirm/title/text"),
    ("a confirm text of 301", [actions(button(confirm=confirm(text=plain("x" * 301))))], "/confirm/text/text"),
    ("a confirm button of 31", [actions(button(confirm=confirm(confirm=plain("x" * 31))))], "/confirm/confirm/text"),
    ("a confirm without deny", [actions(button(confirm={**confirm(), "deny": None}))], "/elements/0/confirm"),
    ("101 options", [actions(menu(options=[option(str(n)) for n in range(101)]))], "/elements/0/options"),
    ("no options", [actions(menu(options=[]))], "/elements/0/options"),
    ("neither options nor groups", [actions({"type": "static_select", "action_id": "a"})], "/blocks/0/elements/0"),
    ("an option value of 151", [actions(menu(options=[option("v" * 151)]))], "/options/0/value"),
    ("an option text of 76", [actions(menu(options=[option(text="x" * 76)]))], "/options/0/text/text"),
    ("a strange initial option", [actions(menu(initial_option=option("other")))], "/blocks/0/elements/0"),
    ("a placeholder of 151", [actions(menu(placeholder=plain("x" * 151)))], "/placeholder/text"),
    ("6 in an overflow", [actions({"type": "overflow", "options": [option()] * 6})], "/elements/0/options"),
    ("11 checkboxes", [actions({"type": "checkboxes", "options": [option()] * 11})], "/elements/0/options"),
    ("11 radio buttons", [actions({"type": "radio_buttons", "options": [option()] * 11})], "/elements/0/options"),
    ("101 table rows", [table(101)], "/blocks/0/rows"),
    ("21 table columns", [table(1, 21)], "/blocks/0/rows/0"),
    ("10,001 characters in a table", [table(1, 1, "x" * 10_001)], "/blocks/0"),
    ("an empty cell", [table(1, 1, "")], "/blocks/0/rows/0/0/text"),
    ("an unknown cell", [{"type": "table", "rows": [[{"type": "picture"}]]}], "/blocks/0/rows/0/0/type"),
    ("21 column settings", [{**table(1), "column_settings": [{}] * 21}], "/blocks/0/column_settings"),
    ("an unknown alignment", [{**table(1), "column_settings": [{"align": "up"}]}], "/column_settings/0/align"),
    ("a data table of one row", [{"type": "data_table", "caption": "c", "rows": table(1)["rows"]}], "/blocks/0/rows"),
    ("a data table of 202 rows", [{"type": "data_table", "caption": "c", "rows": table(202)["rows"]}], "/rows"),
    ("a data table without caption", [{"type": "data_table", "rows": table(2)["rows"]}], "/blocks/0"),
    ("51 tasks", [plan(*(task(n) for n in range(51)))], "/blocks/0/tasks"),
    ("a task with a type", [plan(task(type="task_card"))], "/blocks/0/tasks/0"),
    ("a task without a title", [plan({"task_id": "t"})], "/blocks/0/tasks/0"),
    ("a task_id twice", [plan(task(), task())], "/blocks/0/tasks"),
    ("an unknown status", [plan(task(status="asleep"))], "/blocks/0/tasks/0/status"),
    ("details that are a string", [plan(task(details="x"))], "/blocks/0/tasks/0/details"),
    ("a pending task alone", [{"type": "task_card", **task()}], "/blocks/0/status"),
    ("a plan without a title", [{"type": "plan", "tasks": []}], "/blocks/0"),
    ("an unknown rich element", [rich({"type": "sparkle"})], "/blocks/0/elements/0/elements/0/type"),
    ("an empty rich text", [rich({"type": "text", "text": ""})], "/blocks/0/elements/0/elements/0/text"),
    ("an unknown rich style", [rich({"type": "text", "text": "x", "style": {"loud": True}})], "/elements/0/style"),
    ("a user without id", [rich({"type": "user"})], "/blocks/0/elements/0/elements/0"),
    ("an alert in a message", [{"type": "alert", "text": plain("x")}], "/blocks/0/type"),
    ("12,001 of markdown", [{"type": "markdown", "text": "x" * 6001}] * 2, "/blocks"),
    ("a card with 4 actions", [{"type": "card", "actions": [button()] * 4}], "/blocks/0/actions"),
    ("11 in a container", [{"type": "container", "child_blocks": [{"type": "divider"}] * 11}], "/child_blocks"),
    ("a data table in a container", [{"type": "container", "child_blocks": [{"type": "data_table"}]}], "/0/type"),
]


@pytest.fixture
async def doors() -> AsyncIterator[Doors]:
    async with open_doors() as opened:
        yield opened


@pytest.mark.parametrize(("blocks", "pointer"), [breach[1:] for breach in BREACHES], ids=[b[0] for b in BREACHES])
def test_a_breach_is_named_with_its_place(blocks: list[Any], pointer: str) -> None:
    say = Complaints()
    check_message_blocks(blocks, say)
    assert any(line.endswith(f"{pointer}]") for line in say.lines), say.lines


@pytest.mark.parametrize(
    "block",
    [
        section("x" * 3000),
        {"type": "section", "fields": [plain("x" * 2000)] * 5},
        {"type": "header", "text": plain("x" * 150)},
        actions(*(button(action_id=f"a{n}") for n in range(25))),
        actions(button(value="x" * 2000, confirm=confirm())),
        actions(menu(options=[option(str(n)) for n in range(100)])),
        table(100, 20),
        {"type": "data_table", "caption": "c", "rows": table(201)["rows"]},
        plan(*(task(n) for n in range(50))),
        plan(task(details=rich({"type": "text", "text": "x"}), sources=[{"type": "url", "url": "u", "text": "t"}])),
        {"type": "task_card", **task(status="error")},
        {"type": "markdown", "text": "x" * 12_000},
        rich(
            {"type": "text", "text": "x", "style": {"code": True}}, {"type": "date", "timestamp": 1, "format": "{date}"}
        ),
    ],
    ids=lambda block: block["type"],
)
async def test_what_just_fits_is_posted(doors: Doors, block: Block) -> None:
    assert (await doors.client.chat_postMessage(channel="C0GENERAL", text="fits", blocks=[block]))["ok"]


async def test_what_the_block_builder_writes_is_accepted(doors: Doors) -> None:
    blocks = [
        HeaderBlock("example[.]com"),
        ContextBlock([Text("asked by Ada")]),
        PlanBlock(
            "Running 1 of 2",
            tasks=[TaskCardBlock("dns", "DNS", status="pending"), TaskCardBlock("crtsh", "CT", status="complete")],
        ),
        SectionBlock("58 findings"),
        TableBlock(rows=[[RawText("name"), RawText("seen")], [RawText("www"), RawText("2024")]]),
        ActionsBlock([Button("Cancel", "cancel", style="danger", value="v1")]),
    ]
    message = Message(channel="C0GENERAL", text="example[.]com: 58 findings", blocks=blocks)
    assert (await doors.client.chat_postMessage(**message))["ok"]


async def test_refused_blocks_are_told_like_slack_tells_them(doors: Doors) -> None:
    refusal = await doors.refused("chat.postMessage", channel="C0GENERAL", text="x", blocks=[section("x" * 3001)])
    line = "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    assert (refusal["error"], refusal["errors"]) == ("invalid_blocks", [line])
    assert refusal["response_metadata"]["messages"] == [f"[ERROR] {line}"]
    assert await doors.messages() == []


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"text": ""}, "no_text"),
        ({"text": " ", "blocks": [{"type": "divider"}]}, "no_text"),
        ({"text": "x", "blocks": "not blocks"}, "invalid_blocks_format"),
        ({"text": "x", "blocks": [table(1), table(1)]}, "invalid_attachments"),
        ({"text": "x", "blocks": [section("x" * 2900)] * 5}, "msg_blocks_too_long"),
        ({"text": "x", "attachments": [{"text": "a"}] * 101}, "too_many_attachments"),
    ],
)
async def test_a_message_as_a_whole_has_limits(doors: Doors, args: dict[str, Any], error: str) -> None:
    assert (await doors.refused("chat.postMessage", channel="C0GENERAL", **args))["error"] == error


async def test_blocks_without_text_pass_with_a_warning_when_the_stricter_rule_is_off(doors: Doors) -> None:
    await doors.post("settings", text_required=False)
    answer = await doors.client.api_call("chat.postMessage", json={"channel": "C0GENERAL", "blocks": [section("x")]})
    assert answer["warning"] == "missing_text_in_message"


async def test_long_text_is_cut_on_posting_and_refused_on_editing(doors: Doors) -> None:
    posted = await doors.client.chat_postMessage(channel="C0GENERAL", text="x" * 40_001)
    assert len(posted["message"]["text"]) == 40_000
    edit = {"channel": "C0GENERAL", "ts": posted["ts"]}
    assert (await doors.client.chat_update(**edit, text="x" * 4000))["ok"]
    assert (await doors.refused("chat.update", **edit, text="x" * 4001))["error"] == "msg_too_long"


def test_a_table_inside_a_container_counts_as_the_message_s_one_table() -> None:
    container = {"type": "container", "child_blocks": [table(1)]}
    with pytest.raises(Refused) as raised:
        check_volume([container, {"type": "data_table"}])
    assert raised.value.complaints == ("only_one_table_allowed",)


def modal(*blocks: Block, **more: Any) -> Block:
    return {"type": "modal", "title": plain("Scan"), "blocks": list(blocks), **more}


TYPED = {"type": "input", "label": plain("Target"), "element": {"type": "plain_text_input", "action_id": "a"}}


@pytest.mark.parametrize(
    ("view", "pointer"),
    [
        (modal(title=plain("x" * 25)), "/view/title/text"),
        (modal(submit=plain("x" * 25)), "/view/submit/text"),
        (modal(close=plain("x" * 25)), "/view/close/text"),
        (modal(callback_id="x" * 256), "/view/callback_id"),
        (modal(private_metadata="x" * 3001), "/view/private_metadata"),
        (modal(TYPED), "/view"),
        (modal(*[{"type": "divider"}] * 101), "/view/blocks"),
        (modal(table(1)), "/view/blocks/0/type"),
        (modal(plan(task())), "/view/blocks/0/type"),
        (modal({**TYPED, "label": plain("x" * 2001)}, submit=plain("Go")), "/view/blocks/0/label/text"),
        (modal({**TYPED, "hint": plain("x" * 2001)}, submit=plain("Go")), "/view/blocks/0/hint/text"),
        ({"type": "modal", "title": plain("Scan")}, "/view"),
        ({"type": "home", "blocks": []}, "/view/type"),
    ],
)
def test_a_modal_s_breach_is_named_with_its_place(view: Block, pointer: str) -> None:
    with pytest.raises(Refused) as raised:
        check_view(view, kind="modal")
    assert raised.value.error == "invalid_arguments"
    assert any(line.endswith(f"{pointer}]") for line in raised.value.complaints[1:])


def test_a_modal_of_more_than_250_kilobytes_is_too_large() -> None:
    with pytest.raises(Refused, match="view_too_large"):
        check_view(modal(*[section("ü" * 2999) for _ in range(50)]), kind="modal")


def test_a_home_tab_may_hold_a_table_but_no_plan() -> None:
    check_view({"type": "home", "blocks": [table(1)]}, kind="home")
    with pytest.raises(Refused):
        check_view({"type": "home", "blocks": [plan(task())]}, kind="home")


async def test_blocks_are_validated_without_a_token_and_without_text(doors: Doors) -> None:
    url, good = f"{doors.api_url}blocks.validate", {"message": {"blocks": [section("x")]}}
    async with doors.http.post(url, json=good) as response:
        assert (await response.json())["ok"]
    async with doors.http.post(url, json={"blocks": [{"type": "hologram"}]}) as response:
        assert (await response.json())["error"] == "invalid_blocks"
    async with doors.http.post(url, json={"blocks": [], "view": modal()}) as response:
        assert (await response.json())["error"] == "invalid_arguments"
    async with doors.http.post(url, json={"view": modal(table(1))}) as response:
        assert (await response.json())["error"] == "invalid_arguments"
