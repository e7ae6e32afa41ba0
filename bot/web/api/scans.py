"""One scan: how it stands, stopping it, asking again."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import JSONResponse

from bot import guard
from bot.front import AT_LEISURE, Front
from bot.web.api import answers, keys, readings, shapes, telling, wishes
from bot.web.api.doors import DOOR, Doors, caller_of, seen
from bot.web.callers import bearer_of, who
from bot.web.problems import Problem, not_there
from core.beside import Beside
from core.callers import Caller, Scope
from core.document import as_explained
from core.models import Scan
from core.store import TooOften
from core.targets import display
from tasks import scan
from tasks.explained import explain
from tasks.judged import judged_for
from tasks.queue import hint_change

Them = Annotated[Caller, Depends(caller_of)]
LOOK_AGAIN = "2"  # seconds between two looks at a scan that has not ended
WORDS = ("all", "failed", scan.UNCONSENTED)
# RFC 9745 and RFC 8594: since when GET is the wrong way to cancel, and from when on it is none.
OLD_WAY = {
    "Deprecation": "@1795651200",
    "Sunset": "Fri, 26 Nov 2027 00:00:00 GMT",
    "Link": '</docs>; rel="deprecation"; type="text/html"',
}


def add(router: APIRouter, doors: Doors) -> None:
    """Add what is below `/scan/{task_id}`."""

    @router.get("/scan/{task_id}", response_model=answers.Whole, **doors.scope(Scope.READ))
    async def look_at_a_scan(
        task_id: str,
        caller: Them,
        findings: Annotated[bool, Query(description="With false, the findings are left out.")] = True,
    ) -> JSONResponse:
        """How a scan stands, with all that was found so far. What Slack shows in direct messages alone is given to
        who asked; to others it is counted."""
        one = await seen(doors, caller, task_id)
        answer = telling.whole(one, caller, await _judged(doors, one, caller))
        if one.callback:
            record = doors.front.store.callbacks
            answer["callbacks"] = telling.called(await doors.front.record(lambda: record.of(one.id), within=AT_LEISURE))
        if not findings:
            answer["runs"] = [each | {"findings": []} for each in answer["runs"]]
        return JSONResponse(answer, headers={"Retry-After": LOOK_AGAIN} if one.finished_at is None else None)

    @router.get("/scan/{task_id}/explain/{subject}", response_model=readings.Explained, **doors.scope(Scope.READ))
    async def explain_a_finding_or_headline(
        task_id: str, subject: Annotated[str, Path(max_length=80)], caller: Them
    ) -> JSONResponse:
        """How it came to be said: the path, the evidence, the points behind its confidence, and what would change it.
        `subject` is the `fingerprint` of a finding, or the `rule` of a headline."""
        one = await seen(doors, caller, task_id)
        asking = partial(explain, doors.front.store, one, subject, caller.reader, alone=caller.asked(one))
        told = await doors.front.record(asking, within=AT_LEISURE)
        if told is None:
            raise not_there("finding or headline in this scan")
        return JSONResponse(as_explained(told))

    @router.get("/scan/{task_id}/tree", response_model=answers.Tree, **doors.scope(Scope.READ))
    async def look_at_a_tree(task_id: str, caller: Them) -> JSONResponse:
        """The scans that came of one another by pivots: the whole tree that this one is in, without findings."""
        one = await seen(doors, caller, task_id)
        whole = await doors.front.record(lambda: doors.front.store.trees.whole(one.id), within=AT_LEISURE)
        return JSONResponse(telling.tree(whole.as_seen(caller.sees), caller))

    @router.post("/scan/{task_id}/cancel", response_model=answers.Stopped, **doors.scope(Scope.SCAN))
    async def cancel_a_scan(task_id: str, caller: Them) -> JSONResponse:
        """Stop a scan: what was found until then is kept. One that has ended stays as it is."""
        return JSONResponse(await _cancelled(doors, caller, task_id))

    @router.delete("/scan/{task_id}", response_model=answers.Stopped, **doors.scope(Scope.SCAN))
    async def stop_a_scan(task_id: str, caller: Them) -> JSONResponse:
        """The same as cancel: the record keeps the scan."""
        return JSONResponse(await _cancelled(doors, caller, task_id))

    @router.get("/scan/{task_id}/cancel", response_model=answers.Stopped, deprecated=True, **doors.scope(Scope.SCAN))
    async def cancel_a_scan_by_get(task_id: str, request: Request, caller: Them) -> JSONResponse:
        """The same as POST, for programs that cannot send one. Only with a token: a page elsewhere can make a browser
        send a GET with its cookies."""
        if bearer_of(request) is None:
            step = f"POST /api/v1/scan/{task_id}/cancel, or send Authorization: Bearer gum_..."
            raise Problem(403, "foreign-page", "Not allowed", "GET cancels only with a token.", step=step)
        link = f'{OLD_WAY["Link"]}, </api/v1/scan/{task_id}/cancel>; rel="successor-version"'
        return JSONResponse(await _cancelled(doors, caller, task_id), headers=OLD_WAY | {"Link": link})

    @router.post("/scan/{task_id}/rerun", status_code=202, response_model=answers.Reopened, **doors.scope(Scope.SCAN))
    async def ask_again(
        task_id: str, request: Request, caller: Them, body: shapes.RerunWanted | None = None
    ) -> JSONResponse:
        """Open another round of a scan, past every cache: of all its collectors, the failed ones, or one."""
        one = await _reopened(doors, caller, task_id, body or shapes.RerunWanted(), request)
        answer = telling.summary(one, caller)
        return JSONResponse(answer, 202, headers={"Location": f"/api/v1/scan/{one.id}"})


async def _judged(doors: Doors, one: Scan, caller: Caller) -> Beside:
    asking = partial(judged_for, doors.front.store, one, caller.reader, alone=caller.asked(one))
    return await doors.front.record(asking, within=AT_LEISURE)


async def _cancelled(doors: Doors, caller: Caller, task_id: str) -> dict[str, Any]:
    front, one = doors.front, await seen(doors, caller, task_id)
    await guard.check(front, who(caller, DOOR), "cancel", display(one.target))
    one, stopped = await front.record(partial(scan.cancel, front.store, one.id, by=caller.user), within=AT_LEISURE)
    if stopped:
        front.later(hint_change(scan.way_of(one), one.id))
    return telling.summary(one, caller) | {"stopped": stopped}


async def _reopened(doors: Doors, caller: Caller, task_id: str, body: shapes.RerunWanted, request: Request) -> Scan:
    front, one = doors.front, await seen(doors, caller, task_id)
    them = who(caller, DOOR)
    _check_which(one, body.which)
    wishes.needs_reason(front.settings, one, body.reason)
    await guard.check(front, them, "rerun", display(one.target), starts=True)
    await front.queue_up()
    key = keys.key_of(request, caller)
    after = body.round or scan.round_of(one, body.which)
    first = await keys.remembered(front, key, request, body, str(after)) if key else ""
    rerun = partial(
        scan.rerun,
        front.store,
        front.settings,
        one.id,
        by=caller.user,
        after=int(first or after),
        only=body.which,
        rates=guard.rates(front, them),
        door=DOOR,
        reason=body.reason.strip(),
    )
    try:
        again, opened = await front.record(rerun, within=AT_LEISURE)
    except TooOften as error:
        raise await guard.refuse(front, them, "rerun", error, display(one.target)) from error
    if opened:
        _announce(front, again)
    elif not (first and first != str(after)):
        raise _not_now(again, body.which, int(first or after))
    return again


def _announce(front: Front, one: Scan) -> None:
    front.later(asyncio.to_thread(scan.announce, one))


def _check_which(one: Scan, which: str) -> None:
    asked = [run.collector for run in one.runs]
    if which not in (*WORDS, *asked):
        sentence = f"which is all, failed, unconsented or a collector of this scan: {', '.join(asked)}."
        step = f"GET /api/v1/scan/{one.id} tells how each of them stands."
        raise Problem(422, "bad-question", "This cannot be asked", sentence, step=step)


def _not_now(one: Scan, which: str, after: int) -> Problem:
    if scan.round_of(one, which) == after:
        sentence = f"The scan of {display(one.target)} is still running."
        step = f"Wait until it has ended, or cancel it first: POST /api/v1/scan/{one.id}/cancel"
    else:
        sentence = f"This was asked again since: the scan is in round {one.round}."
        step = f"GET /api/v1/scan/{one.id} tells what came of it."
    return Problem(409, "not-now", "Not now", sentence, step=step, round=one.round)
