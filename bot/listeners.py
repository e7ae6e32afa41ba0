"""Bolt's listeners: which delivery goes to which of them."""

from __future__ import annotations

import logging
import re
from typing import Any

from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_bolt.authorization import AuthorizeResult

from bot.bearings import Body, team_of
from bot.forgetting import FORGET
from bot.front import Front
from bot.hearing import CASE_VIEW, FILLED, OPENERS, WORDS, Listeners
from bot.leaving import LEAVES, Next, only_from_where_we_are
from bot.once import reader
from core.blocks.approvals import APPROVE, REFUSE, WHY
from core.errors import SlackError
from core.slack import NOBODY

COMMAND = "/scan"
COMMANDS = (COMMAND, *WORDS)
MESSAGE_SHORTCUT, NOTE_SHORTCUT = "scan_message", "case_note"
GLOBAL_SHORTCUT = "scan_anything"
VIEWS = ("scan", "extract", "judged")
ACTIONS = (
    *("cancel", "rerun", "rerun_failed", "rerun_one", "ask_target", "run_plan", "explain", "undo_verdict", "export"),
    *("pivot_more", APPROVE, REFUSE, FORGET),
)
MORE = "more"  # the menu behind the buttons
VERDICT = re.compile(r"verdict:[a-z_]+")
PIVOT, PIVOT_PAGE = "pivot", re.compile(r"pivot_page:\d+")
PIVOT_VIEWS = ("pivot", "pivot_sure")
PREVIEW = "preview"  # in a form
EXPORT_AS = re.compile(r"export_as:\d+")
POST_AGAIN = re.compile(r"post_again(:\d+)?")  # a list of scans has several
DIFF = re.compile(r"diff(:\d+)?")
SWITCH_OFF, SWITCH_ON = re.compile(r"switch_off:\d+"), re.compile(r"switch_on:\d+")  # on the Home tab
WATCH_SET = re.compile(r"watch_set:\d+")
EVENTS = ("app_mention", "app_home_opened", *LEAVES)
OPEN_FORM = "open_scan"  # on the Home tab
CHOOSE = re.compile(r"choose:\d+")


def make_app(front: Front) -> AsyncApp:
    """The Bolt app, for Socket Mode and signed HTTP alike. Listeners answer before their response is sent:
    `process_before_response` spares Bolt's polling for the ack."""
    # Bolt insists on a secret also where Socket Mode needs none; a random one then verifies nothing.
    secret = front.settings.slack_signing_secret.get_secret_value() or front.settings.seal_key.hex()

    async def authorize(team_id: str | None = None, **_: Any) -> AuthorizeResult:
        """Who we are there, so that what we say ourselves is not heard. No token: nothing is said through Bolt."""
        try:
            us = await front.us(team_id or "")
        except SlackError:  # the listeners' own door finds out
            us = NOBODY
        return AuthorizeResult(enterprise_id=None, team_id=us.team, bot_id=us.bot, bot_user_id=us.user)

    quiet = logging.getLogger("slack_bolt.app")
    quiet.setLevel(logging.ERROR)  # its lower lines carry what people wrote, and advice for other set-ups
    app = AsyncApp(
        name="gumshoe",  # else it looks through the sources of all its callers for one
        logger=quiet,
        signing_secret=secret,
        authorize=authorize,
        process_before_response=True,
        raise_error_for_unhandled_request=False,
    )
    if front.settings.many:

        @app.middleware
        async def known(body: Body, ack: AsyncAck, next_: Next) -> BoltResponse | None:
            return await only_from_where_we_are(front, body, ack, next_)

    _register(app, front)
    return app


async def _note_reader(context: AsyncBoltContext, body: Body, next_: Next) -> None:
    reader.set((team_of(body), context.user_id or ""))
    await next_()


def _register(app: AsyncApp, front: Front) -> None:
    app.use(_note_reader)
    listeners = Listeners(front)
    for command in COMMANDS:
        app.command(command)(listeners.command)
    app.shortcut(GLOBAL_SHORTCUT)(listeners.form_wanted)
    app.shortcut(MESSAGE_SHORTCUT)(listeners.message_shortcut)
    app.shortcut(NOTE_SHORTCUT)(listeners.noted)
    for callback in VIEWS:
        app.view(callback)(listeners.submitted)
    app.view(CASE_VIEW)(listeners.submitted)
    for callback in FILLED:
        app.view(callback)(listeners.filled)
    for opener in OPENERS:
        app.action(re.compile(rf"^{opener}(:\d+)?$"))(listeners.opened)
    app.action(WATCH_SET)(listeners.set_at_home)
    for action in ACTIONS:
        app.action(action)(listeners.clicked)
    for callback in PIVOT_VIEWS:
        app.view(callback)(listeners.pivoted)
    app.action(PIVOT)(listeners.pivot_wanted)
    app.action(PIVOT_PAGE)(listeners.pivot_wanted)
    app.action(SWITCH_OFF)(listeners.switch_off_wanted)
    app.action(SWITCH_ON)(listeners.set_at_home)
    app.view("switch_off")(listeners.switched_off)
    app.action(PREVIEW)(listeners.previewed)
    app.action(MORE)(listeners.more)
    app.action(VERDICT)(listeners.clicked)
    app.action(OPEN_FORM)(listeners.form_wanted)
    app.view(WHY)(listeners.said_why)
    app.action(CHOOSE)(listeners.clicked)
    app.action(POST_AGAIN)(listeners.clicked)
    app.action(DIFF)(listeners.clicked)
    app.action(EXPORT_AS)(listeners.clicked)
    for leaves in LEAVES:
        app.event(leaves)(listeners.left)
    app.event("app_mention")(listeners.mentioned)
    app.event("app_home_opened")(listeners.home_opened)
    if front.settings.judge_by_reaction:
        app.event("reaction_added")(listeners.reacted)
    app.error(listeners.failed)
