"""What each Web API method may cost us and which scope it needs (docs.slack.dev: rate limits, scopes)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Budget:
    """One call each `every` seconds in a workspace, `burst` of them at once at most."""

    every: float
    burst: int


# Tier 3 is 50 a minute, tier 4 100; burst + 60/every stays below that in any minute, with room for calls that
# leave some seconds after their turn came.
TIER_3 = Budget(every=1.4, burst=4)
TIER_4 = Budget(every=0.7, burst=8)

BUDGETS = {
    "chat.postMessage": Budget(every=0.3, burst=10),  # "several hundred a minute" for the workspace
    "chat.update": TIER_3,
    "users.info": Budget(every=1.25, burst=50),  # tier 4 as well: fifty people may ask for the first time at once
    "chat.delete": TIER_3,
    "conversations.history": TIER_3,
    "conversations.info": TIER_3,
    "conversations.replies": TIER_3,
    "files.delete": TIER_3,
    "usergroups.users.list": Budget(every=3.2, burst=10),  # tier 2: 20 a minute
}
DEFAULT = TIER_4
PER_CHANNEL = Budget(every=1.0, burst=2)  # posting: about one message a second to one channel, short bursts pass

SCOPES = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.delete": "chat:write",
    "chat.postEphemeral": "chat:write",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "files.info": "files:read",
    "chat.getPermalink": "",
    "files.delete": "files:write",
    "conversations.history": "channels:history",
    "conversations.info": "channels:read",
    "conversations.replies": "channels:history",
    "users.info": "users:read",
    "usergroups.users.list": "usergroups:read",
    "auth.test": "",
    "apps.connections.open": "",
    "apps.uninstall": "",
    "auth.revoke": "",
    "oauth.v2.access": "",
    "views.open": "",
    "views.publish": "",
}
"""The bot scope of every method we call; empty: any token may."""

REQUIRED_SCOPES = {
    "app_mentions:read": "to hear when I am mentioned",
    "chat:write": "to answer",
    "commands": "for /scan, /watch and /case",
    "files:write": "to hand over reports and long answers as files",
}
"""What an installation must grant, and what for."""

OPTIONAL_SCOPES = {
    "users:read": "without it guests cannot be told from members, nor who reads Spanish",
    "usergroups:read": "without it a role that was given to a user group counts for nobody",
    "channels:history": "without it a message whose sending was cut off cannot be looked up before it is repeated",
    "groups:history": "the same for private channels",
    "channels:read": "without it no channel is known to be of our workspace alone, so TLP:AMBER+STRICT goes to people",
    "groups:read": "without it no channel is known to be private, so TLP:RED always goes to people, not to channels",
    "files:read": "without it files that people share cannot be looked into",
}
"""Scopes we work without, and what is weaker then."""

# What may have happened when a call breaks after it was sent: these leave something behind in Slack.
LEAVES_TRACES = frozenset({"chat.postMessage", "files.completeUploadExternal", "chat.postEphemeral", "response_url"})
