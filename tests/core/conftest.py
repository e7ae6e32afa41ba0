"""An empty record and an empty workspace for each test, without starting either anew each time."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.pace import LocalPace
from core.slack import Slack
from core.store import Store, open_store
from core.store.tables import metadata
from core.store.triggers import starting_over
from tests.servers import Postgres, Sandbox


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
    """An empty record: on SQLite a copied file, on Postgres emptied tables."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "record.sqlite3")
        opened = open_store(f"sqlite:///{tmp_path / 'record.sqlite3'}", migrated=False)
    else:
        opened = open_store(request.getfixturevalue("migrated_database"), migrated=False)
        opened.database.write(_empty)
    yield opened
    opened.close()


def _empty(db: sa.Connection) -> None:
    with starting_over(db):
        for table in reversed(metadata.sorted_tables):
            db.execute(table.delete())


@pytest.fixture(scope="module")
def one_sandbox() -> Iterator[Sandbox]:
    """One stand-in workspace for all tests of a module."""
    with Sandbox() as server:
        yield server


@pytest.fixture
def workspace(one_sandbox: Sandbox) -> Sandbox:
    """The workspace as it is in the beginning."""
    one_sandbox.post("reset")
    return one_sandbox


@pytest.fixture
async def slack(workspace: Sandbox) -> AsyncIterator[Slack]:
    """Our door to it, with all budgets unused."""
    door = Slack(workspace.ready["bot_token"], base_url=workspace.ready["api_url"], pace=LocalPace(), timeout=5)
    yield door
    await door.close()


@pytest.fixture
async def hasty(workspace: Sandbox) -> AsyncIterator[Slack]:
    """A door that waits a second for an answer."""
    door = Slack(workspace.ready["bot_token"], base_url=workspace.ready["api_url"], pace=LocalPace(), timeout=1)
    yield door
    await door.close()
