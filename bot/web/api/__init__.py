"""The REST API under `/api/v1`: the verbs of Slack over HTTP, for programs."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from bot.front import Front
from bot.web.api import (
    cases,
    differing,
    exported,
    listed,
    offered,
    scans,
    shown,
    standing,
    starting,
    trouble,
    verdicts,
    watches,
)
from bot.web.api.doors import Doors

PREFIX = "/api/v1"


def add(web: FastAPI, front: Front) -> None:
    """Add its routes, its OpenAPI document, and a page that shows it."""
    doors = Doors(front)
    router = APIRouter(prefix=PREFIX, max_body_size=trouble.MOST_BYTES, route_class=doors.route())
    for part in (starting, scans, differing, verdicts, exported, listed, cases, offered, standing, watches):
        part.add(router, doors)
    web.include_router(router)
    web.add_middleware(trouble.Dressed)
    trouble.add(web)
    shown.add(web)
