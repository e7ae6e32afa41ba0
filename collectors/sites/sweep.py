"""Asking sites about a name: each with a check, and with a control name that nobody has before a yes is believed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from collectors.doors.abreast import abreast
from collectors.doors.reply import Reply
from collectors.sites.reading import Reading, State, failed, read
from collectors.sites.rules import Rule
from core.errors import SourceError

if TYPE_CHECKING:
    from collectors.fetch import Fetch

AT_ONCE = 48  # sites; each host is asked one question at a time
TIMEOUT = 8.0  # seconds a site may take
CAP = 512 * 1024  # bytes of a page that are read
MUTED_FOR = 86400.0  # seconds that a control's verdict stands
TROUBLE = frozenset({401, 402, 403, 407, 408, 425, 429, 451})
READ = frozenset(range(200, 500)) - TROUBLE
"""Statuses whose pages are held against a rule. The others are the door's to name, unless a rule lists them."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What became of one site."""

    rule: Rule
    reading: Reading
    reply: Reply | None = field(default=None, repr=False)

    @property
    def state(self) -> State:
        return self.reading.state


class Sweep:
    """One run's look at many sites."""

    def __init__(self, fetch: Fetch, name: str) -> None:
        self._fetch = fetch
        self._name = name
        self._controls: Mapping[str, str] = {}

    async def over(self, rules: Sequence[Rule]) -> AsyncGenerator[Looked, None]:
        """Every site's state, in order of arrival. Sites that were down are asked once more at the end."""
        self._controls = await self._fetch.memory.recall([rule.digest for rule in rules])
        down: list[Rule] = []
        async with aclosing(self._pass(rules)) as first:
            async for looked in first:
                if looked.state is State.DOWN:
                    down.append(looked.rule)
                else:
                    yield looked
        async with aclosing(self._pass(down)) as second:
            async for looked in second:
                yield looked

    async def _pass(self, rules: Iterable[Rule]) -> AsyncGenerator[Looked, None]:
        hosts: dict[str, list[Rule]] = {}
        for rule in rules:
            hosts.setdefault(rule.host, []).append(rule)
        questions: list[Callable[[], Coroutine[Any, Any, list[Looked]]]] = [
            partial(self._host, each) for each in hosts.values()
        ]
        async with aclosing(abreast(questions, at_once=AT_ONCE)) as answers:
            async for looked in answers:
                for each in looked:
                    yield each

    async def _host(self, rules: Sequence[Rule]) -> list[Looked]:
        """One after the other: no host is asked two things at once."""
        return [await self._site(rule) for rule in rules]

    async def _site(self, rule: Rule) -> Looked:
        if not rule.allows(self._name):
            return Looked(rule, Reading(State.ILLEGAL))
        if self._controls.get(rule.digest) == State.EXISTS:
            return Looked(rule, Reading(State.UNRELIABLE))  # muted: it said yes to a name that nobody has
        reading, reply = await self._ask(rule, self._name)
        if reading.state is State.EXISTS:
            control = await self._control(rule)
            reading = reading if control is State.ABSENT else Reading(_doubted(control))
        elif reading.state is State.ABSENT and rule.hides:
            reading = Reading(State.HIDDEN)
        return Looked(rule, reading, reply)

    async def _control(self, rule: Rule) -> State:
        """What the site says to a name that nobody has; a clear answer stands for a day, for all workers."""
        if known := self._controls.get(rule.digest):
            return State(known) if known in (State.ABSENT, State.EXISTS) else State.UNKNOWN
        name = control_name(self._fetch.nonce(rule.digest))
        if not rule.allows(name):
            return State.UNKNOWN
        reading, _ = await self._ask(rule, name)
        if reading.state in (State.ABSENT, State.EXISTS):
            await self._fetch.memory.remember(rule.digest, reading.state.value, seconds=MUTED_FOR)
        return reading.state

    async def _ask(self, rule: Rule, name: str) -> tuple[Reading, Reply | None]:
        if self._fetch.left() < TIMEOUT:
            return Reading(State.UNASKED), None
        asking = self._fetch.get(
            rule.address(name),
            ok=READ.union(rule.exists.status, rule.absent.status),
            absent=(),
            headers=rule.headers,
            cap=CAP,
            source=rule.site,
            timeout=TIMEOUT,
            tries=1,
            beginning=True,
        )
        reply = await self._fetch.attempt(asking)
        if isinstance(reply, SourceError):
            return Reading(failed(reply)), None
        return read(rule, reply, name), reply.receipt()


def _doubted(control: State) -> State:
    """What a yes is worth when the control did not say no."""
    return State.UNRELIABLE if control is State.EXISTS else control


def control_name(nonce: str) -> str:
    """Twelve letters: a name that fits the patterns of most sites, and that nobody has."""
    return nonce.translate(str.maketrans("234567", "bdghkm"))[:12]
