"""Limits of composition objects: text, option, option group, confirmation."""

from typing import Any

from sandbox.slack.limits.complaints import Complaints


def check_text(
    value: Any, where: str, say: Complaints, *, most: int, plain: bool = False, least: int = 1, raw: bool = False
) -> None:
    """A text object of at most that many characters; `plain` allows plain_text only, `raw` a bare string too."""
    if raw and isinstance(value, str):
        say.string(value, where, most=most, least=least)
        return
    if not say.is_dict(value, where) or not say.requires(value, where, "type"):
        return
    allowed = ("plain_text",) if plain else ("plain_text", "mrkdwn")
    if not say.one_of(value["type"], f"{where}/type", allowed):
        return
    say.only(value, where, ("type", "text", "emoji", "verbatim"))
    if value["type"] == "mrkdwn" and "emoji" in value:
        say.add("invalid additional property: emoji", where)
    say.string(value.get("text"), f"{where}/text", most=most, least=least)


def check_option(value: Any, where: str, say: Complaints) -> None:
    """One choice of a menu: text 75, value 150, description 75."""
    if not say.is_dict(value, where) or not say.requires(value, where, "text"):
        return
    say.only(value, where, ("text", "value", "description", "url"))
    check_text(value["text"], f"{where}/text", say, most=75)
    if value.get("value") is not None:
        say.string(value["value"], f"{where}/value", most=150, least=1)
    if value.get("description") is not None:
        check_text(value["description"], f"{where}/description", say, most=75)
    say.optional_string(value, "url", where, most=3000)


def check_options(value: Any, where: str, say: Complaints, *, most: int, least: int = 1) -> None:
    """A list of choices, each value once."""
    if not say.is_list(value, where, least=least, most=most):
        return
    for index, option in enumerate(value):
        check_option(option, f"{where}/{index}", say)


def check_option_groups(value: Any, where: str, say: Complaints) -> None:
    """Labelled groups of choices: 100 groups of 100."""
    if not say.is_list(value, where, least=1, most=100):
        return
    for index, group in enumerate(value):
        here = f"{where}/{index}"
        if say.is_dict(group, here) and say.requires(group, here, "label", "options"):
            check_text(group["label"], f"{here}/label", say, most=75, plain=True)
            check_options(group["options"], f"{here}/options", say, most=100)


def check_confirm(value: Any, where: str, say: Complaints) -> None:
    """A confirmation dialog: title 100, text 300, both buttons 30."""
    if not say.is_dict(value, where) or not say.requires(value, where, "title", "text", "confirm", "deny"):
        return
    say.only(value, where, ("title", "text", "confirm", "deny", "style"))
    check_text(value["title"], f"{where}/title", say, most=100, plain=True)
    check_text(value["text"], f"{where}/text", say, most=300)
    check_text(value["confirm"], f"{where}/confirm", say, most=30, plain=True)
    check_text(value["deny"], f"{where}/deny", say, most=30, plain=True)
    if "style" in value:
        say.one_of(value["style"], f"{where}/style", ("primary", "danger"))


def check_image(value: dict[str, Any], where: str, say: Complaints) -> None:
    """An image, as a block or an element: one source, and words for those who cannot see it."""
    say.requires(value, where, "alt_text")
    if (value.get("image_url") is None) == (value.get("slack_file") is None):
        say.add("exactly one of image_url and slack_file is required", where)
    say.optional_string(value, "image_url", where, most=3000)
    say.optional_string(value, "alt_text", where, most=2000)
    if value.get("title") is not None:
        check_text(value["title"], f"{where}/title", say, most=2000, plain=True)
