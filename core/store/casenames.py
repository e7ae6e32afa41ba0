"""What cases hold that names a target: notes, reports that were posted, cards; to be forgotten with it, or counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core.models import Target
from core.store.team import LABEL, POSTED, case, note, notice
from core.targets.naming import naming

Names = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class InCases:
    """Rows of the record. `named` are cases that name it in their title or purpose: they stay."""

    notes: tuple[int, ...] = ()
    labels: tuple[tuple[int, str], ...] = ()  # changes of a label whose reason names it, and what is left of them
    reports: tuple[Any, ...] = ()  # files in Slack
    cards: tuple[Any, ...] = ()  # of shifts, messages in Slack
    named: int = 0


def in_cases(db: sa.Connection, target: Target, first: Mapping[str, datetime], team: str | None) -> InCases:
    """What names it, in one workspace or in all; `first` says since when which case has a scan of it. Reports and
    cards that were posted later than what names it first in a case hold it, too, for all that is known."""
    names = naming(target)
    since = dict(first)
    query = sa.select(note, case.c.team).join(case, case.c.id == note.c.case_id).order_by(note.c.id)
    rows = db.execute(query if team is None else query.where(case.c.team == team)).all()
    noted = [row for row in rows if not row.key.startswith(POSTED) and names(row.text)]
    for row in noted:
        since[row.case_id] = min(since.get(row.case_id, row.at), row.at)
    posted = [row for row in rows if row.key.startswith(POSTED)]
    return InCases(
        tuple(row.id for row in noted if not row.key.startswith(LABEL)),
        tuple((row.id, " ".join(row.text.split(" ")[:2]) + " ") for row in noted if row.key.startswith(LABEL)),
        tuple(row for row in posted if row.case_id in since and row.at >= since[row.case_id]),
        _cards(db, since, team),
        _named(db, names, team),
    )


def forget_in_cases(db: sa.Connection, found: InCases, parts: Callable[[Sequence[Any]], list[Sequence[Any]]]) -> int:
    """Remove them; returns how many notes that were. A change of a label stays, without its reason."""
    for part in parts([*found.notes, *(row.id for row in found.reports)]):
        db.execute(note.delete().where(note.c.id.in_(part)))
    for number, left in found.labels:
        db.execute(note.update().where(note.c.id == number).values(text=left))
    for part in parts([row.key for row in found.cards]):
        db.execute(notice.delete().where(notice.c.key.in_(part)))
    return len(found.notes) + len(found.labels)


def _cards(db: sa.Connection, since: Mapping[str, datetime], team: str | None) -> tuple[Any, ...]:
    """The cards of shifts. What they say is not kept once it is said, but they tell what was scanned and noted."""
    query = notice.select().where(notice.c.key.like("case/%/shift/%"))
    rows = db.execute(query if team is None else query.where(notice.c.team == team)).all()
    named = ((row, row.key.split("/")[1]) for row in rows)
    return tuple(row for row, case_id in named if case_id in since and row.made_at >= since[case_id])


def _named(db: sa.Connection, names: Names, team: str | None) -> int:
    query = sa.select(case.c.title, case.c.purpose)
    rows = db.execute(query if team is None else query.where(case.c.team == team)).all()
    return sum(names(row.title) or names(row.purpose) for row in rows)
