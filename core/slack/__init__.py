"""Slack's Web API: the one place that posts, edits, uploads and opens views, inside Slack's budgets."""

from core.slack.door import Identity, Person, Posted, Slack
from core.slack.limits import OPTIONAL_SCOPES, SCOPES

__all__ = ["OPTIONAL_SCOPES", "SCOPES", "Identity", "Person", "Posted", "Slack"]
