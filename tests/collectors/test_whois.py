"""The whois collector against canned registries: RDAP first, port 43 after it, and no step off the list."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.whois import whois
from core.models import Fact, Kind, Outcome, Severity, Target
from tests.collectors import registry_samples as samples
from tests.collectors.canned import IMPATIENT, Canned, World
from tests.collectors.canned_http import HTML
from tests.collectors.canned_whois import Said
from tests.collectors.registry_samples import pairs

DOMAIN = Target(Kind.DOMAIN, "example.com")


def rdap(value: Any, **more: Any) -> Canned:
    return Canned(json=value, content_type="application/rdap+json", **more)


@pytest.mark.contract("success")
async def test_a_domain_is_told_with_ages_statuses_and_everybody_named(world: World) -> None:
    world.http.on(
        *samples.VERISIGN, rdap(samples.rdap_domain(entities=[samples.registrar_entity(), samples.holder_entity()]))
    )
    look, findings = await world.collect(whois, DOMAIN)
    held = findings[0]
    assert (look.outcome, held.kind, held.value) == (Outcome.FOUND, Fact.REGISTRATION, "example.com")
    told = held.attributes
    assert told["registrar"] == "Example Registrar, Inc."
    assert told["registrar_iana_id"] == "9999"
    assert told["created"] == "1995-08-14T04:00:00Z"
    assert told["age_days"] > 11_000
    assert told["days_to_expiry"] in (399, 400)
    assert told["statuses"] == {
        "client transfer prohibited": "the registrar refuses to move it elsewhere (the usual theft lock)"
    }
    assert (told["dnssec"], told["redacted"], held.severity) == ("signed", ["Registrant Email"], Severity.INFO)
    assert told["name_servers"] == ["ns1.example.net", "ns2.example.net"]
    assert pairs(findings, role="name server") == [("domain", "ns1.example.net"), ("domain", "ns2.example.net")]
    assert pairs(findings, role="abuse contact") == [("email", "abuse@registrar.example"), ("phone", "+12025550143")]
    assert ("organisation", "Example Corp") in pairs(findings, role="registrant")
    assert ("location", "US") in pairs(findings, role="registrant")
    assert held.provenance.source == "RDAP (rdap.verisign.com)"
    assert world.http.count() == 1
    assert world.whois.count() == 0


@pytest.mark.parametrize(
    ("changes", "severity", "word"),
    [
        ({"events": [{"eventAction": "registration", "eventDate": samples.stamp(-3.5)}]}, Severity.HIGH, "3 days ago"),
        ({"events": [{"eventAction": "registration", "eventDate": samples.stamp(0)}]}, Severity.HIGH, "today"),
        ({"events": [{"eventAction": "expiration", "eventDate": samples.stamp(-2)}]}, Severity.HIGH, "Expired"),
        ({"events": [{"eventAction": "expiration", "eventDate": samples.stamp(9.5)}]}, Severity.MEDIUM, "in 9 days"),
        ({"status": ["clientHold"]}, Severity.HIGH, "Client hold"),
        ({"status": ["pending delete"]}, Severity.HIGH, "Pending delete"),
        ({"status": ["redemption period"]}, Severity.HIGH, "Redemption period"),
    ],
)
async def test_what_should_worry_a_reader_is_said_with_its_reason(
    world: World, changes: dict[str, Any], severity: Severity, word: str
) -> None:
    world.http.on(*samples.VERISIGN, rdap(samples.rdap_domain(**changes)))
    _, findings = await world.collect(whois, DOMAIN)
    assert findings[0].severity is severity
    assert word in findings[0].attributes["why"]


@pytest.mark.contract("not_found")
async def test_a_listed_servers_not_found_means_not_registered(world: World) -> None:
    world.http.on(*samples.VERISIGN, rdap({"errorCode": 404, "title": "Not Found"}, status=404))
    look, findings = await world.collect(whois, DOMAIN)
    assert (look.outcome, findings) == (Outcome.NOTHING, [])
    assert look.message == "example.com is not registered, according to rdap.verisign.com."
    assert world.whois.count() == 0


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Canned(status=403), "forbidden"),
        (Canned(status=429), "rate_limited"),
        (Canned(status=429, headers={"Retry-After": "900"}), "rate_limited"),
        (Canned(status=501), "down"),
        (Canned(status=503), "down"),
        (Canned(reset=True), "down"),
        (Canned(text="<html>hello</html>", content_type=HTML), "changed"),
        (Canned(text='{"objectClassName": "domain", "ldhN', content_type="application/rdap+json"), "changed"),
        (rdap([]), "changed"),
        (rdap({"objectClassName": "ip network"}), "changed"),
        (rdap({"errorCode": 429, "title": "Too many"}), "changed"),
        (rdap(samples.rdap_domain("other.com")), "changed"),
        (rdap(None, status=302, headers={"Location": "https://elsewhere.example/domain/example.com"}), "changed"),
        (rdap(None, status=302, headers={"Location": "http://127.0.0.1/"}), "changed"),
    ],
)
async def test_port_43_stands_in_for_rdap_and_the_reason_is_kept(world: World, reply: Canned, reason: str) -> None:
    world.http.on(*samples.VERISIGN, reply)
    world.whois.on("com", "refer: whois.verisign-grs.com\n")
    world.whois.on("domain example.com", samples.thick("example.com", created=-9000))
    look, findings = await world.collect(whois, DOMAIN)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, reason)
    assert (findings[0].value, findings[0].provenance.source) == ("example.com", "whois.verisign-grs.com")
    assert {each.host for each in world.http.asked} == {"rdap.verisign.com"}
    assert world.whois.asked == ["com", "domain example.com"]


@pytest.mark.contract("recovers")
async def test_a_server_error_is_tried_again(world: World) -> None:
    world.http.on(*samples.VERISIGN, Canned(status=503), rdap(samples.rdap_domain()))
    look, _ = await world.collect(whois, DOMAIN)
    assert (look.outcome, world.http.count()) == (Outcome.FOUND, 2)


@pytest.mark.contract("timeout")
async def test_when_all_are_silent_the_run_has_failed(world: World) -> None:
    world.http.on(*samples.VERISIGN, Canned(never=True))
    world.whois.on("com", Said(never=True))
    look, findings = await world.collect(whois, DOMAIN, patience=IMPATIENT)
    assert (look.outcome, look.reason, findings) == (Outcome.FAILED, "timeout", [])


async def test_a_registrar_on_the_list_is_asked_once_and_contradictions_are_shown(world: World) -> None:
    link = "https://rdap.markmonitor.com/rdap/domain/EXAMPLE.COM"
    theirs = samples.rdap_domain(
        events=[{"eventAction": "registration", "eventDate": "2001-01-01T00:00:00Z"}],
        entities=[samples.holder_entity()],
    )
    world.http.on(*samples.VERISIGN, rdap(samples.rdap_domain(**samples.related(link))))
    world.http.on("rdap.markmonitor.com", "/rdap/domain/EXAMPLE.COM", rdap(theirs))
    look, findings = await world.collect(whois, DOMAIN)
    assert look.outcome is Outcome.FOUND
    assert pairs(findings).count(("registration", "example.com")) == 1
    assert findings[0].attributes["conflicts"] == [
        {"field": "created", "registry": "1995-08-14T04:00:00Z", "registrar": "2001-01-01T00:00:00Z"}
    ]
    holder = next(each for each in findings if each.kind is Fact.ORGANISATION)
    assert (holder.value, holder.provenance.source) == ("Example Corp", "RDAP (rdap.markmonitor.com)")
    assert world.http.count() == 2


@pytest.mark.parametrize(
    "href",
    [
        "https://rdap.registrar.example/domain/example.com",
        "http://rdap.markmonitor.com/rdap/domain/example.com",
        "https://rdap.markmonitor.com:8443/rdap/domain/example.com",
        "https://169.254.169.254/latest/meta-data",
        "https://rdap.markmonitor.com.evil.test/domain/example.com",
        "https://rdap.markmonitor.com@evil.test/",
        "file:///etc/passwd",
    ],
)
async def test_a_link_off_the_list_is_said_and_not_followed(world: World, href: str) -> None:
    world.http.on(*samples.VERISIGN, rdap(samples.rdap_domain(**samples.related(href))))
    look, findings = await world.collect(whois, DOMAIN)
    assert look.outcome is Outcome.FOUND
    assert look.message == ""
    assert findings[0].kind is Fact.REGISTRATION
    assert findings[0].attributes["not_asked"]
    assert world.http.count() == 1


async def test_a_registrar_that_is_down_costs_only_its_own_part(world: World) -> None:
    link = "https://rdap.markmonitor.com/rdap/domain/example.com"
    world.http.on(*samples.VERISIGN, rdap(samples.rdap_domain(**samples.related(link))))
    world.http.on("rdap.markmonitor.com", "*", Canned(status=500))
    look, findings = await world.collect(whois, DOMAIN)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "down")
    assert findings[0].kind is Fact.REGISTRATION


async def test_an_address_gives_its_network_holder_and_abuse_contact(world: World) -> None:
    world.http.on(*samples.ARIN, rdap(samples.rdap_network()))
    look, findings = await world.collect(whois, Target(Kind.IP, "192.0.2.10"))
    held = findings[0]
    assert (look.outcome, held.kind, held.value) == (Outcome.FOUND, Fact.REGISTRATION, "192.0.2.0/24")
    assert (held.attributes["name"], held.attributes["country"], held.severity) == ("EXAMPLE-NET", "US", Severity.INFO)
    assert held.attributes["created"] == "2010-01-01T05:00:00Z"
    assert {("cidr", "192.0.2.0/24"), ("asn", "AS64496"), ("organisation", "Example Corp")} <= set(pairs(findings))
    assert pairs(findings, role="abuse contact") == [("email", "abuse@example.com")]
    assert world.http.count() == 1


@pytest.mark.parametrize(
    ("target", "host", "path"),
    [
        (Target(Kind.CIDR, "192.0.2.0/24"), "rdap.arin.net", "/registry/ip/192.0.2.0/24"),
        (Target(Kind.IP, "2001:db8::10"), "rdap.apnic.net", "/ip/2001:db8::10"),
        (Target(Kind.ASN, "AS3333"), "rdap.db.ripe.net", "/autnum/3333"),
        (Target(Kind.URL, "https://www.example.com/login"), "rdap.verisign.com", "/com/v1/domain/example.com"),
        (Target(Kind.URL, "https://192.0.2.10/login"), "rdap.arin.net", "/registry/ip/192.0.2.10"),
        (Target(Kind.EMAIL, "ada@mail.example.com"), "rdap.verisign.com", "/com/v1/domain/example.com"),
        (Target(Kind.DOMAIN, "a.b.example.com"), "rdap.verisign.com", "/com/v1/domain/example.com"),
    ],
)
async def test_each_kind_of_target_is_asked_where_iana_says(world: World, target: Target, host: str, path: str) -> None:
    answers = {"domain": samples.rdap_domain(), "ip": samples.rdap_network(), "autnum": samples.RDAP_AUTNUM}
    world.http.on(host, path, rdap(next(value for key, value in answers.items() if f"/{key}/" in path)))
    look, findings = await world.collect(whois, target)
    assert look.outcome is Outcome.FOUND
    assert [(each.host, each.path) for each in world.http.asked] == [(host, path)]
    assert findings[0].context.startswith("Registration of ")


async def test_a_regional_registry_may_pass_us_on_to_another(world: World) -> None:
    world.http.on(*samples.ARIN, Canned(status=301, headers={"Location": "https://rdap.db.ripe.net/ip/192.0.2.10"}))
    world.http.on("rdap.db.ripe.net", "/ip/192.0.2.10", rdap(samples.rdap_network()))
    look, findings = await world.collect(whois, Target(Kind.IP, "192.0.2.10"))
    assert (look.outcome, findings[0].provenance.source) == (Outcome.FOUND, "RDAP (rdap.db.ripe.net)")


async def test_registries_that_send_us_in_circles_are_left(world: World) -> None:
    there = "https://rdap.db.ripe.net/ip/192.0.2.10"
    world.http.on(*samples.ARIN, Canned(status=301, headers={"Location": there}))
    back = "https://rdap.arin.net/registry/ip/192.0.2.10"
    world.http.on("rdap.db.ripe.net", "/ip/192.0.2.10", Canned(status=301, headers={"Location": back}))
    look, _ = await world.collect(whois, Target(Kind.IP, "192.0.2.10"))
    assert look.gaps[0].reason == "changed"
    assert world.http.count() == 4


@pytest.mark.parametrize("location", ["", "https://rdap.arin.net/registry/ip/192.0.2.10", "http://[::1"])
async def test_a_registry_that_sends_us_nowhere_is_asked_once(world: World, location: str) -> None:
    world.http.on(*samples.ARIN, Canned(status=301, headers={"Location": location}))
    look, _ = await world.collect(whois, Target(Kind.IP, "192.0.2.10"))
    assert look.gaps[0].reason == "changed"
    assert world.http.count() == 1
