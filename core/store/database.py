"""Opens the record and runs work in transactions; all trouble of SQLAlchemy and its drivers ends here."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core import clock
from core.errors import StoreDown

T = TypeVar("T")
TRIES = 3
CLOCK = 10.0  # seconds for which the server's time is carried on by our own count
# What two writers do to each other; the loser tries again. SQLite: busy/locked; Postgres: deadlock, serialisation.
CONTENTION = ("locked", "busy", "40P01", "40001")


class Database:
    """One engine. `patience` is how many seconds a statement may wait for a lock or a connection.

    Raises:
        StoreDown: the folder of a SQLite file cannot be made.
    """

    def __init__(self, url: str, *, patience: float = 5.0) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self.engine = _sqlite(url, patience) if self.is_sqlite else _postgres(url, patience)
        self._patience = patience
        self._ask_again = 0.0  # when, by our own count of seconds, the server is asked for the time
        # SQLite has one writer at a time. Threads that wait for it in SQLite's own sleeping retry starve each
        # other; in this queue they do not.
        self._turn = threading.Lock() if self.is_sqlite else None

    def read(self, work: Callable[[sa.Connection], T]) -> T:
        """Run `work` in a transaction that only reads.

        Raises:
            StoreDown: the database does not answer.
        """
        return self._run(work, write=False)

    def write(self, work: Callable[[sa.Connection], T]) -> T:
        """Run `work` in one transaction and commit; repeated when another writer got in the way, so `work`
        must touch nothing but its connection. Any error rolls back.

        Raises:
            StoreDown: the database does not answer, or stays locked.
        """
        if self._turn is None:
            return self._run(work, write=True)
        if not self._turn.acquire(timeout=self._patience):
            raise StoreDown("The database does not answer. Try again in a minute.")
        try:
            return self._run(work, write=True)
        finally:
            self._turn.release()

    def _run(self, work: Callable[[sa.Connection], T], *, write: bool) -> T:
        for attempt in range(1, TRIES + 1):
            try:
                with self.engine.connect().execution_options(**self._options(write)) as connection, connection.begin():
                    self._set_clock(connection)
                    return work(connection)
            except DBAPIError as error:
                if attempt == TRIES or not _contention(error):
                    raise StoreDown("The database does not answer. Try again in a minute.") from error
                time.sleep(0.02 * attempt)
            except (SQLAlchemyError, PoolTimeout) as error:
                raise StoreDown("The database does not answer. Try again in a minute.") from error
        raise AssertionError("unreachable")

    def _set_clock(self, connection: sa.Connection) -> None:
        """Ask Postgres what time it is, now and then. Where the record is a file, all share its machine's clock."""
        if not self.is_sqlite and time.monotonic() >= self._ask_again:
            clock.follow(connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one())
            self._ask_again = time.monotonic() + CLOCK

    def _options(self, write: bool) -> dict[str, Any]:
        """What is read together must be of one moment: Postgres else shows each statement a newer one."""
        options: dict[str, Any] = {"gumshoe_write": write}
        return options if write or self.is_sqlite else options | {"isolation_level": "REPEATABLE READ"}

    def dispose(self) -> None:
        self.engine.dispose()


def _contention(error: DBAPIError) -> bool:
    text = f"{getattr(error.orig, 'sqlstate', '')} {error.orig}" if isinstance(error, OperationalError) else ""
    return any(word in text for word in CONTENTION)


def _sqlite(url: str, patience: float) -> sa.Engine:
    path = sa.make_url(url).database
    if path and path != ":memory:":
        _make_folder(Path(path).parent)
    engine = sa.create_engine(url, connect_args={"timeout": patience}, pool_timeout=patience, pool_size=8)

    @event.listens_for(engine, "connect")
    def pragmas(dbapi: Any, _record: object) -> None:
        dbapi.isolation_level = None  # we say BEGIN ourselves, see below
        cursor = dbapi.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            f"busy_timeout={patience * 1000:.0f}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        # A writer takes the lock at once: upgrading a read transaction fails under WAL however long one waits.
        write = connection.get_execution_options().get("gumshoe_write", True)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreDown(f"The database cannot be kept in {folder} ({error.strerror}).") from error


def _postgres(url: str, patience: float) -> sa.Engine:
    milliseconds = int(patience * 1000)
    return sa.create_engine(
        url,
        pool_pre_ping=True,
        pool_timeout=patience,
        pool_size=8,
        max_overflow=8,
        connect_args={
            "connect_timeout": max(2, int(patience)),
            # statement_timeout is the server's; a server that vanished without a word is noticed only here.
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "tcp_user_timeout": milliseconds * 5,
            "options": f"-c statement_timeout={milliseconds * 4} -c lock_timeout={milliseconds}",
        },
    )
