"""Bolt's listeners: which delivery goes to which of them."""

from __future__ import annotations

import logging
import re
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.forgetting import FORGET
from bot.front import Front
from bot.hearing import CASE_VIEW, FILLED, OPENERS, WORDS, Listeners
from core.blocks.approvals import APPROVE, REFUSE, WHY

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
EVENTS = ("app_mention", "app_home_opened")
OPEN_FORM = "open_scan"  # on the Home tab
CHOOSE = re.compile(r"choose:\d+")


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
        name="gumshoe",  # else it looks through the sources of all its callers for one
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
    app.event("app_mention")(listeners.mentioned)
    app.event("app_home_opened")(listeners.home_opened)
    if front.settings.judge_by_reaction:
        app.event("reaction_added")(listeners.reacted)
    app.error(listeners.failed)
