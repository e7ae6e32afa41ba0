"""Who people are in Slack, as far as the guard needs to know."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import MissingScope, SlackError
from core.slack.calls import Calls
from core.slack.trouble import broken

NO_GROUP = frozenset({"no_such_subteam", "subteam_not_found"})


@dataclass(frozen=True, slots=True)
class Person:
    """What the guard needs to know of somebody."""

    user: str
    team: str
    name: str
    guest: bool
    stranger: bool
    admin: bool
    gone: bool = False  # removed from the workspace
    locale: str = ""  # "es-419": what they set in Slack


async def person(calls: Calls, user: str) -> Person | None:
    """Who that is; None when we lack the scope to know."""
    try:
        answer = await calls.call("users.info", {"user": user, "include_locale": "true"}, needs=("user",))
    except MissingScope:
        return None
    body = answer.body["user"]
    if not isinstance(body, dict) or not body.get("team_id"):  # nobody passes for a member by an empty answer
        raise broken("users.info", "no_user")
    return Person(
        user=user,
        team=str(body.get("team_id", "")),
        name=str(body.get("real_name") or body.get("name", "")),
        guest=bool(body.get("is_restricted") or body.get("is_ultra_restricted")),
        stranger=bool(body.get("is_stranger")),
        admin=bool(body.get("is_admin")),
        gone=bool(body.get("deleted")),
        locale=str(body.get("locale", "")),
    )


async def members(calls: Calls, group: str) -> frozenset[str]:
    """Who is in a user group; nobody when we lack the scope to know, or it is gone."""
    try:
        answer = await calls.call("usergroups.users.list", {"usergroup": group}, needs=("users",))
    except MissingScope:
        return frozenset()
    except SlackError as error:
        if error.code in NO_GROUP:
            return frozenset()
        raise
    return frozenset(map(str, answer.body["users"]))
