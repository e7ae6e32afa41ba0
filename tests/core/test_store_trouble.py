"""A database that is away, locked or broken is one clear error of ours, and work goes on when it is back."""

from __future__ import annotations

import secrets
import signal
import socket
import threading
import traceback
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.errors import StoreDown
from core.models import RunState
from core.store import Store, migrate, open_store, pending
from tests.core.stores import opened, run_of
from tests.servers import HOST, Postgres, free_port


@pytest.fixture
def silent_port() -> int:
    """A port where nobody listens."""
    return free_port()


def test_a_database_that_is_not_there_is_down(silent_port: int) -> None:
    url = f"postgresql+psycopg://gumshoe:hush@{HOST}:{silent_port}/record"
    for ask in (migrate, pending, open_store):
        with pytest.raises(StoreDown, match="The database does not answer"):
            ask(url)


def test_no_error_tells_the_password_of_the_database(silent_port: int) -> None:
    password = secrets.token_hex()
    with pytest.raises(StoreDown) as raised:
        open_store(f"postgresql+psycopg://gumshoe:{password}@{HOST}:{silent_port}/record")
    assert password not in "".join(traceback.format_exception(raised.value))


def test_a_database_that_accepts_and_says_nothing_is_down() -> None:
    with socket.create_server((HOST, 0)) as listener:
        url = f"postgresql+psycopg://gumshoe@{HOST}:{listener.getsockname()[1]}/record"
        store = open_store(url, migrated=False, patience=0.5)
        with pytest.raises(StoreDown):
            store.scans.recent("T0SANDBOX")
        store.close()


def test_a_postgres_that_stops_is_down_until_it_is_back(tmp_path_factory: pytest.TempPathFactory) -> None:
    with Postgres(tmp_path_factory.mktemp("stopping")) as server:
        store = open_store(server.new_database(), patience=2.0)
        scan = opened(store, "dns")
        server.part.signal(signal.SIGINT)  # Postgres' fast shutdown
        server.part.process.wait(15)
        with pytest.raises(StoreDown):
            store.scans.get(scan.id)
        with pytest.raises(StoreDown):
            opened(store, "crtsh")
        server.run()
        assert [each.id for each in store.scans.recent("T0SANDBOX")] == [scan.id]
        store.close()


def test_a_writer_that_sits_on_the_record_makes_others_give_up(store: Store) -> None:
    scan = opened(store, "dns")
    hasty = open_store(store.database.url, migrated=False, patience=0.1)
    holding, free = threading.Event(), threading.Event()

    def hold(db: sa.Connection) -> None:
        db.exec_driver_sql("UPDATE run SET reason = 'held'")
        holding.set()
        free.wait(30)

    holder = threading.Thread(target=store.database.write, args=(hold,))
    holder.start()
    try:
        assert holding.wait(30)
        with pytest.raises(StoreDown):
            hasty.runs.claim(run_of(scan).id, lease=60)
        assert hasty.scans.get(scan.id).runs[0].state is RunState.QUEUED  # reading goes on
    finally:
        free.set()
        holder.join()
    assert hasty.runs.claim(run_of(scan).id, lease=60) is not None
    hasty.close()


def test_work_that_fails_leaves_nothing_behind(store: Store) -> None:
    scan = opened(store, "dns")

    def half(db: sa.Connection) -> None:
        db.exec_driver_sql("UPDATE scan SET tag = 'half'")
        db.exec_driver_sql("INSERT INTO nowhere VALUES (1)")

    with pytest.raises(StoreDown):
        store.database.write(half)
    assert store.scans.get(scan.id).tag == ""


def test_a_record_without_tables_is_down(database_url: str) -> None:
    store = open_store(database_url, migrated=False)
    with pytest.raises(StoreDown):
        store.scans.recent("T0SANDBOX")
    store.close()


def test_a_file_that_is_no_database_is_down(tmp_path: Path) -> None:
    path = tmp_path / "record.sqlite3"
    path.write_text("This is a shopping list. " * 500)
    with pytest.raises(StoreDown):
        open_store(f"sqlite:///{path}")


def test_a_place_where_no_file_can_be_is_down(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    url = f"sqlite:///{tmp_path / 'file' / 'record.sqlite3'}"
    for ask in (migrate, pending, open_store, lambda url: open_store(url, migrated=False)):
        with pytest.raises(StoreDown):
            ask(url)
