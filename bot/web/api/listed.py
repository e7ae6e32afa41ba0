"""The scans that a caller may see, page by page."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from bot.front import Front
from bot.web.api import answers, shapes, telling
from bot.web.api.doors import Doors, caller_of
from bot.web.problems import Problem
from core.callers import Caller, Scope
from core.errors import BadQuestion
from core.models import Kind, Outcome, Priority
from core.progress import Progress
from core.store import Filters, Page
from core.targets import parse

WRITTEN = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d", re.ASCII)
MOST = 200


def _time(given: object) -> object:
    """A time as people write it; pydantic would take a number for seconds since 1970."""
    if isinstance(given, str) and not WRITTEN.match(given):
        raise ValueError("a time is written like 2026-11-23T12:00:00Z")
    return given


def _utc(when: datetime) -> datetime:
    if when.tzinfo is None:
        return when.replace(tzinfo=UTC)
    try:
        return when.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("a time lies between the years 1 and 9999") from error


Them = Annotated[Caller, Depends(caller_of)]
Word = Annotated[str, Field(max_length=100)]
When = Annotated[
    Annotated[datetime, AfterValidator(_utc)] | None,
    BeforeValidator(_time),
    Field(description="With its zone: 2026-11-23T12:00:00Z; without one it is UTC."),
]


class Wanted(BaseModel):
    """Which scans."""

    model_config = ConfigDict(extra="forbid")

    status: Annotated[Progress | None, Field(description="What the scan comes to.")] = None
    kind: Kind | None = None
    target: Annotated[str, Field(max_length=shapes.LONGEST_TARGET, description="Written as for a scan.")] = ""
    collector: Annotated[str, Field(max_length=40, description="That was asked, in its newest run.")] = ""
    outcome: Annotated[Outcome | None, Field(description="Of that collector, or of any.")] = None
    asked_by: Annotated[Word, Field(description="A Slack user id, or service: and a name.")] = ""
    tag: Word = ""
    priority: Priority | None = None
    since: When = None
    until: When = None
    cursor: Annotated[str, Field(max_length=200, description="`next_cursor` of the page before.")] = ""
    limit: Annotated[int, Field(ge=1, le=MOST, description="Scans on a page.")] = 50


def add(router: APIRouter, doors: Doors) -> None:
    """Add `GET /scans`."""
    front = doors.front

    @router.get("/scans", response_model=answers.Page, **doors.scope(Scope.READ))
    async def list_scans(caller: Them, wanted: Annotated[Wanted, Query()]) -> JSONResponse:
        """Your scans, those of channels that your token was given, and for admins all: the newest first, without
        findings. Pages stay as they are while new scans arrive."""
        await doors.admit(caller)
        narrowed = _filters(front, wanted)
        page = await _page(front, caller, narrowed, wanted)
        scans = [telling.summary(one, caller) for one in page.scans]
        return JSONResponse({"scans": scans, "next_cursor": page.cursor or None})


async def _page(front: Front, caller: Caller, narrowed: Filters, wanted: Wanted) -> Page:
    try:
        return await front.record(
            lambda: front.store.listing.page(caller, narrowed, cursor=wanted.cursor, limit=wanted.limit)
        )
    except BadQuestion as error:
        step = "Begin without a cursor; next_cursor of a page leads to the next."
        raise Problem(422, "bad-cursor", "Not a cursor", str(error), step=step) from error


def _filters(front: Front, wanted: Wanted) -> Filters:
    return Filters(
        status=wanted.status,
        kind=wanted.kind,
        target=parse(wanted.target, allow=front.settings.allow_networks) if wanted.target else None,
        collector=wanted.collector,
        outcome=wanted.outcome,
        asker=wanted.asked_by,
        tag=wanted.tag,
        priority=wanted.priority,
        since=wanted.since,
        until=wanted.until,
    )
