"""The WebSocket: several scans, channels or all over one line. One half reads messages, the other half tells."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi.websockets import WebSocket, WebSocketDisconnect

from bot.web.live.cursor import about, moment, told
from bot.web.live.events import Event
from bot.web.live.hub import Hub
from bot.web.live.line import AWAY, FULL_FOR
from bot.web.live.watcher import FLOODING, FULL, IDLE, Watcher
from bot.web.problems import Problem, of_error
from core.callers import Caller
from core.ending import ended
from core.errors import GumshoeError, StoreDown

MOST_SCANS = 100  # that one line may be subscribed to
MOST_CHANNELS = 50
MOST_CURSORS = MOST_SCANS + 1
MOST_MESSAGES = 20  # a second, in a burst
IDLE_FOR = 60.0  # seconds a line may be subscribed to nothing
GLANCE = 5.0  # seconds between two looks whether it is

Known = Callable[[], Awaitable[Caller]]
Make = Callable[[Caller], Watcher]


async def talk(line: WebSocket, hub: Hub, who: Known, make: Make) -> None:
    """One connection, from its handshake to its end. Who we do not know is refused over HTTP, with the status and the
    problem that a request would get: browsers can set no header here, so a page of ours comes with its cookie."""
    try:
        caller = await who()
        watcher = make(caller)
        hub.join(watcher)
    except (Problem, GumshoeError) as error:
        problem = of_error(error) if isinstance(error, GumshoeError) else error
        await line.send_denial_response(problem.answer())
        return
    try:
        await line.accept()
        await _Talk(line, hub, watcher).both()
    finally:
        hub.leave(watcher)


class _Talk:
    """An accepted connection."""

    def __init__(self, line: WebSocket, hub: Hub, watcher: Watcher) -> None:
        self._line = line
        self._hub = hub
        self._watcher = watcher
        self._sending = asyncio.Lock()  # answers wait for their turn: whoever does not read is not read either
        self._allowance = float(MOST_MESSAGES)
        self._read_at = asyncio.get_running_loop().time()
        self._useful_at = self._read_at

    async def both(self) -> None:
        halves = [asyncio.create_task(each) for each in (self._tell(), self._listen())]
        try:
            await asyncio.wait(halves, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await ended(*halves)
        for each in halves:
            error = None if each.cancelled() else each.exception()
            if isinstance(error, TimeoutError):  # an answer waited in vain for its turn
                self._watcher.hang_up()
            elif error is not None and not isinstance(error, WebSocketDisconnect | RuntimeError):
                raise error

    async def _tell(self) -> None:
        watcher = self._watcher
        try:
            while watcher.over is None:
                await self._tell_some()
            async with asyncio.timeout(FULL_FOR):
                await self._line.close(watcher.over.code, watcher.over.sentence)
        except TimeoutError:
            watcher.close(FULL)
            watcher.hang_up()

    async def _tell_some(self) -> None:
        watcher, now = self._watcher, asyncio.get_running_loop().time()
        if watcher.narrow or watcher.wide:
            self._useful_at = now
        elif now - self._useful_at > IDLE_FOR:
            watcher.close(IDLE)
        try:
            events = await watcher.news(within=GLANCE)
        except StoreDown:
            await asyncio.sleep(AWAY)
            return
        for event in events:
            await self._say(event)

    async def _say(self, event: Event) -> None:
        """Raises TimeoutError: the line took nothing for too long."""
        async with asyncio.timeout(FULL_FOR), self._sending:
            await self._line.send_text(event.as_message())

    async def _listen(self) -> None:
        while self._watcher.over is None:
            message = await self._line.receive()
            if message["type"] == "websocket.disconnect":
                return
            if not self._has_patience():
                self._watcher.close(FLOODING)
                await asyncio.sleep(FULL_FOR)  # the other half closes the line
                return
            await self._say(await self._answer(message.get("text")))

    def _has_patience(self) -> bool:
        now = asyncio.get_running_loop().time()
        self._allowance = min(MOST_MESSAGES, self._allowance + (now - self._read_at) * MOST_MESSAGES) - 1
        self._read_at = now
        return self._allowance > 0

    async def _answer(self, text: str | None) -> Event:
        try:
            return await self._obey(_read(text))
        except (Problem, GumshoeError) as error:
            problem = of_error(error) if isinstance(error, GumshoeError) else error
            return Event("error", problem.body)

    async def _obey(self, message: dict[str, Any]) -> Event:
        verbs: dict[object, Callable[[dict[str, Any]], Awaitable[Event]]] = {
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "ping": self._pong,
        }
        verb = verbs.get(message.get("type")) if isinstance(message.get("type"), str) else None
        if verb is None:
            raise _wrong(f'"type" must be one of: {", ".join(sorted(map(str, verbs)))}.')
        return await verb(message)

    async def _pong(self, _message: dict[str, Any]) -> Event:
        return Event("pong", {})

    async def _subscribe(self, message: dict[str, Any]) -> Event:
        scans, channel, everything = _wanted(message)
        after = _cursors(message)
        watcher = self._watcher
        if len(watcher.narrow.keys() | set(scans)) > MOST_SCANS:
            raise _wrong(f"One line may be subscribed to {MOST_SCANS} scans. Open another, or subscribe to all.")
        if channel and len(watcher.wide.channels | {channel}) > MOST_CHANNELS:
            raise _wrong(f"One line may be subscribed to {MOST_CHANNELS} channels. Subscribe to all.")
        missing = [scan_id for scan_id in scans if not await self._watch(scan_id, after.get(scan_id, ""))]
        if channel or everything:
            watcher.widen(channel=channel, everything=everything, after=moment(after.get("", "")))
        wanted: dict[str, Any] = {"scans": [each for each in scans if each not in missing], "not_found": missing}
        return Event("subscribed", wanted | {"channel": channel, "all": everything})

    async def _watch(self, scan_id: str, after: str) -> bool:
        scan = await self._hub.visible(self._watcher.caller, scan_id)
        if scan is not None:
            self._watcher.watch(told(scan, after))
        return scan is not None

    async def _unsubscribe(self, message: dict[str, Any]) -> Event:
        scans, channel, everything = _wanted(message)
        for scan_id in scans:
            self._watcher.unwatch(scan_id)
        self._watcher.wide.narrow_down(channel=channel, everything=everything)
        return Event("unsubscribed", {"scans": scans, "channel": channel, "all": everything})


def _read(text: str | None) -> dict[str, Any]:
    try:
        message = json.loads(text or "")
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        raise _wrong('A message must be a JSON object, like {"type": "subscribe", "all": true}.')
    return message


def _wanted(message: dict[str, Any]) -> tuple[list[str], str, bool]:
    scans, channel, everything = message.get("scans", []), message.get("channel", ""), message.get("all", False)
    if not (isinstance(scans, list) and all(isinstance(each, str) for each in scans) and len(scans) <= MOST_SCANS):
        raise _wrong(f'"scans" must be a list of up to {MOST_SCANS} scan ids.')
    if not (isinstance(channel, str) and isinstance(everything, bool)):
        raise _wrong('"channel" must be a channel id, "all" true or false.')
    if not (scans or channel or everything):
        raise _wrong('Say what: "scans": [ids], "channel": "C...", or "all": true.')
    return list(dict.fromkeys(scans)), channel, everything


def _cursors(message: dict[str, Any]) -> dict[str, str]:
    """Event ids by the scan they are about; the one about all stands under no name."""
    given = message.get("after", [])
    given = [given] if isinstance(given, str) else given
    if not (isinstance(given, list) and all(isinstance(each, str) for each in given) and len(given) <= MOST_CURSORS):
        raise _wrong('"after" must be an event id, or a list of them.')
    return {about(each): each for each in given}


def _wrong(sentence: str) -> Problem:
    return Problem(422, "bad-message", "This message means nothing here", sentence)
