"""Limits of rich text: sections, lists, quotes and preformatted text, and what stands in their lines."""

from typing import Any

from sandbox.slack.limits.complaints import Complaints

# What each inline element must carry (docs.slack.dev/reference/block-kit/blocks/rich-text-block).
INLINE: dict[str, tuple[str, ...]] = {
    "text": ("text",),
    "link": ("url",),
    "user": ("user_id",),
    "usergroup": ("usergroup_id",),
    "channel": ("channel_id",),
    "emoji": ("name",),
    "broadcast": ("range",),
    "color": ("value",),
    "date": ("timestamp", "format"),
    "team": ("team_id",),
    "tag": ("text",),
    "citation": (),
}
OUTER = ("rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote")
STYLES = ("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink")
MANY = 10_000  # Slack documents no number of elements; only the message's volume is bounded


def check_rich_text(value: Any, where: str, say: Complaints) -> None:
    """A rich_text block, or the rich_text a task or a table cell holds."""
    if not say.is_dict(value, where):
        return
    if value.get("type") != "rich_text":
        say.add(f"unsupported type: {value.get('type')}", f"{where}/type")
        return
    elements = value.get("elements")
    if say.is_list(elements, f"{where}/elements", least=1, most=MANY):
        for index, element in enumerate(elements or []):
            _outer(element, f"{where}/elements/{index}", say)


def _outer(value: Any, where: str, say: Complaints) -> None:
    if not say.is_dict(value, where) or not say.one_of(value.get("type"), f"{where}/type", OUTER):
        return
    is_list = value["type"] == "rich_text_list"
    if is_list:
        say.one_of(value.get("style"), f"{where}/style", ("bullet", "ordered"))
        indent = value.get("indent", 0)
        if not (isinstance(indent, int) and 0 <= indent <= 8):
            say.add("must be between 0 and 8", f"{where}/indent")
    elements = value.get("elements")
    if not say.is_list(elements, f"{where}/elements", least=1 if is_list else 0, most=MANY):
        return
    for index, element in enumerate(elements or []):
        here = f"{where}/elements/{index}"
        if is_list:
            _outer(element, here, say)
        else:
            _inline(element, here, say)


def _inline(value: Any, where: str, say: Complaints) -> None:
    if not say.is_dict(value, where) or not say.one_of(value.get("type"), f"{where}/type", INLINE):
        return
    say.requires(value, where, *INLINE[value["type"]])
    if value["type"] == "text":
        # An empty text is refused: "must be more than 0 characters".
        say.string(value.get("text"), f"{where}/text", most=40_000, least=1)
    if value["type"] == "link":
        say.string(value.get("url"), f"{where}/url", most=3000, least=1)
    if isinstance(value.get("style"), dict):
        say.only(value["style"], f"{where}/style", STYLES)
