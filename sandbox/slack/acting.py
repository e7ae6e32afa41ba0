"""What people do in channels: type commands, write messages, press buttons, use shortcuts, look at Home."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sandbox.slack import payloads
from sandbox.slack.cast import BOT, SLACKBOT, Channel, Person
from sandbox.slack.delivery import Ack, Delivery, Parcel
from sandbox.slack.messages import Message, controls
from sandbox.slack.methods import World
from sandbox.slack.methods.files import add_shared
from sandbox.slack.refusal import Refused
from sandbox.slack.responses import Responses
from sandbox.slack.wire import Json


@dataclass
class Acting:
    """People's hands on the workspace."""

    world: World
    delivery: Delivery
    responses: Responses

    def place(self, user: str, channel: str) -> tuple[Person, Channel]:
        """Somebody in a channel they can write in.

        Raises:
            Refused: with a sentence, when Slack's client would not let them.
        """
        workspace = self.world.workspace
        person, found = workspace.people.get(user), workspace.channels.get(channel)
        if person is None or found is None:
            raise Refused(f"there is no {'person ' + user if person is None else 'channel ' + channel}")
        if user not in found.members:
            raise Refused(f"{user} is not a member of {channel}; its members: {', '.join(sorted(found.members))}")
        if found.is_archived:
            raise Refused(f"{channel} is archived: nobody can write there")
        return person, found

    async def command(self, user: str, channel: str, command: str, words: str) -> tuple[Ack, Message | None]:
        """Type a slash command; answers with the ack and what the person then sees."""
        person, place = self.place(user, channel)
        workspace = self.world.workspace
        if "commands" not in workspace.bot_token.scopes:
            raise Refused(f"{command} is not a valid command: the app lacks the scope commands")
        payload = payloads.slash_command(
            person,
            place,
            command=command,
            words=words,
            trigger=workspace.mint_trigger(user, channel),
            url=self.responses.mint(channel, user),
        )
        ack = await self.delivery.deliver(Parcel("slash_commands", payload))
        return self.show_answer(ack, user, channel, command)

    def show_answer(self, ack: Ack, user: str, channel: str, command: str) -> tuple[Ack, Message | None]:
        """Show what the ack of a command says, or Slackbot's line when it failed."""
        if ack.ok:
            try:
                return ack, self.responses.answer_command(channel, user, ack.body)
            except Refused as refusal:
                ack = replace(ack, status=refusal.error)
        line = f'{command} failed with the error "{ack.status}"'
        return ack, self.world.workspace.say(channel, SLACKBOT, line, only_for=user)

    async def write(
        self, user: str, channel: str, words: str, thread_ts: str = "", files: Sequence[Json] = ()
    ) -> tuple[Message, Ack | None]:
        """Write a message, perhaps with files on it; the bot hears of it when it is a member and was named."""
        person, place = self.place(user, channel)
        workspace = self.world.workspace
        typed = payloads.as_typed(words, autolink=workspace.settings.autolink)
        shared = [add_shared(self.world, user, person.team, channel, each) for each in files]
        message = workspace.say(
            channel,
            user,
            typed,
            files=[each.as_json(workspace.url) for each in shared],
            blocks=[_typed_block(words)],
            thread_ts=self._thread(channel, thread_ts),
            team=person.team,
            client_msg_id=workspace.mint("client-"),
        )
        for each in shared:
            each.shares[channel] = message.ts
        if f"<@{BOT}>" not in typed or not self._hears_mentions(place):
            return message, None
        event = payloads.event_callback(workspace, payloads.app_mention(message, place), channel=place)
        return message, await self.delivery.deliver_with_retries(Parcel("events_api", event))

    def _hears_mentions(self, place: Channel) -> bool:
        """Direct messages have an event of their own, which the app would have to subscribe to."""
        scopes = self.world.workspace.bot_token.scopes
        return place.bot_is_member and not place.is_dm and "app_mentions:read" in scopes

    def _thread(self, channel: str, thread_ts: str) -> str:
        if not thread_ts:
            return ""
        parent = self.world.workspace.messages.find(channel, thread_ts)
        if parent is None:
            raise Refused(f"there is no message {thread_ts} in {channel} to reply to")
        return parent.thread_ts or parent.ts

    async def press(self, user: str, channel: str, ts: str, wanted: Json, *, team: str = "") -> Ack:
        """Use a control of a message: a button, a menu, boxes.

        Args:
            user: who.
            channel: where.
            ts: the message.
            wanted: {action_id, block_id?, value?, action?}; `value` and `action` replace what the control says.
            team: play somebody of that workspace.
        """
        message = self.seen(user, channel, ts)
        block_id, element = control(message.blocks, wanted)
        action = self.action(element, block_id, wanted)
        remember(message.state.setdefault(user, {}), action)
        payload = self._interaction("block_actions", user, message, team)
        payload |= {"container": payloads.message_container(message), "actions": [action]}
        payload |= {"state": {"values": message.state[user]}}
        if message.only_for:
            del payload["message"]
        return await self.delivery.deliver(Parcel("interactive", payload))

    async def message_shortcut(self, user: str, callback_id: str, channel: str, ts: str) -> Ack:
        """Use a message shortcut."""
        message = self.seen(user, channel, ts)
        payload = self._interaction("message_action", user, message, "")
        payload |= {"callback_id": callback_id, "message_ts": ts, "action_ts": self.world.workspace.stamp()}
        return await self.delivery.deliver(Parcel("interactive", payload))

    async def global_shortcut(self, user: str, callback_id: str) -> Ack:
        """Use a global shortcut."""
        workspace = self.world.workspace
        trigger = workspace.mint_trigger(workspace.person(user).id)
        payload = payloads.interaction("shortcut", workspace.person(user), trigger=trigger)
        payload |= {"callback_id": callback_id, "action_ts": workspace.stamp()}
        return await self.delivery.deliver(Parcel("interactive", payload))

    async def look_home(self, user: str) -> Ack:
        """Open the app's Home tab."""
        workspace = self.world.workspace
        view = self.world.views.home(workspace.person(user).id)
        event = payloads.home_opened(user, workspace.stamp(), view.as_json() if view else None)
        return await self.delivery.deliver_with_retries(Parcel("events_api", payloads.event_callback(workspace, event)))

    def seen(self, user: str, channel: str, ts: str) -> Message:
        """A message that person can see.

        Raises:
            Refused: with a sentence, when they cannot.
        """
        self.world.workspace.person(user)
        message = self.world.workspace.messages.find(channel, ts)
        if message is None or not message.is_visible_to(user):
            raise Refused(f"{user} sees no message {ts} in {channel}")
        return message

    def action(self, element: Json, block_id: str, wanted: Json) -> Json:
        """The `actions` entry for a control."""
        action: Json = {"type": element["type"], "action_id": element["action_id"], "block_id": block_id}
        for key in ("text", "value", "style", "placeholder"):
            if key in element:
                action[key] = element[key]
        if wanted.get("value") is not None and "action" not in wanted:
            action["value"] = wanted["value"]
        return action | dict(wanted.get("action") or {}) | {"action_ts": self.world.workspace.stamp()}

    def _interaction(self, kind: str, user: str, message: Message, team: str) -> Json:
        workspace = self.world.workspace
        person, channel = workspace.person(user), workspace.channels[message.channel]
        payload = payloads.interaction(kind, person, trigger=workspace.mint_trigger(user, channel.id), team=team)
        return payload | {
            "channel": payloads.channel_of(channel),
            "message": workspace.messages.told(message),
            "response_url": self.responses.mint(channel.id, user, original=message),
        }


def control(blocks: list[Json], wanted: Json) -> tuple[str, Json]:
    """The control somebody means, by action_id and, when told, block_id.

    Raises:
        Refused: with a sentence that names what there is.
    """
    action_id, block_id = wanted.get("action_id"), wanted.get("block_id")
    found = list(controls(blocks))
    for own_block, element in found:
        if element["action_id"] == action_id and block_id in (None, "", own_block):
            return own_block, element
    there = ", ".join(element["action_id"] for _, element in found) or "nothing to press"
    raise Refused(f"no control {action_id!r} here; there is: {there}")


def remember(state: Json, action: Json) -> None:
    """Keep what was chosen, for `state.values`; buttons hold nothing."""
    kept = {key: value for key, value in action.items() if key.startswith("selected_") or key == "value"}
    if kept and action["type"] not in ("button", "overflow", "workflow_button"):
        state.setdefault(action["block_id"], {})[action["action_id"]] = {"type": action["type"], **kept}


def _typed_block(words: str) -> dict[str, Any]:
    line = {"type": "rich_text_section", "elements": [{"type": "text", "text": words or " "}]}
    return {"type": "rich_text", "elements": [line]}
