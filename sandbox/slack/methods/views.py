"""Modals and the Home tab: views.open, views.push, views.update, views.publish."""

from sandbox.slack.limits import check_view
from sandbox.slack.methods.method import Call, Method, World
from sandbox.slack.refusal import Refused
from sandbox.slack.views import View
from sandbox.slack.wire import Json, text


def open_view(world: World, call: Call) -> Json:
    """Open a modal for whoever's trigger this is, within three seconds of it."""
    call.required("trigger_id", "view")
    check_view(call.args["view"], kind="modal")
    trigger = world.workspace.spend_trigger(text(call.args, "trigger_id"))
    return _told(world.views.open(trigger.user, call.args["view"], channel=trigger.channel))


def push_view(world: World, call: Call) -> Json:
    """Put one more modal on top."""
    call.required("trigger_id", "view")
    check_view(call.args["view"], kind="modal")
    trigger = world.workspace.spend_trigger(text(call.args, "trigger_id"))
    return _told(world.views.push(trigger.user, call.args["view"]))


def update_view(world: World, call: Call) -> Json:
    """Change an open modal, found by its id or its external_id."""
    call.required("view")
    view_id, external_id = text(call.args, "view_id"), text(call.args, "external_id")
    if not view_id and not external_id:
        raise Refused("invalid_arguments", ["missing required field: view_id or external_id"])
    view = world.views.find(view_id, external_id)
    check_view(call.args["view"], kind=view.body["type"])
    return _told(world.views.update(view, call.args["view"], expected_hash=text(call.args, "hash")))


def publish_view(world: World, call: Call) -> Json:
    """Set somebody's Home tab."""
    call.required("user_id", "view")
    person = world.workspace.person(text(call.args, "user_id"))
    check_view(call.args["view"], kind="home")
    return _told(world.views.publish(person.id, call.args["view"], expected_hash=text(call.args, "hash")))


def _told(view: View) -> Json:
    return {"view": view.as_json()}


METHODS = {
    "views.open": Method(open_view),
    "views.push": Method(push_view),
    "views.update": Method(update_view),
    "views.publish": Method(publish_view),
}
