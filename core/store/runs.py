"""Runs in the record: claims with a lease and a fence, findings as they come, and closing once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa

from core import clock
from core.metrics import count
from core.models import Finding, Outcome, Run, RunState, ScanStatus
from core.store import counting
from core.store.answers import Numbered, Rows, keep, rows_of
from core.store.database import Database, after
from core.store.rows import finding_from, finding_values, run_from, storable
from core.store.scans import count_down
from core.store.statements import (
    ANSWERED,
    BEGUN,
    CLAIM,
    CLAIMED,
    CLOSE,
    CLOSED_BY,
    COUNT_FOUND,
    DROP_FOUND,
    GIVE_BACK,
    HOLD,
    LAND,
    LEADER,
    LENDER,
    PUT_OFF,
    QUEUED,
    RUN,
    SAVE,
    STIR,
    TAKE_OFF,
    WANT,
    due_at,
)
from core.store.tables import finding, run, scan

MOST_ATTEMPTS = 2  # a run whose worker died twice is closed as failed


@dataclass(frozen=True, slots=True)
class Pulse:
    """What a worker learns when it looks after its runs, each named with the fence it is held by."""

    lost: frozenset[tuple[str, int]]  # the fence moved on: somebody holds them anew, or they are closed
    cancelled: frozenset[tuple[str, int]]  # the scan was cancelled


class Runs:
    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, run_id: str) -> Run:
        """Raises KeyError when there is no such run."""

        def work(db: sa.Connection) -> Run:
            row = db.execute(run.select().where(run.c.id == run_id)).one_or_none()
            if row is None:
                raise KeyError(run_id)
            return run_from(row, _findings(db, row.same_as or row.id))

        return self._db.read(work)

    def claim_waiting(self, scan_id: str, *, lease: float) -> list[tuple[Run, str]]:
        """Take all queued runs of a scan that are due, each with its cache key, in the plan's order: those nobody
        else has."""
        now = clock.now()

        def work(db: sa.Connection) -> list[tuple[Run, str]]:
            waiting = db.execute(QUEUED, {"b_scan": scan_id} | due_at(now)).all()
            mine = [row for row in waiting if _claim(db, row.id, lease, now)]
            if mine:
                db.execute(BEGUN, {"b_scan": scan_id, "b_now": now})
            return _claimed(db, scan_id, now) if mine else []

        def landed(db: sa.Connection) -> list[tuple[Run, str]] | None:
            db.execute(sa.select(run.c.id).where(run.c.scan_id == scan_id).order_by(run.c.id).with_for_update())
            return _claimed(db, scan_id, now) or None

        return self._db.write(work, landed=landed)

    def claim(self, run_id: str, *, lease: float) -> Run | None:
        """Take a queued run; None when somebody else has it or it is closed. What an earlier attempt saved
        and never closed is dropped, so nothing is said twice."""

        def work(db: sa.Connection) -> Run | None:
            if not _claim(db, run_id, lease, clock.now()):
                return None
            mine = run_from(db.execute(RUN, {"b_id": run_id}).one())
            db.execute(BEGUN, {"b_scan": mine.scan_id, "b_now": clock.now()})
            return mine

        return self._db.write(work)

    def save(self, claimed: Run, findings: Sequence[Finding], answers: Sequence[Numbered] = ()) -> None:
        """Add findings to a run we still hold, and what sources answered; each of them twice is kept once."""
        if findings or answers:
            self._db.write(partial(_save, claimed=claimed, findings=findings, kept=rows_of(claimed.id, answers)))

    def close(
        self,
        claimed: Run,
        outcome: Outcome,
        *,
        reason: str = "",
        message: str = "",
        answered_at: datetime | None = None,
        cached: bool = False,
        same_as: Run | None = None,
        findings: Sequence[Finding] = (),
        answers: Sequence[Numbered] = (),
    ) -> bool:
        """Close a run we still hold, once, and count it off its scan in the same transaction.

        `findings` and `answers` are its last ones; `same_as` lends those of a run that asked the same. False: we no
        longer held it, and nothing was written.
        """

        kept = rows_of(claimed.id, answers)

        def work(db: sa.Connection) -> bool:
            if findings or kept:
                _save(db, claimed, findings, kept)
            now = clock.now()
            written = {
                "b_outcome": str(outcome),
                "b_reason": storable(reason),
                "b_message": storable(message),
                "b_now": now,
                "b_answered": answered_at,
                "b_ms": max(0, int((now - (claimed.started_at or now)).total_seconds() * 1000)),
                "b_cached": cached,
                "b_lender": _lender(db, same_as),
                "b_found": same_as.found if same_as else None,
            }
            if not db.execute(CLOSE, _held(claimed) | written).rowcount:
                return False
            db.execute(LAND, {"b_id": claimed.id})
            count_down(db, claimed.scan_id, 1, now)
            return True

        def landed(db: sa.Connection) -> bool | None:
            db.execute(HOLD, _held(claimed))  # waits for a close that is still under way
            how = {"b_outcome": str(outcome), "b_reason": storable(reason)}
            return True if db.execute(CLOSED_BY, _held(claimed) | how).first() else None

        written = self._db.write(work, landed=landed)
        if written:
            counting.closed(claimed.collector, outcome, reason)
            counting.answered(claimed, clock.now(), kept=cached, shared=same_as is not None)
        return written

    def give_back(self, claimed: Iterable[Run]) -> None:
        """Queue runs again that we hold and will not finish (the worker stops); not counted as an attempt."""

        def work(db: sa.Connection) -> None:
            for each in sorted(claimed, key=lambda each: each.id):  # as everybody locks several
                if db.execute(GIVE_BACK, _held(each) | {"b_now": clock.now()}).rowcount:
                    after(db, partial(count, "gumshoe_runs_given_back_total"))
                db.execute(LAND, {"b_id": each.id})

        self._db.write(work)

    def put_off(self, claimed: Run, seconds: float, *, reason: str, message: str) -> bool:
        """Queue a run again that we hold, to be taken in so many seconds and not before; not counted as an attempt.
        False: we no longer held it, and nothing was written."""

        def work(db: sa.Connection) -> bool:
            now = clock.now()
            said = {"b_reason": storable(reason), "b_message": storable(message)}
            when = {"b_now": now, "b_after": now + timedelta(seconds=seconds)}
            if not db.execute(PUT_OFF, _held(claimed) | when | said).rowcount:
                return False
            db.execute(LAND, {"b_id": claimed.id})
            db.execute(WANT, {"b_scan": claimed.scan_id, "b_now": now})
            after(db, partial(count, "gumshoe_runs_put_off_total", collector=claimed.collector))
            return True

        return self._db.write(work)

    def pulse(self, held: Sequence[Run], *, lease: float | None) -> Pulse:
        """Look after the runs a worker holds: which were lost or cancelled; with `lease`, extend the others."""
        if not held:
            return Pulse(frozenset(), frozenset())
        holds = {(each.id, each.fence) for each in held}
        query = (
            sa.select(run.c.id, run.c.fence, run.c.state, scan.c.status)
            .join(scan, scan.c.id == run.c.scan_id)
            .where(run.c.id.in_(sorted({run_id for run_id, _ in holds})))
        )

        def work(db: sa.Connection) -> Pulse:
            rows = db.execute(query).all()
            mine = {(r.id, r.fence) for r in rows if r.state == str(RunState.RUNNING)} & holds
            if lease is not None:
                until = clock.now() + timedelta(seconds=lease)
                for run_id, fence in sorted(mine):
                    held_now = (run.c.id == run_id) & (run.c.fence == fence)
                    db.execute(run.update().where(held_now).values(lease_until=until))
            cancelled = {(r.id, r.fence) for r in rows if r.status == str(ScanStatus.CANCELLED)}
            return Pulse(frozenset(holds - mine), frozenset(mine & cancelled))

        return self._db.write(work) if lease is not None else self._db.read(work)

    def take_off(
        self, claimed: Run, key: str, *, lease: float, life: float, life_nothing: float
    ) -> tuple[Run | None, str]:
        """The answer to the same question that is still fresh, if any; else who asks it now: our own id when
        that is for us to do, or the run to wait for."""

        def work(db: sa.Connection) -> tuple[Run | None, str]:
            old = _answered(db, key, life, life_nothing)
            return (old, "") if old is not None else (None, _lead(db, claimed, key, lease))

        return self._db.write(work)

    def lead(self, claimed: Run, key: str, *, lease: float) -> str:
        """Who asks for this key now: our own id when the flight is ours, else the run to wait for."""
        return self._db.write(lambda db: _lead(db, claimed, key, lease))

    def answered(self, key: str, *, life: float, life_nothing: float) -> Run | None:
        """The latest answer to the same question that is still fresh: a found one for `life` seconds, an empty
        or partial one for `life_nothing`."""
        return self._db.read(lambda db: _answered(db, key, life, life_nothing))

    def answered_among(self, keys: Mapping[str, tuple[float, float]]) -> dict[str, Run]:
        """The same for many keys, each with its `life` and `life_nothing`; keys without a fresh answer are left out."""

        def work(db: sa.Connection) -> dict[str, Run]:
            found = {key: _answered(db, key, *lives) for key, lives in keys.items()}
            return {key: old for key, old in found.items() if old is not None}

        return self._db.read(work)

    def closed_among(self, run_ids: Sequence[str]) -> dict[str, Run]:
        """Those of the runs that are closed (or gone from the record: left out)."""
        query = run.select().where(run.c.id.in_(list(run_ids)), run.c.state == str(RunState.CLOSED))
        return self._db.read(lambda db: {row.id: run_from(row) for row in db.execute(query)})


def _held(claimed: Run) -> dict[str, Any]:
    return {"b_id": claimed.id, "b_fence": claimed.fence}


def _claim(db: sa.Connection, run_id: str, lease: float, now: datetime) -> bool:
    until = now + timedelta(seconds=lease)
    if not db.execute(CLAIM, {"b_id": run_id, "b_until": until} | due_at(now)).rowcount:
        return False
    if db.execute(RUN, {"b_id": run_id}).one().fence > 1:  # held before, also by one who gave it back
        for drop in DROP_FOUND:
            db.execute(drop, {"b_id": run_id})
    return True


def _claimed(db: sa.Connection, scan_id: str, now: datetime) -> list[tuple[Run, str]]:
    """What the claim of this moment took, in the plan's order."""
    rows = db.execute(CLAIMED, {"b_scan": scan_id, "b_now": now}).all()
    return [(run_from(row), str(row.key)) for row in sorted(rows, key=lambda row: int(row.position))]


def _save(db: sa.Connection, claimed: Run, findings: Sequence[Finding], kept: Sequence[Rows]) -> None:
    if db.execute(HOLD, _held(claimed)).rowcount:
        keep(db, kept)
        if findings:
            db.execute(SAVE[db.dialect.name], [finding_values(claimed.id, each) for each in findings])
            db.execute(COUNT_FOUND, _held(claimed))
            db.execute(STIR, {"b_scan": claimed.scan_id, "b_now": clock.now()})


def _lead(db: sa.Connection, claimed: Run, key: str, lease: float) -> str:
    until = clock.now() + timedelta(seconds=lease)
    db.execute(TAKE_OFF[db.dialect.name], {"b_key": key, "b_id": claimed.id, "b_until": until})
    return str(db.execute(LEADER, {"b_key": key}).scalar_one())


def _answered(db: sa.Connection, key: str, life: float, life_nothing: float) -> Run | None:
    now = clock.now()
    long, short = now - timedelta(seconds=life), now - timedelta(seconds=life_nothing)
    row = db.execute(ANSWERED, {"b_key": key, "b_long": long, "b_short": short, "b_soon": clock.soon()}).one_or_none()
    return run_from(row) if row else None


def _lender(db: sa.Connection, same_as: Run | None) -> str:
    """The run that really holds the findings: lending is never chained."""
    if same_as is None:
        return ""
    lent = db.execute(LENDER, {"b_id": same_as.id}).scalar_one_or_none()
    return lent or same_as.id


def _findings(db: sa.Connection, run_id: str) -> list[Finding]:
    return [finding_from(r) for r in db.execute(finding.select().where(finding.c.run_id == run_id).order_by("id"))]
