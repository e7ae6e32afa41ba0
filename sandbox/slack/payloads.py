"""What Slack tells an app about things people did, in the shapes of docs.slack.dev/reference/interaction-payloads."""

import re

from sandbox.slack.cast import APP, BOT, OTHER_DOMAIN, TEAM, TEAM_DOMAIN, Channel, Person
from sandbox.slack.messages import Message
from sandbox.slack.wire import Json
from sandbox.slack.workspace import Workspace

VERIFICATION = "sandbox-verification-token"
ENTITY = re.compile(r"<[^<>]*>")
# Top-level names Slack's composer links by itself; made-up ones such as .test stay text.
LINKED = re.compile(
    r"(?P<url>https?://[^\s<>|]+)"
    r"|(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|dev|info|co)\b)"
    r"|(?P<host>(?<![\w@./-])(?:[\w-]+\.)+(?:com|org|net|io|dev|info|co)\b(?:/[^\s<>|]*)?)",
    re.IGNORECASE,
)


def team_of(team: str) -> Json:
    """A team by id."""
    return {"id": team, "domain": TEAM_DOMAIN if team == TEAM else OTHER_DOMAIN}


def person_of(person: Person, team: str = "") -> Json:
    """The user object of interactions."""
    return {"id": person.id, "username": person.name, "name": person.name, "team_id": team or person.team}


def event_callback(workspace: Workspace, event: Json, *, channel: Channel | None = None) -> Json:
    """The envelope around every event of the Events API."""
    shared = bool(channel and channel.is_ext_shared)
    who = {"enterprise_id": None, "team_id": TEAM, "user_id": BOT, "is_bot": True, "is_enterprise_install": False}
    return {
        "token": VERIFICATION,
        "team_id": TEAM,
        "context_team_id": TEAM,
        "context_enterprise_id": None,
        "api_app_id": APP,
        "event": event,
        "type": "event_callback",
        "event_id": workspace.mint("Ev"),
        "event_time": int(workspace.clock.now()),
        "authorizations": [who],
        "is_ext_shared_channel": shared,
        "event_context": workspace.mint("4-context-"),
    }


def app_mention(message: Message, channel: Channel) -> Json:
    """Somebody wrote the bot's name."""
    event: Json = {
        "type": "app_mention",
        "user": message.user,
        "ts": message.ts,
        "client_msg_id": message.client_msg_id,
        "text": message.text,
        "team": message.team,
        "blocks": message.blocks,
        "channel": channel.id,
        "event_ts": message.ts,
    }
    if message.files:
        event |= {"files": message.files, "upload": False, "display_as_bot": False}
    if message.thread_ts:
        event["thread_ts"] = message.thread_ts
    if channel.is_ext_shared:
        event |= {"user_team": message.team, "source_team": message.team}
    return event


def home_opened(user: str, ts: str, view: Json | None) -> Json:
    """Somebody looked at the app's Home tab."""
    event: Json = {"type": "app_home_opened", "user": user, "channel": f"D0{user.removeprefix('U0')}", "tab": "home"}
    return event | {"event_ts": ts} | ({"view": view} if view else {})


def slash_command(person: Person, channel: Channel, *, command: str, words: str, trigger: str, url: str) -> Json:
    """Somebody typed a command. All values are text: they travel as a form."""
    return {
        "token": VERIFICATION,
        "team_id": person.team,
        "team_domain": team_of(person.team)["domain"],
        "channel_id": channel.id,
        "channel_name": channel.command_name,
        "user_id": person.id,
        "user_name": person.name,
        "command": command,
        "text": words,
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": url,
        "trigger_id": trigger,
    }


def interaction(kind: str, person: Person, *, trigger: str, team: str = "") -> Json:
    """What all interactions have in common; `team` plays somebody of another workspace."""
    return {
        "type": kind,
        "token": VERIFICATION,
        "api_app_id": APP,
        "team": team_of(team or TEAM),
        "user": person_of(person, team),
        "enterprise": None,
        "is_enterprise_install": False,
        "trigger_id": trigger,
    }


def message_container(message: Message) -> Json:
    """Where a click on a message happened."""
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": bool(message.only_for),
    }
    return container | ({"thread_ts": message.thread_ts} if message.thread_ts else {})


def channel_of(channel: Channel) -> Json:
    """The channel object of interactions."""
    return {"id": channel.id, "name": channel.command_name}


def as_typed(words: str, *, autolink: bool) -> str:
    """What Slack's composer makes of typed text: `&` escaped, domains and addresses linked, entities left alone."""
    pieces, end = [], 0
    for entity in ENTITY.finditer(words):
        pieces += [_plain(words[end : entity.start()], autolink), entity.group()]
        end = entity.end()
    return "".join([*pieces, _plain(words[end:], autolink)])


def _plain(words: str, autolink: bool) -> str:
    escaped = re.sub(r"&(?!amp;|lt;|gt;)", "&amp;", words).replace("<", "&lt;").replace(">", "&gt;")
    return LINKED.sub(_linked, escaped) if autolink else escaped


def _linked(found: re.Match[str]) -> str:
    written = found.group()
    if found["url"]:
        return f"<{written}>"
    return f"<mailto:{written}|{written}>" if found["mail"] else f"<http://{written}|{written}>"
