"""Modals and Home tabs: which person has what open, three deep at most."""

import hashlib
import json
from dataclasses import dataclass, field

from sandbox.slack.cast import APP, BOT_ID, TEAM
from sandbox.slack.messages import controls, with_ids
from sandbox.slack.refusal import Refused
from sandbox.slack.wire import Json
from sandbox.slack.workspace import Workspace

DEEPEST = 3  # one opened and two pushed (docs.slack.dev/surfaces/modals)
MENUS = {
    "checkboxes": "selected_options",
    "radio_buttons": "selected_option",
    "static_select": "selected_option",
    "multi_static_select": "selected_options",
    "conversations_select": "selected_conversation",
    "multi_conversations_select": "selected_conversations",
    "channels_select": "selected_channel",
    "multi_channels_select": "selected_channels",
    "users_select": "selected_user",
    "multi_users_select": "selected_users",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
}
INITIAL = {
    "selected_conversation": "initial_conversation",
    "selected_conversations": "initial_conversations",
    "selected_channel": "initial_channel",
    "selected_channels": "initial_channels",
    "selected_user": "initial_user",
    "selected_users": "initial_users",
    "selected_date": "initial_date",
    "selected_time": "initial_time",
    "selected_option": "initial_option",
    "selected_options": "initial_options",
}
TYPED = ("plain_text_input", "email_text_input", "url_text_input", "number_input")


@dataclass
class View:
    """One modal or Home tab as one person has it."""

    id: str
    user: str
    body: Json
    root: str
    previous: str = ""
    hash: str = ""
    channel: str = ""  # where the trigger came from: `default_to_current_conversation` means this place
    state: Json = field(default_factory=dict)

    def as_json(self) -> Json:
        """Slack's view object."""
        body = self.body
        return {
            "id": self.id,
            "team_id": TEAM,
            "type": body["type"],
            "blocks": body.get("blocks", []),
            "private_metadata": body.get("private_metadata", ""),
            "callback_id": body.get("callback_id", ""),
            "state": {"values": self.state},
            "hash": self.hash,
            "title": body.get("title"),
            "close": body.get("close"),
            "submit": body.get("submit"),
            "clear_on_close": bool(body.get("clear_on_close")),
            "notify_on_close": bool(body.get("notify_on_close")),
            "previous_view_id": self.previous or None,
            "root_view_id": self.root,
            "app_id": APP,
            "external_id": body.get("external_id", ""),
            "app_installed_team_id": TEAM,
            "bot_id": BOT_ID,
        }


class Views:
    """What everybody has open."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._stacks: dict[str, list[View]] = {}
        self._homes: dict[str, View] = {}

    def clear(self) -> None:
        """Close everything."""
        self._stacks, self._homes = {}, {}

    def stack(self, user: str) -> list[View]:
        """The modals a person has open, the top one last."""
        return self._stacks.setdefault(user, [])

    def home(self, user: str) -> View | None:
        """The person's Home tab, once the app published one."""
        return self._homes.get(user)

    def open(self, user: str, body: Json, *, channel: str = "") -> View:
        """A new root modal; whatever the person had open is replaced."""
        self.stack(user).clear()
        return self._put_on_top(user, body, channel)

    def push(self, user: str, body: Json) -> View:
        """One more modal on top.

        Raises:
            Refused: push_limit_reached above three; not_found with none open.
        """
        stack = self.stack(user)
        if not stack:
            raise Refused("not_found")
        if len(stack) >= DEEPEST:
            raise Refused("push_limit_reached")
        return self._put_on_top(user, body, stack[-1].channel)

    def publish(self, user: str, body: Json, *, expected_hash: str = "") -> View:
        """The person's Home tab.

        Raises:
            Refused: hash_conflict when the tab changed since the hash was read.
        """
        known = self._homes.get(user)
        if known is not None and expected_hash not in ("", known.hash):
            raise Refused("hash_conflict")
        view_id = known.id if known else self._workspace.mint("V")
        view = View(view_id, user, {}, root=view_id)
        self._fill(view, body)
        self._homes[user] = view
        self._workspace.changes.add("home", user=user)
        return view

    def update(self, view: View, body: Json, *, expected_hash: str = "") -> View:
        """Replace what a view shows, keeping what was typed into inputs that stay.

        Raises:
            Refused: hash_conflict when the view changed since the hash was read.
        """
        if expected_hash not in ("", view.hash):
            raise Refused("hash_conflict")
        self._fill(view, body)
        self._workspace.changes.add("view", user=view.user, view_id=view.id)
        return view

    def close(self, view: View, *, everything: bool = False) -> None:
        """Take one view off the stack, or all of them."""
        stack = self.stack(view.user)
        stack[:] = [] if everything else [other for other in stack if other.id != view.id]
        self._workspace.changes.add("view", user=view.user, view_id=view.id, closed=True)

    def find(self, view_id: str = "", external_id: str = "") -> View:
        """An open view by its id, or by the id its app gave it.

        Raises:
            Refused: not_found.
        """
        for view in self._all():
            if (view_id and view.id == view_id) or (external_id and view.body.get("external_id") == external_id):
                return view
        raise Refused("not_found")

    def _all(self) -> list[View]:
        return [view for stack in self._stacks.values() for view in stack] + list(self._homes.values())

    def _put_on_top(self, user: str, body: Json, channel: str) -> View:
        external = body.get("external_id")
        if external and any(view.body.get("external_id") == external for view in self._all()):
            raise Refused("duplicate_external_id")
        stack, view_id = self.stack(user), self._workspace.mint("V")
        below = stack[-1] if stack else None
        view = View(view_id, user, {}, root=below.root if below else view_id, channel=channel)
        view.previous = below.id if below else ""
        self._fill(view, body)
        stack.append(view)
        self._workspace.changes.add("view", user=user, view_id=view.id)
        return view

    def _fill(self, view: View, body: Json) -> None:
        blocks = with_ids(body.get("blocks", []), self._workspace.mint)
        view.body = {**body, "blocks": blocks}
        fresh = initial_state(blocks, view.channel)
        view.state = fresh | {block_id: kept for block_id, kept in view.state.items() if block_id in fresh}
        told = json.dumps([view.body, self._workspace.mint("h")], sort_keys=True)
        view.hash = f"{int(self._workspace.clock.now())}.{hashlib.sha256(told.encode()).hexdigest()[:8]}"


def initial_state(blocks: list[Json], here: str = "") -> Json:
    """`state.values` before anybody touched anything: every input that holds a value, by block and action.

    Args:
        blocks: the stored blocks.
        here: the channel the person came from, for menus that default to the current conversation.
    """
    state: Json = {}
    for block_id, element in controls(blocks):
        value = initial_value(element, here)
        if value is not None:
            state.setdefault(block_id, {})[element["action_id"]] = value
    return state


def initial_value(element: Json, here: str = "") -> Json | None:
    """What one element holds at first; none for elements that hold nothing, such as buttons."""
    kind = element["type"]
    if kind in TYPED:
        return {"type": kind, "value": element.get("initial_value")}
    slot = MENUS.get(kind)
    if slot is None:
        return None
    empty: object = [] if slot.endswith("s") else None
    if here and element.get("default_to_current_conversation"):
        empty = [here] if slot.endswith("s") else here
    return {"type": kind, slot: element.get(INITIAL[slot], empty)}
