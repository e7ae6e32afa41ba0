"""One workspace with its own doors: its Web API, its people's hands, its control API. The app is the same in all."""

import mimetypes

from aiohttp import web

from sandbox.slack import payloads
from sandbox.slack.acting import Acting
from sandbox.slack.control import LookControl, PeopleControl
from sandbox.slack.control_faults import FaultControl
from sandbox.slack.control_installs import InstallControl
from sandbox.slack.delivery import Delivery, Parcel
from sandbox.slack.faults import Faults
from sandbox.slack.files import Files
from sandbox.slack.methods import World
from sandbox.slack.methods.files import seen_by_bot
from sandbox.slack.oauth import OAuth
from sandbox.slack.openid import OpenId
from sandbox.slack.refusal import Refused
from sandbox.slack.responses import Responses
from sandbox.slack.signed_http import SignedHttp
from sandbox.slack.socket_mode import SocketMode
from sandbox.slack.tiers import Tiers
from sandbox.slack.views import Views
from sandbox.slack.web_api import Done, WebApi, arguments
from sandbox.slack.wire import Json, text
from sandbox.slack.workspace import Workspace


class Branch:
    """A workspace that is open."""

    def __init__(self, workspace: Workspace, oauth: OAuth, socket: SocketMode) -> None:
        self.workspace, self._socket, self._http = workspace, socket, SignedHttp(workspace)
        oauth.workspaces.append(workspace)
        self.delivery = Delivery(workspace, socket, self._http)
        self._responses, self._faults, self._tiers = Responses(workspace), Faults(), Tiers(workspace.clock)
        openid = OpenId(workspace, oauth.client)
        self.world = World(workspace, Views(workspace), Files(), socket.mint_ticket, openid, self._leave, oauth)
        self.web_api = WebApi(self.world, self._faults, self._tiers)

    def _leave(self, kind: str, more: Json) -> None:
        event = payloads.event_callback(self.workspace, {"type": kind, "event_ts": self.workspace.stamp(), **more})
        self.delivery.spawn(self._tell(Parcel("events_api", event)))

    async def _tell(self, parcel: Parcel) -> None:
        await self.delivery.deliver_with_retries(parcel)

    def is_asked(self, method: str, args: Json, secret: str) -> bool:
        """Whether a call of the Web API is for this workspace."""
        openid = self.world.openid
        if method == "openid.connect.token":
            return text(args, "code") in openid.codes or text(args, "code") in openid.used
        return bool(secret) and secret in (self.workspace.bot_token.secret, *self.workspace.replaced, *openid.tokens)

    def routes(self) -> list[web.RouteDef]:
        """All but the Web API."""
        acting = Acting(self.world, self.delivery, self._responses)
        return [
            web.post("/upload/v1/{file}", self._upload),
            web.post("/response/{url}", self._respond),
            web.get("/files-pri/{file}/{name:.*}", self._download),
            *self.world.openid.routes(),
            *PeopleControl(acting).routes(),
            *LookControl(self.world).routes(),
            *FaultControl(acting, self._faults, self._tiers, self._socket, self._http).routes(),
            *InstallControl(self.world, self.delivery).routes(),
        ]

    async def close(self) -> None:
        await self.web_api.close()
        await self.delivery.close()
        await self._http.close()

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        file_id, content = request.match_info["file"], await _uploaded(request)
        args = {"file": file_id, "length": len(content)}
        return await self.web_api.under_faults(request, "upload", args, lambda: self._store(file_id, content))

    def _store(self, file_id: str, content: bytes) -> Done:
        file = self.world.files.by_id.get(file_id)
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
        return await self.web_api.under_faults(
            request, "files.download", args, lambda: self._hand_out(args["file"], secret)
        )

    def _hand_out(self, file_id: str, secret: str) -> Done:
        """A file's bytes to whom may have them; to others a login page with status 200, as Slack does."""
        file, token = self.world.files.by_id.get(file_id), self.workspace.bot_token
        known = secret == token.secret and not token.trouble and "files:read" in token.scopes
        if file is None or file.content is None or not known or not seen_by_bot(self.world, file):
            login = "<!doctype html><html><title>Sign in to Slack</title></html>"
            return web.Response(text=login, content_type="text/html"), "not_authed"
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        return web.Response(body=file.content, content_type=kind), None

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        url, args = request.match_info["url"], await arguments(request)
        return await self.web_api.under_faults(request, "response_url", args, lambda: self._answer(url, args))

    def _answer(self, url: str, body: dict[str, object]) -> Done:
        try:
            self._responses.post(url, body)
        except Refused as refusal:
            status = 404 if refusal.error in ("expired_url", "used_url") else 400
            return web.json_response(refusal.body(), status=status), refusal.error
        return web.Response(text="ok"), None


async def _uploaded(request: web.Request) -> bytes:
    if request.content_type != "multipart/form-data":
        return await request.read()
    for part in (await request.post()).values():
        if isinstance(part, web.FileField):
            return part.file.read()
    return b""
