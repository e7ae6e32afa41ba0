"""Bolt's listeners: each reads its payload once, answers within Slack's time, and calls one verb."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot import buttons, commands, forms, mentions
from bot.front import Front
from bot.guard import Who
from bot.homes import show_home
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
        self._under_way: set[str] = set()  # mentions being answered, by their delivery's keys

    async def command(self, ack: AsyncAck, body: Body) -> None:
        text = str(body.get("text", ""))
        name = str(body.get("user_name", ""))
        place = Place(self._front.identity.team, body["channel_id"])
        who = Who(body["user_id"], place, str(body.get("team_id", "")), name=name)
        if not text.strip():
            await ack()
            self._front.later(forms.open_scan_form(self._front, who, body["trigger_id"]))
            return
        keys = (f"trigger:{body['trigger_id']}",)
        try:
            answer = await asyncio.wait_for(commands.answer(self._front, who, text, keys=keys), HANG_UP)
        except TimeoutError:  # each step is bounded; all of them together are here
            answer = blocks.notice("I could not find this out in time.", next_step="Try again in a minute.")
        await ack(**ephemeral(answer))

    async def global_shortcut(self, ack: AsyncAck, body: Body) -> None:
        await ack()
        self._front.later(forms.open_scan_form(self._front, _who(body), body["trigger_id"]))

    async def message_shortcut(self, ack: AsyncAck, body: Body) -> None:
        await ack()
        opening = forms.open_message_form(self._front, _who(body), body["trigger_id"], body["message"])
        self._front.later(opening)

    async def submitted(self, ack: AsyncAck, body: Body) -> None:
        view = body["view"]
        keys = (f"view:{view['id']}:{view.get('hash', '')}",)
        errors = await forms.submit(self._front, _who(body), view, keys=keys)
        if errors:
            await ack(response_action="errors", errors=errors)
        else:
            await ack()

    async def clicked(self, ack: AsyncAck, body: Body) -> None:
        await ack()
        action = body["actions"][0]
        self._front.later(self._click(body, str(action.get("value", ""))))

    async def form_wanted(self, ack: AsyncAck, body: Body) -> None:
        await ack()
        self._front.later(forms.open_scan_form(self._front, _who(body), body["trigger_id"]))

    async def _click(self, body: Body, value: str) -> None:
        action = body["actions"][0]
        who = _who(body)
        keys = (f"click:{who.user}:{action.get('action_ts', '')}",)
        said = await buttons.click(self._front, who, value, keys=keys)
        if said is not None:
            await forms.answer(self._front, who, said, response_url=str(body.get("response_url") or ""))

    async def mentioned(self, body: Body) -> None:
        event = body["event"]
        root = str(event.get("thread_ts", ""))
        team = str(body.get("team_id", ""))
        place = Place(team, event["channel"], root or event["ts"])
        who = Who(event.get("user", ""), place, str(event.get("user_team") or event.get("team") or ""))
        keys = (f"event:{body.get('event_id', '')}", f"said:{event['channel']}:{event['ts']}")
        if self._under_way.isdisjoint(keys):
            self._under_way.update(keys)
            # Acked when it is done, so that a bot killed in the middle is sent it again; but never too late.
            answering = asyncio.create_task(self._mention(who, str(event.get("text", "")), root, keys))
            self._front.keep(answering)
            await asyncio.wait({answering}, timeout=HANG_UP)

    async def _mention(self, who: Who, text: str, root: str, keys: tuple[str, str]) -> None:
        """Remembered as seen only when it was answered; the scans of a delivery are not made twice anyway."""
        audit = self._front.store.audit
        try:
            if not await self._front.record(lambda: audit.seen(*keys)):
                await mentions.mentioned(self._front, who, text, thread_ts=root, keys=keys[1:])
                await self._front.record(lambda: audit.first_time(*keys))
        except StoreDown as error:
            await forms.tell(self._front, who, blocks.notice(str(error)))
        finally:
            self._under_way.difference_update(keys)

    async def home_opened(self, body: Body) -> None:
        event = body["event"]
        if event.get("tab", "home") == "home":
            who = Who(event["user"], Place(str(body.get("team_id", "")), str(event.get("channel", ""))))
            self._front.later(show_home(self._front, who))

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


def _who(body: Body) -> Who:
    user, channel = body["user"], body.get("channel") or {}
    container, message = body.get("container") or {}, body.get("message") or {}
    team = str((body.get("team") or {}).get("id") or user.get("team_id") or "")
    thread_ts = str(message.get("thread_ts") or container.get("thread_ts") or "")
    return Who(user["id"], Place(team, str(channel.get("id", "")), thread_ts), str(user.get("team_id", "")))
