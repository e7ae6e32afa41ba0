"""Roles of people in a workspace, and which verb needs which."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import IntEnum


class TeamRole(IntEnum):
    """What somebody may do; each may all that those before it may."""

    VIEWER = 1
    ANALYST = 2
    LEAD = 3
    ADMIN = 4

    @property
    def word(self) -> str:
        return self.name.lower()


WORDS = tuple(each.word for each in TeamRole)
_VIEWS = "help status history collectors quota home form plan diff tree explain export digest"
_VIEWS += " watch_list playbooks playbook"
_LEADS = "deny forget"
_ADMINS = "role switch_off switch_on"
LEAST: dict[str, TeamRole] = {
    **dict.fromkeys(_VIEWS.split(), TeamRole.VIEWER),
    **dict.fromkeys(("case status", "case members", "case report"), TeamRole.VIEWER),
    **dict.fromkeys(_LEADS.split(), TeamRole.LEAD),
    **dict.fromkeys(_ADMINS.split(), TeamRole.ADMIN),
}
"""The least role for a verb of the guard. Every other verb does something, and needs an analyst."""


def least(verb: str) -> TeamRole:
    return LEAST.get(verb, TeamRole.ANALYST)


def standing(
    given: Mapping[str, TeamRole], *, user: str, groups: Collection[str] = (), channel: str = "", default: TeamRole
) -> TeamRole:
    """Somebody's role, here: their own; else the highest of their user groups; else that of the channel; else the
    default. What is said of a person beats what is said of many, so a role can also be lowered for one."""
    if user in given:
        return given[user]
    through = [given[group] for group in groups if group in given]
    return max(through) if through else given.get(channel, default)


def read_role(word: str) -> TeamRole | None:
    """The role with that name."""
    return TeamRole[word.upper()] if word.lower() in WORDS else None
