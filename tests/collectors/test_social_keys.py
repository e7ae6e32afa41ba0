"""The optional keys of the social collector: whether a source takes one, and what it allows."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.social import social
from core.errors import BadKey, Changed, SourceError
from core.models import Kind, Target
from tests.collectors.canned import Canned, World
from tests.collectors.profile_samples import stack

NAME = Target(Kind.USERNAME, "ada")
KEYS = {key.setting: key for key in social.keys}
LIMITS = {"resources": {"core": {"limit": 5000, "remaining": 4990}}}
SPOTS = {
    "github_token": ("api.github.com", "/rate_limit"),
    "gravatar_key": ("api.gravatar.com", f"/v3/profiles/{'0' * 64}"),
    "stackexchange_key": ("api.stackexchange.com", "/2.3/info"),
}


async def probe(world: World, setting: str) -> str:
    asks = KEYS[setting].probe
    assert asks is not None
    keys: dict[str, Any] = {setting: "invented-key"}
    return await asks(await world.fetch(social, NAME, **keys))


@pytest.mark.parametrize(
    ("setting", "answer", "said"),
    [
        ("github_token", Canned(json=LIMITS), "GitHub takes it: 5,000 questions an hour, 4,990 left."),
        ("gravatar_key", Canned(status=404, json={"error": "none"}), "Gravatar takes it: 1,000 questions an hour."),
        (
            "stackexchange_key",
            Canned(json=stack({}, quota_max=10000, quota_remaining=9)),
            "Stack Exchange takes it: 10,000 questions a day, 9 left.",
        ),
    ],
)
async def test_a_key_that_is_taken_is_told_with_what_it_allows(
    world: World, setting: str, answer: Canned, said: str
) -> None:
    world.http.on(*SPOTS[setting], answer)
    assert await probe(world, setting) == said
    assert world.http.count() == 1


@pytest.mark.parametrize(
    ("setting", "answer"),
    [
        ("github_token", Canned(status=401, json={"message": "Bad credentials"})),
        ("gravatar_key", Canned(status=401, json={"error": "no"})),
        ("stackexchange_key", Canned(status=400, json={"error_id": 400, "error_message": "`key` is not known"})),
    ],
)
async def test_a_key_that_is_refused_is_an_error_without_the_key(world: World, setting: str, answer: Canned) -> None:
    world.http.on(*SPOTS[setting], answer)
    with pytest.raises(BadKey) as caught:
        await probe(world, setting)
    assert "invented" not in str(caught.value)


@pytest.mark.parametrize("setting", ["github_token", "stackexchange_key"])
async def test_an_answer_without_limits_is_not_a_key_that_is_taken(world: World, setting: str) -> None:
    world.http.on(*SPOTS[setting], Canned(json={"items": []}))
    with pytest.raises(Changed):
        await probe(world, setting)


async def test_a_wall_says_nothing_about_the_key(world: World) -> None:
    world.http.on(*SPOTS["gravatar_key"], Canned(status=404, text="<html>captcha", content_type="text/html"))
    with pytest.raises(SourceError):
        await probe(world, "gravatar_key")


async def test_keys_go_to_their_own_source_only(world: World) -> None:
    keys: dict[str, Any] = {"github_token": "key-one", "gravatar_key": "key-two", "stackexchange_key": "key-three"}
    await world.collect(social, NAME, **keys)
    told = {each.host: f"{each.raw_path} {each.headers.get('authorization', '')}" for each in world.http.asked}
    for host, key in zip(("api.github.com", "api.gravatar.com", "api.stackexchange.com"), keys.values(), strict=True):
        assert {each for each, text in told.items() if key in text} == {host}


def test_what_is_declared_is_what_is_done() -> None:
    assert social.touches == (Kind.DOMAIN,)
    assert social.spreads
    assert [option.touches for option in social.options] == [True]
    assert {key.required for key in social.keys} == {False}
