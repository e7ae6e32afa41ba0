"""For admins: queues, workers and threads that lag; and who asked what."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import FastAPI, Query, Request, Response

from bot.front import AT_LEISURE, Front
from bot.web.pages.routes import Admin, router
from bot.web.pages.site import Site
from core.broker import QUEUES
from core.errors import QueueDown, StoreDown
from core.store import Decisions, Waiting
from tasks import queue

ROWS = 100  # of the audit on a page


@dataclass(frozen=True, slots=True)
class Load:
    """What waits, and who works; None where that is not known, and `trouble` says why."""

    lengths: dict[str, int] | None
    workers: list[str] | None
    waiting: Waiting | None
    trouble: tuple[str, ...] = ()


def add(web: FastAPI, site: Site) -> None:
    """Routes: `/system` and `/audit`."""
    routes, front = router(site), site.front

    @routes.get("/system")
    async def system(request: Request, caller: Admin) -> Response:
        return site.page(
            request, "system.html", caller=caller, load=await load(front), sweep=front.settings.sweep_every
        )

    @routes.get("/audit")
    async def audit(
        request: Request,
        caller: Admin,
        *,
        user: Annotated[str, Query(max_length=80)] = "",
        verb: Annotated[str, Query(max_length=40)] = "",
        decision: Annotated[str, Query(max_length=20)] = "",
        before: Annotated[int, Query(ge=0, le=2**53)] = 0,
    ) -> Response:
        wanted = Decisions(user.strip(), verb.strip(), decision.strip(), before)
        page = partial(front.store.audit.page, team=caller.team, wanted=wanted, limit=ROWS)
        rows, following = await front.record(page, within=AT_LEISURE)
        return site.page(request, "audit.html", caller=caller, rows=rows, wanted=wanted, following=following)

    web.include_router(routes)


async def load(front: Front) -> Load:
    """What waits now, as far as it can be found out."""
    trouble: list[str] = []
    lengths: dict[str, int] | None = None
    workers: list[str] | None = None
    try:
        names = list(QUEUES)
        counts = await asyncio.gather(*(asyncio.to_thread(queue.length, name) for name in names))
        lengths = dict(zip(names, counts, strict=True))
        workers = await asyncio.to_thread(queue.workers)
    except QueueDown as error:
        trouble.append(str(error))
    try:
        waiting = await front.record(front.store.backlog.look, within=AT_LEISURE)
    except StoreDown as error:
        trouble.append(str(error))
        waiting = None
    return Load(lengths, workers, waiting, tuple(trouble))
