"""Shodan about domains and URLs: which addresses are looked at, and what a query credit is spent on."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from collectors.fetch import Reply
from collectors.shodan import probe, shodan
from core.errors import BadKey, SourceError
from core.fingerprints import fingerprint
from core.models import Fact, Finding, Kind, Outcome, Target
from tests.collectors.canned import IMPATIENT, Canned, World
from tests.collectors.shodan_samples import ADDRESS, CVE, banner, host, plan, summary, zone

DOMAIN = Target(Kind.DOMAIN, "example.com")
IDB, API, CVEDB = "internetdb.shodan.io", "api.shodan.io", "cvedb.shodan.io"
NAMES = "/dns/domain/example.com"
KEY: dict[str, Any] = {"shodan_key": "invented-key"}


def of(findings: list[Finding], kind: Kind | Fact) -> list[Finding]:
    return [each for each in findings if each.kind == kind]


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """What was logged by us and the libraries we use; the canned server keeps a log of its own."""
    return "".join(each.getMessage() for each in caplog.records if each.name != "aiohttp.access")


def known(world: World, *pages: dict[str, Any], left: int = 97, month: int = 100) -> None:
    """Shodan knows the domain, its one address and the plan."""
    world.dns.add("example.com", "A", ADDRESS)
    world.http.on(API, "/api-info", Canned(json=plan(left, month)))
    world.http.on(API, NAMES, *(Canned(json=page) for page in pages or (zone(),)))
    world.http.on(API, f"/shodan/host/{ADDRESS}", Canned(json=host(banner(80, "http"))))


async def test_without_a_key_a_domain_is_its_addresses(world: World) -> None:
    world.dns.add("example.com", "A", "192.0.2.10", "192.0.2.11")
    world.dns.add("example.com", "AAAA", "2001:db8::10")
    world.http.on(IDB, f"/{ADDRESS}", Canned(json=summary(vulns=[])))
    world.http.on(IDB, "/192.0.2.11", Canned(status=404, json={"detail": "No information available"}))
    look, findings = await world.collect(shodan, DOMAIN)
    assert (look.outcome, [each.value for each in of(findings, Kind.IP)]) == (Outcome.FOUND, [ADDRESS])
    assert [each.path for each in world.http.asked] == [f"/{ADDRESS}", "/192.0.2.11"]
    assert look.message.startswith(
        "Its IPv6 addresses were not looked at: InternetDB is made for IPv4. "
        "InternetDB (Shodan) knows nothing of 192.0.2.11"
    )


async def test_a_name_with_ipv6_alone_is_asked_for_all_the_same(world: World) -> None:
    world.dns.add("example.com", "AAAA", "2001:db8::10")
    world.http.on(IDB, "/2001:db8::10", Canned(status=422, json={"detail": "Invalid IP"}))
    look, _ = await world.collect(shodan, DOMAIN)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "not_a_target")


async def test_one_address_that_could_not_be_looked_at_leaves_the_others(world: World) -> None:
    world.dns.add("example.com", "A", "192.0.2.10", "192.0.2.11")
    world.http.on(IDB, f"/{ADDRESS}", Canned(json=summary(vulns=[])))
    world.http.on(IDB, "/192.0.2.11", Canned(status=500))
    look, findings = await world.collect(shodan, DOMAIN)
    assert (look.outcome, look.reason, bool(findings)) == (Outcome.PARTIAL, "down", True)


async def test_addresses_of_the_inside_are_told_to_nobody(world: World) -> None:
    world.dns.add("example.com", "A", "10.0.0.1", "192.0.2.10")
    world.http.on(IDB, f"/{ADDRESS}", Canned(json=summary(vulns=[])))
    look, findings = await world.collect(shodan, DOMAIN)
    assert [each.path for each in world.http.asked] == [f"/{ADDRESS}"]
    assert look.message == "example.com also leads to an address that is not public; nobody was told of it."
    assert "10.0.0.1" not in repr(findings)


async def test_many_addresses_are_bounded_and_counted(world: World) -> None:
    world.dns.add("example.com", "A", *(f"192.0.2.{number}" for number in range(10, 19)))
    world.http.on(IDB, "*", Canned(status=404, json={"detail": "No information available"}))
    look, _ = await world.collect(shodan, DOMAIN)
    assert (look.outcome, look.reason, world.http.count()) == (Outcome.PARTIAL, "truncated", 4)
    assert "9 addresses, of which 4 were looked at" in look.message


async def test_names_below_a_domain_cost_one_credit(world: World) -> None:
    known(world)
    look, findings = await world.collect(shodan, DOMAIN, **KEY)
    assert (look.outcome, look.message) == (Outcome.FOUND, "")
    names = {each.value: each for each in findings if each.attributes.get("role") in ("domain", "subdomain")}
    assert list(names) == ["example.com", "www.example.com", "shop.example.com", "*.dev.example.com",
                           "silent.example.com"]  # fmt: skip
    assert names["*.dev.example.com"].kind is Fact.WILDCARD
    assert names["www.example.com"].attributes["records"] == [f"A {ADDRESS}"]
    assert names["www.example.com"].last_seen is not None
    roles = {each.value: each.attributes["role"] for each in findings if "role" in each.attributes}
    assert (roles["mx1.example.net"], roles["shops.example.net"]) == ("mail server", "alias")
    assert "TXT v=spf1 -all" in [each.value for each in of(findings, Fact.RECORD)]
    assert world.http.count(API, NAMES) == world.http.count(API, "/api-info") == 1


async def test_a_subdomain_is_asked_by_its_registered_domain_and_others_are_left_out(world: World) -> None:
    world.http.on(API, "/api-info", Canned(json=plan()))
    world.http.on(API, NAMES, Canned(json=zone()))
    _, findings = await world.collect(shodan, Target(Kind.DOMAIN, "www.example.com"), **KEY)
    assert {each.value for each in findings if each.kind is Kind.DOMAIN} == {"www.example.com"}


async def test_further_pages_are_read_only_when_asked_for_and_what_is_left_is_said(world: World) -> None:
    known(world, zone(more=True))
    look, _ = await world.collect(shodan, DOMAIN, **KEY)
    assert (look.reason, world.http.count(API, NAMES)) == ("truncated", 1)
    known(world, zone(more=True), zone(more=True), zone())
    look, _ = await world.collect(shodan, DOMAIN, options=["pages"], **KEY)
    assert (look.outcome, world.http.count(API, NAMES)) == (Outcome.FOUND, 4)
    assert [dict(each.query).get("page") for each in world.http.asked if each.path == NAMES] == [None, None, "2", "3"]


@pytest.mark.parametrize(("left", "asked"), [(2, 2), (-1, 5), (40, 5)])
async def test_pages_stop_at_what_the_plan_still_has(world: World, left: int, asked: int) -> None:
    known(world, zone(more=True), left=left)
    look, _ = await world.collect(shodan, DOMAIN, options=["pages"], **KEY)
    assert (look.reason, world.http.count(API, NAMES)) == ("truncated", asked)


async def test_no_credit_is_spent_where_none_is_left(world: World) -> None:
    known(world, left=0)
    look, findings = await world.collect(shodan, DOMAIN, **KEY)
    assert (look.outcome, look.reason, bool(findings)) == (Outcome.PARTIAL, "rate_limited", True)
    assert "this month's 100 query credits are spent" in look.message
    assert world.http.count(API, NAMES) == 0


async def test_a_plan_without_such_questions_is_no_failure(world: World) -> None:
    known(world, left=0, month=0)
    look, _ = await world.collect(shodan, DOMAIN, **KEY)
    assert look.outcome is Outcome.FOUND
    assert look.message == (
        "Shodan's names below example.com were not asked for: the key's plan does not include them."
    )


async def test_a_domain_shodan_does_not_know_is_an_answer(world: World) -> None:
    known(world)
    world.http.on(API, NAMES, Canned(status=404, json={"error": "No information available for that domain."}))
    look, _ = await world.collect(shodan, DOMAIN, **KEY)
    assert (look.outcome, look.message) == (Outcome.FOUND, "Shodan knows no names below example.com.")


async def test_a_refused_key_is_tried_once_for_all_addresses(world: World) -> None:
    world.dns.add("example.com", "A", "192.0.2.10", "192.0.2.11")
    world.http.on(API, "*", Canned(status=401, json={"error": "Access denied"}))
    world.http.on(IDB, "*", Canned(status=404, json={"detail": "No information available"}))
    look, _ = await world.collect(shodan, DOMAIN, **KEY)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "bad_key")
    assert (world.http.count(API, "/api-info"), world.http.count(API)) == (1, 2)


async def test_what_two_addresses_have_in_common_is_kept_for_both(world: World) -> None:
    world.dns.add("example.com", "A", "192.0.2.10", "192.0.2.11")
    world.http.on(CVEDB, "*", Canned(status=404, json={"detail": "No information available"}))
    for address in ("192.0.2.10", "192.0.2.11"):
        world.http.on(IDB, f"/{address}", Canned(json=summary(ip=address)))
    _, findings = await world.collect(shodan, DOMAIN)
    assert len(findings) == 2 * 7
    assert len({fingerprint(each) for each in findings}) == len(findings)


@pytest.mark.parametrize(
    ("target", "asked"),
    [
        (Target(Kind.URL, "http://192.0.2.10:8080/x"), [f"/{ADDRESS}"]),
        (Target(Kind.URL, "https://example.com/x"), [f"/{ADDRESS}"]),
    ],
)
async def test_a_url_stands_for_its_host_and_costs_no_credit(world: World, target: Target, asked: list[str]) -> None:
    world.dns.add("example.com", "A", ADDRESS)
    world.http.on(API, f"/shodan/host/{ADDRESS}", Canned(json=host()))
    look, _ = await world.collect(shodan, target, **KEY)
    assert look.outcome is Outcome.FOUND
    assert [each.path.removeprefix("/shodan/host") for each in world.http.asked] == asked


async def test_the_key_is_in_the_query_and_nowhere_else(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    known(world)
    look, findings = await world.collect(shodan, DOMAIN, **KEY)
    keyed = [each for each in world.http.asked if each.host == API]
    assert all(dict(each.query)["key"] == "invented-key" for each in keyed)
    assert not any("invented-key" in repr(each.headers) for each in keyed)
    assert {each.provenance.url for each in findings} == {
        f"https://{API}{NAMES}",
        f"https://{API}/shodan/host/{ADDRESS}",
    }
    assert "invented-key" not in repr((look, findings)) + logged(caplog)


@pytest.mark.parametrize(
    "reply",
    [
        Canned(status=401, json={"error": "invented-key"}),
        Canned(status=500),
        Canned(reset=True),
        Canned(never=True),
        Canned(status=302, headers={"Location": "https://api.shodan.io/?key=invented-key"}),
        Canned(json={"ip_str": "invented-key"}),
        Canned(text="invented-key", content_type="application/json"),
    ],
)
async def test_no_trouble_shows_the_key(world: World, reply: Canned, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    world.http.on(API, "*", reply)
    world.http.on(IDB, "*", Canned(status=500))
    fetch = await world.fetch(shodan, DOMAIN, patience=IMPATIENT, **KEY)
    error = await fetch.attempt(probe(fetch))
    assert isinstance(error, SourceError)
    chain = [error, error.__cause__, error.__context__]
    look, _ = await world.collect(shodan, Target(Kind.IP, ADDRESS), patience=IMPATIENT, **KEY)
    shown = "".join(map(repr, [*chain, *map(str, chain), look, fetch.notes]))
    assert "invented-key" not in shown + logged(caplog)


async def test_a_key_that_a_source_writes_back_is_blanked(world: World) -> None:
    world.http.on(API, f"/shodan/host/{ADDRESS}", Canned(json=host(banner(80, data="you are invented-key"))))
    _, findings = await world.collect(shodan, Target(Kind.IP, ADDRESS), **KEY)
    assert "invented-key" not in repr(findings)


async def test_the_probe_says_what_the_plan_still_allows(world: World) -> None:
    world.http.on(API, "/api-info", Canned(json=plan()), Canned(status=401, json={"error": "Access denied"}))
    fetch = await world.fetch(shodan, DOMAIN, **KEY)
    assert await probe(fetch) == ("Plan dev: query credits 97 of 100 left this month; looking at addresses is free.")
    assert isinstance(await fetch.attempt(probe(fetch)), BadKey)


async def test_only_names_below_a_domain_use_the_budget(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    known(world)
    fetch = await world.fetch(shodan, DOMAIN, **KEY)
    costs: list[tuple[str, int]] = []
    ask = fetch.json

    async def noted(url: str, **options: Any) -> Reply:
        costs.append((url.rpartition(API)[2], options.get("cost", 1)))
        return await ask(url, **options)

    monkeypatch.setattr(fetch, "json", noted)
    assert [each async for each in shodan.look(DOMAIN, fetch)]
    assert costs == [("/api-info", 0), (NAMES, 1), (f"/shodan/host/{ADDRESS}", 0)]
    assert [(each.host, each.key) for each in shodan.budgets] == [(API, "shodan_key")]


def test_shodan_is_asked_once_a_second_at_most() -> None:
    rates = dict(shodan.rates)
    assert {(rate.calls / rate.seconds, rate.burst) for rate in rates.values()} == {(1.0, 1)}
    assert set(rates) == {API, IDB, CVEDB}


async def test_scores_are_looked_up_for_a_few_and_their_loss_is_said(world: World) -> None:
    many = [f"CVE-2020-9{number:04d}" for number in range(30)]
    world.http.on(IDB, f"/{ADDRESS}", Canned(json=summary(vulns=[*many, CVE])))
    world.http.on(CVEDB, "*", Canned(json={"cve_id": CVE, "cvss_v3": 9.8, "epss": 0.9, "kev": True}))
    look, findings = await world.collect(shodan, Target(Kind.IP, ADDRESS))
    assert (look.outcome, world.http.count(CVEDB)) == (Outcome.FOUND, 8)
    weak = {each.value: each for each in of(findings, Fact.VULNERABILITY)}
    assert len(weak) == 31
    assert weak[CVE].attributes["kev"] is True
    assert (weak[CVE].attributes["epss"], weak[CVE].severity) == (0.9, "medium")
    assert weak[CVE].attributes["scored_at"] == f"https://{CVEDB}/cve/{CVE}"
    assert "kev" not in weak[many[0]].attributes
    world.http.on(CVEDB, "*", Canned(status=500))
    look, findings = await world.collect(shodan, Target(Kind.IP, ADDRESS))
    assert (look.outcome, look.reason, len(of(findings, Fact.VULNERABILITY))) == (Outcome.PARTIAL, "down", 31)
    assert world.http.count(CVEDB) == 8 + 3  # one question, tried three times; no second one


async def test_names_beyond_what_is_kept_and_rows_that_cannot_be_read_are_said(world: World) -> None:
    many = [f"h{number}" for number in range(1_200)]
    known(world, zone(data=[{"name": "www", "type": "A", "value": ADDRESS}], subdomains=many))
    look, findings = await world.collect(shodan, DOMAIN, **KEY)
    assert len([each for each in findings if each.attributes.get("role") == "subdomain"]) == 1_000
    assert (look.outcome, look.message) == (
        Outcome.PARTIAL,
        "Rows of Shodan about example.com that could not be read: 1. "
        "Names and records below example.com that are more than are kept: 200.",
    )


async def test_addresses_that_could_not_be_asked_for_are_not_said_to_be_none(world: World) -> None:
    world.dns.silent("example.com")
    look, _ = await world.collect(shodan, DOMAIN, patience=IMPATIENT)
    assert (look.outcome, "has no public address" in look.message) == (Outcome.FAILED, False)


async def test_two_addresses_in_one_country_are_two_places(world: World) -> None:
    world.dns.add("example.com", "A", "192.0.2.10", "192.0.2.11")
    world.http.on(API, "/api-info", Canned(json=plan(0, 0)))
    for address, city in (("192.0.2.10", "Exampletown"), ("192.0.2.11", "Otherville")):
        answer = host(banner(80, "http"), ip_str=address, city=city)
        world.http.on(API, f"/shodan/host/{address}", Canned(json=answer))
    _, findings = await world.collect(shodan, DOMAIN, **KEY)
    assert len({fingerprint(each) for each in of(findings, Fact.LOCATION)}) == 2
