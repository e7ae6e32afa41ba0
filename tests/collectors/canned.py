"""A canned world on loopback for collector tests: real HTTP, DNS and WHOIS servers that say what a test scripts.

async def test_a_missing_name_is_an_answer(world: World) -> None:
    world.http.on("api.example.net", "/v1/names", Canned(json={"names": []}))
    world.dns.add("example.com", "A", "192.0.2.10")
    look, findings = await world.collect(mine, Target(Kind.DOMAIN, "example.com"))
    assert look.outcome is Outcome.NOTHING
    assert world.http.count("api.example.net") == 1
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any

from collectors.declare import Collector
from collectors.fetch import Fetch, Patience, Session, open_session
from collectors.run import Look, look
from core.answers import Answer, pack, unpack
from core.ledger import Ledger
from core.models import Finding, Target
from core.settings import Settings
from tests.collectors.canned_dns import CannedDns
from tests.collectors.canned_http import Asked, Canned, CannedHttp
from tests.collectors.canned_whois import CannedWhois

__all__ = [
    "IMPATIENT",
    "Asked",
    "Canned",
    "CannedDns",
    "CannedHttp",
    "CannedWhois",
    "FreePace",
    "World",
    "open_world",
    "sample_settings",
]

DOCUMENTATION = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
"""The invented world's addresses, which the guard refuses unless the operator opens them."""

IMPATIENT = Patience(most=0.3, dns_tries=(0.3,), backoff=0.0)
"""For servers that never answer."""


@dataclass
class FreePace:
    """A pace that never makes anybody wait and remembers what it was asked."""

    reserved: list[str] = field(default_factory=list)
    held: list[tuple[str, float]] = field(default_factory=list)

    async def reserve(self, key: str, *, every: float, burst: int = 1, most: float = 60.0) -> float:
        self.reserved.append(key)
        return 0.0

    async def hold(self, key: str, seconds: float, *, every: float, burst: int = 1) -> None:
        self.held.append((key, seconds))


@dataclass
class World:
    """The three servers, and the door to them."""

    http: CannedHttp
    dns: CannedDns
    whois: CannedWhois
    stack: AsyncExitStack
    pace: FreePace = field(default_factory=FreePace)
    ledger: Ledger = field(default_factory=lambda: Ledger(breakers=False))  # a test may bring one with breakers
    pauses: list[float] = field(default_factory=list)  # seconds the door would have slept between tries
    sessions: dict[tuple[Any, ...], Session] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)  # of all runs, packed

    async def session(self, patience: Patience | None = None, **settings: Any) -> Session:
        """A session wired to this world; `settings` override it. Pauses are noted in `pauses` and not slept."""
        chosen = patience or Patience(most=10.0, dns_tries=(5.0,), sleep=self._sleep)
        key = (chosen, repr(sorted(settings.items())))
        if key not in self.sessions:
            here = {
                "sources_url": self.http.url,
                "dns_servers": (self.dns.address,),
                "whois_server": self.whois.address,
            }
            made = sample_settings(**{**here, **settings})
            opening = open_session(made, self.pace, ledger=self.ledger, patience=chosen)
            self.sessions[key] = await self.stack.enter_async_context(opening)
        return self.sessions[key]

    async def fetch(
        self,
        collector: Collector,
        target: Target,
        *,
        patience: Patience | None = None,
        deadline: float | None = None,
        options: Collection[str] = (),
        **settings: Any,
    ) -> Fetch:
        """The door for one run of `collector`."""
        session = await self.session(patience, **settings)
        return session.fetch(collector, target, deadline=deadline, options=frozenset(options), on_answer=self._take)

    async def collect(
        self,
        collector: Collector,
        target: Target,
        *,
        patience: Patience | None = None,
        deadline: float | None = None,
        options: Collection[str] = (),
        **settings: Any,
    ) -> tuple[Look, list[Finding]]:
        """Run a collector to its end: how it ended, and what it found.

        Of whatever test this is: each finding's digest is that of bytes that were handed on, or were left out with a
        reason.
        """
        findings: list[Finding] = []

        async def keep(finding: Finding) -> None:
            findings.append(finding)

        fetch = await self.fetch(collector, target, patience=patience, deadline=deadline, options=options, **settings)
        ended = await look(collector, target, fetch, keep, deadline=deadline)
        digests = {answer.sha256 for answer in self.answers if answer.left_out or _holds(answer)}
        assert {finding.provenance.sha256 for finding in findings} <= digests
        return ended, findings

    async def _take(self, answer: Answer) -> None:
        self.answers.append(pack(answer))

    async def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)


def _holds(answer: Answer) -> bool:
    return hashlib.sha256(unpack(answer.body, answer.size)).hexdigest() == answer.sha256


def sample_settings(*, allow: Sequence[str] = DOCUMENTATION, **settings: Any) -> Settings:
    """Settings that do not depend on the machine the tests run on."""
    defaults = {name: each.get_default() for name, each in Settings.model_fields.items()}
    networks = tuple(ip_network(each) for each in allow)
    return Settings(**{**defaults, "secret_key": "an invented key", "allow_networks": networks, **settings})


@asynccontextmanager
async def open_world() -> AsyncIterator[World]:
    """Start the servers on free ports of loopback; stop them, and every session, at the end."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(CannedHttp.open())
        dns = await stack.enter_async_context(CannedDns.open())
        whois = await stack.enter_async_context(CannedWhois.open())
        sessions = await stack.enter_async_context(AsyncExitStack())
        yield World(http, dns, whois, sessions)
