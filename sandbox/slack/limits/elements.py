"""Limits of what people press and fill in: buttons, menus, checkboxes, inputs."""

from collections.abc import Callable
from typing import Any

from sandbox.slack.limits.complaints import Complaints
from sandbox.slack.limits.texts import check_confirm, check_option_groups, check_options, check_text

Check = Callable[[dict[str, Any], str, Complaints], None]


def _button(value: dict[str, Any], where: str, say: Complaints) -> None:
    if say.requires(value, where, "text"):
        check_text(value["text"], f"{where}/text", say, most=75, plain=True)
    say.optional_string(value, "value", where, most=2000)
    say.optional_string(value, "url", where, most=3000)
    say.optional_string(value, "accessibility_label", where, most=75)
    if "style" in value:
        say.one_of(value["style"], f"{where}/style", ("primary", "danger"))


def _icon_button(value: dict[str, Any], where: str, say: Complaints) -> None:
    if say.requires(value, where, "icon", "text"):
        check_text(value["text"], f"{where}/text", say, most=75, plain=True)
    say.optional_string(value, "value", where, most=2000)


def _feedback_buttons(value: dict[str, Any], where: str, say: Complaints) -> None:
    if not say.requires(value, where, "positive_button", "negative_button"):
        return
    for key in ("positive_button", "negative_button"):
        here = f"{where}/{key}"
        if say.is_dict(value[key], here) and say.requires(value[key], here, "text", "value"):
            check_text(value[key]["text"], f"{here}/text", say, most=75, plain=True)
            say.string(value[key]["value"], f"{here}/value", most=2000)


def _overflow(value: dict[str, Any], where: str, say: Complaints) -> None:
    if say.requires(value, where, "options"):
        check_options(value["options"], f"{where}/options", say, most=5)


def _boxes(value: dict[str, Any], where: str, say: Complaints) -> None:
    if say.requires(value, where, "options"):
        check_options(value["options"], f"{where}/options", say, most=10)
    _initial_options(value, where, say)


def _static_menu(value: dict[str, Any], where: str, say: Complaints) -> None:
    _menu(value, where, say)
    if (value.get("options") is None) == (value.get("option_groups") is None):
        say.add("exactly one of options and option_groups is required", where)
    if value.get("options") is not None:
        check_options(value["options"], f"{where}/options", say, most=100)
    if value.get("option_groups") is not None:
        check_option_groups(value["option_groups"], f"{where}/option_groups", say)
    _initial_options(value, where, say)


def _initial_options(value: dict[str, Any], where: str, say: Complaints) -> None:
    """What is chosen at first must be among the choices, letter for letter."""
    groups = _listed(value.get("option_groups")) or [{"options": value.get("options")}]
    offered = [option for group in groups if isinstance(group, dict) for option in _listed(group.get("options"))]
    single = value.get("initial_option")
    for chosen in [single] if single is not None else _listed(value.get("initial_options")):
        if chosen not in offered:
            say.add("initial option is not among the options", where)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _menu(value: dict[str, Any], where: str, say: Complaints) -> None:
    if value.get("placeholder") is not None:
        check_text(value["placeholder"], f"{where}/placeholder", say, most=150, plain=True)
    if "max_selected_items" in value and not (
        isinstance(value["max_selected_items"], int) and value["max_selected_items"] >= 1
    ):
        say.add("must be at least 1", f"{where}/max_selected_items")


def _typed(value: dict[str, Any], where: str, say: Complaints) -> None:
    _menu(value, where, say)
    say.optional_string(value, "initial_value", where, most=3000)
    for key in ("min_length", "max_length"):
        if key in value and not (isinstance(value[key], int) and 0 <= value[key] <= 3000):
            say.add("must be between 0 and 3000", f"{where}/{key}")


def _file_input(value: dict[str, Any], where: str, say: Complaints) -> None:
    if "max_files" in value and not (isinstance(value["max_files"], int) and 1 <= value["max_files"] <= 10):
        say.add("must be between 1 and 10", f"{where}/max_files")


MENUS: dict[str, Check] = {
    "static_select": _static_menu,
    "multi_static_select": _static_menu,
    **dict.fromkeys(
        (
            *("external_select", "multi_external_select", "users_select", "multi_users_select"),
            *("conversations_select", "multi_conversations_select", "channels_select", "multi_channels_select"),
            *("datepicker", "timepicker", "datetimepicker"),
        ),
        _menu,
    ),
}
BOXES: dict[str, Check] = {"checkboxes": _boxes, "radio_buttons": _boxes}
INPUTS: dict[str, Check] = {
    **MENUS,
    **BOXES,
    **dict.fromkeys(("plain_text_input", "email_text_input", "url_text_input", "number_input"), _typed),
    "rich_text_input": _menu,
    "file_input": _file_input,
}
PRESSED: dict[str, Check] = {"button": _button, "workflow_button": _button, "overflow": _overflow}
IN_ACTIONS = {**PRESSED, **MENUS, **BOXES, "rich_text_input": _menu}
IN_SECTION = {**PRESSED, **MENUS, **BOXES}
IN_CONTEXT_ACTIONS: dict[str, Check] = {"feedback_buttons": _feedback_buttons, "icon_button": _icon_button}


def check_element(value: Any, where: str, say: Complaints, allowed: dict[str, Check]) -> None:
    """One control of a kind that is allowed in this place."""
    if not say.is_dict(value, where):
        return
    kind = value.get("type")
    check = allowed.get(kind) if isinstance(kind, str) else None
    if check is None:
        say.add(f"unsupported type: {kind}", f"{where}/type")
        return
    if value.get("action_id") is not None:
        say.string(value["action_id"], f"{where}/action_id", most=255, least=1)
    if value.get("confirm") is not None:
        check_confirm(value["confirm"], f"{where}/confirm", say)
    check(value, where, say)
