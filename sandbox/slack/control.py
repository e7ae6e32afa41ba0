"""The control API: what people do, and what a test or the page may look at, under `/control/`."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.slack.acting import Acting
from sandbox.slack.acting_views import ActingInViews
from sandbox.slack.cast import Channel
from sandbox.slack.delivery import Ack
from sandbox.slack.methods import World
from sandbox.slack.refusal import Refused
from sandbox.slack.wire import Json, flag, parsed, text, whole

Route = Callable[[web.Request], Awaitable[web.StreamResponse]]


def guarded(route: Route) -> Route:
    """Answer refusals with 400 and their sentence."""

    async def answered(request: web.Request) -> web.StreamResponse:
        try:
            return await route(request)
        except Refused as refusal:
            return web.json_response(refusal.body(), status=400)

    return answered


async def body_of(request: web.Request, *required: str) -> Json:
    """The JSON body, which must have these fields.

    Raises:
        Refused: with a sentence naming the missing ones.
    """
    body = parsed(await request.text() or "{}")
    if not isinstance(body, dict):
        raise Refused("the body must be a JSON object")
    absent = [name for name in required if body.get(name) in (None, "")]
    if absent:
        raise Refused(f"missing: {', '.join(absent)}")
    return body


def told_ack(ack: Ack | None) -> Json:
    """An ack as the control API tells it."""
    if ack is None:
        return {"ack_ms": None, "status": "not_delivered", "error": None}
    return {"ack_ms": round(ack.ms, 3), "status": ack.status, "error": None if ack.ok else ack.status}


class PeopleControl:
    """What people do."""

    def __init__(self, acting: Acting) -> None:
        self._acting, self._views = acting, ActingInViews(acting)

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        posts: dict[str, Route] = {
            "command": self.command,
            "message": self.message,
            "click": self.click,
            "select": self.click,
            "shortcut": self.shortcut,
            "submit": self.submit,
            "close_view": self.close_view,
            "home": self.home,
        }
        return [web.post(f"/control/{name}", guarded(route)) for name, route in posts.items()]

    async def command(self, request: web.Request) -> web.Response:
        """POST {user, channel, text, command?} -> {ack_ms, status, ephemeral, error}."""
        body = await body_of(request, "user", "channel")
        if body.get("thread_ts"):
            raise Refused("slash commands do not work in threads")
        user, channel, command = text(body, "user"), text(body, "channel"), text(body, "command", "/scan")
        ack, answer = await self._acting.command(user, channel, command, text(body, "text"))
        shown = self._acting.world.workspace.messages.told(answer) if answer else None
        if shown is not None and answer is not None:
            shown["is_ephemeral"] = bool(answer.only_for)
        return web.json_response(told_ack(ack) | {"ephemeral": shown})

    async def message(self, request: web.Request) -> web.Response:
        """POST {user, channel, text, thread_ts?, files?} -> {ts, files, ack_ms, status, error}.

        A file is {name, content in base64}; mode, size and team make it an odd one.
        """
        body = await body_of(request, "user", "channel")
        files = [each for each in body.get("files") or [] if isinstance(each, dict)]
        if not files and not text(body, "text"):
            raise Refused("missing: text")
        user, channel, thread_ts = text(body, "user"), text(body, "channel"), text(body, "thread_ts")
        if text(body, "text").startswith("/") and thread_ts:
            raise Refused("slash commands do not work in threads")
        message, ack = await self._acting.write(user, channel, text(body, "text"), thread_ts, files)
        shared = [each["id"] for each in message.files]
        return web.json_response({"ts": message.ts, "files": shared, **told_ack(ack)})

    async def click(self, request: web.Request) -> web.Response:
        """POST {user, channel, ts | view_id, action_id, block_id?, value?, values?, action?, as_team?}."""
        body = await body_of(request, "user", "action_id")
        user, team = text(body, "user"), text(body, "as_team")
        if body.get("view_id"):
            ack = await self._views.press(user, text(body, "view_id"), body, team=team)
        else:
            ack = await self._acting.press(user, text(body, "channel"), text(body, "ts"), body, team=team)
        return web.json_response(told_ack(ack))

    async def shortcut(self, request: web.Request) -> web.Response:
        """POST {user, callback_id, channel?, ts?}: a message shortcut when a message is named, else a global one."""
        body = await body_of(request, "user", "callback_id")
        user, callback_id = text(body, "user"), text(body, "callback_id")
        if body.get("ts"):
            ack = await self._acting.message_shortcut(user, callback_id, text(body, "channel"), text(body, "ts"))
        else:
            ack = await self._acting.global_shortcut(user, callback_id)
        return web.json_response(told_ack(ack))

    async def submit(self, request: web.Request) -> web.Response:
        """POST {user, view_id, values} -> {ack_ms, status, error, errors, response}."""
        body = await body_of(request, "user", "view_id")
        values = body.get("values") or {}
        ack, errors = await self._views.submit(text(body, "user"), text(body, "view_id"), values)
        status = {"status": "refused"} if errors and ack is None else {}
        return web.json_response(told_ack(ack) | status | {"errors": errors, "response": ack.body if ack else {}})

    async def close_view(self, request: web.Request) -> web.Response:
        """POST {user, view_id, all?}."""
        body = await body_of(request, "user", "view_id")
        ack = await self._views.close(text(body, "user"), text(body, "view_id"), everything=flag(body, "all"))
        return web.json_response(told_ack(ack))

    async def home(self, request: web.Request) -> web.Response:
        """POST {user}: look at the Home tab."""
        body = await body_of(request, "user")
        return web.json_response(told_ack(await self._acting.look_home(text(body, "user"))))


class LookControl:
    """What may be looked at."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        gets: dict[str, Route] = {
            "state": self.state,
            "messages": self.messages,
            "home": self.home,
            "modal": self.modal,
            "calls": self.calls,
            "acks": self.acks,
            "files/{file}": self.file,
        }  # the page reads files here, without a token
        return [web.get(f"/control/{name}", guarded(route)) for name, route in gets.items()]

    async def state(self, _request: web.Request) -> web.Response:
        """GET -> {team, people, channels, settings, seq}."""
        workspace = self._world.workspace
        people = [{**p.as_json(), "team": p.team} for p in workspace.people.values() if not p.is_bot]
        return web.json_response(
            {
                "team": {"id": workspace.team.id, "name": workspace.team.name},
                "people": [person for person in people if person["id"] != "USLACKBOT"],
                "channels": [told_channel(channel) for channel in workspace.channels.values()],
                "settings": vars(workspace.settings),
                "scopes": sorted(workspace.bot_token.scopes),
                "seq": workspace.changes.seq,
            }
        )

    async def messages(self, request: web.Request) -> web.Response:
        """GET ?channel=&thread_ts=&user= -> {messages, seq}: a channel, or one thread of it, as that person sees it."""
        workspace, query = self._world.workspace, request.query
        channel, thread_ts, user = query.get("channel", ""), query.get("thread_ts", ""), query.get("user", "")
        if channel not in workspace.channels:
            raise Refused(f"there is no channel {channel!r}")
        told = []
        for message in workspace.messages.within(channel):
            in_thread = message.thread_ts not in ("", message.ts)
            wanted = thread_ts in (message.thread_ts, message.ts) if thread_ts else not in_thread or message.broadcast
            if wanted and message.is_visible_to(user):
                shown = workspace.messages.told(message)
                marks = {"is_ephemeral": bool(message.only_for), "only_for": message.only_for or None}
                unfurl = {"unfurl_links": message.unfurl_links, "unfurl_media": message.unfurl_media}
                told.append(shown | {"channel": channel} | marks | unfurl)
        return web.json_response({"messages": told, "seq": workspace.changes.seq})

    async def home(self, request: web.Request) -> web.Response:
        """GET ?user= -> the published Home tab, or null."""
        view = self._world.views.home(request.query.get("user", ""))
        return web.json_response(view.as_json() if view else None)

    async def modal(self, request: web.Request) -> web.Response:
        """GET ?user= -> {view, stack}: the top modal or null, and all that are open."""
        stack = [view.as_json() for view in self._world.views.stack(request.query.get("user", ""))]
        return web.json_response({"view": stack[-1] if stack else None, "stack": stack})

    async def calls(self, request: web.Request) -> web.Response:
        """GET ?method=&since= -> {calls, seq}: Web API traffic, tokens left out."""
        workspace, method = self._world.workspace, request.query.get("method", "")
        since = whole(dict(request.query), "since", 0)
        told = [
            {key: value for key, value in call.items() if key != "started"}
            for call in workspace.calls
            if call["seq"] > since and method in ("", call["method"])
        ]
        return web.json_response({"calls": told, "seq": workspace.changes.seq})

    async def acks(self, request: web.Request) -> web.Response:
        """GET ?since= -> {acks, seq}."""
        workspace, since = self._world.workspace, whole(dict(request.query), "since", 0)
        return web.json_response(
            {"acks": [ack for ack in workspace.acks if ack["seq"] > since], "seq": workspace.changes.seq}
        )

    async def file(self, request: web.Request) -> web.Response:
        """GET -> the bytes of an uploaded file, never as something a browser runs."""
        file = self._world.files.by_id.get(request.match_info["file"])
        if file is None or file.content is None:
            raise Refused("file_not_found")
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
        return web.Response(body=file.content, content_type="text/plain", charset="utf-8", headers=headers)


def told_channel(channel: Channel) -> Json:
    """A channel as the control API tells it."""
    marks = {"is_dm": channel.is_dm, "bot_is_member": channel.bot_is_member, "post_error": channel.post_error}
    return channel.as_json() | marks | {"members": sorted(channel.members)}
