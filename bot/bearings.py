"""From which workspace a delivery of Slack's comes, who acted there and where, and what names their wish."""

from __future__ import annotations

from typing import Any

from bot.guard import Who
from core.models import Place

Body = dict[str, Any]


def team_of(body: Body) -> str:
    """The workspace whose installation Slack delivers this to: in a channel that workspaces share, that is not always
    the one of whoever acted. The order is Bolt's own, which decides whether anything is delivered at all."""
    view, granted = body.get("view"), body.get("authorizations")
    told = [view.get("app_installed_team_id") if isinstance(view, dict) else "", _id(body.get("team"))]
    told.append(granted[0].get("team_id") if isinstance(granted, list) and granted else "")
    told += [body.get("team_id"), (body.get("user") or {}).get("team_id") if isinstance(body.get("user"), dict) else ""]
    return next((str(each) for each in told if each), "")


def _id(team: object) -> object:
    return team.get("id") if isinstance(team, dict) else team


def who_of(body: Body) -> Who:
    """Who pressed or sent something, and where."""
    user, channel = body["user"], body.get("channel") or {}
    container, message = body.get("container") or {}, body.get("message") or {}
    thread_ts = str(message.get("thread_ts") or container.get("thread_ts") or "")
    return Who(user["id"], Place(team_of(body), str(channel.get("id", "")), thread_ts), str(user.get("team_id", "")))


def opener(body: Body) -> tuple[str, ...]:
    """What names the wish to open a form: Slack's trigger, and the moment where it says one."""
    at = body.get("action_ts") or next((each.get("action_ts") for each in body.get("actions") or []), "")
    team = team_of(body)
    wish = f"wish:{team}:{body['user']['id']}:{at}"
    return (f"trigger:{team}:{body['trigger_id']}", *((wish,) if at else ()))


def sent(body: Body, filled: str) -> str:
    """What names a form that was sent as it was filled in."""
    view = body["view"]
    return f"view:{team_of(body)}:{view['id']}:{view.get('hash', '')}:{filled}"
