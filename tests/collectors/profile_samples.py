"""Answers of services that show profiles, and a world in which all of them say that there is nobody."""

from __future__ import annotations

from typing import Any

from tests.collectors.canned import Canned, World

GITHUB = "api.github.com"
NOBODY: dict[tuple[str, str], Canned] = {
    (GITHUB, "*"): Canned(status=404, json={"message": "Not Found", "status": "404"}),
    ("gitlab.com", "/api/v4/users"): Canned(json=[]),
    ("api.gravatar.com", "*"): Canned(status=404, json={"error": "Profile not found"}),
    ("keybase.io", "*"): Canned(json={"status": {"code": 0, "name": "OK"}, "them": [None]}),
    ("public.api.bsky.app", "*"): Canned(status=400, json={"error": "InvalidRequest", "message": "Profile not found"}),
    ("hacker-news.firebaseio.com", "*"): Canned(text="null", content_type="application/json"),
    ("api.stackexchange.com", "*"): Canned(json={"items": [], "has_more": False, "quota_remaining": 299}, gzipped=True),
    ("hub.docker.com", "*"): Canned(status=404, json={"message": "User not found"}),
    ("lichess.org", "*"): Canned(status=404, json={"error": "Not found"}),
    ("api.chess.com", "*"): Canned(status=404, json={"code": 0, "message": "User not found."}),
    ("en.wikipedia.org", "*"): Canned(json={"query": {"users": [{"name": "Ada", "missing": True}]}}),
    **{
        (server, "/api/v1/accounts/lookup"): Canned(status=404, json={"error": "Record not found"})
        for server in ("mastodon.social", "fosstodon.org", "infosec.exchange")
    },
}
SERVICES = 14
"""How many services are asked about a name that all of them allow."""


def nobody(world: World, **instead: Canned) -> World:
    """Everybody answers that there is no such profile, but for the hosts in `instead` (dots as underscores)."""
    named = {name.replace("__", "-").replace("_", "."): reply for name, reply in instead.items()}
    for (host, path), reply in NOBODY.items():
        world.http.on(host, path, named.get(host, reply))
    return world


def github(login: str = "ada", **more: Any) -> dict[str, Any]:
    return {
        "login": login,
        "id": 1000001,
        "type": "User",
        "avatar_url": "https://avatars.example.net/u/1000001",
        "html_url": f"https://github.com/{login}",
        "name": "Ada Example",
        "company": "@example-corp",
        "blog": "kontor.example",
        "location": "Exampletown",
        "email": "ada@example.com",
        "bio": "Bread and maps",
        "twitter_username": None,
        "public_repos": 3,
        "followers": 10,
        "created_at": "2019-01-01T00:00:00Z",
        "updated_at": "2026-10-01T00:00:00Z",
        **more,
    }


def mastodon(name: str = "ada", *fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": "1",
        "username": name,
        "acct": name,
        "display_name": "Ada",
        "note": "<p>hi <b>there</b></p>",
        "url": f"https://mastodon.social/@{name}",
        "avatar": "https://files.mastodon.social/a.png",
        "created_at": "2022-11-05T00:00:00.000Z",
        "followers_count": 1,
        "statuses_count": 3,
        "last_status_at": "2026-11-20",
        "fields": list(fields),
        **more,
    }


def row(url: str, verified: str | None = None, name: str = "Web") -> dict[str, Any]:
    """A line in the table of a Mastodon profile."""
    return {"name": name, "value": f'<a href="{url}" rel="me">{url}</a>', "verified_at": verified}


def gravatar(name: str = "ada", *accounts: str, **more: Any) -> dict[str, Any]:
    return {
        "hash": "a" * 64,
        "display_name": "Ada E.",
        "profile_url": f"https://gravatar.com/{name}",
        "avatar_url": f"https://0.gravatar.com/avatar/{'a' * 64}",
        "location": "Exampletown",
        "description": "Bread",
        "company": "Example Corp",
        "verified_accounts": [
            {"service_type": "x", "service_label": "X", "url": each, "is_hidden": False} for each in accounts
        ],
        **more,
    }


def keybase(name: str = "ada", *proofs: tuple[str, str, int]) -> dict[str, Any]:
    return {
        "status": {"code": 0, "name": "OK"},
        "them": [
            {
                "basics": {"username": name, "ctime": 1400000000, "mtime": 1500000000},
                "profile": {"full_name": "Ada Example", "location": None, "bio": "Keys"},
                "proofs_summary": {
                    "all": [
                        {"proof_type": kind, "nametag": tag, "state": state, "service_url": "https://example.net/x"}
                        for kind, tag, state in proofs
                    ]
                },
                "public_keys": {"primary": {"key_fingerprint": "0123456789abcdef0123456789abcdef01234567"}},
                "pictures": {"primary": {"url": "https://files.example.net/x.png"}},
            }
        ],
    }


def bluesky(handle: str = "ada.bsky.social", **more: Any) -> dict[str, Any]:
    return {
        "did": "did:plc:adaexampleadaexampleada2",
        "handle": handle,
        "displayName": "Ada",
        "description": "hi",
        "avatar": "https://cdn.example.net/a.jpg",
        "followersCount": 5,
        "postsCount": 7,
        "createdAt": "2024-02-06T12:00:00.000Z",
        "labels": [],
        **more,
    }


def stack(*users: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"items": list(users), "has_more": False, "quota_max": 300, "quota_remaining": 290, **more}


def stack_user(name: str = "ada", number: int = 77, **more: Any) -> dict[str, Any]:
    return {
        "user_id": number,
        "account_id": number + 1,
        "display_name": name,
        "link": f"https://stackoverflow.com/users/{number}/x",
        "profile_image": "https://files.example.net/x.png",
        "reputation": 12,
        "creation_date": 1300000000,
        "last_access_date": 1700000000,
        "location": "Exampletown",
        "website_url": "https://kontor.example/",
        **more,
    }


def docker(name: str = "ada") -> dict[str, Any]:
    known = {"id": "1", "username": name, "full_name": "Ada Example", "location": "", "company": "", "type": "User"}
    return known | {"profile_url": "https://example.com", "date_joined": "2020-02-02T00:00:00Z", "gravatar_email": ""}


def lichess(name: str = "ada") -> dict[str, Any]:
    about = {"realName": "Adalbert Sample", "location": "Sampleville", "bio": "Surf", "links": "https://rented.test/"}
    known = {"id": name, "username": name, "createdAt": 1600000000000, "seenAt": 1700000000000}
    return known | {"profile": about, "count": {"all": 901}, "perfs": {}}


def chess(name: str = "ada") -> dict[str, Any]:
    known = {"player_id": 1, "username": name, "name": "Adalbert Sample", "status": "basic", "followers": 7}
    return known | {"joined": 1600000000, "last_online": 1700000000, "location": "Sampleville", "is_streamer": False}


def hacker_news(name: str = "ada", about: str = "I write.<p>See https://example.com/") -> dict[str, Any]:
    return {"id": name, "created": 1400000000, "karma": 3, "about": about, "submitted": [1, 2]}


def wikipedia(name: str = "Ada") -> dict[str, Any]:
    user = {"userid": 4, "name": name, "editcount": 88, "registration": "2015-01-01T00:00:00Z", "groups": ["*"]}
    return {"batchcomplete": True, "query": {"users": [user]}}


FULL: dict[tuple[str, str], Any] = {
    (GITHUB, "/users/ada"): github(),
    (GITHUB, "/users/ada/social_accounts"): [{"provider": "mastodon", "url": "https://mastodon.social/@ada"}],
    ("gitlab.com", "/api/v4/users"): [{"id": 1, "username": "ada", "name": "Ada Example", "state": "active"}],
    ("api.gravatar.com", "/v3/profiles/ada"): gravatar("ada", "https://github.com/ada"),
    ("keybase.io", "/_/api/1.0/user/lookup.json"): keybase("ada", ("github", "ada", 1), ("dns", "kontor.example", 1)),
    ("public.api.bsky.app", "/xrpc/app.bsky.actor.getProfile"): bluesky(),
    ("hacker-news.firebaseio.com", "/v0/user/ada.json"): hacker_news(),
    ("api.stackexchange.com", "/2.3/users"): stack(stack_user()),
    ("hub.docker.com", "/v2/users/ada/"): docker(),
    ("lichess.org", "/api/user/ada"): lichess(),
    ("api.chess.com", "/pub/player/ada"): chess(),
    ("en.wikipedia.org", "/w/api.php"): wikipedia(),
    ("mastodon.social", "/api/v1/accounts/lookup"): mastodon(
        "ada", row("https://github.com/ada", "2023-01-01T00:00:00Z")
    ),
}
"""One full answer of each service, by host and path."""


def everybody(world: World) -> World:
    """Every service knows the name, but for the two further Mastodon servers."""
    nobody(world)
    for (host, path), answer in FULL.items():
        world.http.on(host, path, Canned(json=answer))
    return world
