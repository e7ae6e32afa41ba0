"""No name leads us inside: every name and every address is judged before the first packet to it."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Sequence

from aiohttp.abc import AbstractResolver, ResolveResult

from core.addresses import Address, Network, canonical, carried, why_refused, why_refused_name, why_refused_reverse
from core.errors import SourceDown, SourceError, UnsafeAddress
from core.language.noted import noted

Lookup = Callable[[str], Awaitable[Sequence[Address]]]
"""All addresses of a name, A and AAAA; raises our SourceError when it cannot say."""


# What a host we connect to is made of (RFC 1123 2.1, and the underscore that many use all the same). Others read
# other letters in their own way: a resolver may map them, a program may cut the name where one stands.
HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?", re.IGNORECASE | re.ASCII)


class Guard:
    """Judges names and addresses by the operator's rules.

    `allow` opens networks that are refused otherwise; `refuse` closes public ones, and closing wins.
    """

    def __init__(self, allow: Sequence[Network] = (), refuse: Sequence[Network] = ()) -> None:
        self._allow = tuple(allow)
        self._refuse = tuple(refuse)

    def check_address(self, address: Address) -> None:
        """Raises:
        UnsafeAddress: the address is not public.
        """
        if reason := self._why_refused(address):
            raise UnsafeAddress(reason)

    def is_public(self, address: str) -> bool:
        """Whether this is an address, and one that others may be told of."""
        found = canonical(address)
        return found is not None and self._why_refused(found) is None

    def _why_refused(self, address: Address) -> str | None:
        for each in (address, *carried(address)):
            if any(each.version == network.version and each in network for network in self._refuse):
                return noted("{address} is in a network that REFUSE_NETWORKS closes to me.", address=each)
        return why_refused(address, self._allow)

    def check_host(self, host: str) -> Address | None:
        """Judge a host before it is resolved; the address when the host is one.

        Raises:
            UnsafeAddress: an inside name, or an address that is not public, in whatever notation.
        """
        address = canonical(host)
        if address is not None:
            self.check_address(address)
        elif not HOST.fullmatch(host):
            raise UnsafeAddress(noted("This is not a host name that every program reads the same."))
        else:
            self.check_name(host)
        return address

    def check_name(self, name: str) -> None:
        """Raises:
        UnsafeAddress: the name is not one of the public DNS.
        """
        if reason := why_refused_name(name) or why_refused_reverse(name, self._allow):
            raise UnsafeAddress(reason)

    async def addresses(self, host: str, lookup: Lookup) -> Sequence[Address]:
        """The addresses to connect to, each one checked: one bad one spoils the name.

        Raises:
            UnsafeAddress: the name leads, also or only, to an address that is not public.
            SourceDown: it has no address.
        """
        literal = self.check_host(host)
        found = [literal] if literal is not None else await lookup(host)
        for address in found:
            try:
                self.check_address(address)
            except UnsafeAddress as error:
                said = noted("{host} leads to {address}. {why}", host=host, address=address, why=error)
                raise UnsafeAddress(said) from error
        if not found:
            raise SourceDown(noted("{name} has no address.", name=host))
        return found


class GuardedResolver(AbstractResolver):
    """Gives aiohttp's connector checked addresses only; it connects to these and asks nobody else.

    aiohttp does not ask a resolver about hosts that are addresses: those are judged before the request.
    """

    def __init__(self, guard: Guard, lookup: Lookup) -> None:
        self._guard = guard
        self._lookup = lookup

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002  # aiohttp's interface; we give both families
    ) -> list[ResolveResult]:
        found = await self._guard.addresses(host, self._lookup)
        return [
            ResolveResult(
                hostname=host,
                host=str(address),
                port=port,
                family=socket.AF_INET if address.version == 4 else socket.AF_INET6,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in found
        ]

    async def close(self) -> None:
        """Nothing is held open."""


async def both(first: Awaitable[Sequence[Address]], second: Awaitable[Sequence[Address]]) -> Sequence[Address]:
    """Two lookups at once (A and AAAA). One may fail as long as the other gives addresses.

    Raises:
        SourceError: there are none and one could not be looked up.
    """
    answers = await asyncio.gather(_quietly(first), _quietly(second))
    found = [address for answer in answers if not isinstance(answer, SourceError) for address in answer]
    for answer in answers:
        if not found and isinstance(answer, SourceError):
            raise answer
    return found


async def _quietly(lookup: Awaitable[Sequence[Address]]) -> Sequence[Address] | SourceError:
    try:
        return await lookup
    except SourceError as error:
        return error
