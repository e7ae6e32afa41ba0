"""The cases somebody may see, and one of them: its timeline, its scans, and the whole as a file."""

from __future__ import annotations

from functools import partial
from typing import Any

from fastapi import FastAPI, Request, Response

from bot import guard
from bot.front import AT_LEISURE, Front
from bot.guard import Who
from bot.web.api.doors import ID, NOTED
from bot.web.callers import who
from bot.web.pages.routes import DOOR, Reader, router
from bot.web.pages.site import HEADERS, Site
from bot.web.problems import not_there
from core import clock
from core.access import sees, sees_case
from core.callers import Caller
from core.casefile import Casefile, for_readers, outcome_words, timeline, what_matters
from core.casereport import report
from core.cases import Tlp
from core.models import Place


def add(web: FastAPI, site: Site) -> None:
    """Routes: `/cases`, `/cases/{id}`, `/cases/{id}/report`."""
    routes, front = router(site), site.front

    @routes.get("/cases")
    async def listed(request: Request, caller: Reader) -> Response:
        cases = await front.record(lambda: front.store.cases.listed(caller.reader), within=AT_LEISURE)
        return site.page(request, "cases.html", caller=caller, cases=cases)

    @routes.get("/cases/{case_id}")
    async def one(request: Request, case_id: str, caller: Reader) -> Response:
        file = await look(front, caller, case_id)
        told: dict[str, Any] = {"entries": timeline(file), "loud": what_matters(file.scans)}
        told |= {"file": file, "case": file.case, "outcome_words": outcome_words}
        return site.page(request, "case.html", caller=caller, **told)

    @routes.get("/cases/{case_id}/report")
    async def download(case_id: str, caller: Reader) -> Response:
        file = await look(front, caller, case_id)
        await guard.check(front, who(caller, DOOR), "export", f"case {case_id}: markdown")
        made = report(file, front.titles, now=clock.now())
        headers = HEADERS | {"Content-Disposition": f'attachment; filename="{made.name}"'}
        return Response(made.content, media_type="text/markdown; charset=utf-8", headers=headers)

    web.include_router(routes)


async def look(front: Front, caller: Caller, case_id: str) -> Casefile:
    """A case as its reader may see it.

    Raises:
        Problem: there is no such case, or not for this caller, which is the same to them.
    """
    if not ID.fullmatch(case_id):
        raise not_there("case")
    try:
        whole = await front.record(lambda: front.store.casefiles.read(case_id), within=AT_LEISURE)
    except KeyError:
        raise not_there("case") from None
    case = whole.case
    if not sees_case(caller.reader, case):
        raise not_there("case")
    key = f"gumshoe:read:{caller.user}:case:{case.id}"
    if case.tlp is Tlp.RED and caller.user not in case.members and await front.is_new(key, lasts=NOTED):
        reads = Who(caller.user, Place(case.team, case.channel), caller.team, DOOR, caller.name)
        await guard.write(front, reads, "read", case.id, rule="tlp")
    return for_readers(whole, partial(sees, caller.reader))
