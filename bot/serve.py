"""The bot process: Slack by Socket Mode or signed HTTP, and the HTTP side, in one loop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from socket import socket
from typing import Any

import structlog

from bot.front import Front, open_front
from bot.listeners import make_app
from bot.socket import Ears
from bot.web.app import make_web
from bot.web.port import bound
from bot.web.server import make_server
from core import traces
from core.ending import ended
from core.errors import BadSetting, Revoked, SlackError
from core.pulse import EVERY, Pulse, State
from core.settings import Settings
from tasks import queue

log = structlog.get_logger()

SETTLE = 10.0  # seconds that work begun after answers gets when we stop
ASK_AGAIN = 3.0


async def serve(settings: Settings) -> None:
    """Run until told to stop.

    Raises:
        BadSetting: Slack cannot reach us as it is set up, or does not accept the token; or the port is taken.
        StoreDown: the database does not answer at the start.
        Deaf: the socket to Slack could not be restored; a supervisor should start us anew.
    """
    if settings.slack_transport == "none":
        raise BadSetting(
            "SLACK_BOT_TOKEN with SLACK_APP_TOKEN (Socket Mode), or with SLACK_SIGNING_SECRET and PUBLIC_URL (HTTP), "
            "must be set. To try me without Slack, run: python -m bot local"
        )
    place = bound(settings.http_host, settings.http_port)
    queue.impatient()
    traces.set_up(settings.otel_url, "bot")
    stop = _on_signals()
    # First of all: to wait for Slack's first answer is to live, too.
    pulse = asyncio.create_task(_beat(Pulse(settings.pulse_file, settings.notify_socket)), name="pulse")
    try:
        front = await open_front(settings)
        try:
            if await _know_us(front, stop):
                await _answer(front, settings, place, {pulse, asyncio.create_task(stop.wait(), name="stop")})
        finally:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(front.settle(), SETTLE)
            await front.close()
    finally:
        await ended(pulse)


async def _answer(front: Front, settings: Settings, place: socket, others: set[asyncio.Task[Any]]) -> None:
    """Answer Slack and HTTP until one of the parts, ours or the others, ends."""
    front.later(front.note_queue())
    app = make_app(front)
    ears = Ears(app, settings) if settings.slack_transport == "socket" else None
    site = make_web(front, app, trouble=ears.trouble if ears else _nothing)
    web = make_server(site, host=settings.http_host, port=settings.http_port)
    parts = {asyncio.create_task(web.serve([place]), name="http"), *others}
    if ears is not None:
        parts.add(asyncio.create_task(ears.listen(), name="socket"))
    log.info("bot ready", transport=settings.slack_transport, team=front.identity.team, port=place.getsockname()[1])
    done, rest = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
    web.should_exit = True
    await ended(*(each for each in rest if each.get_name() != "http"))
    await asyncio.gather(*rest, return_exceptions=True)
    for each in done:
        each.result()  # a part that failed ends the process with its error


async def _beat(pulse: Pulse) -> None:
    """A sign of life as long as this loop turns; whether we are of use now, `GET /ready` says."""
    while True:
        pulse.beat(State.WORKING)
        await asyncio.sleep(EVERY)


def _nothing() -> str:
    """Over HTTP Slack calls us: there is no line of ours that could be dead."""
    return ""


def _on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    return stop


async def _know_us(front: Front, stop: asyncio.Event) -> bool:
    """Ask Slack who we are, for as long as it takes Slack to answer; False: we were told to stop meanwhile."""
    while not stop.is_set():
        try:
            await front.learn_who_we_are()
        except Revoked as error:
            raise BadSetting(f"SLACK_BOT_TOKEN is wrong: Slack answered {error.code}.") from error
        except SlackError as error:
            log.warning("slack does not answer yet", why=str(error), code=error.code)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), ASK_AGAIN)
        else:
            return True
    return False
