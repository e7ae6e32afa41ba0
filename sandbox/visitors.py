"""Keeps other web pages out: a browser on this machine could otherwise be made to talk to the stand-ins for them."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware


def only_ours(guarded: str, *, links: Callable[[str], bool] = lambda _: False) -> Middleware:
    """A middleware for the paths that begin so.

    It refuses a Host that is not loopback (a name that somebody pointed here), another page's Origin, and what a
    browser says another site caused; `links` tells the paths that others may link to.
    """

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        linked = request.method == "GET" and links(request.path)
        if request.path.startswith(guarded) and (why := _stranger(request, linked=linked)):
            return web.json_response({"ok": False, "error": why}, status=403)
        return await handler(request)

    return check


def _stranger(request: web.Request, *, linked: bool) -> str:
    """Why this request is not from here; nothing when it is."""
    if not _is_loopback(request.host):
        return f"the stand-ins answer to loopback names only, not to {request.host}"
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"{request.scheme}://{request.host}":
        return f"the page of {origin} may not use the stand-ins"
    if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin") and not linked:
        return "another site's page may not use the stand-ins"
    return ""


def _is_loopback(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False
