"""Slack's Web API: the one place that posts, edits, uploads and opens views, inside Slack's budgets."""

from core.slack.calls import Before
from core.slack.door import Identity, Posted, Slack
from core.slack.house import House
from core.slack.limits import OPTIONAL_SCOPES, SCOPES
from core.slack.openid import Client, Member, authorize_url, member
from core.slack.people import Person
from core.slack.rooms import Rooms, permalink
from core.slack.shelf import SharedFile
from core.slack.trouble import THREAD_GONE

__all__ = [
    "OPTIONAL_SCOPES",
    "SCOPES",
    "THREAD_GONE",
    "Before",
    "Client",
    "House",
    "Identity",
    "Member",
    "Person",
    "Posted",
    "Rooms",
    "SharedFile",
    "Slack",
    "authorize_url",
    "member",
    "permalink",
]
