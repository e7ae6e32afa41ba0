"""What rules, comparisons, explanations and reports say in Spanish: our words around what was found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.blocks import difference, reply
from core.blocks.explained import explained
from core.blocks.headlines import explain_menu, headlines
from core.casefile import Casefile
from core.casereport import report
from core.cases import Case, Tlp
from core.change import compare
from core.correlation import Fired, fired, read_rules, shipped
from core.explain import Known, explain_headline
from core.graph import Graph, whole
from core.headlines import KEPT_BACK, Headline
from core.language import amount, speaking
from core.models import Fact, Kind, Outcome, Run, Scan, Severity
from core.picture import _legend
from docs import words
from tests.core.looking import look, told
from tests.core.looking import run as looked
from tests.core.samples import NOW, SEAL, TITLES, check, finding, run, scan
from tests.core.test_language import leaves

INSIDE = scan(run("dns", Outcome.FOUND, finding("dns", Kind.IP, "10.1.2.3", role="address")))
CONFIDENCE = {"high": "alta", "moderate": "moderada", "low": "baja"}
OWN = """\
- rule: ours
  severity: low
  says: "{target} leads to an address inside a private network: {inside.values}"
  why: A registration.
  change: A renewal.
  when:
    - {find: inside, from: dns, kind: ip, words: A mail server}
"""


def of_the_private_address(one: Scan) -> Fired:
    return next(each for each in fired(shipped(), one, NOW) if each.rule.name == "private-address-in-dns")


def test_a_shipped_rule_speaks_the_language_of_its_readers() -> None:
    said = "example.com leads to an address inside a private network: 10.1.2.3"
    assert of_the_private_address(INSIDE).headline.sentence == said
    with speaking("es"):
        spanish = of_the_private_address(INSIDE)
        explanation = explain_headline(INSIDE, spanish, Known(TITLES))
        shown = explained(INSIDE, explanation, SEAL)
    assert spanish.headline.sentence == "example.com lleva a una dirección dentro de una red privada: 10.1.2.3"
    assert "Una dirección privada en el DNS público: 10.1.2.3 (DNS records)." in explanation.path
    assert explanation.changes[0] == "Quitar el registro DNS de la zona pública."
    titles = {each.rstrip(": ") for each in leaves(list(shown.blocks))}
    assert titles >= {"Por qué este titular", "Evidencia", f"Confianza: {CONFIDENCE[explanation.confidence]}"}


def test_a_rule_of_the_team_says_what_the_team_wrote() -> None:
    with speaking("es"):
        (own,) = fired(read_rules(OWN, "ours.yml"), INSIDE, NOW)
    assert own.headline.sentence == "example.com leads to an address inside a private network: 10.1.2.3"
    assert (own.rule.why, own.rule.change) == ("A registration.", "A renewal.")
    assert own.rule.looks[0].words == "A mail server"


def test_all_that_shipped_rules_say_is_in_the_catalogue() -> None:
    kept = {each.id for each in words.kept("es", "rules")}
    said = {(each.sentence, each.why, each.change, *(look_.words for look_ in each.looks)) for each in shipped()}
    assert {sentence for each in said for sentence in each} - kept == set()


def test_what_stands_for_a_hidden_headline_is_translated_and_not_explained() -> None:
    hidden = Headline("a-rule", KEPT_BACK, Severity.HIGH, ())
    with speaking("es"):
        shown = "".join(leaves([each._resolve() for each in headlines([hidden])]))
        assert explain_menu(INSIDE, [hidden], [], SEAL) == []
    assert "Algo que solo nombra un mensaje directo." in shown


SECOND = told("crtsh", Kind.DOMAIN, "a.example.com", source="Cert Spotter")


@pytest.mark.parametrize(
    ("now", "why", "spanish"),
    [
        (
            looked("crtsh", SECOND),
            "Cert Spotter answered in place of crt.sh",
            "Cert Spotter respondió en lugar de crt.sh",
        ),
        (looked("crtsh", outcome=Outcome.FAILED), "could not look this time", "no se pudo mirar esta vez"),
    ],
)
def test_programs_read_in_english_why_something_was_not_compared(now: Run, why: str, spanish: str) -> None:
    was = look(looked("crtsh", told("crtsh", Kind.DOMAIN, "www.example.com")))
    is_ = look(now, at=NOW, scan_id="bbbb3333")
    change = compare(was, is_)
    assert [each.why for each in change.gaps] == [why]
    with speaking("es"):
        message = difference(was, is_, change, titles=TITLES)
    assert message.text == "example[.]com: No se pudo comparar nada."
    assert f"Certificates (crt.sh) ({spanish})" in list(leaves(list(message.blocks)))


def test_the_reply_is_in_spanish_and_its_file_s_content_is_not() -> None:
    found = [finding("dns", Fact.POSTURE, f"Check {n}", grade="bad", why="It is weak.") for n in range(30)]
    look_ = scan(run("dns", Outcome.FOUND, *found))
    english = reply(look_, look_.runs[0], title="DNS", seal=SEAL)
    with speaking("es"):
        spanish = reply(look_, look_.runs[0], title="DNS", seal=SEAL)
    assert spanish.text == "DNS, example[.]com: 30 comprobaciones: 30 mal."
    assert "It is weak." in list(leaves(list(spanish.blocks)))
    assert spanish.files[0].title == "Los 30 hallazgos de DNS (JSON)"
    assert spanish.files[0].content == english.files[0].content


def test_a_case_s_report_is_english_under_a_title_for_its_readers() -> None:
    case = Case("c1", "T0SANDBOX", "Phish", "", Tlp.AMBER, "C0GENERAL", "", "U0ADA", NOW, keep_days=30)
    file = Casefile(case, scans=(INSIDE,))
    with speaking("es"):
        spanish = report(file, TITLES, now=NOW)
    assert spanish.title == "Informe de Phish"
    assert spanish.content == report(file, TITLES, now=NOW).content


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_picture_s_legend_is_not_cut(language: str) -> None:
    loud = [finding("dns", Kind.IP, f"192.0.2.{n}", severity=word) for n, word in enumerate(("high", "medium"))]
    net: Graph = replace(whole([scan(run("dns", Outcome.FOUND, *loud))], alone=False), more=1204, unread=1204)
    with speaking(language):
        assert "…" not in _legend(net)
        assert amount(1204).replace("\u00a0", " ") in _legend(net)


def test_what_dns_grades_and_recognises_is_said_in_spanish() -> None:
    handed = "ns1.example.net hands the whole zone example.com to anybody who asks: 1,922 or more records."
    answered = run(
        "dns",
        Outcome.FOUND,
        check("Zone transfer", "bad", handed, "high"),
        check("Name servers", "good", "All 2 answer and agree, with 2 providers."),
        finding("dns", Fact.SERVICE, "Example Mail", purpose="sends mail"),
    )
    with speaking("es"):
        shown = set(leaves(list(reply(scan(answered), answered, title="DNS", seal=SEAL).blocks)))
    why = "ns1[.]example[.]net entrega la zona example[.]com entera a quien la pida: 1 922 registros DNS o más."
    assert shown >= {"Mal: Transferencia de zona", why, "Servidores de nombres", "Example Mail (envía correo)"}
