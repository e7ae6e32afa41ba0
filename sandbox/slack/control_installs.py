"""The control API's part about the app's coming and going."""

from aiohttp import web

from sandbox.slack import payloads
from sandbox.slack.cast import BOT
from sandbox.slack.control import body_of, guarded, told_ack
from sandbox.slack.delivery import Delivery, Parcel
from sandbox.slack.methods import World
from sandbox.slack.oauth import Manner
from sandbox.slack.refusal import Refused
from sandbox.slack.wire import flag, number


class InstallControl:
    """Removes the app, and makes installations odd."""

    def __init__(self, world: World, delivery: Delivery) -> None:
        self._world, self._delivery = world, delivery

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        posts = {"uninstall": self.uninstall, "revoke": self.revoke, "oauth": self.oauth}
        return [web.post(f"/control/{name}", guarded(route)) for name, route in posts.items()]

    async def uninstall(self, request: web.Request) -> web.Response:
        """POST {ago?, told?, real?}: an admin removes the app, so many seconds ago. With `told` false the app is not
        told; with `real` false it is told, and the token works on, as when the event is older than an installation."""
        return await self._leave(request, "account_inactive", "app_uninstalled", {})

    async def revoke(self, request: web.Request) -> web.Response:
        """POST {bot?, ago?, told?, real?}: the bot's token is revoked; without `bot` only some person's."""
        bot = flag(await body_of(request), "bot")
        tokens = {"oauth": ["U0BOB"], "bot": [BOT] if bot else []}
        return await self._leave(request, "token_revoked" if bot else "", "tokens_revoked", {"tokens": tokens})

    async def _leave(self, request: web.Request, trouble: str, kind: str, more: dict[str, object]) -> web.Response:
        body, workspace = await body_of(request), self._world.workspace
        if flag(body, "real", True) and trouble:
            workspace.bot_token.trouble = trouble
        if not flag(body, "told", True):
            return web.json_response(told_ack(None))
        event = payloads.event_callback(workspace, {"type": kind, "event_ts": workspace.stamp(), **more})
        event["event_time"] -= int(number(body, "ago", 0))
        ack = await self._delivery.deliver(Parcel("events_api", event))
        return web.json_response(told_ack(ack))

    async def oauth(self, request: web.Request) -> web.Response:
        """POST {expires_in?, without?, org_wide?, app?, no_refresh?}: what is odd about installations from now on."""
        body = await body_of(request)
        if unknown := {*body} - {*vars(Manner())}:
            raise Refused(f"unknown: {', '.join(sorted(unknown))}")
        manner = self._world.oauth.manner = Manner()
        for name, value in body.items():
            setattr(manner, name, tuple(value) if isinstance(value, list) else value)
        return web.json_response({"ok": True})
