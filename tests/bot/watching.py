"""Watching scans over HTTP as a client does: Server-Sent Events with httpx, the WebSocket with websockets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import redis
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from core.callers import Scope
from core.live import CHANNEL, SCAN, ring_of
from core.models import Scan
from core.store import Store
from tests.bot.listening import TEAM

PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Heard:
    """One event."""

    name: str
    body: dict[str, Any]
    cursor: str = ""

    @property
    def value(self) -> str:
        return str(self.body["finding"]["value"])


class Stream:
    """An open answer; iterating gives its events until it ends."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._lines = answer.iter_lines()

    def __iter__(self) -> Iterator[Heard]:
        fields: dict[str, str] = {}
        for line in self._lines:
            name, _, value = line.partition(": ")
            if line:
                fields[name] = value
            elif "data" in fields:
                yield Heard(fields["event"], json.loads(fields["data"]), fields.get("id", ""))
                fields = {}

    def until(self, *names: str) -> list[Heard]:
        """The events up to the first one with one of these names."""
        heard = []
        for each in self:
            heard.append(each)
            if each.name in names:
                return heard
        raise AssertionError(f"the stream ended without {names}: {heard}")


def token(store: Store, *, user: str = "U0ADA", team: str = TEAM, scope: Scope = Scope.READ, **more: Any) -> str:
    """The text of a new token."""
    wanted: dict[str, Any] = {"name": "test", "scopes": [scope], "lasts": None, "by": "test"} | more
    return store.tokens.create(team=team, user=user, **wanted)[1]


@contextmanager
def streamed(url: str, bearer: str, *, after: str = "", **params: str) -> Iterator[Stream]:
    """An open line of Server-Sent Events."""
    headers = {"Authorization": f"Bearer {bearer}"} | ({"Last-Event-ID": after} if after else {})
    with httpx.stream("GET", url, headers=headers, params=params, timeout=PATIENCE) as answer:
        yield Stream(answer)


def talk(url: str, bearer: str = "", **headers: str) -> ClientConnection:
    """An open WebSocket."""
    told = headers | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
    return connect(url.replace("http", "ws", 1), additional_headers=told, open_timeout=PATIENCE, compression=None)


def say(line: ClientConnection, **message: Any) -> None:
    line.send(json.dumps(message))


def hear(line: ClientConnection) -> Heard:
    message = json.loads(line.recv(timeout=PATIENCE))
    return Heard(message["event"], message["data"], message.get("id", ""))


def hear_until(line: ClientConnection, name: str) -> list[Heard]:
    heard = [hear(line)]
    while heard[-1].name != name:
        heard.append(hear(line))
    return heard


def code_of_the_end(line: ClientConnection) -> int:
    """Read until the other side closes the line, and say with which code."""
    try:
        while True:
            line.recv(timeout=PATIENCE)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 1006


def ring(url: str, scan: Scan) -> None:
    """What a worker does after it changed a scan."""
    with redis.from_url(url) as client:
        client.publish(CHANNEL, ring_of(SCAN, scan.id))


def told_in(heard: list[Heard]) -> list[tuple[str, str]]:
    """The findings among these events: collector and value."""
    return [(each.body["collector"], each.value) for each in heard if each.name == "finding"]


def recorded(store: Store, scan: Scan) -> list[tuple[str, str]]:
    """The findings that the record holds of the newest run of each collector."""
    return [(run.collector, each.value) for run in store.scans.get(scan.id).runs for each in run.findings]
