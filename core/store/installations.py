"""Which workspaces installed us, and what becomes of a workspace's work when it removes us."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from core import clock
from core.installs import Installation
from core.recorded import LEFT_OUT, PAUSED, UNTOLD
from core.store.database import Database
from core.store.installed import installation
from core.store.rows import storable
from core.store.statements import OPEN, WRITE_AUDIT
from core.store.tables import scan, session
from core.store.team import approval, notice, pivoting, watch

DOOR = "slack"
INSTALL, UNINSTALL = "install", "uninstall"  # verbs of the audit
UNSAID = ("due", "sending")  # states of a notice
WAITING = "waiting"  # of an approval
FURTHEST = timedelta(minutes=5)  # a renewal that is said to take longer was begun by a clock that was wrong


class Installations:
    def __init__(self, database: Database) -> None:
        self._db = database

    def put(self, one: Installation, *, door: str = DOOR) -> Installation:
        """Keep an installation; a former one of the same workspace is replaced, and what it knew of is kept."""
        row = {
            "team": one.team,
            "name": storable(one.name),
            "enterprise": one.enterprise,
            "app": one.app,
            "bot_user": one.bot_user,
            "bot": one.bot,
            "scopes": " ".join(sorted(one.scopes)),
            "installed_by": one.installed_by,
            "installed_at": clock.now(),
            "sealed": one.sealed,
            "version": 1,
            "expires_at": one.expires_at,
        }
        insert = (sqlite.insert if self._db.is_sqlite else postgresql.insert)(installation).values(row)
        fresh = {"version": installation.c.version + 1, "gone_at": None, "gone_why": "", "renewing_until": None}
        upsert = insert.on_conflict_do_update(index_elements=["team"], set_=row | fresh)

        def work(db: sa.Connection) -> Any:
            was = db.execute(installation.select().where(installation.c.team == one.team)).one_or_none()
            if was is not None and was.gone_at is not None:
                _settle(db, one.team)  # what came up meanwhile is not said all at once now
            db.execute(upsert)
            _audit(db, one.team, one.installed_by, INSTALL, door, outcome="again" if was is not None else "")
            return db.execute(installation.select().where(installation.c.team == one.team)).one()

        return _installation(self._db.write(work))

    def get(self, team: str) -> Installation | None:
        """A workspace's, also one that is gone."""
        query = installation.select().where(installation.c.team == team)
        row = self._db.read(lambda db: db.execute(query).one_or_none())
        return None if row is None else _installation(row)

    def listed(self) -> list[Installation]:
        """All, those that are gone last."""
        query = installation.select().order_by(installation.c.gone_at.is_not(None), installation.c.team)
        return self._db.read(lambda db: [_installation(row) for row in db.execute(query)])

    def begin_renewal(self, one: Installation, *, lease: float) -> bool:
        """Claim the renewal of its tokens for so many seconds. False: somebody is at it, or has done it."""
        now = clock.now()
        until = installation.c.renewing_until
        free = until.is_(None) | (until < now) | (until > now + FURTHEST)
        claimed = _same(one).where(free).values(renewing_until=now + timedelta(seconds=lease))
        return bool(self._db.write(lambda db: db.execute(claimed).rowcount))

    def renew(self, one: Installation, sealed: str, *, expires_at: datetime | None) -> bool:
        """Keep other tokens of the same installation. False: it is another one by now, or gone."""
        values = {"sealed": sealed, "expires_at": expires_at, "renewing_until": None, "version": one.version + 1}
        return bool(self._db.write(lambda db: db.execute(_same(one).values(values)).rowcount))

    def reseal(self, one: Installation, sealed: str) -> bool:
        """Keep the same tokens, sealed anew."""
        return bool(self._db.write(lambda db: db.execute(_same(one).values(sealed=sealed)).rowcount))

    def end(self, one: Installation, *, why: str, by: str = "", door: str = DOOR) -> bool:
        """It is gone, if it is still this one: its tokens are erased, its sessions and what waits end; its record
        stays. Its scans are for `open_scans` and whoever stops them. False: it is another one by now, or was gone."""
        now = clock.now()
        gone = {"gone_at": now, "gone_why": why, "sealed": "", "expires_at": None, "version": one.version + 1}

        def work(db: sa.Connection) -> bool:
            if not db.execute(_same(one).values(gone)).rowcount:
                return False
            _audit(db, one.team, by, UNINSTALL, door, outcome=why)
            db.execute(session.delete().where(session.c.team == one.team))
            on = watch.update().where(watch.c.team == one.team, watch.c.ended == "", watch.c.paused_at.is_(None))
            rests = {"paused_at": now, "due_at": None, "trouble": PAUSED, "fence": watch.c.fence + 1}
            db.execute(on.values(rests))
            waits = approval.update().where(approval.c.team == one.team, approval.c.state == WAITING)
            db.execute(waits.values(state="over", decided_at=now))
            _settle(db, one.team)
            return True

        return self._db.write(work)

    def open_scans(self, *, limit: int = 500) -> list[str]:
        """Scans of workspaces that are gone, which still run."""
        gone = sa.select(installation.c.team).where(installation.c.gone_at.is_not(None))
        query = sa.select(scan.c.id).where(scan.c.team.in_(gone), scan.c.status.in_(OPEN)).limit(limit)
        return self._db.read(lambda db: list(db.execute(query).scalars()))

    def give_up(self, scan_id: str) -> None:
        """Nobody is told of this scan by itself any more."""
        self._db.write(lambda db: db.execute(_untold().where(scan.c.id == scan_id)).rowcount)


def _same(one: Installation) -> sa.Update:
    """An update of exactly this installation, with these tokens."""
    still = (installation.c.team == one.team) & (installation.c.version == one.version)
    return installation.update().where(still, installation.c.gone_at.is_(None))


def _settle(db: sa.Connection, team: str) -> None:
    """What was to be said there is not said by itself any more; the record keeps it."""
    db.execute(_untold().where(scan.c.team == team))
    unsaid = notice.update().where(notice.c.team == team, notice.c.state.in_(UNSAID))
    db.execute(unsaid.values(state="given up", error=UNTOLD, after=None))
    cards = approval.update().where(approval.c.team == team, approval.c.told != approval.c.state)
    db.execute(cards.values(told=approval.c.state))
    theirs = sa.select(scan.c.id).where(scan.c.team == team)
    stops = pivoting.update().where(pivoting.c.scan_id.in_(theirs), pivoting.c.state.in_(("wanted", "due")))
    db.execute(stops.values(state="done", why=LEFT_OUT))


def _untold() -> sa.Update:
    lags = scan.update().where(scan.c.told < scan.c.wanted, scan.c.channel != "", ~scan.c.hushed)
    return lags.values(told=scan.c.wanted, undelivered=UNTOLD, desk_after=None)


def _audit(db: sa.Connection, team: str, user: str, verb: str, door: str, *, outcome: str) -> None:
    names = ("channel", "subject", "rule", "scan_id", "reason")
    row = {"at": clock.now(), "team": team, "user": user, "door": door, "verb": verb, "decision": "allowed"}
    db.execute(WRITE_AUDIT, row | dict.fromkeys(names, "") | {"outcome": outcome})


def _installation(row: Any) -> Installation:
    return Installation(
        team=row.team,
        name=row.name,
        app=row.app,
        bot_user=row.bot_user,
        bot=row.bot,
        scopes=frozenset(row.scopes.split()),
        installed_by=row.installed_by,
        installed_at=row.installed_at,
        sealed=row.sealed,
        enterprise=row.enterprise,
        version=row.version,
        expires_at=row.expires_at,
        gone_at=row.gone_at,
        gone_why=row.gone_why,
    )
