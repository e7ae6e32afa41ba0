"""The DNS door: answers of every class, over UDP and TCP, with a receipt that can be compared."""

from __future__ import annotations

import asyncio
import hashlib

import dns.flags
import dns.message
import pytest

from collectors.declare import Findings, collector
from collectors.fetch import Fetch, Patience
from core.errors import Changed, NotATarget, SourceDown, SourceError, SourceTimeout
from core.models import Fact, Kind, Target
from tests.collectors.canned import IMPATIENT, World
from tests.collectors.canned_dns import CannedDns

TARGET = Target(Kind.DOMAIN, "example.com")


@collector(title="Records", accepts=[Kind.DOMAIN], yields=[Fact.RECORD], hosts=[], tells="the resolver")
async def records(target: Target, fetch: Fetch) -> Findings:
    """Addresses."""
    reply = await fetch.dns(target.value, "A")
    for each in reply.records:
        yield reply.finding(Kind.IP, each.to_text())


@pytest.fixture
async def fetch(world: World) -> Fetch:
    return await world.fetch(records, TARGET)


async def test_records_come_with_their_age_and_receipt(world: World, fetch: Fetch) -> None:
    world.dns.add("example.com", "MX", "10 mx1.example.net.", "20 mx2.example.net.", ttl=77)
    reply = await fetch.dns("example.com", "MX")
    assert reply.rcode == "NOERROR"
    assert sorted(each.to_text() for each in reply.records) == ["10 mx1.example.net.", "20 mx2.example.net."]
    assert (reply.ttl, reply.canonical, reply.chain, reply.ad, reply.aa) == (77, "example.com", (), False, False)
    finding = reply.finding(Fact.RECORD, "MX 10 mx1.example.net")
    assert finding.provenance.url == "dns:example.com?type=MX"
    assert (finding.provenance.source, finding.provenance.status) == ("DNS", "NOERROR")


async def test_the_digest_does_not_depend_on_the_number_of_the_question(world: World, fetch: Fetch) -> None:
    world.dns.add("example.com", "A", "192.0.2.10")
    first, second = await fetch.dns("example.com", "A"), await fetch.dns("example.com", "A")
    assert first.body[:2] != second.body[:2] or first.message.id == second.message.id
    assert first.sha256 == second.sha256 == hashlib.sha256(b"\0\0" + first.body[2:]).hexdigest()


async def test_no_such_name_and_no_such_record_are_different_answers(world: World, fetch: Fetch) -> None:
    world.dns.add("www.example.com", "A", "192.0.2.10")
    missing, empty = await fetch.dns("vanished.test", "A"), await fetch.dns("example.com", "A")
    assert (missing.rcode, missing.records) == ("NXDOMAIN", ())
    assert (empty.rcode, empty.records) == ("NOERROR", ())
    assert missing.ttl == 60  # the SOA's, RFC 2308 5


async def test_aliases_are_followed_to_their_end(world: World, fetch: Fetch) -> None:
    world.dns.add("www.example.com", "CNAME", "cdn.example.net.")
    world.dns.add("cdn.example.net", "CNAME", "edge.example.org.")
    world.dns.add("edge.example.org", "A", "192.0.2.10")
    reply = await fetch.dns("www.example.com", "A")
    assert reply.chain == ("cdn.example.net", "edge.example.org")
    assert reply.canonical == "edge.example.org"
    assert [each.to_text() for each in reply.records] == ["192.0.2.10"]


async def test_an_alias_to_nowhere_is_an_answer(world: World, fetch: Fetch) -> None:
    world.dns.add("old.example.com", "CNAME", "gone.example.org.")
    reply = await fetch.dns("old.example.com", "A")
    assert (reply.records, reply.canonical) == ((), "gone.example.org")


async def test_aliases_in_a_circle_are_a_contradiction(world: World, fetch: Fetch) -> None:
    world.dns.add("a.example.com", "CNAME", "b.example.com.")
    world.dns.add("b.example.com", "CNAME", "a.example.com.")
    with pytest.raises(Changed, match="circles"):
        await fetch.dns("a.example.com", "A")


@pytest.mark.parametrize("rcode", ["SERVFAIL", "REFUSED", "NOTIMP", "FORMERR", "YXDOMAIN", "NOTAUTH"])
async def test_a_server_that_cannot_say_is_down(world: World, fetch: Fetch, rcode: str) -> None:
    world.dns.rcode("broken.test", rcode)
    with pytest.raises(SourceDown, match=rcode):
        await fetch.dns("broken.test", "A")
    assert world.dns.count() == 1, "the same server is not asked the same again"


async def test_the_next_resolver_is_asked_when_one_cannot_say(world: World) -> None:
    async with CannedDns.open() as broken:
        broken.rcode("example.com", "SERVFAIL")
        world.dns.add("example.com", "A", "192.0.2.10")
        fetch = await world.fetch(records, TARGET, dns_servers=(broken.address, world.dns.address), patience=Patience())
        assert (await fetch.dns("example.com", "A")).records
        assert broken.count() == 1


async def test_a_server_that_says_nothing_is_a_time_out(world: World) -> None:
    world.dns.silent("slow.test")
    patient = Patience(dns_tries=(0.05, 0.05, 0.05))
    fetch = await world.fetch(records, TARGET, patience=patient)
    with pytest.raises(SourceTimeout, match=r"slow\.test A"):
        await fetch.dns("slow.test", "A")
    assert world.dns.count() == 3


async def test_a_server_that_is_not_there_is_down(world: World, closed_port: int) -> None:
    fetch = await world.fetch(records, TARGET, dns_servers=(f"127.0.0.1:{closed_port}",))
    with pytest.raises(SourceDown, match="cannot be reached"):
        await fetch.dns("example.com", "A")
    with pytest.raises(SourceDown, match="over TCP"):
        await fetch.dns("example.com", "A", tcp=True)


async def test_a_truncated_answer_is_asked_for_over_tcp(world: World, fetch: Fetch) -> None:
    world.dns.truncate("example.com")
    world.dns.add("example.com", "A", "192.0.2.10")
    assert (await fetch.dns("example.com", "A")).records
    assert [each.tcp for each in world.dns.asked] == [False, True]


async def test_an_answer_too_large_for_udp_arrives_whole(world: World, fetch: Fetch) -> None:
    texts = [f'"{number:03d}{"x" * 200}"' for number in range(60)]
    world.dns.add("example.com", "TXT", *texts)
    assert len((await fetch.dns("example.com", "TXT")).records) == 60


async def test_tcp_may_be_asked_for(world: World, fetch: Fetch) -> None:
    world.dns.add("example.com", "A", "192.0.2.10")
    await fetch.dns("example.com", "A", tcp=True)
    assert [each.tcp for each in world.dns.asked] == [True]


async def test_a_silent_tcp_server_is_a_time_out(world: World) -> None:
    world.dns.silent("slow.test")
    fetch = await world.fetch(records, TARGET, patience=IMPATIENT)
    with pytest.raises(SourceTimeout):
        await fetch.dns("slow.test", "A", tcp=True)


async def test_the_question_says_what_was_wanted(world: World, fetch: Fetch) -> None:
    world.dns.add("example.com", "A", "192.0.2.10")
    await fetch.dns("example.com", "A")
    await fetch.dns("example.com", "A", want_dnssec=False, checking_disabled=True)
    await fetch.dns("example.com", "A", server="192.0.2.53")
    plain, bare, direct = world.dns.asked
    assert (plain.dnssec, bool(plain.flags & dns.flags.CD), bool(plain.flags & dns.flags.RD)) == (True, False, True)
    assert (bare.dnssec, bool(bare.flags & dns.flags.CD)) == (False, True)
    assert not direct.flags & dns.flags.RD, "a server asked directly answers for itself"


async def test_what_the_server_vouches_for_is_told(world: World, fetch: Fetch) -> None:
    world.dns.ad = True
    world.dns.add("example.com", "A", "192.0.2.10")
    reply = await fetch.dns("example.com", "A", server="192.0.2.53")
    assert (reply.ad, reply.aa) == (True, True)
    assert reply.url == "dns://192.0.2.53/example.com?type=A"


GARBAGE = {
    "nothing but a header": b"\x84\x00" + b"\0" * 8,
    "counts without records": b"\x84\x00\x00\x01\x00\xff\x00\x00\x00\x00",
    "a pointer to itself": b"\x84\x00\x00\x01\x00\x00\x00\x00\x00\x00\xc0\x0c\x00\x01\x00\x01",
    "another question": b"\x84\x00\x00\x01\x00\x00\x00\x00\x00\x00\x05other\x04test\x00\x00\x01\x00\x01",
    "an update": b"\xac\x00" + b"\0" * 8,
}


@pytest.mark.parametrize("body", GARBAGE.values(), ids=GARBAGE)
async def test_garbage_is_a_shape_we_do_not_know(world: World, fetch: Fetch, body: bytes) -> None:
    world.dns.raw("example.com", body)
    with pytest.raises(Changed):
        await fetch.dns("example.com", "A")


@pytest.mark.parametrize("name", ["a..example.com", "x" * 64 + ".com", "a." * 127 + "com", ".example.com", "\\999.com"])
async def test_what_cannot_be_a_name_is_not_asked(world: World, fetch: Fetch, name: str) -> None:
    with pytest.raises(NotATarget):
        await fetch.dns(name, "A")
    assert world.dns.count() == 0


async def test_only_addresses_are_asked_directly(fetch: Fetch) -> None:
    with pytest.raises(NotATarget, match="not the address of a name server"):
        await fetch.dns("example.com", "A", server="ns1.example.net")


async def test_international_names_are_asked_in_their_wire_form(world: World, fetch: Fetch) -> None:
    world.dns.add("xn--bcher-kva.example", "A", "192.0.2.10")
    assert (await fetch.dns("bücher.example", "A")).records


async def test_a_run_asks_at_most_twenty_at_once(world: World) -> None:
    fetch = await world.fetch(records, TARGET, patience=IMPATIENT)
    for number in range(30):
        world.dns.silent(f"n{number}.slow.test")
    asking = [asyncio.create_task(fetch.dns(f"n{number}.slow.test", "A")) for number in range(30)]
    done, _ = await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
    seen = world.dns.count()
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert done
    assert seen <= 20
    assert all(isinstance(answer, SourceError) for answer in answers)


async def test_stray_datagrams_are_let_pass(world: World, fetch: Fetch) -> None:
    """A forged answer with another id must not end the wait for the true one."""
    world.dns.add("example.com", "A", "192.0.2.10")
    world.dns.noise = b"\x00\x00\x84\x00" + b"\0" * 8
    assert (await fetch.dns("example.com", "A")).records


async def test_an_alias_target_with_odd_letters_can_be_asked_again(world: World, fetch: Fetch) -> None:
    world.dns.add("odd.example.com", "CNAME", "sp\\032ace.example.net.")
    reply = await fetch.dns("odd.example.com", "CNAME")
    again = await fetch.dns(reply.records[0].to_text().split()[-1], "A")
    assert again.rcode == "NXDOMAIN"


def test_the_canned_server_and_the_door_agree_on_what_a_message_is() -> None:
    query = dns.message.make_query("example.com", "A")
    answer = CannedDns().answer(query.to_wire(), tcp=True)
    assert answer is not None
    assert query.is_response(dns.message.from_wire(answer))
