"""Limits of whole blocks: which kind may stand where, how many, and that ids are not used twice."""

from collections.abc import Callable
from typing import Any

from sandbox.slack.limits.complaints import Complaints
from sandbox.slack.limits.elements import IN_ACTIONS, IN_CONTEXT_ACTIONS, IN_SECTION, INPUTS, check_element
from sandbox.slack.limits.rich import check_rich_text
from sandbox.slack.limits.tables import check_chart, check_data_table, check_table
from sandbox.slack.limits.tasks import check_alert, check_card, check_carousel, check_plan, check_task_card
from sandbox.slack.limits.texts import check_image, check_text

Check = Callable[[dict[str, Any], str, Complaints], None]
IN_MESSAGE, IN_VIEW = 50, 100
NOT_IN_CONTAINER = ("card", "carousel", "data_table", "container")
MARKDOWN = 12_000
FIELDS: dict[str, tuple[str, ...]] = {
    "section": ("text", "fields", "accessory", "expand"),
    "header": ("text", "level"),
    "context": ("elements",),
    "actions": ("elements",),
    "context_actions": ("elements",),
    "divider": (),
    "image": ("image_url", "slack_file", "alt_text", "title"),
    "input": ("label", "element", "dispatch_action", "hint", "optional"),
    "markdown": ("text",),
    "rich_text": ("elements",),
    "table": ("rows", "column_settings"),
}


def _section(value: dict[str, Any], where: str, say: Complaints) -> None:
    if value.get("text") is None and value.get("fields") is None:
        say.add("missing required field: text or fields", where)
    if value.get("text") is not None:
        check_text(value["text"], f"{where}/text", say, most=3000)
    fields = value.get("fields")
    if fields is not None and say.is_list(fields, f"{where}/fields", least=1, most=10):
        for index, text in enumerate(fields):
            check_text(text, f"{where}/fields/{index}", say, most=2000)
    accessory = value.get("accessory")
    if isinstance(accessory, dict) and accessory.get("type") == "image":
        check_image(accessory, f"{where}/accessory", say)
    elif accessory is not None:
        check_element(accessory, f"{where}/accessory", say, IN_SECTION)


def _header(value: dict[str, Any], where: str, say: Complaints) -> None:
    check_text(value.get("text"), f"{where}/text", say, most=150, plain=True)


def _context(value: dict[str, Any], where: str, say: Complaints) -> None:
    elements = value.get("elements")
    if not say.is_list(elements, f"{where}/elements", least=1, most=10):
        return
    for index, element in enumerate(elements or []):
        here = f"{where}/elements/{index}"
        if isinstance(element, dict) and element.get("type") == "image":
            check_image(element, here, say)
        else:
            check_text(element, here, say, most=3000)


def _actions(value: dict[str, Any], where: str, say: Complaints) -> None:
    elements = value.get("elements")
    if say.is_list(elements, f"{where}/elements", least=1, most=25):
        for index, element in enumerate(elements or []):
            check_element(element, f"{where}/elements/{index}", say, IN_ACTIONS)


def _context_actions(value: dict[str, Any], where: str, say: Complaints) -> None:
    elements = value.get("elements")
    if say.is_list(elements, f"{where}/elements", least=1, most=5):
        for index, element in enumerate(elements or []):
            check_element(element, f"{where}/elements/{index}", say, IN_CONTEXT_ACTIONS)


def _input(value: dict[str, Any], where: str, say: Complaints) -> None:
    if not say.requires(value, where, "label", "element"):
        return
    check_text(value["label"], f"{where}/label", say, most=2000, plain=True)
    if value.get("hint") is not None:
        check_text(value["hint"], f"{where}/hint", say, most=2000, plain=True)
    check_element(value["element"], f"{where}/element", say, INPUTS)


def _markdown(value: dict[str, Any], where: str, say: Complaints) -> None:
    say.string(value.get("text"), f"{where}/text", most=MARKDOWN, least=1)


def _container(value: dict[str, Any], where: str, say: Complaints) -> None:
    if value.get("title") is not None:
        check_text(value["title"], f"{where}/title", say, most=150, raw=True)
    children = value.get("child_blocks")
    if not say.is_list(children, f"{where}/child_blocks", least=1, most=10):
        return
    allowed = {kind: check for kind, check in MESSAGE.items() if kind not in NOT_IN_CONTAINER}
    for index, child in enumerate(children or []):
        _check_block(child, f"{where}/child_blocks/{index}", say, allowed)


def _nothing(_value: dict[str, Any], _where: str, _say: Complaints) -> None:
    """A divider, video or file block has no length to keep."""


MODAL: dict[str, Check] = {
    "actions": _actions,
    "alert": check_alert,
    "card": check_card,
    "context": _context,
    "divider": _nothing,
    "header": _header,
    "image": check_image,
    "input": _input,
    "rich_text": check_rich_text,
    "section": _section,
    "video": _nothing,
}
HOME: dict[str, Check] = {
    **{kind: check for kind, check in MODAL.items() if kind != "alert"},
    "carousel": check_carousel,
    "container": _container,
    "data_table": check_data_table,
    "data_visualization": check_chart,
    "table": check_table,
}
MESSAGE: dict[str, Check] = {
    **HOME,
    "context_actions": _context_actions,
    "file": _nothing,
    "markdown": _markdown,
    "plan": check_plan,
    "task_card": check_task_card,
}


def check_message_blocks(blocks: Any, say: Complaints, where: str = "/blocks") -> None:
    """Everything Slack asks of a message's blocks, bar their volume together."""
    _check_blocks(blocks, where, say, MESSAGE, IN_MESSAGE)
    if not isinstance(blocks, list):
        return
    charts = [block for block in blocks if isinstance(block, dict) and block.get("type") == "data_visualization"]
    if len(charts) > 2:
        say.add("no more than 2 data_visualization blocks allowed", where)
    written = [str(b.get("text") or "") for b in blocks if isinstance(b, dict) and b.get("type") == "markdown"]
    if sum(map(len, written)) > MARKDOWN:
        say.add(f"markdown blocks must be less than {MARKDOWN + 1} characters together", where)


def check_view_blocks(blocks: Any, say: Complaints, where: str, *, is_home: bool) -> None:
    """Everything Slack asks of a modal's or Home tab's blocks."""
    _check_blocks(blocks, where, say, HOME if is_home else MODAL, IN_VIEW)


def _check_blocks(blocks: Any, where: str, say: Complaints, allowed: dict[str, Check], most: int) -> None:
    if not say.is_list(blocks, where, most=most):
        return
    for index, block in enumerate(blocks):
        _check_block(block, f"{where}/{index}", say, allowed)
    ids = [block["block_id"] for block in blocks if isinstance(block, dict) and block.get("block_id")]
    say.unique(ids, where, "block_id")


def _check_block(block: Any, where: str, say: Complaints, allowed: dict[str, Check]) -> None:
    if not say.is_dict(block, where):
        return
    kind = block.get("type")
    check = allowed.get(kind) if isinstance(kind, str) else None
    if check is None:
        say.add(f"unsupported type: {kind}", f"{where}/type")
        return
    say.optional_string(block, "block_id", where, most=255)
    if kind in FIELDS:
        say.only(block, where, ("type", "block_id", *FIELDS[kind]))
    check(block, where, say)
    _unique_actions(block, where, say)


def _unique_actions(block: dict[str, Any], where: str, say: Complaints) -> None:
    elements = block.get("elements")
    if not isinstance(elements, list):
        return
    ids = [element["action_id"] for element in elements if isinstance(element, dict) and element.get("action_id")]
    say.unique(ids, f"{where}/elements", "action_id")
