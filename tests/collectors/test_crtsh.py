"""The crtsh collector against canned certificate logs: what it finds, how often it asks, and how it fails."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from collectors.crtsh import crtsh
from core.models import Confidence, Fact, Finding, Kind, Outcome, Target
from tests.collectors.canned import IMPATIENT, Canned, World
from tests.collectors.canned_http import HTML
from tests.collectors.certificate_samples import issuance, row

DOMAIN = Target(Kind.DOMAIN, "example.com")
CRTSH = ("crt.sh", "/")
SPOTTER = ("api.certspotter.com", "/v1/issuances")


def by_value(findings: list[Finding]) -> dict[str, Finding]:
    return {each.value: each for each in findings}


@pytest.mark.contract("success")
async def test_names_come_with_their_first_and_last_day_issuers_and_count(world: World) -> None:
    rows = [
        row("example.com", "www.example.com", serial="01", ago=400),
        row("example.com", serial="02", ago=20, issuer_name="C=GB, O=Other CA, CN=Other CA Two"),
    ]
    world.http.on(*CRTSH, Canned(json=rows))
    look, findings = await world.collect(crtsh, DOMAIN)
    found = by_value(findings)
    assert (look.outcome, look.reason) == (Outcome.FOUND, "")
    assert list(found) == ["example.com", "www.example.com"]
    apex = found["example.com"]
    assert apex.attributes["certificates"] == 2
    assert apex.attributes["issuers"] == ["Example CA (R10)", "Other CA Two"]
    assert apex.first_seen is not None
    assert apex.last_seen is not None
    assert (apex.last_seen - apex.first_seen).days == 380
    assert apex.confidence is Confidence.HIGH
    assert apex.provenance.source == "crt.sh"
    assert apex.provenance.status == "200"
    assert len(apex.provenance.sha256) == 64


async def test_expired_names_are_kept_and_marked(world: World) -> None:
    world.http.on(*CRTSH, Canned(json=[row("example.com"), row("old.example.com", ago=900)]))
    _, findings = await world.collect(crtsh, DOMAIN)
    found = by_value(findings)
    assert found["old.example.com"].attributes["expired"] is True
    assert found["example.com"].attributes["expired"] is False


async def test_a_wildcard_is_a_finding_of_its_own(world: World) -> None:
    world.http.on(*CRTSH, Canned(json=[row("example.com", "*.dev.example.com")]))
    _, findings = await world.collect(crtsh, DOMAIN)
    assert by_value(findings)["*.dev.example.com"].kind is Fact.WILDCARD
    assert "dev.example.com" not in by_value(findings)


async def test_an_outside_name_is_never_told_as_the_domains_own(world: World) -> None:
    world.http.on(*CRTSH, Canned(json=[row("example.com", "example.org", "notexample.com", "*.example.net")]))
    _, findings = await world.collect(crtsh, DOMAIN)
    found = by_value(findings)
    for outside in ("example.org", "notexample.com", "*.example.net"):
        assert found[outside].attributes["relation"] == "same certificate"
        assert found[outside].attributes["names_on_certificate"] == 4
        assert found[outside].confidence is Confidence.LOW
    assert "relation" not in found["example.com"].attributes


async def test_an_email_address_is_one_and_people_are_left_out(world: World) -> None:
    rows = [row("security@example.com", common_name="Ada Example"), row("example.com")]
    world.http.on(*CRTSH, Canned(json=rows))
    look, findings = await world.collect(crtsh, DOMAIN)
    assert {each.value: each.kind for each in findings} == {
        "security@example.com": Kind.EMAIL,
        "example.com": Kind.DOMAIN,
    }
    assert look.outcome is Outcome.FOUND


async def test_a_precertificate_and_its_certificate_count_once(world: World) -> None:
    rows = [row("example.com", serial="AB", id=1), row("example.com", serial="ab", id=2)]
    world.http.on(*CRTSH, Canned(json=rows))
    look, findings = await world.collect(crtsh, DOMAIN)
    assert findings[0].attributes["certificates"] == 1
    assert look.message == ""  # the findings say it


async def test_fresh_certificates_and_internal_looking_names_are_marked(world: World) -> None:
    world.http.on(
        *CRTSH, Canned(json=[row("example.com", ago=2), row("db01.corp.example.com"), row("www.example.com")])
    )
    _, findings = await world.collect(crtsh, DOMAIN)
    found = by_value(findings)
    assert found["example.com"].attributes["fresh"] is True
    assert found["example.com"].severity == "medium"
    assert found["db01.corp.example.com"].attributes["internal"] is True
    assert "internal" not in found["www.example.com"].attributes


async def test_one_question_is_enough_when_it_shows_the_domain_itself(world: World) -> None:
    world.http.on(*CRTSH, Canned(json=[row("example.com", f"{n}.example.com") for n in range(40)]))
    await world.collect(crtsh, DOMAIN)
    assert [each.raw_path for each in world.http.asked] == ["/?q=%25.example.com&output=json"]


async def test_the_domain_itself_is_asked_for_only_when_it_was_not_shown(world: World) -> None:
    world.http.on(*CRTSH, Canned(json=[row("www.example.com")]), Canned(json=[row("example.com")]))
    _, findings = await world.collect(crtsh, DOMAIN)
    assert [each.raw_path for each in world.http.asked][1:] == ["/?q=example.com&output=json"]
    assert {each.value: each.provenance.url for each in findings} == {
        "www.example.com": "https://crt.sh/?q=%25.example.com&output=json",
        "example.com": "https://crt.sh/?q=example.com&output=json",
    }


async def test_an_empty_answer_is_asked_for_once_more(world: World) -> None:
    world.http.on(*CRTSH, Canned(json=[]), Canned(json=[row("example.com")]))
    look, findings = await world.collect(crtsh, DOMAIN)
    assert (look.outcome, [each.value for each in findings]) == (Outcome.FOUND, ["example.com"])
    assert world.http.count("crt.sh") == 2


@pytest.mark.contract("empty", "not_found")
async def test_nothing_is_said_only_after_asking_again(world: World) -> None:
    world.http.on(*CRTSH, Canned(json=[]))
    look, findings = await world.collect(crtsh, DOMAIN)
    assert (look.outcome, findings) == (Outcome.NOTHING, [])
    assert look.message == "The certificate logs hold nothing for example.com."
    assert world.http.count("crt.sh") == 3  # twice below it, once for itself
    assert world.http.count("api.certspotter.com") == 0


@pytest.mark.contract("recovers")
@pytest.mark.parametrize("status", [404, 500, 502, 503, 504])
async def test_trouble_is_tried_again_and_is_never_nothing(world: World, status: int) -> None:
    world.http.on(*CRTSH, Canned(status=status, text="<html>", content_type=HTML), Canned(json=[row("example.com")]))
    look, _ = await world.collect(crtsh, DOMAIN)
    assert look.outcome is Outcome.FOUND
    assert world.http.count("crt.sh") == 2


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Canned(status=404), "down"),
        (Canned(status=502, text="<html><h1>502</h1></html>", content_type=HTML), "down"),
        (Canned(status=403), "forbidden"),
        (Canned(status=429), "rate_limited"),
        (Canned(status=429, headers={"Retry-After": "600"}), "rate_limited"),
        (Canned(reset=True), "down"),
        (Canned(text="<html>Certificate Search</html>", content_type=HTML), "changed"),
        (Canned(text="<html>Just a moment...</html>", content_type=HTML), "blocked"),
        (Canned(text='[{"name_value": "example.com"', content_type="application/json"), "changed"),
        (Canned(json=[row("example.com")], cut=40), "down"),
        (Canned(json={"rows": []}), "changed"),
        (Canned(json=[1, "a", None, [], {"name_value": 7}]), "changed"),
    ],
)
async def test_cert_spotter_stands_in_and_what_is_missing_is_said(world: World, reply: Canned, reason: str) -> None:
    world.http.on(*CRTSH, reply)
    world.http.on(*SPOTTER, Canned(json=[issuance(1, "example.com", "*.example.com", "example.org")]), Canned(json=[]))
    look, findings = await world.collect(crtsh, DOMAIN)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, reason)
    missed, remark = look.message.split("\n")
    assert missed == look.gaps[0].sentence
    assert "only certificates that have not expired" in remark
    assert [each.value for each in findings] == ["example.com", "*.example.com", "example.org"]
    assert {each.provenance.source for each in findings} == {"Cert Spotter"}
    assert world.http.count("api.certspotter.com") == 2


async def test_when_both_are_down_the_run_has_failed(world: World) -> None:
    world.http.on(*CRTSH, Canned(status=429, headers={"Retry-After": "600"}))
    world.http.on(*SPOTTER, Canned(status=429, json={"code": "rate_limited"}, headers={"Retry-After": "306"}))
    look, findings = await world.collect(crtsh, DOMAIN)
    assert (look.outcome, look.reason, findings) == (Outcome.FAILED, "rate_limited", [])
    assert look.message == (
        "crt.sh asks us to slow down (429). It may be asked again in 10 min; "
        "its stand-in, Cert Spotter, asks us to slow down (429). It may be asked again in 5 min."
    )
    assert world.http.count() == 2  # nobody is pestered before the time they named


async def test_an_error_object_of_the_second_source_is_not_an_answer(world: World) -> None:
    world.http.on(*CRTSH, Canned(status=502))
    world.http.on(*SPOTTER, Canned(json={"code": "rate_limited", "message": "slow down"}))
    look, _ = await world.collect(crtsh, DOMAIN)
    assert (look.outcome, look.reason) == (Outcome.FAILED, "down")


@pytest.mark.contract("timeout")
async def test_a_source_that_never_answers_is_a_timeout(world: World) -> None:
    world.http.on(*CRTSH, Canned(never=True))
    world.http.on(*SPOTTER, Canned(never=True))
    look, _ = await world.collect(crtsh, DOMAIN, patience=IMPATIENT)
    assert (look.outcome, look.reason) == (Outcome.FAILED, "timeout")


async def test_pages_are_followed_to_the_end_of_the_small_quota_and_the_rest_is_said(world: World) -> None:
    world.http.on(*CRTSH, Canned(status=503))
    pages = [Canned(json=[issuance(n, f"{n}.example.com")]) for n in range(1, 9)]
    world.http.on(*SPOTTER, *pages)
    look, findings = await world.collect(crtsh, DOMAIN)
    asked = [dict(each.query) for each in world.http.asked if each.host == "api.certspotter.com"]
    assert [each.get("after") for each in asked] == [None, "1", "2"]
    assert len(findings) == 3
    assert "truncated" in [gap.reason for gap in look.gaps]


async def test_a_key_goes_into_the_header_and_into_no_receipt(world: World) -> None:
    world.http.on(*CRTSH, Canned(status=503))
    world.http.on(*SPOTTER, Canned(json=[issuance(1, "example.com")]), Canned(json=[]))
    _, findings = await world.collect(crtsh, DOMAIN, certspotter_key="invented-key")
    asked = [each for each in world.http.asked if each.host == "api.certspotter.com"]
    assert asked[0].headers["authorization"] == "Bearer invented-key"
    assert "invented-key" not in repr(findings)


@pytest.mark.contract("bad_key")
async def test_a_refused_key_is_said(world: World) -> None:
    world.http.on(*CRTSH, Canned(status=503))
    world.http.on(*SPOTTER, Canned(status=401, json={"code": "unauthorized"}))
    look, _ = await world.collect(crtsh, DOMAIN, certspotter_key="invented-key")
    assert [gap.reason for gap in look.gaps] == ["down"]
    assert look.message.endswith("; its stand-in, Cert Spotter, did not accept the key (401).")


async def test_a_captcha_and_silence_are_told_in_one_sentence(world: World) -> None:
    world.http.on(*CRTSH, Canned(text="<html>captcha</html>", content_type=HTML))
    world.http.on(*SPOTTER, Canned(reset=True))
    look, _ = await world.collect(crtsh, DOMAIN)
    assert (look.outcome, look.reason) == (Outcome.FAILED, "blocked")
    assert look.message == "crt.sh showed a captcha; its stand-in, Cert Spotter, did not answer."


async def test_a_list_that_may_be_cut_off_is_partial(world: World) -> None:
    rows = [row("example.com", serial=f"{n:x}") for n in range(999)]
    world.http.on(*CRTSH, Canned(json=rows))
    look, findings = await world.collect(crtsh, DOMAIN)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "truncated")
    assert findings[0].attributes["certificates"] == 999


async def test_an_endless_list_is_read_up_to_the_cap_and_no_further(world: World) -> None:
    first = b'[{"name_value":"example.com","serial_number":"1"}'
    more = b',{"name_value":"www.example.com","serial_number":"2","issuer_name":"' + b"x" * 500_000 + b'"}'
    world.http.on(*CRTSH, Canned(body=first, endless=more, content_type="application/json"))
    look, findings = await world.collect(crtsh, DOMAIN)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "truncated")
    assert [each.value for each in findings] == ["example.com", "www.example.com"]


@pytest.mark.contract("hostile")
async def test_hostile_names_are_no_names(world: World) -> None:
    names = (
        "<!channel>.example.com",
        "*bold*.example.com",
        "`x`.example.com",
        "<@U0ADA>@example.com",
        "a b.example.com",
    )
    odd = (
        "=cmd().example.com",
        "\u202emoc.example.com",
        "\x1b[31m.example.com",
        "be\x00fore.example.com",
        "a..example.com",
    )
    hostile = row("example.com", *names, *odd, "x" * 5_000_000, issuer_name="O=<!channel>\x1b[31m, CN=" + "y" * 100_000)
    world.http.on(*CRTSH, Canned(json=[hostile]))
    look, findings = await world.collect(crtsh, DOMAIN)
    assert [each.value for each in findings] == ["example.com"]
    assert look.outcome is Outcome.FOUND
    assert all(len(issuer) < 700 for issuer in findings[0].attributes["issuers"])


async def test_rows_that_cannot_be_read_are_counted(world: World) -> None:
    world.http.on(*CRTSH, Canned(json=[row("example.com"), None, {"name_value": ["x"]}, {"serial_number": {}}]))
    look, findings = await world.collect(crtsh, DOMAIN)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "changed")
    assert "3 of 4 certificates could not be read." in look.message
    assert len(findings) == 1


@pytest.mark.parametrize(
    ("target", "asked"),
    [
        (Target(Kind.URL, "https://login.shop.example.com/x"), "example.com"),
        (Target(Kind.EMAIL, "ada@mail.example.com"), "example.com"),
        (Target(Kind.DOMAIN, "shop.example.com"), "shop.example.com"),
    ],
)
async def test_a_url_or_address_stands_for_its_registered_domain(world: World, target: Target, asked: str) -> None:
    world.http.on(*CRTSH, Canned(json=[row(asked)]))
    look, findings = await world.collect(crtsh, target)
    assert dict(world.http.asked[0].query)["q"] == f"%.{asked}"
    assert (look.outcome, findings[0].value) == (Outcome.FOUND, asked)


async def test_a_url_with_an_address_asks_nobody(world: World) -> None:
    look, _ = await world.collect(crtsh, Target(Kind.URL, "http://192.0.2.10/x"))
    assert (look.outcome, look.reason) == (Outcome.SKIPPED, "not_fitting")
    assert world.http.asked == []


def test_crt_sh_is_asked_no_more_than_five_times_a_minute() -> None:
    rate = dict(crtsh.rates)["crt.sh"]
    assert (rate.calls / rate.seconds * 60, rate.burst) == (5, 1)


async def test_times_without_a_zone_are_utc(world: World) -> None:
    world.http.on(*CRTSH, Canned(json=[row("example.com", not_before="2020-05-01T00:00:00", not_after=None)]))
    _, findings = await world.collect(crtsh, DOMAIN)
    assert findings[0].first_seen == datetime(2020, 5, 1, tzinfo=UTC)
    assert findings[0].attributes["valid_until"] is None
