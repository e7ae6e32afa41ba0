"""The label of a case, changed: what is marked more loosely in it follows at once, what is marked more strictly stays.

What was changed stands among the case's notes, with a key of its own, so that the timeline tells it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core import clock
from core.cases import STRICTEST_FIRST, Case, Relabelled, Tlp
from core.store.cases import one
from core.store.database import Database
from core.store.notices import OPEN, Notice, write_notices
from core.store.opening import new_id
from core.store.rows import storable
from core.store.tables import scan
from core.store.team import LABEL, case, note, notice, watch


class Labels:
    def __init__(self, database: Database) -> None:
        self._db = database

    def change(
        self,
        was: Case,
        label: Tlp,
        *,
        by: str,
        reason: str,
        say: Callable[[Case, str], Sequence[Notice]],
    ) -> int | None:
        """Give an open case another label, and write down who did and why. `say` is what is said of it in Slack, with
        a key of its own. Returns how many of its scans got the label, too; None: it is no longer as it `was`.

        Nothing in a case is marked more loosely than the case: its scans, its watches and what is still to be said of
        them follow a stricter label. Under a looser one they stay as they are, for somebody may have marked them so.
        """

        def work(db: sa.Connection) -> int | None:
            same = (case.c.id == was.id) & (case.c.tlp == str(was.tlp)) & case.c.closed_at.is_(None)
            if not db.execute(case.update().where(same).values(tlp=str(label))).rowcount:
                return None
            now, key = clock.now(), f"{LABEL}{new_id()}"
            marked = _tighten(db, was.id, label, now)
            told = {"user": by, "text": storable(f"{was.tlp} {label} {reason}"), "key": key, "at": now}
            db.execute(note.insert().values(told | {"case_id": was.id}))
            write_notices(db, say(one(db, was.id), key))
            return marked

        return self._db.write(work)


def _tighten(db: sa.Connection, case_id: str, label: Tlp, now: datetime) -> int:
    looser = ["", *map(str, STRICTEST_FIRST[STRICTEST_FIRST.index(label) + 1 :])]
    mine = (scan.c.case_id == case_id) & scan.c.tlp.in_(looser)
    marked = db.execute(scan.update().where(mine).values(tlp=str(label), changed_at=now)).rowcount
    db.execute(watch.update().where(watch.c.case_id == case_id, watch.c.tlp.in_(looser)).values(tlp=str(label)))
    watches = sa.select(watch.c.id).where(watch.c.case_id == case_id)
    about = notice.c.subject.in_(watches) | notice.c.key.startswith(f"case/{case_id}/", autoescape=True)
    waiting = notice.update().where(about, notice.c.state.in_(OPEN), notice.c.tlp.in_(looser))
    db.execute(waiting.values(tlp=str(label)))
    return marked


def relabelled(row: Any) -> Relabelled:
    """What such a note says."""
    was, is_, reason = row.text.split(" ", 2)
    return Relabelled(row.user, Tlp(was), Tlp(is_), reason, row.at)
