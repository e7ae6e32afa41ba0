"""Socket Mode: one-off tickets, up to ten connections, envelopes that go to any one of them, and their acks."""

import asyncio
import itertools
import time
from dataclasses import dataclass

from aiohttp import WSMsgType, web

from sandbox.slack.cast import APP
from sandbox.slack.delivery import TIMED_OUT, UNREACHABLE, Ack, Parcel
from sandbox.slack.refusal import Refused
from sandbox.slack.wire import Json, parsed
from sandbox.slack.workspace import Workspace

MOST = 10  # docs.slack.dev/apis/events-api/using-socket-mode: up to ten at a time
LIFETIME = 3600
GRACE = 10.0  # seconds between a goodbye and the end of the line, as Slack's `warning` has it
REASONS = {"disconnect": "warning", "refresh": "refresh_requested", "disable": "link_disabled"}
SWITCHES = {"deaf": ("deaf", True), "undeaf": ("deaf", False), "mute": ("mute", True), "unmute": ("mute", False)}


@dataclass(eq=False)
class Connection:
    """One WebSocket; a deaf one looks alive and brings nothing, a mute one does not even answer pings."""

    number: int
    ws: web.WebSocketResponse
    request: web.Request
    deaf: bool = False
    mute: bool = False
    leaving: bool = False  # it was said goodbye to: nothing new goes there, and soon it is closed


class SocketMode:
    """All connections of the app."""

    name = "socket"

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._tickets: set[str] = set()
        self._numbers = itertools.count(1)
        self._turn = itertools.count()
        self._waiting: dict[str, tuple[Connection, asyncio.Future[Json | None]]] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self.connections: list[Connection] = []

    def mint_ticket(self) -> str:
        """A ticket for one connection."""
        ticket = self._workspace.mint("ticket-")
        self._tickets.add(ticket)
        return ticket

    def is_open(self) -> bool:
        """Whether the app is connected."""
        return any(not connection.leaving for connection in self.connections)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection, for as long as it lives."""
        ticket = request.match_info["ticket"]
        if ticket not in self._tickets:
            return web.Response(status=403, text="this ticket is unknown or was used already")
        self._tickets.discard(ticket)
        ws = web.WebSocketResponse(autoping=False, max_msg_size=16 * 1024 * 1024)
        await ws.prepare(request)
        connection = Connection(next(self._numbers), ws, request)
        if len(self.connections) >= MOST:
            await ws.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await ws.close()
            return ws
        self.connections.append(connection)
        try:
            await self._greet(connection)
            await self._listen(connection)
        finally:
            self._forget(connection)
        return ws

    async def _greet(self, connection: Connection) -> None:
        debug = {"host": "sandbox", "build_number": 1, "approximate_connection_time": LIFETIME}
        hello = {"type": "hello", "connection_info": {"app_id": APP}, "debug_info": debug}
        await connection.ws.send_json(hello | {"num_connections": len(self.connections)})
        self._workspace.changes.add("socket", connections=len(self.connections))

    async def _listen(self, connection: Connection) -> None:
        async for message in connection.ws:
            if message.type == WSMsgType.PING and not connection.mute:
                await connection.ws.pong(message.data)
            elif message.type == WSMsgType.TEXT:
                self._acknowledge(message.data)

    def _acknowledge(self, written: str) -> None:
        told = parsed(written)
        if not isinstance(told, dict):
            return
        _, future = self._waiting.get(str(told.get("envelope_id")), (None, None))
        if future is not None and not future.done():
            payload = told.get("payload")
            future.set_result(payload if isinstance(payload, dict) else {})

    def _forget(self, connection: Connection) -> None:
        if connection in self.connections:
            self.connections.remove(connection)
        for owner, future in self._waiting.values():
            if owner is connection and not future.done():
                future.set_result(None)
        self._workspace.changes.add("socket", connections=len(self.connections))

    async def send(self, parcel: Parcel, *, timeout: float) -> Ack:
        """Send an envelope over one of the connections and wait for its ack."""
        staying = [connection for connection in self.connections if not connection.leaving]
        connection = staying[next(self._turn) % len(staying)]
        envelope_id = self._workspace.mint("envelope-")
        future: asyncio.Future[Json | None] = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = (connection, future)
        started = time.perf_counter()
        try:
            await self._put(connection, envelope_id, parcel)
            body = await asyncio.wait_for(future, timeout)
        except TimeoutError:
            return Ack(TIMED_OUT, (time.perf_counter() - started) * 1000, reason="timeout")
        except ConnectionError:
            body = None
        finally:
            del self._waiting[envelope_id]
        ms = (time.perf_counter() - started) * 1000
        return Ack(UNREACHABLE, ms, reason="connection_failed") if body is None else Ack("ok", ms, body)

    async def _put(self, connection: Connection, envelope_id: str, parcel: Parcel) -> None:
        if connection.deaf:
            return
        envelope: Json = {
            "envelope_id": envelope_id,
            "type": parcel.kind,
            "payload": parcel.payload,
            "accepts_response_payload": parcel.kind != "events_api",
        }
        if parcel.kind == "events_api":
            envelope |= {"retry_attempt": parcel.retry, "retry_reason": parcel.reason}
        await connection.ws.send_json(envelope)

    async def act(self, action: str) -> int:
        """What a test or the page does to all connections; answers how many there were.

        Raises:
            Refused: when the action is none of ours.
        """
        known = (*REASONS, *SWITCHES, "drop")
        if action not in known:
            raise Refused(f"unknown socket action {action!r}; known: {', '.join(known)}")
        connections = list(self.connections)
        for connection in connections:
            if action in REASONS:
                await self._say_goodbye(connection, REASONS[action])
            elif action == "drop":
                self._cut(connection)
            else:
                self._switch(connection, action)
        return len(connections)

    async def _say_goodbye(self, connection: Connection, reason: str) -> None:
        connection.leaving = True
        await connection.ws.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}})
        task = asyncio.create_task(self._close_later(connection))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _close_later(self, connection: Connection) -> None:
        await self._workspace.clock.wait(GRACE)
        await connection.ws.close()

    def _switch(self, connection: Connection, action: str) -> None:
        name, value = SWITCHES[action]
        setattr(connection, name, value)

    def _cut(self, connection: Connection) -> None:
        if connection.request.transport is not None:
            connection.request.transport.abort()

    async def close(self) -> None:
        """Close all connections."""
        for task in self._closing:
            task.cancel()
        for connection in list(self.connections):
            await connection.ws.close()
