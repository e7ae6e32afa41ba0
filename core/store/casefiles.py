"""The whole of a case read at once; and how a closed one is forgotten."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from core import clock
from core.access import Reader
from core.casefile import Casefile, Judged
from core.cases import Case, Member, Note, Relabelled
from core.store import cursors
from core.store.cases import LEAD, cases, one, visible
from core.store.database import Database
from core.store.labels import relabelled
from core.store.rows import storable
from core.store.scans import whole
from core.store.statements import WRITE_AUDIT
from core.store.tables import finding, run, scan
from core.store.team import LABEL, POSTED, answered, case, member, note, verdict
from core.verdicts import Judgement, Verdict

MOST_SCANS = 500  # of one case, the newest; older ones are counted
FORGETTING = "retention of the case"
MOST_LISTED = 200  # cases on a page


@dataclass(frozen=True, slots=True)
class CasePage:
    """Cases, the newest first. `cursor` leads to the next page; empty: it is the last one."""

    cases: tuple[Case, ...]
    cursor: str = ""


class Casefiles:
    def __init__(self, database: Database) -> None:
        self._db = database

    def read(self, case_id: str) -> Casefile:
        """A case with all that belongs to it, for whoever may see all of it: `core.casefile.for_readers` narrows.

        Raises:
            KeyError: there is no such case.
        """

        def work(db: sa.Connection) -> Casefile:
            ids = _scan_ids(db, case_id)
            return Casefile(
                one(db, case_id),
                members=_members(db, case_id),
                notes=_notes(db, case_id),
                labels=_labels(db, case_id),
                scans=tuple(whole(db, each) for each in reversed(ids[:MOST_SCANS])),
                verdicts=_verdicts(db, ids),
                cut=max(0, len(ids) - MOST_SCANS),
            )

        return self._db.read(work)

    def page(
        self, reader: Reader, *, is_open: bool | None = None, mine: bool = False, cursor: str = "", limit: int = 50
    ) -> CasePage:
        """The cases that this reader may see: all, or those that are open, or closed.

        Raises:
            BadQuestion: the cursor is none that a page gave.
        """
        limit = max(1, min(limit, MOST_LISTED))
        query = visible(reader, mine=mine).order_by(case.c.opened_at.desc(), case.c.id.desc()).limit(limit + 1)
        if is_open is not None:
            query = query.where(case.c.closed_at.is_(None) if is_open else case.c.closed_at.is_not(None))
        if after := cursors.read(cursor):
            at, last = after
            query = query.where((case.c.opened_at < at) | ((case.c.opened_at == at) & (case.c.id < last)))
        found = self._db.read(lambda db: cases(db, query))
        more = len(found) > limit
        return CasePage(
            tuple(found[:limit]), cursors.written(found[limit - 1].opened_at, found[limit - 1].id) if more else ""
        )

    def posted(self, case_id: str, channel: str, file: str) -> None:
        """Keep where a file of the case stands in Slack, to find it when what it tells of is to be forgotten."""
        row = {"case_id": case_id, "key": f"{POSTED}{file}", "link": channel, "at": clock.now()}
        self._db.write(lambda db: db.execute(note.insert().values(row)).rowcount)

    def forget(self, case_id: str) -> int:
        """Forget a closed case's scans with all that was found, and its notes; what the audit says stays. Returns how
        many scans that were. The case itself stays with its title and times, so that it is known that it was there.

        An answer that a scan elsewhere shares is handed on to it: what others were told is not forgotten for them.
        """

        def work(db: sa.Connection) -> int:
            row = db.execute(case.select().where(case.c.id == case_id).with_for_update()).one_or_none()
            if row is None or row.forgotten_at is not None:
                return 0
            ids = _scan_ids(db, case_id)
            if db.execute(sa.select(scan.c.id).where(scan.c.case_id == case_id, scan.c.open_runs > 0)).first():
                return 0  # what it finds would have nowhere to go: a later round forgets
            hand_on(db, ids)
            db.execute(scan.delete().where(scan.c.case_id == case_id))
            db.execute(note.delete().where(note.c.case_id == case_id))
            db.execute(case.update().where(case.c.id == case_id).values(forgotten_at=clock.now()))
            written = {
                "at": clock.now(),
                "team": row.team,
                "channel": row.channel,
                "user": row.closed_by,
                "door": "case",
                "verb": "case forget",
                "subject": storable(f"{case_id}: {len(ids)} scans"),
                "decision": "allowed",
                "rule": FORGETTING,
                "scan_id": "",
            }
            db.execute(WRITE_AUDIT, written)
            return len(ids)

        return self._db.write(work)


def _scan_ids(db: sa.Connection, case_id: str) -> list[str]:
    """The newest first."""
    query = sa.select(scan.c.id).where(scan.c.case_id == case_id, scan.c.case_id != sa.literal_column("''"))
    return list(db.execute(query.order_by(scan.c.created_at.desc(), scan.c.id)).scalars())


def _members(db: sa.Connection, case_id: str) -> tuple[Member, ...]:
    query = member.select().where(member.c.case_id == case_id).order_by(member.c.added_at, member.c.user)
    return tuple(Member(row.user, row.role == LEAD, row.added_by, row.added_at) for row in db.execute(query))


def _notes(db: sa.Connection, case_id: str) -> tuple[Note, ...]:
    typed = ~note.c.key.startswith(LABEL) & ~note.c.key.startswith(POSTED)
    query = note.select().where(note.c.case_id == case_id, typed).order_by(note.c.at, note.c.id)
    return tuple(Note(row.user, row.text, row.at, row.author, row.link, row.scan_id) for row in db.execute(query))


def _labels(db: sa.Connection, case_id: str) -> tuple[Relabelled, ...]:
    query = note.select().where(note.c.case_id == case_id, note.c.key.startswith(LABEL)).order_by(note.c.at, note.c.id)
    return tuple(map(relabelled, db.execute(query)))


def _verdicts(db: sa.Connection, ids: list[str]) -> tuple[Judged, ...]:
    """Those that were said on scans of the case and stand."""
    if not ids:
        return ()
    same = (finding.c.fingerprint == verdict.c.fingerprint) & (run.c.scan_id == verdict.c.scan_id)
    value = sa.select(finding.c.value).join(run, run.c.id == finding.c.run_id).where(same).limit(1)
    about = value.correlate(verdict).scalar_subquery().label("about")
    query = sa.select(verdict, about).where(verdict.c.scan_id.in_(ids), verdict.c.undone_at.is_(None))
    rows = db.execute(query.order_by(verdict.c.at, verdict.c.id)).all()
    return tuple(
        Judged(Verdict(row.fingerprint, Judgement(row.verdict), row.user, row.at), row.scan_id, row.about or "")
        for row in rows
    )


def hand_on(db: sa.Connection, ids: list[str]) -> None:
    """Give findings that a run of another scan shows as its own to that run, and the answers they were made of."""
    if not ids:
        return
    ours = sa.select(run.c.id).where(run.c.scan_id.in_(ids))
    sharing = sa.select(run.c.id, run.c.same_as).where(run.c.same_as.in_(ours), run.c.scan_id.not_in(ids))
    heirs: dict[str, str] = {}
    for row in db.execute(sharing.order_by(run.c.id)).all():
        heir = heirs.setdefault(row.same_as, row.id)
        db.execute(run.update().where(run.c.id == row.id).values(same_as="" if heir == row.id else heir))
    for holder, heir in heirs.items():
        db.execute(finding.update().where(finding.c.run_id == holder).values(run_id=heir))
        db.execute(answered.update().where(answered.c.run_id == holder).values(run_id=heir))
