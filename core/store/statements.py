"""The statements of the hot paths, built once: building one costs more than ten times what running it does.

Parameters are named `b_...`, so that none is taken for a column to set.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from core import clock
from core.models import Outcome, RunState, ScanStatus
from core.store.tables import Moment, audit, callback, finding, flight, inbox, run, scan
from core.store.team import answered

OPEN = (str(ScanStatus.QUEUED), str(ScanStatus.RUNNING))
REUSABLE = (str(Outcome.FOUND), str(Outcome.NOTHING), str(Outcome.PARTIAL))


def _b(name: str) -> sa.BindParameter[str]:
    return sa.bindparam(name, type_=sa.Text())


def _n(name: str) -> sa.BindParameter[int]:
    return sa.bindparam(name, type_=sa.Integer())


def _t(name: str) -> sa.BindParameter[datetime]:
    return sa.bindparam(name, type_=Moment())


def _for_each(make: Any, table: sa.Table) -> dict[str, Any]:
    return {"sqlite": make(sqlite.insert(table)), "postgresql": make(postgresql.insert(table))}


def due_at(now: datetime) -> dict[str, datetime]:
    """The parameters of what is due now."""
    return {"b_now": now, "b_far": now + timedelta(seconds=MOST_PUT_OFF + clock.SLACK)}


def flying() -> sa.ColumnElement[bool]:
    """A flight lasts for as long as its run runs: no clock says when it ends."""
    return flight.c.run_id.in_(sa.select(run.c.id).where(run.c.state == str(RunState.RUNNING)))


_MINE = (run.c.id == _b("b_id")) & (run.c.fence == _n("b_fence")) & (run.c.state == str(RunState.RUNNING))

MOST_PUT_OFF = 900.0  # seconds a run may be put off, all in all

# A moment further away than any run is put off was written by a clock that was set back since.
DUE = run.c.after.is_(None) | (run.c.after <= _t("b_now")) | (run.c.after > _t("b_far"))

RUN = run.select().where(run.c.id == _b("b_id"))
# By id, as everybody who locks several runs goes through them: else two wait for each other.
QUEUED = sa.select(run.c.id, run.c.key).where(
    run.c.scan_id == _b("b_scan"), run.c.state == str(RunState.QUEUED), DUE
).order_by(run.c.id)  # fmt: skip
CLAIM = (
    run.update()
    .where(run.c.id == _b("b_id"), run.c.state == str(RunState.QUEUED), DUE)
    .values(
        state=str(RunState.RUNNING),
        after=None,
        reason="",
        message="",
        attempt=run.c.attempt + 1,
        fence=run.c.fence + 1,
        lease_until=_t("b_until"),
        started_at=_t("b_now"),
        found=0,
    )
)
DROP_FOUND = tuple(each.delete().where(each.c.run_id == _b("b_id")) for each in (finding, answered))
BEGUN = (
    scan.update()
    .where(scan.c.id == _b("b_scan"))
    .values(
        status=sa.case((scan.c.status == str(ScanStatus.QUEUED), str(ScanStatus.RUNNING)), else_=scan.c.status),
        wanted=scan.c.wanted + 1,
        changed_at=_t("b_now"),
    )
)

HOLD = run.update().where(_MINE).values(found=run.c.found)  # locks a run we still hold; changes nothing
SAVE = _for_each(lambda insert: insert.on_conflict_do_nothing(index_elements=["run_id", "fingerprint"]), finding)
COUNT_FOUND = (
    run.update()
    .where(_MINE)
    .values(found=sa.select(sa.func.count()).where(finding.c.run_id == _b("b_id")).scalar_subquery())
)

CLOSE = (
    run.update()
    .where(_MINE)
    .values(
        state=str(RunState.CLOSED),
        outcome=_b("b_outcome"),
        reason=_b("b_reason"),
        message=_b("b_message"),
        lease_until=None,
        closed_at=_t("b_now"),
        answered_at=_t("b_answered"),
        ms=_n("b_ms"),
        cached=sa.bindparam("b_cached", type_=sa.Boolean()),
        same_as=_b("b_lender"),
        found=sa.func.coalesce(_n("b_found"), run.c.found),
    )
)
CLAIMED = run.select().where(  # what a claim of exactly this moment took
    run.c.scan_id == _b("b_scan"), run.c.state == str(RunState.RUNNING), run.c.started_at == _t("b_now")
)
CLOSED_BY = sa.select(run.c.id).where(  # a run that the holder of this fence closed so itself
    run.c.id == _b("b_id"),
    run.c.fence == _n("b_fence"),
    run.c.state == str(RunState.CLOSED),
    run.c.outcome == _b("b_outcome"),
    run.c.reason == _b("b_reason"),
)
GIVE_BACK = (
    run.update()
    .where(_MINE)
    .values(state=str(RunState.QUEUED), attempt=run.c.attempt - 1, lease_until=None, queued_at=_t("b_now"))
)
PUT_OFF = (
    run.update()
    .where(_MINE)
    .values(
        state=str(RunState.QUEUED),
        attempt=run.c.attempt - 1,
        lease_until=None,
        queued_at=_t("b_now"),
        after=_t("b_after"),
        put_off=sa.func.coalesce(run.c.put_off, _t("b_now")),
        reason=_b("b_reason"),
        message=_b("b_message"),
    )
)
WANT = scan.update().where(scan.c.id == _b("b_scan")).values(wanted=scan.c.wanted + 1, changed_at=_t("b_now"))
# More findings: no news for the thread, but for those who look on.
STIR = scan.update().where(scan.c.id == _b("b_scan")).values(changed_at=_t("b_now"))
LENDER = sa.select(run.c.same_as).where(run.c.id == _b("b_id"))
LAND = flight.delete().where(flight.c.run_id == _b("b_id"))
COUNT_DOWN = (
    scan.update()
    .where(scan.c.id == _b("b_scan"))
    .values(open_runs=scan.c.open_runs - _n("b_closed"), wanted=scan.c.wanted + 1, changed_at=_t("b_now"))
)
FINISH = (
    scan.update()
    .where(scan.c.id == _b("b_scan"), scan.c.open_runs == 0, scan.c.finished_at.is_(None))
    .values(
        status=sa.case((scan.c.status.in_(OPEN), str(ScanStatus.FINISHED)), else_=scan.c.status),
        finished_at=_t("b_now"),
        wanted=scan.c.wanted + 1,
        changed_at=_t("b_now"),
    )
    .returning(scan.c.door, scan.c.kind, scan.c.status, scan.c.round_at, scan.c.created_at, scan.c.parent_id)
)
CALL_BACK = _for_each(
    lambda insert: insert.from_select(
        ["scan_id", "round", "state", "changed_at"],
        sa.select(scan.c.id, scan.c.round, sa.literal("due", sa.Text()), scan.c.finished_at).where(
            scan.c.id == _b("b_scan"), scan.c.callback != "", scan.c.finished_at.is_not(None)
        ),
    ).on_conflict_do_nothing(index_elements=["scan_id", "round"]),
    callback,
)

ANSWERED = (
    run.select()
    .where(
        run.c.key == _b("b_key"),
        run.c.state == str(RunState.CLOSED),
        run.c.answered_at <= _t("b_soon"),
        ((run.c.outcome == str(Outcome.FOUND)) & (run.c.answered_at > _t("b_long")))
        | (run.c.outcome.in_(REUSABLE) & (run.c.answered_at > _t("b_short"))),
    )
    .order_by(run.c.answered_at.desc())
    .limit(1)
)
TAKE_OFF = _for_each(
    lambda insert: insert.values(key=_b("b_key"), run_id=_b("b_id"), until=_t("b_until")).on_conflict_do_update(
        index_elements=["key"],
        set_={"run_id": _b("b_id"), "until": _t("b_until")},
        where=~flying() | (flight.c.run_id == _b("b_id")),
    ),
    flight,
)
LEADER = sa.select(flight.c.run_id).where(flight.c.key == _b("b_key"))

OPEN_SCAN = scan.insert().returning(scan)
OPEN_RUNS = run.insert().returning(run)
WRITE_AUDIT = audit.insert()
TAKE_KEY = _for_each(lambda insert: insert.on_conflict_do_nothing(index_elements=["key"]).returning(inbox.c.key), inbox)
REPEATED = (
    scan.select()
    .where(
        scan.c.team == _b("b_team"),
        scan.c.asker_user == _b("b_user"),
        scan.c.channel == _b("b_channel"),
        scan.c.thread_ts == _b("b_thread"),
        scan.c.target_digest == _b("b_digest"),
        scan.c.status != str(ScanStatus.CANCELLED),
        scan.c.watch_id == "",  # a look of a watch has no thread, so it answers nobody
        scan.c.created_at > _t("b_since"),
        scan.c.created_at <= _t("b_soon"),
    )
    .order_by(scan.c.created_at.desc())
)
_LATELY = (
    (audit.c.team == _b("b_team"))
    & (audit.c.verb == _b("b_verb"))
    & (audit.c.decision == "allowed")
    & ((audit.c.rule == _b("b_rule")) == sa.bindparam("b_bulk", type_=sa.Boolean()))
    & (audit.c.at > _t("b_since"))
    & (audit.c.at <= _t("b_soon"))
)
COUNTS = sa.select(
    sa.func.count().filter(audit.c.user == _b("b_user")), sa.func.count().filter(audit.c.channel == _b("b_channel"))
).where(_LATELY, (audit.c.user == _b("b_user")) | (audit.c.channel == _b("b_channel")))
