"""What waits for a second person: asked once, decided once, whoever clicks how often."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from core import clock
from core.models import Place
from core.store.database import Database
from core.store.installed import reachable
from core.store.notices import SAID, Notice, write_notices
from core.store.rows import storable
from core.store.team import approval, notice

CARD = "approval/"  # begins the key of a card's notice
SETTLED, STALE = timedelta(seconds=30), timedelta(hours=1)  # since an approval, after and within which it is begun
KEPT = timedelta(days=90)  # decided ones, for looking back; the audit has them for good


class State(StrEnum):
    WAITING = "waiting"
    GRANTED = "granted"
    REFUSED = "refused"
    OVER = "over"  # nobody decided in time


@dataclass(frozen=True, slots=True)
class Approval:
    """A wish that a second person must approve."""

    id: str
    place: Place
    asked_by: str
    asked_at: datetime
    wish: Mapping[str, Any]
    reason: str
    state: State
    decided_by: str
    decided_at: datetime | None
    expires_at: datetime
    scan_ids: tuple[str, ...]
    message_ts: str


_CARD = (
    sa.select(notice.c.key)
    .where(notice.c.key == sa.literal(CARD) + approval.c.id, notice.c.state == SAID, notice.c.ts != "")
    .correlate(approval)
)


class Approvals:
    def __init__(self, database: Database) -> None:
        self._db = database

    def ask(
        self,
        wish: Mapping[str, Any],
        *,
        place: Place,
        by: str,
        reason: str,
        lasts: timedelta,
        key: str = "",
        card: Callable[[Approval], Notice] | None = None,
    ) -> Approval:
        """Write down a wish that waits, and the card that asks for a second person: it lies here until it stands.
        `key` names the delivery that asks: its repeat gets the same one again."""
        now = clock.now()
        made = {
            "id": key or secrets.token_hex(8),
            "team": place.team,
            "channel": place.channel,
            "thread_ts": place.thread_ts,
            "asked_by": by,
            "asked_at": now,
            "wish": storable(wish),
            "reason": storable(reason),
            "state": str(State.WAITING),
            "expires_at": now + lasts,
        }

        def work(db: sa.Connection) -> Any:
            known = db.execute(approval.select().where(approval.c.id == made["id"])).one_or_none()
            if known is not None:
                return known
            row = db.execute(approval.insert().values(made).returning(approval)).one()
            write_notices(db, [card(_approval(row))] if card is not None else ())
            return row

        return _approval(self._db.write(work))

    def get(self, team: str, approval_id: str) -> Approval:
        """Raises KeyError: this workspace has none of that id."""
        query = approval.select().where(approval.c.id == approval_id, approval.c.team == team)
        row = self._db.read(lambda db: db.execute(query).one_or_none())
        if row is None:
            raise KeyError(approval_id)
        return _approval(row)

    def waiting(self, team: str, user: str) -> int:
        """How many of somebody's wishes wait."""
        query = sa.select(sa.func.count()).where(
            approval.c.team == team, approval.c.asked_by == user, approval.c.state == str(State.WAITING)
        )
        return int(self._db.read(lambda db: db.execute(query).scalar_one()))

    def decide(self, approval_id: str, *, by: str, granted: bool) -> bool:
        """Decide what waits. False: somebody did already, or its time is over; then nothing was written."""
        now = clock.now()
        state = State.GRANTED if granted else State.REFUSED
        decided = (
            approval.update()
            .where(approval.c.id == approval_id, approval.c.state == str(State.WAITING))
            .where(approval.c.expires_at > now, approval.c.asked_by != by)
            .values(state=str(state), decided_by=by, decided_at=now)
        )
        return self._db.write(lambda db: db.execute(decided).rowcount > 0)

    def began(self, approval_id: str, scan_ids: Sequence[str]) -> None:
        """Note what was started; its card says so."""
        noted = approval.update().where(approval.c.id == approval_id).values(scan_ids=" ".join(scan_ids), told="")
        self._db.write(lambda db: db.execute(noted).rowcount)

    def unbegun(self) -> list[Approval]:
        """Those that somebody approved lately, and of which nothing was started: whoever was to do so has died."""
        now = clock.now()
        query = approval.select().where(
            approval.c.state == str(State.GRANTED),
            approval.c.scan_ids == "",
            approval.c.decided_at.between(now - STALE, now - SETTLED),
            reachable(approval.c.team),
        )
        return [_approval(row) for row in self._db.read(lambda db: db.execute(query.limit(100)).all())]

    def told(self, approval_id: str, state: State) -> None:
        """Note which state the card shows."""
        noted = approval.update().where(approval.c.id == approval_id).values(told=str(state))
        self._db.write(lambda db: db.execute(noted).rowcount)

    def expire(self) -> list[Approval]:
        """End what nobody decided in time, and forget what was decided long ago; returns those that ended now."""
        now = clock.now()
        over = (
            approval.update()
            .where(approval.c.state == str(State.WAITING), approval.c.expires_at <= now)
            .values(state=str(State.OVER), decided_at=now)
            .returning(approval)
        )
        old = approval.delete().where(approval.c.state != str(State.WAITING), approval.c.expires_at <= now - KEPT)

        def work(db: sa.Connection) -> list[Any]:
            db.execute(old)
            return list(db.execute(over).all())

        due = sa.select(approval.c.id).where(
            ((approval.c.state == str(State.WAITING)) & (approval.c.expires_at <= now))
            | (approval.c.expires_at <= now - KEPT)
        )
        if self._db.read(lambda db: db.execute(due.limit(1)).first()) is None:
            return []
        return [_approval(row) for row in self._db.write(work)]

    def untold(self) -> list[Approval]:
        """Those whose cards show an older state; of a card that was posted meanwhile it is noted where it stands."""
        new = sa.select(approval.c.id).where(approval.c.message_ts == "", _CARD.exists())
        if self._db.read(lambda db: db.execute(new.limit(1)).first()) is not None:
            ts = _CARD.with_only_columns(notice.c.ts).limit(1).scalar_subquery()
            noted = approval.update().where(approval.c.message_ts == "", _CARD.exists())
            self._db.write(lambda db: db.execute(noted.values(message_ts=ts, told=str(State.WAITING))).rowcount)
        older = (approval.c.message_ts != "", approval.c.told != approval.c.state, reachable(approval.c.team))
        query = approval.select().where(*older).limit(100)
        return [_approval(row) for row in self._db.read(lambda db: db.execute(query).all())]


def _approval(row: Any) -> Approval:
    return Approval(
        row.id,
        Place(row.team, row.channel, row.thread_ts),
        row.asked_by,
        row.asked_at,
        row.wish,
        row.reason,
        State(row.state),
        row.decided_by,
        row.decided_at,
        row.expires_at,
        tuple(row.scan_ids.split()),
        row.message_ts,
    )
