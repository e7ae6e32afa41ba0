"""The REST API under `/api/v1`: the verbs of Slack over HTTP, for programs."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from bot.front import Front
from bot.web.api import listed, offered, scans, shown, standing, starting, trouble
from bot.web.api.doors import Doors

PREFIX = "/api/v1"
MOST_BYTES = 1_000_000  # of a body: 500 targets of 2,000 characters


def add(web: FastAPI, front: Front) -> None:
    """Add its routes, its OpenAPI document, and a page that shows it."""
    doors = Doors(front)
    router = APIRouter(prefix=PREFIX, max_body_size=MOST_BYTES, route_class=doors.route())
    for part in (starting, scans, listed, offered, standing):
        part.add(router, doors)
    web.include_router(router)
    web.add_middleware(trouble.Headers)
    trouble.add(web)
    shown.add(web)
