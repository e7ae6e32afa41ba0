"""The social collector about a name: what services know, how often they are asked, and how each failure is told."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.social import social
from core.models import Confidence, Fact, Finding, Kind, Outcome, Target
from tests.collectors.canned import IMPATIENT, Canned, World, open_world
from tests.collectors.canned_http import HTML
from tests.collectors.mutants import JSON, places, replaced
from tests.collectors.profile_samples import (
    FULL,
    GITHUB,
    NOBODY,
    SERVICES,
    everybody,
    github,
    nobody,
    stack,
    stack_user,
)

NAME = Target(Kind.USERNAME, "ada")
HERMIT = Target(Kind.USERNAME, "nobody_example")


def accounts(findings: Sequence[Finding]) -> dict[str, Finding]:
    return {each.value: each for each in findings if each.kind is Fact.ACCOUNT}


def same_everywhere(world: World, reply: Canned) -> None:
    for host, path in NOBODY:
        world.http.on(host, path, reply)


@pytest.mark.contract("success")
async def test_every_service_shows_its_part_with_a_receipt(world: World) -> None:
    everybody(world)
    look, findings = await world.collect(social, NAME)
    found = accounts(findings)
    assert (look.outcome, look.reason, look.gaps) == (Outcome.FOUND, "", ())
    assert set(found) == {
        *("GitHub: ada", "GitLab: ada", "Gravatar: ada", "Keybase: ada", "Bluesky: ada.bsky.social"),
        *("Hacker News: ada", "Stack Overflow: ada (77)", "Docker Hub: ada", "Lichess: ada", "Chess.com: ada"),
        *("Wikipedia: Ada", "Fediverse: @ada@mastodon.social"),
    }
    ours = found["GitHub: ada"]
    assert ours.attributes["display_name"] == "Ada Example"
    assert (ours.attributes["location"], ours.attributes["organisation"]) == ("Exampletown", "example-corp")
    assert (ours.attributes["followers"], ours.attributes["posts"], ours.attributes["type"]) == (10, 3, "person")
    assert str(ours.first_seen) == "2019-01-01 00:00:00+00:00"
    assert ours.confidence is Confidence.HIGH
    assert ours.provenance.url == "https://api.github.com/users/ada"
    assert (ours.provenance.source, ours.provenance.status, len(ours.provenance.sha256)) == ("GitHub", "200", 64)
    assert str(found["Chess.com: ada"].last_seen) == "2023-11-14 22:13:20+00:00"
    assert str(found["Lichess: ada"].last_seen) == "2023-11-14 22:13:20+00:00"


async def test_one_question_goes_to_each_service_and_one_more_where_github_knows_the_name(world: World) -> None:
    everybody(world)
    await world.collect(social, NAME)
    once = {host for host, _ in NOBODY} - {GITHUB, "keybase.io"}
    assert {host: world.http.count(host) for host in once} == dict.fromkeys(once, 1)
    assert [each.path for each in world.http.asked if each.host == GITHUB] == [
        "/users/ada",
        "/users/ada/social_accounts",
    ]
    assert sorted(each.query[0] for each in world.http.asked if each.host == "keybase.io") == [
        ("github", "ada"),
        ("usernames", "ada"),
    ]
    assert all(each.headers["user-agent"].startswith("Gumshoe/") for each in world.http.asked)
    assert all("gzip" in each.headers["accept-encoding"] for each in world.http.asked)


@pytest.mark.contract("empty", "not_found")
async def test_a_name_that_nobody_has_is_an_answer_with_its_coverage(world: World) -> None:
    nobody(world)
    look, findings = await world.collect(social, NAME)
    assert (look.outcome, look.reason, findings) == (Outcome.NOTHING, "", [])
    assert look.message.startswith("14 of 14 services answered: 0 know ada, 14 do not.")
    assert world.http.count() == SERVICES


async def test_a_name_that_a_services_rules_forbid_is_not_asked_for_there_and_that_is_said(world: World) -> None:
    nobody(world)
    look, _ = await world.collect(social, Target(Kind.USERNAME, "ada-example"))
    assert world.http.count("keybase.io") == 0
    assert world.http.count("mastodon.social") == 0
    assert (
        "Not asked: Keybase, mastodon.social, fosstodon.org, infosec.exchange (no such names there); X," in look.message
    )


async def test_services_behind_a_login_are_named_and_never_asked(world: World) -> None:
    nobody(world)
    look, _ = await world.collect(social, NAME)
    assert "Not asked: X, Instagram, Facebook, LinkedIn and others (they want a login, or forbid it)." in look.message
    assert not {each.host for each in world.http.asked} & {"x.com", "www.reddit.com", "t.me", "www.youtube.com"}


async def test_one_service_that_is_down_is_a_gap_with_its_name_and_the_others_are_told(world: World) -> None:
    nobody(world, hub_docker_com=Canned(status=503))
    world.http.on("lichess.org", "*", Canned(json=FULL["lichess.org", "/api/user/ada"]))
    look, findings = await world.collect(social, NAME)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "down")
    assert [gap.what for gap in look.gaps] == ["Docker Hub"]
    assert look.message.startswith("Docker Hub is out of order")
    assert "13 of 14 services answered: 1 knows ada, 12 do not." in look.message
    assert list(accounts(findings)) == ["Lichess: ada"]


async def test_what_came_is_told_while_others_are_still_silent(world: World) -> None:
    nobody(world, gitlab_com=Canned(never=True))
    world.http.on("lichess.org", "*", Canned(json=FULL["lichess.org", "/api/user/ada"]))
    async with aclosing(
        cast(AsyncGenerator[Finding, None], social.look(NAME, await world.fetch(social, NAME)))
    ) as looks:
        assert (await anext(looks)).value == "Lichess: ada"


async def test_a_service_that_failed_is_not_asked_again_about_what_others_link_to(world: World) -> None:
    nobody(world, gitlab_com=Canned(status=403, json={}))
    world.http.on(GITHUB, "/users/ada", Canned(json=github(blog="https://gitlab.com/other")))
    look, findings = await world.collect(social, NAME)
    assert world.http.count("gitlab.com") == 1
    assert accounts(findings)["GitLab: other"].attributes["looked"] is False
    assert [gap.reason for gap in look.gaps] == ["forbidden"]


@pytest.mark.contract("down", "html", "truncated", "wrong_types", "rate_limited", "rate_limited_bare")
@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Canned(status=503), "down"),
        (Canned(reset=True), "down"),
        (Canned(text="<html>Hello</html>", content_type=HTML), "changed"),
        (Canned(status=404, text="<html>Not here</html>", content_type=HTML), "changed"),
        (Canned(text="<html>Just a moment...</html>", content_type=HTML), "blocked"),
        (Canned(status=403, text="<html>captcha</html>", content_type=HTML), "blocked"),
        (Canned(status=403, json={}), "forbidden"),
        (Canned(json={"login": "ada"}, cut=5), "down"),
        (Canned(text='{"login": ', content_type="application/json"), "changed"),
        (Canned(json="a text"), "changed"),
        (Canned(json=[{}]), "changed"),
        (Canned(json={}), "changed"),
        (Canned(status=429, headers={"Retry-After": "600"}), "rate_limited"),
        (Canned(status=429), "rate_limited"),
    ],
)
async def test_services_that_could_not_be_asked_never_say_that_there_is_nobody(
    world: World, reply: Canned, reason: str
) -> None:
    same_everywhere(world, reply)
    look, findings = await world.collect(social, NAME)
    assert (look.outcome, findings) == (Outcome.FAILED, [])
    assert reason in {gap.reason for gap in look.gaps}
    assert len(look.gaps) == SERVICES
    assert "0 of 14 services answered" in look.message


@pytest.mark.contract("rate_limited")
async def test_a_short_rest_is_kept_and_a_long_one_is_said_and_binds_everybody(world: World) -> None:
    nobody(world)
    world.http.on("gitlab.com", "/api/v4/users", Canned(status=429, headers={"Retry-After": "2"}), Canned(json=[]))
    look, _ = await world.collect(social, NAME)
    assert (look.outcome, world.pauses) == (Outcome.NOTHING, [2.0])
    nobody(world, gitlab_com=Canned(status=429, headers={"Retry-After": "600"}))
    look, _ = await world.collect(social, NAME)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "rate_limited")
    assert ("host:gitlab.com", 600.0) in world.pace.held


async def test_a_spent_budget_of_github_is_a_limit_and_not_a_refusal(world: World) -> None:
    spent = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "4102444800"}
    nobody(world, api_github_com=Canned(status=403, json={"message": "API rate limit exceeded"}, headers=spent))
    look, _ = await world.collect(social, NAME)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "rate_limited")
    assert look.gaps[0].sentence == "GitHub asks us to slow down (403). It may be asked again in 60 min."
    assert world.http.count(GITHUB) == 1  # who keeps asking may be banned
    assert ("host:api.github.com", 3600.0) in world.pace.held


@pytest.mark.contract("recovers")
async def test_a_service_that_stumbles_is_asked_again(world: World) -> None:
    nobody(world)
    world.http.on("hub.docker.com", "*", Canned(status=502), Canned(json=FULL["hub.docker.com", "/v2/users/ada/"]))
    look, findings = await world.collect(social, NAME)
    assert look.outcome is Outcome.FOUND
    assert list(accounts(findings)) == ["Docker Hub: ada"]


@pytest.mark.contract("timeout")
async def test_silence_ends_within_the_deadline(world: World) -> None:
    same_everywhere(world, Canned(never=True))
    look, findings = await world.collect(social, NAME, patience=IMPATIENT)
    assert (look.outcome, look.reason, findings) == (Outcome.FAILED, "timeout", [])


@pytest.mark.contract("bad_key")
async def test_a_refused_token_is_said_and_is_in_no_receipt(world: World) -> None:
    nobody(world, api_github_com=Canned(status=401, json={"message": "Bad credentials"}))
    look, findings = await world.collect(social, NAME, github_token="invented-token")
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "bad_key")
    assert look.gaps[0].sentence == "GitHub did not accept the key (401)."
    assert "invented-token" not in repr((look, findings))
    (asked,) = [each for each in world.http.asked if each.host == GITHUB]
    assert asked.headers["authorization"] == "Bearer invented-token"


@pytest.mark.contract("forbidden")
async def test_a_question_that_a_token_does_not_include_is_said(world: World) -> None:
    nobody(world, api_github_com=Canned(status=403, json={"message": "Resource not accessible"}))
    look, _ = await world.collect(social, NAME, github_token="invented-token")
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "forbidden")


async def test_a_token_for_github_also_tells_when_the_account_was_last_seen(world: World) -> None:
    nobody(world)
    world.http.on(GITHUB, "/users/ada", Canned(json=github()))
    world.http.on(GITHUB, "/users/ada/social_accounts", Canned(json=[]))
    world.http.on(GITHUB, "/users/ada/events/public", Canned(json=[{"created_at": "2026-11-01T10:00:00Z"}]))
    _, findings = await world.collect(social, NAME, github_token="invented-token")
    assert str(accounts(findings)["GitHub: ada"].last_seen) == "2026-11-01 10:00:00+00:00"


async def test_an_answer_about_somebody_else_is_not_told(world: World) -> None:
    nobody(world)
    world.http.on(GITHUB, "/users/ada", Canned(json=github("eve")))
    look, findings = await world.collect(social, NAME)
    assert (look.outcome, look.reason, findings) == (Outcome.PARTIAL, "changed", [])


async def test_stack_overflow_tells_only_exact_names_and_that_they_are_not_unique(world: World) -> None:
    rows = [stack_user("Ada", 1), stack_user("adalbert", 2), stack_user("ADA", 3), stack_user("ada&amp;eve", 4)]
    nobody(world, api_stackexchange_com=Canned(json=stack(*rows), gzipped=True))
    _, findings = await world.collect(social, NAME)
    found = accounts(findings)
    assert list(found) == ["Stack Overflow: Ada (1)", "Stack Overflow: ADA (3)"]
    assert {each.confidence for each in found.values()} == {Confidence.LOW}


async def test_more_namesakes_than_are_read_are_said(world: World) -> None:
    rows = [stack_user("ada", number) for number in range(1, 8)]
    nobody(world, api_stackexchange_com=Canned(json=stack(*rows), gzipped=True))
    look, findings = await world.collect(social, NAME)
    assert (len(accounts(findings)), look.outcome) == (5, Outcome.PARTIAL)
    assert "7 users of Stack Overflow show the name ada; 5 were read." in look.message


@pytest.mark.parametrize("status", [200, 400, 502])
async def test_stack_exchange_says_too_many_in_the_body_under_any_status(world: World, status: int) -> None:
    said = "too many requests from this IP, more requests available in 1200 seconds"
    error = {"error_id": 502, "error_name": "throttle_violation", "error_message": said}
    nobody(world, api_stackexchange_com=Canned(status=status, json=error))
    look, _ = await world.collect(social, NAME)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "rate_limited")
    assert world.http.count("api.stackexchange.com") == 1
    assert ("host:api.stackexchange.com", 1200.0) in world.pace.held


async def test_a_backoff_in_an_answer_keeps_everybody_away_for_so_long(world: World) -> None:
    nobody(world, api_stackexchange_com=Canned(json=stack(backoff=30)))
    look, _ = await world.collect(social, NAME)
    assert look.outcome is Outcome.NOTHING
    assert ("host:api.stackexchange.com", 30.0) in world.pace.held


async def test_an_account_that_was_taken_down_was_there(world: World) -> None:
    gone = {"error": "AccountTakedown", "message": "Account has been suspended"}
    nobody(world, public_api_bsky_app=Canned(status=400, json=gone))
    _, findings = await world.collect(social, NAME)
    assert accounts(findings)["Bluesky: ada.bsky.social"].attributes["flags"] == ["suspended"]


async def test_a_server_that_wants_a_login_is_a_wall_and_not_an_empty_answer(world: World) -> None:
    nobody(world, mastodon_social=Canned(status=401, json={"error": "login"}))
    look, _ = await world.collect(social, NAME)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "blocked")


async def test_a_domain_like_name_is_a_handle_of_bluesky(world: World) -> None:
    nobody(world)
    await world.collect(social, Target(Kind.USERNAME, "ada.example.com"))
    (asked,) = [each for each in world.http.asked if each.host == "public.api.bsky.app"]
    assert asked.query == (("actor", "ada.example.com"),)


@pytest.mark.contract("hostile")
async def test_hostile_text_is_bounded_and_opens_nothing(world: World) -> None:
    trick = "<!channel> \u202emoc `x` <https://evil.test|click> http://127.0.0.1/@admin javascript:alert(1) \x1b[31m"
    texts: dict[str, Any] = dict.fromkeys(("name", "company", "location", "blog", "email", "avatar_url"), trick * 500)
    nobody(world)
    world.http.on(GITHUB, "/users/ada", Canned(json=github(bio=trick * 5_000, **texts)))
    world.http.on(GITHUB, "/users/ada/social_accounts", Canned(json=[{"url": trick}, {"url": "http://[::1]/@x"}]))
    _, findings = await world.collect(social, NAME)
    ours = accounts(findings)["GitHub: ada"]
    assert len(ours.attributes["bio"]) <= 300
    assert all(len(str(ours.attributes[name])) <= 120 for name in ("display_name", "organisation", "location"))
    assert "avatar" not in ours.attributes
    assert {each.value for each in findings if each.kind is Kind.URL} <= {"https://evil.test/"}
    assert [each for each in findings if each.kind is Kind.EMAIL] == []
    assert {each.host for each in world.http.asked} == {host for host, _ in NOBODY}


@pytest.mark.contract("hostile")
async def test_an_answer_without_end_is_not_read_to_its_end(world: World) -> None:
    nobody(world, api_github_com=Canned(body=b'{"login": "', endless=b"x" * 500_000, content_type="application/json"))
    look, findings = await world.collect(social, NAME)
    assert (look.outcome, look.reason, findings) == (Outcome.PARTIAL, "too_large", [])


@pytest.mark.contract("mutated")
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(where=st.sampled_from([(spot, path) for spot, answer in FULL.items() for path in places(answer)]), by=JSON)
async def test_whatever_stands_anywhere_only_our_own_errors_come_out(where: Any, by: Any) -> None:
    spot, path = where
    async with open_world() as world:
        everybody(world)
        world.http.on(*spot, Canned(json=replaced(FULL[spot], path, by)))
        look, findings = await world.collect(social, NAME)
    assert look.outcome in (Outcome.FOUND, Outcome.PARTIAL)
    assert all(isinstance(each.value, str) and each.value for each in findings)
