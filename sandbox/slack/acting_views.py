"""What people do in modals and on the Home tab: press, submit, close; and what the app's ack then does to the view."""

from dataclasses import dataclass
from typing import Any

from sandbox.slack import payloads
from sandbox.slack.acting import Acting, control, remember
from sandbox.slack.delivery import Ack, Parcel
from sandbox.slack.limits import check_view
from sandbox.slack.refusal import Refused
from sandbox.slack.views import View, initial_value
from sandbox.slack.wire import Json

REQUIRED = "Please complete this required field."


@dataclass
class ActingInViews:
    """People's hands on modals."""

    acting: Acting

    async def press(self, user: str, view_id: str, wanted: Json, *, team: str = "") -> Ack:
        """Use a control of a modal or the Home tab; what was typed into it so far (`values`) goes along."""
        view = self._own(user, view_id)
        fill(view, wanted.get("values") or {})
        block_id, element = control(view.body["blocks"], wanted)
        action = self.acting.action(element, block_id, wanted)
        remember(view.state, action)
        workspace = self.acting.world.workspace
        trigger = workspace.mint_trigger(user, view.channel)
        payload = payloads.interaction("block_actions", workspace.person(user), trigger=trigger, team=team)
        payload |= {"container": {"type": "view", "view_id": view.id}, "view": view.as_json(), "actions": [action]}
        return await self.acting.delivery.deliver(Parcel("interactive", payload))

    async def submit(self, user: str, view_id: str, values: Json) -> tuple[Ack | None, dict[str, str]]:
        """Press a modal's submit button; answers with the ack and the errors per block, if any."""
        view = self._own(user, view_id)
        fill(view, values)
        errors = missing(view)
        if errors:
            return None, errors
        workspace = self.acting.world.workspace
        trigger = workspace.mint_trigger(user, view.channel)
        payload = payloads.interaction("view_submission", workspace.person(user), trigger=trigger)
        payload |= {"view": view.as_json(), "response_urls": self._response_urls(view)}
        ack = await self.acting.delivery.deliver(Parcel("interactive", payload))
        return ack, self._follow(view, ack) if ack.ok else {}

    async def close(self, user: str, view_id: str, *, everything: bool = False) -> Ack | None:
        """Close a modal; the app hears of it when its view asked to."""
        view = self._own(user, view_id)
        self.acting.world.views.close(view, everything=everything)
        if not view.body.get("notify_on_close"):
            return None
        workspace = self.acting.world.workspace
        payload = payloads.interaction("view_closed", workspace.person(user), trigger="")
        del payload["trigger_id"]
        payload |= {"view": view.as_json(), "is_cleared": everything}
        return await self.acting.delivery.deliver(Parcel("interactive", payload))

    def _own(self, user: str, view_id: str) -> View:
        view = self.acting.world.views.find(view_id)
        if view.user != user:
            raise Refused(f"the view {view_id} is not on {user}'s screen")
        return view

    def _response_urls(self, view: View) -> list[Json]:
        urls = []
        for block in view.body["blocks"]:
            element = block.get("element") or {}
            if element.get("response_url_enabled"):
                channel = view.state[block["block_id"]][element["action_id"]].get("selected_conversation")
                told = {"block_id": block["block_id"], "action_id": element["action_id"], "channel_id": channel}
                urls.append(told | {"response_url": self.acting.responses.mint(channel or "", view.user)})
        return urls

    def _follow(self, view: View, ack: Ack) -> dict[str, str]:
        """Do what the ack's response_action says; an empty ack closes the view."""
        views, wanted = self.acting.world.views, ack.body.get("response_action")
        if wanted == "errors":
            errors = ack.body.get("errors")
            return {str(block): str(line) for block, line in errors.items()} if isinstance(errors, dict) else {}
        if wanted in ("update", "push"):
            body = ack.body.get("view")
            check_view(body, kind="modal")
            if isinstance(body, dict):
                _ = views.update(view, body) if wanted == "update" else views.push(view.user, body)
            return {}
        views.close(view, everything=wanted == "clear")
        return {}


def fill(view: View, values: Json) -> None:
    """Put what was typed and chosen into the view's state; choices may be given by value alone."""
    for block in view.body["blocks"]:
        element = block.get("element")
        if not isinstance(element, dict):
            continue
        held = initial_value(element)
        if held is None:
            continue
        given = (values.get(block["block_id"]) or {}).get(element["action_id"])
        if given is not None:
            view.state.setdefault(block["block_id"], {})[element["action_id"]] = held | _whole(element, dict(given))


def _whole(element: Json, given: Json) -> Json:
    given.pop("type", None)
    for key in ("selected_option", "selected_options"):
        if given.get(key):
            many = isinstance(given[key], list)
            chosen = [_option(element, option) for option in (given[key] if many else [given[key]])]
            given[key] = chosen if many else chosen[0]
    return given


def _option(element: Json, wanted: Any) -> Json:
    value = wanted.get("value") if isinstance(wanted, dict) else wanted
    groups = element.get("option_groups") or [{"options": element.get("options") or []}]
    for group in groups:
        for option in group["options"]:
            if option.get("value") == value:
                return dict(option)
    raise Refused(f"no option {value!r} in {element['action_id']}")


def missing(view: View) -> dict[str, str]:
    """What Slack's client asks the person to mend before it sends anything, by block_id."""
    found = {}
    for block in view.body["blocks"]:
        line = _fault_of(view, block) if block["type"] == "input" else ""
        if line:
            found[block["block_id"]] = line
    return found


def _fault_of(view: View, block: Json) -> str:
    element = block["element"]
    held = view.state.get(block["block_id"], {}).get(element["action_id"], {})
    if not any(value for key, value in held.items() if key != "type"):
        return "" if block.get("optional") else REQUIRED
    written = held.get("value")
    most, least = element.get("max_length", 3000), element.get("min_length", 0)
    if isinstance(written, str) and not least <= len(written) <= most:
        return f"Please enter {least} to {most} characters."
    return ""
