"""Bolt's listeners: each reads its payload once, answers within Slack's time, and calls one verb."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Awaitable
from functools import partial
from hashlib import sha256
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_bolt.authorization import AuthorizeResult

from bot import buttons, commands, forms, mentions
from bot.front import AT_LEISURE, Front
from bot.guard import Who
from bot.homes import show_home
from bot.once import Once
from core import blocks
from core.blocks import Message
from core.errors import StoreDown
from core.models import Place

log = structlog.get_logger()

HANG_UP = 2.75  # seconds after which a command is answered whatever happened; Slack waits for 3
COMMAND = "/scan"
MESSAGE_SHORTCUT = "scan_message"
GLOBAL_SHORTCUT = "scan_anything"
VIEWS = ("scan", "extract")
ACTIONS = ("cancel", "rerun", "rerun_failed", "rerun_one")
POST_AGAIN = re.compile(r"post_again(:\d+)?")  # a list of scans has several
EVENTS = ("app_mention", "app_home_opened")
OPEN_FORM = "open_scan"  # on the Home tab
CHOOSE = re.compile(r"choose:\d+")

Body = dict[str, Any]


def make_app(front: Front) -> AsyncApp:
    """The Bolt app, for Socket Mode and signed HTTP alike. Listeners answer before their response is sent:
    `process_before_response` spares Bolt's polling for the ack."""
    token = front.settings.slack_bot_token.get_secret_value()
    # Bolt insists on a secret also where Socket Mode needs none; a random one then verifies nothing.
    secret = front.settings.slack_signing_secret.get_secret_value() or front.settings.seal_key.hex()
    identity = front.identity

    async def authorize(**_: Any) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None, team_id=identity.team, bot_token=token, bot_id=identity.bot, bot_user_id=identity.user
        )

    quiet = logging.getLogger("slack_bolt.app")
    quiet.setLevel(logging.ERROR)  # its lower lines carry what people wrote, and advice for other set-ups
    app = AsyncApp(
        logger=quiet,
        signing_secret=secret,
        authorize=authorize,
        process_before_response=True,
        raise_error_for_unhandled_request=False,
    )
    _register(app, front)
    return app


def _register(app: AsyncApp, front: Front) -> None:
    listeners = Listeners(front)
    app.command(COMMAND)(listeners.command)
    app.shortcut(GLOBAL_SHORTCUT)(listeners.global_shortcut)
    app.shortcut(MESSAGE_SHORTCUT)(listeners.message_shortcut)
    for callback in VIEWS:
        app.view(callback)(listeners.submitted)
    for action in ACTIONS:
        app.action(action)(listeners.clicked)
    app.action(OPEN_FORM)(listeners.form_wanted)
    app.action(CHOOSE)(listeners.clicked)
    app.action(POST_AGAIN)(listeners.clicked)
    app.event("app_mention")(listeners.mentioned)
    app.event("app_home_opened")(listeners.home_opened)
    app.error(listeners.failed)


class Listeners:
    """The listeners of one bot process."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._once = Once(front)

    async def command(self, ack: AsyncAck, body: Body) -> None:
        text = str(body.get("text", ""))
        name = str(body.get("user_name", ""))
        place = Place(self._front.identity.team, body["channel_id"])
        who = Who(body["user_id"], place, str(body.get("team_id", "")), name=name)
        keys = (f"trigger:{body['trigger_id']}",)
        if not text.strip():
            await ack()
            self._once.begin(keys, lambda: forms.open_scan_form(self._front, who, body["trigger_id"]))
            return
        answering = self._once.begin(keys, lambda: commands.answer(self._front, who, text, keys=keys))
        try:
            answer = await asyncio.wait_for(answering, HANG_UP)
        except TimeoutError:  # each step is bounded; all of them together are here
            answer = blocks.notice("I could not find this out in time.", next_step="Try again in a minute.")
        await ack(**ephemeral(answer))

    async def global_shortcut(self, ack: AsyncAck, body: Body) -> None:
        await ack()
        opening = partial(forms.open_scan_form, self._front, _who(body), body["trigger_id"])
        self._once.begin(_opener(body), opening)

    async def message_shortcut(self, ack: AsyncAck, body: Body) -> None:
        await ack()
        opening = partial(forms.open_message_form, self._front, _who(body), body["trigger_id"], body["message"])
        self._once.begin(_opener(body), opening)

    async def form_wanted(self, ack: AsyncAck, body: Body) -> None:
        await ack()
        opening = partial(forms.open_scan_form, self._front, _who(body), body["trigger_id"])
        self._once.begin(_opener(body), opening)

    async def submitted(self, ack: AsyncAck, body: Body) -> None:
        view = body["view"]
        filled = sha256(json.dumps(view["state"], sort_keys=True).encode()).hexdigest()  # mended, it is another one
        keys = (f"view:{view['id']}:{view.get('hash', '')}:{filled}",)
        submitting = self._once.begin(keys, lambda: self._submit(_who(body), view, keys))
        await asyncio.wait({submitting}, timeout=HANG_UP)
        errors = submitting.result() if submitting.done() else {}  # what is late is told beside the form
        if errors:
            await ack(response_action="errors", errors=errors)
        else:
            await ack()

    async def _submit(self, who: Who, view: Body, keys: tuple[str, ...]) -> dict[str, str]:
        audit = self._front.store.audit
        try:
            if await self._front.record(lambda: audit.seen(*keys)):
                return {}
        except StoreDown:
            pass  # asking says so, in the form or beside it
        errors, telling = await forms.submit(self._front, who, view, keys=keys)
        if telling is not None:
            self._front.later(self._remembered(telling, keys))
        return errors

    async def clicked(self, ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        """Acked when it is done, so that a click which a dying bot took along is seen to have failed."""
        await ack()
        action = body["actions"][0]
        keys = (f"click:{_who(body).user}:{action.get('action_id', '')}:{action.get('action_ts', '')}",)
        clicking = self._once.begin(keys, lambda: self._click(body, str(action.get("value", "")), respond, keys))
        await asyncio.wait({clicking}, timeout=HANG_UP)

    async def _click(self, body: Body, value: str, respond: AsyncRespond, keys: tuple[str, ...]) -> None:
        who, audit = _who(body), self._front.store.audit
        try:
            if await self._front.record(lambda: audit.seen(*keys)):
                return
            said = await buttons.click(self._front, who, value, keys=keys)
        except StoreDown as error:
            said = blocks.notice(str(error))
        if said is not None:
            await respond(**ephemeral(said), replace_original=False)
        await self._front.record(lambda: audit.first_time(*keys), within=AT_LEISURE)

    async def mentioned(self, body: Body) -> None:
        event = body["event"]
        root = str(event.get("thread_ts", ""))
        team = str(body.get("team_id", ""))
        place = Place(team, event["channel"], root or event["ts"])
        who = Who(event.get("user", ""), place, str(event.get("user_team") or event.get("team") or ""))
        keys = (f"event:{body.get('event_id', '')}", f"said:{event['channel']}:{event['ts']}")
        # Acked when it is done, so that a bot killed in the middle is sent it again; but never too late.
        answering = self._once.begin(keys, lambda: self._mention(who, str(event.get("text", "")), root, keys))
        await asyncio.wait({answering}, timeout=HANG_UP)

    async def _mention(self, who: Who, text: str, root: str, keys: tuple[str, ...]) -> None:
        """Remembered as seen only when it was answered; the scans of a delivery are not made twice anyway."""
        audit = self._front.store.audit
        try:
            if not await self._front.record(lambda: audit.seen(*keys)):
                answering = mentions.mentioned(self._front, who, text, thread_ts=root, keys=keys[1:])
                await self._remembered(answering, keys)
        except StoreDown as error:
            await forms.tell(self._front, who, blocks.notice(str(error)))

    async def _remembered(self, telling: Awaitable[object], keys: tuple[str, ...]) -> None:
        """Tell, then remember the delivery as done: in this order it may be told twice, but is never left untold."""
        await telling
        audit = self._front.store.audit
        await self._front.record(lambda: audit.first_time(*keys))

    async def home_opened(self, body: Body) -> None:
        event = body["event"]
        if event.get("tab", "home") == "home":
            who = Who(event["user"], Place(str(body.get("team_id", "")), str(event.get("channel", ""))))
            keys = (f"event:{body.get('event_id', '')}", f"home:{who.user}:{event.get('event_ts', '')}")
            self._once.begin(keys, lambda: show_home(self._front, who))

    async def failed(self, error: Exception, body: Body) -> None:
        """An error nobody expected in a listener: logged with its kind of request, never with its content."""
        log.error("listener failed", request=body.get("type") or body.get("command"), exc_info=error)


def ephemeral(message: Message) -> dict[str, Any]:
    """A message as only the person who asked sees it."""
    return {
        "text": message.text,
        "blocks": list(message.blocks),
        "response_type": "ephemeral",
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _opener(body: Body) -> tuple[str, ...]:
    """What names the wish to open a form: Slack's trigger, and the moment where it says one."""
    at = body.get("action_ts") or next((each.get("action_ts") for each in body.get("actions") or []), "")
    user = body["user"]["id"]
    return (f"trigger:{body['trigger_id']}", *((f"wish:{user}:{at}",) if at else ()))


def _who(body: Body) -> Who:
    user, channel = body["user"], body.get("channel") or {}
    container, message = body.get("container") or {}, body.get("message") or {}
    team = str((body.get("team") or {}).get("id") or user.get("team_id") or "")
    thread_ts = str(message.get("thread_ts") or container.get("thread_ts") or "")
    return Who(user["id"], Place(team, str(channel.get("id", "")), thread_ts), str(user.get("team_id", "")))
