"""Watches and playbooks over HTTP: begin, look at, change, pause, resume, stop."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from bot import watching
from bot.guard import Who
from bot.watch_words import Wanted
from bot.web.api import shapes
from bot.web.api.doors import DOOR, Doors, caller_of
from bot.web.callers import who
from bot.web.problems import Problem
from core.callers import Caller, Scope
from core.errors import BadQuestion
from core.models import Kind, Place
from core.playbooks import Playbook
from core.schedules import in_words
from core.targets import parse
from core.watches import Watch
from tasks.playbooks import all_of, find

Them = Annotated[Caller, Depends(caller_of)]
ID = re.compile(r"[a-z0-9]{1,32}", re.ASCII)
CHANNEL = re.compile(r"[CDG][A-Z0-9]{1,20}", re.ASCII)
Short = Annotated[str, Field(max_length=60)]
Schedule = Annotated[
    str,
    Field(min_length=1, max_length=100, description="hourly, daily, weekly, or five fields of cron: `0 7 * * 1-5`."),
]


class Edited(shapes.Asked):
    """What is to be changed of a watch; what is absent stays as it is."""

    schedule: Schedule | None = None
    at: Annotated[str, Field(max_length=5, description="Time of day for daily and weekly: 07:30.")] = ""
    tz: Annotated[Short | None, Field(description="A time zone of the IANA: Europe/Madrid.")] = None
    threshold: Annotated[Short | None, Field(description="any, low, medium or high.")] = None
    until: Annotated[Short | None, Field(description="Its last day: 2027-01-31; or never.")] = None
    playbook: Annotated[Short | None, Field(description="Whose collectors and options are asked.")] = None
    collectors: shapes.Names | None = None
    options: Annotated[list[shapes.Name], Field(max_length=20)] | None = None
    reason: Annotated[
        str | None,
        Field(max_length=shapes.LONGEST_REASON, description="Why. Needed for e-mail addresses, names, phones."),
    ] = None


class WatchWanted(Edited):
    """A watch that is to begin."""

    target: shapes.TargetText
    schedule: Schedule
    channel: Annotated[
        str, Field(min_length=2, max_length=21, description="The Slack channel that is told: one your token was given.")
    ]


class WatchShown(BaseModel):
    """A watch as it stands."""

    id: str
    target: str
    kind: Kind
    channel: str
    standing: Annotated[str, Field(description="on, paused, stopped or expired.")]
    schedule: Annotated[str, Field(description="Five fields of cron.")]
    schedule_words: str
    tz: str
    threshold: Annotated[str, Field(description="any, low, medium or high.")]
    playbook: str
    collectors: list[str]
    options: list[str]
    made_by: str
    made_at: str
    next_at: str | None
    last_at: str | None
    last_task_id: Annotated[str, Field(description="The scan that looked last.")]
    changed_at: str | None
    changed: Annotated[str, Field(description="The last change that was told, in a few words.")]
    changed_task_id: str
    quiet_runs: Annotated[int, Field(description="Looks since it last said something.")]
    failures: Annotated[int, Field(description="Looks in a row that could not see anything.")]
    trouble: str
    until: str | None


class WatchList(BaseModel):
    """Those that you may see, those due first on top."""

    watches: list[WatchShown]


class PlaybookShown(BaseModel):
    """A version of a playbook."""

    name: str
    version: int
    shipped: bool
    about: str
    collectors: list[str]
    options: list[str]
    kinds: list[Kind]
    rules: list[str]


class PlaybookList(BaseModel):
    """The shipped ones and those of your workspace, in their newest versions."""

    playbooks: list[PlaybookShown]


def add(router: APIRouter, doors: Doors) -> None:
    """Add what is below `/watches` and `/playbooks`."""
    front = doors.front

    @router.post("/watches", status_code=201, response_model=WatchShown, **doors.scope(Scope.SCAN))
    async def begin_a_watch(body: WatchWanted, caller: Them) -> JSONResponse:
        """Look at a target again and again, and tell a channel of Slack when something changed. The first look starts
        at once, and is what later ones are held against."""
        target = parse(body.target, allow=front.settings.allow_networks)
        them = _standing_in(caller, body.channel)
        made = await watching.make(front, them, replace(_wanted(body), target=target))
        return JSONResponse(shown(made), 201, headers={"Location": f"/api/v1/watches/{made.id}"})

    @router.get("/watches", response_model=WatchList, **doors.scope(Scope.READ))
    async def list_watches(
        caller: Them,
        channel: Annotated[str, Query(max_length=21, description="Only those that tell this channel.")] = "",
    ) -> JSONResponse:
        """Watches that go on or rest: yours, those of channels that your token was given, and for admins all."""
        await doors.admit(caller)
        every = await watching.visible(front, caller.reader)
        return JSONResponse({"watches": [shown(each) for each in every if channel in ("", each.place.channel)]})

    @router.get("/watches/{watch_id}", response_model=WatchShown, **doors.scope(Scope.READ))
    async def look_at_a_watch(watch_id: str, caller: Them) -> JSONResponse:
        """How it stands."""
        await doors.admit(caller)
        return JSONResponse(shown(await _found(doors, caller, watch_id)))

    @router.patch("/watches/{watch_id}", response_model=WatchShown, **doors.scope(Scope.SCAN))
    async def edit_a_watch(watch_id: str, body: Edited, caller: Them) -> JSONResponse:
        """Change what is named."""
        one = await _found(doors, caller, watch_id)
        return JSONResponse(shown(await watching.edit(front, _at(caller, one), one, _wanted(body))))

    @router.post("/watches/{watch_id}/pause", response_model=WatchShown, **doors.scope(Scope.SCAN))
    async def pause_a_watch(watch_id: str, caller: Them) -> JSONResponse:
        """No look until it is resumed."""
        one = await _found(doors, caller, watch_id)
        return JSONResponse(shown(await watching.pause(front, _at(caller, one), one)))

    @router.post("/watches/{watch_id}/resume", response_model=WatchShown, **doors.scope(Scope.SCAN))
    async def resume_a_watch(watch_id: str, caller: Them) -> JSONResponse:
        """Look now, and by its schedule again. From here on you answer for it."""
        one = await _found(doors, caller, watch_id)
        return JSONResponse(shown(await watching.resume(front, _at(caller, one), one)))

    @router.delete("/watches/{watch_id}", response_model=WatchShown, **doors.scope(Scope.SCAN))
    async def stop_a_watch(watch_id: str, caller: Them) -> JSONResponse:
        """Stop it for good; what its looks found is kept."""
        one = await _found(doors, caller, watch_id)
        return JSONResponse(shown(await watching.stop(front, _at(caller, one), one)))

    @router.get("/playbooks", response_model=PlaybookList, **doors.scope(Scope.READ))
    async def list_playbooks(caller: Them) -> JSONResponse:
        """Named sets of collectors and options; a scan or a watch takes one by `playbook`."""
        await doors.admit(caller)
        every = await front.record(partial(all_of, front.store, caller.team))
        return JSONResponse({"playbooks": [told(each) for each in every.values()]})

    @router.get("/playbooks/{name}", response_model=PlaybookShown, **doors.scope(Scope.READ))
    async def look_at_a_playbook(name: str, caller: Them) -> JSONResponse:
        """Its newest version, or one that is named: `name@2`."""
        await doors.admit(caller)
        try:
            book = await front.record(partial(find, front.store, caller.team, name))
        except BadQuestion as error:
            step = "GET /api/v1/playbooks lists them."
            raise Problem(404, "not-found", "Not found", str(error), step=step) from error
        return JSONResponse(told(book))


def shown(one: Watch) -> dict[str, Any]:
    """A watch for an answer."""
    return {
        "id": one.id,
        "target": one.target.value,
        "kind": str(one.target.kind),
        "channel": one.place.channel,
        "standing": one.standing,
        "schedule": one.schedule,
        "schedule_words": in_words(one.schedule),
        "tz": one.zone,
        "threshold": one.threshold or "any",
        "playbook": one.playbook,
        "collectors": list(one.names),
        "options": list(one.options),
        "made_by": one.made_by,
        "made_at": one.made_at.isoformat(),
        "next_at": _stamp(one.due_at),
        "last_at": _stamp(one.last_at),
        "last_task_id": one.last_scan,
        "changed_at": _stamp(one.changed_at),
        "changed": one.changed,
        "changed_task_id": one.changed_scan,
        "quiet_runs": one.quiet,
        "failures": one.failures,
        "trouble": one.trouble,
        "until": _stamp(one.expires_at),
    }


def told(book: Playbook) -> dict[str, Any]:
    """A playbook for an answer."""
    return {"name": book.name, "version": book.version, "shipped": not book.made_by} | book.spec


def _stamp(when: datetime | None) -> str | None:
    return when.isoformat() if when else None


def _wanted(body: Edited) -> Wanted:
    words = tuple((body.schedule or "").removeprefix("cron ").lower().split())
    names = None if body.collectors is None else tuple(name.lower() for name in body.collectors)
    options = None if body.options is None else tuple(option.lower() for option in body.options)
    return Wanted(None, words, body.at, body.tz, body.threshold, body.until, body.playbook, body.reason, names, options)


def _standing_in(caller: Caller, channel: str) -> Who:
    """The caller in the channel that is to be told, which their token must have been given.

    Raises:
        Problem: it was not.
    """
    if not CHANNEL.fullmatch(channel) or not (channel in caller.channels or caller.may(Scope.ADMIN)):
        step = "Name a channel id that your token was given, or ask for another token."
        raise Problem(403, "not-allowed", "Not allowed", "Your token was not given this channel.", step=step)
    return replace(who(caller, DOOR), place=Place(caller.team, channel))


def _at(caller: Caller, one: Watch) -> Who:
    return replace(who(caller, DOOR), place=one.place)


async def _found(doors: Doors, caller: Caller, watch_id: str) -> Watch:
    try:
        if not ID.fullmatch(watch_id):
            raise BadQuestion(watching.NONE)
        return await watching.found(doors.front, caller.reader, watch_id)
    except BadQuestion as error:
        step = "GET /api/v1/watches lists those that you may see."
        raise Problem(404, "not-found", "Not found", watching.NONE, step=step) from error
