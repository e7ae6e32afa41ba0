"""Digests in the record: which channel gets one, when it is due, and what it tells of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from core import clock
from core.digests import Digest, Ending, Recap
from core.models import Fact, Kind, Outcome, Place, Severity, Target
from core.rooms import BOUND
from core.store.database import Database
from core.store.installed import reachable
from core.store.notices import Notice, write_notices
from core.store.opening import digest as digest_of
from core.store.rows import finding_from, fingerprint
from core.store.scans import with_runs
from core.store.tables import finding, run, scan
from core.store.team import case, digest, notice, verdict, watch
from core.store.watches import watch_from

FINISHED = 5_000  # scans read for one; more are counted
SHOWN = 8
FAR = timedelta(days=14)  # what runs out within this is told of
GRAVE = (str(Severity.HIGH), str(Severity.MEDIUM))
MOST = 50
BATCH = 400  # ids in one statement
# The run that holds the findings which a run shows: another one's, where both asked the same.
_HOLDER = finding.c.run_id == sa.case((run.c.same_as == "", run.c.id), else_=run.c.same_as)


class Digests:
    def __init__(self, database: Database) -> None:
        self._db = database

    def set(self, one: Digest) -> None:
        """Give a channel its digest, in place of the one it has."""
        same = (digest.c.team == one.place.team) & (digest.c.channel == one.place.channel)
        row: dict[str, Any] = {"every": one.every, "schedule": one.schedule, "zone": one.zone, "made_by": one.made_by}
        row |= {"made_at": one.made_at, "due_at": one.due_at, "reckoned_at": clock.now(), "last_at": one.last_at}

        def work(db: sa.Connection) -> None:
            changed = digest.update().where(same).values(row | {"fence": digest.c.fence + 1})
            if not db.execute(changed).rowcount:
                db.execute(digest.insert().values(row | {"team": one.place.team, "channel": one.place.channel}))

        self._db.write(work)

    def stop(self, place: Place) -> bool:
        """No more for this channel. False: it had none."""
        same = (digest.c.team == place.team) & (digest.c.channel == place.channel)
        return bool(self._db.write(lambda db: db.execute(digest.delete().where(same)).rowcount))

    def of(self, place: Place) -> Digest | None:
        """The channel's, if it has one."""
        same = (digest.c.team == place.team) & (digest.c.channel == place.channel)
        row = self._db.read(lambda db: db.execute(digest.select().where(same)).one_or_none())
        return None if row is None else _digest(row)

    def due(self) -> list[Digest]:
        """Those to tell now, and those whose time was reckoned by a clock that was wrong."""
        late = (digest.c.due_at <= clock.now()) | (digest.c.reckoned_at > clock.soon())
        query = digest.select().where(late, reachable(digest.c.team)).order_by(digest.c.due_at).limit(MOST)
        return self._db.read(lambda db: [_digest(row) for row in db.execute(query)])

    def move(self, one: Digest, *, due_at: datetime, told: datetime | None, notices: Sequence[Notice] = ()) -> bool:
        """Write when the next is due, and what this one says. False: somebody else did so."""
        same = (digest.c.team == one.place.team) & (digest.c.channel == one.place.channel)
        values: dict[str, Any] = {"due_at": due_at, "reckoned_at": clock.now(), "fence": one.fence + 1}

        def work(db: sa.Connection) -> bool:
            # A channel is told once a day. What came after that, because its hour was changed, is told by the next one.
            said = sa.select(notice.c.key).where(notice.c.key.in_([each.key for each in notices]))
            is_told = told is not None and not (notices and db.execute(said.limit(1)).first())
            changed = digest.update().where(same, digest.c.fence == one.fence)
            if not db.execute(changed.values(values | ({"last_at": told} if is_told else {}))).rowcount:
                return False
            write_notices(db, notices)
            return True

        return self._db.write(work)

    def recap(self, place: Place, since: datetime, until: datetime) -> Recap:
        """What happened in a channel, and what waits there."""

        def work(db: sa.Connection) -> Recap:
            here = (scan.c.team == place.team) & (scan.c.channel == place.channel)
            ended = (scan.c.finished_at > since) & (scan.c.finished_at <= until)
            here &= scan.c.tlp.not_in(BOUND)  # no channel is told of those unasked
            query = scan.select().where(here, ended).order_by(scan.c.finished_at.desc()).limit(FINISHED)
            rows = db.execute(query).all()
            count = sa.select(sa.func.count()).select_from(scan).where(here, ended, ~scan.c.hushed)
            told = [row for row in rows if not row.hushed]
            more = int(db.execute(count).scalar_one()) - len(told[:SHOWN])
            ids = [row.id for row in rows]
            waiting, targets = _waiting(db, place.team, told)
            return Recap(
                since,
                until,
                tuple(with_runs(db, told[:SHOWN])),
                max(0, more),
                _failed(db, here & ended & ~scan.c.hushed),
                _watches(db, place, watch.c.changed_at > since),
                _watches(db, place, (watch.c.failures >= 3) | (watch.c.trouble != "")),
                _ending(db, place, ids, until),
                waiting,
                targets,
            )

        return self._db.read(work)


def _failed(db: sa.Connection, which: sa.ColumnElement[bool]) -> int:
    """Collectors that could not look, and were not asked again with more luck."""
    later = run.alias()
    again = (later.c.scan_id == run.c.scan_id) & (later.c.collector == run.c.collector) & (later.c.round > run.c.round)
    query = sa.select(sa.func.count()).select_from(run).join(scan, scan.c.id == run.c.scan_id)
    query = query.where(which, run.c.outcome == str(Outcome.FAILED), ~sa.exists().where(again))
    return int(db.execute(query).scalar_one())


def _watches(db: sa.Connection, place: Place, which: sa.ColumnElement[bool]) -> tuple[Any, ...]:
    here = (watch.c.team == place.team) & (watch.c.channel == place.channel) & (watch.c.ended == "")
    here &= watch.c.tlp.not_in(BOUND)
    query = watch.select().where(here, which).order_by(watch.c.changed_at.desc())
    return tuple(watch_from(row) for row in db.execute(query))


def _ending(db: sa.Connection, place: Place, ids: Sequence[str], now: datetime) -> tuple[Ending, ...]:
    """What ends soon; of certificates and registrations only what this time's scans found."""
    here = (case.c.team == place.team) & (case.c.channel == place.channel) & case.c.closed_at.is_(None)
    here &= case.c.tlp.not_in(BOUND)
    cases = db.execute(case.select().where(here, case.c.until <= now + FAR)).all()
    found = [Ending("case", row.title, row.until) for row in cases]
    ours = (watch.c.team == place.team) & (watch.c.channel == place.channel) & (watch.c.ended == "")
    ours &= watch.c.tlp.not_in(BOUND)
    watched = db.execute(watch.select().where(ours, watch.c.expires_at <= now + FAR)).all()
    found += [Ending("watch", row.value, row.expires_at) for row in watched]
    dated = finding.c.kind.in_((str(Fact.CERTIFICATE), str(Fact.REGISTRATION)))
    itself = (finding.c.kind == str(Kind.DOMAIN)) & (finding.c.value == scan.c.value)  # with its newest certificate
    query = finding.select().join(run, _HOLDER).join(scan, scan.c.id == run.c.scan_id)
    for row in _in_parts(db, query.where(dated | itself), ids):
        at = _end_of(row.attributes)
        if at is not None and now <= at <= now + FAR:
            what = "certificate of" if row.kind == str(Kind.DOMAIN) else row.kind
            found.append(Ending(what, _name_of(row), at))
    return tuple(sorted(dict.fromkeys(found), key=lambda each: each.at))


def _name_of(row: Any) -> str:
    """A certificate's value is its digest; people know it by its subject."""
    subject = row.attributes.get("subject")
    return subject if row.kind == str(Fact.CERTIFICATE) and isinstance(subject, str) and subject else row.value


def _end_of(attributes: dict[str, Any]) -> datetime | None:
    for name in ("expires", "valid_until"):
        text = attributes.get(name)
        try:
            at = datetime.fromisoformat(text) if isinstance(text, str) else None
        except ValueError:
            continue
        if at is not None:
            return at if at.tzinfo else at.replace(tzinfo=UTC)
    return None


def _waiting(db: sa.Connection, team: str, rows: Sequence[Any]) -> tuple[int, tuple[Target, ...]]:
    """Grave findings of these scans that nobody judged; each counted once for a target."""
    by_id = {row.id: row for row in rows}
    grave = finding.c.attributes["severity"].as_string().in_(GRAVE)
    query = sa.select(finding, run.c.scan_id).join(run, _HOLDER).where(grave)
    judged = sa.select(verdict.c.target_digest, verdict.c.fingerprint)
    judged = judged.where(verdict.c.team == team, verdict.c.undone_at.is_(None))
    digests = {row.target_digest for row in rows}
    parts = _parts(sorted(digests))
    known = {tuple(each) for part in parts for each in db.execute(judged.where(verdict.c.target_digest.in_(part)))}
    open_ones: dict[tuple[str, str], Target] = {}
    for each in _in_parts(db, query, list(by_id)):
        row = by_id[each.scan_id]
        key = (row.target_digest or digest_of(row.kind, row.value), fingerprint(finding_from(each)))
        if key not in known:
            open_ones[key] = Target(Kind(row.kind), row.value)
    return len(open_ones), tuple(dict.fromkeys(open_ones.values()))


def _in_parts(db: sa.Connection, query: sa.Select[Any], ids: Sequence[str]) -> Iterator[Any]:
    for part in _parts(ids):
        yield from db.execute(query.where(run.c.scan_id.in_(part)))


def _parts(ids: Sequence[str]) -> list[Sequence[str]]:
    return [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]


def _digest(row: Any) -> Digest:
    place = Place(row.team, row.channel)
    return Digest(
        place, row.every, row.schedule, row.zone, row.made_by, row.made_at, row.due_at, row.last_at, row.fence
    )


def day_key(place: Place, day: date) -> str:
    """What makes a digest the one of its channel and day."""
    return f"digest/{place.team}/{place.channel}/{day.isoformat()}"
