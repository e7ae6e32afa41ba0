"""Brings the tables up to date, one process at a time."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError

from core.errors import StoreDown
from core.store import trouble
from core.store.database import Database

LOCK = 0x67756D73  # Postgres advisory lock number: "gums"
NEWER_BACKUP = "The backup was made by a newer release than this one. Restore it with that release."
NEWER = "The database was made by a newer release than this one. Start the newer release, or restore a backup."


def migrate(url: str) -> None:
    """Run what is missing. Several processes may start at once: one migrates, the others wait for it.

    Raises:
        StoreDown: the database does not answer, is of a newer release, or a migration failed (nothing of it
            is kept).
    """
    database = Database(url, patience=30.0)
    try:
        with locked(database), database.engine.connect() as connection:
            upgrade(connection, "head")
            connection.commit()
    except SQLAlchemyError as error:
        raise trouble.down(error, refused="The database could not be brought up to date.") from error
    except OSError as error:
        raise StoreDown(f"The database cannot be written where it lies ({error.strerror}).") from error
    except CommandError as error:
        raise StoreDown(NEWER) from error
    finally:
        database.dispose()


def pending(url: str) -> list[str]:
    """The migrations that have not run yet, oldest first.

    Raises:
        StoreDown: the database does not answer, or is of a newer release.
    """
    scripts = ScriptDirectory.from_config(_config())
    database = Database(url, patience=2.0)
    try:
        with database.engine.connect() as connection:
            current = revision_of(connection)
    except SQLAlchemyError as error:
        raise trouble.down(error) from error
    finally:
        database.dispose()
    try:
        missing = list(scripts.iterate_revisions("head", current or "base"))
    except RevisionError as error:
        raise StoreDown(NEWER) from error
    return [script.revision for script in reversed(missing)]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def upgrade(connection: sa.Connection, revision: str) -> None:
    """Bring the tables to a revision; within the connection's transaction, if it has one."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def revision_of(connection: sa.Connection) -> str:
    """Which revision the tables are of; empty when there are none."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def check_known(revision: str) -> None:
    """Raises StoreDown: a revision of a newer release."""
    try:
        ScriptDirectory.from_config(_config()).get_revision(revision)
    except (CommandError, RevisionError) as error:
        raise StoreDown(NEWER_BACKUP) from error


@contextmanager
def locked(database: Database) -> Iterator[None]:
    """One at a time: who else wants to change the tables waits."""
    if database.is_sqlite:
        with _file_lock(database):
            yield
        return
    with database.engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
        connection.commit()
        yield
        connection.execute(sa.text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
        connection.commit()


@contextmanager
def _file_lock(database: Database) -> Iterator[None]:
    path = sa.make_url(database.url).database
    if not path or path == ":memory:":
        yield
        return
    with Path(f"{path}.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
