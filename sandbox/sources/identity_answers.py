"""What Gravatar, GitHub and WebFinger say about the invented people to those who know an address or a name.

Shapes from docs.gravatar.com (v3), docs.github.com (REST, 2022-11-28) and RFC 7033.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta

from sandbox.sources.page import Ask, Page, as_json
from sandbox.sources.world import hostile, openpgp
from sandbox.sources.world.people import ADA, ADALBERT, Person
from sandbox.sources.world.whole import World

HOSTILE_MAIL = "mallory@hostile.test"
SSH_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIERFTU86IHRoZSBrZXkgb2YgYW4gaW52ZW50ZWQgb25l"
REFUSED, SMALL = "refused", "small"
ACCOUNTS = {
    ADA: (("github", "GitHub", "https://github.com/ada-example"), ("twitter", "X", "https://x.com/ada_example")),
    ADALBERT: (("tumblr", "Tumblr", "https://adalbert.tumblr.com/"),),
}
BY_HASH = {hashlib.sha256(person.emails[0].encode()).hexdigest(): person for person in (ADA, ADALBERT)}
BY_SLUG = {"ada-example": ADA, "adalbert-sample": ADALBERT}


def bearer(ask: Ask) -> str:
    """The key that came with a question."""
    return ask.headers.get("authorization", "").removeprefix("Bearer ")


def gravatar(_world: World, ask: Ask) -> Page:
    """api.gravatar.com: profiles by SHA-256 of an address, or by name."""
    key = bearer(ask)
    if key.startswith(REFUSED):
        return as_json({"error": "Invalid API key", "code": "unauthorized"}, status=401)
    if key.startswith(SMALL):
        return as_json({"error": "This key may not do that", "code": "forbidden"}, status=403)
    name = ask.path.removeprefix("/v3/profiles/")
    if name == hashlib.sha256(HOSTILE_MAIL.encode()).hexdigest():
        return as_json(_hostile_profile(name))
    person = BY_HASH.get(name) or BY_SLUG.get(name)
    if person is None:
        return as_json({"error": "Profile not found", "code": "not_found"}, status=404)
    return as_json(_profile(person, full=bool(key)), headers={"X-RateLimit-Limit": "1000" if key else "100"})


def _profile(person: Person, *, full: bool) -> Mapping[str, object]:
    digest = hashlib.sha256(person.emails[0].encode()).hexdigest()
    slug = next(slug for slug, known in BY_SLUG.items() if known is person)
    first, _, last = person.name.partition(" ")
    shown: dict[str, object] = {
        "hash": digest,
        "display_name": person.name,
        "profile_url": f"https://gravatar.com/{slug}",
        "avatar_url": f"https://0.gravatar.com/avatar/{digest}",
        "avatar_alt_text": "",
        "location": person.city,
        "description": person.bio,
        "job_title": "Engineer",
        "company": person.organisation,
        "verified_accounts": [
            {"service_type": kind, "service_label": label, "service_icon": "", "url": url, "is_hidden": False}
            for kind, label, url in ACCOUNTS[person]
        ],
        "pronunciation": "",
        "pronouns": "",
    }
    if full:
        shown |= {
            "timezone": "America/New_York",
            "languages": [{"code": "en", "name": "English", "is_primary": True, "order": 0}],
            "first_name": first,
            "last_name": last,
            "is_organization": False,
            "links": [{"label": "Home", "url": url} for url in person.homes],
            "interests": [],
            "contact_info": {"home_phone": "", "work_phone": person.phone, "cell_phone": "", "email": person.emails[0]},
            "gallery": [],
            "number_verified_accounts": len(ACCOUNTS[person]),
            "registration_date": "2015-03-01T09:00:00Z",
        }
    return shown


def _hostile_profile(digest: str) -> Mapping[str, object]:
    return {
        "hash": digest,
        "display_name": f"{hostile.MENTIONS} {hostile.BIDI}",
        "profile_url": "javascript:alert(1)",
        "avatar_url": "https://169.254.169.254/latest/",
        "location": hostile.ANSI,
        "description": hostile.flood()[:200_000],
        "job_title": hostile.FORMULA,
        "company": hostile.NUL,
        "verified_accounts": [
            {"service_type": "x", "service_label": hostile.MENTIONS, "url": "https://evil.test/<!channel>"},
            {"service_type": "y", "service_label": hostile.LINK, "url": "http://127.0.0.1/admin"},
            {"service_type": "z", "service_label": hostile.MARKUP, "url": "https://evil.test/me"},
        ],
    }


def github(world: World, ask: Ask) -> Page:
    """api.github.com, as far as commits, keys and limits go; `user` below is its page of an account."""
    if not ask.headers.get("user-agent"):
        return _message(
            403, "Request forbidden by administrative rules. Please make sure your request has a User-Agent"
        )
    key = bearer(ask)
    if key.startswith(REFUSED):
        return _message(401, "Bad credentials")
    if key.startswith(SMALL):
        return _message(403, "Resource not accessible by personal access token")
    return _github(world, ask, full=bool(key))


def _github(world: World, ask: Ask, *, full: bool) -> Page:
    if ask.path == "/search/commits":
        return _commits(world, ask)
    if ask.path == "/rate_limit":
        return as_json(_limits(full=full))
    told = {"ada-example": _user, "ada-example/keys": _keys, "ada-example/gpg_keys": _gpg_keys}
    known = told.get(ask.path.removeprefix("/users/"))
    return as_json(known()) if known else _message(404, "Not Found")


def _message(status: int, text: str) -> Page:
    return as_json(
        {"message": text, "documentation_url": "https://docs.github.com/rest", "status": str(status)}, status=status
    )


def _limits(*, full: bool) -> Mapping[str, object]:
    rates = {"core": 5000 if full else 60, "search": 30 if full else 10}
    return {
        "resources": {
            name: {"limit": most, "used": 0, "remaining": most, "reset": 1_900_000_000} for name, most in rates.items()
        }
    }


def _commits(world: World, ask: Ask) -> Page:
    qualifier, _, mail = ask.first("q").partition(":")
    if qualifier != "author-email" or "@" not in mail:
        return _message(422, "Validation Failed")
    rows: list[Mapping[str, object]] = []
    if mail in ADA.emails:
        rows = [_commit(world, mail, ADA.name, "ada-example", n) for n in range(6)]
        rows.append(_commit(world, mail, "A. Example", "", 400))
    elif mail == HOSTILE_MAIL:
        rows = [_commit(world, mail, hostile.MENTIONS, "", 3), _commit(world, mail, hostile.FORMULA, "<!channel>", 4)]
    return as_json({"total_count": len(rows), "incomplete_results": False, "items": rows})


def _commit(world: World, mail: str, name: str, login: str, ago: int) -> Mapping[str, object]:
    sha = hashlib.sha256(f"{mail} {ago}".encode()).hexdigest()[:40]
    when = f"{world.today - timedelta(days=ago):%Y-%m-%dT09:00:00.000+00:00}"
    author = {"login": login, "id": 1_000_001, "type": "User", "html_url": f"https://github.com/{login}"}
    return {
        "sha": sha,
        "html_url": f"https://github.com/example-corp/maps/commit/{sha}",
        "commit": {"author": {"name": name, "email": mail, "date": when}, "message": "Mend the maps. DEMO."},
        "author": author if login else None,
        "repository": {"full_name": "example-corp/maps"},
        "score": 1.0,
    }


def _user() -> Mapping[str, object]:
    return {
        "login": "ada-example",
        "id": 1_000_001,
        "type": "User",
        "avatar_url": "https://avatars.githubusercontent.com/u/1000001",
        "html_url": "https://github.com/ada-example",
        "name": ADA.name,
        "company": f"@{ADA.organisation}",
        "blog": ADA.homes[0],
        "location": ADA.city,
        "email": None,
        "bio": ADA.bio,
        "twitter_username": "ada_example",
        "public_repos": 12,
        "public_gists": 1,
        "followers": 40,
        "following": 9,
        "created_at": "2016-05-04T10:00:00Z",
        "updated_at": "2026-10-01T00:00:00Z",
    }


def _keys() -> list[Mapping[str, object]]:
    return [{"id": 5_000_001, "key": SSH_KEY}]


def _gpg_keys() -> list[Mapping[str, object]]:
    return [
        {
            "id": 6_000_001,
            "key_id": openpgp.ADA_FINGERPRINT[-16:],
            "emails": [{"email": mail, "verified": True} for mail in ADA.emails],
            "created_at": "2021-03-02T08:00:00.000Z",
            "expires_at": "2031-02-27T12:00:00.000Z",
            "subkeys": [],
            "raw_key": openpgp.ADA,
        }
    ]


def webfinger(ask: Ask) -> Page:
    """/.well-known/webfinger of example.com, which runs a server of the fediverse."""
    resource = ask.first("resource")
    if not resource.startswith("acct:"):
        return Page(b"bad resource", content_type="text/plain", status=400)
    if resource != f"acct:{ADA.emails[0]}":
        return Page(b"", content_type="text/plain", status=404)
    return as_json(
        {
            "subject": resource,
            "aliases": ["https://social.example.com/@ada"],
            "links": [
                {
                    "rel": "http://webfinger.net/rel/profile-page",
                    "type": "text/html",
                    "href": "https://social.example.com/@ada",
                },
                {"rel": "self", "type": "application/activity+json", "href": "https://social.example.com/users/ada"},
            ],
        },
        content_type="application/jrd+json",
    )
