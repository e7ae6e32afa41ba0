"""Counts HTTP requests by their route's template: what strangers write into an address is no label."""

from __future__ import annotations

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.metrics import count, observe

NO_ROUTE = "none"


class Counted:
    """Around all routes. The seconds end where the answer begins: a stream of live events lasts for hours."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.monotonic()

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                _count(scope, int(message["status"]), time.monotonic() - began)
            await send(message)

        await self._app(scope, receive, counting)


def _count(scope: Scope, status: int, seconds: float) -> None:
    route, method = template_of(scope), str(scope["method"])
    count("gumshoe_http_requests_total", route=route, method=method, status=f"{status // 100}xx")
    observe("gumshoe_http_request_seconds", seconds, route=route, method=method)


def template_of(scope: Scope) -> str:
    """`/api/v1/scan/{task_id}`; of mounted files, where they are mounted."""
    route = getattr(scope.get("route"), "path", "")
    if route:
        return str(route)
    return str(scope.get("root_path") or NO_ROUTE) if "endpoint" in scope else NO_ROUTE
