"""The web stand-in's socket: one port, the source chosen by the Host header, every trouble played."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aiohttp import web

from sandbox.sources.behaviours import Board, Kind, Rule, forget_linger, wait
from sandbox.sources.control import Control
from sandbox.sources.journal import Journal, Question
from sandbox.sources.page import Ask, Page, Site, html
from sandbox.sources.sites import site_of
from sandbox.sources.world.whole import World
from sandbox.visitors import only_ours

WALL = html("Just a moment...", "Checking your browser before you go on. Please complete the captcha.")


@dataclass
class WebServer:
    """Every web source of the world, and the control API beside them."""

    world: World
    board: Board
    journal: Journal

    async def listen(self, host: str, port: int) -> int:
        """Bind (0: any free port) and give the port."""
        application = web.Application(middlewares=[only_ours("/control/")])
        Control(self.board, self.journal).add_to(application)
        application.router.add_route("*", "/{path:.*}", self._answer)
        # A client that left must not keep a slow answer's task alive; nor may it hold up the end.
        self.runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0.2, access_log=None)
        await self.runner.setup()
        site = web.TCPSite(self.runner, host, port)
        await site.start()
        bound: int = self.runner.addresses[0][1]
        return bound

    async def close(self) -> None:
        """Stop listening and drop what is still open."""
        await self.runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        host = request.host.rpartition(":")[0].lower() or request.host.lower()
        parameters = {name: request.query.getall(name) for name in request.query}
        headers = {name.lower(): value for name, value in request.headers.items()}
        ask = Ask(host=host, path=request.path, parameters=parameters, headers=headers)
        site = site_of(host)
        question = Question(
            protocol="http",
            host=host,
            about=site.about(ask) if site else host,
            text=request.raw_path,
            via=request.headers.get("X-Forwarded-Proto", "http"),
            agent=request.headers.get("User-Agent", ""),
        )
        rule = self.board.decide(question)
        self.journal.note(question, rule.kind if site else "unknown host")
        await wait(rule)
        if site is None:
            return _response(html("Unknown host", f"The stand-in sources know no {host!r}.", status=502))
        if request.method not in ("GET", "HEAD"):
            return _response(html("Method not allowed", "Only questions are answered here.", status=405))
        return await self._under(rule, request, site, ask)

    async def _under(self, rule: Rule, request: web.Request, site: Site, ask: Ask) -> web.StreamResponse:
        if rule.kind is Kind.RESET:
            return await _hang_up(request)
        if rule.kind is Kind.HTML:
            return _response(WALL)
        if rule.kind in (Kind.DOWN, Kind.STATUS):
            return _response(_trouble(503 if rule.kind is Kind.DOWN else rule.status, rule.retry_after))
        page = await asyncio.to_thread(site.answer, self.world, ask)  # 5 MB take their time to write
        if rule.kind is Kind.TRUNCATED:
            return await _cut(request, page)
        return _response(page)


def _response(page: Page) -> web.Response:
    headers = {"Content-Type": page.content_type, **page.headers}
    return web.Response(body=page.body, status=page.status, headers=headers)


def _trouble(status: int, retry_after: int | None) -> Page:
    page = html(f"{status}", "The source is in trouble; this is what it says instead of an answer.", status=status)
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Page(page.body, status=status, headers=headers)


async def _hang_up(request: web.Request) -> web.StreamResponse:
    """Tear the connection down without a word; the response that aiohttp wants goes nowhere."""
    if request.transport is not None:
        forget_linger(request.transport.get_extra_info("socket"))
        request.transport.abort()
    return web.Response(status=500)


async def _cut(request: web.Request, page: Page) -> web.StreamResponse:
    """Promise the whole length, send half, close."""
    response = web.StreamResponse(status=page.status, headers={"Content-Type": page.content_type})
    response.content_length = len(page.body)
    await response.prepare(request)
    await response.write(page.body[: len(page.body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response
