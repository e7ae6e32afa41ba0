"""The username collector: what it claims, what it leaves open, and how it says that many sites could not look."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.doors.reply import Reply, digest
from collectors.sites import shelf
from collectors.sites.reading import State, read
from collectors.sites.rules import Rule
from collectors.username import username
from core import clock
from core.models import Confidence, Fact, Finding, Kind, Outcome, Target
from tests.collectors.canned import Canned, World
from tests.collectors.canned_http import HTML
from tests.collectors.mutants import JSON, places, replaced
from tests.collectors.site_samples import ADA, ASKED, PATIENT_ENOUGH, everybody_says_no, here, own, page, showing

NAME = ADA.value
ALLOWED = [rule for rule in ASKED if rule.allows(NAME)]
ONLY = (
    f"Asked only on request: {sum(rule.nsfw for rule in shelf.own())} with nsfw, "
    f"{sum(rule.protected for rule in shelf.own())} with protected."
)


@pytest.fixture
def quiet(world: World) -> World:
    """A world in which nobody has a page anywhere."""
    everybody_says_no(world)
    return world


def exists(world: World, site: str, name: str = NAME) -> None:
    rule = own(site)
    world.http.on(*here(rule, name), showing(rule.exists, name))


def by_site(findings: list[Finding]) -> dict[str, Finding]:
    return {each.attributes["service"]: each for each in findings}


@pytest.mark.contract("success")
async def test_a_page_comes_with_site_address_evidence_and_what_it_does_not_say(quiet: World) -> None:
    world = quiet
    codewars = own("Codewars")
    answer = {"username": "Ada-Example", "name": "Ada Example"}
    world.http.on(*here(codewars, NAME), Canned(json=answer))
    look, (finding,) = await world.collect(username, ADA)
    assert (look.outcome, look.reason) == (Outcome.FOUND, "")
    assert (finding.kind, finding.value) == (Fact.ACCOUNT, "Codewars: Ada-Example")
    assert finding.attributes == {
        "service": "Codewars",
        "name": "Ada-Example",
        "page": f"https://www.codewars.com/users/{NAME}",
        "category": "coding",
        "found_by": "name",
        "control": "absent",
        "rule": "own",
        "rule_source": "https://dev.codewars.com/",
        "licence": "own",
        "display_name": "Ada Example",
    }
    assert finding.confidence is Confidence.HIGH
    assert finding.context == "A page exists: the answer names the account, and a random name has none."
    assert finding.provenance.source == "Codewars"
    assert finding.provenance.url == f"https://www.codewars.com/api/v1/users/{NAME}"
    assert (finding.provenance.status, len(finding.provenance.sha256)) == ("200", 64)
    assert look.message.startswith(f"All {len(ALLOWED)} sites answered. A page says that a name is taken, not by whom.")
    # Each site once, and the control name only where a yes was to be believed.
    assert world.http.count() == len(ALLOWED) + 1
    assert world.http.count(codewars.host) == 2


@pytest.mark.contract("empty", "not_found")
async def test_a_name_that_nobody_has_is_nothing_and_says_how_many_were_asked(quiet: World) -> None:
    look, findings = await quiet.collect(username, ADA)
    assert (look.outcome, look.reason, findings) == (Outcome.NOTHING, "", [])
    refusing = len(ASKED) - len(ALLOWED)
    assert look.message == (
        f"All {len(ALLOWED)} sites answered, none has such a page. "
        f"{refusing} sites allow no name like {NAME}; not asked. {ONLY}"
    )


@pytest.mark.contract("rate_limited", "rate_limited_bare")
@pytest.mark.parametrize("headers", [{"Retry-After": "40"}, {}])
async def test_a_site_that_asks_us_to_slow_down_is_counted_and_left_alone(
    quiet: World, headers: dict[str, str]
) -> None:
    quiet.http.on("lichess.org", "*", Canned(status=429, headers=headers))
    look, findings = await quiet.collect(username, ADA)
    assert (look.outcome, look.reason, findings) == (Outcome.PARTIAL, "rate_limited", [])
    assert f"1 of {len(ALLOWED)} sites did not say: 1 asked us to slow down; {len(ALLOWED) - 1} ans" in look.message
    assert [key for key, _ in quiet.pace.held] == ["host:lichess.org"]  # for every worker
    assert quiet.http.count("lichess.org") == 1


@pytest.mark.contract("recovers")
async def test_a_site_that_was_down_is_asked_once_more_at_the_end(quiet: World) -> None:
    rule = own("Lichess")
    quiet.http.on(*here(rule, NAME), Canned(status=502), showing(rule.exists, NAME))
    look, findings = await quiet.collect(username, ADA)
    assert (look.outcome, list(by_site(findings))) == (Outcome.FOUND, ["Lichess"])


@pytest.mark.contract("down")
async def test_when_every_site_is_down_nothing_was_looked_at(world: World) -> None:
    for rule in ALLOWED:
        world.http.on(f"{NAME}.{rule.host}" if rule.is_subdomain else rule.host, "*", Canned(status=503))
    look, findings = await world.collect(username, ADA)
    assert (look.outcome, look.reason, findings) == (Outcome.FAILED, "down", [])
    assert look.message == f"None of {len(ALLOWED)} sites answered: {len(ALLOWED)} were down."
    assert world.http.count() == 2 * len(ALLOWED)


@pytest.mark.contract("timeout")
async def test_a_silent_site_costs_its_own_answer_only(quiet: World) -> None:
    quiet.http.on("codeberg.org", "*", Canned(never=True))
    exists(quiet, "Lichess")
    look, findings = await quiet.collect(username, ADA, patience=PATIENT_ENOUGH)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "timeout")
    assert "1 did not answer in time" in look.message
    assert list(by_site(findings)) == ["Lichess"]
    assert quiet.http.count("codeberg.org") == 1


async def test_sites_not_reached_before_the_end_are_counted(quiet: World) -> None:
    look, findings = await quiet.collect(username, ADA, deadline=5)  # less than one site may take
    assert (look.outcome, look.reason, findings) == (Outcome.FAILED, "timeout", [])
    assert look.message == f"None of {len(ALLOWED)} sites answered: {len(ALLOWED)} were not reached in time."
    assert quiet.http.count() == 0


@pytest.mark.contract("html", "truncated", "wrong_types")
@pytest.mark.parametrize(
    "answer",
    [
        page("<h1>Welcome to our new look</h1>"),
        Canned(text='{"login": "ada-exa', content_type="application/json"),
        Canned(json={"login": {"name": NAME}}),
        Canned(json=[NAME]),
        Canned(json=None),
        Canned(text="{}", content_type="application/json", cut=1),
    ],
)
async def test_an_answer_of_another_shape_is_neither_yes_nor_no(quiet: World, answer: Canned) -> None:
    quiet.http.on("codeberg.org", "*", answer)
    look, findings = await quiet.collect(username, ADA)
    assert (look.outcome, findings) == (Outcome.PARTIAL, [])
    assert look.reason in ("changed", "down")
    assert f"1 of {len(ALLOWED)} sites did not say" in look.message


@pytest.mark.contract("hostile")
async def test_hostile_pages_end_in_bounded_findings(quiet: World) -> None:
    rule = own("Codeberg")
    noise = "<!channel> \u202e\x00" + "A" * 1000
    answer = {"login": NAME, "full_name": noise, "description": "B" * 400_000, "website": "javascript:alert(1)"}
    quiet.http.on(*here(rule, NAME), Canned(json=answer))
    flood = b'{"username": "' + b"[{" * 2_500_000
    quiet.http.on("lichess.org", "*", Canned(body=flood, content_type="application/json"))
    quiet.http.on("github.com", "*", Canned(endless=f"<h1>{NAME}".encode() * 1000, content_type=HTML))
    look, findings = await quiet.collect(username, ADA)
    attributes = by_site(findings)["Codeberg"].attributes
    assert [len(attributes[each]) for each in ("display_name", "bio")] == [300, 300]
    assert "\x00" not in json.dumps(attributes)
    assert list(by_site(findings)) == ["Codeberg"]
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "changed")
    assert "2 gave an answer I cannot read" in look.message
    assert len(look.gaps) == 1  # pages are read up to a cap, and that alone is nothing to report


@pytest.mark.contract("mutated")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pick=st.data())
def test_whatever_stands_in_an_answer_is_read_or_unknown(pick: st.DataObject) -> None:
    rule = pick.draw(st.sampled_from([each for each in shelf.own() if each.exists.field]))
    whole: Any = showing(rule.exists, NAME).json or {}
    mutant = replaced(whole, pick.draw(st.sampled_from(places(whole))), pick.draw(JSON))
    body = json.dumps(mutant).encode()
    reading = read(rule, _reply(rule.site, body), NAME)
    assert reading.state in State
    if reading.state is State.EXISTS:
        assert reading.name.casefold() == NAME


@pytest.mark.contract("mutated")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rule=st.sampled_from(shelf.own()),
    body=st.binary(max_size=300) | st.text(max_size=300).map(str.encode) | st.just(b'{"a":' * 90),
    status=st.sampled_from([200, 202, 204, 301, 302, 400, 404, 410, 418]),
    location=st.text(max_size=60),
)
def test_whatever_page_comes_no_yes_is_read_from_noise(rule: Rule, body: bytes, status: int, location: str) -> None:
    reply = replace(_reply(rule.site, body), status=status, headers={"location": location})
    name = "a-name-nobody-types"
    reading = read(rule, reply, name)
    assert reading.state is not State.EXISTS or (rule.exists.text, rule.exists.field) == ((), "")


def _reply(site: str, body: bytes) -> Reply:
    return Reply(
        collector="username", source=site, status=200, url="", fetched_at=clock.now(), body=body, sha256=digest(body)
    )


async def test_a_site_that_says_yes_to_everybody_is_muted_for_the_next_runs_too(quiet: World) -> None:
    quiet.http.on("steamcommunity.com", "*", showing(own("Steam").exists, NAME))
    for asked in (2, 2):  # the name and its control; the next run recalls the verdict
        look, findings = await quiet.collect(username, ADA)
        assert findings == []
        assert f"1 of {len(ALLOWED)} sites did not say: 1 says yes to any name" in look.message
        assert quiet.http.count("steamcommunity.com") == asked


async def test_a_control_that_said_no_stands_for_other_names_too(world: World) -> None:
    for name in (NAME, "ada-second"):
        everybody_says_no(world, name=name)
        exists(world, "Lichess", name)
    for name, asked in ((NAME, 2), ("ada-second", 3)):
        exists(world, "Lichess", name)
        look, findings = await world.collect(username, Target(Kind.USERNAME, name))
        assert (look.outcome, len(findings)) == (Outcome.FOUND, 1)
        assert world.http.count("lichess.org") == asked


async def test_a_yes_is_not_believed_while_the_control_cannot_be_asked(quiet: World) -> None:
    quiet.http.on("lichess.org", "*", Canned(status=503))
    exists(quiet, "Lichess")
    look, findings = await quiet.collect(username, ADA)
    assert (look.outcome, look.reason, findings) == (Outcome.PARTIAL, "down", [])


async def test_a_no_that_may_hide_a_page_is_no_answer(world: World) -> None:
    name = "ada_example"  # Telegram shows strangers the same page for a free name and for somebody who hides
    everybody_says_no(world, name=name)
    look, findings = await world.collect(username, Target(Kind.USERNAME, name))
    assert (look.outcome, findings) == (Outcome.PARTIAL, [])
    assert "1 tells no hidden page from none;" in look.message
    world.http.on(*here(own("Telegram"), name), showing(own("Telegram").exists, name))
    look, (finding,) = await world.collect(username, Target(Kind.USERNAME, name))
    assert (look.outcome, finding.value) == (Outcome.FOUND, "Telegram: ada_example")


async def test_what_a_profile_says_of_its_holder_comes_along(quiet: World) -> None:
    forge, lichess = own("Codeberg"), own("Lichess")
    said = {"full_name": "Ada Example", "created": "2020-02-03T10:00:00Z", "website": "https://kontor.example/"}
    quiet.http.on(*here(forge, NAME), Canned(json={"login": NAME, **said}))
    quiet.http.on(*here(lichess, NAME), Canned(json={"username": NAME, "createdAt": 1580724000000}))
    _, findings = await quiet.collect(username, ADA)
    found = by_site(findings)
    assert found["Codeberg"].attributes["display_name"] == "Ada Example"
    assert found["Codeberg"].attributes["links"] == ["https://kontor.example/"]
    assert {str(each.first_seen) for each in findings} == {"2020-02-03 10:00:00+00:00"}


async def test_a_site_of_small_letters_is_asked_in_small_letters(world: World) -> None:
    everybody_says_no(world)
    exists(world, "Chess.com")
    _, (finding,) = await world.collect(username, Target(Kind.USERNAME, "Ada-Example"))
    assert finding.provenance.url == f"https://api.chess.com/pub/player/{NAME}"
    assert finding.attributes["page"] == f"https://www.chess.com/member/{NAME}"


async def test_short_and_common_names_are_believed_less_and_say_why(world: World) -> None:
    for name, why in (("ada", "Short names"), ("michael", "Many people")):
        everybody_says_no(world, name=name)
        exists(world, "Lichess", name)
        _, (finding,) = await world.collect(username, Target(Kind.USERNAME, name))
        assert finding.confidence is Confidence.MODERATE
        assert finding.attributes["caution"].startswith(why)


async def test_adult_and_walled_sites_are_asked_only_when_wanted(quiet: World) -> None:
    await quiet.collect(username, ADA)
    adult = {rule.host for rule in shelf.own() if rule.nsfw}
    walled = {rule.host for rule in shelf.own() if rule.protected}
    assert not (adult | walled) & {each.host for each in quiet.http.asked}
    await quiet.collect(username, ADA, options={"nsfw"})
    assert adult <= {each.host for each in quiet.http.asked}
    look, _ = await quiet.collect(username, ADA, options={"nsfw", "protected"})
    assert "Asked only on request" not in look.message


async def test_the_part_before_the_at_is_asked_only_when_wanted(world: World) -> None:
    address = Target(Kind.EMAIL, "ada-example@example.com")
    look, _ = await world.collect(username, address)
    assert (look.outcome, look.reason, world.http.count()) == (Outcome.FAILED, "not_a_target", 0)
    assert "with=local_part" in look.message
    everybody_says_no(world)
    exists(world, "Lichess")
    look, findings = await world.collect(username, address, options={"local_part"})
    assert list(by_site(findings)) == ["Lichess"]
    assert not any("example.com" in each.raw_path for each in world.http.asked)


async def test_who_asks_says_so_and_leaves_no_cookies(quiet: World) -> None:
    quiet.http.on("codeberg.org", "*", Canned(status=404, headers={"Set-Cookie": "seen=1"}))
    await quiet.collect(username, ADA)
    await quiet.collect(username, ADA)
    assert {each.headers["user-agent"].partition("/")[0] for each in quiet.http.asked} == {"Gumshoe"}
    assert not any("cookie" in each.headers for each in quiet.http.asked)


async def test_a_name_that_no_site_allows_is_asked_nowhere_and_no_knowledge(quiet: World) -> None:
    look, findings = await quiet.collect(username, Target(Kind.USERNAME, "a" * 200))
    assert (look.outcome, look.reason, findings) == (Outcome.FAILED, "not_a_target", [])
    assert "so nobody was asked" in look.message
    assert quiet.http.count() == 0
