"""Profiles of players: Lichess and Chess.com. Both want one question at a time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from collectors import shape
from collectors.profiles import profile
from collectors.profiles.asking import ask
from collectors.profiles.profile import Profile
from core.language import N_
from core.language.noted import noted

if TYPE_CHECKING:
    from collectors.fetch import Fetch


async def lichess(fetch: Fetch, name: str) -> list[Profile]:
    """A player. https://lichess.org/api#tag/Users/operation/apiUser"""
    reply = await ask(fetch, f"https://lichess.org/api/user/{name}", "Lichess")
    if reply is None:
        return []
    said = reply.json()
    username = profile.need(said, "Lichess", "username")
    profile.same(name, username, "Lichess")
    closed = any(shape.dig(said, flag) is True for flag in ("disabled", "closed"))
    flags = [("closed", closed), (N_("broke the rules"), shape.dig(said, "tosViolation") is True)]
    real = profile.line(said, "profile", "realName") or " ".join(
        filter(None, (profile.line(said, "profile", part) for part in ("firstName", "lastName")))
    )
    about = f"{shape.text(said, 'profile', 'links')[:2000]} {shape.text(said, 'profile', 'bio')[:2000]}"
    return [
        Profile(
            service="Lichess",
            name=username,
            page=f"https://lichess.org/@/{username}",
            reply=reply,
            display=real,
            bio=profile.plain_bio(said, "profile", "bio"),
            location=profile.line(said, "profile", "location"),
            joined=_milliseconds(said, "createdAt"),
            active=_milliseconds(said, "seenAt"),
            posts=profile.count(said, "count", "all"),
            links=profile.links(*profile.mentioned(about, noted("its list of links"))),
            flags=tuple(flag for flag, is_set in flags if is_set),
        )
    ]


async def chess_com(fetch: Fetch, name: str) -> list[Profile]:
    """A player; names are asked for in lower case. https://www.chess.com/news/view/published-data-api"""
    reply = await ask(fetch, f"https://api.chess.com/pub/player/{name.lower()}", "Chess.com")
    if reply is None:
        return []
    said = reply.json()
    username = profile.need(said, "Chess.com", "username")
    profile.same(name, username, "Chess.com")
    status = profile.line(said, "status")
    return [
        Profile(
            service="Chess.com",
            name=username,
            page=f"https://www.chess.com/member/{username}",
            reply=reply,
            display=profile.line(said, "name"),
            location=profile.line(said, "location"),
            joined=shape.when(said, "joined"),
            active=shape.when(said, "last_online"),
            followers=profile.count(said, "followers"),
            avatar=profile.website(said, "avatar"),
            links=profile.links((profile.website(said, "twitch_url"), noted("its channel on Twitch"))),
            flags=(status.replace("_", " "),) if status.startswith("closed") else (),
        )
    ]


def _milliseconds(said: Any, name: str) -> datetime | None:
    found = shape.number(said, name)
    return datetime.fromtimestamp(found / 1000, UTC) if found is not None and 0 < found < 32503680000000 else None
