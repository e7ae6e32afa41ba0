"""The Web API's door: reads a call, checks its token and scopes, applies ordered faults, answers as Slack does."""

import asyncio
import time
from collections.abc import Callable

from aiohttp import web

from sandbox.slack.faults import Fault, Faults
from sandbox.slack.methods import METHODS, Call, Method, World
from sandbox.slack.refusal import Refused
from sandbox.slack.tiers import Tiers
from sandbox.slack.wire import Json, parsed, text
from sandbox.slack.workspace import Token

STATUS = {"500": 500, "503": 503}
POSTS = {"chat.postMessage": "channel", "files.completeUploadExternal": "channel_id"}  # what puts a message somewhere
NO_TOKEN = Token("", set())
ARGUMENTS: web.RequestKey[Json] = web.RequestKey("arguments", dict)
Done = tuple[web.Response, str | None]  # the answer, and the error it tells of
Work = Callable[[], Done]


class WebApi:
    """Serves `/api/<method>`, and lends its faults and its traffic record to the other doors."""

    def __init__(self, world: World, faults: Faults, tiers: Tiers) -> None:
        self._world, self._faults, self._tiers = world, faults, tiers
        self._late: set[asyncio.Task[web.StreamResponse]] = set()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One call of a Web API method."""
        method, args = request.match_info["method"], await arguments(request)
        secret = secret_of(request, args)
        return await self.under_faults(request, method, args, lambda: self._perform(request, method, args, secret))

    async def under_faults(self, request: web.Request, method: str, args: Json, work: Work) -> web.StreamResponse:
        """Do the work and write it into the record of traffic, or suffer the fault that was ordered for this call."""
        fault = self._faults.take(method, args)
        if fault is not None:
            self._world.workspace.changes.add("fault", method=method, fault=fault.kind)
        entry = self._record(method, args, fault)
        if fault is None:
            return self._finish(entry, *work())
        if fault.kind == "slow":
            # Slack does the work also when the caller has hung up meanwhile.
            task = asyncio.create_task(self._slowly(entry, fault.seconds, work))
            self._late.add(task)
            task.add_done_callback(self._late.discard)
            return await asyncio.shield(task)
        return await self._suffer(request, fault, entry, work)

    async def close(self) -> None:
        """Drop work that is still delayed."""
        for task in self._late:
            task.cancel()

    async def _slowly(self, entry: Json, seconds: float, work: Work) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return self._finish(entry, *work())

    async def _suffer(self, request: web.Request, fault: Fault, entry: Json, work: Work) -> web.StreamResponse:
        if fault.kind == "cut_after":
            work()
        if fault.kind in ("cut_after", "cut_before"):
            if request.transport is not None:
                request.transport.abort()
            return self._finish(entry, web.Response(), "connection cut")
        if fault.kind == "hang":
            self._finish(entry, web.Response(), "no answer")
            await asyncio.Event().wait()
        if fault.kind == "ok_only":
            work()
        return self._finish(entry, *instead(fault))

    def _perform(self, request: web.Request, method: str, args: Json, secret: str) -> Done:
        try:
            known = METHODS.get(method)
            if known is None:
                raise Refused("unknown_method", req_method=method)
            call = Call(
                method,
                args,
                self._token(known, secret),
                f"{request.scheme}://{request.host}{self._world.workspace.path}",
            )
            if known.scope:
                call.needs(known.scope)
            if self._world.workspace.settings.enforce_tiers:
                self._count(known, call)
            told = {"ok": True, **self._world.workspace.own(known.run(self._world, call))}
        except Refused as refusal:
            return refusal_answer(refusal)
        headers = {"X-OAuth-Scopes": ",".join(sorted(call.token.scopes)), "X-Accepted-OAuth-Scopes": known.scope}
        return web.json_response(told, headers=headers), None

    def _count(self, known: Method, call: Call) -> None:
        self._tiers.count(call.method, known.tier)
        if call.method in POSTS:
            self._tiers.count_post(text(call.args, POSTS[call.method]))

    def _token(self, method: Method, secret: str) -> Token:
        workspace = self._world.workspace
        if method.token == "none":
            return NO_TOKEN
        if not secret:
            raise Refused("not_authed")
        if method.token == "person":
            return Token(secret, set())  # the method knows whose it is
        tokens = {workspace.bot_token.secret: workspace.bot_token, workspace.app_token.secret: workspace.app_token}
        if secret in workspace.replaced:
            raise Refused("token_revoked")
        if secret not in tokens:
            raise Refused("invalid_auth")
        wanted = workspace.app_token if method.token == "app" else workspace.bot_token
        if tokens[secret] is not wanted:
            raise Refused("not_allowed_token_type")
        if wanted.trouble:
            raise Refused(wanted.trouble)
        return wanted

    def _record(self, method: str, args: Json, fault: Fault | None) -> Json:
        workspace = self._world.workspace
        entry: Json = {
            "seq": workspace.changes.seq,
            "at": workspace.clock.now(),
            "started": time.perf_counter(),
            "ms": None,
            "method": method,
            "args": {key: value for key, value in args.items() if key != "token"},
            "ok": None,
            "error": None,
            "fault": fault.kind if fault else None,
        }
        workspace.calls.append(entry)
        return entry

    def _finish(self, entry: Json, response: web.Response, error: str | None) -> web.Response:
        entry["ms"] = round((time.perf_counter() - entry["started"]) * 1000, 3)
        entry["error"], entry["ok"] = error, error is None
        changes = self._world.workspace.changes
        changes.add("call", method=entry["method"], ok=entry["ok"], error=entry["error"], fault=entry["fault"])
        entry["seq"] = changes.seq
        return response


def instead(fault: Fault) -> Done:
    """What is answered instead of what the method says."""
    if fault.kind == "error":
        return refusal_answer(Refused(fault.code))
    if fault.kind == "429":
        headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
        return web.json_response(Refused("ratelimited").body(), status=429, headers=headers), "ratelimited"
    if fault.kind in STATUS:
        return web.Response(status=STATUS[fault.kind], text="upstream trouble"), fault.kind
    page = web.Response(text="<html><body>Something went wrong</body></html>", content_type="text/html")
    odd = {
        "not_json": page,
        "not_object": web.json_response(["ok"]),
        "words": web.Response(text="all is well"),
        "ok_only": web.json_response({"ok": True}),
    }
    return odd[fault.kind], fault.kind


def refusal_answer(refusal: Refused) -> Done:
    """A refusal as Slack answers it: 200 with `ok: false`, or 429 with `Retry-After`."""
    if refusal.retry_after is None:
        return web.json_response(refusal.body()), refusal.error
    headers = {"Retry-After": str(refusal.retry_after)}
    return web.json_response(refusal.body(), status=429, headers=headers), refusal.error


async def arguments(request: web.Request) -> Json:
    """Arguments from the query, a form or JSON, later ones winning; JSON inside text is read. A body comes once."""
    if ARGUMENTS not in request:
        request[ARGUMENTS] = await _arguments(request)
    read: Json = request[ARGUMENTS]
    return dict(read)


async def _arguments(request: web.Request) -> Json:
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        body = parsed((await request.text()) or "{}")
        args |= body if isinstance(body, dict) else {}
    elif request.can_read_body:
        args |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
    structured = ("blocks", "attachments", "view", "metadata", "files", "message")
    return args | {key: parsed(args[key]) for key in structured if key in args}


def secret_of(request: web.Request, args: Json) -> str:
    """The token that a call comes with."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else text(args, "token")
