"""What comes from a workspace that we are not in, or that removes us."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncAck

from bot.bearings import Body, team_of
from bot.front import AT_LEISURE, Front
from core import blocks
from core.blocks import Message
from core.errors import SlackError
from core.installs import Installation
from core.language import speaking, tr
from core.slack import Many
from tasks.leaving import stop_scans

log = structlog.get_logger()

LEAVES = ("app_uninstalled", "tokens_revoked")  # events
Next = Callable[[], Awaitable[BoltResponse]]
SKEW = timedelta(minutes=1)  # by which Slack's clock may differ from ours


async def only_from_where_we_are(front: Front, body: Body, ack: AsyncAck, next_: Next) -> BoltResponse | None:
    """Answer nobody else: of what other workspaces send, nothing is done."""
    kind, team = (body.get("event") or {}).get("type"), team_of(body)
    try:
        if kind in LEAVES or await front.serves(team):
            await next_()
            return None
    except SlackError as error:
        log.warning("whether we are in a workspace is not known", team=team, why=str(error))
        why = str(error)
    else:
        log.info("delivery from where we are not installed", team=team, kind=kind or body.get("type"))
        why = ""
    if "command" not in body:
        return await ack()
    with speaking(front.people.language_known(team, str(body.get("user_id", "")))):  # there is nobody to ask
        said = blocks.notice(tr(why), next_step=tr("Try again in a minute.")) if why else _not_here(front)
    shown: dict[str, Any] = {"text": said.text, "blocks": list(said.blocks), "response_type": "ephemeral"}
    return await ack(**shown)


def _not_here(front: Front) -> Message:
    where = f"{front.settings.public_url.rstrip('/')}/slack/install"
    step = tr("An admin can install me: {url}", url=where)
    return blocks.notice(tr("I am not installed in this workspace."), next_step=step)


async def left(front: Front, body: Body) -> None:
    """The event that a workspace removed us, or revoked tokens. Told again, or of an installation that was replaced
    since, it changes nothing.

    Raises:
        SlackError, StoreDown: that could not be found out; it is to be told again.
    """
    event, team, many = body["event"], team_of(body), front.workspaces
    if not isinstance(many, Many):
        log.warning("installation gone", team=team, code=event["type"])
        return
    found = await front.record(lambda: front.store.installations.get(team), within=AT_LEISURE)
    if found is None or not found.is_here or not _is_about(body, found):
        return
    if _happened(body) > found.installed_at + SKEW:
        await many.end(found, why=str(event["type"]))
    else:  # it may tell of the installation before this one
        await many.check(team)
    front.later(asyncio.to_thread(stop_scans, front.store))


def _is_about(body: Body, found: Installation) -> bool:
    """Tokens of people are none of ours, nor is another app, whose socket we may hear by mistake."""
    event = body["event"]
    if body.get("api_app_id") != found.app:
        return False
    if event["type"] != "tokens_revoked":
        return True
    tokens = event.get("tokens")
    bots = tokens.get("bot") if isinstance(tokens, dict) else ()
    return isinstance(bots, list) and found.bot_user in bots


def _happened(body: Body) -> datetime:
    at = body.get("event_time")
    return datetime.fromtimestamp(at if isinstance(at, int) else 0, UTC)
