"""Which door leads to which workspace: one for all where a bot token is set; else each workspace's own.

A workspace that installed us is looked up in the record now and then, so that all processes know within seconds that
it removed us. Its token is renewed before it ends, by one process.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, TypeVar

import structlog

from core.errors import BadSetting, GumshoeError, Revoked, SlackDown, SlackError, StoreDown
from core.installs import Installation, Vault
from core.language import N_
from core.slack.door import Identity, Slack
from core.slack.house import House
from core.slack.installing import renewed
from core.slack.openid import Client
from core.slack.rooms import Rooms
from core.store import Store

log = structlog.get_logger()
T = TypeVar("T")

KNOWN_FOR = 3.0  # seconds after which the record is asked again
LOOK_WITHIN = 1.5
RENEWED_WITHIN = 30.0  # seconds that one process may take; then another one tries
LOOK = 0.25
SEEN_OUT = 10.0  # seconds that a renewal which is under way gets when we stop
# Said twice: the installation is gone. "invalid_auth" is none of them: Slack says that to a good token, too, when it
# comes from an address that the app's list of allowed ones lacks (docs.slack.dev/reference/methods/auth.test).
GONE = frozenset({"token_revoked", "account_inactive"})
UNRENEWED = N_("My token for that workspace could not be renewed.")
NOBODY = Identity("", "", "", "", frozenset())


@dataclass
class Workspace:
    """One workspace as we reach it: its door, what is known of its channels, and who we are there."""

    slack: Slack
    identity: Identity = NOBODY
    rooms: Rooms = field(init=False)
    house: House = field(init=False)

    def __post_init__(self) -> None:
        self.rooms, self.house = Rooms(self.slack), House(self.slack)

    async def team(self) -> str:
        """Its id; asked once.

        Raises:
            SlackError: Slack does not say.
        """
        if not self.identity.team:
            self.identity = await self.slack.whoami()
        return self.identity.team


class NotInstalled(Revoked):
    """No installation of this workspace is known, or it is gone."""


class Workspaces(Protocol):
    """All workspaces that we are in."""

    @property
    def anyone(self) -> Slack:
        """A door for what belongs to none of them."""

    @property
    def us(self) -> Identity:
        """Who we are, where there is one; nobody, where there are many."""

    async def of(self, team: str) -> Workspace:
        """One of them.

        Raises:
            NotInstalled: we are not in it.
            SlackDown: that could not be found out.
        """

    async def close(self) -> None:
        """Close all doors."""


class Alone:
    """The one workspace whose bot token is set; whatever comes to us comes from there."""

    def __init__(self, slack: Slack) -> None:
        self.workspace = Workspace(slack)

    @property
    def anyone(self) -> Slack:
        return self.workspace.slack

    @property
    def us(self) -> Identity:
        return self.workspace.identity

    async def of(self, team: str) -> Workspace:  # noqa: ARG002
        return self.workspace

    async def close(self) -> None:
        await self.workspace.slack.close()


class Many:
    """Those that installed us."""

    def __init__(
        self, store: Store, vault: Vault, app: Client, *, door: Callable[..., Slack], known_for: float = KNOWN_FOR
    ) -> None:
        """`door` makes a door from a token and the arguments of Slack; `known_for` is how long what the record said of
        a workspace is believed."""
        self._record, self._vault, self._app, self._door = store.installations, vault, app, door
        self._known_for = known_for
        self.anyone = door("")  # it has no token
        self.us = NOBODY
        self._known: dict[str, tuple[float, Installation | None]] = {}
        self._open: dict[str, tuple[object, Workspace]] = {}  # with the mark of the token that its door has
        self._under_way: set[asyncio.Task[Any]] = set()

    async def of(self, team: str) -> Workspace:
        found = await self._look(team)
        if found is None or not found.is_here:
            raise NotInstalled(N_("I am not installed in that workspace."), code="not_installed")
        if found.is_ending:
            found = await self._lasting(found)
        try:
            return self._opened(found)
        except BadSetting as error:  # nothing is known of the installation itself
            log.warning("tokens do not open", team=team, why=str(error))
            raise SlackDown(N_("I cannot reach that workspace as I am set up."), code="sealed") from error

    async def close(self) -> None:
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=SEEN_OUT)
        for _, each in self._open.values():
            await each.slack.close()
        await self.anyone.close()

    def forget(self, team: str) -> None:
        """Something happened to its installation: look again at once. Other processes do within seconds."""
        self._known.pop(team, None)

    async def doubt(self, team: str, code: str = "") -> None:
        """Slack said that its token is good no more."""
        try:
            await self.check(team)
        except (SlackError, StoreDown, BadSetting) as error:
            log.warning("a token is in doubt", team=team, code=code, why=str(error))

    async def check(self, team: str) -> None:
        """It is said that its token is good no more: ask Slack, and believe it when it says so itself.

        Raises:
            SlackError, StoreDown: Slack does not say, or the record does not.
            BadSetting: its tokens do not open.
        """
        self.forget(team)
        found = await self._look(team)
        if found is None or not found.is_here:
            return
        workspace = self._opened(found)  # with the token that is kept now, whichever it was about
        try:
            await workspace.slack.calls.call("auth.test", {})
        except Revoked as error:
            ends = found.expires_at is not None
            if error.code in GONE and (not ends or await self._claim(found)):  # else it is just being renewed
                await self.end(found, why=error.code)
            elif error.code not in GONE and ends:
                await self._renewed(found)

    async def end(self, found: Installation, *, why: str) -> bool:
        """It is gone. False: it was before, or there is another one by now."""
        ended = await asyncio.to_thread(partial(self._record.end, found, why=why))
        self.forget(found.team)
        if ended:
            log.warning("installation gone", team=found.team, code=why)
        return ended

    async def _look(self, team: str) -> Installation | None:
        at, known = self._known.get(team, (0.0, None))
        if at and time.monotonic() - at < self._known_for:
            return known
        try:
            found = await asyncio.wait_for(asyncio.to_thread(self._record.get, team), LOOK_WITHIN)
        except (StoreDown, TimeoutError) as error:
            if known is not None:
                return known  # what was true a moment ago
            raise SlackDown(N_("I could not find out how to reach that workspace."), code="record") from error
        self._known[team] = time.monotonic(), found
        return found

    def _opened(self, found: Installation) -> Workspace:
        mark, workspace = self._open.get(found.team, (None, None))
        if workspace is None or mark != found.mark:
            token = self._vault.open(found.team, found.sealed).bot
            if workspace is None:
                workspace = Workspace(self._door(token, team=found.team, doubt=partial(self.doubt, found.team)))
            workspace.slack.calls.use(token)
            workspace.identity = Identity(found.team, found.name, found.bot_user, found.bot, found.scopes)
            self._open[found.team] = found.mark, workspace
        return workspace

    async def _lasting(self, found: Installation) -> Installation:
        """The same, for whoever wants a door now: while the record is away, a token that has not ended does."""
        try:
            return await self._renewed(found)
        except StoreDown as error:
            log.warning("token not renewed", team=found.team, why=str(error))
            if not found.is_ended:
                return found
            raise SlackDown(UNRENEWED, code="record") from error

    async def _renewed(self, found: Installation) -> Installation:
        """The installation with tokens that last. Of several processes one asks Slack: a refresh token is good once. So
        this is seen to its end, also when nobody waits for it any more."""
        if not await self._claim(found):
            return found if not found.is_ended else await self._renewed_elsewhere(found)
        return await asyncio.shield(self._see_out(self._renew(found)))

    async def _claim(self, found: Installation) -> bool:
        return await asyncio.to_thread(partial(self._record.begin_renewal, found, lease=RENEWED_WITHIN))

    async def _renew(self, found: Installation) -> Installation:
        try:
            tokens, end = await renewed(self.anyone, self._app, self._vault.open(found.team, found.sealed))
        except (SlackError, BadSetting) as error:
            log.warning("token not renewed", team=found.team, why=str(error))
            if not found.is_ended:
                return found
            if isinstance(error, SlackError) and error.code == "invalid_refresh_token":
                await self.end(found, why=error.code)
            raise SlackDown(UNRENEWED, code="not_renewed") from error
        keep = partial(self._record.renew, found, self._vault.seal(found.team, tokens), expires_at=end)
        try:
            await self._write(found.team, keep)
        except StoreDown:
            self._see_out(self._insist(found.team, keep))
            raise
        return await self._look(found.team) or found

    async def _write(self, team: str, keep: Callable[[], bool]) -> None:
        if await asyncio.to_thread(keep):  # else somebody installed us again meanwhile
            log.info("token renewed", team=team)
        self.forget(team)

    async def _insist(self, team: str, keep: Callable[[], bool]) -> None:
        """Slack gives the same tokens to nobody again: the record gets them as soon as it is back."""
        while True:
            await asyncio.sleep(LOOK)
            with suppress(StoreDown):
                await self._write(team, keep)
                return

    def _see_out(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._under_way.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, GumshoeError):  # those were told, and perhaps nobody waits
            log.error("renewal failed on our side", exc_info=error)

    async def _renewed_elsewhere(self, found: Installation) -> Installation:
        deadline = time.monotonic() + RENEWED_WITHIN
        while time.monotonic() < deadline:
            self.forget(found.team)
            seen = await self._look(found.team)
            if seen is None or seen.version != found.version:
                return seen or found
            await asyncio.sleep(LOOK)
        raise SlackDown(UNRENEWED, code="not_renewed")
