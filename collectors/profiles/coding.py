"""Profiles of those who write software: GitHub, GitLab, Docker Hub, Stack Overflow."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from typing import TYPE_CHECKING, Any

from collectors import shape
from collectors.profiles import profile
from collectors.profiles.asking import TIMEOUT, ask
from collectors.profiles.places import key
from collectors.profiles.profile import Profile
from core.clock import span
from core.errors import BadKey, Changed, RateLimited, SourceDown
from core.language import N_
from core.language.noted import noted

if TYPE_CHECKING:
    from collectors.fetch import Fetch, Reply

GITHUB = "https://api.github.com"
SOCIAL, ACTIVITY = N_("GitHub (social accounts)"), N_("GitHub (activity)")
GITHUB_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
SORTS = {"User": "person", "Organization": "organisation", "Bot": "bot"}
STACK = "https://api.stackexchange.com/2.3"
STACK_HOST = "api.stackexchange.com"
MOST_NAMESAKES = 5  # on Stack Overflow, where names are not unique
NAMESAKES = N_("{found} users of Stack Overflow show the name {name}; {most} were read.")


async def github(fetch: Fetch, name: str) -> list[Profile]:
    """A user or organisation, with the accounts it names, and with a token when it was last seen.

    https://docs.github.com/en/rest/users/users#get-a-user, .../users/social-accounts, .../activity/events
    """
    reply = await _github(fetch, f"/users/{name}", "GitHub")
    if reply is None:
        return []
    said = reply.json()
    login = profile.need(said, "GitHub", "login")
    profile.same(name, login, "GitHub")
    social = await fetch.tolerate(
        _github(fetch, f"/users/{name}/social_accounts", SOCIAL, list), "GitHub's social accounts"
    )
    twitter = profile.line(said, "twitter_username")
    events = None
    if fetch.has_key("github_token"):
        events = await fetch.tolerate(
            _github(fetch, f"/users/{name}/events/public", ACTIVITY, list, per_page="1"), "GitHub's activity"
        )
    return [
        Profile(
            service="GitHub",
            name=login,
            page=f"https://github.com/{login}",
            reply=reply,
            display=profile.line(said, "name"),
            sort=SORTS.get(shape.text(said, "type"), ""),
            bio=profile.plain_bio(said, "bio"),
            location=profile.line(said, "location"),
            organisation=profile.line(said, "company").removeprefix("@"),
            joined=shape.when(said, "created_at"),
            active=shape.when(events.json(), 0, "created_at") if events else None,
            followers=profile.count(said, "followers"),
            posts=profile.count(said, "public_repos"),
            avatar=profile.website(said, "avatar_url"),
            emails=profile.mailboxes(shape.text(said, "email")),
            links=profile.links(
                (profile.website(said, "blog"), noted("its website")),
                (profile.address(f"https://x.com/{twitter}") if twitter else "", noted("its account on X")),
                *((profile.website(row, "url"), noted("its list of accounts")) for row in _rows(social)),
                *profile.mentioned(shape.text(said, "bio"), noted("its text")),
            ),
        )
    ]


async def _github(fetch: Fetch, path: str, source: str, expect: type = dict, **params: str) -> Reply | None:
    return await ask(
        fetch,
        GITHUB + path,
        source,
        expect=expect,
        params=params,
        headers=GITHUB_HEADERS,
        key=fetch.key("github_token"),
    )


async def github_key(fetch: Fetch) -> str:
    """What GitHub allows the token; asking that costs nothing.

    https://docs.github.com/en/rest/rate-limit/rate-limit
    """
    reply = await fetch.json(
        f"{GITHUB}/rate_limit",
        headers=GITHUB_HEADERS,
        key=fetch.key("github_token"),
        source="GitHub",
        expect=dict,
        absent=(),
        cost=0,
    )
    core = shape.mapping(reply.json(), "resources", "core")
    limit, left = shape.whole(core, "limit"), shape.whole(core, "remaining")
    if limit is None or left is None:
        raise Changed(noted("GitHub answered without resources.core.limit and remaining."))
    return f"GitHub takes it: {limit:,} questions an hour, {left:,} left."


async def gitlab(fetch: Fetch, name: str) -> list[Profile]:
    """A user of gitlab.com. https://docs.gitlab.com/api/users/#list-users"""
    reply = await ask(
        fetch, "https://gitlab.com/api/v4/users", "GitLab", expect=list, absent=(), params={"username": name}
    )
    rows = reply.json() if reply else []
    if reply is None or not rows:
        return []
    said = rows[0]
    username = profile.need(said, "GitLab", "username")
    profile.same(name, username, "GitLab")
    return [
        Profile(
            service="GitLab",
            name=username,
            page=f"https://gitlab.com/{username}",
            reply=reply,
            display=profile.line(said, "name"),
            avatar=profile.website(said, "avatar_url"),
            emails=profile.mailboxes(shape.text(said, "public_email")),
            flags=("blocked",) if shape.text(said, "state") not in ("", "active") else (),
        )
    ]


async def docker_hub(fetch: Fetch, name: str) -> list[Profile]:
    """A user or organisation of Docker Hub, whose names are in lower case."""
    reply = await ask(fetch, f"https://hub.docker.com/v2/users/{name.lower()}/", "Docker Hub")
    if reply is None:
        return []
    said = reply.json()
    username = profile.need(said, "Docker Hub", "username")
    profile.same(name, username, "Docker Hub")
    return [
        Profile(
            service="Docker Hub",
            name=username,
            page=f"https://hub.docker.com/u/{username}",
            reply=reply,
            display=profile.line(said, "full_name"),
            sort=SORTS.get(shape.text(said, "type"), ""),
            location=profile.line(said, "location"),
            organisation=profile.line(said, "company"),
            joined=shape.when(said, "date_joined"),
            avatar=profile.website(said, "gravatar_url"),
            emails=profile.mailboxes(shape.text(said, "gravatar_email")),
            links=profile.links((profile.website(said, "profile_url"), noted("its website"))),
        )
    ]


async def stack_overflow(fetch: Fetch, name: str) -> list[Profile]:
    """Users of Stack Overflow who show exactly this name, which several may.

    https://api.stackexchange.com/docs/users
    """
    asked = {"inname": name, "pagesize": "30", "order": "desc", "sort": "reputation"}
    reply = await _stack(fetch, "/users", **asked)
    rows = [row for row in shape.mappings(reply.json(), "items") if _shown(row).casefold() == name.casefold()]
    if shape.dig(reply.json(), "has_more") is True and not rows:
        more = noted("Stack Overflow has more than 30 names like {name}; only these were compared.", name=name)
        fetch.gap("truncated", more)
    if len(rows) > MOST_NAMESAKES:
        fetch.gap("truncated", noted(NAMESAKES, found=len(rows), name=name, most=MOST_NAMESAKES))
    return [_stack_user(row, reply) for row in rows[:MOST_NAMESAKES]]


async def stack_overflow_number(fetch: Fetch, number: str) -> list[Profile]:
    """The user of Stack Overflow with this number. https://api.stackexchange.com/docs/users-by-ids"""
    reply = await _stack(fetch, f"/users/{number}")
    return [_stack_user(row, reply) for row in shape.mappings(reply.json(), "items")[:1]]


async def stack_exchange_key(fetch: Fetch) -> str:
    """What Stack Exchange allows the key. https://api.stackexchange.com/docs/throttle"""
    said = (await _stack(fetch, "/info")).json()
    most, left = shape.whole(said, "quota_max"), shape.whole(said, "quota_remaining")
    if most is None or left is None:
        raise Changed(noted("Stack Exchange answered without quota_max and quota_remaining."))
    return f"Stack Exchange takes it: {most:,} questions a day, {left:,} left."


async def _stack(fetch: Fetch, path: str, **params: str) -> Reply:
    """An answer of Stack Exchange, which says "too many" in the body, under several statuses.

    Raises:
        SourceError: it is no answer.
    """
    given = {"key": fetch.key("stackexchange_key")} if fetch.has_key("stackexchange_key") else {}
    reply = await fetch.get(
        STACK + path,
        params={"site": "stackoverflow", **params, **given},
        source="Stack Overflow",
        ok=(200, 400, 502),
        absent=(),
        timeout=TIMEOUT,
    )
    if reply.status == 502 and not reply.body.lstrip().startswith(b"{"):
        raise SourceDown(noted("Stack Overflow is out of order (it answered 502)."))
    said = reply.json()
    if not isinstance(said, Mapping):
        raise Changed(noted("Stack Overflow answered something other than an object."))
    if backoff := shape.number(said, "backoff"):
        await fetch.hold(STACK_HOST, backoff)
    if "error_id" in said or reply.status != 200:
        raise await _stack_trouble(fetch, said)
    if not isinstance(said.get("items"), list):
        raise Changed(noted("Stack Overflow answered without items."))
    return reply


async def _stack_trouble(fetch: Fetch, said: Mapping[str, Any]) -> BadKey | RateLimited | Changed:
    name, message = profile.line(said, "error_name"), shape.text(said, "error_message")[:300]
    if name == "throttle_violation":
        seconds = re.search(r"in (\d{1,6}) second", message)
        wait = float(seconds[1]) if seconds else None
        if wait is not None:
            await fetch.hold(STACK_HOST, wait)
        slower, again = noted("Stack Overflow asks us to slow down."), noted("It did not say for how long.")
        if wait is not None:
            again = noted("It may be asked again in {wait}.", wait=span(wait))
        return RateLimited(f"{slower} {again}", retry_after=wait)
    if "key" in message.lower() and fetch.has_key("stackexchange_key"):
        return BadKey(noted("Stack Overflow did not accept the key (400)."))
    why = name or noted("no reason given")
    return Changed(noted("Stack Overflow did not accept the question ({why}).", why=why))


def _shown(row: Mapping[str, Any]) -> str:
    """The name a user shows; the API gives it as HTML."""
    return " ".join(unescape(shape.text(row, "display_name")[:200]).split())[: profile.LONGEST_LINE]


def _stack_user(row: Mapping[str, Any], reply: Reply) -> Profile:
    number = shape.text(row, "user_id")
    name = _shown(row)
    if not name or not re.fullmatch(r"\d{1,12}", number, re.ASCII):
        raise Changed(noted("Stack Overflow answered a user without display_name and user_id."))
    return Profile(
        service="Stack Overflow",
        name=f"{name} ({number})",
        page=f"https://stackoverflow.com/users/{number}",
        reply=reply,
        display=name,
        location=unescape(profile.line(row, "location")),
        joined=shape.when(row, "creation_date"),
        active=shape.when(row, "last_access_date"),
        avatar=profile.website(row, "profile_image"),
        links=profile.links((profile.website(row, "website_url"), noted("its website"))),
        keys=(key("Stack Overflow", number),),
        loose=True,
    )


def _rows(reply: Reply | None) -> list[Mapping[str, Any]]:
    return shape.mappings(reply.json()) if reply else []
