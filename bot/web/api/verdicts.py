"""Judging over HTTP: the verb of Slack's Judge, with the same guard, the same access and the same audit."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from bot import guard, judging
from bot.front import AT_LEISURE
from bot.web.api import shapes
from bot.web.api.doors import DOOR, Doors, caller_of, seen
from bot.web.callers import who
from bot.web.problems import Problem
from core.callers import Caller, Scope
from core.models import Finding, Scan
from core.targets import display
from core.verdicts import WORDS, Judgement, Verdict
from tasks.judged import verdicts_for

Them = Annotated[Caller, Depends(caller_of)]
UNDO = "undo"
LONGEST_NOTE = 400


class Judged(shapes.Asked):
    """What is judged of which finding."""

    finding: Annotated[
        str,
        Field(min_length=1, max_length=80, description="Its `fingerprint`, as GET /scan/{task_id} tells it."),
    ]
    verdict: Annotated[
        Literal["confirmed", "false", "not_this_person", "benign", "undo"],
        Field(description="undo takes back the one that stands; the one before it counts again."),
    ]
    note: Annotated[str, Field(max_length=LONGEST_NOTE, description="Why. Goes into the audit, and nowhere else.")] = ""


class Standing(BaseModel):
    """A verdict that counts."""

    verdict: Judgement
    by: Annotated[str, Field(description="Empty: somebody in a scan that you may not see.")]
    at: str


class VerdictShown(BaseModel):
    """What stands on the finding now: for every scan of the same target."""

    task_id: str
    finding: str
    verdict: Annotated[Standing | None, Field(description="null: none.")]
    changed: Annotated[bool, Field(description="False: it stood so already.")]
    message: str


def add(router: APIRouter, doors: Doors) -> None:
    """Add `POST /scan/{task_id}/verdicts`."""
    front = doors.front

    @router.post("/scan/{task_id}/verdicts", response_model=VerdictShown, **doors.scope(Scope.SCAN))
    async def judge_a_finding(task_id: str, body: Judged, caller: Them) -> JSONResponse:
        """Say what you know better than the sources: as Judge does in Slack. It counts for every scan of the same
        target, and the scan's thread says it. The same again changes nothing."""
        one, them = await seen(doors, caller, task_id), who(caller, DOOR)
        verb = "undo_verdict" if body.verdict == UNDO else "verdict"
        subject = f"{display(one.target)} {body.verdict}:{body.finding}"
        await guard.check(front, them, verb, subject, reason=body.note.strip())
        whole = await front.record(lambda: front.store.scans.get(one.id), within=AT_LEISURE)
        held = judging.found(whole, body.finding, alone=caller.asked(one))
        if held is None:
            step = f"GET /api/v1/scan/{one.id} lists its findings, each with its fingerprint."
            raise Problem(404, "not-found", "Not found", "There is no such finding in this scan.", step=step)
        if body.verdict != UNDO:
            _, changed = await judging.pronounce(front, them, whole, body.finding, Judgement(body.verdict))
            return await answered(caller, whole, body.finding, held, changed=changed)
        standing, _ = await front.record(partial(verdicts_for, front.store, whole, caller.reader), within=AT_LEISURE)
        taken = standing.get(body.finding)
        changed = taken is not None and (await judging.take_back(front, them, whole, taken.number))[1]
        return await answered(caller, whole, body.finding, held, changed=changed)

    async def answered(caller: Caller, whole: Scan, mark: str, held: Finding, *, changed: bool) -> JSONResponse:
        """What counts now, which need not be what was just said: somebody may have judged since."""
        standing, _ = await front.record(partial(verdicts_for, front.store, whole, caller.reader), within=AT_LEISURE)
        verdict = standing.get(mark)
        return JSONResponse(
            {
                "task_id": whole.id,
                "finding": mark,
                "verdict": _shown(verdict) if verdict else None,
                "changed": changed,
                "message": _message(held, verdict, changed=changed),
            }
        )


def _shown(verdict: Verdict) -> dict[str, Any]:
    return {"verdict": str(verdict.judgement), "by": verdict.user, "at": verdict.at.isoformat()}


def _message(held: Finding, verdict: Verdict | None, *, changed: bool) -> str:
    stands = f"is judged {WORDS[verdict.judgement]}" if verdict else "is not judged"
    return f"{'' if changed else 'Nothing changed: '}The {held.kind} {stands}."
