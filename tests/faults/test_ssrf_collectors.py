"""What a source, a zone or a registry says points inside: the collectors tell it and do not go there.

The network is the tests' own: every address answers, and what was touched is counted from the packets.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from typing import Any

import pytest

import collectors
from collectors.declare import Collector
from core.models import Finding, Kind, Outcome, Target
from tests.collectors.canned import Canned
from tests.collectors.registry_samples import VERISIGN, rdap_domain, related
from tests.faults.apart import Ledger, apart
from tests.faults.everywhere import OTHER, SHOP, Place, open_place
from tests.faults.ssrf_corpus import PUBLIC

ONLY_OURS = "10.9.9.9"  # where names of the inside lead that our resolver alone knows
INSIDE = ("127.0.0.1", "10.0.0.53", "169.254.169.253", "0.0.0.0")
INSIDE6 = ("::1", "fd00:ec2::254", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1", "2001:db8:cafe::5efe:a00:1")
REFERRALS = ("10.0.0.1", "127.1", "2130706433", "localhost", "db.internal", "trap.test", "alias.test", "[::1]",
             "whois://10.0.0.1", "whois.test:6379", "http://10.0.0.1/")  # fmt: skip

LINKS = (
    "http://10.0.0.1/",
    "https://10.0.0.1/x",
    "https://localhost/",
    "https://trap.test/",
    "https://rdap.verisign.com\\@10.0.0.1/",
    "https://rdap.verisign.com@10.0.0.1/",
    "https://10.0.0.1\\@rdap.verisign.com/",
    "//10.0.0.1/",
    "https://rdap.verisign.com:6379/",
)


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    with apart() as opened:
        yield opened


@pytest.fixture
async def place(ledger: Ledger) -> AsyncIterator[Place]:
    """With a resolver that also knows the names of the inside."""
    async with open_place(ledger) as opened:
        for name in ("db.internal", "nas", "localhost", "printer.local", "trap.test"):
            opened.world.dns.add(name, "A", ONLY_OURS)
        opened.world.dns.add("alias.test", "CNAME", "db.internal.")
        opened.touched()
        yield opened


def known(name: str) -> Collector:
    return collectors.known()[name]


async def collected(place: Place, name: str, target: str, **settings: Any) -> tuple[Outcome, str, list[Finding]]:
    """Run a real collector as it runs in production: it resolves and connects for itself."""
    direct = {"sources_url": "", "whois_server": "", "allow": PUBLIC} | settings
    look, findings = await place.world.collect(known(name), Target(Kind.DOMAIN, target), deadline=20, **direct)
    return look.outcome, look.message, findings


def asked_about_the_inside(place: Place) -> set[str]:
    """Names that left as questions and are no public ones."""
    names = {each.name for each in place.world.dns.asked}
    return {name for name in names if name.endswith((".internal", ".local", "localhost")) or name in ("nas", "db")}


@pytest.mark.fault("A zone's NS, MX, SPF, DMARC, BIMI, MTA-STS, SRV and aliases point inside", keeps=("in", "honest"))
async def test_a_zone_that_points_inside_is_told_and_not_followed(place: Place) -> None:
    dns = place.world.dns
    dns.add("evil.test", "SOA", "ns1.evil.test. x.db.internal. 1 3600 600 86400 60")
    dns.add("evil.test", "NS", "ns1.evil.test.", "ns2.evil.test.", "db.internal.", "nas.", "localhost.")
    dns.add("ns1.evil.test", "A", *INSIDE)
    dns.add("ns2.evil.test", "AAAA", *INSIDE6)
    dns.add("evil.test", "A", "10.0.0.1", SHOP)
    dns.add("evil.test", "AAAA", "::1")
    dns.add("evil.test", "MX", "10 mail.evil.test.", "20 localhost.", "30 nas.", "40 db.internal.", "50 alias.test.")
    dns.add("mail.evil.test", "A", "169.254.169.254")
    spf = "v=spf1 ip4:10.0.0.0/8 a:db.internal mx:nas ptr:printer.local exists:%{i}.db.internal"
    spf += " include:db.internal include:nas redirect=localhost"
    dns.add("evil.test", "TXT", f'"{spf}"', '"see http://10.0.0.1/"')
    dns.add(
        "_dmarc.evil.test",
        "TXT",
        '"v=DMARC1; p=reject; rua=mailto:x@db.internal,mailto:y@nas; ruf=mailto:z@[10.0.0.1]"',
    )
    dns.add("default._bimi.evil.test", "TXT", '"v=BIMI1; l=https://10.0.0.1/logo.svg; a=https://169.254.169.254/a.pem"')
    dns.add("_mta-sts.evil.test", "TXT", '"v=STSv1; id=1"')
    dns.add("mta-sts.evil.test", "A", "10.0.0.1")
    dns.add("_smtp._tls.evil.test", "TXT", '"v=TLSRPTv1; rua=https://10.0.0.1/report"')
    dns.add("evil.test", "CAA", '0 iodef "http://10.0.0.1/"', '0 issue "db.internal"')
    dns.add("evil.test", "HTTPS", "1 . ipv4hint=127.0.0.1 ipv6hint=::1", "2 db.internal. port=6379")
    dns.add("_sip._tcp.evil.test", "SRV", "0 0 6379 db.internal.", "0 0 5432 nas.")
    dns.add("www.evil.test", "CNAME", "db.internal.")
    dns.add("evil.test", "NAPTR", '100 10 "u" "E2U+sip" "!^.*$!http://10.0.0.1/!" .')
    outcome, _, findings = await collected(place, "dns", "evil.test")
    assert place.inside() == []
    assert asked_about_the_inside(place) == set()
    assert outcome in (Outcome.FOUND, Outcome.PARTIAL)
    told = " ".join(f"{each.value} {each.attributes}" for each in findings)
    for said in ("10.0.0.1", "mail.evil.test", "db.internal", "v=BIMI1"):
        assert said in told, "what the zone says is public, and is told"
    assert ONLY_OURS not in told, "what only our resolver knows is not"


@pytest.mark.fault("A target itself is an alias of the inside, or a reverse name of it", keeps=("in", "honest"))
@pytest.mark.parametrize("target", ["alias.test", "168.192.in-addr.arpa", "5.0.0.10.in-addr.arpa"])
async def test_a_target_that_means_the_inside_is_a_failure_with_its_reason(place: Place, target: str) -> None:
    place.world.dns.add("168.192.in-addr.arpa", "NS", "dc1.db.internal.")
    place.world.dns.add("5.0.0.10.in-addr.arpa", "PTR", "dc1.db.internal.")
    outcome, message, findings = await collected(place, "dns", target)
    assert place.inside() == []
    told = " ".join(f"{each.value} {each.attributes}" for each in findings)
    assert ONLY_OURS not in told
    assert "dc1" not in told
    assert outcome in (Outcome.FAILED, Outcome.PARTIAL)
    assert "private" in message


@pytest.mark.fault("The MTA-STS host of a zone is public first and inside when it is fetched", keeps=("in",))
async def test_an_mta_sts_policy_is_not_fetched_from_the_inside(place: Place) -> None:
    dns = place.world.dns
    dns.add("evil.test", "A", SHOP)
    dns.add("evil.test", "MX", "10 shop.test.")
    dns.add("_mta-sts.evil.test", "TXT", '"v=STSv1; id=1"')
    dns.in_turn("mta-sts.evil.test", "A", [SHOP], ["127.0.0.1"], ["169.254.169.254"])
    await collected(place, "dns", "evil.test")
    assert place.inside() == []


@pytest.mark.fault("A registry's RDAP links, redirects or port43 fields point inside", keeps=("in", "honest"))
@pytest.mark.parametrize("bad", LINKS)
async def test_no_rdap_answer_chooses_whom_we_ask(place: Place, bad: str) -> None:
    http = place.world.http
    http.on(
        *VERISIGN,
        Canned(json=rdap_domain(port43="10.0.0.1", **related(bad)), content_type="application/rdap+json"),
    )
    await collected(place, "whois", "example.com", sources_url=http.url)
    http.on(*VERISIGN, Canned(status=302, headers={"Location": bad}))
    await collected(place, "whois", "example.com", sources_url=http.url)
    assert {each.host for each in http.asked} == {"rdap.verisign.com"}
    assert place.inside() == []


@pytest.mark.fault("IANA or a registry refers to a WHOIS server of the inside", keeps=("in", "honest"))
@pytest.mark.parametrize("referral", REFERRALS)
async def test_no_whois_referral_leads_inside(place: Place, referral: str) -> None:
    place.world.dns.add("whois.iana.org", "A", OTHER)
    asked = []

    async def iana(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            asked.append(await reader.readline())
            writer.write(f"domain: TEST\nrefer: {referral}\nwhois: {referral}\n".encode())

    async with await asyncio.start_server(iana, OTHER, 43):
        outcome, _, _ = await collected(place, "whois", "phish.test")
    assert place.inside() == []
    assert len(asked) == 1, "IANA was asked"
    assert asked_about_the_inside(place) == set()
    assert outcome in (Outcome.FAILED, Outcome.PARTIAL)


@pytest.mark.fault("crt.sh redirects inside, or names machines of the inside", keeps=("in", "honest"))
@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_crtsh_does_not_lead_inside(place: Place, status: int) -> None:
    http = place.world.http
    for host in ("crt.sh", "api.certspotter.com"):
        http.on(
            host,
            "*",
            Canned(status=status, headers={"Location": "http://10.0.0.1/?q=x", "Refresh": "0;url=http://10.0.0.1/"}),
        )
    outcome, _, _ = await collected(place, "crtsh", "example.com", sources_url=http.url)
    assert {each.host for each in http.asked} <= {"crt.sh", "api.certspotter.com"}
    assert (place.inside(), outcome) == ([], Outcome.FAILED)


@pytest.mark.fault("The resolver is poisoned: crt.sh, IANA and the registries lie inside", keeps=("in", "honest"))
@pytest.mark.parametrize("name", ["crtsh", "whois"])
async def test_a_source_that_suddenly_lies_inside_is_not_asked(place: Place, name: str) -> None:
    for host in ("crt.sh", "api.certspotter.com", "rdap.verisign.com", "whois.iana.org", "whois.verisign-grs.com"):
        place.world.dns.add(host, "A", "10.0.0.1")
        place.world.dns.add(host, "AAAA", "::1")
    outcome, message, _ = await collected(place, name, "example.com")
    assert (place.inside(), outcome) == ([], Outcome.FAILED)
    assert "private" in message or "loopback" in message
