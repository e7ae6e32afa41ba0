"""Asking name servers: NOERROR, NODATA and NXDOMAIN are answers; everything else is "could not look"."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import quote

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.resolver
import dns.reversename

from collectors.doors import wire
from collectors.doors.counting import DNS, timed
from collectors.doors.guard import Guard, both
from collectors.doors.patience import Deadline, Patience, too_slow
from collectors.doors.reply import DnsReply, digest
from collectors.doors.wire import Server
from core import clock, traces
from core.addresses import Address, canonical
from core.errors import BadSetting, Changed, NotATarget, SourceDown, SourceError, SourceTimeout, UnsafeAddress
from core.language import N_
from core.language.noted import noted
from core.targets import suffix_of

SMALL = 2048  # bytes of an answer that is read at once
PAYLOAD = 1232  # bytes that UDP carries without fragments (DNS Flag Day 2020, RFC 9715)
MOST_IN_A_RUN = 2_000  # records: each may take kilobytes of memory until the run ends; honest runs read hundreds
AT_ONCE = 20  # questions of one process in flight to the resolvers per run (etiquette)
NO_RESOLVERS = "This machine names no DNS resolvers. Set DNS_SERVERS."
HOLD_MORE = N_("The name servers sent more than the {most:,} records I hold at most.")
ANSWERS = (dns.rcode.NOERROR, dns.rcode.NXDOMAIN)


class Refusal(SourceDown):
    """A name server answered that it will not or cannot tell."""

    def __init__(self, sentence: str, rcode: dns.rcode.Rcode) -> None:
        super().__init__(sentence)
        self.rcode = rcode


@dataclass(frozen=True, slots=True)
class Ask:
    """One DNS question."""

    name: dns.name.Name
    rdtype: dns.rdatatype.RdataType
    direct: Address | None = None  # ask this server itself, without recursion
    tcp: bool = False
    want_dnssec: bool = True
    checking_disabled: bool = False

    def query(self) -> dns.message.QueryMessage:
        flags = dns.flags.AD | (dns.flags.RD if self.direct is None else 0)
        flags |= dns.flags.CD if self.checking_disabled else 0
        return dns.message.make_query(
            self.name, self.rdtype, use_edns=0, payload=PAYLOAD, want_dnssec=self.want_dnssec, flags=flags
        )

    def url(self) -> str:
        """RFC 4501."""
        name = quote(_text(self.name) or ".", safe="._-*")
        server = f"//{self.direct}/" if self.direct is not None else ""
        return f"dns:{server}{name}?type={dns.rdatatype.to_text(self.rdtype)}"


class Names:
    """The process's way to the name servers: the operator's resolvers, or the servers DNS_SERVERS names."""

    def __init__(self, servers: Sequence[Server], guard: Guard, *, divert: bool, patience: Patience) -> None:
        self._servers = tuple(servers)
        self.guard = guard
        self._divert = divert  # direct questions go to our servers too (SOURCES_URL: nothing leaves the machine)
        self.patience = patience
        self._readers = ThreadPoolExecutor(1, "dns")  # large answers are read one by one, beside the loop

    async def ask(self, ask: Ask, *, deadline: Deadline, collector: str) -> DnsReply:
        """Try each server in turn, with more patience each time.

        An alias (CNAME, DNAME) that leads to a name of the inside is not followed there: what our resolvers told
        about it stays unsaid.

        Raises:
            SourceDown: SERVFAIL, REFUSED and the like from every server, or none can be reached.
            SourceTimeout: no server answered in time.
            Changed: what came back is not DNS, or its CNAMEs run in circles.
            UnsafeAddress: the server to ask directly is not at a public address, or the name is an alias of one
                of the inside.
        """
        reply = await self._in_turn(ask, deadline, collector)
        for alias in reply.chain:
            try:
                self.check_name(dns.name.from_text(alias))
            except UnsafeAddress as error:
                said = N_("{name} is an alias of {alias}. {why}")
                raise UnsafeAddress(noted(said, name=_text(ask.name), alias=alias[:80], why=error)) from error
        return reply

    async def _in_turn(self, ask: Ask, deadline: Deadline, collector: str) -> DnsReply:
        servers = self.servers_for(ask)
        error: SourceError = SourceTimeout(noted("No name server answered."))
        refusing: set[Server] = set()
        for place, seconds in enumerate(self.patience.dns_tries):
            server = servers[place % len(servers)]
            if server in refusing:
                continue
            wait = deadline.allow(self.patience.at_most(seconds), noted("the name server"))
            try:
                return await timed(DNS, self._ask_server(ask, server, wait, collector))
            except SourceTimeout as timeout:
                error = timeout
            except SourceError as refusal:
                refusing.add(server)
                error = refusal
        raise error

    async def _ask_server(self, ask: Ask, server: Server, wait: float, collector: str) -> DnsReply:
        query = ask.query()
        try:
            with traces.question("ask dns", protocol="dns", asked=dns.rdatatype.to_text(ask.rdtype)):
                answer = await wire.exchange(query, server, tcp=ask.tcp, wait=wait)
        except TimeoutError as error:
            raise too_slow(noted("The name server asked for {name}", name=_asked(ask)), wait) from error
        if len(answer) > SMALL:
            read = await asyncio.get_running_loop().run_in_executor(self._readers, wire.read, answer)
        else:
            read = wire.read(answer)
        message, more = read
        if not query.is_response(message):
            raise Changed(noted("The name server answered another question."))
        if message.rcode() not in ANSWERS:
            said = N_("The name server answered {rcode} for {name}.")
            raise Refusal(noted(said, rcode=_refusal(message), name=_asked(ask)), message.rcode())
        return _reply(ask, answer, message, collector, truncated=more)

    async def addresses(self, host: str) -> Sequence[Address]:
        """Every address of a host, for the guard to judge."""
        return await both(self._addresses_of(host, "A"), self._addresses_of(host, "AAAA"))

    async def _addresses_of(self, host: str, rdtype: str) -> Sequence[Address]:
        ask = Ask(readable(host), dns.rdatatype.from_text(rdtype), want_dnssec=False)
        reply = await self.ask(ask, deadline=Deadline.within(sum(self.patience.dns_tries)), collector="")
        return [ip_address(each.to_text()) for each in reply.records]

    def servers_for(self, ask: Ask) -> Sequence[Server]:
        if ask.direct is None:
            return self._servers
        self.guard.check_address(ask.direct)
        return self._servers if self._divert else ((str(ask.direct), 53),)

    def check_name(self, name: dns.name.Name) -> None:
        """Our resolvers may know names of the inside; nobody gets those told through a record that points there.

        Raises:
            UnsafeAddress: the name is not one of the public DNS.
        """
        if (address := _reversed(name)) is not None:
            self.guard.check_address(address)
        if len(name.labels) > 2 or not _is_top(name):  # CAA and DMARC climb to the top-level domain
            self.guard.check_name(_text(name))


def _reply(ask: Ask, answer: bytes, message: dns.message.Message, collector: str, *, truncated: bool) -> DnsReply:
    if not isinstance(message, dns.message.QueryMessage):
        raise Changed(noted("The name server answered with another kind of message."))
    try:
        chaining = message.resolve_chaining()
    except dns.exception.DNSException as error:
        said = N_("The CNAME records of {name} contradict each other or run in circles.")
        raise Changed(noted(said, name=_text(ask.name))) from error
    rcode = dns.rcode.to_text(message.rcode())
    return DnsReply(
        collector=collector,
        source="DNS",
        status=rcode,
        url=ask.url(),
        fetched_at=clock.now(),
        body=answer,
        sha256=digest(b"\0\0" + answer[2:]),  # as `DnsReply.raw`
        truncated=truncated,
        rcode=rcode,
        message=message,
        records=tuple(chaining.answer or ()),
        ttl=chaining.minimum_ttl,
        canonical=_text(chaining.canonical_name),
        chain=tuple(_text(rrset[0].target) for rrset in chaining.cnames),
        ad=bool(message.flags & dns.flags.AD),
        aa=bool(message.flags & dns.flags.AA),
    )


def readable(name: str) -> dns.name.Name:
    """Raises:
    NotATarget: the text cannot be a DNS name (RFC 1035 2.3.4, RFC 5891).
    """
    try:
        return dns.name.from_text(name, idna_codec=dns.name.IDNA_2008_UTS_46)
    except (dns.exception.DNSException, UnicodeError, ValueError) as error:
        raise NotATarget(noted('"{name}" cannot be a DNS name.', name=name[:80])) from error


def _reversed(name: dns.name.Name) -> Address | None:
    """The address whose reverse name this is (RFC 1035 3.5, RFC 3596 2.5)."""
    try:
        return ip_address(dns.reversename.to_address(name))
    except (dns.exception.DNSException, ValueError):
        return None


def _is_top(name: dns.name.Name) -> bool:
    """The root, or a top-level domain. Any other single word is a machine of the inside to many resolvers."""
    return name == dns.name.root or suffix_of(_text(name).lower()) is not None


def rdtype_of(rdtype: str) -> dns.rdatatype.RdataType:
    return dns.rdatatype.from_text(rdtype)


def direct_to(server: str | None) -> Address | None:
    """Raises:
    NotATarget: direct questions go to addresses, so that they can be judged.
    """
    if server is None:
        return None
    address = canonical(server)
    if address is None:
        raise NotATarget(noted('"{server}" is not the address of a name server.', server=server[:80]))
    return address


def resolvers(configured: Sequence[str]) -> list[Server]:
    """The servers DNS_SERVERS lists, or those the machine is set up with.

    Raises:
        BadSetting: one is not an address with or without a port, or there are none.
    """
    if configured:
        return [server_of(text, 53, "DNS_SERVERS") for text in configured]
    try:
        system = dns.resolver.Resolver()
    except dns.resolver.NoResolverConfiguration as error:
        raise BadSetting(NO_RESOLVERS) from error
    found = [(each, 53) for each in system.nameservers if isinstance(each, str) and canonical(each)]
    if not found:
        raise BadSetting(NO_RESOLVERS)
    return found


def server_of(text: str, port: int, setting: str) -> Server:
    """Raises:
    BadSetting: not "address", "address:port" or "[v6 address]:port".
    """
    host, _, given = text.rpartition(":") if text.count(":") == 1 or "]:" in text else (text, "", str(port))
    address = canonical(host)
    if address is None or not given.isascii() or not given.isdigit() or not 0 < int(given) < 65536:
        raise BadSetting(f"{setting} must list addresses with or without a port, like 192.0.2.53 or 127.0.0.1:5353.")
    return str(address), int(given)


def size(reply: DnsReply) -> int:
    """How many records an answer holds."""
    return sum(len(rrset) for section in reply.message.sections for rrset in section)


def at_once() -> asyncio.Semaphore:
    return asyncio.Semaphore(AT_ONCE)


def _refusal(message: dns.message.Message) -> str:
    """The rcode, and why, when the server says so (extended errors, RFC 8914; their free text is not repeated)."""
    reasons = [
        option.code.name.replace("_", " ").capitalize()
        for option in message.options
        if isinstance(option, dns.edns.EDEOption) and isinstance(option.code, dns.edns.EDECode)
    ]
    rcode = dns.rcode.to_text(message.rcode())
    return f"{rcode} ({', '.join(reasons[:3])})" if reasons else rcode


def _asked(ask: Ask) -> str:
    return f"{_text(ask.name)} {dns.rdatatype.to_text(ask.rdtype)}"


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True)
