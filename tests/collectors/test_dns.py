"""The contract of the dns collector: what each kind of answer, and each lack of one, becomes."""

from __future__ import annotations

import asyncio
from collections import Counter

import dns.flags
import pytest

from collectors.dns import dns as collector
from collectors.run import look
from collectors.zone.subject import HOST_TYPES
from core.models import Confidence, Fact, Finding, Kind, Outcome, Severity, Target
from tests.collectors.canned import IMPATIENT, World
from tests.collectors.zones import checks, grades, healthy, values

COM = Target(Kind.DOMAIN, "example.com")


@pytest.mark.contract("success")
async def test_a_healthy_domain_gives_every_type_of_record(world: World) -> None:
    healthy(world)
    ended, found = await world.collect(collector, COM)
    assert (ended.outcome, ended.message) == (Outcome.FOUND, "")
    types = {each.attributes["record"] for each in found if "record" in each.attributes}
    assert types == {
        *("A", "AAAA", "MX", "NS", "SOA", "TXT", "CAA", "HTTPS", "NAPTR", "HINFO", "LOC", "SSHFP", "RP", "NSEC3PARAM"),
        *("CDS", "DS", "DNSKEY", "SRV", "SVCB", "URI", "TLSA", "PTR", "SPF"),
    }
    assert values(found, Kind.IP, "address") == ["192.0.2.10", "2001:db8::10"]
    assert values(found, Kind.DOMAIN, "mail server") == ["a.mail.example.net", "mx1.example.net"]
    assert values(found, Kind.DOMAIN, "name server") == ["ns1.example.net", "ns1.example.org"]
    assert values(found, Kind.DOMAIN, "reverse name") == ["www.example.com"]
    assert values(found, Kind.CIDR, "mail sender") == ["192.0.2.0/24"]
    assert values(found, Kind.EMAIL) == [
        *("ada.dns@example.org", "dmarc@example.com", "r@example.net", "security@example.com", "tls@example.com"),
    ]
    assert values(found, Fact.SERVICE) == ["DocuSign", "Let's Encrypt"]


async def test_a_healthy_domain_gets_good_grades(world: World) -> None:
    healthy(world)
    _, found = await world.collect(collector, COM)
    names = ("SPF", "DMARC", "DKIM", "MTA-STS", "TLS-RPT", "BIMI", "CAA", "DNSSEC", "Mail servers", "Name servers")
    assert grades(found) == dict.fromkeys(names, "good")
    assert all(each.attributes["why"].endswith(".") for each in checks(found).values())
    assert checks(found)["DNSSEC"].attributes["parts"]["state"] == "secure"


async def test_every_finding_can_be_proven(world: World) -> None:
    healthy(world)
    _, found = await world.collect(collector, COM)
    assert all(each.provenance.url.startswith(("dns:", "https://mta-sts.example.com/")) for each in found)
    assert all(len(each.provenance.sha256) == 64 and each.provenance.collector == "dns" for each in found)
    addresses = {each.value: each for each in found if each.attributes.get("role") == "address"}
    assert addresses["192.0.2.10"].attributes["ttl"] == 3600
    assert not addresses["192.0.2.10"].attributes["volatile"]
    assert addresses["2001:db8::10"].attributes["volatile"]


async def test_no_question_is_asked_twice(world: World) -> None:
    healthy(world)
    await world.collect(collector, COM)
    asked = Counter((each.name, each.rdtype) for each in world.dns.asked if each.flags & dns.flags.RD)
    assert max(asked.values()) == 1
    assert len(asked) < 130
    direct = [each for each in world.dns.asked if not each.flags & dns.flags.RD]
    assert [(each.name, each.rdtype) for each in direct] == [("example.com", "SOA")] * 2


async def test_the_same_zone_gives_the_same_findings_again(world: World) -> None:
    healthy(world)
    _, first = await world.collect(collector, COM)
    _, second = await world.collect(collector, COM)
    assert sorted(map(repr, map(_gist, first))) == sorted(map(repr, map(_gist, second)))


def _gist(finding: Finding) -> tuple[object, ...]:
    return finding.kind, finding.value, finding.attributes, finding.confidence, finding.context


@pytest.mark.contract("not_found")
async def test_a_name_that_does_not_exist_is_an_answer(world: World) -> None:
    ended, found = await world.collect(collector, Target(Kind.DOMAIN, "vanished.test"))
    assert (ended.outcome, ended.reason, found) == (Outcome.NOTHING, "", [])
    assert ended.message == "vanished.test does not exist (NXDOMAIN)."
    assert world.dns.count() == len(HOST_TYPES)


@pytest.mark.contract("empty")
async def test_a_name_without_records_is_not_called_missing(world: World) -> None:
    world.dns.add("www.empty.test", "A", "192.0.2.10")
    ended, found = await world.collect(collector, Target(Kind.DOMAIN, "empty.test"))
    assert (ended.outcome, found) == (Outcome.NOTHING, [])
    assert ended.message == "empty.test exists, but has no records of the types I asked for."


async def test_a_zone_whose_own_servers_fail_is_told_apart_from_a_resolver_that_fails(world: World) -> None:
    world.dns.rcode("broken.test", "SERVFAIL")
    ended, found = await world.collect(collector, Target(Kind.DOMAIN, "broken.test"))
    assert (ended.outcome, ended.reason, found) == (Outcome.FAILED, "zone_down", [])
    assert ended.message == "The name servers of broken.test fail (SERVFAIL)."


async def test_a_resolver_that_fails_for_everything_says_nothing_about_the_zone(world: World) -> None:
    for name in ("broken.test", "test"):
        world.dns.rcode(name, "SERVFAIL")
    ended, _ = await world.collect(collector, Target(Kind.DOMAIN, "broken.test"))
    assert (ended.outcome, ended.reason) == (Outcome.FAILED, "down")


@pytest.mark.parametrize("rcode", ["REFUSED", "NOTIMP"])
async def test_a_resolver_that_refuses_is_not_reported_as_empty(world: World, rcode: str) -> None:
    world.dns.rcode("broken.test", rcode)
    ended, found = await world.collect(collector, Target(Kind.DOMAIN, "broken.test"))
    assert (ended.outcome, ended.reason, found) == (Outcome.FAILED, "down", [])
    assert rcode in ended.message


@pytest.mark.contract("timeout")
async def test_silence_is_a_time_out(world: World) -> None:
    world.dns.silent("slow.test")
    ended, found = await world.collect(collector, Target(Kind.DOMAIN, "slow.test"), patience=IMPATIENT)
    assert (ended.outcome, ended.reason, found) == (Outcome.FAILED, "timeout", [])


async def test_bytes_that_are_no_answer_are_reported_as_changed(world: World) -> None:
    world.dns.raw("odd.test", b"\x80\x00 this is not DNS")
    ended, found = await world.collect(collector, Target(Kind.DOMAIN, "odd.test"))
    assert (ended.outcome, ended.reason, found) == (Outcome.FAILED, "changed", [])


async def test_aliases_that_run_in_circles_end(world: World) -> None:
    world.dns.add("loop.test", "CNAME", "pool.test.")
    world.dns.add("pool.test", "CNAME", "loop.test.")
    ended, found = await world.collect(collector, Target(Kind.DOMAIN, "loop.test"))
    assert ended.outcome in (Outcome.PARTIAL, Outcome.FAILED)
    assert ended.reason == "changed"
    assert values(found, Kind.IP) == []


async def test_one_unanswered_question_costs_its_check_only(world: World) -> None:
    healthy(world)
    world.dns.rcode("_dmarc.example.com", "SERVFAIL")
    ended, found = await world.collect(collector, COM)
    assert (ended.outcome, ended.reason) == (Outcome.PARTIAL, "down")
    assert "TXT _dmarc.example.com" in ended.message
    assert "DMARC" not in grades(found), "what was not looked at is not graded"
    assert grades(found)["SPF"] == "good"


async def test_unanswered_questions_are_counted_in_one_sentence_per_reason(world: World) -> None:
    healthy(world)
    for selector in ("default", "dkim", "mail", "k1", "k2", "k3", "s2"):
        world.dns.rcode(f"{selector}._domainkey.example.com", "SERVFAIL")
    ended, found = await world.collect(collector, COM)
    assert len(ended.gaps) == 1
    assert ended.gaps[0].sentence.startswith("7 of ")
    assert "and 2 more" in ended.gaps[0].sentence
    assert checks(found)["DKIM"].attributes["parts"]["tried"] == 33


async def test_a_truncated_answer_is_asked_for_again_over_tcp(world: World) -> None:
    healthy(world)
    world.dns.truncate("example.com", "TXT")
    ended, found = await world.collect(collector, COM)
    assert ended.outcome is Outcome.FOUND
    assert "docusign=0000-example" in "".join(values(found, Fact.RECORD))
    assert [each.tcp for each in world.dns.asked if (each.name, each.rdtype) == ("example.com", "TXT")] == [False, True]


async def test_signatures_that_do_not_verify_are_told_apart_from_a_broken_server(world: World) -> None:
    healthy(world)
    world.dns.rcode("example.com", *["SERVFAIL"] * len(HOST_TYPES), "", "SERVFAIL", "")
    ended, found = await world.collect(collector, COM)
    assert (ended.outcome, ended.reason) == (Outcome.PARTIAL, "down")
    check = checks(found)["DNSSEC"]
    assert (check.attributes["parts"]["state"], check.severity) == ("bogus", Severity.HIGH)
    address = next(each for each in found if each.kind is Kind.IP)
    assert address.confidence is Confidence.LOW, "unverified answers may be forged"
    again = [each for each in world.dns.asked if each.name == "example.com"][len(HOST_TYPES) + 2 :]
    assert all(each.flags & dns.flags.CD for each in again if each.flags & dns.flags.RD)


async def test_a_server_that_was_down_for_a_moment_is_not_called_bogus(world: World) -> None:
    healthy(world)
    world.dns.rcode("example.com", *["SERVFAIL"] * len(HOST_TYPES), "")
    ended, found = await world.collect(collector, COM)
    assert (ended.outcome, ended.reason, found) == (Outcome.FAILED, "down", [])


async def test_cancelling_leaves_nothing_running(world: World) -> None:
    healthy(world)
    world.dns.silent("_dmarc.example.com")
    graded = asyncio.Event()

    async def keep(finding: Finding) -> None:
        if finding.kind is Fact.POSTURE:
            graded.set()

    fetch = await world.fetch(collector, COM)
    before = asyncio.all_tasks()
    running = asyncio.ensure_future(look(collector, COM, fetch, keep))
    async with asyncio.timeout(10):
        await graded.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize(
    ("target", "role"),
    [
        (Target(Kind.URL, "https://example.com/login?next=/"), "mail server"),
        (Target(Kind.EMAIL, "ada@example.com"), "mail server"),
        (Target(Kind.URL, "http://192.0.2.10:8080/"), "reverse name"),
        (Target(Kind.IP, "192.0.2.10"), "reverse name"),
    ],
    ids=lambda value: value.value if isinstance(value, Target) else value,
)
async def test_the_part_that_dns_knows_is_looked_up(world: World, target: Target, role: str) -> None:
    healthy(world)
    ended, found = await world.collect(collector, target)
    assert ended.outcome is Outcome.FOUND
    assert values(found, Kind.DOMAIN, role)


@pytest.mark.parametrize("spelled", ["http://[2001:db8::10]/", "http://[2001:db8::10]:8443/a"])
async def test_a_url_with_an_ipv6_address_is_looked_up_in_reverse(world: World, spelled: str) -> None:
    ended, _ = await world.collect(collector, Target(Kind.URL, spelled))
    assert ended.message == "2001:db8::10 has no reverse name (NXDOMAIN)."


async def test_a_reverse_name_is_trusted_only_when_it_leads_back(world: World) -> None:
    world.dns.add("10.2.0.192.in-addr.arpa", "PTR", "www.example.com.", "liar.example.org.", "<!channel>.example.org.")
    world.dns.add("www.example.com", "A", "192.0.2.10")
    world.dns.add("liar.example.org", "A", "198.51.100.1")
    _, found = await world.collect(collector, Target(Kind.IP, "192.0.2.10"))
    trusted = {each.value: (each.attributes["forward_confirmed"], each.confidence) for each in found}
    assert trusted == {
        "www.example.com": (True, Confidence.HIGH),
        "liar.example.org": (False, Confidence.LOW),
    }


@pytest.mark.parametrize(("rcode", "reason"), [("SERVFAIL", "down"), ("", "timeout")])
async def test_a_reverse_zone_that_fails_is_not_an_address_without_name(world: World, rcode: str, reason: str) -> None:
    pointer = "10.2.0.192.in-addr.arpa"
    if rcode:
        world.dns.rcode(pointer, rcode)
    else:
        world.dns.silent(pointer)
    ended, found = await world.collect(collector, Target(Kind.IP, "192.0.2.10"), patience=IMPATIENT)
    assert (ended.outcome, ended.reason, found) == (Outcome.FAILED, reason, [])


async def test_a_network_gives_the_reverse_names_of_its_addresses(world: World) -> None:
    world.dns.add("10.2.0.192.in-addr.arpa", "PTR", "www.example.com.")
    world.dns.add("11.2.0.192.in-addr.arpa", "PTR", "liar.example.org.")
    world.dns.rcode("12.2.0.192.in-addr.arpa", "SERVFAIL")
    world.dns.add("www.example.com", "A", "192.0.2.10")
    ended, found = await world.collect(collector, Target(Kind.CIDR, "192.0.2.8/29"))
    assert [(each.value, each.attributes["address"], each.attributes["forward_confirmed"]) for each in found] == [
        ("www.example.com", "192.0.2.10", True),
        ("liar.example.org", "192.0.2.11", False),
    ]
    assert (ended.outcome, ended.reason) == (Outcome.PARTIAL, "down")
    assert world.dns.count(rdtype="PTR") == 8


async def test_a_network_too_large_to_ask_for_is_said_and_not_asked_for(world: World) -> None:
    ended, found = await world.collect(collector, Target(Kind.CIDR, "192.0.0.0/22"))
    assert (ended.outcome, ended.reason, found) == (Outcome.FAILED, "not_a_target", [])
    assert "name one of 256 or fewer" in ended.message
    assert world.dns.count() == 0
