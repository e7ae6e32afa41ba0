"""What is said in a channel outside of any scan's thread, each once: written in the transaction that decides it.

Who posts one claims it: raises `tries`, its fencing number, and says in `after` when the next may try, whatever became
of the first. "sending" means that a copy may stand in the channel already: it is looked for before it is repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from core import clock
from core.models import Place
from core.store.database import Database
from core.store.installed import reachable
from core.store.rows import storable
from core.store.team import notice

DUE, SENDING, SAID, GIVEN_UP = "due", "sending", "said", "given up"
OPEN = (DUE, SENDING)
FURTHEST = 7200.0  # seconds: nothing is put off for longer; what lies beyond was written by a wrong clock
KEPT = timedelta(days=40)  # how long it is remembered what was said
MOST = 100


@dataclass(frozen=True, slots=True)
class Notice:
    """One message, rendered. `broke`: an earlier try may have posted it."""

    key: str
    place: Place
    text: str
    blocks: tuple[dict[str, Any], ...]
    subject: str = ""
    tlp: str = ""
    user: str = ""  # who is told alone where the channel may not show that label
    state: str = DUE
    tries: int = 0
    broke: bool = False
    error: str = ""
    made_at: datetime | None = None


class Notices:
    def __init__(self, database: Database) -> None:
        self._db = database

    def take(self, *, lease: float) -> list[Notice]:
        """Claim what is due: for so many seconds nobody else posts it."""
        due = notice.select().where(*_due(clock.now())).order_by(notice.c.made_at, notice.c.key).limit(MOST)
        if not self._db.read(lambda db: db.execute(due.limit(1)).first()):
            return []

        def work(db: sa.Connection) -> list[Notice]:
            now = clock.now()
            taken = []
            for row in db.execute(due.with_for_update(skip_locked=True)).all():
                claimed = {"tries": notice.c.tries + 1, "after": now + timedelta(seconds=lease)}
                if db.execute(_still(row.key, row.tries).values(claimed)).rowcount:
                    taken.append(_notice(row, tries=row.tries + 1))
            return taken

        return self._db.write(work)

    def sending(self, one: Notice) -> bool:
        """It is posted now. False: somebody else has claimed it since, or it is said."""
        return self._set(one, state=SENDING)

    def said(self, one: Notice, channel: str, ts: str) -> bool:
        """It stands there; the words are kept no longer."""
        return self._set(one, state=SAID, channel=channel, ts=ts, error="", after=None, text="", blocks=[])

    def put_off(self, one: Notice, seconds: float, *, error: str, sent: bool) -> bool:
        """It did not do; the next may try in so many seconds. `sent`: a copy may stand there."""
        after = clock.now() + timedelta(seconds=min(seconds, FURTHEST))
        return self._set(one, state=SENDING if sent else DUE, error=storable(error), after=after)

    def give_up(self, one: Notice, *, error: str) -> bool:
        return self._set(one, state=GIVEN_UP, error=storable(error), after=None)

    def listed(self, team: str, channel: str = "", *, limit: int = 100) -> list[Notice]:
        """The newest first."""
        query = notice.select().where(notice.c.team == team).order_by(notice.c.made_at.desc()).limit(limit)
        query = query.where(notice.c.channel == channel) if channel else query
        return self._db.read(lambda db: [_notice(row, tries=row.tries) for row in db.execute(query)])

    def tidy(self) -> None:
        """Forget what was said long ago."""
        old = notice.delete().where(notice.c.made_at < clock.now() - KEPT, notice.c.state.not_in(OPEN))
        self._db.write(lambda db: db.execute(old).rowcount)

    def _set(self, one: Notice, **values: Any) -> bool:
        return bool(self._db.write(lambda db: db.execute(_still(one.key, one.tries).values(values)).rowcount))


def write_notices(db: sa.Connection, notices: Sequence[Notice]) -> None:
    """Within the transaction that decides to say them; what is there already is not written again."""
    insert = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
    for each in notices:
        row = {
            "key": each.key,
            "team": each.place.team,
            "channel": each.place.channel,
            "thread_ts": each.place.thread_ts,
            "subject": each.subject,
            "tlp": each.tlp,
            "user": each.user,
            "text": storable(each.text),
            "blocks": storable(list(each.blocks)),
            "state": DUE,
            "made_at": clock.now(),
        }
        db.execute(insert(notice).values(row).on_conflict_do_nothing(index_elements=["key"]))


def _due(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    beyond = notice.c.after > now + timedelta(seconds=FURTHEST + clock.SLACK)
    due = notice.c.after.is_(None) | (notice.c.after <= now) | beyond
    return notice.c.state.in_(OPEN), due, reachable(notice.c.team)


def _still(key: str, tries: int) -> sa.Update:
    return notice.update().where(notice.c.key == key, notice.c.tries == tries, notice.c.state.in_(OPEN))


def _notice(row: Any, *, tries: int) -> Notice:
    return Notice(
        row.key,
        Place(row.team, row.channel, row.thread_ts),
        row.text,
        tuple(row.blocks),
        row.subject,
        row.tlp,
        row.user,
        row.state,
        tries,
        broke=row.state == SENDING,
        error=row.error,
        made_at=row.made_at,
    )
