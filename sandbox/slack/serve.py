"""Starts the stand-in workspace: all its doors on one loopback port."""

import asyncio
import ipaddress
import json
import mimetypes
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from sandbox.slack.acting import Acting
from sandbox.slack.control import LookControl, PeopleControl
from sandbox.slack.control_faults import FaultControl
from sandbox.slack.delivery import Delivery
from sandbox.slack.faults import Faults
from sandbox.slack.files import Files
from sandbox.slack.methods import World
from sandbox.slack.methods.files import seen_by_bot
from sandbox.slack.openid import Client, OpenId
from sandbox.slack.refusal import Refused
from sandbox.slack.responses import Responses
from sandbox.slack.signed_http import SignedHttp
from sandbox.slack.socket_mode import SocketMode
from sandbox.slack.tiers import Tiers
from sandbox.slack.views import Views
from sandbox.slack.web_api import Done, WebApi, arguments
from sandbox.slack.workspace import DEFAULT_SCOPES, Settings, Token, Workspace
from sandbox.visitors import only_ours

PAGE = Path(__file__).parent / "page"
LINKED = ("/", "/openid/connect/authorize")  # where other pages may send people
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
    """The running workspace."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        settings = Settings(enforce_tiers=wanted.enforce_tiers, events_url=wanted.events_url)
        bot = Token(wanted.bot_token, set(wanted.scopes))
        app = Token(wanted.app_token, {"connections:write"})
        self.workspace = Workspace(bot, app, wanted.signing_secret, settings=settings)
        self.socket, self._http = SocketMode(self.workspace), SignedHttp(self.workspace)
        self._delivery = Delivery(self.workspace, self.socket, self._http)
        self._responses, self._faults, self._tiers = Responses(self.workspace), Faults(), Tiers(self.workspace.clock)
        self._openid = OpenId(self.workspace, wanted.client)
        self._world = World(self.workspace, Views(self.workspace), Files(), self.socket.mint_ticket, self._openid)
        self._web_api = WebApi(self._world, self._faults, self._tiers)
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=0.5, handler_cancellation=True)

    async def start(self) -> dict[str, object]:
        """Listen, and answer with where and with which tokens.

        Raises:
            NotLoopback: for any other address.
        """
        refuse_others(self._wanted.host)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._wanted.host, self._wanted.port)
        await site.start()
        self.workspace.url = f"http://{_written(self._wanted.host)}:{_port(self._runner)}"
        return {
            "url": self.workspace.url,
            "api_url": f"{self.workspace.url}/api/",
            "bot_token": self._wanted.bot_token,
            "app_token": self._wanted.app_token,
            "signing_secret": self._wanted.signing_secret,
            "client_id": self._wanted.client.id,
            "client_secret": self._wanted.client.secret,
        }

    async def stop(self) -> None:
        """Close all connections and stop listening."""
        await self._web_api.close()
        await self._delivery.close()
        await self.socket.close()
        await self._http.close()
        await self._runner.cleanup()

    def _app(self) -> web.Application:
        ours = only_ours("/", links=lambda path: path in LINKED or path.startswith("/archives/"))
        app = web.Application(client_max_size=LARGEST_UPLOAD, middlewares=[ours])
        acting = Acting(self._world, self._delivery, self._responses)
        app.add_routes(
            [
                web.route("*", "/api/{method}", self._web_api.serve),
                web.get("/link/{ticket}", self.socket.serve),
                web.post("/upload/v1/{file}", self._upload),
                web.post("/response/{url}", self._respond),
                web.get("/files-pri/{file}/{name:.*}", self._download),
                *self._openid.routes(),
                *PeopleControl(acting).routes(),
                *LookControl(self._world).routes(),
                *FaultControl(acting, self._faults, self._tiers, self.socket, self._http).routes(),
                web.get("/", self._page),
                web.get("/archives/{rest:.*}", self._page),
            ]
        )
        if PAGE.is_dir():
            app.router.add_static("/static/", PAGE)
        return app

    async def _page(self, _request: web.Request) -> web.StreamResponse:
        index = PAGE / "index.html"
        if not index.is_file():
            return web.Response(text="The stand-in workspace is running; its page is not installed.")
        return web.FileResponse(index, headers={"Content-Security-Policy": CSP, "Cache-Control": "no-cache"})

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        file_id, content = request.match_info["file"], await _uploaded(request)
        args = {"file": file_id, "length": len(content)}
        return await self._web_api.under_faults(request, "upload", args, lambda: self._store(file_id, content))

    def _store(self, file_id: str, content: bytes) -> Done:
        file = self._world.files.by_id.get(file_id)
        if file is None or file.completed:
            return web.Response(status=404, text="unknown upload"), "file_not_found"
        if len(content) != file.length:
            return web.Response(status=400, text=f"{file.length} bytes were announced"), "wrong_length"
        file.content = content
        return web.Response(text=f"OK - {len(content)}"), None

    async def _download(self, request: web.Request) -> web.StreamResponse:
        team_and_file = request.match_info["file"]
        secret = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        args = {"file": team_and_file.rpartition("-")[2]}
        return await self._web_api.under_faults(
            request, "files.download", args, lambda: self._hand_out(args["file"], secret)
        )

    def _hand_out(self, file_id: str, secret: str) -> Done:
        """A file's bytes to whom may have them; to others a login page with status 200, as Slack does."""
        file, token = self._world.files.by_id.get(file_id), self.workspace.bot_token
        known = secret == token.secret and not token.trouble and "files:read" in token.scopes
        if file is None or file.content is None or not known or not seen_by_bot(self._world, file):
            login = "<!doctype html><html><title>Sign in to Slack</title></html>"
            return web.Response(text=login, content_type="text/html"), "not_authed"
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        return web.Response(body=file.content, content_type=kind), None

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        url, args = request.match_info["url"], await arguments(request)
        return await self._web_api.under_faults(request, "response_url", args, lambda: self._answer(url, args))

    def _answer(self, url: str, body: dict[str, object]) -> Done:
        try:
            self._responses.post(url, body)
        except Refused as refusal:
            status = 404 if refusal.error in ("expired_url", "used_url") else 400
            return web.json_response(refusal.body(), status=status), refusal.error
        return web.Response(text="ok"), None


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


async def _uploaded(request: web.Request) -> bytes:
    if request.content_type != "multipart/form-data":
        return await request.read()
    for part in (await request.post()).values():
        if isinstance(part, web.FileField):
            return part.file.read()
    return b""


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
