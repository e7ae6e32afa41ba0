"""The stand-in name server tells every kind of answer apart, over UDP and TCP."""

from __future__ import annotations

import asyncio

import dns.asyncquery
import dns.dnssec
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.node
import dns.query
import dns.rcode
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.reversename
import dns.rrset
import dns.xfr
import dns.zone
import pytest

from tests.sandbox.sources.conftest import Sources


def _texts(reply: dns.message.Message, rdtype: str) -> list[str]:
    wanted = dns.rdatatype.from_text(rdtype)
    return sorted(record.to_text() for rrset in reply.answer if rrset.rdtype == wanted for record in rrset)


@pytest.mark.parametrize(
    ("name", "rdtype"),
    [(at, rdtype) for at, types in {
        "example.com": "A AAAA MX NS SOA TXT CAA DS DNSKEY CDS HTTPS HINFO LOC NAPTR SSHFP",
        "example.net": "NSEC3PARAM",
        "www.example.com": "CNAME",
        "old.example.com": "DNAME",
        "_dns.example.com": "SVCB",
        "_443._tcp.example.com": "TLSA",
        "_http._tcp.example.com": "URI",
        "_sip._tcp.example.com": "SRV",
        "_dmarc.example.com": "TXT",
        "_mta-sts.example.com": "TXT",
        "_smtp._tls.example.com": "TXT",
        "default._bimi.example.com": "TXT",
        "default._domainkey.example.com": "TXT",
        "example.com._report._dmarc.example.net": "TXT",
        "10.2.0.192.in-addr.arpa": "PTR",
    }.items() for rdtype in types.split()],
)  # fmt: skip
async def test_every_record_type_has_an_answer_somewhere(sources: Sources, name: str, rdtype: str) -> None:
    reply = await sources.resolve(name, rdtype)

    assert reply.rcode() == dns.rcode.NOERROR
    assert _texts(reply, rdtype)


async def test_an_absent_type_is_nodata_with_the_soa(sources: Sources) -> None:
    reply = await sources.resolve("example.org", "AAAA")

    assert (reply.rcode(), reply.answer) == (dns.rcode.NOERROR, [])
    assert reply.authority[0].rdtype == dns.rdatatype.SOA


async def test_an_empty_name_between_others_exists(sources: Sources) -> None:
    assert (await sources.resolve("_domainkey.example.com", "TXT")).rcode() == dns.rcode.NOERROR


@pytest.mark.parametrize("name", ["vanished.test", "nothere.example.com", "promo.example.com", "_dmarc.com"])
async def test_an_absent_name_is_nxdomain_with_the_soa(sources: Sources, name: str) -> None:
    reply = await sources.resolve(name, "A")

    assert reply.rcode() == dns.rcode.NXDOMAIN
    assert reply.authority[0].rdtype == dns.rdatatype.SOA


async def test_aliases_are_followed_across_zones(sources: Sources) -> None:
    reply = await sources.resolve("shop.example.com", "A")
    moved = await sources.resolve("www.old.example.com", "A")

    assert (_texts(reply, "CNAME"), _texts(reply, "A")) == (["shops.example.net."], ["198.51.100.30"])
    assert _texts(moved, "A") == ["192.0.2.30"]


async def test_a_circle_of_aliases_is_servfail(sources: Sources) -> None:
    assert (await sources.resolve("loop.hostile.test", "A")).rcode() == dns.rcode.SERVFAIL


@pytest.mark.parametrize(
    ("name", "address"),
    [("whatever.examp1e-login.test", "203.0.113.66"), ("a.b.examp1e-login.test", "203.0.113.66"),
     ("x.dev.example.com", "192.0.2.40")],
)  # fmt: skip
async def test_a_wildcard_answers_for_names_nobody_made(sources: Sources, name: str, address: str) -> None:
    assert _texts(await sources.resolve(name, "A"), "A") == [address]


async def test_signatures_lead_from_the_root_to_example_com(sources: Sources) -> None:
    published: dict[str, dns.rrset.RRset] = {}
    keys: dict[dns.name.Name, dns.node.Node | dns.rdataset.Rdataset] = {}
    for zone in (".", "com.", "example.com."):
        reply = await sources.resolve(zone, "DNSKEY")
        name = dns.name.from_text(zone)
        published[zone] = reply.find_rrset(reply.answer, name, dns.rdataclass.IN, dns.rdatatype.DNSKEY)
        keys[name] = published[zone]
        signatures = reply.find_rrset(reply.answer, name, dns.rdataclass.IN, dns.rdatatype.RRSIG, dns.rdatatype.DNSKEY)
        dns.dnssec.validate(published[zone], signatures, keys)
    for child in ("com.", "example.com."):
        signers = _texts(await sources.resolve(child, "DS"), "DS")
        made = [dns.dnssec.make_ds(child, key, "SHA256").to_text() for key in published[child]]
        assert set(signers) <= set(made)


async def test_only_signed_zones_are_authentic(sources: Sources) -> None:
    assert (await sources.resolve("example.com", "MX")).flags & dns.flags.AD
    assert (await sources.resolve("nothere.example.com", "A")).flags & dns.flags.AD
    assert not (await sources.resolve("example.org", "A")).flags & dns.flags.AD
    unasked = await sources.resolve("example.com", "MX", want_dnssec=False)
    assert not unasked.flags & dns.flags.AD
    assert {rrset.rdtype for rrset in unasked.answer} == {dns.rdatatype.MX}


async def test_the_world_s_name_servers_answer_with_authority(sources: Sources) -> None:
    reply = await sources.resolve("example.com", "SOA")

    assert reply.flags & dns.flags.AA
    assert reply.flags & dns.flags.RA


async def test_a_big_answer_is_cut_over_udp_and_whole_over_tcp(sources: Sources) -> None:
    cut = await sources.resolve("hostile.test", "TXT", via="udp")
    whole = await sources.resolve("hostile.test", "TXT")

    assert cut.flags & dns.flags.TC
    assert not whole.flags & dns.flags.TC
    assert len(whole.to_wire(max_size=65535)) > 40_000
    assert [each["via"] for each in await sources.asked("hostile.test TXT")] == ["udp", "udp", "tcp"]


async def test_hostile_records_carry_control_characters_and_mentions(sources: Sources) -> None:
    records = (await sources.resolve("hostile.test", "TXT")).answer[0]
    strings = b"".join(part for record in records for part in record.strings)

    for trick in (b"<!channel>", b"<@U0ADA>", b"\x1b[31m", "\u202e".encode(), b"\x00", b"=cmd()", b"`code`"):
        assert trick in strings


@pytest.mark.parametrize("address", ["192.0.2.10", "192.0.2.53", "203.0.113.66", "2001:db8::10", "198.51.100.25"])
async def test_a_reverse_name_leads_back_to_its_address(sources: Sources, address: str) -> None:
    names = _texts(await sources.resolve(dns.reversename.from_address(address).to_text(), "PTR"), "PTR")
    forward = [
        text
        for name in names
        for text in _texts(
            await sources.resolve(name, "AAAA" if ":" in address else "A"), "AAAA" if ":" in address else "A"
        )
    ]

    assert address in forward


async def test_one_reverse_name_lies(sources: Sources) -> None:
    claimed = _texts(await sources.resolve("67.113.0.203.in-addr.arpa", "PTR"), "PTR")

    assert claimed == ["www.example.com."]
    assert "203.0.113.67" not in _texts(await sources.resolve("www.example.com", "A"), "A")


async def test_a_zone_transfer_is_refused(sources: Sources) -> None:
    host, port = sources.dns_at
    with pytest.raises(dns.xfr.TransferError):
        await dns.asyncquery.inbound_xfr(host, dns.zone.Zone("example.com"), port=port, timeout=5, lifetime=5)


async def test_names_outside_the_world_are_refused_not_denied(sources: Sources) -> None:
    assert (await sources.resolve("somewhere.io", "A")).rcode() == dns.rcode.REFUSED


async def test_a_broken_name_is_servfail_with_checking_disabled_too(sources: Sources) -> None:
    for flags in (0, dns.flags.CD):
        assert (await sources.resolve("broken.test", "A", flags=flags)).rcode() == dns.rcode.SERVFAIL


async def test_a_flaky_name_fails_for_everything_until_one_question_comes_again(sources: Sources) -> None:
    asked = [("A", 0), ("MX", 0), ("SOA", 0), ("SOA", dns.flags.CD), ("A", 0), ("NS", 0)]
    codes = [(await sources.resolve("flaky.test", rdtype, flags=flags)).rcode() for rdtype, flags in asked]

    assert codes == [dns.rcode.SERVFAIL] * 4 + [dns.rcode.NOERROR] * 2


async def test_garbage_is_formerr_and_does_not_stop_the_server(sources: Sources) -> None:
    loop = asyncio.get_running_loop()
    replies: asyncio.Queue[bytes] = asyncio.Queue()

    class Listener(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: object) -> None:
            replies.put_nowait(data)

    transport, _ = await loop.create_datagram_endpoint(Listener, remote_addr=sources.dns_at)
    transport.sendto(b"\x12")
    transport.sendto(b"\x11\x11\x80\x00" + bytes(8))  # a reply, not a question
    transport.sendto(b"\x12\x34" + b"\x01\x00" + b"\xff" * 40)
    reply = await asyncio.wait_for(replies.get(), 5)
    transport.close()

    assert reply[:2] == b"\x12\x34"
    assert reply[3] & 0x0F == dns.rcode.FORMERR
    assert (await sources.resolve("example.com", "A")).rcode() == dns.rcode.NOERROR


async def test_garbage_over_tcp_is_formerr_and_ends_the_conversation(sources: Sources) -> None:
    reader, writer = await asyncio.open_connection(*sources.dns_at)
    writer.write(b"\x00\x20\x12\x34\x01\x00" + b"\xff" * 28)
    writer.write_eof()
    reply = await asyncio.wait_for(reader.read(), 5)
    writer.close()

    assert reply == b"\x00\x0c\x12\x34\x81\x01" + bytes(8)
