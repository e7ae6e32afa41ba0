"""STIX and MISP: read back by their own libraries, valid, and nothing is an indicator by itself."""

from __future__ import annotations

import importlib
import json
from dataclasses import replace
from typing import Any

import pytest
from pymisp import MISPEvent

from core.cases import Tlp
from core.exports import stix
from core.exports.dossier import Dossier
from core.exports.formats import FORMATS
from core.models import Fact, Kind, Outcome, Target
from core.verdicts import Judgement
from tests.core.dossiers import MADE, company, dossier, hostile, many, of_a_person, runs_of, verdict_on
from tests.core.samples import finding, run, scan

EVIL = finding("dns", Kind.DOMAIN, "evil.example", role="name server")
CONDEMNED = finding("virustotal", Fact.REPUTATION, "malicious for 12 of 90", severity="high")


def bundle(made: Dossier) -> dict[str, list[dict[str, Any]]]:
    """The objects of a bundle, by type."""
    by_type: dict[str, list[dict[str, Any]]] = {}
    for each in json.loads(FORMATS["stix"].write(made))["objects"]:
        by_type.setdefault(each["type"], []).append(each)
    return by_type


def event(made: Dossier) -> MISPEvent:
    read = MISPEvent()
    read.load(FORMATS["misp"].write(made).decode())
    return read


def detected(made: Dossier) -> list[str]:
    """The values that are marked for detection."""
    return [each.value for each in event(made).attributes if each.to_ids]


def judged(found: Any, judgement: Judgement, target: Target | None = None) -> Dossier:
    one = scan(run(found.provenance.collector, Outcome.FOUND, found), target=target)
    return dossier(one, verdicts=verdict_on(found, judgement))


@pytest.mark.parametrize("made", [company(), hostile(), of_a_person(alone=False)], ids=["company", "hostile", "person"])
def test_a_bundle_is_valid(made: Dossier) -> None:
    text = FORMATS["stix"].write(made).decode()
    judge = importlib.import_module("stix2validator")  # it takes seconds to load; not in each process that collects
    answer = judge.validate_string(text, judge.ValidationOptions(version="2.1", strict=False))
    assert [str(each) for each in answer.errors or []] == []
    assert answer.is_valid


def test_the_same_scan_exported_again_gives_the_same_objects() -> None:
    later = replace(company(), made_at=MADE.replace(year=2027))
    first, second = (json.loads(FORMATS["stix"].write(each)) for each in (company(), later))
    assert first["objects"] == second["objects"]
    assert first["id"] != second["id"]


def test_findings_are_observables_with_a_note_of_who_told_it_when_and_of_which_bytes() -> None:
    told = bundle(company())
    assert {"192.0.2.10"} <= {each["value"] for each in told["ipv4-addr"]}
    assert {"2001:db8::10"} <= {each["value"] for each in told["ipv6-addr"]}
    assert {"example.com", "www.example.com"} <= {each["value"] for each in told["domain-name"]}
    assert "indicator" not in told
    (note,) = [each for each in told["note"] if each["abstract"] == "ip: 192.0.2.10 (address)"]
    (reference,) = note["external_references"]
    assert reference == {
        "source_name": "DNS",
        "url": "https://dns.example.net/?q=example.com",
        "hashes": {"SHA-256": "0" * 64},
    }
    assert (note["authors"], note["confidence"], note["created"][:10]) == (["DNS records"], 50, "2026-11-23")
    (gaps,) = [each for each in told["note"] if each["abstract"] == "What was not looked at"]
    assert "The registry did not answer within 20 s." in gaps["content"]
    (group,) = told["grouping"]
    ids = {each["id"] for objects in told.values() for each in objects}
    assert set(group["object_refs"]) <= ids


@pytest.mark.parametrize("tlp", Tlp)
def test_the_label_is_the_committees_own_marking_and_is_on_everything(tlp: Tlp) -> None:
    told = bundle(company(tlp=tlp))
    (marking,) = told.pop("marking-definition")
    (extension,) = marking["extensions"].values()
    assert (marking["name"], extension["tlp_2_0"]) == (f"TLP:{tlp.value.upper()}", tlp.value)
    assert {ref for objects in told.values() for each in objects for ref in each["object_marking_refs"]} == {
        marking["id"]
    }
    assert [tag.name for tag in event(company(tlp=tlp)).tags] == [f"tlp:{tlp.value}"]


def test_only_what_somebody_confirmed_is_an_indicator() -> None:
    (indicator,) = bundle(judged(EVIL, Judgement.CONFIRMED))["indicator"]
    assert indicator["pattern"] == "[domain-name:value = 'evil.example']"
    assert [each.value for each in event(judged(EVIL, Judgement.CONFIRMED)).attributes if each.to_ids] == [
        "evil.example"
    ]
    for judgement in (Judgement.BENIGN, Judgement.FALSE, Judgement.NOT_THIS_PERSON):
        assert "indicator" not in bundle(judged(EVIL, judgement))
        assert detected(judged(EVIL, judgement)) == []


def test_a_confirmed_judgement_of_a_source_makes_the_target_one_and_a_loud_source_alone_does_not() -> None:
    (indicator,) = bundle(judged(CONDEMNED, Judgement.CONFIRMED))["indicator"]
    assert indicator["pattern"] == "[domain-name:value = 'example.com']"
    assert [each.value for each in event(judged(CONDEMNED, Judgement.CONFIRMED)).attributes if each.to_ids] == [
        "example.com"
    ]
    unjudged = dossier(scan(run("virustotal", Outcome.FOUND, CONDEMNED)))
    assert "indicator" not in bundle(unjudged)


def test_in_a_scan_about_a_person_nothing_becomes_an_indicator() -> None:
    person = Target(Kind.USERNAME, "ada-example")
    made = judged(EVIL, Judgement.CONFIRMED, person)
    assert "indicator" not in bundle(made)
    assert detected(made) == []


def test_a_verdict_is_an_opinion_of_whoever_gave_it() -> None:
    (opinion,) = bundle(judged(EVIL, Judgement.FALSE))["opinion"]
    assert (opinion["opinion"], opinion["authors"]) == ("strongly-disagree", ["U0BOB"])


def test_an_opinion_is_of_what_a_source_told_and_not_of_the_name_itself() -> None:
    told = bundle(judged(EVIL, Judgement.FALSE))
    (opinion,) = told["opinion"]
    (note,) = [each for each in told["note"] if each["id"] in opinion["object_refs"]]
    assert opinion["object_refs"] == [note["id"]]
    assert note["abstract"] == "domain: evil.example (name server)"
    assert note["modified"] > note["created"]  # whoever has the note must take the verdict in


def test_a_verdict_of_somebody_who_may_not_be_named_names_nobody_and_says_so() -> None:
    unnamed = {mark: replace(each, user="") for mark, each in verdict_on(EVIL).items()}
    made = dossier(scan(run("dns", Outcome.FOUND, EVIL)), verdicts=unnamed)
    assert bundle(made)["opinion"][0]["authors"] == ["somebody in another channel"]
    assert bundle(made)["indicator"][0]["description"] == "somebody in another channel judged it so."
    assert "judged confirmed by somebody in another channel" in FORMATS["misp"].write(made).decode()


def test_a_misp_event_is_read_back_with_every_value_once_and_its_provenance() -> None:
    read = event(company())
    assert (read.info, int(read.distribution), read.published) == ("Scan of example.com (TLP:AMBER+STRICT)", 0, False)
    known = [(each.type, each.value) for each in read.attributes]
    assert len(known) == len(set(known))
    assert ("ip-dst", "192.0.2.10") in known
    (address,) = [each for each in read.attributes if each.value == "192.0.2.10"]
    assert "SHA-256 " + "0" * 64 in address.comment
    gaps = [each.value for each in read.attributes if each.comment.startswith("What was not looked at")]
    assert ["The registry did not answer" in each for each in gaps] == [True]
    assert len(event(hostile()).attributes) > 20
    uuids = [each.uuid for each in read.attributes]
    assert uuids == [each.uuid for each in event(company()).attributes]
    assert len(runs_of(company())) == 3


def test_a_bundle_stays_bounded_and_says_what_it_left_out() -> None:
    objects = json.loads(stix.bundle(many(30), most=20))["objects"]
    (gaps,) = [each for each in objects if each.get("abstract") == "What was not looked at"]
    assert "28 findings are left out: a bundle takes 20." in gaps["content"]
