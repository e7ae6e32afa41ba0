"""Runs in the record: claims with a lease and a fence, findings as they come, and closing once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from core import clock
from core.models import Finding, Outcome, Run, RunState, ScanStatus
from core.store.database import Database
from core.store.rows import finding_from, finding_values, run_from, storable
from core.store.scans import count_down
from core.store.tables import finding, flight, run, scan

MOST_ATTEMPTS = 2  # a run whose worker died twice is closed as failed
REUSABLE = (str(Outcome.FOUND), str(Outcome.NOTHING), str(Outcome.PARTIAL))


@dataclass(frozen=True, slots=True)
class Pulse:
    """What a worker learns when it looks after its runs."""

    lost: frozenset[str]  # runs whose fence moved on: somebody else holds them, or they are closed
    cancelled: frozenset[str]  # runs whose scan was cancelled


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

    def waiting(self, scan_id: str) -> list[tuple[str, str, str]]:
        """(run id, collector, cache key) of this scan's queued runs, in the plan's order."""
        query = (
            sa.select(run.c.id, run.c.collector, run.c.key)
            .where(run.c.scan_id == scan_id, run.c.state == str(RunState.QUEUED))
            .order_by(run.c.position)
        )
        return self._db.read(lambda db: [(r.id, r.collector, r.key) for r in db.execute(query)])

    def claim(self, run_id: str, *, lease: float) -> Run | None:
        """Take a queued run; None when somebody else has it or it is closed. What an earlier attempt saved
        and never closed is dropped, so nothing is said twice."""

        def work(db: sa.Connection) -> Run | None:
            now = clock.now()
            taken = db.execute(
                run.update()
                .where(run.c.id == run_id, run.c.state == str(RunState.QUEUED))
                .values(
                    state=str(RunState.RUNNING),
                    attempt=run.c.attempt + 1,
                    fence=run.c.fence + 1,
                    lease_until=now + timedelta(seconds=lease),
                    started_at=now,
                    found=0,
                )
            ).rowcount
            if not taken:
                return None
            row = db.execute(run.select().where(run.c.id == run_id)).one()
            if row.fence > 1:  # held before, also by one who gave it back
                db.execute(finding.delete().where(finding.c.run_id == run_id))
            db.execute(
                scan.update()
                .where(scan.c.id == row.scan_id)
                .values(
                    status=sa.case(
                        (scan.c.status == str(ScanStatus.QUEUED), str(ScanStatus.RUNNING)), else_=scan.c.status
                    ),
                    wanted=scan.c.wanted + 1,
                )
            )
            return run_from(row)

        return self._db.write(work)

    def save(self, claimed: Run, findings: Sequence[Finding]) -> None:
        """Add findings to a run we still hold; the same finding twice is kept once."""
        rows = [finding_values(claimed.id, each) for each in findings]

        def work(db: sa.Connection) -> None:
            held = db.execute(_held(claimed).values(found=run.c.found + 0)).rowcount
            if not held:
                return
            insert = (sqlite.insert if self._db.is_sqlite else postgresql.insert)(finding)
            db.execute(insert.on_conflict_do_nothing(index_elements=["run_id", "fingerprint"]), rows)
            count = sa.select(sa.func.count()).where(finding.c.run_id == claimed.id).scalar_subquery()
            db.execute(_held(claimed).values(found=count))

        if rows:
            self._db.write(work)

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
    ) -> bool:
        """Close a run we still hold, once, and count it off its scan in the same transaction.

        `same_as` lends the findings of a run that asked the same. False: we no longer held it.
        """

        def work(db: sa.Connection) -> bool:
            now = clock.now()
            started = claimed.started_at or now
            lender = _lender(db, same_as)
            closed = db.execute(
                _held(claimed).values(
                    state=str(RunState.CLOSED),
                    outcome=str(outcome),
                    reason=storable(reason),
                    message=storable(message),
                    lease_until=None,
                    closed_at=now,
                    answered_at=answered_at,
                    ms=int((now - started).total_seconds() * 1000),
                    cached=cached,
                    same_as=lender,
                    found=same_as.found if same_as else run.c.found,
                )
            ).rowcount
            if not closed:
                return False
            db.execute(flight.delete().where(flight.c.run_id == claimed.id))
            count_down(db, claimed.scan_id, 1, now)
            return True

        return self._db.write(work)

    def give_back(self, claimed: Iterable[Run]) -> None:
        """Queue runs again that we hold and will not finish (the worker stops); not counted as an attempt."""

        def work(db: sa.Connection) -> None:
            for each in claimed:
                db.execute(
                    _held(each).values(
                        state=str(RunState.QUEUED),
                        attempt=run.c.attempt - 1,
                        lease_until=None,
                        queued_at=clock.now(),
                    )
                )
                db.execute(flight.delete().where(flight.c.run_id == each.id))

        self._db.write(work)

    def pulse(self, held: Sequence[Run], *, lease: float | None) -> Pulse:
        """Look after the runs a worker holds: which were lost or cancelled; with `lease`, extend the others."""
        if not held:
            return Pulse(frozenset(), frozenset())
        fences = {each.id: each.fence for each in held}
        query = (
            sa.select(run.c.id, run.c.fence, run.c.state, scan.c.status)
            .join(scan, scan.c.id == run.c.scan_id)
            .where(run.c.id.in_(list(fences)))
        )

        def work(db: sa.Connection) -> Pulse:
            rows = db.execute(query).all()
            mine = {r.id for r in rows if r.fence == fences[r.id] and r.state == str(RunState.RUNNING)}
            if lease is not None:
                until = clock.now() + timedelta(seconds=lease)
                for run_id in sorted(mine):
                    held_now = (run.c.id == run_id) & (run.c.fence == fences[run_id])
                    db.execute(run.update().where(held_now).values(lease_until=until))
                db.execute(flight.update().where(flight.c.run_id.in_(list(mine))).values(until=until))
            cancelled = {r.id for r in rows if r.status == str(ScanStatus.CANCELLED)}
            return Pulse(frozenset(fences) - frozenset(mine), frozenset(mine & cancelled))

        return self._db.write(work) if lease is not None else self._db.read(work)

    def lead(self, claimed: Run, key: str, *, lease: float) -> str:
        """Who asks for this key now: our own id when the flight is ours, else the run to wait for."""
        until = clock.now() + timedelta(seconds=lease)
        insert = (sqlite.insert if self._db.is_sqlite else postgresql.insert)(flight)
        take = insert.values(key=key, run_id=claimed.id, until=until).on_conflict_do_update(
            index_elements=["key"],
            set_={"run_id": claimed.id, "until": until},
            where=(flight.c.until < clock.now()) | (flight.c.run_id == claimed.id),
        )

        def work(db: sa.Connection) -> str:
            db.execute(take)
            return str(db.execute(sa.select(flight.c.run_id).where(flight.c.key == key)).scalar_one())

        return self._db.write(work)

    def answered(self, key: str, *, life: float, life_nothing: float) -> Run | None:
        """The latest answer to the same question that is still fresh: a found one for `life` seconds, an empty
        or partial one for `life_nothing`."""
        now = clock.now()
        long, short = now - timedelta(seconds=life), now - timedelta(seconds=life_nothing)
        good = (run.c.outcome == str(Outcome.FOUND)) & (run.c.answered_at > long)
        poor = run.c.outcome.in_(REUSABLE) & (run.c.answered_at > short)
        query = (
            run.select()
            .where(run.c.key == key, run.c.state == str(RunState.CLOSED), good | poor)
            .order_by(run.c.answered_at.desc())
            .limit(1)
        )

        def work(db: sa.Connection) -> Run | None:
            row = db.execute(query).one_or_none()
            return run_from(row) if row else None

        return self._db.read(work)

    def closed_among(self, run_ids: Sequence[str]) -> dict[str, Run]:
        """Those of the runs that are closed (or gone from the record: left out)."""
        query = run.select().where(run.c.id.in_(list(run_ids)), run.c.state == str(RunState.CLOSED))
        return self._db.read(lambda db: {row.id: run_from(row) for row in db.execute(query)})


def _held(claimed: Run) -> Any:
    return run.update().where(
        run.c.id == claimed.id, run.c.fence == claimed.fence, run.c.state == str(RunState.RUNNING)
    )


def _lender(db: sa.Connection, same_as: Run | None) -> str:
    """The run that really holds the findings: lending is never chained."""
    if same_as is None:
        return ""
    lent = db.execute(sa.select(run.c.same_as).where(run.c.id == same_as.id)).scalar_one_or_none()
    return lent or same_as.id


def _findings(db: sa.Connection, run_id: str) -> list[Finding]:
    return [finding_from(r) for r in db.execute(finding.select().where(finding.c.run_id == run_id).order_by("id"))]
