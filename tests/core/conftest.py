"""An empty record for each test, without migrating each time: on SQLite a copied file, on Postgres emptied tables."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.store import Store, open_store
from core.store.tables import metadata
from tests.servers import Postgres


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that nobody writes to."""
    path = tmp_path_factory.mktemp("record") / "empty.sqlite3"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def migrated_database(postgres: Postgres) -> str:
    """A migrated Postgres database that tests share, one after the other."""
    url = postgres.new_database()
    open_store(url).close()
    return url


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty record, on both databases."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "record.sqlite3")
        opened = open_store(f"sqlite:///{tmp_path / 'record.sqlite3'}", migrated=False)
    else:
        opened = open_store(request.getfixturevalue("migrated_database"), migrated=False)
        opened.database.write(_empty)
    yield opened
    opened.close()


def _empty(db: sa.Connection) -> None:
    for table in reversed(metadata.sorted_tables):
        db.execute(table.delete())
