"""The only door to the network: what a run may ask, and what the process keeps open for all of its runs."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Awaitable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar, Unpack

from collectors.declare import Collector, Rate
from collectors.doors import dns as names
from collectors.doors import whois as port43
from collectors.doors.asking import Asking, check_json
from collectors.doors.counting import WHOIS, timed
from collectors.doors.evidence import Evidence, OnAnswer
from collectors.doors.files import Files
from collectors.doors.given import Given
from collectors.doors.guard import Guard
from collectors.doors.kept import Kept, agent
from collectors.doors.naming import told
from collectors.doors.notes import later_of, reason_of
from collectors.doors.pacing import Turn
from collectors.doors.parse import check_shape
from collectors.doors.patience import Deadline, Patience
from collectors.doors.purse import Purse
from collectors.doors.question import Options, Variants, variants
from collectors.doors.reply import DnsReply, Gap, Reply, TransferReply, WhoisReply
from collectors.doors.retry import MOST_PATIENT, persist
from collectors.doors.streaming import StreamReply
from collectors.doors.transfer import hand_over
from collectors.doors.verdict import SENT_MORE, SHOWED, is_page, wall_in
from collectors.doors.web import open_web, public_tls
from core import traces
from core.errors import Blocked, NotATarget, SourceError, TooLarge
from core.language.noted import noted
from core.ledger import NOBODY, Drawer, Ledger
from core.models import Target
from core.pace import Pace
from core.settings import Settings

__all__ = ["DnsReply", "Fetch", "Gap", "Patience", "Reply", "Session", "StreamReply", "WhoisReply", "open_session"]

T = TypeVar("T")


class Fetch(Given):
    """What one run may do to the world. Everything it is answered carries a receipt; all its trouble is SourceError."""

    def __init__(
        self,
        collector: Collector,
        target: Target,
        session: Session,
        *,
        deadline: float,
        options: frozenset[str] = frozenset(),
        drawer: Drawer = NOBODY,
        pace: Pace | None = None,
        on_answer: OnAnswer | None = None,
    ) -> None:
        super().__init__(collector, target, session, options)
        self._evidence = Evidence(collector, self.notes, on_answer, most=session.settings.answers_max_mb * 2**20)
        self._session = session
        self._deadline = Deadline.within(deadline)
        self._slots = names.at_once()
        self._records = 0  # of all DNS answers
        self._turn = Turn(pace or session.pace, collector, deadline=self._deadline, patience=session.patience)
        purse = Purse(session.ledger, collector, drawer, factor=session.patience.backoff)
        self._asking = Asking(
            collector, session.web, self._turn, purse, self._deadline, session.patience, about=target.value
        )
        self.files = Files(collector.name, session.keeper, session.bench, self._evidence, self._deadline)

    async def get(self, url: str, **options: Unpack[Options]) -> Reply:
        """A GET whose status is one of `ok` or `absent`. A body over the cap comes back cut, and is noted as a gap.

        Raises:
            SourceError: the question could not be answered; see `core.errors` for the kinds.
        """
        asked = self._question(url, **options)
        return await self._noted(await self._asking.get(asked), beginning=asked.first.beginning)

    async def json(
        self, url: str, *, expect: type | tuple[type, ...] | None = None, **options: Unpack[Options]
    ) -> Reply:
        """The same for an API: `reply.json()` gives the value, which is an `expect` when that is given.

        A status of `absent` comes back whatever its body is.

        Raises:
            SourceError: as `get`, and Blocked for a wall, Changed for anything but JSON of that shape,
                TooLarge over the cap.
        """
        reply = await self._asking.get(self._question(url, **options))
        check_json(reply)
        if not reply.absent:
            if reply.truncated:
                raise TooLarge(noted(SENT_MORE, source=reply.source, most=len(reply.body)))
            check_shape(reply.json(), expect or object, reply.source)
        return await self._noted(reply)

    async def text(self, url: str, **options: Unpack[Options]) -> Reply:
        """The same as `get` for a text that machines read: a wall is none.

        Raises:
            SourceError: as `get`, and Blocked for a captcha, a bot check or a login page.
        """
        reply = await self._asking.get(self._question(url, **options))
        if is_page(reply.headers, reply.body) and (wall := wall_in(reply.headers, reply.body)):
            raise Blocked(noted(SHOWED, source=reply.source, wall=wall))
        return await self._noted(reply)

    def stream(self, url: str, **options: Unpack[Options]) -> AbstractAsyncContextManager[StreamReply]:
        """A JSON list too long to hold: `async with` gives a reply, `async for each in reply.items("item")` its rows.

        Raises:
            SourceError: as `get`.
        """
        return self._streamed(self._question(url, **options))

    async def dns(
        self,
        name: str,
        rdtype: str,
        *,
        server: str | None = None,
        tcp: bool = False,
        want_dnssec: bool = True,
        checking_disabled: bool = False,
    ) -> DnsReply:
        """Ask the resolvers, or the server at an address itself (without recursion).

        NOERROR with and without records and NXDOMAIN are answers.

        Raises:
            NotATarget: the text cannot be a DNS name.
            UnsafeAddress: an inside name, or a server that is not at a public address.
            SourceDown: SERVFAIL, REFUSED and the like; the sentence says which.
            SourceTimeout: no answer.
            Changed: an answer that contradicts itself.
            TooLarge: the run has been told as many records as it may hold.
        """
        ask = names.Ask(
            name=names.readable(name),
            rdtype=names.rdtype_of(rdtype),
            direct=names.direct_to(server),
            tcp=tcp,
            want_dnssec=want_dnssec,
            checking_disabled=checking_disabled,
        )
        self._session.names.check_name(ask.name)
        async with self._slots:
            if self._records >= names.MOST_IN_A_RUN:
                raise TooLarge(noted(names.HOLD_MORE, most=names.MOST_IN_A_RUN))
            reply = await self._session.names.ask(ask, deadline=self._deadline, collector=self._collector.name)
            self._records += names.size(reply)
        await self._evidence.answered(reply)
        return reply

    async def transfer(self, zone: str, server: str) -> TransferReply:
        """All records of a zone from the server at an address (AXFR): it touches the target, so only when asked for.

        Raises:
            Refusal: it does not hand the zone over.
            NotATarget, SourceError: as `dns`.
        """
        most = max(1, names.MOST_IN_A_RUN - self._records)
        with traces.question("ask dns", protocol="dns", asked="AXFR"):
            reply = await hand_over(
                self._session.names, zone, server, most=most, deadline=self._deadline, collector=self._collector.name
            )
        self._records += len(reply.rows)
        await self._evidence.answered(reply)
        return reply

    async def whois(self, server: str, query: str, *, cap: int = port43.CAP, source: str = "") -> WhoisReply:
        """Ask a port 43 server one line.

        Raises:
            NotATarget: the query is not one line.
            SourceError: no answer, or a server that leads inside. A throttle text is an answer: read it.
        """
        patience, who = self._session.patience, source or server

        async def ask() -> WhoisReply:
            await self._turn.wait(server.lower(), who)
            wait = self._deadline.allow(patience.at_most(patience.whois), who)
            asking = self._session.port43.ask(
                server.lower(), query, cap=cap, wait=wait, collector=self._collector.name, source=who
            )
            host = told(server.lower(), self._collector.hosts, self._target.value)
            with traces.question("ask whois", protocol="whois", host=host):
                return await timed(WHOIS, asking)

        reply = await persist(ask, deadline=self._deadline, patience=patience)
        await self._evidence.answered(reply)
        return reply

    async def shown(self, reply: Reply) -> None:
        """Keep what a reply says that no source gave: it is no answer, but findings are made of it."""
        await self._evidence.shown(reply)

    async def tolerate(self, awaitable: Awaitable[T], what: str) -> T | None:
        """The answer, or None and a gap: the rest of the run goes on without it."""
        try:
            return await awaitable
        except (SourceError, NotATarget) as error:  # NotATarget: a record may name what is no name
            self.notes.met(error)
            self.notes.left_out(Gap(what, reason_of(error), str(error), later_of(error)))
            return None

    async def attempt(self, awaitable: Awaitable[T]) -> T | SourceError:
        """The answer, or the error itself as a value: for one question of many, whose failures the collector counts
        and says together. Nothing is noted as a gap."""
        try:
            return await awaitable
        except SourceError as error:
            return self.notes.met(error)

    async def hold(self, host: str, seconds: float) -> None:
        """Keep every run away from a host that asked for it inside of an answer."""
        await self._turn.hold(host, min(seconds, MOST_PATIENT))

    def granted(self, host: str, rate: Rate) -> None:
        """The source said what our plan allows: from here on this run asks the host at that pace."""
        self._turn.grant(host, rate)

    def is_public(self, address: str) -> bool:
        """Whether this is an address that others may be told of: none of the inside, none the operator closed."""
        return self._session.names.guard.is_public(address)

    def left(self) -> float:
        """The seconds of this run that remain."""
        return self._deadline.left()

    def _question(self, url: str, **options: Unpack[Options]) -> Variants:
        rings = [self._session.ring(key.setting) for key in self._collector.keys]
        return variants(url, rings, **options)

    async def _noted(self, reply: Reply, *, beginning: bool = False) -> Reply:
        await self._evidence.answered(reply, beginning=beginning)
        return reply

    @asynccontextmanager
    async def _streamed(self, asked: Variants) -> AsyncIterator[StreamReply]:
        async with self._asking.stream(asked, room=self._evidence.room) as reply:
            yield reply
            if reply.finished:
                await self._evidence.streamed(reply)


class Session(Kept):
    """What a process keeps open for all its runs, and the doors it opens for each."""

    def fetch(
        self,
        collector: Collector,
        target: Target,
        *,
        deadline: float | None = None,
        options: frozenset[str] = frozenset(),
        drawer: Drawer = NOBODY,
        pace: Pace | None = None,
        on_answer: OnAnswer | None = None,
    ) -> Fetch:
        """The door for one run, which may take `deadline` seconds from now (the collector's own by default).
        `drawer` is for whom it asks, `pace` how it takes its turns, when that is another than the session's.
        `on_answer` gets what sources answered, byte for byte."""
        seconds = collector.deadline if deadline is None else deadline
        rest: dict[str, Any] = {"options": options, "drawer": drawer, "pace": pace, "on_answer": on_answer}
        return Fetch(collector, target, self, deadline=seconds, **rest)


@asynccontextmanager
async def open_session(
    settings: Settings,
    pace: Pace,
    *,
    ledger: Ledger | None = None,
    patience: Patience | None = None,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Session]:
    """Open the process's one session; `tls` replaces the certificates we trust. Without a ledger it keeps its own.

    Raises:
        BadSetting: SOURCES_URL, DNS_SERVERS or WHOIS_SERVER is wrong.
    """
    patience = patience or Patience()
    guard = Guard(settings.allow_networks, settings.refuse_networks)
    resolvers = names.Names(
        names.resolvers(settings.dns_servers),
        guard,
        divert=bool(settings.sources_url and settings.dns_servers),
        patience=patience,
    )
    async with open_web(
        guard, resolvers.addresses, relay=settings.sources_url, agent=agent(settings), tls=tls or public_tls()
    ) as web:
        kept = ledger or Ledger()
        yield Session(settings, pace, kept, web=web, resolvers=resolvers, guard=guard, patience=patience)
