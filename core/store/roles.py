"""Who has which role in a workspace: people, user groups and channels of Slack."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from core import clock
from core.standing import TeamRole
from core.store.database import Database
from core.store.team import role


@dataclass(frozen=True, slots=True)
class Given:
    """A role that was given to somebody."""

    subject: str  # the id of a user, a user group or a channel
    role: TeamRole
    made_by: str
    made_at: datetime


class Roles:
    def __init__(self, database: Database) -> None:
        self._db = database

    def give(self, team: str, subject: str, given: TeamRole, *, by: str) -> None:
        """Give a role, in the place of the one that this subject had."""
        values = {"team": team, "subject": subject, "role": given.name.lower(), "made_by": by, "made_at": clock.now()}

        def work(db: sa.Connection) -> None:
            db.execute(role.delete().where(role.c.team == team, role.c.subject == subject))
            db.execute(role.insert().values(values))

        self._db.write(work)

    def take(self, team: str, subject: str) -> bool:
        """Take a role away; False when there was none."""
        gone = role.delete().where(role.c.team == team, role.c.subject == subject)
        return self._db.write(lambda db: db.execute(gone).rowcount > 0)

    def listed(self, team: str) -> list[Given]:
        """Every role that was given, by subject."""
        query = role.select().where(role.c.team == team).order_by(role.c.subject)
        rows = self._db.read(lambda db: db.execute(query).all())
        return [Given(row.subject, TeamRole[row.role.upper()], row.made_by, row.made_at) for row in rows]
