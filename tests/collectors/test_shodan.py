"""Shodan and InternetDB: what an address shows, what is a guess, and that no answer is never "nothing open"."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors import known
from collectors.shodan import shodan
from core.models import Confidence, Fact, Finding, Kind, Outcome, Severity, Target
from tests.collectors.canned import IMPATIENT, Canned, World, open_world
from tests.collectors.canned_http import HTML
from tests.collectors.mutants import JSON, places, replaced
from tests.collectors.shodan_samples import ADDRESS, CVE, SHA256, banner, host, plan, scores, summary, web, zone

IP = Target(Kind.IP, ADDRESS)
IDB, API, CVEDB = "internetdb.shodan.io", "api.shodan.io", "cvedb.shodan.io"
KEY: dict[str, Any] = {"shodan_key": "invented-key"}
NONE: dict[str, Any] = {}
UNKNOWN = Canned(status=404, json={"detail": "No information available"})
UNKNOWN_REST = Canned(status=404, json={"error": "No information available for that IP."})


def of(findings: list[Finding], kind: Kind | Fact) -> list[Finding]:
    return [each for each in findings if each.kind == kind]


def summarised(world: World, **changes: Any) -> None:
    """InternetDB knows the address, and CVEDB knows nothing."""
    world.http.on(IDB, f"/{ADDRESS}", Canned(json=summary(**changes)))
    world.http.on(CVEDB, "*", UNKNOWN)


def seen(world: World, *banners: dict[str, Any], **changes: Any) -> None:
    """Shodan knows the address, and CVEDB knows nothing."""
    world.http.on(API, f"/shodan/host/{ADDRESS}", Canned(json=host(*banners, **changes)))
    world.http.on(CVEDB, "*", UNKNOWN)


@pytest.mark.contract("success")
async def test_without_a_key_internetdb_gives_ports_names_programs_and_guesses(world: World) -> None:
    summarised(world)
    look, findings = await world.collect(shodan, IP)
    assert (look.outcome, look.reason, look.message) == (Outcome.FOUND, "", "")
    assert [each.value for each in of(findings, Fact.PORT)] == ["22", "80", "443"]
    assert [each.value for each in of(findings, Kind.DOMAIN)] == ["www.example.com"]
    (software,) = of(findings, Fact.SOFTWARE)
    assert (software.value, software.attributes["vendor"]) == ("nginx 1.18.0", "f5")
    (guess,) = of(findings, Fact.VULNERABILITY)
    assert (guess.value, guess.attributes["verified"], guess.confidence) == (CVE, False, Confidence.LOW)
    assert guess.attributes["why"].startswith("Not verified: it follows from the version in the banner alone")
    assert {each.provenance.source for each in findings} == {"InternetDB (Shodan)"}
    assert {each.provenance.url for each in findings} == {f"https://{IDB}/{ADDRESS}"}
    assert {(each.provenance.status, len(each.provenance.sha256)) for each in findings} == {("200", 64)}
    assert [(each.host, each.path) for each in world.http.asked] == [(IDB, f"/{ADDRESS}"), (CVEDB, f"/cve/{CVE}")]


async def test_with_a_key_services_are_typed(world: World) -> None:
    ssh = banner(22, "ssh", ssh={"type": "ssh-ed25519", "fingerprint": "aa:bb", "hassh": "c" * 32})
    seen(world, web(), ssh)
    look, findings = await world.collect(shodan, IP, **KEY)
    assert (look.outcome, look.message) == (Outcome.FOUND, "")
    ports = {each.value: each.attributes for each in of(findings, Fact.PORT)}
    assert list(ports) == ["22/tcp", "443/tcp"]
    served = ports["443/tcp"]
    assert (served["product"], served["version"], served["module"]) == ("nginx", "1.18.0", "https")
    assert served["http"] == {
        "status": 200,
        "title": "Example",
        "server": "nginx/1.18.0",
        "components": ["PHP"],
        "favicon_hash": -1234,
    }
    assert (served["tls"]["jarm"], served["tls"]["sha256"]) == ("2" * 62, SHA256)
    assert served["tls"]["versions"] == ["TLSv1.2", "TLSv1.3"]
    (certificate,) = of(findings, Fact.CERTIFICATE)
    assert certificate.attributes["names"] == ["www.example.com", "example.co", "*.example.ne"]
    assert (certificate.value, certificate.attributes["issuer"]) == (SHA256, "Example CA, E1")
    assert certificate.attributes["expires"] == "2027-01-01T00:00:00+00:00"
    (key,) = of(findings, Fact.KEY)
    assert key.value == "ssh-ed25519 aa:bb"
    (where,) = of(findings, Kind.IP)
    assert (where.attributes["org"], where.attributes["age_days"], where.attributes["tags"]) == (
        "Example Hosting",
        2,
        ["cloud"],
    )
    assert [each.value for each in of(findings, Kind.ASN)] == ["AS64496"]
    assert of(findings, Fact.LOCATION)[0].attributes["city"] == "Exampletown"
    assert {each.provenance.source for each in findings} == {"Shodan"}


async def test_the_newest_banner_of_a_port_counts(world: World) -> None:
    seen(world, banner(80, "http", days=30, product="old"), banner(80, "http", days=1, product="new"))
    _, findings = await world.collect(shodan, IP, **KEY)
    (port,) = of(findings, Fact.PORT)
    assert port.attributes["product"] == "new"
    assert port.last_seen is not None
    assert datetime.now(UTC) - port.last_seen < timedelta(days=2)


async def test_what_was_open_before_is_told_when_wanted(world: World) -> None:
    past = [
        banner(6379, "redis", days=200, product="Redis", version="6.0.9", vulns={CVE: {"verified": True}}),
        banner(443, "https", days=90, product="nginx", version="1.14"),
        banner(443, "https", days=40, product="nginx", version="1.14"),
        banner(443, "https", days=2, product="nginx", version="1.18"),
    ]
    seen(world, *past, ports=[443])
    _, findings = await world.collect(shodan, IP, options=["history"], **KEY)
    assert [each.value for each in of(findings, Fact.PORT)] == ["443/tcp"]
    assert [each.value for each in of(findings, Fact.CHANGE)] == [
        "443/tcp: nginx 1.14 became nginx 1.18",
        "6379/tcp (Redis 6.0.9) was open and is not any more",
    ]
    assert of(findings, Fact.VULNERABILITY) == []  # those of what is gone are gone
    assert dict(world.http.asked[0].query) == {"history": "true", "key": "invented-key"}


async def test_the_past_cannot_be_had_without_a_key_and_that_is_said(world: World) -> None:
    summarised(world)
    look, _ = await world.collect(shodan, IP, options=["history"])
    assert look.message == "What was open before was not asked for: only Shodan itself knows, with a key."


@pytest.mark.contract("not_found")
@pytest.mark.parametrize("key", [NONE, KEY])
async def test_an_unknown_address_is_an_answer_and_never_called_safe(world: World, key: dict[str, Any]) -> None:
    world.http.on(IDB, f"/{ADDRESS}", UNKNOWN)
    world.http.on(API, f"/shodan/host/{ADDRESS}", UNKNOWN_REST)
    look, findings = await world.collect(shodan, IP, **key)
    source = "Shodan" if key else "InternetDB (Shodan)"
    assert (look.outcome, findings) == (Outcome.NOTHING, [])
    assert look.message == f"{source} knows nothing of {ADDRESS}; that does not say that nothing is open."
    assert world.http.count() == 1


@pytest.mark.contract("empty")
async def test_a_known_address_with_nothing_open_is_shown_as_seen(world: World) -> None:
    summarised(world, ports=[], hostnames=[], cpes=[], vulns=[])
    look, (finding,) = await world.collect(shodan, IP)
    assert (look.outcome, finding.kind, finding.attributes["ports"]) == (Outcome.FOUND, Kind.IP, [])


@pytest.mark.contract("empty")
async def test_a_name_without_an_address_is_nothing_and_says_so(world: World) -> None:
    world.dns.add("example.com", "TXT", '"x"')
    look, findings = await world.collect(shodan, Target(Kind.DOMAIN, "example.com"))
    assert (look.outcome, findings) == (Outcome.NOTHING, [])
    assert look.message == "example.com has no public address that could be looked at."
    assert world.http.asked == []


async def test_a_page_that_says_404_is_not_the_sources_own_unknown(world: World) -> None:
    world.http.on(IDB, f"/{ADDRESS}", Canned(status=404, text="<h1>404</h1>", content_type=HTML))
    look, _ = await world.collect(shodan, IP)
    assert (look.outcome, look.reason) == (Outcome.FAILED, "changed")
    world.http.on(IDB, f"/{ADDRESS}", Canned(status=404, json={"detail": "Not Found"}))
    assert (await world.collect(shodan, IP))[0].reason == "changed"


@pytest.mark.parametrize("status", [400, 422])
async def test_ipv6_is_asked_for_and_a_refusal_is_not_nothing(world: World, status: int) -> None:
    target = Target(Kind.IP, "2001:db8::10")
    world.http.on(IDB, "/2001:db8::10", Canned(status=status, json={"detail": "Invalid IP"}))
    look, _ = await world.collect(shodan, target)
    assert (look.outcome, look.reason) == (Outcome.FAILED, "not_a_target")
    world.http.on(IDB, "/2001:db8::10", Canned(json=summary(ip="2001:db8::10", vulns=[])))
    look, findings = await world.collect(shodan, target)
    assert (look.outcome, of(findings, Kind.IP)[0].value) == (Outcome.FOUND, "2001:db8::10")


@pytest.mark.contract("bad_key")
async def test_a_refused_key_is_said_and_internetdb_answers_in_its_place(world: World) -> None:
    world.http.on(API, f"/shodan/host/{ADDRESS}", Canned(status=401, text="<h1>401</h1>", content_type=HTML))
    summarised(world)
    look, findings = await world.collect(shodan, IP, **KEY)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "bad_key")
    assert look.message == (
        "Shodan did not accept the key (401).\n"
        "Asked in its place: InternetDB, Shodan's weekly summary that needs no key."
    )
    assert {each.provenance.source for each in findings} == {"InternetDB (Shodan)"}


@pytest.mark.contract("forbidden")
async def test_a_plan_that_does_not_show_an_address_is_said(world: World) -> None:
    refused = {"error": "Requires membership or higher to access"}
    world.http.on(API, f"/shodan/host/{ADDRESS}", Canned(status=403, json=refused))
    summarised(world)
    look, findings = await world.collect(shodan, IP, **KEY)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "forbidden")
    assert look.message.startswith("The plan of the Shodan key does not include this question.")
    assert of(findings, Fact.PORT)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("Invalid API key", "bad_key"),
        ("Insufficient query credits, please upgrade", "forbidden"),
        ("Request rate limit reached (1/ second).", "rate_limited"),
        ("Something else <!channel>", "down"),
    ],
)
async def test_an_error_with_status_200_is_an_error(world: World, words: str, reason: str) -> None:
    world.http.on(API, f"/shodan/host/{ADDRESS}", Canned(json={"error": words}))
    summarised(world)
    look, _ = await world.collect(shodan, IP, **KEY)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, reason)
    assert "<!channel>" not in look.message


@pytest.mark.contract("rate_limited", "rate_limited_bare", "down", "html", "truncated", "wrong_types")
@pytest.mark.parametrize("key", [NONE, KEY], ids=["without a key", "with a key"])
@pytest.mark.parametrize(
    ("reply", "reason", "asked"),
    [
        (Canned(status=429, headers={"Retry-After": "120"}, json={"error": "slow"}), "rate_limited", 1),
        (Canned(status=429), "rate_limited", 3),
        (Canned(status=502, text="<h1>502</h1>", content_type=HTML), "down", 3),
        (Canned(reset=True), "down", 0),
        (Canned(text="<html>captcha</html>", content_type=HTML), "blocked", 1),
        (Canned(text="<html>Maintenance</html>", content_type=HTML), "changed", 1),
        (Canned(json=summary(), cut=40), "down", 3),
        (Canned(text='{"ip": "192.0.2', content_type="application/json"), "changed", 1),
        (Canned(json=[]), "changed", 1),
        (Canned(json={}), "changed", 1),
        (Canned(json=summary(ports="22") | {"ip_str": ADDRESS}), "changed", 1),
        (Canned(json=summary(ports=["ssh"]) | {"ip_str": ADDRESS}), "changed", 1),
        (Canned(json=summary(ip="192.0.2.99") | {"ip_str": "192.0.2.99"}), "changed", 1),
    ],
)
async def test_what_could_not_be_asked_is_never_nothing(
    world: World, reply: Canned, reason: str, asked: int, key: dict[str, Any]
) -> None:
    world.http.on(IDB, f"/{ADDRESS}", reply)
    world.http.on(API, f"/shodan/host/{ADDRESS}", reply)
    look, findings = await world.collect(shodan, IP, **key)
    assert (look.outcome, look.reason, findings) == (Outcome.FAILED, reason, [])
    if asked:  # who hangs up is asked again by the client as well
        assert world.http.count() == asked * (2 if key else 1)


async def test_an_answer_of_another_shape_names_the_place(world: World) -> None:
    world.http.on(IDB, f"/{ADDRESS}", Canned(json=summary(ports={"22": True})))
    look, _ = await world.collect(shodan, IP)
    assert look.message == "InternetDB (Shodan) answered in a form I do not know (ports: expected list, got object)."


@pytest.mark.contract("recovers", "rate_limited")
@pytest.mark.parametrize("first", [Canned(status=503), Canned(status=429, headers={"Retry-After": "2"})])
async def test_trouble_that_passes_is_waited_for(world: World, first: Canned) -> None:
    world.http.on(IDB, f"/{ADDRESS}", first, Canned(json=summary(vulns=[])))
    look, _ = await world.collect(shodan, IP)
    assert (look.outcome, world.http.count()) == (Outcome.FOUND, 2)
    assert len(world.pauses) == 1


@pytest.mark.contract("timeout")
async def test_silence_is_a_timeout(world: World) -> None:
    world.http.on(IDB, f"/{ADDRESS}", Canned(never=True))
    world.http.on(API, f"/shodan/host/{ADDRESS}", Canned(never=True))
    look, _ = await world.collect(shodan, IP, patience=IMPATIENT, **KEY)
    assert (look.outcome, look.reason) == (Outcome.FAILED, "timeout")
    assert "invented-key" not in look.message


@pytest.mark.contract("hostile")
async def test_hostile_text_ends_in_bounded_findings(world: World) -> None:
    evil = "<!channel> \x1b[31m\u202e \x00 `x`" + "y" * 600_000
    port = banner(80, evil, product=evil, version=evil, data=evil, http={"title": evil, "components": {evil: 1}})
    names = [f"h{number}.example.com" for number in range(5_000)]
    seen(world, port, *(banner(number) for number in range(1_000, 2_000)), hostnames=[evil, *names], org=evil, os=evil)
    look, findings = await world.collect(shodan, IP, **KEY)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "truncated")
    assert len(findings) < 600
    assert max(len(repr(each)) for each in findings) < 20_000
    assert all("\x1b" not in repr(each) and "\\x1b" not in repr(each) for each in findings)


async def test_a_thousand_weaknesses_are_bounded_and_counted(world: World) -> None:
    summarised(world, vulns=[f"CVE-{2000 + number % 20}-{90000 + number}" for number in range(1_000)])
    look, findings = await world.collect(shodan, IP)
    weak = of(findings, Fact.VULNERABILITY)
    assert (look.outcome, look.reason, len(weak)) == (Outcome.PARTIAL, "truncated", 300)
    assert {each.value[:8] for each in weak[:50]} == {"CVE-2019"}  # the youngest are kept
    assert "shows 700 more ports, names and weaknesses than are kept" in look.message


@pytest.mark.contract("mutated")
@given(chance=st.data(), by=JSON)
@settings(max_examples=40, deadline=None)
async def test_whatever_stands_anywhere_only_our_own_errors_come_out(chance: st.DataObject, by: Any) -> None:
    answers = {
        (IDB, f"/{ADDRESS}"): summary(),
        (API, f"/shodan/host/{ADDRESS}"): host(web(), banner(6379, "redis")),
        (API, "/api-info"): plan(),
        (API, "/dns/domain/example.com"): zone(),
        (CVEDB, f"/cve/{CVE}"): scores(),
    }
    changed = chance.draw(st.sampled_from(list(answers)))
    mutant = replaced(answers[changed], chance.draw(st.sampled_from(places(answers[changed]))), by)
    async with open_world() as world:
        for place, answer in (answers | {changed: mutant}).items():
            world.http.on(*place, Canned(json=answer))
        world.dns.add("example.com", "A", ADDRESS)
        for key, options in ((NONE, ()), (KEY, ()), (KEY, ("history", "pages"))):
            target = Target(Kind.DOMAIN, "example.com")
            look, findings = await world.collect(shodan, target, options=options, **key)
            assert look.outcome in (Outcome.FOUND, Outcome.PARTIAL, Outcome.FAILED)
            assert all(each.severity in Severity for each in findings)


def test_it_is_known_because_its_file_is_there() -> None:
    assert known()["shodan"] is shodan
