"""Slack's Web API: the one place that posts, edits, uploads and opens views, inside Slack's budgets."""

from core.slack.calls import Before
from core.slack.door import Identity, Posted, Slack
from core.slack.house import House
from core.slack.installing import Granted, granted, install_url, revoke, uninstall
from core.slack.limits import OPTIONAL_SCOPES, REQUIRED_SCOPES, SCOPES
from core.slack.openid import Client, Member, authorize_url, member
from core.slack.people import Person
from core.slack.rooms import Rooms, permalink
from core.slack.shelf import SharedFile
from core.slack.trouble import THREAD_GONE
from core.slack.workspaces import GONE, NOBODY, Alone, Many, NotInstalled, Workspace, Workspaces

__all__ = [
    "GONE",
    "NOBODY",
    "OPTIONAL_SCOPES",
    "REQUIRED_SCOPES",
    "SCOPES",
    "THREAD_GONE",
    "Alone",
    "Before",
    "Client",
    "Granted",
    "House",
    "Identity",
    "Many",
    "Member",
    "NotInstalled",
    "Person",
    "Posted",
    "Rooms",
    "SharedFile",
    "Slack",
    "Workspace",
    "Workspaces",
    "authorize_url",
    "granted",
    "install_url",
    "member",
    "permalink",
    "revoke",
    "uninstall",
]
