"""What is done with each thing that Slack delivers: read once, answered within Slack's time, one verb called."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from hashlib import sha256
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck

from bot import (
    buttons,
    caseforms,
    commands,
    files,
    forms,
    judging_form,
    leaving,
    mentions,
    pivoting,
    playbook_forms,
    previews,
    reactions,
    reasons,
    watch_forms,
)
from bot.bearings import Body, opener, sent, team_of, who_of
from bot.front import Front
from bot.guard import Who
from bot.homes import open_switch, show_home, switch_off, switch_on
from bot.once import NotYet, Once, late
from core.blocks import Message
from core.blocks.approvals import SAY_WHY
from core.errors import NotAllowed
from core.models import Place

log = structlog.get_logger()

HANG_UP = 2.75  # seconds after which a command is answered whatever happened; Slack waits for 3
ACKED_WITHIN = 2.5  # seconds after which anything else is acknowledged, done or not
WORDS = {"/case": "case", "/watch": "watch"}  # commands that are also words of the first one
CASE_VIEW = "case"
AT_HOME = {"switch_on": switch_on, "watch_set": watch_forms.from_home}
# Buttons that open a form; a list of several has a number behind each.
OPENERS = watch_forms.OPENERS | {
    "edit_playbook": playbook_forms.open_form,
    "judge": judging_form.open_form,
    SAY_WHY: reasons.open_form,
}
FILLED = watch_forms.FILLED | {"playbook": playbook_forms.submit}

Submit = Callable[[tuple[str, ...]], Coroutine[Any, Any, dict[str, str]]]


class Listeners:
    """The listeners of one bot process."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._once = Once(front)

    async def command(self, ack: AsyncAck, body: Body) -> None:
        text = f"{WORDS.get(str(body.get('command')), '')} {body.get('text', '')}".strip()
        name = str(body.get("user_name", ""))
        place = Place(self._front.identity.team or team_of(body), body["channel_id"])
        who = Who(body["user_id"], place, str(body.get("team_id", "")), name=name)
        keys = (f"trigger:{team_of(body)}:{body['trigger_id']}",)
        if not text.strip():
            await ack()
            self._once.begin_at_most_once(keys, partial(forms.open_scan_form, self._front, who, body["trigger_id"]))
            return
        rest = caseforms.wants_form(text.partition(" ")[2]) if text.lower().startswith("case ") else None
        if rest is not None:
            await ack()
            opening = partial(caseforms.open_form, self._front, who, body["trigger_id"], rest)
            self._once.begin_at_most_once(keys, opening)
            return
        answering = self._once.begin(keys, lambda: commands.answer(self._front, who, text, keys=keys))
        try:
            answer = await asyncio.wait_for(answering, HANG_UP)
        except TimeoutError:  # each step is bounded; all of them together are here
            answer = late(self._front, who)
        await ack(**ephemeral(answer))

    async def message_shortcut(self, ack: AsyncAck, body: Body) -> None:
        await ack()
        opening = partial(forms.open_message_form, self._front, who_of(body), body["trigger_id"], body["message"])
        self._once.begin_at_most_once(opener(body), opening)

    async def form_wanted(self, ack: AsyncAck, body: Body) -> None:
        """By the global shortcut, or the Home tab's button."""
        await ack()
        opening = partial(forms.open_scan_form, self._front, who_of(body), body["trigger_id"])
        self._once.begin_at_most_once(opener(body), opening)

    async def submitted(self, ack: AsyncAck, body: Body) -> None:
        await self._submitted(ack, body, lambda keys: self._submit(body, body["view"], keys))

    async def _submitted(self, ack: AsyncAck, body: Body, submit: Submit) -> None:
        view = body["view"]
        filled = sha256(json.dumps(view["state"], sort_keys=True).encode()).hexdigest()  # mended, it is another one
        keys = (sent(body, filled),)
        submitting = self._once.begin_claimed(keys, lambda: submit(keys))
        try:
            errors = await _done(submitting)
        except TimeoutError:
            errors = None  # what is late is told beside the form
        if errors:
            await ack(response_action="errors", errors=errors)
        else:
            await ack()

    async def filled(self, ack: AsyncAck, body: Body) -> None:
        """A form that starts no scan by itself."""
        view = body["view"]
        await self._submitted(ack, body, lambda _keys: FILLED[view["callback_id"]](self._front, who_of(body), view))

    async def opened(self, ack: AsyncAck, body: Body) -> None:
        """A button that opens a form."""
        await ack()
        action = body["actions"][0]
        form, value = OPENERS[action["action_id"].partition(":")[0]], str(action.get("value", ""))
        opening = partial(form, self._front, who_of(body), body["trigger_id"], value)
        self._once.begin_at_most_once(opener(body), opening)

    async def _submit(self, body: Body, view: Body, keys: tuple[str, ...]) -> dict[str, str]:
        if view.get("callback_id") == CASE_VIEW:
            return await caseforms.submit(self._front, who_of(body), view)
        if view.get("callback_id") == "judged":
            return await judging_form.submit(self._front, who_of(body), view)
        return await forms.submit(self._front, who_of(body), view, keys=keys)

    async def noted(self, ack: AsyncAck, body: Body) -> None:
        await ack()
        noting = partial(caseforms.note_message, self._front, who_of(body), body["message"])
        self._once.begin_at_most_once(opener(body), noting)

    async def said_why(self, ack: AsyncAck, body: Body) -> None:
        await self._submitted(ack, body, lambda _keys: reasons.submit(self._front, who_of(body), body["view"]))

    async def previewed(self, ack: AsyncAck, body: Body) -> None:
        await ack()
        filling = partial(previews.fill_in, self._front, who_of(body), body["view"])
        self._once.begin_at_most_once(opener(body), filling)

    async def pivot_wanted(self, ack: AsyncAck, body: Body) -> None:
        await ack()
        value, view = str(body["actions"][0].get("value", "")), body.get("view")
        opening = partial(pivoting.open_menu, self._front, who_of(body), value, body["trigger_id"], view=view)
        self._once.begin_at_most_once(opener(body), opening)

    async def pivoted(self, ack: AsyncAck, body: Body) -> None:
        view = body["view"]
        filled = sha256(json.dumps([view["state"], view["private_metadata"]], sort_keys=True).encode()).hexdigest()
        keys = (sent(body, filled),)
        sure = view["callback_id"] == "pivot_sure"
        pivot = partial(pivoting.submit, self._front, who_of(body), view, sure=sure)
        try:
            shown = await _done(self._once.begin_claimed(keys, pivot))
        except TimeoutError:
            shown = None  # what is late is told beside the form
        await ack(**(shown or {}))

    async def clicked(self, ack: AsyncAck, body: Body) -> None:
        """Acked when it is done, so that a click which a dying bot took along is seen to have failed."""
        await ack()
        action = body["actions"][0]
        who = who_of(body)
        keys = (f"click:{who.place.team}:{who.user}:{action.get('action_id', '')}:{action.get('action_ts', '')}",)
        value = str(action.get("value") or (action.get("selected_option") or {}).get("value", ""))
        clicking = self._once.begin_claimed(keys, lambda: self._click(body, value, keys))
        with suppress(TimeoutError):
            await _done(clicking)

    async def more(self, ack: AsyncAck, body: Body) -> None:
        """What stands in the menu behind a message's buttons does what a button of its own would."""
        action = body["actions"][0]
        value = str((action.get("selected_option") or {}).get("value", ""))
        try:
            verb = self._front.unseal(value, team_of(body)).verb
        except NotAllowed:
            verb = ""  # a click: refused there, and written down
        press = self.opened if verb in OPENERS else self.clicked
        await press(ack, body | {"actions": [{**action, "action_id": verb, "value": value}]})

    async def _click(self, body: Body, value: str, keys: tuple[str, ...]) -> None:
        who = who_of(body)
        said = await buttons.click(self._front, who, value, keys=keys)
        if said is not None:
            await forms.answer(self._front, who, said, response_url=str(body.get("response_url") or ""))

    async def mentioned(self, body: Body) -> None:
        """Acknowledged only when it is done, so that Slack sends again what a dying bot took along."""
        event = body["event"]
        root = str(event.get("thread_ts", ""))
        place = Place(team_of(body), event["channel"], root or event["ts"])
        who = Who(event.get("user", ""), place, str(event.get("user_team") or event.get("team") or ""))
        keys = (f"event:{body.get('event_id', '')}", f"said:{place.team}:{place.channel}:{event['ts']}")
        text = str(event.get("text", ""))
        attached = files.on(event)
        mention = partial(mentions.mentioned, self._front, who, text, thread_ts=root, keys=keys[1:], attached=attached)
        try:
            await _done(self._once.begin_claimed(keys, mention))
        except TimeoutError as error:
            raise NotYet from error

    async def reacted(self, body: Body) -> None:
        """Where the workspace takes reactions for verdicts."""
        event = body["event"]
        at = event.get("item") or {}
        who = Who(str(event.get("user", "")), Place(team_of(body), str(at.get("channel", ""))))
        keys = (
            f"event:{body.get('event_id', '')}",
            f"reacted:{who.place.team}:{who.user}:{at.get('ts', '')}:{event.get('event_ts', '')}",
        )
        judging = partial(reactions.reacted, self._front, who, str(event.get("reaction", "")), ts=str(at.get("ts", "")))
        try:
            await _done(self._once.begin_claimed(keys, judging))
        except TimeoutError as error:
            raise NotYet from error

    async def home_opened(self, body: Body) -> None:
        event = body["event"]
        if event.get("tab", "home") == "home":
            who = Who(event["user"], Place(team_of(body), str(event.get("channel", ""))))
            keys = (
                f"event:{body.get('event_id', '')}",
                f"home:{who.place.team}:{who.user}:{event.get('event_ts', '')}",
            )
            self._once.begin_at_most_once(keys, partial(show_home, self._front, who))

    async def left(self, body: Body) -> None:
        """A workspace removed us, or its tokens were revoked: acknowledged when that is done."""
        keys = (f"event:{body.get('event_id', '')}",)
        try:
            await _done(self._once.begin_claimed(keys, partial(leaving.left, self._front, body)))
        except TimeoutError as error:
            raise NotYet from error

    async def switch_off_wanted(self, ack: AsyncAck, body: Body) -> None:
        await ack()
        value = str(body["actions"][0].get("value", ""))
        opening = partial(open_switch, self._front, who_of(body), value, body["trigger_id"])
        self._once.begin_at_most_once(opener(body), opening)

    async def switched_off(self, ack: AsyncAck, body: Body) -> None:
        view = body["view"]
        keys = (sent(body, json.dumps(view["state"], sort_keys=True))[:300],)
        try:
            errors = await _done(self._once.begin_claimed(keys, partial(switch_off, self._front, who_of(body), view)))
        except TimeoutError:
            errors = None
        await ack(**({"response_action": "errors", "errors": errors} if errors else {}))

    async def set_at_home(self, ack: AsyncAck, body: Body) -> None:
        await ack()
        action = body["actions"][0]
        turn = partial(AT_HOME[action["action_id"].partition(":")[0]], self._front, who_of(body))
        self._once.begin_at_most_once(opener(body), partial(turn, str(action.get("value", ""))))

    async def failed(self, error: Exception, body: Body) -> None:
        """An error nobody expected in a listener: logged with its kind of request, never with its content."""
        if isinstance(error, NotYet):
            log.info("delivery not acknowledged yet", kind=body.get("type"))
            return
        log.error("listener failed", kind=body.get("type") or body.get("command"), exc_info=error)


def ephemeral(message: Message) -> dict[str, Any]:
    """A message as only the person who asked sees it."""
    return {
        "text": message.text,
        "blocks": list(message.blocks),
        "response_type": "ephemeral",
        "unfurl_links": False,
        "unfurl_media": False,
    }


async def _done(work: asyncio.Task[Any]) -> Any:
    """What came of it.

    Raises:
        TimeoutError: it goes on, and Slack waits no longer.
        NotYet: another process is at it.
    """
    result = await asyncio.wait_for(asyncio.shield(work), ACKED_WITHIN)
    if isinstance(result, NotYet):
        raise result
    return result
