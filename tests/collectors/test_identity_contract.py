"""Identity case by case: how a run ends for each thing its sources can do.

Most are shown with a user name, for which two sources are asked; an address by itself is always an answer.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.identity import identity
from core.models import Confidence, Fact, Finding, Kind, Outcome, Target
from tests.collectors.canned import IMPATIENT, Canned, World, open_world
from tests.collectors.canned_http import HTML
from tests.collectors.identity_samples import (
    ACCOUNT,
    BY_MAIL,
    BY_SLUG,
    COMMITS,
    EMAIL,
    FINGER,
    GITHUB,
    GPG,
    GRAVATAR,
    HKP,
    JRD,
    KEY,
    MAIL,
    NAME,
    ORCID,
    SSH,
    USER,
    VKS,
    WIKIDATA,
    commit,
    entity,
    hit,
    nobody,
    profile,
    researcher,
    uploaded,
    user,
)
from tests.collectors.mutants import JSON, places, replaced

PAGE = "<html><body>Welcome</body></html>"
WALL = "<html>Just a moment... cf-chl</html>"


def both(world: World, reply: Canned) -> None:
    """Gravatar and GitHub answer the same."""
    world.http.on(*BY_SLUG, reply)
    world.http.on(*ACCOUNT, reply)


@pytest.mark.contract("empty", "not_found")
@pytest.mark.parametrize("target", [USER, NAME])
async def test_what_nobody_knows_is_an_answer(world: World, target: Target) -> None:
    nobody(world)
    look, findings = await world.collect(identity, target)
    assert (look.outcome, look.reason, findings) == (Outcome.NOTHING, "", [])
    assert world.http.count() == 2


@pytest.mark.contract("rate_limited", "rate_limited_bare", "down", "html", "truncated", "wrong_types")
@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Canned(status=429, headers={"Retry-After": "600"}), "rate_limited"),
        (Canned(status=429), "rate_limited"),
        (Canned(status=503), "down"),
        (Canned(status=500, text=PAGE, content_type=HTML), "down"),
        (Canned(reset=True), "down"),
        (Canned(text=PAGE, content_type=HTML), "changed"),
        (Canned(status=404, text=PAGE, content_type=HTML), "changed"),
        (Canned(text=WALL, content_type=HTML), "blocked"),
        (Canned(json=profile() | user(), cut=40), "down"),
        (Canned(text='{"login": "ada', content_type="application/json"), "changed"),
        (Canned(json=["another", "shape"]), "changed"),
        (Canned(json={"another": "shape"}), "changed"),
        (Canned(json={"login": 7, "hash": None}), "changed"),
    ],
)
async def test_a_source_that_could_not_be_asked_is_never_nothing(world: World, reply: Canned, reason: str) -> None:
    both(world, reply)
    look, findings = await world.collect(identity, USER)
    assert (look.outcome, look.reason, findings) == (Outcome.FAILED, reason, [])
    assert "Gravatar" in look.message
    assert "GitHub" in look.message


@pytest.mark.parametrize("status", [429, 503])
async def test_a_long_wait_holds_everybody_back_and_is_said(world: World, status: int) -> None:
    both(world, Canned(status=status, headers={"Retry-After": "600"}))
    look, _ = await world.collect(identity, USER)
    assert (look.outcome, world.http.count()) == (Outcome.FAILED, 2)  # nobody is pestered before the time they named
    held = {host for host, _ in world.pace.held}
    assert held == ({f"host:{GRAVATAR}", f"host:{GITHUB}"} if status == 429 else set())


@pytest.mark.contract("recovers")
@pytest.mark.parametrize("first", [Canned(status=502), Canned(status=429, headers={"Retry-After": "2"})])
async def test_trouble_and_then_an_answer_is_an_answer(world: World, first: Canned) -> None:
    nobody(world)
    world.http.on(*BY_SLUG, first, Canned(json=profile()))
    look, findings = await world.collect(identity, USER)
    assert look.outcome is Outcome.FOUND
    assert any(each.value == "Gravatar: ada-example" for each in findings)


@pytest.mark.contract("timeout")
async def test_silence_ends_as_could_not_look(world: World) -> None:
    both(world, Canned(never=True))
    look, findings = await world.collect(identity, USER, patience=IMPATIENT)
    assert (look.outcome, look.reason, findings) == (Outcome.FAILED, "timeout", [])


async def test_one_silent_source_takes_nothing_from_the_others(world: World) -> None:
    nobody(world)
    world.http.on(*BY_MAIL, Canned(never=True))
    world.http.on(*VKS, KEY)
    look, findings = await world.collect(identity, EMAIL, patience=IMPATIENT)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "timeout")
    assert any(each.kind is Fact.IDENTITY for each in findings)


async def test_an_address_whose_sources_all_failed_says_so_beside_what_the_address_tells(world: World) -> None:
    for host in (GRAVATAR, GITHUB, VKS[0], HKP[0]):
        world.http.on(host, "*", Canned(status=503))
    look, findings = await world.collect(identity, EMAIL)
    assert (look.outcome, len(look.gaps)) == (Outcome.PARTIAL, 4)
    assert {each.kind for each in findings} == {Kind.EMAIL, Kind.DOMAIN, Fact.POSTURE}


@pytest.mark.contract("bad_key", "forbidden")
@pytest.mark.parametrize(("status", "reason"), [(401, "bad_key"), (403, "forbidden")])
async def test_a_key_that_is_refused_is_said_and_never_shown(world: World, status: int, reason: str) -> None:
    both(world, Canned(status=status, json={"message": "Bad credentials"}))
    look, findings = await world.collect(identity, USER, github_token="invented-token", gravatar_key="invented-key")
    assert (look.outcome, look.reason, findings) == (Outcome.FAILED, reason, [])
    assert "invented" not in look.message
    assert {each.headers["authorization"] for each in world.http.asked} == {
        "Bearer invented-token",
        "Bearer invented-key",
    }
    assert not any("invented" in each.raw_path for each in world.http.asked)


async def test_without_keys_none_is_sent_and_github_hears_who_asks(world: World) -> None:
    nobody(world)
    await world.collect(identity, USER)
    assert all("authorization" not in each.headers for each in world.http.asked)
    (asked,) = [each for each in world.http.asked if each.host == GITHUB]
    assert asked.headers["user-agent"].startswith("Gumshoe/")
    assert asked.headers["x-github-api-version"] == "2022-11-28"


def bounded(findings: list[Finding]) -> bool:
    """Whether everything that is told fits into a record: small, JSON, and no NUL."""
    sizes = [len(json.dumps([each.value, each.context, dict(each.attributes)], allow_nan=False)) for each in findings]
    return max(sizes, default=0) < 60_000 and len(findings) < 200 and all(each.value for each in findings)


@pytest.mark.contract("hostile")
async def test_five_megabytes_of_hostile_text_stay_bounded(world: World) -> None:
    flood = "<!channel> <@U0ADA> \u202emoc\x00\x1b[31m =cmd() " * 400
    nobody(world)
    names = dict.fromkeys(("display_name", "location", "description", "company", "job_title"), flood)
    accounts = [{"service_label": flood, "url": f"https://evil.test/{n}?{'x' * 9000}"} for n in range(25)]
    world.http.on(*BY_SLUG, Canned(json=profile(**names, verified_accounts=accounts)))
    hostile = dict.fromkeys(("name", "company", "blog", "location", "email", "bio", "twitter_username", "type"), flood)
    world.http.on(*ACCOUNT, Canned(json=user(**hostile)))
    world.http.on(*SSH, Canned(json=[{"key": flood}] * 60))
    world.http.on(*GPG, Canned(json=[{"raw_key": flood, "emails": [{"email": flood, "verified": True}]}] * 30))
    look, findings = await world.collect(identity, USER)
    assert look.outcome is Outcome.PARTIAL
    assert bounded(findings)
    assert all("evil.test" not in each.value for each in findings)  # links too long to be anybody's
    endless = b'{"hash": "' + b"x" * 500_000
    both(world, Canned(body=endless, endless=b"x" * 500_000, content_type="application/json"))
    look, findings = await world.collect(identity, USER)
    assert (look.outcome, look.reason, findings) == (Outcome.FAILED, "too_large", [])


SEARCH = {"search": [hit()], "success": 1}
ANSWERS: list[tuple[Target, tuple[str, str], Any]] = [
    (USER, BY_SLUG, profile()),
    (USER, ACCOUNT, user()),
    (USER, SSH, [{"id": 1, "key": "ssh-ed25519 AAAA"}]),
    (USER, GPG, [uploaded()]),
    (EMAIL, COMMITS, {"total_count": 1, "incomplete_results": False, "items": [commit(), commit(None)]}),
    (EMAIL, BY_MAIL, profile()),
    (NAME, WIKIDATA, SEARCH),
    (NAME, WIKIDATA, entity(P2037="ada-example", P569={"time": "+1985-12-10T00:00:00Z"}, P856="https://example.com")),
    (EMAIL, FINGER, JRD),
    (NAME, ORCID, {"expanded-result": [researcher()], "num-found": 1}),
]


@pytest.mark.contract("mutated")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
async def test_whatever_stands_in_an_answer_only_our_own_errors_come_out(data: st.DataObject) -> None:
    target, place, sample = data.draw(st.sampled_from(ANSWERS))
    answer = replaced(sample, data.draw(st.sampled_from(places(sample))), data.draw(JSON))
    async with open_world() as world:
        nobody(world)
        world.http.on(*BY_SLUG, Canned(json=profile()))
        world.http.on(*ACCOUNT, Canned(json=user()))
        first = [Canned(json=SEARCH)] if "entities" in sample else []
        world.http.on(*place, *first, Canned(text=json.dumps(answer), content_type="application/json"))
        options = ["own_domain"] if place == FINGER else []
        look, findings = await world.collect(identity, target, options=options)
    assert look.outcome in (Outcome.FOUND, Outcome.NOTHING, Outcome.PARTIAL, Outcome.FAILED)
    assert look.outcome is not Outcome.FAILED or look.reason in ("changed", "too_large")
    assert bounded(findings)


@settings(max_examples=30, deadline=None)
@given(text=st.text(st.sampled_from("infopubuid:0123456789ABCDEF%40\n"), max_size=300) | st.text(max_size=100))
async def test_whatever_a_key_server_writes_only_our_own_errors_come_out(text: str) -> None:
    async with open_world() as world:
        nobody(world)
        world.http.on(*HKP, Canned(text=text))
        world.http.on(*VKS, Canned(text=text))
        look, findings = await world.collect(identity, EMAIL)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "changed")
    assert findings[0].value == MAIL


@pytest.mark.parametrize(
    ("subject", "sure"), [(f"acct:{MAIL}", Confidence.HIGH), ("acct:somebody@else.example", Confidence.LOW)]
)
async def test_a_domain_that_answers_about_somebody_else_vouches_for_nobody(
    world: World, subject: str, sure: Confidence
) -> None:
    nobody(world)
    world.http.on(*FINGER, Canned(json=JRD | {"subject": subject}))
    _, findings = await world.collect(identity, EMAIL, options=["own_domain"])
    (account,) = [each for each in findings if each.kind is Fact.ACCOUNT]
    assert account.confidence is sure


async def test_more_keys_than_are_read_are_said(world: World) -> None:
    nobody(world)
    world.http.on(*ACCOUNT, Canned(json=user()))
    world.http.on(*SSH, Canned(json=[{"id": number, "key": "ssh-ed25519 AAAA"} for number in range(23)]))
    world.http.on(*GPG, Canned(json=[]))
    look, _ = await world.collect(identity, USER)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "truncated")
    assert "publishes 3 more SSH keys than are read" in look.message
