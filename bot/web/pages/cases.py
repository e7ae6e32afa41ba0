"""The cases somebody may see, and one of them: its timeline, its scans, and the whole as a file."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request, Response

from bot import guard
from bot.front import AT_LEISURE
from bot.web.api.doors import case_seen
from bot.web.callers import who
from bot.web.pages.routes import DOOR, Reader, router
from bot.web.pages.site import HEADERS, Site
from core import clock
from core.casefile import outcome_words, timeline, what_matters
from core.casereport import report


def add(web: FastAPI, site: Site) -> None:
    """Routes: `/cases`, `/cases/{id}`, `/cases/{id}/report`."""
    routes, front = router(site), site.front

    @routes.get("/cases")
    async def listed(request: Request, caller: Reader) -> Response:
        cases = await front.record(lambda: front.store.cases.listed(caller.reader), within=AT_LEISURE)
        return site.page(request, "cases.html", caller=caller, cases=cases)

    @routes.get("/cases/{case_id}")
    async def one(request: Request, case_id: str, caller: Reader) -> Response:
        file = await case_seen(front, caller, case_id, door=DOOR)
        told: dict[str, Any] = {"entries": timeline(file), "loud": what_matters(file.scans)}
        told |= {"file": file, "case": file.case, "outcome_words": outcome_words}
        return site.page(request, "case.html", caller=caller, **told)

    @routes.get("/cases/{case_id}/report")
    async def download(case_id: str, caller: Reader) -> Response:
        file = await case_seen(front, caller, case_id, door=DOOR)
        await guard.check(front, who(caller, DOOR), "export", f"case {case_id}: markdown")
        made = report(file, front.titles, now=clock.now())
        headers = HEADERS | {"Content-Disposition": f'attachment; filename="{made.name}"'}
        return Response(made.content, media_type="text/markdown; charset=utf-8", headers=headers)

    web.include_router(routes)
