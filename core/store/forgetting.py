"""Forgetting a target: its scans with all that hangs on them, verdicts, notes, watches, raw answers; and what the audit
says of it. The audit's rows stay, and their links hold: what they said is kept as a salted digest whose salt goes."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import sqlalchemy as sa

from core.models import Kind, Target
from core.store.approvals import CARD
from core.store.casenames import InCases, forget_in_cases, in_cases
from core.store.database import Database
from core.store.opening import digest
from core.store.tables import audit, finding, flight, message, run, scan
from core.store.team import POSTED, answer, answered, approval, note, notice, verdict, watch
from core.targets.naming import forms_of, pattern_of

T = TypeVar("T")
ONE = {
    "scans": "scan",
    "findings": "finding",
    "raw answers": "raw answer",
    "notes": "note",
    "verdicts": "verdict",
    "watches": "watch",
    "approvals": "approval",
    "lines of the audit blanked": "line of the audit blanked",
}
BATCH = 400  # ids in one statement
OPEN = ("queued", "running")


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message of ours in Slack; `file` when it is one that we uploaded."""

    scan_id: str
    channel: str
    ts: str  # of a file: its id
    file: bool
    head: bool  # others hang below it
    team: str = ""
    report: bool = False  # of a case


@dataclass(frozen=True, slots=True)
class Held:
    """What is held about a target."""

    scans: tuple[str, ...]
    running: tuple[str, ...]  # of them
    spoken: tuple[Spoken, ...]
    elsewhere: int  # findings of other scans that name it: they stay
    notes: int = 0  # of cases, that name it
    reports: int = 0  # of cases, that hold it: among what is spoken
    cases: int = 0  # that name it in their title or purpose: that stays


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How much of each was removed."""

    scans: int = 0
    findings: int = 0
    answers: int = 0
    notes: int = 0
    verdicts: int = 0
    watches: int = 0
    approvals: int = 0
    audited: int = 0  # rows of the audit that were blanked

    def __str__(self) -> str:
        counts = {name: getattr(self, name) for name in self.__slots__}
        words = {"answers": "raw answers", "audited": "lines of the audit blanked"}
        said = {words.get(name, name): count for name, count in counts.items() if count}
        return (
            ", ".join(f"{count} {ONE.get(name, name) if count == 1 else name}" for name, count in said.items())
            or "nothing"
        )


class Forgetting:
    def __init__(self, database: Database) -> None:
        self._db = database

    def held(self, target: Target, *, team: str | None) -> Held:
        """What there is about a target, in one workspace or in all."""

        def work(db: sa.Connection) -> Held:
            rows = db.execute(_scans(target, team).with_only_columns(scan.c.id, scan.c.status, scan.c.open_runs)).all()
            ids = [row.id for row in rows]
            said = [row for part in _parts(ids) for row in db.execute(_messages(part)).all()]
            said += db.execute(_notices(target, team)).all()
            cards = [row for row in _approvals(db, target, team) if row.message_ts]
            held = in_cases(db, target, _first(db, target, team), team)
            named = (
                sa.select(sa.func.count())
                .select_from(finding.join(run).join(scan))
                .where(finding.c.kind == str(target.kind), finding.c.value == target.value, ~_about(target))
            )
            named = named if team is None else named.where(scan.c.team == team)
            return Held(
                tuple(ids),
                tuple(row.id for row in rows if row.status in OPEN or row.open_runs),
                (*map(_spoken, said), *map(_card, cards), *map(_report, held.reports), *_cards(held)),
                int(db.execute(named).scalar_one()),
                len(held.notes) + len(held.labels),
                len(held.reports),
                held.named,
            )

        return self._db.read(work)

    def forget(self, target: Target, *, team: str | None) -> Forgotten:
        """Remove all of it in one transaction. Entries of the list of those whom nobody may look up stay."""
        return self._db.write(partial(_forget, target=target, team=team))


def name_of(target: Target) -> str:
    """How the audit names a target that was forgotten: enough to find the line by for who knows the target."""
    return f"{target.kind} sha256:{_digest(target)[:16]}"


def _spoken(row: Any) -> Spoken:
    """A file is known by its id where a message has a time: of whichever slot, also of a thread of one's own."""
    head = row.slot.rpartition("/")[2] == "parent"
    return Spoken(row.scan_id, row.channel, row.ts, "." not in row.ts, head, row.team)


def _card(row: Any) -> Spoken:
    return Spoken("", row.channel, row.message_ts, file=False, head=True, team=row.team)


def _report(row: Any) -> Spoken:
    return Spoken("", row.link, row.key.removeprefix(POSTED), file=True, head=False, team=row.team, report=True)


def _cards(held: InCases) -> list[Spoken]:
    rows = [row for row in held.cards if row.ts]
    return [Spoken("", row.channel, row.ts, file=False, head=True, team=row.team) for row in rows]


def _first(db: sa.Connection, target: Target, team: str | None) -> dict[str, datetime]:
    """Since when which case has a scan of it."""
    columns = (scan.c.case_id, sa.func.min(scan.c.created_at).label("at"))
    query = _scans(target, team).with_only_columns(*columns).where(scan.c.case_id != "").group_by(scan.c.case_id)
    return {row.case_id: row.at for row in db.execute(query)}


def _forget(db: sa.Connection, *, target: Target, team: str | None) -> Forgotten:
    ids = list(db.execute(_scans(target, team).with_only_columns(scan.c.id)).scalars())
    counts = dict.fromkeys(("findings", "answers", "notes"), 0)
    held = in_cases(db, target, _first(db, target, team), team)
    counts["notes"] += forget_in_cases(db, held, _parts)
    audited = _blank(db, target, ids, team)
    query = _scans(target, team).with_only_columns(scan.c.target_digest).distinct()
    digests = {_digest(target), *filter(None, db.execute(query).scalars())}
    for part in _parts(ids):
        runs = sa.select(run.c.id).where(run.c.scan_id.in_(part))
        kept = db.execute(sa.select(answered.c.sha256).where(answered.c.run_id.in_(runs)).distinct()).scalars().all()
        counts["findings"] += db.execute(finding.delete().where(finding.c.run_id.in_(runs))).rowcount
        counts["notes"] += db.execute(note.delete().where(note.c.scan_id.in_(part))).rowcount
        db.execute(answered.delete().where(answered.c.run_id.in_(runs)))
        db.execute(flight.delete().where(flight.c.run_id.in_(runs)))
        counts["answers"] += _drop_answers(db, kept)
        # What was pivoted from it goes on by itself.
        db.execute(scan.update().where(scan.c.parent_id.in_(part)).values(parent_id="", parent_finding=""))
        db.execute(scan.delete().where(scan.c.id.in_(part)))
    db.execute(notice.delete().where(notice.c.subject.in_(_watches(target, team))))
    watched = watch.delete().where(watch.c.id.in_(_watches(target, team)))
    judged = verdict.delete().where(verdict.c.target_digest.in_(digests))
    judged = judged if team is None else judged.where(verdict.c.team == team)
    return Forgotten(
        scans=len(ids),
        verdicts=db.execute(judged).rowcount,
        watches=db.execute(watched).rowcount,
        approvals=_drop_approvals(db, target, team),
        audited=audited,
        **counts,
    )


def _drop_answers(db: sa.Connection, kept: Sequence[str]) -> int:
    """Bodies that no other run's answer is made of: they are kept once for all who got the same."""
    gone = 0
    for part in _parts(kept):
        others = sa.select(answered.c.sha256).where(answered.c.sha256.in_(part))
        gone += db.execute(answer.delete().where(answer.c.sha256.in_(part), answer.c.sha256.not_in(others))).rowcount
    return gone


def _drop_approvals(db: sa.Connection, target: Target, team: str | None) -> int:
    ids = [row.id for row in _approvals(db, target, team)]
    for part in _parts(ids):
        db.execute(notice.delete().where(notice.c.key.in_([CARD + each for each in part])))
    return sum(db.execute(approval.delete().where(approval.c.id.in_(part))).rowcount for part in _parts(ids))


def _approvals(db: sa.Connection, target: Target, team: str | None) -> list[Any]:
    """The wishes for a second person that name it."""
    card = sa.select(notice.c.ts).where(notice.c.key == sa.literal(CARD) + approval.c.id).correlate(approval)
    ts = sa.func.coalesce(sa.func.nullif(approval.c.message_ts, ""), card.scalar_subquery(), "").label("message_ts")
    columns = (approval.c.id, approval.c.team, approval.c.wish, approval.c.channel, ts)
    named = [str(target.kind), target.value.lower() if target.is_selector else target.value]
    return [
        row
        for row in db.execute(sa.select(*columns)).all()
        if team in (None, row.team)
        and any(
            [kind, value.lower() if target.is_selector else value] == named
            for kind, value in row.wish.get("targets", ())
        )
    ]


def _blank(db: sa.Connection, target: Target, ids: Sequence[str], team: str | None) -> int:
    """Take out what the audit's rows say of it. Rows that are not chained yet are left alone: the caller chains them
    first."""
    able = audit.c.chained.is_not(None) & (audit.c.salt != "")
    able = able if team is None else able & (audit.c.team == team)
    forms = forms_of(target)
    about = [audit.c.scan_id.in_(part) for part in _parts(ids)]
    about += [audit.c.id.in_(part) for part in _parts(_naming(db, target, forms, able) if target.is_selector else ())]
    # A domain or a machine's address stands inside many others: of those, whole subjects alone count.
    about.append(audit.c.subject.in_({*forms, f"{target.kind} {target.value}"}))
    blanked = audit.update().where(able, sa.or_(*about)).values(subject="", reason="", salt="")
    return db.execute(blanked).rowcount


def _naming(db: sa.Connection, target: Target, forms: Collection[str], able: sa.ColumnElement[bool]) -> list[int]:
    """The rows that hold one of a person's spellings as a word of its own: "al" is not in "example". A phone number is
    also found as it was typed, with blanks, dashes and brackets between its digits."""
    parts = [_escaped(form) for form in forms]
    if target.kind is Kind.PHONE:
        parts.append(re.sub(r"\D", "", target.value)[-1:])  # no more: many gaps in one LIKE take a database long
    words = pattern_of(target)
    like = [column.ilike(f"%{part}%", escape="\\") for part in parts for column in (audit.c.subject, audit.c.reason)]
    found = sa.select(audit.c.id, audit.c.subject, audit.c.reason).where(able, sa.or_(*like))
    return [row.id for row in db.execute(found) if words.search(row.subject) or words.search(row.reason)]


def _escaped(form: str) -> str:
    return form.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _messages(ids: Sequence[str]) -> sa.Select[tuple[str, ...]]:
    columns = (message.c.scan_id, message.c.slot, message.c.channel, message.c.ts, scan.c.team)
    return (sa.select(*columns).select_from(message.join(scan))).where(
        message.c.scan_id.in_(ids), message.c.ts != "", message.c.state.in_(("said", "sending"))
    )


def _notices(target: Target, team: str | None) -> sa.Select[tuple[str, ...]]:
    """What was said of its watches outside of threads."""
    named = (notice.c.subject.label("scan_id"), notice.c.key.label("slot"))
    return sa.select(*named, notice.c.channel, notice.c.ts, notice.c.team).where(
        notice.c.subject.in_(_watches(target, team)), notice.c.ts != ""
    )


def _watches(target: Target, team: str | None) -> sa.Select[tuple[str]]:
    query = sa.select(watch.c.id).where(watch.c.kind == str(target.kind), _is_value(watch.c.value, target))
    return query if team is None else query.where(watch.c.team == team)


def _scans(target: Target, team: str | None) -> sa.Select[tuple[str]]:
    query = sa.select(scan.c.id).where(_about(target))
    return query if team is None else query.where(scan.c.team == team)


def _about(target: Target) -> sa.ColumnElement[bool]:
    """A person is the same in letters of either case; of other targets, their reading has settled that."""
    if target.is_selector:
        return (scan.c.kind == str(target.kind)) & _is_value(scan.c.value, target)
    return scan.c.target_digest == _digest(target)


def _is_value(column: sa.ColumnElement[str], target: Target) -> sa.ColumnElement[bool]:
    if target.is_selector:
        return (sa.func.lower(column) == target.value.lower()) | (column == target.value)
    return column == target.value


def _digest(target: Target) -> str:
    return digest(str(target.kind), target.value)


def _parts(ids: Sequence[T]) -> list[Sequence[T]]:
    return [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]
