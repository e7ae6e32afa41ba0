"""From a question to a DNS answer: aliases followed, wildcards expanded, denials told apart; no sockets."""

from __future__ import annotations

from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.rrset

from sandbox.sources.zones import Zone, Zones

CARELESS = frozenset({"rented.test."})
"""Zones whose servers hand themselves over to anybody who asks."""
REFUSED_TYPES = {dns.rdatatype.AXFR, dns.rdatatype.IXFR, dns.rdatatype.MAILA, dns.rdatatype.MAILB}
OURS = ("arpa.", "com.", "example.", "net.", "org.", "test.")
"""Names elsewhere are refused, not denied: the invented world knows nothing of them."""

Name = dns.name.Name
Type = dns.rdatatype.RdataType


@dataclass
class Answer:
    """What a name server says: a code and the records of its sections."""

    rcode: dns.rcode.Rcode = dns.rcode.NOERROR
    answer: list[dns.rrset.RRset] = field(default_factory=list)
    authority: list[dns.rrset.RRset] = field(default_factory=list)
    secure: bool = True  # every record came from a signed zone


def respond(zones: Zones, query: dns.message.Message, *, tcp: bool = False) -> dns.message.Message:
    """Answer a query message; whether it is validated shows in AD, who holds it in AA."""
    reply = dns.message.make_response(query, recursion_available=True, our_payload=1232)
    if query.opcode() != dns.opcode.QUERY:
        reply.set_rcode(dns.rcode.NOTIMP)
        return reply
    if len(query.question) != 1:
        reply.set_rcode(dns.rcode.FORMERR)
        return reply
    asked = query.question[0]
    if asked.rdtype == dns.rdatatype.AXFR and tcp and asked.name.to_text().lower() in CARELESS:
        reply.answer = _whole(zones.by_origin[asked.name])
        reply.flags |= dns.flags.AA
        return reply
    if asked.rdclass != dns.rdataclass.IN or asked.rdtype in REFUSED_TYPES or not _is_ours(asked.name):
        reply.set_rcode(dns.rcode.REFUSED)
        return reply
    wants_proof = bool(query.ednsflags & dns.flags.DO)
    found = look_up(zones, asked.name, asked.rdtype, proof=wants_proof)
    reply.set_rcode(found.rcode)
    reply.answer, reply.authority = found.answer, found.authority
    reply.flags |= dns.flags.AA
    if found.secure and (wants_proof or query.flags & dns.flags.AD):
        reply.flags |= dns.flags.AD
    return reply


def _whole(zone: Zone) -> list[dns.rrset.RRset]:
    """A zone as it is transferred (RFC 5936 2.2): between two copies of its SOA record."""
    content = zone.content
    soa = content.get_rrset(zone.origin, dns.rdatatype.SOA)
    assert soa is not None
    names = sorted(content.nodes)
    rows = [dns.rrset.from_rdata_list(name, each.ttl, list(each)) for name in names for each in content.nodes[name]]
    return [soa, *(row for row in rows if row.rdtype != dns.rdatatype.SOA), soa]


def _is_ours(name: Name) -> bool:
    return name == dns.name.root or any(name.is_subdomain(dns.name.from_text(top)) for top in OURS)


def look_up(zones: Zones, name: Name, rdtype: Type, *, proof: bool = False) -> Answer:
    """Follow a name to its records through every alias; with `proof` the signatures come along."""
    found = Answer()
    passed: set[Name] = set()
    while name not in passed:
        passed.add(name)
        zone = zones.covering(name, rdtype)
        found.secure = found.secure and zone.signed
        alias = _step(zone, name, rdtype, found, proof)
        if alias is None:
            return found
        name = alias
    return Answer(rcode=dns.rcode.SERVFAIL, secure=False)  # what a resolver says to a loop


def _step(zone: Zone, name: Name, rdtype: Type, found: Answer, proof: bool) -> Name | None:
    """Add what one zone says about a name; gives the name to go on with, None at the end."""
    moved = _moved(zone, name)
    if moved is not None:
        owner, target = moved
        _add(found.answer, zone, owner, dns.rdatatype.DNAME, shown=owner, proof=proof)
        found.answer.append(dns.rrset.from_text(name, 0, "IN", "CNAME", target.to_text()))
        return target
    known = _owner(zone, name)
    if known is None:
        found.rcode = dns.rcode.NXDOMAIN
        _add(found.authority, zone, zone.origin, dns.rdatatype.SOA, shown=zone.origin, proof=proof)
        return None
    if rdtype == dns.rdatatype.ANY:
        # RFC 8482: a question for everything gets a pointer, not everything
        found.answer.append(dns.rrset.from_text(name, 3600, "IN", "HINFO", '"RFC8482" ""'))
        return None
    if _add(found.answer, zone, known, rdtype, shown=name, proof=proof):
        return None
    alias = zone.rdataset(known, dns.rdatatype.CNAME)
    if alias is None:
        _add(found.authority, zone, zone.origin, dns.rdatatype.SOA, shown=zone.origin, proof=proof)
        return None
    _add(found.answer, zone, known, dns.rdatatype.CNAME, shown=name, proof=proof)
    return _target(alias)


def _moved(zone: Zone, name: Name) -> tuple[Name, Name] | None:
    """The DNAME above a name and where it leads (RFC 6672); the DNAME's own name stays."""
    above = name
    while above != zone.origin:
        above = above.parent()
        alias = zone.rdataset(above, dns.rdatatype.DNAME)
        if alias is not None:
            return above, name.relativize(above).derelativize(_target(alias))
    return None


def _owner(zone: Zone, name: Name) -> Name | None:
    """The name itself when it exists, else the wildcard that covers it (RFC 4592), else None."""
    if name in zone.names:
        return name
    encloser = name.parent()
    while encloser not in zone.names:
        encloser = encloser.parent()
    wildcard = dns.name.from_text("*", encloser)
    return wildcard if wildcard in zone.names else None


def _add(section: list[dns.rrset.RRset], zone: Zone, owner: Name, rdtype: Type, *, shown: Name, proof: bool) -> bool:
    """Put a set of records, and its signatures when wanted, under the name that was asked."""
    records = zone.rdataset(owner, rdtype)
    if records is None:
        return False
    section.append(dns.rrset.from_rdata_list(shown, records.ttl, list(records)))
    signatures = zone.rdataset(owner, dns.rdatatype.RRSIG, rdtype) if proof else None
    if signatures is not None:
        section.append(dns.rrset.from_rdata_list(shown, records.ttl, list(signatures)))
    return True


def _target(alias: dns.rdataset.Rdataset) -> Name:
    target = alias[0].target
    assert isinstance(target, Name)
    return target
