"""The scans somebody may see: running and recent, the newest first, live."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, FastAPI, Query, Request, Response

from bot.front import AT_LEISURE
from bot.web.pages.routes import known, router
from bot.web.pages.site import Site
from core.callers import Caller, Scope
from core.models import Kind, Scan, ScanStatus

SHOWN = 30  # scans on a page


def add(web: FastAPI, site: Site) -> None:
    """Route: `/`."""
    routes, front, reader = router(site), site.front, known(site, Scope.READ)

    @routes.get("/")
    async def listed(
        request: Request,
        caller: Caller = Depends(reader),
        status: Annotated[str, Query(max_length=20)] = "",
        kind: Annotated[str, Query(max_length=20)] = "",
    ) -> Response:
        chosen = {"status": status if status in set(ScanStatus) else "", "kind": kind if kind in set(Kind) else ""}
        scans = await front.record(lambda: _page(site, caller), within=AT_LEISURE)
        return site.page(
            request,
            "scans.html",
            caller=caller,
            scans=[each for each in scans if _passes(each, chosen)],
            chosen=chosen,
            filtered=any(chosen.values()),
            refresh="/?" + urlencode(chosen),
            kinds=list(Kind),
            statuses=list(ScanStatus),
            more="",
        )

    web.include_router(routes)


def _page(site: Site, caller: Caller) -> list[Scan]:
    user = "" if caller.may(Scope.ADMIN) else caller.user
    return site.front.store.scans.recent(caller.team, user=user, limit=SHOWN)


def _passes(scan: Scan, chosen: dict[str, str]) -> bool:
    return chosen["status"] in ("", scan.status) and chosen["kind"] in ("", scan.target.kind)
