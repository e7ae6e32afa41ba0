"""Scans in the record: opening, new rounds, cancelling, looking back."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from core import clock
from core.models import Asker, Outcome, Place, RunState, Scan, ScanStatus, Target
from core.store.database import Database
from core.store.rows import finding_from, run_from, scan_from
from core.store.tables import finding, inbox, run, scan

ALPHABET = "abcdefghjkmnpqrstvwxyz23456789"  # no letters that read as others


@dataclass(frozen=True, slots=True)
class Choice:
    """One collector chosen for a scan; with a `lacks` sentence it is recorded as skipped at once."""

    collector: str
    key: str
    reason: str = ""  # no_key, not_fitting ...
    lacks: str = ""


class Abandoned(Exception):
    """The caller no longer waits: nothing may be written."""


def _willing() -> bool:
    return True


class Scans:
    def __init__(self, database: Database) -> None:
        self._db = database

    def open(
        self,
        target: Target,
        choices: Sequence[Choice],
        *,
        asker: Asker,
        place: Place,
        door: str,
        fresh: bool = False,
        tag: str = "",
        keys: Sequence[str] = (),
        willing: Callable[[], bool] = _willing,
    ) -> tuple[Scan, bool]:
        """Write a scan and its runs in one transaction.

        `keys` name the delivery that asks (trigger id, event id ...): one seen before returns the scan it
        made then, and False. `willing` is asked just before the commit.

        Raises:
            Abandoned: `willing` said no; nothing was written.
            StoreDown: nothing was written.
        """

        def work(db: sa.Connection) -> tuple[str, bool]:
            made_before = _seen(db, keys, target)
            if made_before:
                return made_before, False
            now, scan_id = clock.now(), "".join(secrets.choice(ALPHABET) for _ in range(8))
            waiting = sum(1 for choice in choices if not choice.reason)
            ended = {} if waiting else {"status": str(ScanStatus.FINISHED), "finished_at": now}
            columns = {
                "id": scan_id,
                "kind": str(target.kind),
                "value": target.value,
                "status": str(ScanStatus.QUEUED),
                "open_runs": waiting,
                "fresh": fresh,
                "tag": tag,
                "door": door,
                "asker_user": asker.user,
                "asker_name": asker.name,
                "team": place.team,
                "channel": place.channel,
                "thread_ts": place.thread_ts,
                "created_at": now,
                "round_at": now,
                "wanted": 1,
            }
            db.execute(scan.insert().values(columns | ended))
            db.execute(run.insert(), _runs(scan_id, 1, choices, now))
            for key in keys:
                db.execute(inbox.insert().values(key=_inbox_key(key, target), scan_ids=scan_id, at=now))
            if not willing():
                raise Abandoned
            return scan_id, True

        scan_id, created = self._db.write(work)
        return self.get(scan_id), created

    def new_round(
        self, scan_id: str, choices: Sequence[Choice], *, by: str, after: int, fresh: bool
    ) -> tuple[Scan, bool]:
        """Open the round that follows round `after`; False when it is open or was opened already.

        The comparison makes a double click one round: both name the same `after`.
        """

        def work(db: sa.Connection) -> bool:
            now = clock.now()
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
                )
            ).rowcount
            if changed:
                db.execute(run.insert(), _runs(scan_id, after + 1, choices, now))
            return bool(changed)

        opened = self._db.write(work)
        return self.get(scan_id), opened

    def cancel(self, scan_id: str, *, by: str) -> tuple[Scan, bool]:
        """Close queued runs at once and mark the scan; running ones are aborted by their worker, which looks
        twice a second. False when there was nothing to stop."""

        def work(db: sa.Connection) -> bool:
            now = clock.now()
            changed = db.execute(
                scan.update()
                .where(scan.c.id == scan_id, scan.c.status.in_(_OPEN))
                .values(status=str(ScanStatus.CANCELLED), cancelled_by=by, wanted=scan.c.wanted + 1)
            ).rowcount
            if not changed:
                return False
            closed = db.execute(
                run.update()
                .where(run.c.scan_id == scan_id, run.c.state == str(RunState.QUEUED))
                .values(
                    state=str(RunState.CLOSED),
                    outcome=str(Outcome.CANCELLED),
                    reason="cancelled",
                    message="Stopped before it started.",
                    closed_at=now,
                )
            ).rowcount
            count_down(db, scan_id, closed, now)
            return True

        changed = self._db.write(work)
        return self.get(scan_id), changed

    def get(self, scan_id: str, *, all_rounds: bool = False) -> Scan:
        """A scan with its runs and their findings.

        Raises:
            KeyError: there is no such scan.
        """

        def work(db: sa.Connection) -> Scan:
            row = db.execute(scan.select().where(scan.c.id == scan_id)).one_or_none()
            if row is None:
                raise KeyError(scan_id)
            return scan_from(row, _runs_of(db, row, all_rounds=all_rounds))

        return self._db.read(work)

    def recent(
        self,
        team: str,
        *,
        user: str = "",
        target: Target | None = None,
        only_open: bool = False,
        limit: int = 20,
    ) -> list[Scan]:
        """The latest scans of a workspace, newest first, with runs but without findings."""

        def work(db: sa.Connection) -> list[Scan]:
            query = scan.select().where(scan.c.team == team).order_by(scan.c.created_at.desc()).limit(limit)
            if user:
                query = query.where(scan.c.asker_user == user)
            if target is not None:
                query = query.where(scan.c.kind == str(target.kind), scan.c.value == target.value)
            if only_open:
                query = query.where(scan.c.status.in_(_OPEN) | (scan.c.open_runs > 0))
            rows = db.execute(query).all()
            runs: dict[str, list[Any]] = {row.id: [] for row in rows}
            wanted = run.select().where(run.c.scan_id.in_(list(runs))).order_by(run.c.round, run.c.position)
            for each in db.execute(wanted):
                runs[each.scan_id].append(each)
            return [scan_from(r, [run_from(e) for e in runs[r.id] if e.round == r.round]) for r in rows]

        return self._db.read(work)

    def same_just_now(self, team: str, user: str, channel: str, target: Target, *, within: float) -> Scan | None:
        """The open scan this person started here for this target a moment ago, if any: a repeat, not a wish."""

        def work(db: sa.Connection) -> Scan | None:
            row = db.execute(
                scan.select()
                .where(
                    scan.c.team == team,
                    scan.c.asker_user == user,
                    scan.c.channel == channel,
                    scan.c.kind == str(target.kind),
                    scan.c.value == target.value,
                    scan.c.open_runs > 0,
                    scan.c.created_at > clock.now() - timedelta(seconds=within),
                )
                .order_by(scan.c.created_at.desc())
                .limit(1)
            ).one_or_none()
            return scan_from(row) if row else None

        return self._db.read(work)


_OPEN = (str(ScanStatus.QUEUED), str(ScanStatus.RUNNING))


def count_down(db: sa.Connection, scan_id: str, closed: int, now: datetime) -> bool:
    """Take closed runs off the scan's count within the transaction that closed them; True for the last one."""
    if closed:
        db.execute(
            scan.update()
            .where(scan.c.id == scan_id)
            .values(open_runs=scan.c.open_runs - closed, wanted=scan.c.wanted + 1)
        )
    ended = sa.case((scan.c.status.in_(_OPEN), str(ScanStatus.FINISHED)), else_=scan.c.status)
    last = db.execute(
        scan.update()
        .where(scan.c.id == scan_id, scan.c.open_runs == 0, scan.c.finished_at.is_(None))
        .values(status=ended, finished_at=now, wanted=scan.c.wanted + 1)
    ).rowcount
    return bool(last)


def _runs(scan_id: str, number: int, choices: Sequence[Choice], now: datetime) -> list[dict[str, Any]]:
    rows = []
    for position, choice in enumerate(choices):
        skipped = bool(choice.reason)
        rows.append(
            {
                "id": f"{scan_id}-{number}-{choice.collector}",
                "scan_id": scan_id,
                "round": number,
                "position": position,
                "collector": choice.collector,
                "key": choice.key,
                "state": str(RunState.CLOSED if skipped else RunState.QUEUED),
                "outcome": str(Outcome.SKIPPED) if skipped else "",
                "reason": choice.reason,
                "message": choice.lacks,
                "queued_at": now,
                "closed_at": now if skipped else None,
            }
        )
    return rows


def _runs_of(db: sa.Connection, row: Any, *, all_rounds: bool) -> list[Any]:
    query = run.select().where(run.c.scan_id == row.id).order_by(run.c.round, run.c.position)
    if not all_rounds:
        query = query.where(run.c.round == row.round)
    rows = db.execute(query).all()
    holders = {each.id: each.same_as or each.id for each in rows}
    held: dict[str, list[Any]] = {holder: [] for holder in holders.values()}
    found = finding.select().where(finding.c.run_id.in_(list(held))).order_by(finding.c.id)
    for each in db.execute(found):
        held[each.run_id].append(finding_from(each))
    return [run_from(each, held[holders[each.id]]) for each in rows]


def _inbox_key(key: str, target: Target) -> str:
    return f"{key}|{target.kind}|{target.value}"


def _seen(db: sa.Connection, keys: Sequence[str], target: Target) -> str:
    wanted = [_inbox_key(key, target) for key in keys]
    return db.execute(sa.select(inbox.c.scan_ids).where(inbox.c.key.in_(wanted)).limit(1)).scalar_one_or_none() or ""
