"""The control API: what was asked so far, and which source shall misbehave how."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from aiohttp import web

from sandbox.sources.behaviours import Board, Kind, Rule
from sandbox.sources.journal import Asked, Journal

LONGEST_WAIT = 60.0
TEXTS = ("name", "host", "protocol")
NUMBERS = {"status": int, "seconds": float, "times": int, "retry_after": int}


@dataclass(frozen=True)
class Control:
    """Routes below /control/, whatever the Host says."""

    board: Board
    journal: Journal

    def add_to(self, application: web.Application) -> None:
        """Register the routes; they win over the sources' own paths."""
        application.router.add_get("/control/asked", self.asked)
        application.router.add_get("/control/changes", self.changes)
        application.router.add_get("/control/behaviour", self.behaviours)
        application.router.add_post("/control/behaviour", self.behave)
        application.router.add_post("/control/reset", self.reset)

    async def asked(self, request: web.Request) -> web.Response:
        """GET ?match= (repeatable, all must occur): every question since the last reset."""
        return _entries(self.journal, self.journal.since(0, request.query.getall("match", [])))

    async def changes(self, request: web.Request) -> web.Response:
        """GET ?since=NUMBER&timeout=SECONDS&match=: the questions after that number, waiting for the first."""
        try:
            since = int(request.query.get("since", "0"))
            seconds = min(float(request.query.get("timeout", "10")), LONGEST_WAIT)
        except ValueError:
            return _refusal("since and timeout are numbers.")
        return _entries(
            self.journal, await self.journal.changes(since, request.query.getall("match", []), max(seconds, 0.0))
        )

    async def behaviours(self, _request: web.Request) -> web.Response:
        """GET: the rules in force, the winning one first."""
        return web.json_response([asdict(rule) for rule in self.board.rules])

    async def behave(self, request: web.Request) -> web.Response:
        """POST {name?, host?, protocol?, kind, status?, seconds?, times?, retry_after?}: add a rule."""
        try:
            rule = _rule(json.loads(await request.read()))
        except (ValueError, TypeError) as error:  # not JSON, or not a number
            return _refusal(str(error))
        self.board.add(rule)
        return web.json_response(asdict(rule))

    async def reset(self, _request: web.Request) -> web.Response:
        """POST: forget the questions and go back to the world's own troubles."""
        self.board.reset()
        self.journal.clear()
        return web.json_response({"last": self.journal.last})


def _rule(wish: Any) -> Rule:
    """Read a rule from JSON; raises ValueError or TypeError with a sentence."""
    if not isinstance(wish, dict):
        raise TypeError("A behaviour is a JSON object.")
    unknown = sorted(set(wish) - {"kind", *TEXTS, *NUMBERS})
    if unknown:
        raise ValueError(f"A behaviour has no {', '.join(unknown)}.")
    if not any(wish.get(key) for key in TEXTS):
        raise ValueError("Say which questions: a name, a host or a protocol.")
    try:
        kind = Kind(wish.get("kind", ""))
    except ValueError as error:
        raise ValueError(f"kind is one of {', '.join(Kind)}.") from error
    details: dict[str, Any] = {key: str(wish[key]).lower() for key in TEXTS if wish.get(key)}
    details |= {key: read(wish[key]) for key, read in NUMBERS.items() if wish.get(key) is not None}
    return Rule(kind, **details)


def _entries(journal: Journal, entries: list[Asked]) -> web.Response:
    last = entries[-1].number if entries else journal.last
    return web.json_response({"last": last, "asked": [entry.shown() for entry in entries]})


def _refusal(sentence: str) -> web.Response:
    return web.json_response({"error": sentence}, status=400)
