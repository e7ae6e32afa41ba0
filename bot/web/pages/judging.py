"""Judging on the dashboard: a verdict on the page that explains a finding, and taking it back."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Form, Response
from fastapi.responses import RedirectResponse

from bot import guard, judging
from bot.front import AT_LEISURE
from bot.web.callers import who
from bot.web.pages.one import look
from bot.web.pages.routes import DOOR, Asker, router
from bot.web.pages.site import Site
from bot.web.problems import not_there
from core.targets import display
from core.verdicts import Judgement


def add(web: FastAPI, site: Site) -> None:
    """Routes: `/scans/{id}/verdict` and `/scans/{id}/verdict/undo`."""
    routes, front = router(site), site.front

    @routes.post("/scans/{scan_id}/verdict")
    async def judge(
        scan_id: str,
        finding: Annotated[str, Form(max_length=80)],
        verdict: Annotated[Judgement, Form()],
        caller: Asker,
    ) -> Response:
        seen, person = await look(front, caller, scan_id), who(caller, DOOR)
        await guard.check(front, person, "verdict", f"{display(seen.scan.target)} {verdict}:{finding}")
        whole = await front.record(lambda: front.store.scans.get(scan_id), within=AT_LEISURE)
        if judging.found(whole, finding, alone=seen.own) is None:
            raise not_there("finding")
        await judging.pronounce(front, person, whole, finding, verdict)
        return RedirectResponse(f"/scans/{scan_id}/explain/{finding}", 303)

    @routes.post("/scans/{scan_id}/verdict/undo")
    async def undo(scan_id: str, number: Annotated[int, Form(ge=1, le=2**31 - 1)], caller: Asker) -> Response:
        seen, person = await look(front, caller, scan_id), who(caller, DOOR)
        await guard.check(front, person, "undo_verdict", f"{display(seen.scan.target)} {number}")
        try:
            verdict, _ = await judging.take_back(front, person, seen.scan, number)
        except KeyError:
            raise not_there("verdict") from None
        return RedirectResponse(f"/scans/{scan_id}/explain/{verdict.fingerprint}", 303)

    web.include_router(routes)
