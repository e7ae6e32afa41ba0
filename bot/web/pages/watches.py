"""Watches on the dashboard: how each stands; pause, resume, stop, and change how often and from when on it tells."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import FastAPI, Form, Request, Response
from fastapi.responses import RedirectResponse

from bot import watching
from bot.watch_words import Wanted
from bot.web.callers import who
from bot.web.pages.routes import DOOR, Asker, Reader, router
from bot.web.pages.site import Site
from bot.web.problems import not_there
from core.blocks.watches import standing, when_words
from core.callers import Caller
from core.errors import BadQuestion
from core.watches import THRESHOLDS, Watch


def add(web: FastAPI, site: Site) -> None:
    """Routes: `/watches` and what is below."""
    routes, front = router(site), site.front

    async def page(request: Request, caller: Caller, *, wrong: str = "", status: int = 200) -> Response:
        every = await watching.visible(front, caller.reader)
        return site.page(
            request,
            "watches.html",
            caller=caller,
            status=status,
            watches=every,
            wrong=wrong,
            standing=standing,
            when_words=when_words,
            thresholds=THRESHOLDS,
        )

    async def one_of(caller: Caller, watch_id: str) -> Watch:
        try:
            return await watching.found(front, caller.reader, watch_id[:40])
        except BadQuestion as error:
            raise not_there("watch") from error

    @routes.get("/watches")
    async def listed(request: Request, caller: Reader) -> Response:
        return await page(request, caller)

    @routes.post("/watches/{watch_id}/edit")
    async def edited(
        request: Request,
        watch_id: str,
        caller: Asker,
        *,
        schedule: Annotated[str, Form(max_length=100)] = "",
        tz: Annotated[str, Form(max_length=60)] = "",
        threshold: Annotated[str, Form(max_length=10)] = "",
        until: Annotated[str, Form(max_length=10)] = "",
    ) -> Response:
        one = await one_of(caller, watch_id)
        same = schedule.strip() in ("", one.schedule)
        want = Wanted(
            schedule=() if same else tuple(schedule.lower().removeprefix("cron ").split()),
            zone=tz.strip() or None,
            threshold=threshold or None,
            until=until or None,
        )
        try:
            await watching.edit(front, replace(who(caller, DOOR), place=one.place), one, want)
        except BadQuestion as error:
            return await page(request, caller, wrong=str(error), status=422)
        return RedirectResponse("/watches", 303)

    @routes.post("/watches/{watch_id}/{change}")
    async def changed(
        request: Request, watch_id: str, change: Literal["pause", "resume", "stop"], caller: Asker
    ) -> Response:
        one = await one_of(caller, watch_id)
        try:
            await watching.CHANGES[change](front, replace(who(caller, DOOR), place=one.place), one)
        except BadQuestion as error:
            return await page(request, caller, wrong=str(error), status=422)
        return RedirectResponse("/watches", 303)

    web.include_router(routes)
