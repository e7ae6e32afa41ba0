"""Services that show profiles, each in its own form: what it answers, and how it says that there is nobody."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from html import escape

from sandbox.sources.page import Ask, Page, Site, as_json
from sandbox.sources.world.profiles import EMAILS, FINGERPRINT, PROFILES, Shown, shown
from sandbox.sources.world.whole import World

Answer = Callable[[World, Ask], Page]


def _last(ask: Ask) -> str:
    """The name a path ends with."""
    return ask.path.rstrip("/").rpartition("/")[2].removesuffix(".json")


def _when(world: World, days: int) -> str:
    return f"{world.today - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


def _unix(world: World, days: int) -> int:
    return int((world.today - timedelta(days=days)).timestamp())


def _key(ask: Ask) -> str:
    return ask.headers.get("authorization", "").removeprefix("Bearer ")


# GitHub


def _github(world: World, ask: Ask) -> Page:
    if not ask.headers.get("user-agent"):
        return as_json({"message": "Request forbidden by administrative rules."}, status=403)
    key = _key(ask)
    if key.startswith("refused"):
        return as_json({"message": "Bad credentials", "status": "401"}, status=401)
    if key.startswith("small"):
        return as_json({"message": "Resource not accessible by personal access token"}, status=403)
    return _github_answer(world, ask, 5000 if key else 60)


def _github_answer(world: World, ask: Ask, limit: int) -> Page:
    headers = {"x-ratelimit-limit": str(limit), "x-ratelimit-remaining": str(limit - 1), "x-ratelimit-used": "1"}
    if ask.path == "/rate_limit":
        core = {"limit": limit, "remaining": limit - 1, "reset": _unix(world, -1), "used": 1}
        return as_json({"resources": {"core": core}, "rate": core}, headers=headers)
    match = re.fullmatch(r"/users/([^/]+)(/social_accounts|/events/public)?", ask.path)
    user = shown("github", match[1]) if match else None
    if match is None or user is None:
        missing = {"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"}
        return as_json(missing, status=404, headers=headers)
    if match[2] == "/social_accounts":
        return as_json([{"provider": label, "url": url} for label, url, _ in user.links], headers=headers)
    if match[2]:
        event = {"id": "1", "type": "WatchEvent", "created_at": _when(world, 3), "payload": {}}
        return as_json([event], headers=headers)
    return as_json(_github_user(world, user), headers=headers)


def _github_user(world: World, user: Shown) -> dict[str, object]:
    return {
        "login": user.name,
        "id": user.number,
        "node_id": "U_x",
        "type": "Organization" if user.is_organisation else "User",
        "avatar_url": f"https://avatars.githubusercontent.com/u/{user.number}?v=4",
        "html_url": f"https://github.com/{user.name}",
        "name": user.display,
        "company": user.organisation or None,
        "blog": user.website,
        "location": user.city or None,
        "email": user.email or None,
        "hireable": None,
        "bio": user.bio or None,
        "twitter_username": user.twitter or None,
        "public_repos": 12,
        "public_gists": 0,
        "followers": 34,
        "following": 5,
        "created_at": _when(world, 2600),
        "updated_at": _when(world, 40),
    }


# GitLab, Docker Hub, Stack Exchange


def _gitlab(_world: World, ask: Ask) -> Page:
    user = shown("gitlab", ask.first("username"))
    if ask.path != "/api/v4/users" or user is None:
        return as_json([])
    row = {"id": user.number, "username": user.name, "name": user.display, "state": "active", "locked": False}
    return as_json([row | {"avatar_url": None, "web_url": f"https://gitlab.com/{user.name}", "public_email": ""}])


def _docker(world: World, ask: Ask) -> Page:
    user = shown("dockerhub", _last(ask)) if ask.path.startswith("/v2/users/") else None
    if user is None:
        return as_json({"message": "User not found", "errinfo": {}}, status=404)
    said = {"id": "0" * 32, "uuid": "0" * 32, "username": user.name, "full_name": user.display, "location": user.city}
    said |= {"company": user.organisation, "profile_url": user.website, "date_joined": _when(world, 1500)}
    return as_json(said | {"gravatar_url": "", "gravatar_email": "", "type": "User"})


def _stack(world: World, ask: Ask) -> Page:
    key = ask.first("key")
    if key.startswith(("refused", "small")):
        wrong = {
            "error_id": 400,
            "error_message": "`key` doesn't match a known application",
            "error_name": "bad_parameter",
        }
        return as_json(wrong, status=400)
    most = 10000 if key else 300
    if ask.path == "/2.3/info":
        return as_json(
            {"items": [{"total_users": 1}], "has_more": False, "quota_max": most, "quota_remaining": most - 1}
        )
    number = re.fullmatch(r"/2\.3/users/(\d+)", ask.path)
    asked = ask.first("inname").lower()
    users = [
        each
        for each in PROFILES["stackoverflow"]
        if (str(each.number) == number[1] if number else asked and asked in each.name.lower())
    ]
    rows = [
        {
            "user_id": each.number,
            "account_id": each.number + 1,
            "display_name": escape(each.name),
            "link": f"https://stackoverflow.com/users/{each.number}/{each.name}",
            "profile_image": "https://www.gravatar.com/avatar/0123456789abcdef0123456789abcdef?s=256&d=identicon",
            "reputation": 1234,
            "badge_counts": {"bronze": 3, "silver": 2, "gold": 0},
            "creation_date": _unix(world, 3000),
            "last_access_date": _unix(world, 9),
            "location": each.city,
            "website_url": each.website,
            "is_employee": False,
            "user_type": "registered",
        }
        for each in users
    ]
    return as_json({"items": rows, "has_more": False, "quota_max": most, "quota_remaining": most - 1})


# Gravatar, Keybase


def _gravatar(_world: World, ask: Ask) -> Page:
    if _key(ask).startswith("refused"):
        return as_json({"error": "Invalid API key", "code": "unauthorized"}, status=401)
    if _key(ask).startswith("small"):
        return as_json({"error": "Not allowed", "code": "forbidden"}, status=403)
    by_hash = {hashlib.sha256(email.encode()).hexdigest(): name for email, name in EMAILS.items()}
    asked = _last(ask)
    user = shown("gravatar", by_hash.get(asked, asked))
    if user is None:
        return as_json({"error": "Profile not found", "code": "not_found"}, status=404)
    own = next(each for each, name in by_hash.items() if name == user.name)
    accounts = [
        {
            "service_type": label.lower(),
            "service_label": label,
            "service_icon": f"https://gravatar.com/icons/{label.lower()}.svg",
            "url": url,
            "is_hidden": False,
        }
        for label, url, _ in user.links
    ]
    return as_json(
        {
            "hash": own,
            "display_name": user.display,
            "profile_url": f"https://gravatar.com/{user.name}",
            "avatar_url": f"https://0.gravatar.com/avatar/{own}",
            "avatar_alt_text": "",
            "location": user.city,
            "description": user.bio,
            "job_title": "Engineer",
            "company": user.organisation,
            "verified_accounts": accounts,
            "pronunciation": "",
            "pronouns": "",
        }
    )


def _keybase(world: World, ask: Ask) -> Page:
    found = shown("keybase", ask.first("usernames")) if ask.first("usernames") else None
    for kind, asked in (("github", ask.first("github")), ("generic_web_site", ask.first("domain"))):
        found = found or next(
            (each for each in PROFILES["keybase"] if asked and (kind, asked, True) in each.links), None
        )
    status = {"code": 0, "name": "OK"}
    if found is None:
        return as_json({"status": status, "them": [None] if ask.first("usernames") else []})
    proofs = [
        {
            "proof_type": kind,
            "nametag": tag,
            "state": 1 if stands else 2,
            "service_url": f"https://{kind}.com/{tag}" if kind != "generic_web_site" else f"https://{tag}",
            "proof_url": "https://keybase.pub/proof",
            "human_url": "https://keybase.pub/proof",
        }
        for kind, tag, stands in found.links
    ]
    them = {
        "id": "0" * 32,
        "basics": {"username": found.name, "ctime": _unix(world, 3100), "mtime": _unix(world, 200), "id_version": 9},
        "profile": {"full_name": found.display, "location": found.city, "bio": found.bio},
        "proofs_summary": {"all": proofs},
        "public_keys": {"primary": {"key_fingerprint": FINGERPRINT, "kid": "0101", "bundle": ""}},
        "pictures": {"primary": {"url": "https://s3.amazonaws.com/keybase_processed_uploads/x.jpg"}},
    }
    return as_json({"status": status, "them": [them]})


def _site(answer: Answer) -> Site:
    return Site(about=_last, answer=answer)


SITES: dict[str, Site] = {
    "api.github.com": _site(_github),
    "gitlab.com": _site(_gitlab),
    "hub.docker.com": _site(_docker),
    "api.stackexchange.com": _site(_stack),
    "api.gravatar.com": _site(_gravatar),
    "keybase.io": _site(_keybase),
}
