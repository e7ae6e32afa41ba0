"""Who people are in each workspace, as Slack told lately: their standing, the language they read, their groups."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from core.errors import SlackError
from core.language import N_, language_of
from core.slack import Person, Slack, Workspaces

WHO_WITHIN = 1.5  # seconds
KNOWN_FOR = 600.0  # seconds a person's standing is remembered
MOST_PEOPLE = 10_000
GROUPS_FOR = 300.0


class People:
    """One per bot process."""

    def __init__(self, workspaces: Workspaces, *, fallback: str, learned: Callable[[str, str, str], None]) -> None:
        """`fallback` is the language of whoever Slack does not tell us about. `learned` is told in which workspace,
        of whom, which language: of each now and then, so that what another process learned later does not stay
        unheard."""
        self._workspaces = workspaces
        self._fallback = fallback
        self._learned = learned
        self._told: dict[tuple[str, str], tuple[float, str]] = {}  # what it was told, and until when that will do
        self._asked: dict[tuple[str, str], tuple[float, asyncio.Task[Person | None]]] = {}  # by workspace
        self._groups: dict[tuple[str, str], tuple[float, frozenset[str]]] = {}  # who is in a user group, and until when

    def forget(self) -> None:
        """Ask again about everybody."""
        self._asked.clear()
        self._told.clear()

    async def person(self, team: str, user: str) -> Person | None:
        """Who that is, remembered for ten minutes; None when we lack the scope to know.

        Raises:
            SlackError: Slack did not tell in time.
        """
        slack, key = await self._door(team), self._key(team, user)
        asking = self._asked.get(key)
        now = asyncio.get_running_loop().time()
        # What hangs or failed is not asked again at once: whoever asks for the language first took the waiting.
        lasts = KNOWN_FOR if asking and asking[1].done() and not _failed(asking[1]) else 2 * WHO_WITHIN
        if asking is None or now - asking[0] > lasts:
            if len(self._asked) > MOST_PEOPLE:
                self._asked.clear()
            # Kept while it is under way: people who click fast are asked about once.
            asking = self._asked[key] = (now, asyncio.create_task(slack.person(user)))
        try:
            return await asyncio.wait_for(asyncio.shield(asking[1]), max(0.0, asking[0] + WHO_WITHIN - now))
        except TimeoutError as error:
            sentence = N_("Slack did not tell me in time who you are. Try again.")
            raise SlackError(sentence, method="users.info") from error

    async def language(self, team: str, user: str) -> str:
        """The language somebody reads; the setting's when Slack does not tell us at once, or it is none of ours."""
        try:
            person = await self.person(team, user) if user else None
        except SlackError:
            person = None
        if person is None:
            return self._fallback
        language = language_of(person.locale, self._fallback)
        self._tell(team, user, language)
        return language

    def language_known(self, team: str, user: str) -> str:
        """The same, of what is known already: for who has no time to wait."""
        asked = self._asked.get(self._key(team, user))
        known = asked[1].result() if asked is not None and asked[1].done() and not _failed(asked[1]) else None
        return language_of(known.locale, self._fallback) if known is not None else self._fallback

    def _tell(self, team: str, user: str, language: str) -> None:
        now = asyncio.get_running_loop().time()
        until, told = self._told.get((team, user), (0.0, ""))
        if language == told and now < until:
            return
        if len(self._told) > MOST_PEOPLE:
            self._told.clear()
        self._told[team, user] = now + KNOWN_FOR, language
        self._learned(team, user, language)

    async def groups_of(self, team: str, user: str, groups: list[str]) -> list[str]:
        """Which of these user groups of a workspace somebody is in; none, where we may not know who is.

        Raises:
            SlackError: Slack did not tell in time.
        """
        return [group for group in groups if user in await self._members(team, group)]

    async def _members(self, team: str, group: str) -> frozenset[str]:
        now = asyncio.get_running_loop().time()
        until, members = self._groups.get((team, group), (0.0, frozenset()))
        if now < until:
            return members
        try:
            members = await asyncio.wait_for((await self._door(team)).members(group), WHO_WITHIN)
        except TimeoutError as error:
            sentence = N_("Slack did not tell me in time which groups you are in. Try again.")
            raise SlackError(sentence, method="usergroups.users.list") from error
        self._groups[team, group] = now + GROUPS_FOR, members
        return members

    async def _door(self, team: str) -> Slack:
        return (await self._workspaces.of(team)).slack

    def _key(self, team: str, user: str) -> tuple[str, str]:
        """Where there is one workspace, all come from there, wherever they are at home."""
        return self._workspaces.us.team or team, user


def _failed(asking: asyncio.Task[Person | None]) -> bool:
    return asking.done() and (asking.cancelled() or asking.exception() is not None)
