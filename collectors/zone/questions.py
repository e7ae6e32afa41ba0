"""One run's DNS questions: each asked once, and what was not answered counted."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dns.rdtypes.txtbase import TXTBase

from collectors.doors.reply import DnsReply
from collectors.posture.text import hostname, readable
from core.errors import Changed, SourceError
from core.language import NN_
from core.language.noted import nnoted, noted
from core.models import Confidence

if TYPE_CHECKING:
    from collectors.fetch import Fetch

MOST_NAMED = 5
UNANSWERED = NN_(
    "{n} of {total} DNS questions got no answer ({names}). {why}",
    "{n} of {total} DNS questions got no answer ({names}). {why}",
)
UNANSWERED_MORE = NN_(
    "{n} of {total} DNS questions got no answer ({names} and {more} more). {why}",
    "{n} of {total} DNS questions got no answer ({names} and {more} more). {why}",
)

Key = tuple[str, str, str | None, bool]


class Questions:
    """Asks through `fetch` and remembers every answer and failure for the length of one run."""

    def __init__(self, fetch: Fetch) -> None:
        self.fetch = fetch
        self._locks: defaultdict[Key, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._answers: dict[Key, DnsReply | SourceError] = {}
        self._missed: dict[Key, SourceError] = {}
        self._unverified = False
        self._nonces: set[str] = set()

    @property
    def confidence(self) -> Confidence:
        """How sure a record is: what a resolver refuses to vouch for may be forged."""
        return Confidence.LOW if self._unverified else Confidence.HIGH

    @property
    def verifying(self) -> bool:
        """Whether the resolver checks signatures for us."""
        return not self._unverified

    def stop_verifying(self) -> None:
        """From now on ask the resolver not to check signatures (the CD bit, RFC 4035 3.2.2)."""
        self._unverified = True

    async def attempt(self, name: str, rdtype: str, *, server: str | None = None) -> DnsReply | SourceError:
        """The answer or why there is none, for callers to whom a failure says something."""
        return await self._once((name, rdtype, server, self._unverified and server is None))

    async def unverified(self, name: str, rdtype: str) -> DnsReply | SourceError:
        """The same with signatures not checked."""
        return await self._once((name, rdtype, None, True))

    async def still_refused(self, name: str, rdtype: str) -> bool:
        """Ask a refused question once more: a resolver that answers now was only down for a moment."""
        return isinstance(await self._send((name, rdtype, None, False)), SourceError)

    async def _once(self, key: Key) -> DnsReply | SourceError:
        async with self._locks[key]:
            if key not in self._answers:
                self._answers[key] = await self._send(key)
        return self._answers[key]

    async def ask(self, name: str, rdtype: str) -> DnsReply | None:
        """The answer; None when there is none, which `own_up` will tell."""
        answer = await self.attempt(name, rdtype)
        if isinstance(answer, SourceError):
            self.miss(name, rdtype, answer)
            return None
        return answer

    async def texts(self, name: str) -> list[str] | None:
        """The TXT records of a name in a stable order; None when the question was not answered."""
        reply = await self.ask(name, "TXT")
        return None if reply is None else texts(reply)

    def miss(self, name: str, rdtype: str, error: SourceError) -> None:
        """Count a question as not answered."""
        self._missed[(name, rdtype, None, self._unverified)] = error

    def nonce(self, label: str) -> str:
        """A label nobody made up; remembered, so that `public` can tell it from a name that exists."""
        made = self.fetch.nonce(label)
        self._nonces.add(made)
        return made

    def public(self, name: str) -> str:
        """A name as people should read it: with * where we put a nonce."""
        return ".".join("*" if label.strip("_") in self._nonces else label for label in name.split("."))

    def replies(self) -> Iterator[tuple[str, DnsReply]]:
        """Every answer of the resolver so far but those to CNAME questions, with the name that was asked."""
        for (name, rdtype, server, _), answer in list(self._answers.items()):
            if server is None and rdtype != "CNAME" and isinstance(answer, DnsReply):
                yield name, answer

    def own_up(self) -> None:
        """Say what was not answered: one gap per reason."""
        grouped: defaultdict[str, list[str]] = defaultdict(list)
        sentences: dict[str, str] = {}
        for (name, rdtype, _, _), error in self._missed.items():
            grouped[error.reason].append(f"{rdtype} {name}")
            sentences.setdefault(error.reason, str(error))
        for reason, asked in grouped.items():
            named = ", ".join(asked[:MOST_NAMED])
            more = len(asked) - MOST_NAMED
            said = nnoted(
                *(UNANSWERED_MORE if more > 0 else UNANSWERED),
                len(asked),
                total=len(self._answers),
                names=named,
                more=more,
                why=sentences[reason],
            )
            self.fetch.gap(reason, said)

    async def _send(self, key: Key) -> DnsReply | SourceError:
        name, rdtype, server, unverified = key
        if hostname(name) is None:
            return Changed(noted("{name} is too long or too odd a name to ask for.", name=repr(name[:80])))
        try:
            return await self.fetch.dns(name, rdtype, server=server, checking_disabled=unverified)
        except SourceError as error:
            return error


def texts(reply: DnsReply) -> list[str]:
    """The TXT records of an answer, decoded; sorted, because their order changes from answer to answer."""
    return sorted(readable(record.strings) for record in reply.records if isinstance(record, TXTBase))
