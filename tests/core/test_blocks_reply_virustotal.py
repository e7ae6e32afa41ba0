"""VirusTotal's reply: the judgement with its base and age, who flags it, and never a word like clean."""

from __future__ import annotations

from typing import Any

from core import blocks
from core.language import speaking
from core.models import Fact, Finding, Kind, Outcome, Run
from tests.core.reading import first_line, rows, words
from tests.core.samples import EVIL, SEAL, finding, run, scan

VENDORS = [{"name": f"Vendor {number}", "category": "malicious", "result": "phishing"} for number in range(11)]


def reply(*found: Finding, outcome: Outcome = Outcome.FOUND, **more: Any) -> blocks.Message:
    given: Run = run("virustotal", outcome, *found, **more)
    return blocks.reply(scan(given), given, title="Reputation (VirusTotal)", seal=SEAL)


def judged(value: str = "11 vendors flag it", **more: Any) -> Finding:
    told = {"total": 94, "age_days": 1, "vendors": VENDORS, "severity": "high", "old": False}
    return finding("virustotal", Fact.REPUTATION, value, **{**told, **more})


def linked(value: str, role: str = "communicates with it", **more: Any) -> Finding:
    return finding("virustotal", Kind.HASH, value, role=role, **more)


def test_the_judgement_comes_with_its_base_and_age_and_those_who_say_so() -> None:
    message = reply(judged(votes_malicious=6, votes_harmless=0, reputation=-31))
    assert first_line(message) == ("High, Reputation (VirusTotal): 11 vendors flag it (of 94, analysed 1 day ago)")
    assert "Vendor 0 (phishing), Vendor 1 (phishing)" in words(message)
    assert "and 5 more" in words(message)
    assert "6 votes against it, 0 for it; reputation -31" in words(message)


def test_not_flagged_is_never_called_harmless() -> None:
    message = reply(judged("no vendor flags it", vendors=[], severity="", age_days=3))
    assert first_line(message) == "Reputation (VirusTotal): no vendor flags it (of 94, analysed 3 days ago)"
    assert "That does not make it harmless" in words(message)
    assert "clean" not in words(message).lower()


def test_unknown_is_never_called_harmless() -> None:
    said = "VirusTotal does not know this domain; that does not make it harmless."
    message = reply(outcome=Outcome.NOTHING, message=said)
    assert said in words(message)
    assert "clean" not in words(message).lower()


def test_one_vendor_alone_is_doubted_and_old_is_old() -> None:
    message = reply(judged("1 vendor flags it", vendors=VENDORS[:1], severity="low", age_days=400, old=True))
    assert first_line(message) == (
        "Reputation (VirusTotal): 1 vendor flags it (of 94, analysed 13 months ago, which is old)"
    )
    assert "Vendor 0 (phishing). One vendor alone is often wrong" in words(message)


def test_connections_that_are_flagged_come_first_and_a_hash_has_its_name() -> None:
    message = reply(
        judged(),
        linked("a" * 64, name="setup.exe"),
        linked("b" * 64, name="invoice.exe", malicious=11, total=70, severity="low", seen=2),
        finding("virustotal", Kind.IP, "192.0.2.10", role="resolved", seen=20),
    )
    table = rows(message)
    assert table[0] == ["invoice[.]exe", f"communicates with it, 11 of 70 flag it, 2026-11-21, {'b' * 12}…"]
    assert table[1] == ["setup[.]exe", f"communicates with it, {'a' * 12}…"]
    assert "b" * 64 in message.files[0].content.decode()
    assert table[2] == ["192[.]0[.]2[.]10", "resolved, 2026-11-03"]


def test_two_hundred_connections_do_not_drown_the_one_that_is_flagged() -> None:
    many = [linked(f"{number:064x}") for number in range(200)]
    message = reply(judged(), *many, linked("f" * 64, malicious=30, total=70, severity="low"))
    assert rows(message)[0][1] == "communicates with it, 30 of 70 flag it"
    assert len(rows(message)) == 20
    assert "and 181 more connections in the file" in words(message)


def test_a_file_is_told_by_its_name_type_and_rules() -> None:
    file = finding("virustotal", Kind.FILE, "invoice.exe", type_description="Win32 EXE")
    told = judged(threat="trojan.example", yara=[{"rule_name": "Example_Rule"}], ids=[{"rule_msg": "Example alert"}])
    shown = words(reply(told, file))
    assert "invoice[.]exe, Win32 EXE" in shown
    assert "Example_Rule, Example alert" in shown
    assert "trojan[.]example" in shown


def test_hostile_text_stays_text() -> None:
    evil = judged(
        vendors=[{"name": EVIL, "result": EVIL}],
        threat=EVIL,
        reports=[{"title": EVIL}],
        categories={EVIL: EVIL},
        tags=[EVIL],
        yara=[{"rule_name": EVIL}],
    )
    page = finding("virustotal", Kind.URL, "https://example.com/", role="page", title=EVIL)
    message = reply(evil, linked(EVIL, name=EVIL), page)
    shown = words(message)
    assert [text for text in ("<!channel", "<!here", "<@U", "https://", "\u202e", "\x1b") if text in shown] == []


def test_attributes_of_any_type_are_survived() -> None:
    odd: tuple[Any, ...] = (7, None, [], {}, "x", [EVIL, 7, None], {"a": []}, True)
    names = ("vendors", "total", "age_days", "old", "severity", "threat", "reports", "categories", "yara", "created")
    for value in odd:
        told = dict.fromkeys(names, value)
        found = [finding("virustotal", kind, "x", role="resolved", **told) for kind in (*Fact, *Kind)]
        assert first_line(reply(*found))
        assert first_line(reply(*(finding("virustotal", kind, "x", role=value) for kind in (*Fact, *Kind))))


def test_the_judgement_in_spanish() -> None:
    with speaking("es"):
        message = reply(judged(), linked("ab" * 32, malicious=12, total=94))
    assert "11 proveedores lo marcan (de 94, analizado hace 1 día)" in first_line(message)
    assert rows(message)[0][1] == "se comunica con el objetivo, lo marcan 12 de 94"
