"""Cases over HTTP: those that a caller may see, and one with its members, scans, notes and what happened in it."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from bot.front import AT_LEISURE
from bot.web.api import answers, telling
from bot.web.api.doors import DOOR, Doors, caller_of, case_seen
from bot.web.problems import Problem
from core.callers import Caller, Scope
from core.casefile import Casefile, Step, timeline
from core.cases import Case, Tlp
from core.errors import BadQuestion
from core.store.casefiles import MOST_LISTED

Them = Annotated[Caller, Depends(caller_of)]
Standing = Literal["open", "closed", "forgotten"]


class Wanted(BaseModel):
    """Which cases."""

    model_config = ConfigDict(extra="forbid")

    state: Annotated[
        Literal["open", "closed"] | None, Field(description="Absent: both. Forgotten ones are closed.")
    ] = None
    mine: Annotated[bool, Field(description="Only those that you are a member of.")] = False
    cursor: Annotated[str, Field(max_length=200, description="`next_cursor` of the page before.")] = ""
    limit: Annotated[int, Field(ge=1, le=MOST_LISTED, description="Cases on a page.")] = 50


class CaseShown(BaseModel):
    """A case without what is in it."""

    id: str
    title: str
    purpose: str
    tlp: Annotated[Tlp, Field(description="Its label (TLP 2.0): nothing in it is marked more loosely.")]
    state: Annotated[Standing, Field(description="forgotten: closed, and its scans and notes are no longer kept.")]
    channel: Annotated[str, Field(description="Where it is bound in Slack.")]
    thread_ts: Annotated[str, Field(description="The thread there; empty: the whole channel.")]
    opened_by: str
    opened_at: str
    until: Annotated[str | None, Field(description="When it is to be closed.")]
    closed_by: str
    closed_at: str | None
    keep_days: Annotated[int, Field(description="So long after closing it is forgotten; 0: it is kept.")]
    forgets: Annotated[bool, Field(description="It is forgotten as soon as it is closed.")]


class CasePage(BaseModel):
    """Cases, the newest first."""

    cases: list[CaseShown]
    next_cursor: Annotated[str | None, Field(description="Leads to the next page; null: this is the last one.")]


class MemberShown(BaseModel):
    """Somebody who works on it, and may see all of it."""

    user: str
    lead: bool
    added_by: str
    added_at: str


class NoteShown(BaseModel):
    """What somebody wrote down."""

    at: str
    user: str
    text: str
    author: Annotated[str, Field(description="Whose words they are, when not the user's own.")]
    link: str
    task_id: Annotated[str, Field(description="The scan it was made from, if it was.")]


class StepShown(BaseModel):
    """A line of the timeline."""

    at: str
    step: Step
    user: str
    text: str
    author: str
    link: str
    task_id: str


class CaseWhole(CaseShown):
    """A case as far as you may see it: what belongs to scans that you may not see is left out, and counted."""

    members: list[MemberShown]
    scans: Annotated[list[answers.Summary], Field(description="The oldest first.")]
    notes: list[NoteShown]
    timeline: list[StepShown]
    scans_left_out: Annotated[int, Field(description="Scans that you may not see.")]
    older_scans_left_out: Annotated[int, Field(description="Scans that are too many; the newest are here.")]


def add(router: APIRouter, doors: Doors) -> None:
    """Add `GET /cases` and `GET /cases/{case_id}`."""
    front = doors.front

    @router.get("/cases", response_model=CasePage, **doors.scope(Scope.READ))
    async def list_cases(caller: Them, wanted: Annotated[Wanted, Query()]) -> JSONResponse:
        """Cases that you are a member of, those of channels that your token was given unless they are TLP:RED, and for
        admins all: the newest first."""
        await doors.admit(caller)
        is_open = None if wanted.state is None else wanted.state == "open"
        asking = partial(front.store.casefiles.page, caller.reader, is_open=is_open, mine=wanted.mine)
        try:
            page = await front.record(partial(asking, cursor=wanted.cursor, limit=wanted.limit), within=AT_LEISURE)
        except BadQuestion as error:
            step = "Begin without a cursor; next_cursor of a page leads to the next."
            raise Problem(422, "bad-cursor", "Not a cursor", str(error), step=step) from error
        return JSONResponse({"cases": [_case(each) for each in page.cases], "next_cursor": page.cursor or None})

    @router.get("/cases/{case_id}", response_model=CaseWhole, **doors.scope(Scope.READ))
    async def look_at_a_case(case_id: str, caller: Them) -> JSONResponse:
        """A case with its members, scans, notes and all that happened. What Slack shows in direct messages alone is in
        its scans: GET /scan/{task_id}."""
        await doors.admit(caller)
        return JSONResponse(_whole(await case_seen(front, caller, case_id, door=DOOR), caller))


def _whole(file: Casefile, caller: Caller) -> dict[str, Any]:
    return _case(file.case) | {
        "members": [
            {"user": each.user, "lead": each.lead, "added_by": each.added_by, "added_at": each.added_at.isoformat()}
            for each in file.members
        ],
        "scans": [telling.summary(each, caller) for each in file.scans],
        "notes": [
            {
                "at": each.at.isoformat(),
                "user": each.user,
                "text": each.text,
                "author": each.author,
                "link": each.link,
                "task_id": each.scan_id,
            }
            for each in file.notes
        ],
        "timeline": [
            {
                "at": each.at.isoformat(),
                "step": str(each.step),
                "user": each.user,
                "text": each.text,
                "author": each.author,
                "link": each.link,
                "task_id": each.scan_id,
            }
            for each in timeline(file)
        ],
        "scans_left_out": file.held_back,
        "older_scans_left_out": file.cut,
    }


def _case(case: Case) -> dict[str, Any]:
    names = ("id", "title", "purpose", "channel", "thread_ts", "opened_by", "closed_by", "keep_days", "forgets")
    told = {name: getattr(case, name) for name in names}
    times = {name: _stamp(getattr(case, name)) for name in ("opened_at", "until", "closed_at")}
    return told | times | {"tlp": str(case.tlp), "state": _standing(case)}


def _standing(case: Case) -> Standing:
    if case.is_open:
        return "open"
    return "closed" if case.forgotten_at is None else "forgotten"


def _stamp(when: datetime | None) -> str | None:
    return when.isoformat() if when else None
