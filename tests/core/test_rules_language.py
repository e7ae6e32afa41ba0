"""The language of rules: what it refuses and how it says so, what it compares, and what it never believes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.correlation import BadRule, correlate, read_folder, read_rules, rules_for, shipped
from core.correlation.comparing import OPERATORS, Around, holds
from core.correlation.deceiving import deceives, resembles
from core.fingerprints import fingerprint
from core.headlines import KEPT_BACK, Headline, shown_to
from core.judged import set_aside
from core.models import Fact, Finding, Kind, Outcome, Run, RunState, Scan, Severity, Target
from core.verdicts import Judgement, Verdict
from tests.core.rule_answers import EXAMPLE, NOW, ended, of
from tests.core.samples import finding
from tests.core.strategies import findings, scans

RULE = """\
- rule: a-rule
  severity: high
  says: "{target} has {it.value}"
  why: Because.
  when:
    - find: it
      kind: ip
"""
ABSENT = """\
- rule: alone
  severity: low
  says: "{it.count} alone: {it.values}"
  why: Because.
  when:
    - find: it
      from: dns
      kind: ip
    - none: other
      from: [shodan, virustotal]
      kind: ip
      same: {value: it.value}
"""
IP = finding("dns", Kind.IP, "192.0.2.10", role="address", ttl=300)


def told(text: str, *runs: Run, aside: frozenset[str] = frozenset()) -> list[str]:
    scan = of(EXAMPLE, *runs)
    return [each.sentence for each in correlate(read_rules(text, "a.yml"), scan, NOW, aside)]


def refusal(text: str) -> str:
    with pytest.raises(BadRule) as error:
        read_rules(text, "a.yml")
    return str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("severity: high", "severity: grave", 'line 1, rule a-rule: severity cannot be "grave"; it is one of high'),
        ("kind: ip", "kind: adress", 'line 6, rule a-rule: kind cannot be "adress"'),
        ("kind: ip", "kind: ip\n      where: {ttl: {over: 3}}", 'there is no comparison "over"'),
        ("kind: ip", "kind: ip\n      where: {value: {matches: '(a+)+$'}}", 'there is no comparison "matches"'),
        ("kind: ip", "kind: ip\n      where: {ttl: {above: many}}", "above takes a number"),
        ("kind: ip", "kind: ip\n      where: {value: {inside: [example.com]}}", "inside takes networks"),
        ("kind: ip", "kind: ip\n      where: {'x(y': 1}", "is no place of a finding"),
        ("kind: ip", "kind: ip\n      count: {at_most: 2}", "who is to have answered in full must be said: from"),
        ("kind: ip", "kind: ip\n      same: {value: other.value}", 'same names "other", which no earlier look finds'),
        ("find: it", "none: it\n      from: dns", "at least one look must find something"),
        ("find: it", "find: It", "take a name in small letters"),
        ("{it.value}", "{that.value}", "says has {that.value}"),
        ("{it.value}", "{it.__class__.x()}", "has a brace that is no place"),
        ("why: Because.", "because: Because.", 'a rule has no "because"'),
        ("why: Because.", "why: Because.\n  why: Twice.", '"why" stands twice'),
        ("rule: a-rule", "rule: A rule", "rule must be a name in small letters"),
        ("  when:\n    - find: it\n      kind: ip\n", "  when: []\n", "when must be a list of 1 to 8 looks"),
    ],
)
def test_a_wrong_rule_is_refused_with_file_line_and_rule(old: str, new: str, said: str) -> None:
    sentence = refusal(RULE.replace(old, new))
    assert said in sentence
    assert sentence.startswith("a.yml, line ")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there is no rule in it"),
        ("- rule: [", "a.yml, line 1: this is not YAML"),
        ("[" * 40, "nested too deeply"),
        ("a: !!python/object/apply:os.system ['true']", "could not determine a constructor"),
        ("- !!timestamp soon", "not YAML that I can read"),
        ('- !!int ""', "not YAML that I can read"),
        ("- !!bool perhaps", "not YAML that I can read"),
        ("x" * 300_000, "longer than 256 KB"),
        (RULE + RULE, "line 8: there are two rules of the name a-rule"),
        ("just words", "a rule must be a mapping"),
        (RULE.replace("- rule", "- &a\n  rule") + "- *a\n", "line 9: aliases (*name) are not read"),
    ],
)
def test_a_file_that_is_none_is_refused(text: str, said: str) -> None:
    assert said in refusal(text)


def test_nothing_is_absent_unless_everybody_answered_in_full() -> None:
    dns, nothing = ended("dns", IP), Outcome.NOTHING
    full = [ended("shodan", outcome=nothing), ended("virustotal", outcome=nothing)]
    assert told(ABSENT, dns, *full) == ["1 alone: 192.0.2.10"]
    assert told(ABSENT, dns, full[0]) == []  # nobody asked the other
    for outcome in (Outcome.PARTIAL, Outcome.FAILED, Outcome.SKIPPED, Outcome.CANCELLED):
        assert told(ABSENT, dns, full[0], ended("virustotal", outcome=outcome)) == []
    running = replace(full[1], state=RunState.RUNNING, outcome=None)
    assert told(ABSENT, dns, full[0], running) == []
    there = ended("virustotal", finding("virustotal", Kind.IP, "192.0.2.10"))
    assert told(ABSENT, dns, full[0], there) == []


def test_what_was_judged_false_counts_for_nothing_and_is_not_absent_either() -> None:
    there = finding("virustotal", Kind.IP, "192.0.2.10", role="resolved")
    runs = [ended("dns", IP), ended("shodan"), ended("virustotal", there)]
    assert told(ABSENT, *runs, aside=frozenset({fingerprint(there)})) == []
    assert told(RULE, ended("dns", IP)) == ["example.com has 192.0.2.10"]
    assert told(RULE, ended("dns", IP), aside=frozenset({fingerprint(IP)})) == []


@pytest.mark.parametrize(("judgement", "counts"), [(each, each is Judgement.CONFIRMED) for each in Judgement])
def test_only_what_is_confirmed_still_makes_headlines(judgement: Judgement, counts: bool) -> None:
    mark = fingerprint(IP)
    aside = set_aside({mark: Verdict(mark, judgement, "U0ADA", NOW)})
    assert bool(told(RULE, ended("dns", IP), aside=aside)) is counts


def test_headlines_come_by_severity_and_the_same_again_for_the_same_scan() -> None:
    rules = read_rules(
        "".join(RULE.replace("a-rule", f"rule-{word}").replace("high", word) for word in ("low", "high", "medium")),
        "a.yml",
    )
    scan = of(EXAMPLE, ended("dns", IP))
    heads = correlate(rules, scan, NOW)
    assert [str(each.severity) for each in heads] == ["high", "medium", "low"]
    assert heads == correlate(rules, scan, NOW)
    assert heads[0].evidence == (fingerprint(IP),)


def test_a_rule_is_for_the_kinds_of_target_that_it_names() -> None:
    text = RULE.replace("  when:", "  target: {kinds: [ip]}\n  when:")
    assert told(text, ended("dns", IP)) == []


def test_two_sources_that_both_said_something_may_disagree() -> None:
    text = RULE.replace(
        "      kind: ip\n",
        "      from: whois\n      kind: registration\n"
        "    - find: that\n      from: virustotal\n      kind: registration\n"
        "      same: {value: it.value}\n      differs: {expires: it.expires}\n",
    )

    def said(collector: str, **attributes: Any) -> Run:
        return ended(collector, finding(collector, Fact.REGISTRATION, "example.com", **attributes))

    one = said("whois", expires="2027-01-01T00:00:00Z")
    assert told(text, one, said("virustotal", expires="2027-09-09")) == ["example.com has example.com"]
    assert told(text, one, said("virustotal", expires="2027-01-02")) == []  # a day is a zone, no difference
    assert told(text, one, said("virustotal")) == []  # who says nothing contradicts nobody


@pytest.mark.parametrize(
    ("operator", "operand", "yes", "no"),
    [
        ("is", "Bad", "bad", "good"),
        ("is", True, True, 1),
        ("is_not", "bad", "good", "bad"),
        ("in", ("a", 2), 2, "b"),
        ("only", ("a", "b"), ["a", "b"], ["a", "c"]),
        ("not_in", ("a",), ["b", "c"], ["b", "a"]),
        ("starts", ("no ",), "No policy", "A no policy"),
        ("ends", (".example.com",), "www.example.com", "example.com"),
        ("contains", ("(parking)",), "Sedo (parking)", "Sedo"),
        ("lacks", ("let's encrypt",), ["Example CA"], ["Example CA", "Let's Encrypt (R10)"]),
        ("word", ("log in",), "please log-in here", "plog inn"),
        ("above", 3, 4, 3),
        ("below", 3, 2, True),
        ("at_least", 3, 3.0, "4"),
        ("at_most", 3, 3, 4),
        ("newer_than_days", 30, "2026-11-20", "2026-01-20"),
        ("older_than_days", 30, "2026-01-20T00:00:00Z", "2026-11-20"),
        ("within_days", 30, "2026-12-01", "2026-11-01"),
        ("past", True, "2026-11-01", "2026-12-24"),
        ("filled", True, ["x"], ""),
        ("inside", ("192.0.2.0/24",), "192.0.2.7", "198.51.100.7"),
        ("private", True, "10.1.2.3", "192.0.2.7"),
        ("target", "below", "www.example.com", "example.com"),
    ],
)
def test_each_comparison_has_its_yes_and_its_no(operator: str, operand: object, yes: object, no: object) -> None:
    around = Around(EXAMPLE, NOW.replace(year=2026, month=11, day=23))
    assert holds(finding("dns", Kind.IP, "x", it=yes), "it", operator, operand, around)
    assert not holds(finding("dns", Kind.IP, "x", it=no), "it", operator, operand, around)
    assert not holds(finding("dns", Kind.IP, "x"), "it", operator, operand, around)  # nothing there is never a match


NUMBERS = ("above", "below", "at_least", "at_most", "newer_than_days", "older_than_days", "within_days")
OPERANDS = {
    **dict.fromkeys(OPERATORS, ("a", "b")),
    **dict.fromkeys(NUMBERS, 3),
    **dict.fromkeys(("past", "filled", "private"), True),
    "inside": ("192.0.2.0/24",),
    "target": "same",
    "is": "a",
}


@settings(max_examples=15, deadline=None)
@given(findings, st.sampled_from(sorted(OPERATORS)))
def test_no_finding_makes_a_comparison_fail(some: Finding, operator: str) -> None:
    for path in ("value", "first_seen", *list(some.attributes)[:5]):
        assert holds(some, path, operator, OPERANDS[operator], Around(EXAMPLE, NOW)) in (True, False)


@settings(max_examples=4, deadline=None)
@given(scans())
def test_no_scan_makes_the_shipped_rules_fail(some: Scan) -> None:
    for each in correlate(shipped(), some, NOW):
        assert each.sentence


def test_paths_lead_through_lists_and_mappings() -> None:
    around = Around(EXAMPLE, NOW)
    one = finding("dns", Fact.POSTURE, "DNSSEC", parts={"servers": [{"health": "lame"}, {"health": "answers"}]})
    assert holds(one, "parts.servers.health", "is", "lame", around)
    assert holds(
        finding("whois", Fact.REGISTRATION, "x", statuses={"client hold": "y"}),
        "statuses",
        "contains",
        (" hold",),
        around,
    )


@pytest.mark.parametrize(
    ("host", "alike"),
    [
        ("examp1e.com", True),
        ("exmaple.com", True),
        ("example-login.net", True),
        ("my-example.org", True),
        ("exarnple.com", True),
        ("xn--exmple-4nf.com", True),
        ("example.com", False),
        ("www.example.com", False),
        ("sample.org", False),
        ("elsewhere.net", False),
    ],
)
def test_a_name_resembles_another_by_a_slip_or_as_a_word(host: str, alike: bool) -> None:
    assert resembles(host, "example.com") is alike


def test_words_that_lure_are_whole_words() -> None:
    assert deceives(Target(Kind.DOMAIN, "secure-bank.example"), ["lure"], [])
    assert not deceives(Target(Kind.DOMAIN, "securepoint.example"), ["lure"], [])
    assert not deceives(Target(Kind.IP, "192.0.2.1"), ["lure", "alike"], ["example.com"])


def test_a_headline_on_what_only_a_direct_message_shows_says_no_more_than_that() -> None:
    secret = finding("haveibeenpwned", Fact.BREACH, "Sensitive", direct_only=True)
    scan = of(EXAMPLE, ended("haveibeenpwned", secret))
    told = Headline("r", "Sensitive!", Severity.HIGH, (fingerprint(secret),), "why")
    assert shown_to(told, scan, alone=True) == told
    assert shown_to(told, scan, alone=False) == Headline("r", KEPT_BACK, Severity.HIGH, ())


def test_rules_of_ones_own_stand_beside_the_shipped_ones_and_a_bad_file_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "ours.yml").write_text(RULE.replace("a-rule", "parked"))
    (tmp_path / "bad.yml").write_text(RULE.replace("high", "grave"))
    (tmp_path / "notes.txt").write_text("no rules")
    shelf = rules_for(str(tmp_path))
    assert [each.file for each in shelf.refused] == ["bad.yml"]
    assert "bad.yml, line 1, rule a-rule: severity" in shelf.refused[0].sentence
    assert len(shelf.rules) == len(shipped())  # ours takes the place of the shipped one
    assert next(rule for rule in shelf.rules if rule.name == "parked").source == "ours.yml"
    (tmp_path / "bad.yml").write_text(RULE)
    assert rules_for(str(tmp_path)).refused == ()
    assert rules_for(str(tmp_path / "gone")).rules == shipped()
    assert "cannot be read" in read_folder(tmp_path / "gone").refused[0].sentence


def test_what_somebody_set_aside_is_counted_where_a_rule_wants_few_and_makes_no_headline() -> None:
    few = RULE.replace("kind: ip\n", "from: dns\n      kind: ip\n      count: {at_most: 1}\n")
    other = finding("dns", Kind.IP, "192.0.2.11", role="address")
    assert told(few, ended("dns", IP)) == ["example.com has 192.0.2.10"]
    assert told(few, ended("dns", IP), aside=frozenset({fingerprint(IP)})) == []
    assert told(few, ended("dns", IP, other), aside=frozenset({fingerprint(other)})) == []
