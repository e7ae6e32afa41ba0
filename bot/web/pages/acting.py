"""What can be done with a scan: stop it, ask again. Each click is judged as if it were a command in Slack."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import Annotated, Literal

from fastapi import FastAPI, Form, Response
from fastapi.responses import RedirectResponse

from bot import guard, pivoting
from bot.front import AT_LEISURE
from bot.web.api.wishes import needs_reason
from bot.web.callers import who
from bot.web.pages.one import look
from bot.web.pages.routes import DOOR, Asker, router
from bot.web.pages.site import Site
from core.store import TooOften
from core.targets import display
from tasks import scan as verbs
from tasks.queue import hint_change


def add(web: FastAPI, site: Site) -> None:
    """Routes: `/scans/{id}/cancel`, `/scans/{id}/rerun` and `/scans/{id}/pivot`."""
    routes, front = router(site), site.front

    @routes.post("/scans/{scan_id}/cancel")
    async def cancel(scan_id: str, caller: Asker) -> Response:
        seen = await look(front, caller, scan_id)
        await guard.check(front, who(caller, DOOR), "cancel", display(seen.scan.target))
        one, stopped = await front.record(
            partial(verbs.cancel, front.store, scan_id, by=caller.user), within=AT_LEISURE
        )
        if stopped:
            front.later(hint_change(verbs.way_of(one), scan_id))
        return _back(scan_id, "" if stopped else "ended")

    @routes.post("/scans/{scan_id}/rerun")
    async def rerun(
        scan_id: str,
        after: Annotated[int, Form(ge=1, le=1_000_000)],
        caller: Asker,
        only: Annotated[Literal["all", "failed", "unconsented"], Form()] = "all",
        reason: Annotated[str, Form(max_length=500)] = "",
    ) -> Response:
        seen, person = await look(front, caller, scan_id), who(caller, DOOR)
        needs_reason(front.settings, seen.scan, reason.strip())
        verb = {"all": "rerun", "failed": "rerun_failed"}.get(only, "ask_target")
        await guard.check(front, person, verb, display(seen.scan.target), starts=True)
        await front.queue_up()
        again = partial(
            verbs.rerun,
            front.store,
            front.settings,
            scan_id,
            by=caller.user,
            after=after,
            only=only,
            door=DOOR,
            reason=reason.strip(),
        )
        try:
            one, opened = await front.record(partial(again, rates=guard.rates(front, person)), within=AT_LEISURE)
        except TooOften as error:
            raise await guard.refuse(front, person, verb, error, display(seen.scan.target)) from error
        if opened:
            front.later(asyncio.to_thread(verbs.announce, one))
        return _back(scan_id, "" if opened else "running" if one.round == after else "since")

    @routes.post("/scans/{scan_id}/pivot")
    async def pivot(
        scan_id: str,
        finding: Annotated[str, Form(max_length=64)],
        caller: Asker,
        sure: Annotated[bool, Form()] = False,
        reason: Annotated[str, Form(max_length=500)] = "",
    ) -> Response:
        seen = await look(front, caller, scan_id)
        one = seen.outline.scan
        menu = await pivoting.menu_of(front, scan_id, user=caller.user, alone=seen.own and not one.place.channel)
        asked = replace(pivoting.PLAIN, reason=reason.strip(), token=caller.token)
        started = await pivoting.pivot(front, who(caller, DOOR), menu, menu.find(finding), sure=sure, asked=asked)
        (child,) = started.new or started.repeated
        return RedirectResponse(f"/scans/{child.id}", 303)

    web.include_router(routes)


def _back(scan_id: str, note: str) -> Response:
    return RedirectResponse(f"/scans/{scan_id}" + (f"?note={note}" if note else ""), 303)
