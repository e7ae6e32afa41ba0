"""A name server lies about where a name leads, at once or the second time: no packet of ours goes inside.

The network is the tests' own: every address answers, and what was touched is counted from the packets.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator

import dns.message
import dns.rrset
import pytest

from core.errors import SourceError, UnsafeAddress
from tests.faults.apart import Ledger, apart
from tests.faults.everywhere import OTHER, SHOP, SHOP6, Place, answer, open_place
from tests.faults.ssrf_corpus import CORPUS, Entry

Records = tuple[tuple[str, ...], ...]
TRAPS: dict[str, Records] = {
    "loopback": (("A", "127.0.0.1"),),
    "this host": (("A", "0.0.0.0"),),
    "a private network": (("A", "10.0.0.1"),),
    "link-local": (("A", "169.254.1.1"),),
    "carrier-grade NAT": (("A", "100.64.0.1"),),
    "the metadata service": (("A", "169.254.169.254"),),
    "the metadata service over IPv6": (("AAAA", "fd00:ec2::254"),),
    "Azure's wire server": (("A", "168.63.129.16"),),
    "multicast": (("A", "224.0.0.1"),),
    "broadcast": (("A", "255.255.255.255"),),
    "IPv6 loopback": (("AAAA", "::1"),),
    "unique local": (("AAAA", "fd00::1"),),
    "link-local over IPv6": (("AAAA", "fe80::1"),),
    "mapped": (("AAAA", "::ffff:127.0.0.1"),),
    "compatible": (("AAAA", "::7f00:1"),),
    "NAT64": (("AAAA", "64:ff9b::a00:1"),),
    "NAT64 of one network": (("AAAA", "64:ff9b:1::a00:1"),),
    "6to4": (("AAAA", "2002:a00:1::1"),),
    "Teredo": (("AAAA", "2001:0:808:808::f5ff:fffe"),),
    "ISATAP": (("AAAA", "2001:db8:cafe::5efe:a00:1"),),
    "one bad among good ones": (("A", SHOP, OTHER, "127.0.0.1"),),
    "the bad one first": (("A", "127.0.0.1", SHOP),),
    "a good A and a bad AAAA": (("A", SHOP), ("AAAA", "::1")),
    "a good AAAA and a bad A": (("A", "10.0.0.1"), ("AAAA", SHOP6)),
    "an alias of localhost": (("CNAME", "localhost."),),
    "an alias of an inside name": (("CNAME", "db.internal."),),
    "an alias of a single word": (("CNAME", "nas."),),
    "an alias of a public name that leads inside": (("CNAME", "inner.test."),),
    "a chain of aliases": (("CNAME", "hop1.test."),),
}
INSIDE_KNOWS = {"localhost": "127.0.0.1", "db.internal": "10.0.0.5", "nas": "10.0.0.9", "inner.test": "10.0.0.1"}
WILDCARD = ("127.0.0.1", "10-0-0-1", "app.169.254.169.254", "7f000001", "customer1.127.0.0.1", "0x7f.1.x")


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    with apart() as opened:
        yield opened


@pytest.fixture
async def place(ledger: Ledger) -> AsyncIterator[Place]:
    """With a resolver that also knows the names of the inside."""
    async with open_place(ledger) as opened:
        for name, address in INSIDE_KNOWS.items():
            opened.world.dns.add(name, "A", address)
        for here, there in (("hop1", "hop2"), ("hop2", "hop3"), ("hop3", "inner")):
            opened.world.dns.add(f"{here}.test", "CNAME", f"{there}.test.")
        opened.touched()
        yield opened


async def knock(place: Place, name: str, host: str) -> None:
    """Ask a host through every door that looks its name up."""
    url = f"http://{host}:{place.everywhere.port}/"
    place.everywhere.answers["/to"] = answer(302, Location=url)
    entry = Entry(name, url)
    await place.refused(entry, place.fetch.get(url), untouched=False)
    await place.refused(entry, place.fetch.json(url), untouched=False)
    away = place.fetch.get(f"http://shop.test:{place.everywhere.port}/to", redirects=1)
    await place.refused(entry, away, untouched=False)
    await place.refused(entry, place.fetch.whois(host, "example.com"), untouched=False)


@pytest.mark.fault("A name leads inside: an address, one of several, one family of two, an alias", keeps=("in",))
@pytest.mark.parametrize("trap", TRAPS)
async def test_a_name_that_leads_inside_is_not_connected_to(place: Place, trap: str) -> None:
    for rdtype, *texts in TRAPS[trap]:
        place.world.dns.add("trap.test", rdtype, *texts)
    await knock(place, trap, "trap.test")
    assert place.through == []
    assert {each.path for each in place.everywhere.heard} == {"/to"}, "only the public first hop was asked"


@pytest.mark.fault("A public zone answers for every address written into a name, as nip.io does", keeps=("in",))
async def test_a_wildcard_zone_does_not_lead_inside(place: Place) -> None:
    for label in WILDCARD:
        place.world.dns.add(f"{label}.wild.test", "A", "127.0.0.1" if "7" in label else "10.0.0.1")
        await knock(place, label, f"{label}.wild.test")
    assert place.through == []


@pytest.mark.fault("A DNAME moves a whole zone to a name of the inside", keeps=("in",))
async def test_a_moved_zone_does_not_lead_inside(place: Place) -> None:
    query = dns.message.make_query("www.moved.test", "A")
    response = dns.message.make_response(query, recursion_available=True)
    for text in ("moved.test. 0 IN DNAME db.internal.", "www.moved.test. 0 IN CNAME www.db.internal.",
                 "www.db.internal. 0 IN A 203.0.113.7"):  # fmt: skip
        name, ttl, kind, rdtype, target = text.split()
        response.answer.append(dns.rrset.from_text(name, int(ttl), kind, rdtype, target))
    place.world.dns.raw("www.moved.test", response.to_wire()[2:], "A")
    await knock(place, "DNAME", "www.moved.test")
    assert place.through == []


@pytest.mark.fault("Rebinding: public when checked, inside when asked again, TTL 0", keeps=("in",))
@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({"A": [SHOP]}, {"A": ["127.0.0.1"]}),
        ({"A": [SHOP], "AAAA": [SHOP6]}, {"A": [SHOP], "AAAA": ["::1"]}),
        ({"A": [SHOP], "AAAA": [SHOP6]}, {"A": ["169.254.169.254"], "AAAA": [SHOP6]}),
        ({"A": [SHOP]}, {"A": [SHOP, "10.0.0.1"]}),
    ],
)
async def test_a_name_that_moves_inside_is_not_followed(
    place: Place, first: dict[str, list[str]], then: dict[str, list[str]]
) -> None:
    for rdtype, addresses in first.items():
        place.world.dns.in_turn("moving.test", rdtype, addresses, then[rdtype])
    url = f"http://moving.test:{place.everywhere.port}/"
    assert (await place.fetch.get(url)).text() == "hello"
    assert place.world.dns.count("moving.test", "A") == 1, "one look: no second one that could say something else"
    assert place.inside() == []
    for _ in range(3):
        await place.refused(Entry("moved", url), place.fetch.get(url), untouched=False)
    assert (place.through, len(place.everywhere.heard)) == ([], 1)


@pytest.mark.fault("Rebinding the other way: inside at first, public when asked again", keeps=("in", "honest"))
async def test_a_name_that_moves_outside_is_asked_there_only(place: Place) -> None:
    place.world.dns.in_turn("moving.test", "A", ["127.0.0.1"], [SHOP])
    url = f"http://moving.test:{place.everywhere.port}/"
    with pytest.raises(UnsafeAddress):
        await place.fetch.get(url)
    assert place.world.dns.count("moving.test", "A") == 1, "what leads inside is not tried again"
    assert (await place.fetch.get(url)).text() == "hello"
    assert place.inside() == []


@pytest.mark.fault("Rebinding between two tries: the public address refuses, the next look says inside", keeps=("in",))
async def test_a_retry_looks_again_and_judges_again(place: Place) -> None:
    place.world.dns.in_turn("moving.test", "A", [SHOP], ["10.0.0.1"])
    with pytest.raises(UnsafeAddress):
        await place.fetch.get("http://moving.test:1024/")  # nobody listens there
    assert [each.address for each in place.touched() if each.port == 1024] == [SHOP]


@pytest.mark.fault("Rebinding between two redirects of one question", keeps=("in",))
async def test_each_hop_looks_the_name_up_for_itself(place: Place) -> None:
    place.world.dns.in_turn("moving.test", "A", [SHOP], ["10.0.0.1"])
    place.everywhere.answers["/1"] = answer(302, Location="/2")
    url = f"http://moving.test:{place.everywhere.port}/1"
    await place.refused(Entry("moved", url), place.fetch.get(url, redirects=3), untouched=False)
    assert place.through == []
    assert [each.path for each in place.everywhere.heard] == ["/1"]


@pytest.mark.fault("HTTPS and SVCB records hint at addresses of the inside", keeps=("in",))
async def test_hints_are_not_connected_to(place: Place) -> None:
    for rdtype in ("HTTPS", "SVCB"):
        place.world.dns.add("hint.test", rdtype, '1 . alpn="h2" port="6379" ipv4hint="127.0.0.1" ipv6hint="::1"')
    place.world.dns.add("hint.test", "A", SHOP)
    assert (await place.fetch.get(f"http://hint.test:{place.everywhere.port}/")).text() == "hello"
    assert place.inside() == []
    assert [each.address for each in place.everywhere.heard] == [SHOP]


@pytest.mark.fault("A record, a referral or a person names a machine of the inside to our resolver", keeps=("in",))
@pytest.mark.parametrize("rdtype", ["A", "AAAA", "TXT", "NS", "SOA", "PTR", "SRV", "ANY"])
async def test_names_of_the_inside_never_leave_as_questions(place: Place, rdtype: str) -> None:
    families = ("names of this machine", "names of a network")
    hosts = [each.url.removeprefix("http://").removesuffix(":PORT/") for name in families for each in CORPUS[name]]
    reverse = ["1.0.0.10.in-addr.arpa", "10.in-addr.arpa", "168.192.in-addr.arpa", "_x.16.172.in-addr.arpa",
               "254.169.in-addr.arpa", "64.100.in-addr.arpa", "0-25.0.0.10.in-addr.arpa", "d.f.ip6.arpa",
               "8.e.f.ip6.arpa"]  # fmt: skip
    escaped = ["x.inte\\114nal", "db\\.internal", "x.\uff49nternal", "lo\u00adcalhost", "x.INTERNAL", "nas", "router."]
    for host in [*hosts, *reverse, *escaped]:
        await place.refused(Entry(host, host), place.fetch.dns(host, rdtype))
    assert (place.through, place.world.dns.count()) == ([], 0)


@pytest.mark.fault("A public name is an alias of a name that only our resolver knows", keeps=("in", "honest"))
@pytest.mark.parametrize("target", ["localhost.", "db.internal.", "nas.", "5.0.0.10.in-addr.arpa."])
async def test_what_our_resolver_knows_of_the_inside_is_not_told_through_an_alias(place: Place, target: str) -> None:
    place.world.dns.add("alias.test", "CNAME", target)
    with pytest.raises(UnsafeAddress, match=r"alias\.test is an alias of"):
        await place.fetch.dns("alias.test", "A")
    told = await place.fetch.dns("alias.test", "CNAME")
    assert [each.to_text() for each in told.records] == [target], "the record itself is public, and is shown"


@pytest.mark.fault("Public names, top-level and reverse ones too: not all may be refused", keeps=("in", "honest"))
async def test_public_names_are_still_looked_up(place: Place) -> None:
    names = ("com", "test", "uk", ".", "example.com", "7.113.0.203.in-addr.arpa", "8.8.in-addr.arpa", "in-addr.arpa",
             "172.in-addr.arpa", "0.2.ip6.arpa", "_dmarc.example.com", "localhost.example.com")  # fmt: skip
    for name in names:
        with contextlib.suppress(SourceError):
            await place.fetch.dns(name, "NS")
    assert place.world.dns.count(rdtype="NS") == len(names)
