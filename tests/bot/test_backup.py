"""A backup taken while everything runs, brought back into an empty system: every row, and threads that go on."""

from __future__ import annotations

import gzip
import json
import stat
import tarfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import redis
import sqlalchemy as sa

from core.callers import Scope
from core.store import Database, Store, migrate, open_store
from tests.bot.shell import gumshoe as shell
from tests.bot.shell import one_sentence
from tests.core.stores import claimed, closed_all, finding, opened
from tests.faults.breaking import ask, asked, assert_told_once, ended
from tests.running import Gumshoe
from tests.servers import HOST, Postgres, Redis, Sandbox, Sources, free_port, until

KEY = {"SECRET_KEY": "an-invented-key-of-ours"}
NOWHERE = f"redis://{HOST}:{free_port()}/0"
NO_ROWS = {"alembic_version", "session"}  # sign-ins are left out


def rows(url: str) -> dict[str, list[Any]]:
    """Every row of every table that a backup holds."""
    database = Database(url)

    def work(db: sa.Connection) -> dict[str, list[Any]]:
        found = sa.MetaData()
        found.reflect(db)
        tables = [table for table in found.sorted_tables if table.name not in NO_ROWS]
        return {
            table.name: sorted(
                (tuple(_plain(value) for value in row) for row in db.execute(table.select())), key=repr
            )
            for table in tables
        }

    try:
        return database.read(work)
    finally:
        database.dispose()


def _plain(value: Any) -> Any:
    """As both databases have it: times in UTC, JSON in one order."""
    if hasattr(value, "astimezone"):
        return value.replace(tzinfo=None).isoformat() if value.tzinfo is None else _utc(value)
    return json.dumps(value, sort_keys=True) if isinstance(value, dict) else value


def _utc(value: Any) -> str:
    return str((value - value.utcoffset()).replace(tzinfo=None).isoformat())


def filled(url: str) -> Store:
    """A record with something in every table."""
    store = open_store(url)
    scan = opened(store, "dns", "whois", keys=("delivery-1",), reason="case 17 \u2028 ☂", callback="https://x.example/")
    run = claimed(store, scan)
    store.runs.save(run, [finding(number=1.5, deep={"b": [1, None, True], "a": "☂"}), finding("198.51.100.7")])
    closed_all(store, scan.id)
    store.tokens.create(team="T0SANDBOX", user="U0ADA", name="ci", scopes=[Scope.READ], lasts=None, by="ada")
    seat = store.desk.sit(scan.id, lease=60)
    assert seat is not None
    store.desk.note(seat, "parent", state="said", channel="C0GENERAL", ts="1.000001", digest="d")
    store.desk.leave(seat)
    return store


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'old.sqlite3'}"


@pytest.fixture
def whole(tmp_path: Path, url: str) -> Path:
    """A backup of a small record."""
    filled(url).close()
    path = tmp_path / "backup.tar.gz"
    done = shell(tmp_path, "backup", str(path), DATABASE_URL=url, REDIS_URL=NOWHERE, **KEY)
    assert done.returncode == 0, done.stderr
    return path


def restored(folder: Path, path: Path, url: str, *words: str, **settings: str) -> Any:
    return shell(folder, "restore", str(path), *words, **{"DATABASE_URL": url, "REDIS_URL": NOWHERE, **KEY, **settings})


def audited(url: str, verb: str) -> int:
    """How many lines the audit has of a command; they are what a restored record has more than the backup."""
    return sum(1 for row in rows(url)["audit"] if verb in row)


def same(one: str, other: str) -> None:
    """Row by row, but for the lines in which the commands themselves are noted."""
    before, after = rows(one), rows(other)
    for found in (before, after):
        found["audit"] = [row for row in found["audit"] if not {"backup", "restore"} & set(row)]
        found["message"] = [row for row in found["message"] if "restored" not in row]
    assert before.keys() == after.keys()
    for name, there in before.items():
        assert after[name] == there, name
    assert len([name for name, there in before.items() if there]) > 6


@pytest.mark.parametrize("way", ["sqlite to postgres", "postgres to sqlite", "sqlite to sqlite", "postgres to postgres"])
def test_every_row_comes_back_on_either_database(tmp_path: Path, postgres: Postgres, way: str) -> None:
    made = [
        postgres.new_database() if kind == "postgres" else f"sqlite:///{tmp_path / f'{number}.sqlite3'}"
        for number, kind in enumerate(way.split(" to "))
    ]
    filled(made[0]).close()
    path = tmp_path / "b.tar.gz"
    assert shell(tmp_path, "backup", str(path), DATABASE_URL=made[0], REDIS_URL=NOWHERE, **KEY).returncode == 0
    done = restored(tmp_path, path, made[1])
    assert done.returncode == 0, done.stderr
    same(*made)
    store = open_store(made[1])
    assert opened(store, "dns").id  # numbers that a database counts up itself go on after the highest
    store.close()
    assert (audited(made[0], "backup"), audited(made[1], "restore")) == (1, 1)
