"""Findings of one scan in pages and in numbers, decisions in pages, and how a collector's runs ended over time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import clock
from core.models import Fact, Kind, Outcome, Place
from core.store import Decisions, Outline, Sieve, Store, health
from tests.core.stores import claimed, finding, opened
from tests.core.test_store_health import ran


@pytest.fixture
def outline(store: Store) -> Outline:
    """A scan of two collectors: seven domains, two addresses, a breach that only its asker may read."""
    scan = opened(store, "dns", "crtsh")
    dns, crtsh = claimed(store, scan, "dns"), claimed(store, scan, "crtsh")
    store.runs.save(dns, [finding(f"n{number}.example.com", Kind.DOMAIN) for number in range(7)])
    loud = [finding("192.0.2.1", severity="medium"), finding("192.0.2.2", severity="high", why="100% sure_")]
    hidden = finding("A leak", Fact.BREACH, direct_only=True, severity="high")
    odd = [finding("odd", Kind.NAME, severity=["high"], direct_only="yes"), finding("odder", Kind.NAME, severity=7)]
    store.runs.save(crtsh, [*loud, hidden, *odd])
    return store.findings.outline(scan.id)


def shown(store: Store, outline: Outline, **narrowed: object) -> list[str]:
    return [each.finding.value for each in store.findings.page(outline, Sieve(**narrowed))]  # type: ignore[arg-type]


def test_pages_follow_one_another_without_gap_or_repeat(store: Store, outline: Outline) -> None:
    seen: list[str] = []
    after = None
    while True:
        page = store.findings.page(outline, Sieve(discreet=True), after=after, limit=3)
        seen += [each.finding.value for each in page[:3]]
        if len(page) <= 3:
            break
        after = (str(page[2].finding.kind), page[2].number)
    assert len(seen) == len(set(seen)) == 12
    assert seen == shown(store, outline, discreet=True)


def test_findings_are_narrowed_and_what_is_discreet_stays_back(store: Store, outline: Outline) -> None:
    assert shown(store, outline, kinds=("ip",)) == ["192.0.2.1", "192.0.2.2"]
    assert len(shown(store, outline, collectors=("dns",))) == 7
    assert shown(store, outline, collectors=("whois",)) == []
    assert shown(store, outline, severities=("high",)) == ["192.0.2.2"]
    assert shown(store, outline, severities=("high",), discreet=True) == ["A leak", "192.0.2.2"]
    assert len(shown(store, outline, severities=("info",))) == 9  # also those with words that are no severity
    assert shown(store, outline, text="N3.EXAMPLE") == ["n3.example.com"]
    assert shown(store, outline, text="%") == []
    assert "A leak" not in shown(store, outline)


def test_the_numbers_are_those_of_the_pages(store: Store, outline: Outline) -> None:
    for sieve in (Sieve(), Sieve(discreet=True), Sieve(kinds=("ip", "breach")), Sieve(text="n")):
        tallies = store.findings.tallies(outline, sieve)
        assert sum(each.count for each in tallies) == len(store.findings.page(outline, sieve))
    weighty = store.findings.weighty(outline, Sieve(discreet=True), limit=5)
    assert [each.finding.value for each in weighty] == ["192.0.2.2", "A leak", "192.0.2.1"]
    assert {each.collector for each in weighty} == {"crtsh"}


def test_a_scan_that_is_not_there_is_none(store: Store) -> None:
    with pytest.raises(KeyError):
        store.findings.outline("abcdefgh")


def test_decisions_are_paged_and_narrowed(store: Store) -> None:
    place = Place("T0SANDBOX")
    for number in range(7):
        decision = "refused" if number % 2 else "allowed"
        store.audit.write(user="U0ADA", place=place, door="web", verb="scan", subject=str(number), decision=decision)
    store.audit.write(user="U0BOB", place=Place("T0OTHER"), door="web", verb="scan")
    first, following = store.audit.page(team="T0SANDBOX", wanted=Decisions(), limit=5)
    rest, last = store.audit.page(team="T0SANDBOX", wanted=Decisions(before=following), limit=5)
    assert [row["subject"] for row in first + rest] == list("6543210")
    assert last == 0
    refused, _ = store.audit.page(team="T0SANDBOX", wanted=Decisions(user="U0ADA", decision="refused"), limit=9)
    assert [row["subject"] for row in refused] == list("531")
    assert store.audit.page(team="T0SANDBOX", wanted=Decisions(verb="cancel"), limit=9) == ([], 0)


def test_the_course_of_a_collector_has_a_step_for_each_hour_also_for_empty_ones(store: Store) -> None:
    ran(store, Outcome.FOUND, ago=1)
    ran(store, Outcome.FAILED, ago=2 * 3600)
    ran(store, Outcome.FOUND, ago=2 * 3600)
    ran(store, Outcome.FOUND, ago=48 * 3600)
    ran(store, Outcome.FOUND, ago=1, name="whois")
    course = store.health.course("dns", step=timedelta(hours=1), count=24)
    assert (len(course.steps), course.whole) == (24, True)
    begun = [at for at, _ in course.steps]
    assert begun == sorted(begun)
    assert all(at.minute == 0 for at in begun)
    assert timedelta(0) <= clock.now() - begun[-1] < timedelta(hours=1, seconds=5)
    total = sum(sum(counts.values()) for _, counts in course.steps)
    assert total == 3
    assert {Outcome.FOUND: 1, Outcome.FAILED: 1} in [dict(counts) for _, counts in course.steps]


def test_steps_that_were_not_counted_whole_are_no_zeros(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "MOST_RUNS", 3)
    monkeypatch.setattr(health, "COURSE", health.COURSE.limit(3))
    for ago in (1, 2 * 3600, 5 * 3600, 5 * 3600, 9 * 3600):
        ran(store, Outcome.FOUND, ago=ago)
    course = store.health.course("dns", step=timedelta(hours=1), count=24)
    assert (len(course.steps), course.whole) == (5, False)
    assert sum(sum(counts.values()) for _, counts in course.steps) == 2
