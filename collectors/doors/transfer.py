"""Zone transfers (AXFR, RFC 5936): all records of a zone from one server over TCP, read up to a bound."""

from __future__ import annotations

import asyncio
import struct
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from collectors.doors.dns import Ask, Names, Refusal, direct_to, readable
from collectors.doors.patience import Deadline, too_slow
from collectors.doors.reply import TransferReply, digest
from collectors.doors.wire import Server, shortened
from core import clock
from core.errors import Changed, SourceDown
from core.language import N_
from core.language.noted import noted

MOST_BYTES = 4 * 1024 * 1024
MOST_MESSAGES = 2_000

WAIT = 20.0  # seconds for a whole zone


async def hand_over(
    names: Names, zone: str, server: str, *, most: int, deadline: Deadline, collector: str
) -> TransferReply:
    """A zone as the server at an address gives it, `most` records at most.

    Raises:
        NotATarget: the zone is no name, or the server no address.
        UnsafeAddress: an inside name or address.
        Refusal: the server does not hand it over; what a well kept one says.
        SourceDown, SourceTimeout, Changed: it could not be found out.
    """
    ask = Ask(name=readable(zone), rdtype=dns.rdatatype.AXFR, direct=direct_to(server), tcp=True)
    names.check_name(ask.name)
    who = noted("The name server at {server}", server=server)
    wait = deadline.allow(names.patience.at_most(WAIT), who)
    try:
        got = await transfer(ask.name, names.servers_for(ask)[0], most=most, wait=wait)
    except TimeoutError as error:
        raise too_slow(who, wait) from error
    if got.rcode != dns.rcode.NOERROR:
        said = N_("The name server at {server} answered {rcode}.")
        raise Refusal(noted(said, server=server, rcode=dns.rcode.to_text(got.rcode)), got.rcode)
    return TransferReply(
        collector=collector,
        source="DNS",
        status="NOERROR",
        url=ask.url(),
        fetched_at=clock.now(),
        body=got.wire,
        sha256=digest(got.wire),
        truncated=got.cut,
        rows=got.rows,
    )


@dataclass(frozen=True, slots=True)
class Transferred:
    """What a server gave: one set of records a row, in its order; `cut` when it had more than is read."""

    rcode: dns.rcode.Rcode
    rows: tuple[dns.rrset.RRset, ...]
    wire: bytes
    cut: bool = False


async def transfer(zone: dns.name.Name, server: Server, *, most: int, wait: float) -> Transferred:
    """Ask for a zone, and read until its SOA record comes again, or `most` records are there.

    Raises:
        TimeoutError: it was not over within `wait` seconds.
        SourceDown: the server cannot be reached over TCP, or broke off.
        Changed: what it sent is no transfer of this zone.
    """
    query = dns.message.make_query(zone, dns.rdatatype.AXFR, flags=0)
    reading = _Reading(zone, query.id, most)
    async with asyncio.timeout(wait):
        try:
            reader, writer = await asyncio.open_connection(*server)
            try:
                wire = query.to_wire()
                writer.write(struct.pack("!H", len(wire)) + wire)
                while not reading.over:
                    (length,) = struct.unpack("!H", await reader.readexactly(2))
                    message = await reader.readexactly(length)
                    await asyncio.to_thread(reading.take, message)
            finally:
                writer.close()
        except TimeoutError:
            raise
        except (OSError, asyncio.IncompleteReadError) as error:
            raise SourceDown(noted("The name server broke the transfer off.")) from error
    return Transferred(reading.rcode, tuple(reading.rows), bytes(reading.wire), reading.cut)


class _Reading:
    """The messages of one transfer so far."""

    def __init__(self, zone: dns.name.Name, number: int, most: int) -> None:
        self.rows: list[dns.rrset.RRset] = []
        self.wire = bytearray()
        self.rcode = dns.rcode.NOERROR
        self.over = False
        self.cut = False
        self._zone = zone
        self._number = number
        self._most = most
        self._messages = 0

    def take(self, wire: bytes) -> None:
        """Read one message.

        Raises:
            Changed: it is no part of the transfer that was asked for.
        """
        self.wire += wire
        self._messages += 1
        message = self._parsed(wire)
        self.rcode = message.rcode()
        if self.rcode != dns.rcode.NOERROR:
            self.over = True
            return
        if not message.answer:
            raise Changed(noted("The name server answered a transfer with nothing."))
        for row in message.answer:
            self._add(row)
            if self.over:
                return

    def _parsed(self, wire: bytes) -> dns.message.Message:
        room = self._most - len(self.rows) + 1
        shorter = shortened(wire, room)
        try:
            message = dns.message.from_wire(shorter, xfr=True, one_rr_per_rrset=True, ignore_trailing=True)
        except (dns.exception.DNSException, ValueError) as error:
            raise Changed(noted("The name server answered something that is not DNS.")) from error
        if message.id != self._number or not message.flags & dns.flags.QR:
            raise Changed(noted("The name server answered another question."))
        if shorter != wire or len(self.wire) > MOST_BYTES or self._messages >= MOST_MESSAGES:
            self.cut = True
        return message

    def _add(self, row: dns.rrset.RRset) -> None:
        border = row.rdtype == dns.rdatatype.SOA and row.name == self._zone
        if not self.rows and not border:
            raise Changed(noted("The name server's transfer does not begin with the zone's SOA record."))
        if (border and self.rows) or len(self.rows) >= self._most:  # it ends as it began (RFC 5936 2.2)
            self.cut = self.cut and not border
            self.over = True
            return
        if row.name.is_subdomain(self._zone):
            self.rows.append(row)
