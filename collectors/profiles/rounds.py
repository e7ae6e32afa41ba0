"""Asking many services side by side, and keeping count of who knew, who did not and who could not be asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from collectors.profiles.places import Place, key, place_of
from collectors.profiles.profile import Profile
from collectors.profiles.services import Question
from collectors.zone.telling import as_they_come

if TYPE_CHECKING:
    from collectors.fetch import Fetch

AT_ONCE = 8
MOST_LINKED = 12  # profiles that others link to and that are read too


@dataclass(slots=True)
class Pointer:
    """Somebody who points at a profile."""

    label: str  # "GitHub: ada-example", "example.com"
    how: str
    proven: bool


@dataclass(slots=True)
class Linked:
    """A profile that others point at and that was not read yet."""

    place: Place
    by: list[Pointer] = field(default_factory=list)


class Round:
    """What was asked so far, and what was answered."""

    def __init__(self, fetch: Fetch) -> None:
        self.fetch = fetch
        self.profiles: dict[str, Profile] = {}
        self.knew: list[str] = []
        self.none: list[str] = []
        self.missed: list[str] = []
        self.absent: set[str] = set()  # keys of profiles that are not there
        self._asked: set[str] = set()
        self._failed: set[str] = set()  # services and servers
        self._names: dict[str, str] = {}  # every key of a profile -> the first one

    async def ask(self, questions: Iterable[Question]) -> AsyncGenerator[Profile, None]:
        """The profiles that are there, each once, as they come. A service that fails is a gap with its name.

        One that failed before in this run is not asked again: it is down, or wants to be left alone.
        """
        slots = asyncio.Semaphore(AT_ONCE)
        looks = [self._look(question, slots) for question in questions if question.source not in self._failed]
        async with aclosing(as_they_come(*looks)) as coming:
            async for profile, where in coming:
                if self._keep(profile, where):
                    yield profile

    async def _look(self, question: Question, slots: asyncio.Semaphore) -> list[tuple[Profile, str]]:
        self._asked.add(question.key)
        async with slots:
            found = await self.fetch.tolerate(question.look(self.fetch), question.who)
        if found is None:
            self.missed.append(question.who)
            self._failed.add(question.source)
        elif found:
            self.knew.append(question.who)
        else:
            self.none.append(question.who)
            self.absent.add(question.key)
        return [(profile, "" if profile.loose else question.key) for profile in found or []]

    def _keep(self, profile: Profile, where: str) -> bool:
        """Note a profile under its own names and the one it was asked for by; False when it is known already."""
        own = keys_of(profile)
        if any(each in self._names for each in own):
            self._names.setdefault(where, self._names[next(each for each in own if each in self._names)])
            return False
        self.profiles[own[0]] = profile
        self._names.update(dict.fromkeys(filter(None, (where, *own)), own[0]))
        return True

    def known(self, where: str) -> Profile | None:
        """The profile that this key means, if it was read."""
        return self.profiles.get(self._names.get(where, ""))

    def was_asked(self, where: str) -> bool:
        return where in self._asked or where in self._names

    def pointed_at(self) -> list[Linked]:
        """Profiles that those read point at, and that were not asked for."""
        found: dict[str, Linked] = {}
        for profile in self.profiles.values():
            for link in profile.links:
                place = place_of(link.url)
                if place is None or self.was_asked(place.key):
                    continue
                found.setdefault(place.key, Linked(place)).by.append(Pointer(profile.label, link.how, link.proven))
        return list(found.values())


def keys_of(profile: Profile) -> list[str]:
    """Every key that a link to this profile may have."""
    page = place_of(profile.page)
    paged = [page.key] if page and page.service == profile.service else []
    return list(dict.fromkeys([key(profile.service, profile.name), *paged, *profile.keys]))


def pointers(pointed: Iterable[Linked], profile: Profile, asked: Round) -> list[Pointer]:
    """Who points at a profile that was read."""
    return [pointer for each in pointed if asked.known(each.place.key) is profile for pointer in each.by]
