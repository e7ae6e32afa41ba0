"""Scans in the record: opening, new rounds, cancelling, looking back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa

from core import clock
from core.cases import Tlp
from core.models import Outcome, RunState, Scan, ScanStatus, Target, standing
from core.store import counting
from core.store.callbacks import call_back
from core.store.database import Database, after
from core.store.kinship import lock_trees, stir
from core.store.opening import Ask, Choice, Opened, audits, digest, new_id, open_one, runs_of_round
from core.store.pivotings import now_due
from core.store.rates import BULK, Rates, check, one_by_one
from core.store.rows import finding_from, run_from, scan_from
from core.store.statements import COUNT_DOWN, FINISH, OPEN, WRITE_AUDIT
from core.store.tables import finding, run, scan
from core.store.team import member


class Abandoned(Exception):
    """The caller no longer waits: nothing may be written."""


def _willing() -> bool:
    return True


class Scans:
    def __init__(self, database: Database) -> None:
        self._db = database

    def open(
        self, asks: Sequence[Ask], *, rates: Rates | None = None, willing: Callable[[], bool] = _willing
    ) -> list[Opened]:
        """Write a scan for each ask, all or none, in one transaction. Only new ones count towards the rates.

        `willing` is asked just before the commit.

        Raises:
            TooOften: the rates leave no room; nothing was written.
            Abandoned: `willing` said no; nothing was written.
            StoreUnsure: nobody knows whether it was written.
            StoreDown: nothing was written.
        """
        ids = [new_id() for _ in asks]

        def work(db: sa.Connection) -> list[Opened]:
            for user, place in sorted({(ask.asker.user, ask.place) for ask in asks}, key=repr):
                one_by_one(db, user, place)
            lock_trees(db, [ask.belongs.parent for ask in asks if ask.belongs.parent])
            opened = [open_one(db, ask, scan_id) for ask, scan_id in zip(asks, ids, strict=True)]
            if rates is not None:
                check(db, rates, sum(1 for each in opened if each.new))
            if not willing():
                raise Abandoned
            return opened

        def again(db: sa.Connection) -> list[Opened]:
            # Whoever is still writing our delivery keys is waited for; a scan with our own id is the one just made.
            opened = work(db)
            return [Opened(whole(db, each.scan.id), new=True) if each.scan.id in ids else each for each in opened]

        keyed = all(ask.keys for ask in asks)
        written = self._db.write(work, landed=again if keyed else None)
        for ask, each in zip(asks, written, strict=True):
            if each.new:
                counting.opened(each.scan, ask.choices)
        return written

    def new_round(
        self,
        scan_id: str,
        choices: Sequence[Choice],
        *,
        by: str,
        after: int,
        fresh: bool,
        active: str = "",
        rates: Rates | None = None,
        door: str = "slack",
        reason: str = "",
    ) -> tuple[Scan, bool]:
        """Open the round that follows round `after`; False when it is open or was opened already.

        The comparison makes a double click one round: both name the same `after`. `active` says how `by` allowed to
        touch the target itself from this round on. With `rates`, the round counts as a scan that was started, and is
        written into the audit as one.

        Raises:
            TooOften: the rates leave no room; nothing was written.
        """

        now = clock.now()
        consent = {"active_by": by, "active_round": after + 1} if active else {}

        def work(db: sa.Connection) -> bool:
            if rates is not None:
                one_by_one(db, rates.user, rates.place)
            waiting = sum(1 for choice in choices if not choice.reason)
            changed = db.execute(
                scan.update()
                .where(scan.c.id == scan_id, scan.c.round == after, scan.c.open_runs == 0)
                .values(
                    round=after + 1,
                    status=str(ScanStatus.QUEUED if waiting else ScanStatus.FINISHED),
                    open_runs=waiting,
                    round_by=by,
                    round_at=now,
                    finished_at=None if waiting else now,
                    cancelled_by="",
                    fresh=fresh,
                    undelivered="",
                    desk_after=None,
                    desk_tries=0,
                    wanted=scan.c.wanted + 1,
                    changed_at=now,
                    **consent,
                )
            ).rowcount
            if changed:
                db.execute(run.insert(), runs_of_round(scan_id, after + 1, choices, now))
            if changed and not waiting:
                call_back(db, scan_id)
            if changed and rates is not None:
                row = db.execute(scan.select().where(scan.c.id == scan_id)).one()
                audited = audits(
                    rates.user,
                    rates.place,
                    door=door,
                    target=f"{row.kind} {row.value}",
                    scan_id=scan_id,
                    now=now,
                    choices=choices,
                    active=active or ("asked again" if row.active_by else ""),
                    reason=reason,
                    rule=BULK if rates.bulk else "",
                )
                db.execute(WRITE_AUDIT, audited)
                check(db, rates, 1)
            return bool(changed)

        def landed(db: sa.Connection) -> bool | None:
            row = db.execute(scan.select().where(scan.c.id == scan_id).with_for_update()).one_or_none()
            return True if row is not None and row.round == after + 1 and row.round_at == now else None

        opened = self._db.write(work, landed=landed)
        again = self.get(scan_id)
        if opened:
            counting.opened(again, choices)
        return again, opened

    def cancel(self, scan_id: str, *, by: str) -> tuple[Scan, bool]:
        """Close queued runs at once and mark the scan; running ones are aborted by their worker, which looks
        twice a second. False when there was nothing to stop."""

        def work(db: sa.Connection) -> bool:
            now = clock.now()
            # Runs before their scan, as everybody locks them: else a claim and a cancel wait for each other.
            waiting = sa.select(run.c.id).where(run.c.scan_id == scan_id, run.c.state == str(RunState.QUEUED))
            db.execute(waiting.order_by(run.c.id).with_for_update())
            changed = db.execute(
                scan.update()
                .where(scan.c.id == scan_id, scan.c.status.in_(OPEN))
                .values(status=str(ScanStatus.CANCELLED), cancelled_by=by, wanted=scan.c.wanted + 1, changed_at=now)
            ).rowcount
            if not changed:
                return False
            # Not waiting here, the scan is ours already: whoever claims one right now sees that it is cancelled.
            ids = db.execute(waiting.order_by(run.c.id).with_for_update(skip_locked=True)).scalars().all()
            closed = db.execute(
                run.update()
                .where(run.c.id.in_(ids), run.c.state == str(RunState.QUEUED))
                .values(
                    state=str(RunState.CLOSED),
                    outcome=str(Outcome.CANCELLED),
                    reason="cancelled",
                    message="Stopped before it started.",
                    closed_at=now,
                )
                .returning(run.c.collector)
            ).all()
            for each in closed:
                after(db, partial(counting.closed, each.collector, Outcome.CANCELLED, "cancelled"))
            count_down(db, scan_id, len(closed), now)
            return True

        def landed(db: sa.Connection) -> bool | None:
            row = db.execute(scan.select().where(scan.c.id == scan_id).with_for_update()).one_or_none()
            return True if row is not None and row.cancelled_by == by else None

        changed = self._db.write(work, landed=landed)
        return self.get(scan_id), changed

    def get(self, scan_id: str, *, all_rounds: bool = False) -> Scan:
        """A scan with its runs and their findings.

        Raises:
            KeyError: there is no such scan.
        """

        return self._db.read(lambda db: whole(db, scan_id, all_rounds=all_rounds))

    def recent(
        self,
        team: str,
        *,
        user: str = "",
        target: Target | None = None,
        known_to: tuple[str, str] | None = None,
        only_open: bool = False,
        limit: int = 20,
    ) -> list[Scan]:
        """The latest scans of a workspace, newest first, with runs but without findings.

        `known_to` is a user and a channel: only what that person may see there.
        """

        def work(db: sa.Connection) -> list[Scan]:
            query = scan.select().where(scan.c.team == team).order_by(scan.c.created_at.desc()).limit(limit)
            if user:
                query = query.where(scan.c.asker_user == user)
            if known_to is not None:
                query = query.where(_known_to(*known_to))
            if target is not None:
                query = query.where(scan.c.target_digest == digest(str(target.kind), target.value))
            if only_open:
                query = query.where(scan.c.status.in_(OPEN) | (scan.c.open_runs > 0))
            rows = db.execute(query).all()
            return with_runs(db, rows)

        return self._db.read(work)


def _known_to(user: str, channel: str) -> sa.ColumnElement[bool]:
    """As `core.access.sees` says of one."""
    theirs = scan.c.case_id.in_(sa.select(member.c.case_id).where(member.c.user == user))
    return (scan.c.asker_user == user) | theirs | ((scan.c.channel == channel) & (scan.c.tlp != str(Tlp.RED)))


def with_runs(db: sa.Connection, rows: Sequence[Any]) -> list[Scan]:
    """These scans, each with the newest run of each collector, without findings."""
    runs: dict[str, list[Any]] = {row.id: [] for row in rows}
    wanted = run.select().where(run.c.scan_id.in_(list(runs))).order_by(run.c.round, run.c.position)
    for each in db.execute(wanted) if runs else ():
        runs[each.scan_id].append(each)
    return [scan_from(row, standing(run_from(each) for each in runs[row.id])) for row in rows]


def count_down(db: sa.Connection, scan_id: str, closed: int, now: datetime) -> bool:
    """Take closed runs off the scan's count within the transaction that closed them; True for the last one."""
    if closed:
        db.execute(COUNT_DOWN, {"b_scan": scan_id, "b_closed": closed, "b_now": now})
    last = db.execute(FINISH, {"b_scan": scan_id, "b_now": now}).first()
    if last is not None:
        call_back(db, scan_id)
        stir(db, last.parent_id)
        now_due(db, scan_id)
        after(db, partial(counting.finished, last, now))
    return last is not None


def whole(db: sa.Connection, scan_id: str, *, all_rounds: bool = False) -> Scan:
    """A scan with its runs and their findings. Raises KeyError: there is no such scan."""
    row = db.execute(scan.select().where(scan.c.id == scan_id)).one_or_none()
    if row is None:
        raise KeyError(scan_id)
    return scan_from(row, _runs_of(db, row, all_rounds=all_rounds))


def _runs_of(db: sa.Connection, row: Any, *, all_rounds: bool) -> list[Any]:
    query = run.select().where(run.c.scan_id == row.id).order_by(run.c.round, run.c.position)
    rows = db.execute(query).all()
    if not all_rounds:
        kept = {each.id for each in standing(run_from(each) for each in rows)}
        rows = [each for each in in_plan(rows) if each.id in kept]
    holders = {each.id: each.same_as or each.id for each in rows}
    held: dict[str, list[Any]] = {holder: [] for holder in holders.values()}
    found = finding.select().where(finding.c.run_id.in_(list(held))).order_by(finding.c.id)
    for each in db.execute(found):
        held[each.run_id].append(finding_from(each))
    return [run_from(each, held[holders[each.id]]) for each in rows]


def in_plan(rows: Sequence[Any]) -> list[Any]:
    """In the order in which the collectors stood in the first plan that had them."""
    first: dict[str, int] = {}
    for place, each in enumerate(rows):
        first.setdefault(each.collector, place)
    return sorted(rows, key=lambda each: first[each.collector])
