"""The whole record as rows, out of one database and into another: SQLite and Postgres alike, older releases too.

Tables are read from the database itself, not from this release's, so that a record of an older release is copied as it
is. What is written is read again, row by row, before it is committed.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from core import clock
from core.archive import Part, Taking
from core.errors import BadArchive, StoreDown
from core.store import trouble
from core.store.database import Database
from core.store.desk import RESTORED
from core.store.migrate import check_known, locked, revision_of, upgrade
from core.store.rows import storable
from core.store.tables import message, scan

PATIENCE = 60.0  # seconds for a lock, four times as many for a statement
BATCH = 500  # rows
VERSIONS = "alembic_version"
LEFT_OUT = frozenset({VERSIONS, "session"})  # who was signed in signs in again: an ended session must not come back
PASSING = LEFT_OUT | {"inbox", "flight"}  # what is in them makes no record
Rows = Callable[[str], Iterator[list[Any]]]


def dump(url: str, take: Taking) -> str:
    """Hand over every table's rows, all of one moment, while everybody goes on writing. Returns the revision.

    Raises:
        StoreDown: the database does not answer, or holds no record.
    """
    database = Database(url, patience=PATIENCE)

    def work(db: sa.Connection) -> str:
        revision = revision_of(db)  # first: from here on SQLite shows this moment
        if not revision:
            raise StoreDown("There is no record in this database yet, so there is nothing to back up.")
        for table in _tables(db):
            take(table.name, tuple(column.name for column in table.columns), _told(db, table))
        return revision

    if database.is_sqlite and not Path(sa.make_url(url).database or "").exists():
        raise StoreDown("There is no record in this database yet, so there is nothing to back up.")
    try:
        return database.read(work)
    finally:
        database.dispose()


def held(url: str) -> dict[str, int]:
    """How many rows each table has that makes the record; empty for a database that holds nothing.

    Raises:
        StoreDown: the database does not answer.
    """
    if url.startswith("sqlite") and not Path(sa.make_url(url).database or "").exists():
        return {}
    database = Database(url)
    try:
        return database.read(_held)
    finally:
        database.dispose()


def load(url: str, revision: str, parts: Sequence[Part], rows: Rows, *, replace: bool = False) -> None:
    """Write a dump in one transaction, all or nothing, and bring its tables up to date. With `replace`, what was there
    is deleted in the same transaction.

    Raises:
        BadArchive: it does not fit, is of a newer release, or the database holds a record already.
        StoreDown: the database does not answer; nothing was written.
    """
    check_known(revision)
    path = Path(sa.make_url(url).database or "") if url.startswith("sqlite") else None
    was_there = path is None or path.exists()
    database = Database(url, patience=PATIENCE)
    try:
        with locked(database), database.engine.connect() as db, db.begin():
            _load(db, revision, parts, rows, replace=replace)
        was_there = True
    except SQLAlchemyError as error:
        raise trouble.down(error, refused="The database did not take the backup; nothing was written.") from error
    finally:
        database.dispose()
        if path is not None and not was_there:
            for end in ("", "-wal", "-shm"):
                path.with_name(path.name + end).unlink(missing_ok=True)


def _load(db: sa.Connection, revision: str, parts: Sequence[Part], rows: Rows, *, replace: bool) -> None:
    there = {name: count for name, count in _held(db).items() if count}
    if there and not replace:
        told = ", ".join(f"{name} {count}" for name, count in sorted(there.items()))
        raise BadArchive(f"There is a record in this database already ({told}). Nothing was changed.")
    _clear(db)
    upgrade(db, revision)
    tables = {table.name: table for table in _tables(db)}
    for part in parts:
        if part.name not in tables or {*part.columns} != {column.name for column in tables[part.name].columns}:
            raise BadArchive(f"The backup has a part {part.name} that does not fit its own revision {revision}.")
    for name, table in tables.items():  # who is referred to comes first
        for part in (each for each in parts if each.name == name):
            _fill(db, table, part, rows)
            _compare(db, table, part, rows)
    upgrade(db, "head")
    _mark(db)


def _clear(db: sa.Connection) -> None:
    found = sa.MetaData()
    found.reflect(db)
    found.drop_all(db)


def _fill(db: sa.Connection, table: sa.Table, part: Part, rows: Rows) -> None:
    columns = [table.columns[name] for name in part.columns]
    waiting = rows(part.name)
    while batch := list(islice(waiting, BATCH)):
        written = [
            {column.name: _read(column, value, db) for column, value in zip(columns, row, strict=True)} for row in batch
        ]
        db.execute(table.insert(), written)
    (first,) = table.primary_key.columns if len(table.primary_key.columns) == 1 else (None,)
    if db.dialect.name == "postgresql" and first is not None and isinstance(first.type, sa.Integer):
        highest = sa.select(sa.func.coalesce(sa.func.max(first), 0) + 1).scalar_subquery()
        sequence = sa.func.pg_get_serial_sequence(f'"{table.name}"', first.name)
        db.execute(sa.select(sa.func.setval(sequence, highest, False)))


def _compare(db: sa.Connection, table: sa.Table, part: Part, rows: Rows) -> None:
    """What stands there now is what the backup says, row by row."""
    order = [part.columns.index(column.name) for column in table.columns]
    given = (_fit([row[number] for number in order], db) for row in rows(part.name))
    for mine, theirs in zip_longest(given, _told(db, table)):
        if mine != theirs:
            raise BadArchive(f"The table {table.name} did not come back as it was; nothing was written.")


def _mark(db: sa.Connection) -> None:
    """Threads that lagged when the backup was made may say more by now than this record knows: whoever tells them
    looks first."""
    lagging = sa.select(scan.c.id, scan.c.round).where(
        scan.c.channel != "", ~scan.c.hushed, (scan.c.told < scan.c.wanted) | (scan.c.open_runs > 0)
    )
    noted = {"slot": RESTORED, "state": "noted", "changed_at": clock.now()}
    db.execute(message.delete().where(message.c.slot == RESTORED))
    for each in db.execute(lagging).all():
        db.execute(message.insert().values(noted | {"scan_id": each.id, "digest": str(each.round)}))


def _tables(db: sa.Connection) -> list[sa.Table]:
    """Who is referred to comes first."""
    found = sa.MetaData()
    found.reflect(db)
    return [table for table in found.sorted_tables if table.name not in LEFT_OUT]


def _held(db: sa.Connection) -> dict[str, int]:
    count = sa.select(sa.func.count())
    kept = [table for table in _tables(db) if table.name not in PASSING]
    return {table.name: int(db.execute(count.select_from(table)).scalar_one()) for table in kept}


def _told(db: sa.Connection, table: sa.Table) -> Iterator[list[Any]]:
    """A table's rows as JSON has them, in an order that does not depend on the database."""
    plain = db.dialect.name == "postgresql"
    keys = [
        sa.collate(key, "C") if plain and isinstance(key.type, sa.String) else key for key in table.primary_key.columns
    ]
    query = table.select().order_by(*keys).execution_options(yield_per=BATCH)
    for row in db.execute(query):
        yield [_said(value) for value in row]


def _said(value: Any) -> Any:
    if isinstance(value, datetime):
        utc = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return utc.isoformat()
    if isinstance(value, bytes | memoryview):
        return b64encode(value).decode()
    return value


def _read(column: sa.Column[Any], value: Any, db: sa.Connection) -> Any:
    if value is not None and isinstance(column.type, sa.DateTime):
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=None) if db.dialect.name == "sqlite" else moment
    if value is not None and isinstance(column.type, sa.LargeBinary):
        return b64decode(value)
    return _fit(value, db)


def _fit(value: Any, db: sa.Connection) -> Any:
    """What this database can keep of it: SQLite may hold a NUL that Postgres does not take."""
    return storable(value) if db.dialect.name == "postgresql" else value
