"""Cases in the record: where they are bound, who works on them, what was noted, and what is due."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from core import clock
from core.access import Reader
from core.cases import Case, Member, Note, Tlp
from core.models import Place
from core.store.database import Database
from core.store.installed import reachable
from core.store.notices import Notice, write_notices
from core.store.opening import new_id
from core.store.rows import storable
from core.store.tables import scan
from core.store.team import case, member, note

MOST = 200  # cases of a list
FURTHEST = 7200.0  # seconds: nothing is put off for longer; what lies beyond was written by a wrong clock
LEAD, MEMBER = "lead", "member"


class Cases:
    def __init__(self, database: Database) -> None:
        self._db = database

    def open(self, new: Case, *, say: Callable[[Case], Sequence[Notice]] | None = None) -> tuple[Case, bool]:
        """Open a case; whoever opens it leads it. Its id is made here. `say` is what is said of it then. False: its
        place has an open one, which is returned."""
        case_id, now = new_id(), clock.now()
        row = {
            "id": case_id,
            "team": new.team,
            "title": storable(new.title),
            "purpose": storable(new.purpose),
            "tlp": str(new.tlp),
            "channel": new.channel,
            "thread_ts": new.thread_ts,
            "opened_by": new.opened_by,
            "opened_at": now,
            "until": new.until,
            "keep_days": new.keep_days,
            "forgets": new.forgets,
        }
        first = {"case_id": case_id, "user": new.opened_by, "role": LEAD, "added_by": new.opened_by, "added_at": now}

        def work(db: sa.Connection) -> tuple[Case, bool]:
            insert = (postgresql if db.dialect.name == "postgresql" else sqlite).insert(case)
            if db.execute(insert.values(row).on_conflict_do_nothing().returning(case.c.id)).first():
                db.execute(member.insert(), first)
                made = one(db, case_id)
                write_notices(db, say(made) if say is not None else ())
                return made, True
            there = _bound(db, Place(new.team, new.channel, new.thread_ts), exactly=True)
            return (there, False) if there is not None else (one(db, case_id), True)

        return self._db.write(work)

    def get(self, case_id: str) -> Case:
        """Raises KeyError: there is no such case."""
        return self._db.read(lambda db: one(db, case_id))

    def bound(self, place: Place) -> Case | None:
        """The open case of a thread, else that of its channel."""
        return self._db.read(lambda db: _bound(db, place)) if place.channel else None

    def here(self, place: Place) -> Case | None:
        """The same, or else the one that was closed last there: one may still look at it."""
        if not place.channel:
            return None

        def work(db: sa.Connection) -> Case | None:
            if found := _bound(db, place):
                return found
            there = case.select().where(case.c.team == place.team, case.c.channel == place.channel)
            there = there.where(case.c.thread_ts == place.thread_ts).order_by(case.c.opened_at.desc()).limit(1)
            return next(iter(cases(db, there)), None)

        return self._db.read(work)

    def listed(self, reader: Reader, *, only_open: bool = False, mine: bool = False) -> list[Case]:
        """The cases that this reader may see, as `core.access.sees_case` says of one; the newest first."""
        query = visible(reader, mine=mine).order_by(case.c.opened_at.desc(), case.c.id).limit(MOST)
        if only_open:
            query = query.where(case.c.closed_at.is_(None))
        return self._db.read(lambda db: cases(db, query))

    def members(self, case_id: str) -> list[Member]:
        """Who works on it, in the order in which they came."""
        query = member.select().where(member.c.case_id == case_id).order_by(member.c.added_at, member.c.user)
        return self._db.read(
            lambda db: [Member(row.user, row.role == LEAD, row.added_by, row.added_at) for row in db.execute(query)]
        )

    def add_member(self, case_id: str, user: str, *, by: str, lead: bool = False) -> bool:
        """Let somebody into a case: from now on they see all its scans. False: they were there."""
        row = {"case_id": case_id, "user": user, "role": LEAD if lead else MEMBER, "added_by": by}

        def work(db: sa.Connection) -> bool:
            _hold(db, case_id)
            insert = (postgresql if db.dialect.name == "postgresql" else sqlite).insert(member)
            adding = insert.values(row | {"added_at": clock.now()}).on_conflict_do_nothing()
            new = db.execute(adding.returning(member.c.user)).first() is not None
            if lead and not new:
                db.execute(_membership(case_id, user, member.update()).values(role=LEAD))
            _tell_scans(db, case_id)
            return new

        return self._db.write(work)

    def remove_member(self, case_id: str, user: str) -> bool:
        """Take somebody out; they no longer see what is TLP:RED. False: they were not there, or are the last one."""

        def work(db: sa.Connection) -> bool:
            _hold(db, case_id)
            others = sa.select(sa.func.count()).where(member.c.case_id == case_id, member.c.user != user)
            if not db.execute(others.select_from(member)).scalar_one():
                return False
            gone = db.execute(_membership(case_id, user, member.delete())).rowcount
            _tell_scans(db, case_id)
            return bool(gone)

        return self._db.write(work)

    def write_down(self, case_id: str, words: Note, *, key: str = "") -> bool:
        """Add a note. With `key`, the message it is made from, it is written once: False the second time."""
        row = {
            "case_id": case_id,
            "scan_id": words.scan_id,
            "user": words.user,
            "author": storable(words.author),
            "text": storable(words.text),
            "link": storable(words.link),
            "key": key or new_id(),
            "at": words.at,
        }

        def work(db: sa.Connection) -> bool:
            insert = (postgresql if db.dialect.name == "postgresql" else sqlite).insert(note)
            return db.execute(insert.values(row).on_conflict_do_nothing().returning(note.c.id)).first() is not None

        return self._db.write(work)

    def close(self, case_id: str, *, by: str) -> bool:
        """Close it. False: somebody had."""
        closing = case.update().where(case.c.id == case_id, case.c.closed_at.is_(None))
        closed = closing.values(closed_by=by, closed_at=clock.now())
        return self._db.write(lambda db: bool(db.execute(closed).rowcount))

    def hand_over(self, case_id: str, *, since: datetime | None, notices: Sequence[Notice] = ()) -> bool:
        """Note that the shift changes now, with the cards that say so. False: it has changed meanwhile, so that these
        cards, which tell what was since, are not said."""
        same = case.c.handed_at.is_(None) if since is None else case.c.handed_at == since
        handed = case.update().where(case.c.id == case_id, same).values(handed_at=clock.now())

        def work(db: sa.Connection) -> bool:
            if not db.execute(handed).rowcount:
                return False
            write_notices(db, notices)
            return True

        return self._db.write(work)

    def due(self, *, limit: int = 100) -> list[str]:
        """The cases for which something is to be done: to remind of their end, to report that they are closed, or to
        forget them."""
        now = clock.now()
        ended = case.c.closed_at.is_(None) & (case.c.until <= now) & case.c.reminded_at.is_(None)
        closed = case.c.closed_at.is_not(None)
        kept = [(case.c.keep_days == days) & (case.c.closed_at <= now - timedelta(days=days)) for days in self._terms()]
        over = sa.or_(case.c.forgets, *kept)
        running = sa.exists().where(scan.c.case_id == case.c.id, scan.c.open_runs > 0)
        forget = closed & case.c.reported_at.is_not(None) & case.c.forgotten_at.is_(None) & over & ~running
        told = (ended | (closed & case.c.reported_at.is_(None))) & reachable(case.c.team)  # to whom else
        query = sa.select(case.c.id).where(told | forget, _free(now))
        return self._db.read(lambda db: list(db.execute(query.order_by(case.c.opened_at).limit(limit)).scalars()))

    def _terms(self) -> Sequence[int]:
        """The times that closed cases are kept for: their arithmetic is not the same in both databases."""
        query = sa.select(case.c.keep_days).distinct().where(case.c.keep_days > 0, case.c.forgotten_at.is_(None))
        return self._db.read(lambda db: db.execute(query).scalars().all())

    def is_done(self, case_id: str, what: str) -> bool:
        """Whether `reminded_at` or `reported_at` was said."""
        query = sa.select(case.c[what]).where(case.c.id == case_id)
        return self._db.read(lambda db: db.execute(query).scalar_one_or_none()) is not None

    def is_running(self, case_id: str) -> bool:
        """Whether a scan of it has not ended."""
        query = sa.select(scan.c.id).where(scan.c.case_id == case_id, scan.c.open_runs > 0).limit(1)
        return self._db.read(lambda db: db.execute(query).first()) is not None

    def take(self, case_id: str, what: str, *, lease: float) -> int | None:
        """Claim what is to be said, for so many seconds: which try it is. None: it was said, or somebody is at it."""
        now = clock.now()
        claimed = case.update().where(case.c.id == case_id, case.c[what].is_(None), _free(now))
        claimed = claimed.values(busy_until=now + timedelta(seconds=lease), tries=case.c.tries + 1)
        return self._db.write(lambda db: db.execute(claimed.returning(case.c.tries)).scalar_one_or_none())

    def done(self, case_id: str, what: str, attempt: int) -> None:
        """It stands. Until this is written it is said again, after a look whether it is there."""
        self._set(case_id, attempt, {what: clock.now(), "busy_until": None, "tries": 0})

    def put_off(self, case_id: str, attempt: int, seconds: float) -> None:
        """It could not be said: to be tried again, in so many seconds."""
        after = clock.now() + timedelta(seconds=min(seconds, FURTHEST)) if seconds else None
        self._set(case_id, attempt, {"busy_until": after})

    def _set(self, case_id: str, attempt: int, values: dict[str, Any]) -> None:
        mine = case.update().where(case.c.id == case_id, case.c.tries == attempt)
        self._db.write(lambda db: db.execute(mine.values(values)).rowcount)


def visible(reader: Reader, *, mine: bool = False) -> sa.Select[Any]:
    """The cases that a reader may see, or those alone of which they are a member."""
    theirs = case.c.id.in_(sa.select(member.c.case_id).where(member.c.user == reader.user))
    query = case.select().where(case.c.team == reader.team)
    if mine:
        return query.where(theirs)
    near = case.c.channel.in_(sorted(reader.channels)) & (case.c.tlp != str(Tlp.RED))
    return query if reader.admin else query.where(theirs | near)


def cases(db: sa.Connection, query: sa.Select[Any]) -> list[Case]:
    """What a query finds, each with its members."""
    rows = db.execute(query).all()
    users: dict[str, dict[str, str]] = {row.id: {} for row in rows}
    for each in db.execute(member.select().where(member.c.case_id.in_(list(users)))) if users else ():
        users[each.case_id][each.user] = each.role
    return [_case(row, users[row.id]) for row in rows]


def _case(row: Any, roles: dict[str, str]) -> Case:
    return Case(
        id=row.id,
        team=row.team,
        title=row.title,
        purpose=row.purpose,
        tlp=Tlp(row.tlp),
        channel=row.channel,
        thread_ts=row.thread_ts,
        opened_by=row.opened_by,
        opened_at=row.opened_at,
        until=row.until,
        closed_by=row.closed_by,
        closed_at=row.closed_at,
        keep_days=row.keep_days,
        forgets=row.forgets,
        members=frozenset(roles),
        leads=frozenset(user for user, role in roles.items() if role == LEAD),
        handed_at=row.handed_at,
        forgotten_at=row.forgotten_at,
    )


def one(db: sa.Connection, case_id: str) -> Case:
    found = cases(db, case.select().where(case.c.id == case_id))
    if not found:
        raise KeyError(case_id)
    return found[0]


def _bound(db: sa.Connection, place: Place, *, exactly: bool = False) -> Case | None:
    threads = [place.thread_ts] if exactly else sorted({place.thread_ts, ""})
    query = case.select().where(case.c.team == place.team, case.c.channel == place.channel)
    query = query.where(case.c.thread_ts.in_(threads), case.c.closed_at.is_(None))
    found = cases(db, query.order_by(case.c.thread_ts.desc()).limit(1))  # a thread's own comes first
    return found[0] if found else None


def _free(now: datetime) -> sa.ColumnElement[bool]:
    beyond = case.c.busy_until > now + timedelta(seconds=FURTHEST + clock.SLACK)
    return case.c.busy_until.is_(None) | (case.c.busy_until <= now) | beyond


def _membership(case_id: str, user: str, change: Any) -> Any:
    return change.where(member.c.case_id == case_id, member.c.user == user)


def _hold(db: sa.Connection, case_id: str) -> None:
    """Whoever opens a scan in this case waits, and then sees who its members are."""
    db.execute(sa.select(case.c.id).where(case.c.id == case_id).with_for_update())


def _tell_scans(db: sa.Connection, case_id: str) -> None:
    users = db.execute(sa.select(member.c.user).where(member.c.case_id == case_id).order_by(member.c.user)).scalars()
    now = clock.now()
    told = {"members": " ".join(users), "changed_at": now}
    db.execute(scan.update().where(scan.c.case_id == case_id).values(told))
