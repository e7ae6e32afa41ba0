"""Starts the stand-in workspace: all its doors on one loopback port."""

import asyncio
import ipaddress
import json
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox.slack.branch import Branch
from sandbox.slack.cast import SECOND
from sandbox.slack.oauth import OAuth
from sandbox.slack.openid import Client
from sandbox.slack.socket_mode import SocketMode
from sandbox.slack.web_api import arguments, secret_of
from sandbox.slack.workspace import DEFAULT_SCOPES, Settings, Token, Workspace
from sandbox.visitors import only_ours

PAGE = Path(__file__).parent / "page"
LINKED = ("/", "/openid/connect/authorize", "/oauth/v2/authorize")  # where other pages may send people
LARGEST_UPLOAD = 64 * 1024 * 1024
CSP = "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


SAME = Client()


@dataclass(frozen=True)
class Wanted:
    """How the workspace is to be started."""

    host: str = "127.0.0.1"
    port: int = 0
    bot_token: str = "xoxb-sandbox-bot"
    app_token: str = "xapp-sandbox-app"
    signing_secret: str = "sandbox-signing-secret"
    events_url: str = ""
    scopes: tuple[str, ...] = DEFAULT_SCOPES
    enforce_tiers: bool = False
    client: Client = SAME


class NotLoopback(Exception):
    """Somebody wanted the workspace on an address that others can reach."""


class Server:
    """The running workspaces: the first one, and a second one that the app is not installed in at first."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._oauth = OAuth(wanted.client)
        app = Token(wanted.app_token, {"connections:write"})
        first = self._opened(Token(wanted.bot_token, set(wanted.scopes)), app)
        second = self._opened(Token("", set()), app, team=SECOND, path=f"/of/{SECOND.id}", first_id=10**15)
        self.workspace, self.socket = first, SocketMode(first)
        self._branches = [Branch(each, self._oauth, self.socket) for each in (first, second)]
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=0.5, handler_cancellation=True)

    def _opened(self, bot: Token, app: Token, **more: Any) -> Workspace:
        wanted = self._wanted
        settings = Settings(enforce_tiers=wanted.enforce_tiers, events_url=wanted.events_url)
        return Workspace(bot, app, wanted.signing_secret, settings=settings, **more)

    async def start(self) -> dict[str, object]:
        """Listen, and answer with where and with which tokens.

        Raises:
            NotLoopback: for any other address.
        """
        refuse_others(self._wanted.host)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._wanted.host, self._wanted.port)
        await site.start()
        url = f"http://{_written(self._wanted.host)}:{_port(self._runner)}"
        for each in self._branches:
            each.workspace.url = url + each.workspace.path
        return {
            "url": url,
            "api_url": f"{url}/api/",
            "bot_token": self._wanted.bot_token,
            "app_token": self._wanted.app_token,
            "signing_secret": self._wanted.signing_secret,
            "client_id": self._wanted.client.id,
            "client_secret": self._wanted.client.secret,
        }

    async def stop(self) -> None:
        """Close all connections and stop listening."""
        for each in self._branches:
            await each.close()
        await self.socket.close()
        await self._runner.cleanup()

    def _app(self) -> web.Application:
        ours = only_ours("/", links=lambda path: path in LINKED or path.startswith("/archives/"))
        app = web.Application(client_max_size=LARGEST_UPLOAD, middlewares=[ours])
        first, *others = self._branches
        app.add_routes(
            [
                web.route("*", "/api/{method}", self._call),
                web.get("/link/{ticket}", self.socket.serve),
                *self._oauth.routes(),
                *first.routes(),
                web.get("/", self._page),
                web.get("/archives/{rest:.*}", self._page),
            ]
        )
        for each in others:
            apart = web.Application(client_max_size=LARGEST_UPLOAD)
            apart.add_routes(each.routes())
            app.add_subapp(each.workspace.path, apart)
        if PAGE.is_dir():
            app.router.add_static("/static/", PAGE)
        return app

    async def _call(self, request: web.Request) -> web.StreamResponse:
        """A call of the Web API: its token says of which workspace."""
        method, args = request.match_info["method"], await arguments(request)
        secret = secret_of(request, args)
        asked = (each for each in self._branches if each.is_asked(method, args, secret))
        return await next(asked, self._branches[0]).web_api.serve(request)

    async def _page(self, _request: web.Request) -> web.StreamResponse:
        index = PAGE / "index.html"
        if not index.is_file():
            return web.Response(text="The stand-in workspace is running; its page is not installed.")
        return web.FileResponse(index, headers={"Content-Security-Policy": CSP, "Cache-Control": "no-cache"})


def refuse_others(host: str) -> None:
    """Raise for anything but loopback: the tokens are invented and the control API asks nobody who they are.

    Raises:
        NotLoopback: with the reason.
    """
    if host == "localhost":
        return
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise NotLoopback(f"the sandbox listens on loopback only, not on {host}: it lets anybody act as anybody")


def _written(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _port(runner: web.AppRunner) -> int:
    address = runner.addresses[0]
    return int(address[1]) if isinstance(address, tuple | list) else 0


async def run(wanted: Wanted, ready: Callable[[dict[str, object]], None]) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        NotLoopback: for any other address.
        OSError: when the port is taken.
    """
    server, stopped = Server(wanted), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    try:
        ready(await server.start())
        await stopped.wait()
    finally:
        await server.stop()


def announce(told: dict[str, object]) -> None:
    """One JSON line on standard output, for whoever started us."""
    print(json.dumps(told), flush=True)  # noqa: T201 - the line is the interface


__all__ = ["NotLoopback", "Server", "Wanted", "announce", "refuse_others", "run"]
