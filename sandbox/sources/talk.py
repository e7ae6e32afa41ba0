"""Services where people talk or play and show profiles: fediverse servers, Bluesky, Hacker News, Wikipedia, chess."""

from __future__ import annotations

from datetime import timedelta
from html import escape

from sandbox.sources.page import Ask, Page, Site, as_json
from sandbox.sources.world.profiles import DIDS, PROFILES, Shown, shown
from sandbox.sources.world.whole import World

MASTODON = ("mastodon.social", "fosstodon.org", "infosec.exchange")


def _days(world: World, days: int) -> str:
    return f"{world.today - timedelta(days=days):%Y-%m-%dT00:00:00.000Z}"


def _unix(world: World, days: int) -> int:
    return int((world.today - timedelta(days=days)).timestamp())


def _last(ask: Ask) -> str:
    return ask.path.rstrip("/").rpartition("/")[2].removesuffix(".json")


def _mastodon(world: World, ask: Ask) -> Page:
    name = ask.first("acct")
    known = ask.host in PROFILES and ask.path == "/api/v1/accounts/lookup"
    user = shown(ask.host, name) if known else None
    if user is None:
        return as_json({"error": "Record not found"}, status=404)
    fields = [
        {
            "name": label,
            "value": f'<a href="{escape(url)}" target="_blank" rel="nofollow noopener me">{escape(url)}</a>',
            "verified_at": _days(world, 900).replace("Z", "+00:00") if verified else None,
        }
        for label, url, verified in user.links
    ]
    return as_json(
        {
            "id": "109000000000000001",
            "username": user.name,
            "acct": user.name,
            "display_name": user.display,
            "locked": False,
            "bot": False,
            "discoverable": True,
            "created_at": _days(world, 1480),
            "note": f"<p>{escape(user.bio)}</p>",
            "url": f"https://{ask.host}/@{user.name}",
            "avatar": f"https://files.{ask.host}/avatar.png",
            "header": "",
            "followers_count": 120,
            "following_count": 80,
            "statuses_count": 456,
            "last_status_at": f"{world.today - timedelta(days=2):%Y-%m-%d}",
            "emojis": [],
            "fields": fields,
        }
    )


def _bluesky(world: World, ask: Ask) -> Page:
    actor = ask.first("actor")
    handle = next((handle for handle, did in DIDS.items() if actor in (handle, did)), "")
    user = shown("bluesky", handle) if handle else None
    if user is None:
        return as_json({"error": "InvalidRequest", "message": "Profile not found"}, status=400)
    return as_json(
        {
            "did": DIDS[user.name],
            "handle": user.name,
            "displayName": user.display,
            "description": user.bio,
            "avatar": "https://cdn.bsky.app/img/avatar/plain/x@jpeg",
            "followersCount": 55,
            "followsCount": 44,
            "postsCount": 77,
            "createdAt": _days(world, 1000),
            "indexedAt": _days(world, 990),
            "labels": [],
        }
    )


def _hacker_news(world: World, ask: Ask) -> Page:
    user = next((each for each in PROFILES["hackernews"] if each.name == _last(ask)), None)  # capitals count here
    if user is None:
        return as_json(None)
    said = {"id": user.name, "created": _unix(world, 2900), "karma": 321, "about": user.bio}
    return as_json(said | {"submitted": [38000001, 38000002, 38000003]})


def _wikipedia(world: World, ask: Ask) -> Page:
    if not ask.headers.get("user-agent"):
        return Page(b"Please set a user-agent", content_type="text/plain", status=403)
    asked = ask.first("ususers").replace("_", " ")
    user = shown("wikipedia", asked)
    row: dict[str, object] = {"name": asked[:1].upper() + asked[1:], "missing": True}
    if user is not None:
        row = {"userid": user.number, "name": user.name, "editcount": 88, "registration": _days(world, 2000)}
        row |= {"groups": ["*", "user"]}
    return as_json({"batchcomplete": True, "query": {"users": [row]}})


def _lichess(world: World, ask: Ask) -> Page:
    user = shown("lichess", _last(ask))
    if user is None:
        return as_json({"error": "Not found"}, status=404)
    said = {"id": user.name.lower(), "username": user.name, "createdAt": _unix(world, 800) * 1000}
    said |= {"seenAt": _unix(world, 1) * 1000, "url": f"https://lichess.org/@/{user.name}", "perfs": {}}
    return as_json(said | {"profile": _profile(user), "count": {"all": 901, "rated": 800}})


def _profile(user: Shown) -> dict[str, object]:
    return {"realName": user.display, "bio": user.bio, "location": user.city, "links": user.website}


def _chess(world: World, ask: Ask) -> Page:
    name = _last(ask)
    if name != name.lower():
        return Page(b"", status=301, headers={"Location": f"https://api.chess.com/pub/player/{name.lower()}"})
    user = shown("chess.com", name)
    if user is None:
        return as_json({"code": 0, "message": f'User "{name}" not found.'}, status=404)
    said: dict[str, object] = {"player_id": user.number, "url": f"https://www.chess.com/member/{user.name}"}
    said |= {"username": user.name, "name": user.display, "status": "basic", "location": user.city, "followers": 7}
    said |= {"country": "https://api.chess.com/pub/country/XX", "joined": _unix(world, 700)}
    return as_json(said | {"last_online": _unix(world, 4), "is_streamer": False})


SITES: dict[str, Site] = {
    **{host: Site(about=lambda ask: ask.host, answer=_mastodon) for host in MASTODON},
    "public.api.bsky.app": Site(about=lambda ask: ask.first("actor"), answer=_bluesky),
    "hacker-news.firebaseio.com": Site(about=_last, answer=_hacker_news),
    "en.wikipedia.org": Site(about=lambda ask: ask.first("ususers"), answer=_wikipedia),
    "lichess.org": Site(about=_last, answer=_lichess),
    "api.chess.com": Site(about=_last, answer=_chess),
}
