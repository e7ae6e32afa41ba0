"""What can be asked: the collectors, how they fare, and what is left of what their sources grant."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from bot.previews import left_now
from bot.web.api import answers
from bot.web.api.doors import Doors, caller_of
from core.callers import Caller, Scope
from core.health import Health
from core.models import Offer
from core.previews import Left

Them = Annotated[Caller, Depends(caller_of)]


def add(router: APIRouter, doors: Doors) -> None:
    """Add `GET /collectors`."""
    front = doors.front

    @router.get("/collectors", response_model=answers.Collectors, **doors.scope(Scope.READ))
    async def list_collectors(caller: Them) -> JSONResponse:
        """Each collector: what it takes and gives, who learns of it, what it lacks, how its own questions went in the
        last hour, and what is left of its budgets."""
        await doors.admit(caller)
        offers = front.offers
        left = await left_now(front)
        health = await front.record(lambda: front.store.health.of([offer.name for offer in offers]))
        told = [_collector(each, health[each.name], left.get(each.name, Left())) for each in offers]
        return JSONResponse({"collectors": told})


def _collector(offer: Offer, health: Health, left: Left) -> dict[str, Any]:
    return {
        "name": offer.name,
        "title": offer.title,
        "about": offer.about,
        "accepts": [str(kind) for kind in offer.accepts],
        "gives": [str(kind) for kind in offer.gives],
        "tells": offer.tells,
        "ready": offer.ready,
        "lacks": offer.lacks,
        "touches": [str(kind) for kind in offer.touches],
        "spreads": offer.spreads,
        "options": [{"name": each.name, "about": each.about, "touches": each.touches} for each in offer.options],
        "limits": offer.limits,
        "budgets": list(offer.budgets),
        "left": left.words or (None if offer.budgets else ""),
        "wait_seconds": left.wait_s,
        "lives": offer.lives,
        "last_hour": {str(outcome): count for outcome, count in health.hour.items()},
        "answered_at": health.answered_at.isoformat() if health.answered_at else None,
        "failing_with": health.reason,
        "usual_seconds": health.p50_s,
        "slow_seconds": health.p95_s,
    }
