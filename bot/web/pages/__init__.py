"""The dashboard: pages for people, and signing in."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse

from bot.front import Front
from bot.web.api.trouble import turned_away
from bot.web.pages import acting, cases, entering, installing, judging, new, offered, one, operating, scans, watches
from bot.web.pages.routes import trouble
from bot.web.pages.site import Site
from bot.web.problems import Problem, not_there

MACHINES = ("/api/", "/slack/", "/live", "/ready", "/metrics", "/static/")  # where no person looks


def add(web: FastAPI, front: Front) -> None:
    """Add its routes, and pages for what is not there and for what breaks."""
    site = web.state.site = Site(front)

    @web.get("/static/{digest}/{name:path}", include_in_schema=False)
    async def static(digest: str, name: str) -> Response:
        return site.file(digest, name) or PlainTextResponse("Not found", 404)

    for part in (entering, installing, scans, new, one, acting, judging, cases, watches, offered, operating):
        part.add(web, site)

    async def not_found(request: Request, error: Exception) -> Response:
        problem = not_there("page")
        if request.url.path.startswith(MACHINES):
            return await turned_away(request, error) if request.url.path.startswith("/api/") else problem.answer()
        return trouble(site, request, problem)

    async def broken(request: Request, _error: Exception) -> Response:
        sentence = "Something of mine broke. It is in my log, with the time."
        problem = Problem(
            500, "failed", "This failed", sentence, step="Try again; if it stays so, tell whoever runs me."
        )
        return problem.answer() if request.url.path.startswith(MACHINES) else trouble(site, request, problem)

    web.add_exception_handler(404, not_found)
    web.add_exception_handler(500, broken)
