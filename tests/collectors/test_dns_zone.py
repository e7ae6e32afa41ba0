"""The dns collector on zones that are badly kept: what is wrong is found, graded and said."""

from __future__ import annotations

import pytest

from collectors.dns import dns as collector
from core.models import Fact, Kind, Outcome, Severity, Target
from tests.collectors.canned import IMPATIENT, Canned, World
from tests.collectors.zones import SOA, checks, grades, healthy, long_text, rsa_key, values

COM = Target(Kind.DOMAIN, "example.com")
BAD = Target(Kind.DOMAIN, "bad.test")
FILE = "/.well-known/mta-sts.txt"


async def test_an_alias_that_leads_nowhere_is_dangling(world: World) -> None:
    world.dns.add("promo.example.com", "CNAME", "old.vanished.test.")
    look, found = await world.collect(collector, Target(Kind.DOMAIN, "promo.example.com"))
    check = checks(found)["Dangling alias"]
    assert look.outcome is Outcome.FOUND
    assert check.severity is Severity.HIGH
    assert "vanished.test looks free" in check.attributes["why"]
    assert values(found, Kind.DOMAIN, "alias") == ["old.vanished.test"]


async def test_a_dangling_alias_at_a_known_host_names_it(world: World) -> None:
    world.dns.add("docs.example.com", "CNAME", "ada-example.github.io.")
    world.dns.add("pages.github.io", "A", "192.0.2.1")
    _, found = await world.collect(collector, Target(Kind.DOMAIN, "docs.example.com"))
    assert "at GitHub Pages" in checks(found)["Dangling alias"].attributes["why"]


async def test_a_wildcard_that_leads_nowhere_is_named_as_one(world: World) -> None:
    world.dns.add("bad.test", "A", "192.0.2.1")
    world.dns.add("*.bad.test", "CNAME", "gone.vanished.test.")
    _, found = await world.collect(collector, BAD)
    aliases = checks(found)["Dangling alias"].attributes["parts"]["aliases"]
    assert {"name": "*.bad.test", "target": "gone.vanished.test"} in aliases


async def test_three_random_names_show_a_wildcard(world: World) -> None:
    world.dns.add("bad.test", "A", "203.0.113.66")
    world.dns.add("*.bad.test", "A", "203.0.113.66")
    _, found = await world.collect(collector, BAD)
    wildcard = next(each for each in found if each.kind is Fact.WILDCARD)
    assert (wildcard.value, wildcard.attributes["probes"]) == ("*.bad.test", 3)
    assert wildcard.attributes["addresses"] == ["203.0.113.66"]


async def test_a_name_that_only_a_wildcard_makes_is_said_to_be_covered(world: World) -> None:
    world.dns.add("bad.test", "SOA", SOA)
    world.dns.add("*.bad.test", "A", "203.0.113.66")
    _, found = await world.collect(collector, Target(Kind.DOMAIN, "login.bad.test"))
    wildcards = [each for each in found if each.kind is Fact.WILDCARD]
    assert [(each.value, each.attributes["covers_target"]) for each in wildcards] == [("*.bad.test", True)]


async def test_a_wildcard_text_record_is_not_taken_for_dkim_keys(world: World) -> None:
    world.dns.add("bad.test", "A", "192.0.2.1")
    world.dns.add("*.bad.test", "TXT", long_text(f"v=DKIM1; p={rsa_key(2048)}"))
    _, found = await world.collect(collector, BAD)
    assert checks(found)["DKIM"].attributes["parts"]["keys"] == []


async def test_an_included_record_counts_all_its_lookups(world: World) -> None:
    world.dns.add("bad.test", "TXT", '"v=spf1 include:one.bad.test a mx -all"')
    world.dns.add("bad.test", "A", "192.0.2.1")
    world.dns.add("bad.test", "MX", "10 mx.bad.test.")
    world.dns.add("mx.bad.test", "A", "192.0.2.2")
    many = " ".join(f"a:a{number}.bad.test" for number in range(8))
    world.dns.add("one.bad.test", "TXT", long_text(f"v=spf1 {many} -all"))
    for number in range(8):
        world.dns.add(f"a{number}.bad.test", "A", f"192.0.2.{10 + number}")
    _, found = await world.collect(collector, BAD)
    check = checks(found)["SPF"]
    assert (check.attributes["grade"], check.attributes["parts"]["lookups"]) == ("bad", 11)
    assert world.dns.count("bad.test", "A") == 1


async def test_includes_that_run_in_circles_end(world: World) -> None:
    world.dns.add("bad.test", "TXT", '"v=spf1 include:one.bad.test -all"')
    world.dns.add("one.bad.test", "TXT", '"v=spf1 include:two.bad.test -all"')
    world.dns.add("two.bad.test", "TXT", '"v=spf1 include:one.bad.test -all"')
    _, found = await world.collect(collector, BAD)
    assert "without end" in checks(found)["SPF"].attributes["why"]
    assert world.dns.count("one.bad.test", "TXT") == 1


async def test_a_flood_of_includes_is_cut_short(world: World) -> None:
    terms = " ".join(f"include:{number}.bad.test" for number in range(200))
    world.dns.add("bad.test", "TXT", long_text(f"v=spf1 {terms} -all"))
    _, found = await world.collect(collector, BAD)
    assert checks(found)["SPF"].attributes["parts"]["lookups"] == 200
    assert sum(each.name.removesuffix(".bad.test").isdigit() for each in world.dns.asked) <= 40


@pytest.mark.parametrize("how", ["redirect=open.bad.test", "include:open.bad.test -all"])
async def test_an_open_record_is_seen_through_other_records(world: World, how: str) -> None:
    world.dns.add("bad.test", "TXT", f'"v=spf1 {how}"')
    world.dns.add("open.bad.test", "TXT", '"v=spf1 +all"')
    _, found = await world.collect(collector, BAD)
    assert checks(found)["SPF"].severity is Severity.HIGH


async def test_names_that_lead_nowhere_are_counted_as_voids(world: World) -> None:
    world.dns.add("bad.test", "TXT", '"v=spf1 a:one.test mx:two.test a:three.test -all"')
    _, found = await world.collect(collector, BAD)
    check = checks(found)["SPF"]
    assert (check.attributes["grade"], check.attributes["parts"]["voids"]) == ("bad", 3)


async def test_a_subdomain_inherits_the_dmarc_policy(world: World) -> None:
    healthy(world)
    _, found = await world.collect(collector, Target(Kind.DOMAIN, "www.example.com"))
    check = checks(found)["DMARC"]
    assert check.attributes["parts"]["location"] == "example.com"
    assert check.attributes["parts"]["inherited"] is True
    assert check.attributes["grade"] == "good"


async def test_reports_to_somebody_who_did_not_agree_are_said(world: World) -> None:
    world.dns.add("bad.test", "A", "192.0.2.1")
    world.dns.add("_dmarc.bad.test", "TXT", '"v=DMARC1; p=reject; rua=mailto:ada@example.org"')
    _, found = await world.collect(collector, BAD)
    assert "example.org has not agreed" in checks(found)["DMARC"].attributes["why"]


async def test_a_domain_without_mail_policy_is_told_so(world: World) -> None:
    world.dns.add("bad.test", "A", "203.0.113.66")
    _, found = await world.collect(collector, BAD)
    assert (grades(found)["DMARC"], checks(found)["DMARC"].severity) == ("bad", Severity.MEDIUM)
    assert (grades(found)["SPF"], checks(found)["SPF"].severity) == ("bad", Severity.MEDIUM)
    assert grades(found)["MTA-STS"] == "info"


@pytest.mark.parametrize(
    ("reply", "grade", "words"),
    [
        (Canned(status=404), "bad", "is not there (404)"),
        (Canned(status=301, headers={"Location": "https://example.org/"}), "bad", "must not follow"),
        (Canned(text="<html>welcome</html>"), "bad", "faulty"),
        (Canned(text="version: STSv1\nmode: enforce\nmx: mx9.example.net\nmax_age: 1"), "bad", "leaves out"),
        (Canned(text="version: STSv1\nmode: testing\nmx: *.example.net\nmax_age: 1"), "fair", "testing"),
        (Canned(text="version: STSv1\nmode: none\nmax_age: 1"), "info", "switched off"),
    ],
)
async def test_the_mta_sts_policy_is_read_and_judged(world: World, reply: Canned, grade: str, words: str) -> None:
    world.dns.add("bad.test", "MX", "10 mx1.example.net.")
    world.dns.add("mx1.example.net", "A", "192.0.2.25")
    world.dns.add("_mta-sts.bad.test", "TXT", '"v=STSv1; id=1"')
    world.http.on("mta-sts.bad.test", FILE, reply)
    look, found = await world.collect(collector, BAD)
    assert look.outcome is Outcome.FOUND
    assert grades(found)["MTA-STS"] == grade
    assert words in checks(found)["MTA-STS"].attributes["why"]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Canned(never=True), "timeout"),
        (Canned(status=503), "down"),
        (Canned(status=429), "rate_limited"),
        (Canned(reset=True), "down"),
    ],
)
async def test_a_policy_that_cannot_be_had_is_a_gap_and_no_bad_grade(world: World, reply: Canned, reason: str) -> None:
    healthy(world)
    world.http.on("mta-sts.example.com", FILE, reply)
    look, found = await world.collect(collector, COM, patience=IMPATIENT)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, reason)
    assert grades(found)["MTA-STS"] == "info"
    assert grades(found)["SPF"] == "good"


@pytest.mark.contract("hostile")
async def test_five_megabytes_of_policy_are_cut_and_said(world: World) -> None:
    healthy(world)
    world.http.on("mta-sts.example.com", FILE, Canned(text="mx: a.example.net\n" * 300_000))
    look, found = await world.collect(collector, COM)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "truncated")
    assert max(len(repr(each)) for each in found) < 20_000


async def test_a_name_server_that_refuses_the_zone_is_lame(world: World) -> None:
    healthy(world)
    world.dns.rcode("example.com", "", "REFUSED", rdtype="SOA")
    _, found = await world.collect(collector, COM)
    check = checks(found)["Name servers"]
    assert (check.attributes["grade"], check.severity) == ("bad", Severity.MEDIUM)
    assert {each["health"] for each in check.attributes["parts"]["servers"]} == {"lame"}


async def test_name_servers_that_hold_different_versions_are_told(world: World) -> None:
    healthy(world)
    old, new = SOA, SOA.replace(" 7 ", " 8 ")
    world.dns.in_turn("example.com", "SOA", [new], [new], [old])
    _, found = await world.collect(collector, COM)
    assert "different versions" in checks(found)["Name servers"].attributes["why"]


async def test_name_servers_that_are_all_silent_to_us_are_a_gap(world: World) -> None:
    healthy(world)
    world.dns.add("bad.test", "NS", "ns1.example.net.")
    world.dns.add("bad.test", "A", "192.0.2.1")
    world.dns.silent("bad.test", "SOA")
    look, found = await world.collect(collector, BAD, patience=IMPATIENT)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "timeout")
    assert checks(found)["Name servers"].attributes["parts"]["servers"][0]["health"] == "unasked"


async def test_a_name_server_inside_a_private_network_is_never_asked(world: World) -> None:
    world.dns.add("bad.test", "NS", "ns.bad.test.")
    world.dns.add("ns.bad.test", "A", "10.0.0.5")
    _, found = await world.collect(collector, BAD)
    assert checks(found)["Name servers"].attributes["parts"]["servers"][0]["health"] == "inside"


async def test_servers_in_a_domain_that_nobody_holds_are_the_worst(world: World) -> None:
    world.dns.add("bad.test", "NS", "ns1.vanished.test.", "ns2.vanished.test.")
    world.dns.add("bad.test", "MX", "10 mx.gone.test.")
    _, found = await world.collect(collector, BAD)
    for name, domain in (("Name servers", "vanished.test"), ("Mail servers", "gone.test")):
        assert checks(found)[name].severity is Severity.HIGH
        assert f"{domain} looks free" in checks(found)[name].attributes["why"]


async def test_hostile_records_stay_text_and_never_become_names(world: World) -> None:
    nasty = '"<!channel> <@U0ADA> *bold* \\027[31m \\000 \\226\\128\\174 `x` =cmd()"'
    world.dns.add("hostile.test", "TXT", nasty, long_text("A" * 40_000))
    world.dns.add("hostile.test", "MX", "10 <!channel>.hostile.test.", "20 192.0.2.1.")
    world.dns.add("hostile.test", "NS", "*bold*.hostile.test.")
    world.dns.add("hostile.test", "SOA", "ns1.hostile.test. =cmd\\(\\).<!here>.hostile.test. 1 2 3 4 5")
    world.dns.add("hostile.test", "CAA", '0 issue "<!channel>"', '0 iodef "mailto:<@U0ADA>@evil.test"')
    world.dns.add("_dmarc.hostile.test", "TXT", '"v=DMARC1; p=reject; rua=mailto:`x`@evil.test"')
    look, found = await world.collect(collector, Target(Kind.DOMAIN, "hostile.test"))
    assert look.outcome is Outcome.FOUND
    assert [each for each in found if each.kind in (Kind.DOMAIN, Kind.EMAIL)] == []
    assert not any("\x00" in repr(each.attributes) + each.value or "\x1b" in each.value for each in found)
    assert max(len(each.value) for each in found) < 600
    long = next(each for each in found if each.value.startswith("TXT AAAA"))
    assert long.value.endswith("(+39500 characters)")
    assert "no host" in checks(found)["Mail servers"].attributes["why"]
