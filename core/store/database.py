"""Opens the record and runs work in transactions; all trouble of SQLAlchemy and its drivers ends here."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from core import clock
from core.errors import StoreDown, StoreUnsure
from core.language import N_, later
from core.store import trouble
from core.store.postgres import postgres_engine

T = TypeVar("T")
TRIES = 3
CLOCK = 10.0  # seconds for which the server's time is carried on by our own count
AFTER = "gumshoe_after"
MOST_LOG = 64 * 1024 * 1024  # bytes that a SQLite write-ahead log keeps after a long reader made it grow


class Database:
    """One engine. `patience` is how many seconds a statement may wait for a lock or a connection.

    Raises:
        StoreDown: the folder of a SQLite file cannot be made.
    """

    def __init__(self, url: str, *, patience: float = 5.0) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self._file = _File(url) if self.is_sqlite else None
        self.engine = _sqlite(url, patience) if self.is_sqlite else postgres_engine(url, patience)
        self._patience = patience
        self._shaken_at = -math.inf
        self._under_way: dict[object, float] = {}  # since when
        self._ask_again = 0.0  # when, by our own count of seconds, the server is asked for the time
        # SQLite has one writer at a time. Threads that wait for it in SQLite's own sleeping retry starve each
        # other; in this queue they do not.
        self._turn = threading.Lock() if self.is_sqlite else None

    def read(self, work: Callable[[sa.Connection], T]) -> T:
        """Run `work` in a transaction that only reads.

        Raises:
            StoreDown: the database does not answer.
        """
        return self._watched(work, write=False)

    def write(
        self, work: Callable[[sa.Connection], T], *, landed: Callable[[sa.Connection], T | None] | None = None
    ) -> T:
        """Run `work` in one transaction and commit; repeated when another writer or a lost connection got in the
        way, so `work` must touch nothing but its connection. Any error rolls back.

        A commit whose answer was cut off may stand. With `landed`, that is found out on a new connection: it
        returns what `work` would have, or None when the work is not there and is to be done again. It must wait
        for the first transaction, should that one still be under way: by a row's lock, or by a unique key.

        Raises:
            StoreUnsure: nobody knows whether it was written.
            StoreDown: the database does not answer, or stays locked; nothing was written.
        """
        try:
            return self._in_turn(work)
        except StoreUnsure as unsure:
            if landed is None:
                raise
            found = landed

            def settle(db: sa.Connection) -> T:
                before = found(db)
                return work(db) if before is None else before

            try:
                return self._in_turn(settle)
            except StoreDown as error:
                raise unsure from error

    def look_through(self) -> None:
        """Look for damage in a SQLite file; Postgres has tools of its own.

        Raises:
            StoreDown: it is damaged.
        """
        if self.is_sqlite:
            said = self.read(lambda db: db.exec_driver_sql("PRAGMA quick_check(1)").scalar_one())
            if said != "ok":
                raise StoreDown(trouble.SENTENCES["damaged"], reason="damaged")

    def steady_for(self) -> float:
        """Seconds since this process last saw the database not answer in time; leases that ended while it did
        not say nothing about those who could not extend them."""
        now = time.monotonic()
        oldest = min(list(self._under_way.values()), default=now)
        return now - self._shaken_at if now - oldest <= self._patience else 0.0

    def _in_turn(self, work: Callable[[sa.Connection], T]) -> T:
        if self._turn is None:
            return self._watched(work, write=True)
        if not self._turn.acquire(timeout=self._patience):
            raise StoreDown
        try:
            return self._watched(work, write=True)
        finally:
            self._turn.release()

    def _watched(self, work: Callable[[sa.Connection], T], *, write: bool) -> T:
        call = object()
        self._under_way[call] = time.monotonic()
        try:
            return self._tried(work, write=write)
        except StoreDown:
            self._shaken_at = time.monotonic()
            raise
        finally:
            if time.monotonic() - self._under_way.pop(call) > self._patience:
                self._shaken_at = time.monotonic()

    def _tried(self, work: Callable[[sa.Connection], T], *, write: bool) -> T:
        for attempt in range(1, TRIES + 1):
            try:
                return self._once(work, write=write)
            except DBAPIError as error:
                elsewhere = trouble.reason_of(error) == "read_only" and not self.is_sqlite
                if elsewhere:  # the server is no longer the one that takes writes: the next connection finds that one
                    self.engine.dispose()
                again = elsewhere or error.connection_invalidated or trouble.is_contention(error)
                if attempt == TRIES or not again:
                    raise trouble.down(error) from error
                time.sleep(0.02 * attempt)
            except SQLAlchemyError as error:
                raise trouble.down(error) from error
        raise AssertionError("unreachable")

    def _once(self, work: Callable[[sa.Connection], T], *, write: bool) -> T:
        if self._file is not None:
            self._file.check()
        options = self._options(write)
        with self.engine.connect().execution_options(**options) as connection:
            connection.begin()
            self._set_clock(connection)
            answer = work(connection)
            try:
                connection.commit()
            except DBAPIError as error:
                if write and not self.is_sqlite and trouble.may_stand(error):
                    raise trouble.unsure() from error
                raise
        for told in options[AFTER]:
            told()
        return answer

    def _set_clock(self, connection: sa.Connection) -> None:
        """Ask Postgres what time it is, now and then. Where the record is a file, all share its machine's clock."""
        if not self.is_sqlite and time.monotonic() >= self._ask_again:
            clock.follow(connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one())
            self._ask_again = time.monotonic() + CLOCK

    def _options(self, write: bool) -> dict[str, Any]:
        """What is read together must be of one moment: Postgres else shows each statement a newer one."""
        options: dict[str, Any] = {"gumshoe_write": write, AFTER: []}
        return options if write or self.is_sqlite else options | {"isolation_level": "REPEATABLE READ"}

    def dispose(self) -> None:
        self.engine.dispose()


def after(connection: sa.Connection, tell: Callable[[], None]) -> None:
    """Call this once the transaction is committed; never, when it is not. `tell` must not raise."""
    connection.get_execution_options()[AFTER].append(tell)


class _File:
    """The file of a SQLite record. Should it be deleted or replaced under us, our open connections would go on
    writing into a file that nobody will ever see, and new ones would make an empty one."""

    def __init__(self, url: str) -> None:
        path = sa.make_url(url).database
        self._path = Path(path) if path and path != ":memory:" else None
        self._known: tuple[int, int] | None = None

    def check(self) -> None:
        """Raises StoreDown: the file is not the one we opened."""
        if self._path is None:
            return
        try:
            found = self._path.stat()
        except FileNotFoundError:
            if self._known is None:
                return  # the first connection makes it
            gone = N_("The database file {path} is gone. Stop everything and restore it.")
            raise StoreDown(later(gone, path=self._path)) from None
        except OSError as error:
            away = N_("The database file {path} cannot be reached ({why}).")
            raise StoreDown(later(away, path=self._path, why=error.strerror)) from error
        identity = (found.st_dev, found.st_ino)
        self._known = self._known or identity
        if identity != self._known:
            other = N_("The database file {path} was replaced while I ran. Start everything anew.")
            raise StoreDown(later(other, path=self._path))


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
            f"journal_size_limit={MOST_LOG}",
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
