"""Buttons, inputs and a noting app that several tests of the stand-in workspace share."""

from typing import Any

from slack_bolt.app.async_app import AsyncApp

from tests.sandbox.bolt_apps import bolt_app
from tests.sandbox.workspace_doors import Doors

Block = dict[str, Any]


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


CHOICES = [{"text": plain(name), "value": name} for name in ("dns", "crtsh", "whois")]
BUTTONS: list[Block] = [
    {
        "type": "actions",
        "block_id": "row",
        "elements": [
            {"type": "button", "action_id": "rerun", "text": plain("Re-run"), "value": "signed"},
            {"type": "static_select", "action_id": "pick", "options": CHOICES},
        ],
    }
]
INPUTS: list[Block] = [
    {
        "type": "input",
        "block_id": "targets",
        "label": plain("Targets"),
        "element": {"type": "plain_text_input", "action_id": "text", "max_length": 20},
    },
    {
        "type": "input",
        "block_id": "which",
        "label": plain("Collectors"),
        "optional": True,
        "element": {"type": "checkboxes", "action_id": "boxes", "options": CHOICES, "initial_options": CHOICES[:1]},
    },
    {
        "type": "input",
        "block_id": "where",
        "label": plain("Channel"),
        "optional": True,
        "element": {
            "type": "conversations_select",
            "action_id": "channel",
            "default_to_current_conversation": True,
            "response_url_enabled": True,
        },
    },
]


def modal(title: str = "Scan", **more: Any) -> Block:
    return {"type": "modal", "callback_id": "scan", "title": plain(title), "submit": plain("Go"), **more}


def app_that_notes(doors: Doors) -> tuple[AsyncApp, list[dict[str, Any]]]:
    """An app that acknowledges the controls above and notes their payloads."""
    app, seen = bolt_app(doors), []

    async def note(ack: Any, body: dict[str, Any]) -> None:
        seen.append(body)
        await ack()

    for name in ("rerun", "pick"):
        app.action(name)(note)
    app.shortcut("extract")(note)
    app.view_closed("scan")(note)
    return app, seen
