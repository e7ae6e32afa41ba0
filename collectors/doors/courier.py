"""Brings something to an address that somebody named: the one door by which we tell instead of ask.

Guarded like every other: the name is resolved by us, every address of it is judged, and the connection goes to one that
was. A redirect is not followed, for it was not named. What SOURCES_URL diverts are questions to sources, not this.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from collectors.doors import dns as names
from collectors.doors.address import Address, read
from collectors.doors.guard import Guard
from collectors.doors.kept import agent
from collectors.doors.patience import Patience
from collectors.doors.retry import retry_after
from collectors.doors.web import Web, open_web, public_tls
from core.errors import SourceError
from core.language.noted import noted
from core.settings import Settings

CONNECT = 5.0  # seconds
WHOLE = 15.0  # seconds from the first packet to the last word of the answer; receivers do their work later
READ = 16_384  # bytes of the answer that are read, and thrown away: its status says all


@dataclass(frozen=True, slots=True)
class Delivered:
    """What the receiver said."""

    status: int
    retry_after: float | None = None  # seconds, when it said

    @property
    def is_taken(self) -> bool:
        return 200 <= self.status < 300


class Courier:
    """One per process."""

    def __init__(self, web: Web, guard: Guard) -> None:
        self._web = web
        self._guard = guard

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Delivered:
        """POST these bytes.

        Raises:
            UnsafeAddress: the address is none that may be connected to; nothing was sent.
            SourceError: there was no answer.
        """
        address = read(url)
        receiver = noted("The receiver {host}", host=address.host)
        opening = self._web.open(address, headers, connect=CONNECT, wait=WHOLE, source=receiver, body=body)
        async with opening as opened:
            delivered = Delivered(opened.status, retry_after(opened.headers.get("retry-after")))
            await _hear_out(opened.pieces)
        return delivered


async def _hear_out(pieces: AsyncIterator[bytes]) -> None:
    """The head is the answer. A body that trickles, breaks off or never ends takes nothing from it."""
    heard = 0
    try:
        async for piece in pieces:
            heard += len(piece)
            if heard > READ:
                return
    except SourceError:
        return


def check(url: str, settings: Settings) -> Address:
    """Whether something could be brought there, as far as the address itself says; its name is not looked up.

    Raises:
        UnsafeAddress: no.
    """
    address = read(url)
    Guard(settings.allow_networks, settings.refuse_networks).check_host(address.host)
    return address


@asynccontextmanager
async def open_courier(settings: Settings, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Courier]:
    """Open the door; `tls` replaces the certificates we trust.

    Raises:
        BadSetting: DNS_SERVERS is wrong.
    """
    guard = Guard(settings.allow_networks, settings.refuse_networks)
    resolvers = names.Names(names.resolvers(settings.dns_servers), guard, divert=False, patience=Patience())
    async with open_web(guard, resolvers.addresses, relay="", agent=agent(settings), tls=tls or public_tls()) as web:
        yield Courier(web, guard)
