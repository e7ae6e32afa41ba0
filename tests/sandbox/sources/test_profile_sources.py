"""The stand-ins for services that show profiles: each says "here" and "not here" in its own form."""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from typing import Any

import httpx
import pytest

from tests.sandbox.sources.conftest import Sources

NAME = "ada-example"


class Bearer(httpx.Auth):
    """A key in the header that RFC 6750 gives it; none when it is empty."""

    def __init__(self, key: str) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if self._key:
            request.headers["Authorization"] = f"Bearer {self._key}"
        yield request


GITHUB = "https://api.github.com"
KEYBASE = "https://keybase.io/_/api/1.0/user/lookup.json"
STACK = "https://api.stackexchange.com/2.3"


@pytest.mark.parametrize(
    ("url", "status", "body"),
    [
        (f"{GITHUB}/users/nobody-example", 404, {"message": "Not Found"}),
        ("https://gitlab.com/api/v4/users?username=nobody-example", 200, []),
        ("https://api.gravatar.com/v3/profiles/nobody-example", 404, {"code": "not_found"}),
        (f"{KEYBASE}?usernames=nobody", 200, {"them": [None]}),
        (f"{KEYBASE}?github=nobody-example", 200, {"them": []}),
        ("https://mastodon.social/api/v1/accounts/lookup?acct=nobody", 404, {"error": "Record not found"}),
        (
            "https://public.api.bsky.app/xrpc/app.bsky.actor.getProfile?actor=nobody.bsky.social",
            400,
            {"error": "InvalidRequest", "message": "Profile not found"},
        ),
        ("https://hacker-news.firebaseio.com/v0/user/nobody-example.json", 200, None),
        (f"{STACK}/users?inname=nobody-example&site=stackoverflow", 200, {"items": []}),
        ("https://hub.docker.com/v2/users/nobody-example/", 404, {"message": "User not found"}),
        ("https://lichess.org/api/user/nobody-example", 404, {"error": "Not found"}),
        ("https://api.chess.com/pub/player/nobody-example", 404, {"code": 0}),
    ],
)
async def test_each_service_says_in_its_own_form_that_there_is_nobody(
    sources: Sources, url: str, status: int, body: Any
) -> None:
    answer = await sources.get(url)

    assert answer.status_code == status
    said = answer.json()
    assert {name: said[name] for name in body} == body if isinstance(body, dict) else said == body


@pytest.mark.parametrize(
    ("url", "path", "name"),
    [
        (f"{GITHUB}/users/{NAME}", ("name",), "Ada Example"),
        (f"https://gitlab.com/api/v4/users?username={NAME}", (0, "username"), NAME),
        (f"{KEYBASE}?github={NAME}", ("them", 0, "basics", "username"), "ada_example"),
        ("https://mastodon.social/api/v1/accounts/lookup?acct=ada_example", ("display_name",), "Ada Example"),
        (f"https://hacker-news.firebaseio.com/v0/user/{NAME}.json", ("id",), NAME),
        (f"{STACK}/users?inname=ada-ex", ("items", 0, "display_name"), NAME),
        (f"https://hub.docker.com/v2/users/{NAME}/", ("full_name",), "Ada Example"),
        (f"https://lichess.org/api/user/{NAME}", ("profile", "realName"), "Adalbert Sample"),
        (f"https://api.chess.com/pub/player/{NAME}", ("name",), "Adalbert Sample"),
        (f"https://en.wikipedia.org/w/api.php?ususers={NAME}", ("query", "users", 0, "name"), "Ada-example"),
    ],
)
async def test_two_people_have_one_name_on_different_services(
    sources: Sources, url: str, path: tuple[Any, ...], name: str
) -> None:
    found = (await sources.get(url)).json()
    for step in path:
        found = found[step]

    assert found == name


async def test_an_address_is_asked_for_by_its_hash(sources: Sources) -> None:
    digest = hashlib.sha256(b"ada@example.com").hexdigest()
    shown = (await sources.get(f"https://api.gravatar.com/v3/profiles/{digest}")).json()

    assert (shown["hash"], shown["display_name"]) == (digest, "Ada Example")
    assert {each["url"] for each in shown["verified_accounts"]} >= {f"https://github.com/{NAME}"}


async def test_a_domains_account_is_known_by_its_did_and_its_record(sources: Sources) -> None:
    (record,) = (await sources.resolve("_atproto.example.com", "TXT")).answer[0]
    did = record.to_text().strip('"').removeprefix("did=")
    shown = (await sources.get(f"https://public.api.bsky.app/xrpc/app.bsky.actor.getProfile?actor={did}")).json()

    assert shown["handle"] == "example.com"


async def test_a_home_page_names_accounts_and_whom_to_tell_about_weaknesses(sources: Sources) -> None:
    home = await sources.get("https://example.com/")
    contact = await sources.get("https://example.com/.well-known/security.txt")

    assert "application/ld+json" in home.text
    assert contact.headers["content-type"].startswith("text/plain")
    assert "Contact: mailto:security@example.com" in contact.text


@pytest.mark.parametrize(
    ("url", "key", "status"),
    [
        (f"{GITHUB}/users/{NAME}", "refused-key", 401),
        (f"{GITHUB}/users/{NAME}", "small-key", 403),
        (f"{GITHUB}/users/{NAME}", "good-key", 200),
        (f"https://api.gravatar.com/v3/profiles/{NAME}", "refused-key", 401),
        (f"https://api.gravatar.com/v3/profiles/{NAME}", "small-key", 403),
        (f"{STACK}/info?key=refused-key", "", 400),
        (f"{STACK}/info?key=good-key", "", 200),
    ],
)
async def test_keys_are_taken_or_refused_as_the_service_would(
    sources: Sources, url: str, key: str, status: int
) -> None:
    answer = await sources.get(url, auth=Bearer(key))

    assert answer.status_code == status
