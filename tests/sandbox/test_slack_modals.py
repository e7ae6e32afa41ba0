"""Modals and the Home tab of the stand-in workspace, against small Bolt apps."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp

from tests.sandbox.bolt_apps import bolt_app, listening, over_socket
from tests.sandbox.pieces import BUTTONS, CHOICES, INPUTS, Block, app_that_notes, modal
from tests.sandbox.workspace_doors import Doors, open_doors


@pytest.fixture
async def doors() -> AsyncIterator[Doors]:
    async with open_doors() as opened:
        yield opened


def app_with_modal(doors: Doors, answer: dict[str, Any], view: Block) -> tuple[AsyncApp, list[dict[str, Any]]]:
    """An app whose shortcut opens this modal, and whose submit acknowledges with this answer."""
    app, seen = bolt_app(doors), []

    @app.shortcut("scan")
    async def opened(ack: Any, body: dict[str, Any], client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    @app.view("scan")
    async def submitted(ack: Any, body: dict[str, Any]) -> None:
        seen.append(body)
        await ack(**answer)

    return app, seen


async def opened_view(doors: Doors) -> str:
    await doors.post("shortcut", user="U0ADA", callback_id="scan")
    await doors.until("view")
    return str((await doors.get("modal", user="U0ADA"))["view"]["id"])


async def test_a_submitted_modal_tells_what_was_filled_in(doors: Doors) -> None:
    view = modal(blocks=INPUTS, private_metadata="kept")
    app, seen = app_with_modal(doors, {}, view)
    async with over_socket(doors, app):
        view_id = await opened_view(doors)
        values = {"targets": {"text": {"value": "example.com"}}, "which": {"boxes": {"selected_options": ["whois"]}}}
        values["where"] = {"channel": {"selected_conversation": "C0CASE17"}}
        told = await doors.post("submit", user="U0ADA", view_id=view_id, values=values)
    assert (told["status"], told["errors"]) == ("ok", {})
    state = seen[0]["view"]["state"]["values"]
    assert state["targets"]["text"] == {"type": "plain_text_input", "value": "example.com"}
    assert state["which"]["boxes"] == {"type": "checkboxes", "selected_options": [CHOICES[2]]}
    assert (seen[0]["view"]["private_metadata"], seen[0]["view"]["callback_id"]) == ("kept", "scan")
    assert seen[0]["response_urls"][0]["channel_id"] == "C0CASE17"
    assert (await doors.get("modal", user="U0ADA"))["view"] is None


async def test_what_was_not_touched_keeps_its_initial_choice_and_the_current_channel(doors: Doors) -> None:
    app = bolt_app(doors)
    seen: list[dict[str, Any]] = []

    @app.command("/scan")
    async def scan(ack: Any, body: dict[str, Any], client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal(blocks=INPUTS))

    @app.view("scan")
    async def submitted(ack: Any, body: dict[str, Any]) -> None:
        seen.append(body)
        await ack()

    async with over_socket(doors, app):
        await doors.post("command", user="U0ADA", channel="C0CASE17", text="")
        await doors.until("view")
        view_id = (await doors.get("modal", user="U0ADA"))["view"]["id"]
        await doors.post("submit", user="U0ADA", view_id=view_id, values={"targets": {"text": {"value": "x"}}})
    state = seen[0]["view"]["state"]["values"]
    assert state["which"]["boxes"]["selected_options"] == CHOICES[:1]
    assert state["where"]["channel"]["selected_conversation"] == "C0CASE17"


@pytest.mark.parametrize(
    ("written", "line"),
    [("", "Please complete this required field."), ("x" * 21, "Please enter 0 to 20 characters.")],
)
async def test_slack_s_client_asks_first_for_what_is_missing(doors: Doors, written: str, line: str) -> None:
    app, seen = app_with_modal(doors, {}, modal(blocks=INPUTS))
    async with over_socket(doors, app):
        view_id = await opened_view(doors)
        values = {"targets": {"text": {"value": written}}}
        told = await doors.post("submit", user="U0ADA", view_id=view_id, values=values)
    assert (told["status"], told["errors"], seen) == ("refused", {"targets": line}, [])


FILLED = {"targets": {"text": {"value": "example.com"}}}


async def test_errors_in_the_ack_keep_the_modal_open(doors: Doors) -> None:
    answer = {"response_action": "errors", "errors": {"targets": "not a target"}}
    app, _ = app_with_modal(doors, answer, modal(blocks=INPUTS))
    async with over_socket(doors, app):
        view_id = await opened_view(doors)
        told = await doors.post("submit", user="U0ADA", view_id=view_id, values=FILLED)
    assert told["errors"] == {"targets": "not a target"}
    assert (await doors.get("modal", user="U0ADA"))["view"]["id"] == view_id


@pytest.mark.parametrize(
    ("action", "titles"), [("update", ["Next"]), ("push", ["Scan", "Next"]), ("clear", []), ("", [])]
)
async def test_the_ack_of_a_submission_says_what_becomes_of_the_modal(
    doors: Doors, action: str, titles: list[str]
) -> None:
    view = {"view": modal("Next", blocks=INPUTS)} if action in ("update", "push") else {}
    answer = {"response_action": action, **view} if action else {}
    app, _ = app_with_modal(doors, answer, modal(blocks=INPUTS))
    async with over_socket(doors, app):
        await doors.post("submit", user="U0ADA", view_id=await opened_view(doors), values=FILLED)
    stack = (await doors.get("modal", user="U0ADA"))["stack"]
    assert [view["title"]["text"] for view in stack] == titles


async def test_a_submission_without_ack_leaves_the_modal_open(doors: Doors) -> None:
    async with listening(doors) as listener:
        await doors.post("shortcut", user="U0ADA", callback_id="scan")
        trigger = (await listener.request()).payload["trigger_id"]
        opened = await doors.client.views_open(trigger_id=trigger, view=modal(blocks=INPUTS))
        await doors.post("settings", ack_timeout=0.1)
        listener.answers = False
        told = await doors.post("submit", user="U0ADA", view_id=opened["view"]["id"], values=FILLED)
    assert told["error"] == "operation_timeout"
    assert (await doors.get("modal", user="U0ADA"))["view"] is not None


async def test_modals_stack_three_deep(doors: Doors) -> None:
    async with listening(doors) as listener:
        triggers = []
        for _ in range(4):
            await doors.post("shortcut", user="U0ADA", callback_id="scan")
            triggers.append((await listener.request()).payload["trigger_id"])
    await doors.client.views_open(trigger_id=triggers[0], view=modal(blocks=[]))
    for trigger in triggers[1:3]:
        await doors.client.views_push(trigger_id=trigger, view=modal(blocks=[]))
    refusal = await doors.refused("views.push", trigger_id=triggers[3], view=modal(blocks=[]))
    assert refusal["error"] == "push_limit_reached"


async def test_an_update_with_an_old_hash_is_refused(doors: Doors) -> None:
    async with listening(doors) as listener:
        await doors.post("shortcut", user="U0ADA", callback_id="scan")
        trigger = (await listener.request()).payload["trigger_id"]
    opened = await doors.client.views_open(trigger_id=trigger, view=modal(blocks=[], external_id="mine"))
    old, changed = opened["view"]["hash"], modal("Next", blocks=[], external_id="mine")
    await doors.client.views_update(external_id="mine", hash=old, view=changed)
    refusal = await doors.refused("views.update", external_id="mine", hash=old, view=changed)
    assert refusal["error"] == "hash_conflict"
    assert (await doors.refused("views.update", view_id="V0", view=modal(blocks=[])))["error"] == "not_found"


async def test_closing_a_modal_is_told_when_the_view_asks_for_it(doors: Doors) -> None:
    app, seen = app_that_notes(doors)
    view = modal(blocks=[], notify_on_close=True)
    async with over_socket(doors, app):
        trigger = doors.server.workspace.mint_trigger("U0ADA")
        view_id = (await doors.client.views_open(trigger_id=trigger, view=view))["view"]["id"]
        assert "not on U0BOB's screen" in (await doors.post("close_view", user="U0BOB", view_id=view_id))["error"]
        await doors.post("close_view", user="U0ADA", view_id=view_id)
    assert (seen[0]["type"], seen[0]["is_cleared"]) == ("view_closed", False)
    assert (await doors.get("modal", user="U0ADA"))["stack"] == []


async def test_the_home_tab_is_published_when_somebody_looks(doors: Doors) -> None:
    app = bolt_app(doors)

    @app.event("app_home_opened")
    async def looked(event: dict[str, Any], client: Any) -> None:
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": BUTTONS})

    assert await doors.get("home", user="U0ADA") is None
    async with over_socket(doors, app):
        await doors.post("home", user="U0ADA")
        await doors.until("home")
    assert (await doors.get("home", user="U0ADA"))["blocks"][0]["block_id"] == "row"
    assert await doors.get("home", user="U0BOB") is None


async def test_a_button_on_the_home_tab_tells_its_view(doors: Doors) -> None:
    app, seen = app_that_notes(doors)
    home = await doors.client.views_publish(user_id="U0ADA", view={"type": "home", "blocks": BUTTONS})
    async with over_socket(doors, app):
        await doors.post("click", user="U0ADA", view_id=home["view"]["id"], action_id="rerun")
    assert seen[0]["container"] == {"type": "view", "view_id": home["view"]["id"]}
    assert seen[0]["view"]["type"] == "home"
    assert "message" not in seen[0]
