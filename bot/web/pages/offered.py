"""The collectors: how each fares, what is left with its sources, which keys are set, and who learns what we ask."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Annotated, Literal

import structlog
from fastapi import FastAPI, Query, Request, Response

from bot.front import AT_LEISURE, Front
from bot.web.pages.routes import Reader, router
from bot.web.pages.site import Site
from bot.web.problems import not_there
from core.blocks import faring
from core.blocks.quota import name as account_name
from core.blocks.quota import said
from core.ledger import Standing
from core.models import Outcome
from tasks.offers import offered
from tasks.outlook import standings

log = structlog.get_logger()

WITHIN = 1.0  # seconds to find out what is left
PERIODS = {"day": (timedelta(hours=1), 24), "week": (timedelta(hours=6), 28), "month": (timedelta(days=1), 30)}


def add(web: FastAPI, site: Site) -> None:
    """Routes: `/collectors` and `/collectors/{name}`."""
    routes, front = router(site), site.front

    @routes.get("/collectors")
    async def every(request: Request, caller: Reader) -> Response:
        offers = front.offers
        health = await front.record(lambda: front.store.health.of(each.name for each in offers), within=AT_LEISURE)
        accounts = dict(zip((each.name for each in offers), await _all_accounts(front), strict=True))
        return site.page(
            request, "collectors.html", caller=caller, offers=offers, health=health, accounts=accounts, faring=faring
        )

    @routes.get("/collectors/{name}")
    async def one(
        request: Request,
        name: str,
        caller: Reader,
        over: Annotated[Literal["day", "week", "month"], Query()] = "day",
    ) -> Response:
        offer = next((each for each in front.offers if each.name == name), None)
        if offer is None:
            raise not_there("collector")
        step, count = PERIODS[over]
        health = await front.record(lambda: front.store.health.of([name])[name], within=AT_LEISURE)
        course = await front.record(lambda: front.store.health.course(name, step=step, count=count), within=AT_LEISURE)
        return site.page(
            request,
            "collector.html",
            caller=caller,
            offer=offer,
            health=health,
            accounts=await _accounts(front, name),
            account_name=account_name,
            said=said,
            course=course,
            over=over,
            periods=list(PERIODS),
            outcomes=[each for each in Outcome if each not in (Outcome.SKIPPED, Outcome.CANCELLED)],
            faring=faring,
        )

    web.include_router(routes)


async def _all_accounts(front: Front) -> list[list[Standing] | None]:
    return [await _accounts(front, name) for name in offered(front.settings)]


async def _accounts(front: Front, name: str) -> list[Standing] | None:
    """Every account this collector draws on; None when that could not be found out in time."""
    try:
        collector = offered(front.settings)[name]
        return await asyncio.wait_for(standings(front.ledger, collector, front.settings), WITHIN)
    except TimeoutError:
        log.warning("budgets not known in time", collector=name)
        return None
