"""What changed in a scan against an earlier look at its target."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from bot.front import AT_LEISURE
from bot.web.api import readings
from bot.web.api.doors import Doors, caller_of, note_read, seen
from bot.web.problems import Problem
from core.callers import Caller, Scope
from core.document import as_difference
from core.models import Scan
from core.rounds import last_ended
from core.store import Store
from core.targets import display
from tasks import past
from tasks.past import Spot

Them = Annotated[Caller, Depends(caller_of)]
Against = Annotated[
    str,
    Query(
        max_length=40,
        pattern=r"^([a-z0-9]{1,32}(/[0-9]{1,6})?)?$",
        description="Another scan of the same target, `id` or `id/round`, or a round of this one by its number; "
        "absent: the round before, else the last look at this target before this scan that you may see.",
    ),
]


def add(router: APIRouter, doors: Doors) -> None:
    """Add `GET /scan/{task_id}/diff`."""
    front = doors.front

    @router.get("/scan/{task_id}/diff", response_model=readings.Difference, **doors.scope(Scope.READ))
    async def what_changed(task_id: str, caller: Them, against: Against = "") -> JSONResponse:
        """What is new, gone and changed since an earlier look, the gravest first. A collector that could not look
        either time is in `not_compared`: nothing of it counts as gone."""
        one = await seen(doors, caller, task_id)
        was, answer = await front.record(lambda: _difference(front.store, caller, one, against), within=AT_LEISURE)
        await note_read(front, caller, was, door="api")
        return JSONResponse(answer)


def _difference(store: Store, caller: Caller, one: Scan, against: str) -> tuple[Scan, dict[str, Any]]:
    """Raises Problem: there is nothing to hold it against, or not for this caller."""
    whole = store.scans.get(one.id, all_rounds=True)
    ended = last_ended(whole)
    if not ended:
        sentence = f"The scan of {display(one.target)} has not ended."
        raise Problem(409, "not-now", "Not now", sentence, step=f"GET /api/v1/scan/{one.id} tells how it stands.")
    try:
        then = past.earlier(store, caller.reader, whole, ended, against)
        was, is_ = past.loaded(store, then), past.loaded(store, Spot(whole, ended))
    except KeyError:
        sentence = "There is no such earlier look at this target, or it is not yours to see."
        step = f"GET /api/v1/scans?target=... lists the scans of {display(one.target)} that you may see."
        raise Problem(404, "not-found", "Not found", sentence, step=step) from None
    alone = caller.asked(was) and caller.asked(is_)
    return was, as_difference(was, is_, past.compared(was, is_, alone=alone))
