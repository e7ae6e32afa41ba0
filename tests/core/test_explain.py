"""Explaining: the path of a finding or headline sentence by sentence, and the points behind its confidence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core.belongs import Belongs
from core.correlation import fired, read_rules
from core.document import as_explained
from core.explain import Explanation, Known, explain_finding, explain_headline
from core.fingerprints import fingerprint
from core.models import Confidence, Fact, Finding, Kind, Outcome, Run, Scan
from core.verdicts import Judgement, Verdict
from tests.core.rule_answers import EXAMPLE, NOW, ended, grouped, of
from tests.core.samples import TITLES, finding

IP = replace(finding("dns", Kind.IP, "192.0.2.10", role="address"), context="A record of example.com.")
MARK = fingerprint(IP)
RULE = """\
- rule: both
  severity: high
  says: "{it.value} is in both"
  why: Two sources meet.
  change: A newer look.
  when:
    - {find: it, from: dns, kind: ip, words: An address}
    - {find: that, from: shodan, kind: ip, same: {value: it.value}, words: The same address}
    - {none: gone, from: whois, kind: registration, words: No registration}
"""


def told(scan: Scan, known: Known | None = None, mark: str = MARK) -> Explanation:
    explained = explain_finding(scan, mark, known or Known(TITLES))
    assert explained is not None
    return explained


def points(explained: Explanation) -> list[str]:
    return [f"{each.sign} {each.sentence}" for each in explained.points]


def test_the_path_says_who_asked_whom_when_and_what_came() -> None:
    scan = replace(of(EXAMPLE, ended("dns", IP)), reason="phishing reported", round=2, round_by="U0BOB", round_at=NOW)
    path = "\n".join(told(scan).path)
    for said in (
        "Ada Example asked about example[.]com, scan 7f3a9c",
        'The reason given: "phishing reported".',
        "U0BOB had it asked again, as round 2",
        "The collector DNS records asked DNS at https://dns.example.net/?q=example.com.",
        f"the SHA-256 of the raw answer is {'0' * 64}",
        "How it was found: A record of example.com.",
    ):
        assert said in path


def test_the_path_goes_back_to_the_scan_it_was_pivoted_from() -> None:
    before = replace(of(EXAMPLE, ended("dns", IP)), id="earlier1")
    child = replace(of(EXAMPLE, ended("dns", IP)), belongs=Belongs(parent="earlier1", parent_finding=MARK))
    assert told(child, Known(TITLES, trail=(before,))).path[0] == (
        "It began with scan earlier1 of example[.]com, which found 192.0.2.10."
    )
    assert "which you may not see" in told(child).path[0]


def test_an_answer_that_was_kept_says_so_and_how_to_ask_again() -> None:
    run = ended("dns", IP, cached=True, answered_at=NOW - timedelta(hours=3), closed_at=NOW)
    explained = told(of(EXAMPLE, run))
    assert "That answer was kept from an earlier scan, 3 h old then." in explained.path
    assert any("with the word fresh" in each for each in explained.changes)


def test_points_are_what_the_source_others_and_people_say() -> None:
    weak = finding("shodan", Fact.VULNERABILITY, "CVE-2021-99017", verified=False)
    mark = fingerprint(weak)
    verdict = Verdict(mark, Judgement.CONFIRMED, "U0ADA", NOW)
    runs = [
        ended("shodan", weak, outcome=Outcome.PARTIAL),
        ended("virustotal", finding("virustotal", Fact.VULNERABILITY, "cve-2021-99017")),
        ended("whois", outcome=Outcome.FAILED),
    ]
    explained = told(of(EXAMPLE, *runs), Known(TITLES, {mark: verdict}), mark)
    assert explained.confidence == "high"
    said = points(explained)
    assert "+ virustotal names it, too." in said
    assert "- Nobody has tested or verified it." in said
    assert "- The collector answered only in part: what it did not see may say otherwise." in said
    assert any(each.startswith("+ U0ADA judged it confirmed at ") for each in said)
    assert any("Registration (RDAP, WHOIS)" in each for each in explained.changes)


def test_the_points_of_an_identity_are_told_with_their_sign() -> None:
    group = grouped("conflicting")
    explained = told(of(EXAMPLE, ended("identity", group)), mark=fingerprint(group))
    assert "- The names do not fit together. (-2.0 points)" in points(explained)


def test_odd_points_of_a_source_do_not_break_an_explanation() -> None:
    for odd in ("x", [1, None, {"why": 3}], {"a": 1}, [{"why": "x", "points": "many"}]):
        some = finding("identity", Fact.IDENTITY, "x", points=odd)
        assert told(of(EXAMPLE, ended("identity", some)), mark=fingerprint(some)).points


def test_what_is_not_there_is_not_explained() -> None:
    assert explain_finding(of(EXAMPLE, ended("dns", IP)), "0" * 32, Known()) is None


def headline_of(*more: Finding) -> tuple[Explanation, Scan]:
    there = replace(finding("shodan", Kind.IP, "192.0.2.10"), confidence=Confidence.LOW)
    scan = of(EXAMPLE, ended("dns", IP), ended("shodan", there, *more), ended("whois"))
    (one,) = fired(read_rules(RULE, "ours.yml"), scan, NOW)
    return explain_headline(scan, one, Known(TITLES)), scan


def test_a_headline_is_explained_look_by_look_with_its_evidence() -> None:
    explained, _ = headline_of()
    assert "The rule both (ours) came true:" in explained.path
    assert "An address: 192.0.2.10 (DNS records)." in explained.path
    assert "No registration: nothing of the kind; Registration (RDAP, WHOIS) answered in full." in explained.path
    assert [each.collector for each in explained.evidence] == ["dns", "shodan"]
    assert explained.confidence == "low"  # as its weakest link
    assert explained.changes[0] == "A newer look."


def test_an_explanation_is_json_for_programs() -> None:
    explained, _ = headline_of()
    document = as_explained(explained)
    assert (document["kind"], document["subject"]) == ("headline", "both")
    assert document["evidence"][0]["sha256"] == "0" * 64
    assert {each["sign"] for each in document["points"]} == {"+", "-"}


def test_what_an_address_was_once_does_not_speak_for_what_it_is() -> None:
    former = finding("securitytrails", Kind.IP, "192.0.2.10", role="former address")
    assert not [
        each for each in points(told(of(EXAMPLE, ended("dns", IP), ended("securitytrails", former)))) if "too" in each
    ]


def test_it_says_which_verdicts_would_take_a_headline_away() -> None:
    rules = read_rules(RULE, "a.yml")
    one = finding("shodan", Kind.IP, "192.0.2.10", role="host")
    more = finding("dns", Kind.IP, "192.0.2.11", role="address")
    also = finding("shodan", Kind.IP, "192.0.2.11", role="host")

    def said(*runs: Run) -> str:
        scan = of(EXAMPLE, *runs, ended("whois"))
        return explain_headline(scan, fired(rules, scan, NOW)[0], Known(TITLES)).changes[-1]

    assert "on any of these findings" in said(ended("dns", IP), ended("shodan", one))
    assert "too few are left for one of the steps" in said(ended("dns", IP, more), ended("shodan", one, also))
