"""Migrations make exactly the tables the store knows, once, however many processes start at the same moment."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from core.errors import StoreDown
from core.store import Database, Store, migrate, open_store, pending
from core.store.migrate import upgrade
from core.store.tables import metadata, scan
from tests.core.stores import opened, together
from tests.servers import ROOT

MIGRATE = "import sys; from core.store import migrate; migrate(sys.argv[1])"


def test_an_empty_database_is_brought_up_to_date(database_url: str) -> None:
    assert pending(database_url) == ["0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010"]
    migrate(database_url)
    assert pending(database_url) == []


def test_what_is_up_to_date_stays_as_it_is(database_url: str) -> None:
    store = open_store(database_url)
    scan = opened(store, "dns")
    store.close()
    again = open_store(database_url)
    assert again.scans.get(scan.id) == scan
    again.close()


def test_several_processes_may_start_at_the_same_moment(database_url: str) -> None:
    starting = [subprocess.Popen([sys.executable, "-c", MIGRATE, database_url], cwd=ROOT) for _ in range(3)]
    assert [process.wait(60) for process in starting] == [0, 0, 0]
    assert pending(database_url) == []


def test_several_threads_may_start_at_the_same_moment(database_url: str) -> None:
    stores = together(4, lambda _: open_store(database_url))
    assert pending(database_url) == []
    assert len(opened(stores[0]).runs) == 3
    for store in stores:
        store.close()


def test_the_migrations_make_the_tables_the_store_knows(store: Store) -> None:
    def differences(db: sa.Connection) -> list[object]:
        context = MigrationContext.configure(db, opts={"compare_type": True, "include_object": _ours})
        return list(compare_metadata(context, metadata))

    assert store.database.read(differences) == []


def test_whose_scans_had_a_language_is_known_to_read_it(database_url: str) -> None:
    """As their latest scan says; of whom nobody knew, nothing is known."""
    database = Database(database_url)
    with database.engine.connect() as db:
        upgrade(db, "0009")
        asked = [("a", "T1", "U0EVA", "en", 1), ("b", "T1", "U0EVA", "es", 2), ("c", "T2", "U0EVA", "en", 2)]
        asked += [("d", "T1", "U0ADA", "", 3), ("e", "T1", "U0BOB", "en", 3), ("f", "T1", "U0BOB", "en", 3)]
        for scan_id, team, user, language, day in asked:
            row = {"id": scan_id, "team": team, "asker_user": user, "language": language}
            at = datetime(2027, 1, day, tzinfo=UTC)
            db.execute(scan.insert().values(row | dict.fromkeys(("created_at", "changed_at"), at)))
        db.commit()
    database.dispose()
    store = open_store(database_url)
    assert [store.mine.language("T1", user) for user in ("U0EVA", "U0ADA", "U0BOB")] == ["es", "", "en"]
    assert store.mine.language("T2", "U0EVA") == "en"
    store.close()


def _ours(_thing: object, name: str | None, *_: object) -> bool:
    return name != "alembic_version"


def test_a_record_of_a_later_release_is_refused_in_a_sentence(database_url: str) -> None:
    migrate(database_url)
    database = Database(database_url)
    database.write(lambda db: db.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'").rowcount)
    database.dispose()
    for ask in (migrate, pending):
        with pytest.raises(StoreDown, match="release"):
            ask(database_url)
