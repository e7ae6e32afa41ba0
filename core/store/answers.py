"""Raw answers in the record: kept once however often they were given, and forgotten when their time is over."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from core import clock
from core.answers import CODING, GONE, Answer, pack, unpack
from core.store.database import Database
from core.store.rows import storable
from core.store.tables import run
from core.store.team import answer, answered

GRACE = timedelta(hours=1)  # what nobody refers to may be about to be: whoever gives it again writes its time anew
BATCH = 200  # bodies deleted in one transaction
Numbered = tuple[int, Answer]  # its place among the answers of its run: the same one twice is kept once


@dataclass(frozen=True, slots=True)
class Rows:
    """An answer as it is written: what a run was told, and the bytes when they are kept."""

    told: dict[str, Any]
    kept: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Stored:
    """What a run was answered, without the bytes. `left_out` says why there are none."""

    run_id: str
    collector: str
    sha256: str
    size: int
    source: str
    url: str
    status: str
    fetched_at: datetime
    media_type: str
    truncated: bool
    version: int
    key: str
    left_out: str


def rows_of(run_id: str, answers: Sequence[Numbered]) -> list[Rows]:
    """The rows to write, packed: outside of the transaction, which holds up others. In the order of their digests, as
    everybody writes them: else two wait for each other."""
    return sorted((_rows(run_id, *each) for each in answers), key=lambda rows: str(rows.told["sha256"]))


def _rows(run_id: str, position: int, given: Answer) -> Rows:
    packed = pack(given)
    about = {"sha256": packed.sha256, "size": packed.size, "media_type": storable(packed.media_type)}
    told = about | {
        "run_id": run_id,
        "position": position,
        "source": storable(packed.source),
        "url": storable(packed.url),
        "status": storable(packed.status),
        "fetched_at": packed.fetched_at,
        "truncated": packed.truncated,
        "version": packed.version,
        "key_alias": storable(packed.key),
        "left_out": storable(packed.left_out),
    }
    if packed.left_out:
        return Rows(told, None)
    return Rows(told, about | {"body": packed.body, "coding": CODING, "kept_at": clock.now()})


def keep(db: sa.Connection, rows: Sequence[Rows]) -> None:
    """Write them within the transaction that writes the findings. Bytes that are there are not written again, but live
    from now on."""
    if bodies := [each.kept for each in rows if each.kept is not None]:
        db.execute(_KEEP[db.dialect.name], list({each["sha256"]: each for each in bodies}.values()))
    if rows:
        db.execute(_TELL[db.dialect.name], [each.told for each in rows])


def _keeping(insert: Callable[[sa.Table], Any]) -> Any:
    made = insert(answer)
    return made.on_conflict_do_update(index_elements=["sha256"], set_={"kept_at": made.excluded.kept_at})


def _telling(insert: Callable[[sa.Table], Any]) -> Any:
    return insert(answered).on_conflict_do_nothing(index_elements=["run_id", "position"])


_INSERTS: Mapping[str, Callable[[sa.Table], Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_KEEP = {name: _keeping(insert) for name, insert in _INSERTS.items()}
_TELL = {name: _telling(insert) for name, insert in _INSERTS.items()}
_UNREFERENCED = ~sa.exists().where(answered.c.sha256 == answer.c.sha256)


class Answers:
    def __init__(self, database: Database) -> None:
        self._db = database

    def of_runs(self, run_ids: Sequence[str]) -> list[Stored]:
        """What these runs were answered, each run's in the order in which it came."""
        there = answer.c.sha256.label("there")
        query = (
            sa.select(answered, run.c.collector, there)
            .join(run, run.c.id == answered.c.run_id)
            .outerjoin(answer, answer.c.sha256 == answered.c.sha256)
            .where(answered.c.run_id.in_(list(run_ids)))
            .order_by(answered.c.run_id, answered.c.position)
        )
        return self._db.read(lambda db: [_stored(row) for row in db.execute(query)])

    def body(self, sha256: str) -> bytes | None:
        """The bytes with this digest; None when they are not kept.

        Raises:
            ValueError: they are damaged.
        """
        query = sa.select(answer.c.body, answer.c.size).where(answer.c.sha256 == sha256)
        row = self._db.read(lambda db: db.execute(query).one_or_none())
        return None if row is None else unpack(bytes(row.body), row.size)

    def weight(self) -> tuple[int, int]:
        """How many answers are kept, and how many bytes they take."""
        query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(sa.func.length(answer.c.body)), 0))
        row = self._db.read(lambda db: db.execute(query).one())
        return int(row[0]), int(row[1])

    def tidy(self, *, days: int, grace: timedelta = GRACE) -> int:
        """Delete what is too old (never with 0 days), and what no run refers to any more; at most so much at a time.
        Returns how many are gone: call again while that is not 0."""
        now = clock.now()
        over = _UNREFERENCED & (answer.c.kept_at <= now - grace)
        if days:
            over |= answer.c.kept_at < now - timedelta(days=days)
        some = sa.select(answer.c.sha256).where(over).order_by(answer.c.sha256).limit(BATCH)
        gone = answer.delete().where(answer.c.sha256.in_(some), over)  # looked at again: it may have been given anew
        return int(self._db.write(lambda db: db.execute(gone).rowcount))


def _stored(row: Any) -> Stored:
    left_out = row.left_out or ("" if row.there else GONE)
    names = ("run_id", "collector", "sha256", "size", "source", "url", "status", "fetched_at", "media_type")
    told = {name: getattr(row, name) for name in names}
    return Stored(**told, truncated=row.truncated, version=row.version, key=row.key_alias, left_out=left_out)
