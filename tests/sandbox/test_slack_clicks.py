"""Clicks, menus, triggers and shortcuts of the stand-in workspace, against small Bolt apps."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.sandbox.bolt_apps import bolt_app, listening, over_socket
from tests.sandbox.pieces import BUTTONS, CHOICES, INPUTS, app_that_notes, modal
from tests.sandbox.workspace_doors import Doors, open_doors


@pytest.fixture
async def doors() -> AsyncIterator[Doors]:
    async with open_doors() as opened:
        yield opened


async def posted(doors: Doors, **more: Any) -> str:
    answer = await doors.client.chat_postMessage(channel="C0GENERAL", text="finished", blocks=BUTTONS, **more)
    return str(answer["ts"])


async def test_a_click_tells_everything_slack_tells(doors: Doors) -> None:
    app, seen = app_that_notes(doors)
    parent = await posted(doors)
    ts = await posted(doors, thread_ts=parent)
    async with over_socket(doors, app):
        told = await doors.post("click", user="U0BOB", channel="C0GENERAL", ts=ts, action_id="rerun")
    assert told["status"] == "ok"
    container = {
        "type": "message",
        "message_ts": ts,
        "channel_id": "C0GENERAL",
        "is_ephemeral": False,
        "thread_ts": parent,
    }
    click = seen[0]
    assert click["container"] == container
    assert click["user"] == {"id": "U0BOB", "username": "bob", "name": "bob", "team_id": "T0SANDBOX"}
    assert (click["message"]["ts"], click["channel"]["id"], click["team"]["id"]) == (ts, "C0GENERAL", "T0SANDBOX")
    wanted = {"type": "button", "action_id": "rerun", "block_id": "row", "value": "signed"}
    assert wanted.items() <= click["actions"][0].items()
    assert click["trigger_id"]
    assert click["response_url"].startswith(doors.url)


async def test_a_choice_is_kept_in_the_state_of_the_message(doors: Doors) -> None:
    app, seen = app_that_notes(doors)
    ts = await posted(doors)
    choice = {"type": "static_select", "selected_option": CHOICES[1]}
    where = {"user": "U0ADA", "channel": "C0GENERAL", "ts": ts}
    async with over_socket(doors, app):
        await doors.post("select", **where, block_id="row", action_id="pick", action=choice)
        await doors.post("click", **where, action_id="rerun")
    assert seen[0]["actions"][0]["selected_option"] == CHOICES[1]
    assert seen[1]["state"]["values"] == {"row": {"pick": choice}}


async def test_a_click_can_be_played_with_another_value_and_from_another_workspace(doors: Doors) -> None:
    app, seen = app_that_notes(doors)
    where = {"channel": "C0GENERAL", "ts": await posted(doors), "action_id": "rerun"}
    async with over_socket(doors, app):
        await doors.post("click", user="U0ADA", **where, value="forged", as_team="T0OTHER")
    assert seen[0]["actions"][0]["value"] == "forged"
    assert (seen[0]["team"]["id"], seen[0]["user"]["team_id"]) == ("T0OTHER", "T0OTHER")


async def test_only_what_is_there_and_seen_can_be_clicked(doors: Doors) -> None:
    ts = await posted(doors)
    told = await doors.post("click", user="U0ADA", channel="C0GENERAL", ts=ts, action_id="cancel")
    assert told["error"] == "no control 'cancel' here; there is: rerun, pick"
    hidden = await doors.client.chat_postEphemeral(channel="C0GENERAL", user="U0ADA", text="x", blocks=BUTTONS)
    where = {"channel": "C0GENERAL", "ts": hidden["message_ts"], "action_id": "rerun"}
    assert "sees no message" in (await doors.post("click", user="U0BOB", **where))["error"]


async def test_an_ephemeral_message_is_replaced_and_deleted_through_its_response_url(doors: Doors) -> None:
    app = bolt_app(doors)

    @app.action("rerun")
    async def replaced(ack: Any, respond: Any) -> None:
        await ack()
        await respond(text="done", replace_original=True)

    hidden = await doors.client.chat_postEphemeral(channel="C0GENERAL", user="U0ADA", text="x", blocks=BUTTONS)
    where = {"user": "U0ADA", "channel": "C0GENERAL", "ts": hidden["message_ts"], "action_id": "rerun"}
    async with over_socket(doors, app):
        await doors.post("click", **where)
        await doors.until("ephemeral_changed")
    shown = await doors.messages(user="U0ADA")
    assert [(message["text"], message["is_ephemeral"]) for message in shown] == [("done", True)]


async def test_a_response_url_of_a_click_can_delete_the_message(doors: Doors) -> None:
    app, seen = app_that_notes(doors)
    where = {"user": "U0ADA", "channel": "C0GENERAL", "ts": await posted(doors), "action_id": "rerun"}
    async with over_socket(doors, app):
        await doors.post("click", **where)
    async with doors.http.post(seen[0]["response_url"], json={"delete_original": True}) as response:
        assert response.ok
    assert await doors.messages() == []


async def test_a_trigger_works_once_and_for_three_seconds(doors: Doors) -> None:
    app, seen = app_that_notes(doors)
    where = {"user": "U0ADA", "channel": "C0GENERAL", "ts": await posted(doors), "action_id": "rerun"}
    async with over_socket(doors, app):
        for _ in range(2):
            await doors.post("click", **where)
    first, second = (body["trigger_id"] for body in seen)
    view = modal(blocks=INPUTS)
    assert (await doors.client.views_open(trigger_id=first, view=view))["ok"]
    assert (await doors.refused("views.open", trigger_id=first, view=view))["error"] == "exchanged_trigger_id"
    await doors.post("clock", advance=3.5)
    assert (await doors.refused("views.open", trigger_id=second, view=view))["error"] == "expired_trigger_id"
    assert (await doors.refused("views.open", trigger_id="1.2.x", view=view))["error"] == "invalid_trigger_id"


async def test_a_bad_view_does_not_spend_the_trigger(doors: Doors) -> None:
    async with listening(doors) as listener:
        await doors.post("shortcut", user="U0ADA", callback_id="scan")
        trigger = (await listener.request()).payload["trigger_id"]
    refusal = await doors.refused("views.open", trigger_id=trigger, view=modal(blocks=[{"type": "table", "rows": []}]))
    assert refusal["error"] == "invalid_arguments"
    assert (await doors.client.views_open(trigger_id=trigger, view=modal(blocks=INPUTS)))["ok"]


async def test_a_message_shortcut_hands_over_the_message(doors: Doors) -> None:
    app, seen = app_that_notes(doors)
    ts = (await doors.post("message", user="U0BOB", channel="C0GENERAL", text="see example.com"))["ts"]
    async with over_socket(doors, app):
        await doors.post("shortcut", user="U0ADA", callback_id="extract", channel="C0GENERAL", ts=ts)
    assert (seen[0]["type"], seen[0]["message_ts"], seen[0]["user"]["id"]) == ("message_action", ts, "U0ADA")
    assert seen[0]["message"]["text"] == "see <http://example.com|example.com>"
