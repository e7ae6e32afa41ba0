"""Names, user names, phone numbers and what is done on request only: guesses, and asking the address's own domain."""

from __future__ import annotations

import pytest

from collectors.claims.directories import hashed
from collectors.claims.handles import permutations
from collectors.identity import identity
from core.models import Confidence, Fact, Kind, Outcome, Target
from tests.collectors.canned import Canned, World
from tests.collectors.canned_http import HTML
from tests.collectors.identity_samples import (
    ACCOUNT,
    BY_SLUG,
    EMAIL,
    FINGER,
    GPG,
    JRD,
    MAIL,
    NAME,
    ORCID,
    USER,
    WIKIDATA,
    entity,
    hit,
    identities,
    nobody,
    only,
    profile,
    researcher,
    researchers,
    uploaded,
    user,
)
from tests.collectors.openpgp_samples import ADA, ADA_FINGERPRINT

ADA_KEY = f"OpenPGP {ADA_FINGERPRINT}"
RESEARCHER = "ORCID: 0000-0002-1825-0097"
WKD = f"/.well-known/openpgpkey/example.com/hu/{hashed('ada')}"
PLAIN_WKD = f"/.well-known/openpgpkey/hu/{hashed('ada')}"


async def test_two_accounts_of_one_handle_hold_together_when_one_was_checked_for_the_other(world: World) -> None:
    nobody(world)
    world.http.on(*BY_SLUG, Canned(json=profile()))
    world.http.on(*ACCOUNT, Canned(json=user()))
    world.http.on(*GPG, Canned(json=[uploaded()]))
    look, findings = await world.collect(identity, USER)
    assert (look.outcome, look.message) == (Outcome.FOUND, "")
    assert identities(findings) == [("same", ["GitHub: ada-example", "Gravatar: ada-example", ADA_KEY])]
    assert only(findings, Fact.IDENTITY).value == "Ada Example (GitHub: ada-example)"
    shown = {each.value: each.confidence for each in findings if each.kind in (Kind.EMAIL, Kind.DOMAIN)}
    assert shown == {
        "ada@example.com": Confidence.HIGH,  # GitHub says that the account confirmed it
        "ada@kontor.example": Confidence.MODERATE,  # it stands in the key only
        "kontor.example": Confidence.MODERATE,
    }
    assert world.http.count() == 4


async def test_a_name_of_somebody_else_under_the_same_handle_is_a_conflict(world: World) -> None:
    nobody(world)
    other = profile(display_name="Adalbert Sample", verified_accounts=[], location="Sampleville", company="")
    world.http.on(*BY_SLUG, Canned(json=other))
    world.http.on(*ACCOUNT, Canned(json=user()))
    _, findings = await world.collect(identity, USER)
    assert identities(findings) == [
        ("conflicting", ["Gravatar: ada-example"]),
        ("conflicting", ["GitHub: ada-example"]),
    ]
    assert {each.attributes["score"] for each in findings if each.kind is Fact.IDENTITY} == {0.02}


async def test_whoever_copies_name_handle_place_and_links_is_only_a_possibility(world: World) -> None:
    nobody(world)
    bio = "Bread and maps and old radios and what else one does in Exampletown."
    copied = profile(verified_accounts=[], links=[{"url": "https://github.com/ada-example"}], description=bio)
    world.http.on(*BY_SLUG, Canned(json=copied))
    world.http.on(*ACCOUNT, Canned(json=user(bio=bio, company="Example Corp")))
    _, findings = await world.collect(identity, USER)
    (told,) = [each for each in findings if each.kind is Fact.IDENTITY]
    assert (told.attributes["group"], told.attributes["score"]) == ("maybe", 0.74)


async def test_a_handle_that_github_cannot_have_is_not_asked_there(world: World) -> None:
    target = Target(Kind.USERNAME, "ada_example.1")
    world.http.on(BY_SLUG[0], "*", Canned(status=404, json={}))
    look, _ = await world.collect(identity, target)
    assert (look.outcome, world.http.count()) == (Outcome.NOTHING, 1)
    assert "GitHub was not asked" in look.message


async def test_people_of_one_name_are_possibilities_and_a_link_holds_two_entries_together(world: World) -> None:
    nobody(world)
    hits = {"search": [hit(), hit("Q900000002"), hit("Q900000003", "Ada Exampleton")], "success": 1}
    said = entity(P496="0000-0002-1825-0097", P2037="ada-example", P569={"time": "+1985-12-10T00:00:00Z"})
    world.http.on(*WIKIDATA, Canned(json=hits), Canned(json=said))
    world.http.on(*ORCID, researchers(researcher(), researcher("0000-0001-5109-3700", **{"family-names": "Sample"})))
    look, findings = await world.collect(identity, NAME)
    assert look.outcome is Outcome.FOUND
    assert "Of the 3 entries Wikidata found, 1 have only similar names." in look.message
    assert "Of the 2 people ORCID found, 1 have only similar names." in look.message
    assert identities(findings) == [
        ("maybe", [RESEARCHER, "Wikidata: Q900000001"]),
        ("maybe", ["Wikidata: Q900000002"]),
    ]
    entry = only(findings, Fact.ACCOUNT, "Wikidata: Q900000001")
    assert "wbgetentities" in entry.provenance.url
    assert "wbsearchentities" in entry.attributes["also"][0]["url"]
    assert (entry.attributes["born"], entry.attributes["type"]) == ("1985", "person")
    assert entry.confidence is Confidence.LOW
    assert only(findings, Kind.USERNAME).value == "ada-example"
    questions = [dict(each.query).get("q") for each in world.http.asked if each.host == ORCID[0]]
    assert questions == ["given-and-family-names:ada AND given-and-family-names:example"]
    assert world.http.count() == 3


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Canned(json={"error": {"code": "maxlag", "info": "Waiting"}}), "down"),
        (Canned(json={"error": {"code": "ratelimited", "info": "Slow"}}), "rate_limited"),
        (Canned(json={"error": {"code": "badvalue", "info": "No"}}), "changed"),
        (Canned(json={"search": [{"label": "Ada Example"}]}), "changed"),
        (Canned(json={"search": None}), "changed"),
    ],
)
async def test_errors_that_come_with_status_200_are_errors(world: World, reply: Canned, reason: str) -> None:
    nobody(world)
    world.http.on(*WIKIDATA, reply)
    look, findings = await world.collect(identity, NAME)
    assert (look.outcome, look.reason, findings) == (Outcome.PARTIAL, reason, [])


async def test_names_that_many_have_are_cut_off_and_it_is_said(world: World) -> None:
    nobody(world)
    hits = [hit(f"Q90000001{n}") for n in range(8)]
    world.http.on(*WIKIDATA, Canned(json={"search": hits, "search-continue": 10}), Canned(json={"entities": {}}))
    world.http.on(*ORCID, Canned(json={"expanded-result": [researcher()], "num-found": 4321}))
    look, findings = await world.collect(identity, NAME)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "truncated")
    assert "more entries of this name than the 5 that were read" in look.message
    assert "ORCID found 4,321 people; 1 of this name were read." in look.message
    assert len([each for each in findings if each.kind is Fact.ACCOUNT]) == 6


async def test_entries_that_could_not_be_read_are_told_as_they_were_found(world: World) -> None:
    nobody(world)
    world.http.on(*WIKIDATA, Canned(json={"search": [hit()]}), Canned(status=503))
    look, findings = await world.collect(identity, NAME)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "down")
    entry = only(findings, Fact.ACCOUNT)
    assert "wbsearchentities" in entry.provenance.url
    assert "type" not in entry.attributes  # whether it is a person was not answered


async def test_guesses_are_made_only_on_request_and_say_that_they_are(world: World) -> None:
    nobody(world)
    _, without = await world.collect(identity, NAME)
    look, findings = await world.collect(identity, NAME, options=["permutations"])
    assert without == []
    assert look.outcome is Outcome.FOUND
    assert {each.kind for each in findings} == {Kind.USERNAME}
    assert {each.confidence for each in findings} == {Confidence.LOW}
    assert all(each.attributes["guess"] is True and "guess" in each.context for each in findings)
    assert findings[0].provenance.source == "Handle rules"


@pytest.mark.parametrize(
    ("name", "first", "count"),
    [
        ("Ada Example", ["adaexample", "ada.example", "aexample"], 17),
        ("Dr. Zoë Mary Müßig", ["zoemussig", "zoe.mussig", "zmussig"], 20),
        ("Ada", ["ada"], 1),
        ("Ада Пример", [], 0),
        ("-- ..", [], 0),
    ],
)
def test_handles_that_a_name_suggests(name: str, first: list[str], count: int) -> None:
    guessed = permutations(name)
    assert (guessed[: len(first)], len(guessed)) == (first, count)
    assert len(set(guessed)) == len(guessed) <= 20


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("+12025550122", {"valid": True, "region": "US", "area": "Washington D.C.", "type": "fixed line or mobile"}),
        ("+442079460958", {"valid": True, "area": "London", "type": "fixed line", "time_zones": ["Europe/London"]}),
        ("+33639980000", {"valid": False, "possible": True, "country_code": 33}),
        ("+491712345678", {"original_carrier": "T-Mobile", "portable": True, "type": "mobile"}),
        ("+80012345678", {"region": "001", "type": "toll-free"}),
    ],
)
async def test_what_the_plans_say_of_a_number_and_nobody_is_asked(
    world: World, number: str, expected: dict[str, object]
) -> None:
    look, (finding,) = await world.collect(identity, Target(Kind.PHONE, number))
    assert {name: finding.attributes.get(name) for name in expected} == expected
    assert (look.outcome, world.http.count(), world.dns.count()) == (Outcome.FOUND, 0, 0)
    assert look.message == (
        "Numbering plans cannot tell whether a number is in use, who has it, or which carrier serves it today."
    )
    assert finding.provenance.source.startswith("Numbering plans (phonenumbers ")
    assert finding.provenance.url.endswith(f"?{number}")


async def test_the_addresses_own_domain_is_left_alone_unless_asked_for(world: World) -> None:
    nobody(world)
    await world.collect(identity, EMAIL)
    assert not [each for each in world.http.asked if each.host.endswith("example.com")]


async def test_the_domain_itself_gives_out_a_key_and_an_account(world: World) -> None:
    nobody(world)
    world.dns.add("openpgpkey.example.com", "A", "192.0.2.10")
    world.http.on("openpgpkey.example.com", WKD, Canned(text=ADA, content_type="application/octet-stream"))
    world.http.on(*FINGER, Canned(json=JRD, content_type="application/jrd+json"))
    look, findings = await world.collect(identity, EMAIL, options=["own_domain"])
    assert look.outcome is Outcome.FOUND
    assert identities(findings) == [("same", [ADA_KEY, f"WebFinger: {MAIL}", MAIL])]
    key = only(findings, Fact.KEY)
    assert (key.confidence, key.provenance.source) == (Confidence.HIGH, "Web Key Directory of example.com")
    assert [dict(each.query) for each in world.http.asked if each.path == WKD] == [{"l": "ada"}]
    mails = {each.value: each.confidence for each in findings if each.kind is Kind.EMAIL}
    assert mails["ada@kontor.example"] is Confidence.MODERATE  # the domain speaks for its own addresses only


async def test_without_the_special_host_the_plain_way_is_asked(world: World) -> None:
    nobody(world)
    world.http.on("example.com", PLAIN_WKD, Canned(status=404))
    world.http.on(*FINGER, Canned(status=404, text="<html>", content_type=HTML))
    look, _ = await world.collect(identity, EMAIL, options=["own_domain"])
    assert (look.outcome, look.message) == (Outcome.FOUND, "")
    assert [each.path for each in world.http.asked if each.host == "example.com"] == [FINGER[1], PLAIN_WKD]


async def test_a_domain_that_leads_inside_is_not_asked(world: World) -> None:
    nobody(world)
    world.dns.add("example.com", "A", "10.0.0.1")
    look, _ = await world.collect(identity, EMAIL, options=["own_domain"], sources_url="")
    assert look.outcome is Outcome.PARTIAL
    assert "unsafe_address" in {each.reason for each in look.gaps}
