"""The scans that a caller may see, page by page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from bot.front import Front
from bot.web.api import answers, shapes, telling
from bot.web.api.doors import Doors, caller_of
from core.callers import Caller, Scope
from core.models import Kind, Outcome, Priority
from core.progress import Progress
from core.store import Filters
from core.targets import parse

Them = Annotated[Caller, Depends(caller_of)]
Word = Annotated[str, Field(max_length=100)]
When = Annotated[datetime | None, Field(description="With its zone: 2026-11-23T12:00:00Z; without one it is UTC.")]
MOST = 200


class Wanted(BaseModel):
    """Which scans."""

    model_config = ConfigDict(extra="forbid")

    status: Progress | None = None
    kind: Kind | None = None
    target: Annotated[str, Field(max_length=shapes.LONGEST_TARGET)] = ""
    collector: Annotated[str, Field(max_length=40, description="That was asked, in its newest run.")] = ""
    outcome: Annotated[Outcome | None, Field(description="Of that collector, or of any.")] = None
    asked_by: Word = ""
    tag: Word = ""
    priority: Priority | None = None
    since: When = None
    until: When = None
    cursor: Annotated[str, Field(max_length=200, description="`next_cursor` of the page before.")] = ""
    limit: Annotated[int, Field(ge=1, le=MOST)] = 50


def add(router: APIRouter, doors: Doors) -> None:
    """Add `GET /scans`."""
    front = doors.front

    @router.get("/scans", response_model=answers.Page, **doors.scope(Scope.READ))
    async def list_scans(caller: Them, wanted: Annotated[Wanted, Query()]) -> JSONResponse:
        """Your scans, those of channels that your token was given, and for admins all: the newest first, without
        findings. Pages stay as they are while new scans arrive."""
        await doors.admit(caller)
        narrowed, limit = _filters(front, wanted), wanted.limit
        page = await front.record(lambda: front.store.listing.page(caller, narrowed, cursor=wanted.cursor, limit=limit))
        scans = [telling.summary(one, caller) for one in page.scans]
        return JSONResponse({"scans": scans, "next_cursor": page.cursor or None})


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
        since=_zoned(wanted.since),
        until=_zoned(wanted.until),
    )


def _zoned(when: datetime | None) -> datetime | None:
    return when.replace(tzinfo=UTC) if when is not None and when.tzinfo is None else when
