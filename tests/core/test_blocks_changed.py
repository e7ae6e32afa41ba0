"""How a change is said: the counts, then short lists, and never that nothing changed where nobody could look."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from core.beside import NOTHING, Beside
from core.blocks import difference, history, parent, receipt, summary
from core.blocks.changed import counts
from core.change import Before, compare
from core.models import Fact, Finding, Kind, Outcome, ScanStatus
from tests.core.looking import NOW, THEN, anything, changed, look, run, told
from tests.core.samples import SEAL, TITLES

BEFORE = Before("aaaa2222", "U0BOB", "C0CASE17", THEN, 1, 58)
GRAVE = told("dns", Fact.POSTURE, "DMARC", grade="bad", severity="high", why="Anybody can write as it.")


def words(message: object) -> str:
    return json.dumps(getattr(message, "blocks", message), ensure_ascii=False)


def test_a_running_scan_says_who_looked_before() -> None:
    running = look(run("dns"), status=ScanStatus.RUNNING, finished_at=None)
    said = words(parent(running, titles=TITLES, seal=SEAL, beside=Beside(before=BEFORE)))
    assert "was seen before: by <@U0BOB>" in said
    assert "in <#C0CASE17>, 58 findings, scan `aaaa2222`" in said
    assert "seen before" not in words(parent(running, titles=TITLES, seal=SEAL, beside=NOTHING))


def test_what_is_new_gone_and_changed_comes_before_what_matters() -> None:
    was = [told("dns", Kind.IP, "192.0.2.10", role="address"), told("dns", Kind.DOMAIN, "www.example.com")]
    change = changed("dns", was, [GRAVE, told("dns", Kind.DOMAIN, "www.example.com", internal=True)])
    ended = look(run("dns", GRAVE), at=NOW, scan_id="bbbb3333")
    for render in (parent, summary):
        said = words(render(ended, titles=TITLES, seal=SEAL, beside=Beside(before=BEFORE, change=change)))
        assert "*+1 −1 ~1* since <!date^" in said
        assert said.index("+1 −1 ~1") < said.index("What matters first")
        assert said.index("New, high") < said.index("Gone") < said.index("Changed")
        assert "192[.]0[.]2[.]10" in said
        assert '"action_id": "diff"' in said


def test_no_change_is_said_only_where_everybody_answered_both_times() -> None:
    same = [told("dns", Kind.DOMAIN, "www.example.com")]
    assert counts(changed("dns", same, same)) == "No change"
    partly = compare(
        look(run("dns", *same), run("whois")),
        look(run("dns", *same), run("whois", outcome=Outcome.FAILED), at=NOW, scan_id="b"),
    )
    assert counts(partly) == "No change in what was compared"
    blind = compare(look(run("dns", *same)), look(run("dns", outcome=Outcome.FAILED), at=NOW, scan_id="b"))
    assert counts(blind) == "Nothing could be compared"
    said = words(parent(look(run("dns")), titles=TITLES, seal=SEAL, beside=Beside(change=blind)))
    assert "Not compared" in said
    assert "DNS records (could not look this time)" in said


def test_what_does_not_fit_is_counted() -> None:
    many = [told("crtsh", Kind.DOMAIN, f"h{number:03}.example.com") for number in range(90)]
    change = changed("crtsh", [], many)
    was, is_ = look(run("crtsh")), look(run("crtsh", *many), at=NOW, scan_id="bbbb3333")
    short = words(parent(is_, titles=TITLES, seal=SEAL, beside=Beside(change=change)))
    assert "and 86 more new: press Changes" in short
    whole = words(difference(was, is_, change, titles=TITLES))
    assert "New (90)" in whole
    assert "and 70 more: the dashboard" in whole


def test_the_receipt_says_who_looked_before() -> None:
    scan = look(run("dns"))
    said = words(receipt([scan], titles=TITLES, seen={scan.id: BEFORE}))
    assert "was seen before: by <@U0BOB>" in said


def test_a_history_says_what_each_look_changed_and_has_a_button_for_it() -> None:
    older, newer = look(run("dns")), look(run("dns"), at=NOW, scan_id="bbbb3333")
    said = words(history(older.target, [newer, older], changes={"bbbb3333": ("aaaa2222/1", "+3 −1")}, seal=SEAL))
    assert "+3 −1 against `aaaa2222/1`" in said
    assert said.count('"action_id": "diff:0"') == 1
    assert '"action_id": "diff:1"' not in said


@given(st.lists(anything, max_size=6), st.lists(anything, max_size=6))
@settings(max_examples=12, deadline=None)
def test_any_change_at_all_fits_into_slack(was: list[Finding], is_: list[Finding]) -> None:
    change = changed("dns", was, is_)
    then, now = look(run("dns", *was)), look(run("dns", *is_), at=NOW, scan_id="bbbb3333")
    beside = Beside(before=BEFORE, change=change)
    messages = [difference(then, now, change, titles=TITLES), parent(now, titles=TITLES, seal=SEAL, beside=beside)]
    for message in messages:
        assert len(message.blocks) <= 50
        assert len(words(message)) < 200_000
        assert "<!everyone>" not in words(message)


def test_the_same_record_gives_the_same_message() -> None:
    found = [told("dns", Kind.DOMAIN, f"{name}.example.com") for name in "abcdef"]
    one, other = changed("dns", [], found), changed("dns", [], found[::-1])
    ended = look(run("dns", *found), at=NOW + timedelta(seconds=1), scan_id="bbbb3333")
    shown = [parent(ended, titles=TITLES, seal=SEAL, beside=Beside(change=each)).digest for each in (one, other)]
    assert shown[0] == shown[1]
    assert replace(one) == other


def numbers_of(said: str) -> list[int]:
    """The numbers of `7 findings now: 1 new, 4 as they were, 2 not compared`, the total first."""
    total, parts = re.findall(r"(\d+) findings? now: ([^;.]*)", said)[0]
    return [int(total), *(int(number) for number in re.findall(r"(\d+) [a-z]", parts))]


def test_the_numbers_of_a_change_add_up_to_the_findings_that_the_message_tells_of() -> None:
    """Some are held against nothing: of who answered one time alone, of what was there before, said twice."""
    same = [told("dns", Kind.DOMAIN, f"{name}.example.com") for name in "abcd"]
    old = told("virustotal", Kind.IP, "192.0.2.9", role="former address")
    was = look(run("dns", *same, told("dns", Kind.DOMAIN, "z.example.com")), run("crtsh", outcome=Outcome.FAILED))
    is_ = look(
        run("dns", *same, same[0], told("dns", Kind.DOMAIN, "e.example.com")),
        run("crtsh", told("crtsh", Kind.DOMAIN, "f.example.com"), told("crtsh", Kind.DOMAIN, "g.example.com")),
        run("virustotal", old),
        at=NOW,
        scan_id="bbbb3333",
    )
    change = compare(was, is_)
    said = words(parent(is_, titles=TITLES, seal=SEAL, beside=Beside(change=change)))
    assert "9 findings now: 1 new, 4 as they were, 4 not compared; 1 gone." in said
    assert "9 findings" in said.replace("9 findings now", "")  # the count that it explains


@given(st.lists(anything, max_size=8), st.lists(anything, max_size=8), st.booleans())
@settings(max_examples=40, deadline=None)
def test_whatever_changed_the_numbers_add_up(was: list[Finding], is_: list[Finding], partial: bool) -> None:
    then = look(run("dns", *was, outcome=Outcome.PARTIAL if partial else Outcome.FOUND))
    now = look(run("dns", *is_), at=NOW, scan_id="bbbb3333")
    change = compare(then, now)
    if change.found > change.apart:
        total, *parts = numbers_of(words(parent(now, titles=TITLES, seal=SEAL, beside=Beside(change=change))))
        assert total == len(is_) == sum(parts)
