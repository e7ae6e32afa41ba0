"""The desk of a scan: whoever holds it brings the thread to what the record knows; and what was said so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from core import clock
from core.store.database import Database
from core.store.installed import reachable
from core.store.kinship import stir
from core.store.rows import storable
from core.store.tables import message, scan

RESTORED = "restored"  # the slot that says in which round more may have been said than this restored record knows
AGAIN = "again"  # the slot that says since which version all is to be told anew
WISHED = "wished"  # the state of a slot for a file that somebody asked for, and that is not made yet
LOST = "lost"  # the state of a parent whose thread was deleted as a whole


@dataclass(frozen=True, slots=True)
class Seat:
    """A held desk. `wanted` is the version of the scan its holder is about to tell."""

    scan_id: str
    fence: int
    wanted: int
    tries: int


@dataclass(frozen=True, slots=True)
class Said:
    """One slot of a thread: the message in it, or how far we came."""

    slot: str
    channel: str
    ts: str
    state: str  # wished, sending, said, unsent, refused, gone; a remark about the thread is "noted" and has no message
    digest: str
    error: str
    at: datetime | None = None  # since when it is in this state


class Desk:
    def __init__(self, database: Database) -> None:
        self._db = database

    def sit(self, scan_id: str, *, lease: float) -> Seat | None:
        """Take the desk; None when somebody holds it (the sweeper frees one left alone), there is nothing to tell, or
        nobody to tell it to: what was asked over HTTP or in a terminal has no thread."""

        def work(db: sa.Connection) -> Seat | None:
            until = clock.now() + timedelta(seconds=lease)
            taken = db.execute(
                scan.update()
                .where(scan.c.id == scan_id, scan.c.desk_until.is_(None), scan.c.told < scan.c.wanted)
                .where(scan.c.channel != "", ~scan.c.hushed, reachable(scan.c.team))
                .values(desk_fence=scan.c.desk_fence + 1, desk_until=until)
            ).rowcount
            if not taken:
                return None
            row = db.execute(scan.select().where(scan.c.id == scan_id)).one()
            return Seat(scan_id, row.desk_fence, row.wanted, row.desk_tries)

        return self._db.write(work)

    def stay(self, seat: Seat, *, lease: float) -> Seat | None:
        """Keep the desk and learn the newest version; None when we lost it."""

        def work(db: sa.Connection) -> Seat | None:
            until = clock.now() + timedelta(seconds=lease)
            if not db.execute(_mine(seat).values(desk_until=until)).rowcount:
                return None
            wanted = db.execute(sa.select(scan.c.wanted).where(scan.c.id == seat.scan_id)).scalar_one()
            return Seat(seat.scan_id, seat.fence, wanted, seat.tries)

        return self._db.write(work)

    def holds(self, seat: Seat) -> bool:
        """Whether the desk is still ours."""
        query = sa.select(scan.c.id).where(scan.c.id == seat.scan_id, scan.c.desk_fence == seat.fence)
        return self._db.read(lambda db: db.execute(query).first() is not None)

    def leave(self, seat: Seat) -> bool:
        """All of `seat.wanted` is told: leave, unless the record moved on meanwhile (then False, still ours)."""

        def work(db: sa.Connection) -> bool:
            done = _mine(seat).where(scan.c.wanted == seat.wanted)
            values = {"told": seat.wanted, "desk_until": None, "desk_after": None, "desk_tries": 0, "undelivered": ""}
            return bool(db.execute(done.values(values)).rowcount)

        return self._db.write(work)

    def put_off(self, seat: Seat, *, seconds: float | None, why: str = "") -> None:
        """Leave with work undone: come back in so many seconds, or never (None) until the scan changes.
        `why` is kept with the scan and shown to people."""
        now = clock.now()
        after = None if seconds is None else now + timedelta(seconds=seconds)
        values: dict[str, object] = {"desk_until": None, "desk_since": now, "desk_after": after}
        values["desk_tries"] = scan.c.desk_tries + 1
        if why:
            values["undelivered"] = storable(why)
        if seconds is None:
            values["told"] = seat.wanted
        self._db.write(lambda db: db.execute(_mine(seat).values(values)).rowcount)

    def again(self, scan_id: str) -> None:
        """Tell everything that is not told yet, now: somebody mended what was in the way. Should it still be in
        the way, the asker is told again; and a thread that was deleted as a whole is opened anew."""
        values = {"wanted": scan.c.wanted + 1, "desk_after": None, "desk_tries": 0, "changed_at": clock.now()}
        ours = message.c.scan_id == scan_id

        def work(db: sa.Connection) -> None:
            lost = sa.select(message.c.slot).where(ours, message.c.slot == "parent", message.c.state == LOST)
            if db.execute(lost).first():
                db.execute(message.delete().where(ours))
            db.execute(message.delete().where(ours, message.c.slot == "asker", message.c.state == "said"))
            db.execute(scan.update().where(scan.c.id == scan_id).values(values))
            # So that whoever remembers what was said before knows that it is to be said anew.
            db.execute(message.delete().where(ours, message.c.slot == AGAIN))
            version = sa.cast(sa.select(scan.c.wanted).where(scan.c.id == scan_id).scalar_subquery(), sa.Text)
            noted = {"scan_id": scan_id, "slot": AGAIN, "state": "noted", "changed_at": clock.now()}
            db.execute(message.insert().values(noted | {"digest": version}))

        self._db.write(work)

    def said(self, scan_id: str) -> dict[str, Said]:
        """Every slot of a scan's thread."""
        query = message.select().where(message.c.scan_id == scan_id)
        return self._db.read(
            lambda db: {
                r.slot: Said(r.slot, r.channel, r.ts, r.state, r.digest, r.error, r.changed_at)
                for r in db.execute(query)
            }
        )

    def note(
        self, seat: Seat, slot: str, *, state: str, channel: str = "", ts: str = "", digest: str = "", error: str = ""
    ) -> bool:
        """Write how far a slot is, while we hold the desk. False: we lost it and nothing was written."""
        insert = (sqlite.insert if self._db.is_sqlite else postgresql.insert)(message)
        values = {"state": state, "error": storable(error), "changed_at": clock.now()}
        values |= {name: text for name, text in (("channel", channel), ("ts", ts), ("digest", digest)) if text}
        upsert = insert.values(scan_id=seat.scan_id, slot=slot, tries=1, **values).on_conflict_do_update(
            index_elements=["scan_id", "slot"], set_=values | {"tries": message.c.tries + 1}
        )

        def work(db: sa.Connection) -> bool:
            if not db.execute(_mine(seat).values(desk_fence=seat.fence)).rowcount:
                return False
            db.execute(upsert)
            if slot == "parent" and ts:  # its thread stands now: what it was pivoted from can lead there
                above = db.execute(sa.select(scan.c.parent_id).where(scan.c.id == seat.scan_id)).scalar()
                stir(db, above or "")
            return True

        return self._db.write(work)

    def wish(self, scan_id: str, slot: str, *, by: str) -> bool:
        """Somebody wants a file in the thread: whoever tells the scan next puts it into that slot. False: the slot was
        wished for before, or there is no such scan."""
        insert = (sqlite.insert if self._db.is_sqlite else postgresql.insert)(message)
        row = {"scan_id": scan_id, "slot": slot, "state": WISHED, "digest": storable(by), "changed_at": clock.now()}
        new = insert.values(**row).on_conflict_do_nothing(index_elements=["scan_id", "slot"])
        more = scan.update().where(scan.c.id == scan_id).values(wanted=scan.c.wanted + 1, desk_after=None)

        def work(db: sa.Connection) -> bool:
            return bool(db.execute(more).rowcount and db.execute(new).rowcount)

        return self._db.write(work)

    def lay(self, scan_id: str, slot: str, *, channel: str, ts: str) -> None:
        """Note what is put into a scan's thread beside what its desk says, so that it goes when the scan is
        forgotten."""
        row = {"scan_id": scan_id, "slot": slot, "state": "said", "channel": channel, "ts": ts}
        self._db.write(lambda db: db.execute(message.insert().values(row | {"changed_at": clock.now()})).rowcount)

    def hears(self, scan_id: str) -> tuple[bool, bool]:
        """Whether a scan has a thread, and whether it has a callback.

        Raises:
            KeyError: there is no such scan.
        """
        query = sa.select(scan.c.channel, scan.c.callback, scan.c.hushed).where(scan.c.id == scan_id)
        row = self._db.read(lambda db: db.execute(query).one_or_none())
        if row is None:
            raise KeyError(scan_id)
        return bool(row.channel) and not row.hushed, bool(row.callback)

    def lagging(self) -> int:
        """How many threads do not say yet what the record knows."""
        query = sa.select(sa.func.count()).where(scan.c.told < scan.c.wanted, scan.c.channel != "", ~scan.c.hushed)
        query = query.where(reachable(scan.c.team))
        return int(self._db.read(lambda db: db.execute(query).scalar_one()))


def is_behind(said: Mapping[str, Said], number: int) -> bool:
    """The record was restored while this round was told: what it does not know of may stand in the thread."""
    return RESTORED in said and said[RESTORED].digest == str(number)


def _mine(seat: Seat) -> sa.Update:
    return scan.update().where(scan.c.id == seat.scan_id, scan.c.desk_fence == seat.fence)
