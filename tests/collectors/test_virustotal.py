"""VirusTotal: its judgement in words that claim no more than it says, and every way in which it can fail to answer."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors import known
from collectors.virustotal import virustotal
from core.models import Confidence, Fact, Finding, Kind, Outcome, Severity, Target
from tests.collectors.canned import IMPATIENT, Canned, World, open_world
from tests.collectors.canned_http import HTML
from tests.collectors.mutants import JSON, places, replaced
from tests.collectors.virustotal_samples import (
    CERTIFICATE,
    OTHER,
    SHA256,
    address,
    domain,
    error,
    file,
    judged,
    page,
    resolution,
    talking,
    thing,
    url,
)

HOST, BASE = "www.virustotal.com", "/api/v3"
DOMAIN, IP = Target(Kind.DOMAIN, "example.com"), Target(Kind.IP, "192.0.2.10")
HASH, URL = Target(Kind.HASH, SHA256), Target(Kind.URL, "https://example.com/a?b=c")
OBJECT = f"{BASE}/domains/example.com"
KEY: dict[str, Any] = {"virustotal_key": "invented-key"}
TALK = [{"type": "file", "id": OTHER}]


def of(findings: list[Finding], kind: Kind | Fact) -> list[Finding]:
    return [each for each in findings if each.kind == kind]


def judgement(findings: list[Finding]) -> Finding:
    (found,) = of(findings, Fact.REPUTATION)
    return found


async def look_up(world: World, answer: Any, target: Target = DOMAIN, path: str = OBJECT) -> list[Finding]:
    world.http.on(HOST, path, Canned(json=answer))
    look, findings = await world.collect(virustotal, target, **KEY)
    assert (look.outcome, look.message) == (Outcome.FOUND, "")
    return findings


@pytest.mark.contract("success")
async def test_a_domain_comes_with_everything_that_is_kept_of_it(world: World) -> None:
    findings = await look_up(world, domain(**judged(2, 1)))
    said = judgement(findings)
    assert said.value == "3 vendors flag it"
    assert said.attributes["why"] == (
        "3 of 93, analysed 3 days ago: Vendor 00 (phishing), Vendor 01 (phishing), Vendor 02 (suspicious)."
    )
    assert [each["category"] for each in said.attributes["vendors"]] == ["malicious", "malicious", "suspicious"]
    told = {name: said.attributes[name] for name in ("reputation", "votes_harmless", "votes_malicious", "age_days")}
    assert told == {"reputation": -3, "votes_harmless": 2, "votes_malicious": 5, "age_days": 3}
    assert said.attributes["categories"] == {"ExampleCat": "business"}
    assert said.attributes["popularity"] == {"Example Million": 4211}
    assert (said.attributes["jarm"], said.attributes["favicon_md5"]) == ("2" * 62, "a" * 32)
    assert said.attributes["reports"] == [{"source": "Example CERT", "title": "Seen in a lure", "severity": "high"}]
    (held,) = of(findings, Fact.REGISTRATION)
    assert (held.attributes["registrar"], held.attributes["abuse_contact"]) == (
        "Example Registrar",
        "abuse@example.net",
    )
    assert [each.value for each in of(findings, Kind.IP)] == ["192.0.2.10"]
    assert [each.attributes["role"] for each in of(findings, Kind.DOMAIN)] == ["name server"]
    assert [each.value for each in of(findings, Fact.RECORD)] == ["TXT v=spf1 -all"]
    (shown,) = of(findings, Fact.CERTIFICATE)
    assert (shown.value, shown.attributes["names"]) == (CERTIFICATE, ["www.example.com", "*.example.com"])
    source = said.provenance
    assert (source.source, source.status, len(source.sha256)) == ("VirusTotal", "200", 64)
    assert source.url.startswith(f"https://{HOST}{OBJECT}?relationships=communicating_files%2Cresolutions")
    assert world.http.count() == 1
    assert world.http.asked[0].headers["x-apikey"] == "invented-key"


async def test_an_address_comes_with_its_network_and_names(world: World) -> None:
    findings = await look_up(world, address(), IP, f"{BASE}/ip_addresses/192.0.2.10")
    assert [each.value for each in of(findings, Kind.CIDR)] == ["192.0.2.0/24"]
    assert [each.value for each in of(findings, Kind.ASN)] == ["AS64496"]
    assert [each.value for each in of(findings, Fact.ORGANISATION)] == ["Example Hosting"]
    names = [*of(findings, Kind.DOMAIN), *of(findings, Fact.WILDCARD)]
    assert [each.value for each in names] == ["www.example.com", "*.example.com"]
    assert {each.confidence for each in names} == {Confidence.LOW}


async def test_a_url_is_asked_for_by_its_own_name_without_padding(world: World) -> None:
    findings = await look_up(world, url(), URL, f"{BASE}/urls/aHR0cHM6Ly9leGFtcGxlLmNvbS9hP2I9Yw")
    seen, passed, final = of(findings, Kind.URL)
    assert (seen.attributes["title"], seen.attributes["status"], seen.attributes["server"]) == ("Sign in", 200, "nginx")
    assert seen.attributes["outgoing_links"] == ["https://example.org/"]
    assert (passed.value, final.value) == ("https://example.net/in", "https://example.org/collect")
    assert [each.value for each in of(findings, Kind.HASH)] == [OTHER]
    assert [(each.value, each.attributes["ids"]) for each in of(findings, Fact.SERVICE)] == [
        ("Example Analytics", ["EX-1"])
    ]
    assert [(each.value, each.attributes["role"]) for each in of(findings, Kind.IP)] == [("192.0.2.10", "served from")]


@pytest.mark.parametrize(("size", "sign"), [(32, "1"), (40, "2"), (64, "ab")])
async def test_a_file_is_known_by_each_of_its_hashes(world: World, size: int, sign: str) -> None:
    asked = (sign * 64)[:size]
    findings = await look_up(world, file(), Target(Kind.HASH, asked), f"{BASE}/files/{asked}")
    said = judgement(findings).attributes
    assert said["threat"] == "trojan.example"
    assert said["yara"] == [{"rule_name": "Example_Rule", "ruleset_name": "rules"}]
    assert said["ids"] == [{"rule_msg": "Example alert", "alert_severity": "high"}]
    assert said["sigma"] == [{"rule_title": "Example behaviour", "rule_level": "high"}]
    assert said["sandboxes"] == [{"name": "Example Box", "category": "malicious", "found": "TROJAN"}]
    (told,) = of(findings, Kind.FILE)
    assert (told.value, told.attributes["type_description"], told.attributes["size"]) == (
        "invoice.exe",
        "Win32 EXE",
        1024,
    )
    assert {len(each.value) for each in of(findings, Kind.HASH)} == {32, 40, 64} - {size}
    assert [each.value for each in of(findings, Fact.ORGANISATION)] == ["Example Corp"]


async def test_an_answer_about_another_file_is_none(world: World) -> None:
    world.http.on(HOST, f"{BASE}/files/{SHA256}", Canned(json=file(sha256=OTHER)))
    look, _ = await world.collect(virustotal, HASH, **KEY)
    assert look.reason == "changed"


async def test_a_hash_it_cannot_know_is_not_asked_about(world: World) -> None:
    look, _ = await world.collect(virustotal, Target(Kind.HASH, "a" * 128), **KEY)
    assert (look.outcome, look.reason, world.http.asked) == (Outcome.FAILED, "not_a_target", [])


@pytest.mark.parametrize(
    ("flags", "value", "severity", "confidence"),
    [
        ((0, 0), "no vendor flags it", Severity.INFO, Confidence.MODERATE),
        ((1, 0), "1 vendor flags it", Severity.LOW, Confidence.LOW),
        ((0, 1), "1 vendor flags it", Severity.LOW, Confidence.LOW),
        ((2, 0), "2 vendors flag it", Severity.MEDIUM, Confidence.MODERATE),
        ((1, 2), "3 vendors flag it", Severity.MEDIUM, Confidence.MODERATE),
        ((5, 0), "5 vendors flag it", Severity.HIGH, Confidence.MODERATE),
    ],
)
async def test_the_more_vendors_flag_it_the_graver_and_one_alone_is_doubted(
    world: World, flags: tuple[int, int], value: str, severity: Severity, confidence: Confidence
) -> None:
    said = judgement(await look_up(world, domain(**judged(*flags))))
    assert (said.value, said.severity, said.confidence) == (value, severity, confidence)
    if sum(flags) == 1:
        assert said.attributes["why"].endswith("One vendor alone is often wrong.")


async def test_nothing_is_ever_called_clean(world: World) -> None:
    said = judgement(await look_up(world, domain()))
    assert said.attributes["why"] == "0 of 90, analysed 3 days ago. That does not make it harmless."
    assert "clean" not in repr(said)


async def test_an_old_analysis_is_called_old(world: World) -> None:
    said = judgement(await look_up(world, domain(**judged(days=75.5))))
    assert said.attributes["old"] is True
    assert said.attributes["why"] == "0 of 90, analysed 75 days ago, which is old. That does not make it harmless."


@pytest.mark.contract("empty")
@pytest.mark.parametrize("attributes", [{}, judged(harmless=0) | {"last_analysis_stats": {"harmless": 0}}])
async def test_a_thing_nobody_has_analysed_is_said_to_be_that(world: World, attributes: dict[str, Any]) -> None:
    said = judgement(await look_up(world, thing("domain", "example.com", links={}, **attributes)))
    assert (said.value, said.severity) == ("no vendor has analysed it", "info")
    assert said.attributes["why"] == "VirusTotal knows it, and that is all; this does not make it harmless."


async def test_without_statistics_the_results_are_counted(world: World) -> None:
    told = judged(2)
    del told["last_analysis_stats"]
    said = judgement(await look_up(world, thing("domain", "example.com", links={}, **told)))
    assert (said.value, said.attributes["total"]) == ("2 vendors flag it", 4)


@pytest.mark.contract("not_found")
async def test_what_it_does_not_know_is_never_called_harmless(world: World) -> None:
    world.http.on(HOST, OBJECT, Canned(status=404, json=error("NotFoundError")))
    look, findings = await world.collect(virustotal, DOMAIN, **KEY)
    assert (look.outcome, findings) == (Outcome.NOTHING, [])
    assert look.message == "VirusTotal does not know this domain; that does not make it harmless."


@pytest.mark.contract("rate_limited", "rate_limited_bare", "bad_key", "down", "html", "truncated", "wrong_types")
@pytest.mark.parametrize(
    ("reply", "reason", "asked"),
    [
        (Canned(status=429, json=error("QuotaExceededError")), "rate_limited", 1),
        (Canned(status=429, json=error("QuotaExceededError"), headers={"Retry-After": "120"}), "rate_limited", 1),
        (Canned(status=429, json=error("TooManyRequestsError")), "rate_limited", 3),
        (Canned(status=429, text="slow down"), "rate_limited", 3),
        (Canned(status=401, json=error("WrongCredentialsError")), "bad_key", 1),
        (Canned(status=401, json=error("AuthenticationRequiredError")), "bad_key", 1),
        (Canned(status=401, json=error("UserNotActiveError")), "bad_key", 1),
        (Canned(status=503, json=error("TransientError")), "down", 3),
        (Canned(status=504, json=error("DeadlineExceededError")), "timeout", 3),
        (Canned(status=500, text="ServerError"), "down", 3),
        (Canned(reset=True), "down", 0),
        (Canned(text="<html>Just a moment...</html>", content_type=HTML), "blocked", 1),
        (Canned(text="<html>VirusTotal</html>", content_type=HTML), "changed", 1),
        (Canned(status=404, text="<h1>404</h1>", content_type=HTML), "changed", 1),
        (Canned(status=404, json={"detail": "no such route"}), "changed", 1),
        (Canned(json=domain(), cut=40), "down", 3),
        (Canned(text='{"data": {"id"', content_type="application/json"), "changed", 1),
        (Canned(json=[]), "changed", 1),
        (Canned(json={"data": []}), "changed", 1),
        (Canned(json=thing("file", "x")), "changed", 1),
        (Canned(json=thing("domain", "example.com", last_analysis_stats=[])), "changed", 1),
        (Canned(json=thing("domain", "example.com", last_analysis_stats={"malicious": "7"})), "changed", 1),
        (Canned(json={"data": {"type": "domain", "attributes": None}}), "changed", 1),
    ],
)
async def test_what_could_not_be_asked_is_never_nothing(world: World, reply: Canned, reason: str, asked: int) -> None:
    world.http.on(HOST, OBJECT, reply)
    look, findings = await world.collect(virustotal, DOMAIN, **KEY)
    assert (look.outcome, look.reason, findings) == (Outcome.FAILED, reason, [])
    assert "<!channel>" not in look.message
    if asked:  # who hangs up is asked again by the client as well
        assert world.http.count() == asked


async def test_an_answer_of_another_shape_names_the_place(world: World) -> None:
    world.http.on(HOST, OBJECT, Canned(json=thing("domain", "example.com", last_analysis_stats={"malicious": "7"})))
    look, _ = await world.collect(virustotal, DOMAIN, **KEY)
    assert "(data.attributes.last_analysis_stats.malicious: expected number of vendors, got text)" in look.message


@pytest.mark.contract("forbidden")
async def test_a_plan_that_does_not_include_the_question_is_said(world: World) -> None:
    world.http.on(HOST, OBJECT, Canned(status=403, json=error("ForbiddenError")))
    look, _ = await world.collect(virustotal, DOMAIN, **KEY)
    assert (look.outcome, look.reason) == (Outcome.FAILED, "forbidden")
    assert look.message == "The plan of the VirusTotal key does not include this question."
    assert [each.query for each in world.http.asked][1] == ()  # once more without relations


async def test_a_spent_quota_holds_back_everybody_for_its_minute(world: World) -> None:
    world.http.on(HOST, OBJECT, Canned(status=429, json=error("QuotaExceededError")))
    look, _ = await world.collect(virustotal, DOMAIN, **KEY)
    assert "no questions left for this minute or this day" in look.message
    assert world.pace.held == [(f"host:{HOST}", 60.0)]


@pytest.mark.contract("recovers", "rate_limited")
@pytest.mark.parametrize(
    "first", [Canned(status=503), Canned(status=429, json=error("TooManyRequestsError"), headers={"Retry-After": "2"})]
)
async def test_trouble_that_passes_is_waited_for(world: World, first: Canned) -> None:
    world.http.on(HOST, OBJECT, first, Canned(json=domain()))
    look, _ = await world.collect(virustotal, DOMAIN, **KEY)
    assert (look.outcome, world.http.count(), len(world.pauses)) == (Outcome.FOUND, 2, 1)


@pytest.mark.contract("timeout")
async def test_silence_is_a_timeout(world: World) -> None:
    world.http.on(HOST, OBJECT, Canned(never=True))
    look, _ = await world.collect(virustotal, DOMAIN, patience=IMPATIENT, **KEY)
    assert (look.outcome, look.reason) == (Outcome.FAILED, "timeout")


@pytest.mark.contract("hostile")
async def test_hostile_text_ends_in_bounded_findings(world: World) -> None:
    evil = "<!channel> \x1b[31m\u202e \x00 `x`" + "y" * 60_000
    results = {f"{evil[:5_000]} {number}": {"category": "malicious", "result": evil[:3_000]} for number in range(150)}
    rows = [{"type": "A", "value": evil}, *({"type": "TXT", "value": evil[:9_000]} for _ in range(5))]
    links = {
        "subdomains": [
            {"type": "domain", "id": evil},
            *({"type": "domain", "id": f"h{n}.example.com"} for n in range(5_000)),
        ]
    }
    answer = domain(
        last_analysis_results=results, last_dns_records=rows * 2, registrar=evil, whois=evil, tags=[evil], links=links
    )
    world.http.on(HOST, OBJECT, Canned(json=answer))
    look, findings = await world.collect(virustotal, DOMAIN, **KEY)
    assert look.outcome is Outcome.FOUND
    assert 100 < len(findings) < 300
    assert max(len(repr(each)) for each in findings) < 40_000
    assert all("\\x1b" not in repr(each) for each in findings)


@pytest.mark.contract("mutated")
@given(chance=st.data(), by=JSON)
@settings(max_examples=40, deadline=None)
async def test_whatever_stands_anywhere_only_our_own_errors_come_out(chance: st.DataObject, by: Any) -> None:
    links: dict[str, Any] = {
        "communicating_files": TALK,
        "resolutions": [{"type": "resolution", "id": "192.0.2.10example.com"}],
        "subdomains": [{"type": "domain", "id": "www.example.com"}],
    }
    target, path, answer = chance.draw(
        st.sampled_from(
            [
                (DOMAIN, "domains/example.com", domain(links=links, **judged(3))),
                (IP, "ip_addresses/192.0.2.10", address()),
                (HASH, f"files/{SHA256}", file()),
                (URL, "urls/aHR0cHM6Ly9leGFtcGxlLmNvbS9hP2I9Yw", url()),
            ]
        )
    )
    files_, names = page(talking()), page(resolution("192.0.2.10", "example.com", malicious=2))
    answers = {path: answer, f"{path}/communicating_files": files_, f"{path}/resolutions": names}
    changed = chance.draw(st.sampled_from(list(answers) if target == DOMAIN else [path]))
    answers[changed] = replaced(answers[changed], chance.draw(st.sampled_from(places(answers[changed]))), by)
    async with open_world() as world:
        world.http.on(HOST, "*", Canned(status=404, json=error("NotFoundError")))
        for place, told in answers.items():
            world.http.on(HOST, f"{BASE}/{place}", Canned(json=told))
        look, findings = await world.collect(virustotal, target, **KEY)
    assert look.outcome in (Outcome.FOUND, Outcome.PARTIAL, Outcome.FAILED)
    assert bool(findings) is (look.outcome is not Outcome.FAILED)


def test_it_is_known_because_its_file_is_there_and_needs_a_key() -> None:
    assert known()["virustotal"] is virustotal
    assert [(each.setting, each.required) for each in virustotal.keys] == [("virustotal_key", True)]
