"""Watches in the record: who may look now, what came of it, and what is said of it, each step behind a fence.

The schedule lies here, not in Beat: whoever ticks asks what is due. A look is opened under a key made of the watch and
the time it was due, so two who tick at once open one scan; the watch moves on for whoever comes first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from core import clock
from core.change import known
from core.models import Finding, Kind, Outcome, Place, Run, RunState, Scan, Target
from core.store.database import Database
from core.store.installed import reachable
from core.store.notices import Notice, write_notices
from core.store.opening import new_id
from core.store.rows import finding_from, run_from, storable
from core.store.tables import finding, run, scan
from core.store.team import watch
from core.watches import Watch

MOST = 100  # of one tick
MOST_PARTS = 50  # partial answers of one collector that are read, the newest
FULL = (str(Outcome.FOUND), str(Outcome.NOTHING))


class Watches:
    def __init__(self, database: Database) -> None:
        self._db = database

    def add(
        self,
        one: Watch,
        *,
        notices: Sequence[Notice] = (),
        check: Callable[[Sequence[Watch]], None] | None = None,
    ) -> Watch:
        """Write a new watch down; its id is made here. `check` is shown those of its maker that go on, none of which
        comes or goes meanwhile; what it raises is raised, and nothing is written."""
        made = replace(one, id=new_id())

        def work(db: sa.Connection) -> Watch:
            if check is not None:
                check(_of_maker(db, one))
            db.execute(watch.insert().values(_columns(made) | {"reckoned_at": clock.now()}))
            write_notices(db, notices)
            return made

        return self._db.write(work)

    def get(self, watch_id: str) -> Watch:
        """Raises KeyError: there is no such watch."""
        row = self._db.read(lambda db: db.execute(watch.select().where(watch.c.id == watch_id)).one_or_none())
        if row is None:
            raise KeyError(watch_id)
        return watch_from(row)

    def listed(self, team: str, *, over: bool = False, limit: int = 5000) -> list[Watch]:
        """The watches of a workspace, those that are due first on top; with `over` also those that ended."""
        query = watch.select().where(watch.c.team == team).order_by(watch.c.ended, watch.c.due_at, watch.c.id)
        query = query if over else query.where(watch.c.ended == "")
        return self._db.read(lambda db: [watch_from(row) for row in db.execute(query.limit(limit))])

    def due(self) -> list[Watch]:
        """Those to look at now, and those whose time a clock reckoned that was wrong since: it lay in the future."""
        now = clock.now()
        wrong = watch.c.reckoned_at > clock.soon()
        goes_on = (watch.c.ended == "") & watch.c.paused_at.is_(None)
        query = watch.select().where(goes_on, (watch.c.due_at <= now) | wrong, reachable(watch.c.team))
        query = query.order_by(watch.c.due_at).limit(MOST)
        return self._db.read(lambda db: [watch_from(row) for row in db.execute(query)])

    def over(self) -> list[Watch]:
        """Those whose end has come."""
        query = watch.select().where(watch.c.ended == "", watch.c.expires_at <= clock.now()).limit(MOST)
        return self._db.read(lambda db: [watch_from(row) for row in db.execute(query)])

    def looked(self) -> list[Watch]:
        """Those whose scan has ended, or is gone from the record."""
        found = sa.select(scan.c.id).where(scan.c.id == watch.c.running, scan.c.open_runs > 0)
        query = watch.select().where(watch.c.running != "", ~found.exists()).limit(MOST)
        return self._db.read(lambda db: [watch_from(row) for row in db.execute(query)])

    def move(
        self,
        one: Watch,
        values: dict[str, Any],
        *,
        notices: Sequence[Notice] = (),
        tell: str = "",
        hush: str = "",
    ) -> bool:
        """Write what came of a step, with all that is said of it. `tell` is a scan whose thread is to be written now,
        `hush` one that has nothing to tell; what neither names was not judged.

        False: somebody else took this step, or changed the watch meanwhile; nothing was written.
        """

        def work(db: sa.Connection) -> bool:
            still = watch.update().where(watch.c.id == one.id, watch.c.fence == one.fence)
            kept = {name: storable(value) if isinstance(value, str) else value for name, value in values.items()}
            if not db.execute(still.values(kept | {"fence": one.fence + 1})).rowcount:
                return False
            write_notices(db, notices)
            if tell:
                news = {"hushed": False, "wanted": scan.c.wanted + 1, "changed_at": clock.now()}
                db.execute(scan.update().where(scan.c.id == tell, scan.c.hushed).values(news))
            if hush:
                db.execute(scan.update().where(scan.c.id == hush, scan.c.hushed).values(told=scan.c.wanted))
            return True

        return self._db.write(work)

    def rest(self, watch_id: str, *, why: str) -> None:
        """Pause it by itself, with the reason: nobody can be told."""
        on = watch.update().where(watch.c.id == watch_id, watch.c.ended == "", watch.c.paused_at.is_(None))
        values = {"paused_at": clock.now(), "due_at": None, "trouble": storable(why), "fence": watch.c.fence + 1}
        self._db.write(lambda db: db.execute(on.values(values)).rowcount)

    def before(self, look: Scan) -> Scan | None:
        """What the looks before this one knew, as if it were one scan: of each collector the last full answer and what
        partial ones showed since, under the same playbook and with the same options. None: this look is the first.

        A look that nobody judged, because it was stopped or its watch was changed while it began, knew nothing: what
        it saw was not told. Nor was what somebody's re-run of a look saw that has no thread."""
        own_round = (run.c.round == 1) | (~scan.c.hushed & (run.c.closed_at <= look.created_at))
        earlier = (
            (scan.c.watch_id == look.belongs.watch)
            & (scan.c.id != look.id)
            & (scan.c.created_at <= look.created_at)
            & (scan.c.playbook == look.belongs.playbook)
            & (scan.c.options == " ".join(look.options))
            & (~scan.c.hushed | (scan.c.told > 0))
            & own_round
        )
        latest = (scan.c.created_at.desc(), run.c.round.desc(), run.c.id)
        is_full = sa.case((run.c.outcome.in_(FULL), 1), else_=0)
        place = sa.func.row_number().over(partition_by=run.c.collector, order_by=latest)
        full = sa.func.sum(is_full).over(partition_by=run.c.collector, order_by=latest, rows=(None, 0))
        ranked = (
            sa.select(run.c.id, place.label("place"), full.label("full"))
            .add_columns(is_full.label("is_full"), scan.c.created_at.label("looked_at"))
            .join(scan, scan.c.id == run.c.scan_id)
            .where(earlier, run.c.collector.in_([each.collector for each in look.runs]))
            .where(run.c.state == str(RunState.CLOSED), run.c.outcome.in_((*FULL, str(Outcome.PARTIAL))))
            .subquery()
        )
        wanted = (ranked.c.full == ranked.c.is_full) & (ranked.c.full <= 1)
        wanted &= (ranked.c.is_full == 1) | (ranked.c.place <= MOST_PARTS)
        newest = sa.select(run, ranked.c.looked_at).join(ranked, ranked.c.id == run.c.id).where(wanted)

        def work(db: sa.Connection) -> tuple[str, list[Run]]:
            rows = db.execute(newest.order_by(ranked.c.place)).all()
            held: dict[str, list[Finding]] = {row.same_as or row.id: [] for row in rows}
            for each in db.execute(finding.select().where(finding.c.run_id.in_(list(held))).order_by(finding.c.id)):
                held[each.run_id].append(finding_from(each))
            answers: dict[str, list[Run]] = {}
            for row in rows:
                answers.setdefault(row.collector, []).append(run_from(row, held[row.same_as or row.id]))
            last = max(rows, key=lambda row: row.looked_at, default=None)
            return (last.scan_id if last is not None else ""), [known(each) for each in answers.values()]

        name, runs = self._db.read(work)
        if not runs:
            return None
        at = min((each.closed_at for each in runs if each.closed_at), default=look.created_at)
        return replace(look, id=name, created_at=at, finished_at=at, round=1, runs=tuple(runs))


def _of_maker(db: sa.Connection, one: Watch) -> list[Watch]:
    """The watches of whoever made this one. Nobody else adds one for them until this transaction ends; SQLite has one
    writer anyway."""
    if db.dialect.name == "postgresql":
        name = f"watches|{one.place.team}|{one.made_by}"
        db.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(name, 0))))
    theirs = (watch.c.team == one.place.team) & (watch.c.made_by == one.made_by) & (watch.c.ended == "")
    return [watch_from(row) for row in db.execute(watch.select().where(theirs))]


def _columns(one: Watch) -> dict[str, Any]:
    return {
        "id": one.id,
        "team": one.place.team,
        "channel": one.place.channel,
        "thread_ts": one.place.thread_ts,
        "kind": str(one.target.kind),
        "value": one.target.value,
        "playbook": one.playbook,
        "collectors": " ".join(one.names),
        "options": " ".join(one.options),
        "schedule": one.schedule,
        "zone": one.zone,
        "threshold": one.threshold,
        "made_by": one.made_by,
        "made_at": one.made_at,
        "reason": storable(one.reason),
        "case_id": one.case,
        "tlp": one.tlp,
        "due_at": one.due_at,
        "expires_at": one.expires_at,
    }


def watch_from(row: Any) -> Watch:
    return Watch(
        id=row.id,
        place=Place(row.team, row.channel, row.thread_ts),
        target=Target(Kind(row.kind), row.value),
        schedule=row.schedule,
        zone=row.zone,
        made_by=row.made_by,
        made_at=row.made_at,
        threshold=row.threshold,
        playbook=row.playbook,
        names=tuple(row.collectors.split()),
        options=tuple(row.options.split()),
        reason=row.reason,
        case=row.case_id,
        tlp=row.tlp,
        due_at=row.due_at,
        last_at=row.last_at,
        last_scan=row.last_scan,
        running=row.running,
        told_at=row.told_at,
        quiet=row.quiet,
        below=row.below,
        failures=row.failures,
        changed_at=row.changed_at,
        changed_scan=row.changed_scan,
        changed=row.changed,
        trouble=row.trouble,
        expires_at=row.expires_at,
        paused_at=row.paused_at,
        paused_by=row.paused_by,
        ended=row.ended,
        fence=row.fence,
    )
