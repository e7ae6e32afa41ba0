"""Bringing payloads to the app, over Socket Mode or signed HTTP: acks are timed, unanswered events sent again."""

import asyncio
import time
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from sandbox.slack.wire import Json
from sandbox.slack.workspace import Workspace

Kind = Literal["events_api", "slash_commands", "interactive"]
TIMED_OUT, UNREACHABLE = "operation_timeout", "dispatch_failed"


@dataclass(frozen=True)
class Parcel:
    """One payload on its way to the app."""

    kind: Kind
    payload: Json
    retry: int = 0
    reason: str = ""
    secret: str = ""  # another signing secret, to play somebody who does not know ours
    age: int = 0  # seconds the signature is old

    @property
    def label(self) -> str:
        """What to call it in the record of acks."""
        inner = self.payload.get("event")
        if isinstance(inner, dict):
            return str(inner.get("type"))
        return str(self.payload.get("command") or self.payload.get("type"))


@dataclass(frozen=True)
class Ack:
    """How the app answered: status `ok`, or the name of the trouble as Slack shows it to people."""

    status: str
    ms: float
    body: Json = field(default_factory=dict)
    reason: str = ""  # Slack's retry reason
    no_retry: bool = False

    @property
    def ok(self) -> bool:
        """Whether the app acknowledged in time."""
        return self.status == "ok"


class Carrier(Protocol):
    """One way to the app."""

    name: str

    def is_open(self) -> bool:
        """Whether anybody is at the other end."""
        ...

    async def send(self, parcel: Parcel, *, timeout: float) -> Ack:
        """Bring it and wait for the ack."""
        ...


class Delivery:
    """Chooses the carrier, times acks, keeps what was sent and sends unanswered events again."""

    def __init__(self, workspace: Workspace, socket: Carrier, http: Carrier) -> None:
        self._workspace, self._socket, self._http = workspace, socket, http
        self.sent: deque[Parcel] = deque(maxlen=200)
        self._tasks: set[asyncio.Task[None]] = set()

    async def deliver(self, parcel: Parcel, *, keep: bool = True) -> Ack:
        """Bring a payload once.

        An events URL switches Socket Mode off, as in Slack.
        """
        parcel = replace(parcel, payload=self._workspace.own(parcel.payload))
        if keep:
            self.sent.append(parcel)
        settings = self._workspace.settings
        carrier = self._http if settings.events_url else self._socket
        started = time.perf_counter()
        if carrier.is_open():
            ack = await carrier.send(parcel, timeout=settings.ack_timeout)
        else:
            ack = Ack(UNREACHABLE, 0.0, reason="connection_failed")
        self._record(parcel, ack, carrier.name, (time.perf_counter() - started) * 1000)
        return ack

    async def deliver_with_retries(self, parcel: Parcel) -> Ack:
        """Bring an event; what is not acknowledged is sent up to three times more, in the background."""
        ack = await self.deliver(parcel)
        if not ack.ok and not ack.no_retry:
            self.spawn(self._retry(parcel, ack))
        return ack

    async def _retry(self, parcel: Parcel, ack: Ack) -> None:
        for number, delay in enumerate(self._workspace.settings.retry_delays, 1):
            await self._workspace.clock.wait(delay)
            again = Parcel(parcel.kind, parcel.payload, number, ack.reason, parcel.secret, parcel.age)
            ack = await self.deliver(again, keep=False)
            if ack.ok or ack.no_retry:
                return

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        """Let something go on in the background until it is done or the workspace closes."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stop what goes on in the background."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _record(self, parcel: Parcel, ack: Ack, carrier: str, ms: float) -> None:
        changes = self._workspace.changes
        told = {"ms": round(ms, 3), "retry": parcel.retry, "ok": ack.ok, "status": ack.status, "what": parcel.label}
        changes.add("ack", delivered=parcel.kind, **told)
        at = self._workspace.clock.now()
        self._workspace.acks.append({"seq": changes.seq, "at": at, "kind": parcel.kind, "carrier": carrier, **told})
