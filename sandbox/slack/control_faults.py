"""The control API's other half: faults, sockets, tokens, channels, time, deliveries by hand, the feed of changes."""

import json
from dataclasses import replace
from typing import Any

from aiohttp import web

from sandbox.slack.acting import Acting
from sandbox.slack.cast import BOT, Channel
from sandbox.slack.control import Route, body_of, guarded, told_ack, told_channel
from sandbox.slack.delivery import Parcel
from sandbox.slack.faults import Faults
from sandbox.slack.refusal import Refused
from sandbox.slack.signed_http import SignedHttp
from sandbox.slack.socket_mode import SocketMode
from sandbox.slack.tiers import Tiers
from sandbox.slack.wire import Json, flag, number, text, whole

LONGEST_WAIT = 60.0
KINDS = {"event": "events_api", "command": "slash_commands", "interaction": "interactive"}
CHANNEL_FIELDS = ("name", "is_private", "is_archived", "is_ext_shared", "post_error")


class FaultControl:
    """Turns the workspace's screws."""

    def __init__(self, acting: Acting, faults: Faults, tiers: Tiers, socket: SocketMode, http: SignedHttp) -> None:
        self._acting, self._faults, self._tiers = acting, faults, tiers
        self._socket, self._http = socket, http
        self._workspace = acting.world.workspace

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        posts: dict[str, Route] = {
            "fault": self.fault,
            "socket": self.socket,
            "redeliver": self.redeliver,
            "forge": self.forge,
            "channel": self.channel,
            "person": self.person,
            "crowd": self.crowd,
            "token": self.token,
            "settings": self.settings,
            "clock": self.clock,
            "message/delete": self.delete_message,
            "reset": self.reset,
        }
        return [
            *(web.post(f"/control/{name}", guarded(route)) for name, route in posts.items()),
            web.delete("/control/fault", guarded(self.clear_faults)),
            web.get("/control/fault", guarded(self.list_faults)),
            web.get("/control/changes", guarded(self.changes)),
            web.get("/control/stream", self.stream),
        ]

    async def fault(self, request: web.Request) -> web.Response:
        """POST {method, kind, times?, retry_after?, seconds?, code?, match?}."""
        fault = self._faults.order(await body_of(request, "kind"))
        self._workspace.changes.add("fault")
        return web.json_response({"ok": True, "id": fault.id})

    async def list_faults(self, _request: web.Request) -> web.Response:
        """GET -> {faults}: the orders that are still open."""
        return web.json_response({"faults": self._faults.listed()})

    async def clear_faults(self, _request: web.Request) -> web.Response:
        """DELETE: forget all orders."""
        self._faults.clear()
        self._workspace.changes.add("fault")
        return web.json_response({"ok": True})

    async def socket(self, request: web.Request) -> web.Response:
        """POST {action: disconnect|refresh|disable|drop|deaf|undeaf|mute|unmute} -> {connections}."""
        body = await body_of(request, "action")
        return web.json_response({"connections": await self._socket.act(text(body, "action"))})

    async def redeliver(self, request: web.Request) -> web.Response:
        """POST {kind?, last?, times?, same_ids?, scramble?} -> {acks}: send again what was sent.

        `last` says how many of the latest, `scramble` turns their order round, and without `same_ids` each copy gets
        ids of its own, as in the field when one message came several times with different event ids.
        """
        body = await body_of(request)
        kind = KINDS.get(text(body, "kind"), text(body, "kind"))
        known = [parcel for parcel in self._acting.delivery.sent if kind in ("", parcel.kind)]
        chosen = known[-whole(body, "last", 1) :]
        if not chosen:
            raise Refused("nothing was delivered yet")
        if flag(body, "scramble"):
            chosen.reverse()
        acks = []
        for _ in range(whole(body, "times", 1)):
            for parcel in chosen:
                again = parcel if flag(body, "same_ids", True) else self._with_other_ids(parcel)
                if again.kind == "events_api" and again is parcel:
                    again = replace(parcel, retry=1, reason="timeout")
                acks.append(await self._deliver(again))
        return web.json_response({"acks": acks})

    def _with_other_ids(self, parcel: Parcel) -> Parcel:
        payload = dict(parcel.payload)
        if "event_id" in payload:
            payload["event_id"] = self._workspace.mint("Ev")
        if payload.get("trigger_id"):
            user = payload.get("user_id") or payload["user"]["id"]
            payload["trigger_id"] = self._workspace.mint_trigger(user)
        return replace(parcel, payload=payload)

    async def forge(self, request: web.Request) -> web.Response:
        """POST {kind, payload, secret?, age?}: deliver anything, also signed wrongly or long ago (HTTP only)."""
        body = await body_of(request, "kind", "payload")
        kind: Any = KINDS.get(text(body, "kind"), text(body, "kind"))
        if kind not in KINDS.values() or not isinstance(body["payload"], dict):
            raise Refused(f"kind must be one of {', '.join(KINDS)} and payload an object")
        parcel = Parcel(kind, body["payload"], secret=text(body, "secret"), age=whole(body, "age", 0))
        return web.json_response(await self._deliver(parcel))

    async def _deliver(self, parcel: Parcel) -> Json:
        ack = await self._acting.delivery.deliver(parcel, keep=False)
        payload = parcel.payload
        if parcel.kind == "slash_commands":
            ack, _ = self._acting.show_answer(ack, payload["user_id"], payload["channel_id"], payload["command"])
        return told_ack(ack) | {"response": ack.body}

    async def channel(self, request: web.Request) -> web.Response:
        """POST {id, name?, is_private?, is_archived?, is_ext_shared?, post_error?, bot_is_member?, members?, deleted?}.

        A new id with `members` opens a channel. A deleted one is gone for good, as far as the bot can see.
        """
        body = await body_of(request, "id")
        known, wanted = self._workspace.channels, text(body, "id")
        if wanted not in known and isinstance(body.get("members"), list):
            known[wanted] = Channel(wanted, text(body, "name", wanted.lower()), set())
        channel = known.get(wanted)
        if channel is None:
            raise Refused(f"there is no channel {body['id']!r}")
        for name in CHANNEL_FIELDS:
            if name in body:
                setattr(channel, name, body[name])
        if isinstance(body.get("members"), list):
            channel.members = set(body["members"])
        if "bot_is_member" in body:
            (channel.members.add if flag(body, "bot_is_member") else channel.members.discard)(BOT)
        if flag(body, "deleted"):
            del known[channel.id]
        self._workspace.changes.add("channel", channel=channel.id)
        return web.json_response(told_channel(channel))

    async def person(self, request: web.Request) -> web.Response:
        """POST {id, is_restricted?, is_stranger?, deleted?, is_admin?, team?, locale?}."""
        body = await body_of(request, "id")
        fields = ("is_restricted", "is_stranger", "deleted", "is_admin", "team", "locale")
        self._workspace.change_person(text(body, "id"), **{name: body[name] for name in fields if name in body})
        return web.json_response(self._workspace.person(text(body, "id")).as_json())

    async def crowd(self, request: web.Request) -> web.Response:
        """POST {people, channels} -> {people, channels}: the ids of so many new ones; everybody is in each channel."""
        body = await body_of(request)
        people, channels = self._workspace.invite(whole(body, "people", 0), whole(body, "channels", 0))
        return web.json_response({"people": people, "channels": channels})

    async def token(self, request: web.Request) -> web.Response:
        """POST {revoked?, inactive?, scopes?, secret?}: what the bot token is worth; another secret replaces it."""
        body = await body_of(request)
        token = self._workspace.bot_token
        token.secret = text(body, "secret", token.secret)
        if isinstance(body.get("scopes"), list):
            token.scopes = set(body["scopes"])
        if "revoked" in body or "inactive" in body:
            inactive = "account_inactive" if flag(body, "inactive") else ""
            token.trouble = "token_revoked" if flag(body, "revoked") else inactive
        return web.json_response({"scopes": sorted(token.scopes), "trouble": token.trouble})

    async def settings(self, request: web.Request) -> web.Response:
        """POST {ack_timeout?, trigger_life?, retry_delays?, enforce_tiers?, text_required?, autolink?, events_url?}."""
        settings, body = self._workspace.settings, await body_of(request)
        for name, value in body.items():
            if name not in vars(settings):
                raise Refused(f"no setting {name!r}; known: {', '.join(vars(settings))}")
            setattr(settings, name, tuple(value) if name == "retry_delays" else value)
        verified = await self._http.verify_url() if body.get("events_url") else None
        return web.json_response({**vars(settings), "url_verified": verified})

    async def clock(self, request: web.Request) -> web.Response:
        """POST {advance: seconds} -> {now}: let triggers, response URLs and retry delays run on."""
        body = await body_of(request)
        await self._workspace.clock.advance(number(body, "advance", 0))
        return web.json_response({"now": self._workspace.clock.now()})

    async def delete_message(self, request: web.Request) -> web.Response:
        """POST {channel, ts}: as if an admin had deleted it."""
        body = await body_of(request, "channel", "ts")
        message = self._workspace.messages.find(text(body, "channel"), text(body, "ts"))
        if message is None:
            raise Refused("message_not_found")
        self._workspace.delete(message)
        return web.json_response({"ok": True})

    async def reset(self, _request: web.Request) -> web.Response:
        """POST: an empty workspace again; connections stay."""
        for part in (self._faults, self._tiers, self._acting.world.views, self._acting.world.files):
            part.clear()
        self._acting.responses.clear()
        self._acting.delivery.sent.clear()
        for action in ("undeaf", "unmute"):
            await self._socket.act(action)
        self._workspace.reset()
        return web.json_response({"ok": True, "seq": self._workspace.changes.seq})

    async def changes(self, request: web.Request) -> web.Response:
        """GET ?since=&timeout=&kind= -> {seq, changes}: waits until there is one, or the time is up."""
        query = dict(request.query)
        timeout = min(number(query, "timeout", 0), LONGEST_WAIT)
        changes = await self._workspace.changes.wait(whole(query, "since", 0), timeout, query.get("kind", ""))
        return web.json_response({"seq": self._workspace.changes.seq, "changes": changes})

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """GET ?since=: the same as server-sent events."""
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        feed = self._workspace.changes
        seq = whole(dict(request.query), "since", whole(dict(request.headers), "Last-Event-ID", feed.seq))
        try:
            while True:
                for entry in await feed.wait(seq, 15.0):
                    seq = entry["seq"]
                    await response.write(f"id: {seq}\ndata: {json.dumps(entry)}\n\n".encode())
                await response.write(b": still here\n\n")
        except ConnectionError:
            return response
