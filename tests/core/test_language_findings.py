"""Roles, attributes and phrases that collectors note in English, where a Spanish reader meets them beside replies."""

from __future__ import annotations

import pytest

from core.blocks import difference
from core.blocks.attributes import ATTRIBUTES, attribute_word, value_word
from core.blocks.cases import entry_line
from core.blocks.changed import WORDS
from core.blocks.explained import explained
from core.blocks.facts import sentence, valued
from core.blocks.judged import judged_notice, option, worth_judging
from core.blocks.roles import OTHERS, ROLES, role_word
from core.casefile import Entry, Step
from core.change import compare
from core.correlation import fired, read_rules
from core.explain import Known, explain_finding
from core.fingerprints import fingerprint
from core.language import speaking
from core.models import Fact, Kind, Run
from core.verdicts import Judgement, Verdict
from core.volatile import MEANS
from tests.core.looking import look, told
from tests.core.looking import run as looked
from tests.core.reading import words
from tests.core.samples import NOW, SEAL, TITLES, finding, run, scan

ENDINGS = "two endings"
WHY = "Its name ends like a document and then like a program."
LOUD = finding("metadata", Fact.POSTURE, ENDINGS, grade="bad", severity="high", why=WHY, role="")
# The same in Spanish, or an abbreviation.
ALIKE = {"bio", "bits", "cvss", "dmarc", "dnssec", "kev", "os", "ransomware", "sha256", "spf"}
OWN = """\
- rule: ours
  severity: low
  says: "{loud.values} on {target}"
  why: A warning.
  change: Another name.
  when:
    - {find: loud, from: metadata, kind: posture, words: A warning}
"""


def test_every_attribute_that_means_something_can_be_said() -> None:
    names = {name.replace("_", " ") for several in MEANS.values() for name in several - WORDS.keys()}
    assert names - ATTRIBUTES - ROLES.keys() - OTHERS - ALIKE == set()


def test_what_we_do_not_know_stays_as_it_is() -> None:
    with speaking("es"):
        assert role_word("something of a source") == "something of a source"
        assert (attribute_word("cvss"), value_word("registrar", "good")) == ("cvss", "good")
        assert valued(finding("social", Fact.PERSON, ENDINGS)) == ENDINGS


def test_a_change_names_its_role_and_attribute_in_spanish_and_not_the_sources_words() -> None:
    def seen(registrar: str, severity: str) -> Run:
        held = told("whois", Fact.REGISTRATION, "example.com", registrar=registrar, dnssec="signed")
        server = told("whois", Kind.DOMAIN, f"ns-{severity}.example.com", role="name server")
        posture = told("whois", Fact.POSTURE, ENDINGS, grade="bad", severity=severity)
        return looked("whois", held, server, posture)

    was, is_ = look(seen("Example A", "medium")), look(seen("Example B", "high"), at=NOW, scan_id="bbbb3333")
    with speaking("es"):
        said = words(difference(was, is_, compare(was, is_), titles=TITLES))
    assert "servidor de nombres ns-high[.]example[.]com" in said
    assert "registrador Example A → Example B" in said
    assert "gravedad media → alta" in said


@pytest.mark.parametrize(
    ("name", "value", "spanish"),
    [
        ("grade", "bad", "mal"),
        ("standing", "claimed", "declarado"),
        ("sure", "yes", "sí"),
        ("warnings", f"holds macros, {ENDINGS}", "contiene macros, dos extensiones"),
        ("registrar", "Example Registrar", "Example Registrar"),
    ],
)
def test_codes_and_phrases_of_ours_are_said_in_a_difference(name: str, value: str, spanish: str) -> None:
    assert value_word(name, value) == value
    with speaking("es"):
        assert value_word(name, value) == spanish


def test_a_phrase_of_ours_is_said_wherever_its_finding_is_named() -> None:
    one = scan(run("metadata", None, LOUD))
    verdict = Verdict(fingerprint(LOUD), Judgement.CONFIRMED, "U0ADA", NOW)
    with speaking("es"):
        said = "dos extensiones: Su nombre termina como el de un documento y después como el de un programa."
        assert sentence(LOUD) == said
        (worth,) = worth_judging(one, {}, alone=True)
        assert option(worth, "v")._resolve()["text"]["text"].startswith("dos extensiones: Su nombre")
        assert "dos extensiones" in words(judged_notice(one, LOUD, verdict, SEAL, new=True))
        told_ = explain_finding(one, fingerprint(LOUD), Known(TITLES))
        assert told_ is not None
        shown = words(explained(one, told_, SEAL))
        (own,) = fired(read_rules(OWN, "ours.yml"), one, NOW)
    assert "dos extensiones" in shown
    assert ENDINGS not in shown
    assert own.headline.sentence == "dos extensiones on example.com"


def test_a_verdict_in_a_case_s_timeline_is_said_and_a_note_is_somebody_s_own() -> None:
    with speaking("es"):
        judged = entry_line(Entry(NOW, Step.VERDICT, "U0ADA", f"{ENDINGS}: confirmado"))
        note = entry_line(Entry(NOW, Step.NOTE, "U0ADA", ENDINGS))
    assert (judged.text, note.text) == ("dos extensiones: confirmado", ENDINGS)
