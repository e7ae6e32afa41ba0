"""Labels and cases in words: the label first in every message's small print, a stub that says nothing, the report."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

from core import blocks
from core.belongs import Belongs
from core.beside import Beside
from core.blocks import Message
from core.blocks import cases as said
from core.casefile import Casefile, Judged, Step, for_readers, timeline
from core.casereport import report
from core.cases import Case, Member, Note, Relabelled, Tlp
from core.models import Fact, Kind, Outcome, Target
from core.verdicts import Judgement, Verdict
from tests.core.samples import NOW, SEAL, TITLES, finding, run, scan

CASE = Case(
    "c1", "T0SANDBOX", "Phish *wave* <!channel>", "who & why", Tlp.AMBER, "C0GENERAL", "", "U0ADA", NOW,
    until=NOW + timedelta(days=3), keep_days=30, members=frozenset({"U0ADA"}),
)  # fmt: skip
HOSTILE = "`|](https://evil.example.net) <@U0BOB> <!channel>\u202e# x"
FOUND = run("dns", Outcome.FOUND, finding("dns", Kind.DOMAIN, "www.example.com", severity="high"))
MARKED = scan(FOUND, belongs=Belongs(case="c1", tlp="amber+strict"))


def small_print(message: Message) -> list[str]:
    return [part["elements"][0]["text"] for part in message.blocks if part["type"] == "context"]


def test_the_label_comes_first_in_the_small_print_of_every_message_of_a_scan() -> None:
    beside = Beside(case=CASE)
    again = replace(MARKED, round=2, round_by="U0BOB", runs=(replace(FOUND, round=2),))
    messages = (
        blocks.parent(MARKED, titles=TITLES, seal=SEAL, beside=beside),
        blocks.summary(MARKED, titles=TITLES, seal=SEAL, beside=beside),
        blocks.reply(MARKED, FOUND, title="DNS", seal=SEAL),
        blocks.opening(again, titles=TITLES),
        blocks.receipt([MARKED], titles=TITLES),
        blocks.stub(MARKED),
    )
    for message in messages:
        (small,) = small_print(message)
        assert small.startswith("*TLP:AMBER+STRICT*"), message.text
    assert "Case Phish" in small_print(messages[0])[0]
    assert "TLP" not in json.dumps(blocks.parent(scan(FOUND), titles=TITLES, seal=SEAL).blocks)


def test_a_stub_says_nothing_of_what_was_asked_or_found() -> None:
    secret = replace(MARKED, target=Target(Kind.DOMAIN, "secret.example.com"), tag="secret", reason="secret")
    told = json.dumps([blocks.stub(secret).text, *blocks.stub(secret).blocks])
    assert "secret" not in told
    assert "button" not in told
    assert blocks.stub(secret).text == "TLP:AMBER+STRICT: the answer was sent to those who may see it."


def casefile(**more: object) -> Casefile:
    lacking = scan(run("crtsh", Outcome.FAILED, message="crt.sh did not answer"), belongs=Belongs(case="c1", tlp="red"))
    file = Casefile(
        CASE,
        members=(Member("U0ADA", True, "U0ADA", NOW), Member("U0BOB", False, "U0ADA", NOW + timedelta(minutes=1))),
        notes=(
            Note("U0ADA", HOSTILE, NOW + timedelta(minutes=2), author="U0EVE", link="https://example.slack.com/p1"),
        ),
        scans=(MARKED, replace(lacking, id="red1", target=Target(Kind.DOMAIN, "secret.example.com"))),
        labels=(Relabelled("U0ADA", Tlp.GREEN, Tlp.AMBER, HOSTILE, NOW + timedelta(hours=2)),),
        verdicts=(Judged(Verdict("f", Judgement.BENIGN, "U0BOB", NOW + timedelta(hours=1)), MARKED.id, "192.0.2.1"),),
    )
    return replace(file, **more)  # type: ignore[arg-type]


def test_the_timeline_is_in_order_and_has_all_that_happened() -> None:
    closed = casefile(case=replace(CASE, closed_at=NOW + timedelta(days=1), closed_by="U0BOB"))
    entries = timeline(closed)
    assert [each.at for each in entries] == sorted(each.at for each in entries)
    assert {each.step for each in entries} == set(Step)
    assert "could not look: crtsh" in " ".join(each.text for each in entries)


def test_readers_get_no_scan_note_or_verdict_that_they_may_not_see() -> None:
    file = casefile(notes=(Note("U0ADA", "of red", NOW, scan_id="red1"), Note("U0ADA", "of all", NOW)))
    seen = for_readers(file, lambda each: each.belongs.tlp != "red")
    assert [each.id for each in seen.scans] == [MARKED.id]
    assert [each.text for each in seen.notes] == ["of all"]
    assert (seen.held_back, len(seen.verdicts)) == (1, 1)
    assert for_readers(file, lambda _: False).verdicts == ()


def test_what_a_direct_message_alone_shows_is_in_no_report() -> None:
    leak = finding("hibp", Fact.BREACH, "Leak", direct_only=True, severity="high")
    file = for_readers(casefile(scans=(scan(run("hibp", Outcome.FOUND, leak)),)), lambda _: True)
    assert "Leak" not in text_of(file)


def text_of(file: Casefile) -> str:
    return report(file, TITLES, now=NOW).content.decode()


def test_the_report_holds_sources_gaps_and_times_and_nothing_in_it_is_live() -> None:
    loud = finding("dns", Kind.DOMAIN, HOSTILE, severity="high")
    text = text_of(casefile(scans=(*casefile().scans, scan(run("dns", Outcome.FOUND, loud)))))
    for part in ("**TLP:AMBER**", "who \\& why", "www\\[.\\]example", "0" * 64, "could not look: crtsh", "benign"):
        assert part in text
    assert "This says nothing about the target" in text
    assert "https://evil" not in text
    assert "<!channel>" not in text
    assert "\u202e" not in text
    rows = [line for line in text.splitlines() if line.startswith("| domain")]
    assert all(line.count("|") == 7 for line in rows)
    assert report(casefile(), TITLES, now=NOW).name == "case-phish-wave-channel-20261123.md"


def test_every_message_of_a_case_shows_its_label_and_holds_hostile_words() -> None:
    file = casefile()
    made = report(file, TITLES, now=NOW)
    messages = (
        said.case_opened(CASE),
        said.case_status(file, now=NOW + timedelta(days=9)),
        said.shift_card(file, since=None, by="U0ADA", to="U0BOB"),
        said.case_closed(replace(file, case=replace(CASE, closed_by="U0ADA", closed_at=NOW)), made),
        said.case_report(file, made),
        said.case_due(CASE),
    )
    for message in messages:
        whole = json.dumps([message.text, *message.blocks], ensure_ascii=False)
        assert small_print(message)[0].startswith("*TLP:AMBER*")
        assert "<!channel>" not in whole
        assert "\u202e" not in whole
    assert "2026-11-26 (over)" in json.dumps(messages[1].blocks)
    assert "not asked" not in messages[2].text
    assert "could not look: crtsh" in json.dumps(messages[2].blocks)


def test_lists_of_a_case_are_cut_and_counted() -> None:
    many = casefile(scans=tuple(replace(MARKED, id=f"s{n}") for n in range(60)), cut=3)
    card = json.dumps(said.shift_card(many, since=None, by="U0ADA").blocks)
    assert "and 45 more" in card
    assert "3 older scans left out" in card
    listed = said.case_list([replace(CASE, id=f"c{n}") for n in range(20)])
    assert "and 5 more cases" in json.dumps(listed.blocks)
