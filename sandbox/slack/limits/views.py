"""Limits of modals and Home tabs: titles, metadata, a submit button where there are inputs, and 250 kB in all."""

import json
from typing import Any

from sandbox.slack.limits.blocks import check_view_blocks
from sandbox.slack.limits.complaints import Complaints
from sandbox.slack.limits.texts import check_text
from sandbox.slack.refusal import Refused

LARGEST = 250_000  # bytes; docs.slack.dev/reference/methods/views.open: view_too_large
COMMON = ("type", "blocks", "private_metadata", "callback_id", "external_id")
MODAL_ONLY = ("title", "submit", "close", "clear_on_close", "notify_on_close", "submit_disabled")


def check_view(view: Any, *, kind: str) -> None:
    """Everything Slack asks of a view of that kind, `modal` or `home`.

    Raises:
        Refused: invalid_arguments with pointers, or view_too_large.
    """
    say = Complaints()
    if say.is_dict(view, "/view") and say.one_of(view.get("type"), "/view/type", (kind,)):
        _check(view, say, is_home=kind == "home")
    if say:
        raise Refused("invalid_arguments", ["failed to match all allowed schemas [json-pointer:/view]", *say.lines])
    if len(json.dumps(view, ensure_ascii=False).encode()) > LARGEST:
        raise Refused("view_too_large")


def _check(view: dict[str, Any], say: Complaints, *, is_home: bool) -> None:
    say.only(view, "/view", COMMON if is_home else (*COMMON, *MODAL_ONLY))
    say.optional_string(view, "callback_id", "/view", most=255)
    say.optional_string(view, "external_id", "/view", most=255)
    say.optional_string(view, "private_metadata", "/view", most=3000)
    if say.requires(view, "/view", "blocks"):
        check_view_blocks(view["blocks"], say, "/view/blocks", is_home=is_home)
    if is_home:
        return
    if say.requires(view, "/view", "title"):
        check_text(view["title"], "/view/title", say, most=24, plain=True)
    for key in ("submit", "close"):
        if view.get(key) is not None:
            check_text(view[key], f"/view/{key}", say, most=24, plain=True)
    blocks = view["blocks"] if isinstance(view.get("blocks"), list) else []
    has_input = any(isinstance(block, dict) and block.get("type") == "input" for block in blocks)
    if has_input and view.get("submit") is None:
        say.add("missing required field: submit, because the view has inputs", "/view")
