"""A backup taken while everything runs, brought back into an empty system: every row, and threads that go on."""

from __future__ import annotations

import gzip
import json
import sqlite3
import stat
import tarfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import redis
import sqlalchemy as sa

from core.callers import Scope
from core.metrics.sending import SUMS
from core.store import Database, Store, open_store, pending
from core.store.migrate import upgrade
from tests.bot.typed import Type, Typed, typed
from tests.core.stores import claimed, closed_all, finding, opened
from tests.servers import HOST, Postgres, Redis, free_port

__all__ = ["typed"]
Restored = Callable[..., Typed]
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
            table.name: sorted((tuple(_plain(value) for value in row) for row in db.execute(table.select())), key=repr)
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
def whole(tmp_path: Path, url: str, typed: Type) -> Path:
    """A backup of a small record."""
    filled(url).close()
    path = tmp_path / "backup.tar.gz"
    done = typed("backup", str(path), DATABASE_URL=url, REDIS_URL=NOWHERE, **KEY)
    assert done.returncode == 0, done.stderr
    return path


@pytest.fixture
def restored(typed: Type) -> Restored:
    """Types `restore` on another database."""
    return lambda path, url, *words, **settings: typed(
        "restore", str(path), *words, **{"DATABASE_URL": url, "REDIS_URL": NOWHERE, **KEY, **settings}
    )


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


def audited(url: str, verb: str) -> int:
    """How many lines of the audit name a command: what a record has that the backup has not."""
    return sum(1 for row in rows(url)["audit"] if verb in row)


WAYS = ("sqlite to postgres", "postgres to sqlite", "sqlite to sqlite", "postgres to postgres")


@pytest.mark.parametrize("way", WAYS)
def test_every_row_comes_back_on_either_database(
    tmp_path: Path, postgres: Postgres, typed: Type, restored: Restored, way: str
) -> None:
    made = [
        postgres.new_database() if kind == "postgres" else f"sqlite:///{tmp_path / f'{number}.sqlite3'}"
        for number, kind in enumerate(way.split(" to "))
    ]
    filled(made[0]).close()
    path = tmp_path / "b.tar.gz"
    assert typed("backup", str(path), DATABASE_URL=made[0], REDIS_URL=NOWHERE, **KEY).returncode == 0
    done = restored(path, made[1])
    assert done.returncode == 0, done.stderr
    same(*made)
    store = open_store(made[1])
    assert opened(store, "dns").id  # numbers that a database counts up itself go on after the highest
    store.close()
    assert (audited(made[0], "backup"), audited(made[1], "restore")) == (1, 1)


def test_the_file_is_for_its_owner_alone_and_holds_no_setting(whole: Path) -> None:
    assert stat.S_IMODE(whole.stat().st_mode) == 0o600
    assert b"an-invented-key" not in gzip.decompress(whole.read_bytes())
    assert [each.name for each in whole.parent.iterdir() if each.name.startswith(".gumshoe")] == []


def test_a_backup_never_writes_over_another(tmp_path: Path, url: str, whole: Path, typed: Type) -> None:
    before = whole.read_bytes()
    done = typed("backup", str(whole), DATABASE_URL=url, REDIS_URL=NOWHERE, **KEY)
    assert done.returncode == 2
    assert "is there already" in done.stderr
    assert whole.read_bytes() == before
    done = typed("backup", str(tmp_path), "--json", DATABASE_URL=url, REDIS_URL=NOWHERE, **KEY)  # named by the time
    assert Path(json.loads(done.stdout)["path"]).name.startswith("gumshoe-2")


def test_where_there_is_no_record_nothing_is_backed_up_and_no_file_is_left(tmp_path: Path, typed: Type) -> None:
    done = typed("backup", str(tmp_path / "b.tar.gz"), DATABASE_URL=f"sqlite:///{tmp_path}/none.sqlite3")
    assert done.returncode == 1
    assert "There is no record in this database yet" in done.stderr
    assert [each.name for each in tmp_path.iterdir()] == []


def test_a_system_that_holds_a_record_is_left_as_it_is_unless_it_is_to_be_replaced(
    tmp_path: Path, whole: Path, url: str, restored: Restored
) -> None:
    there = f"sqlite:///{tmp_path / 'there.sqlite3'}"
    store = open_store(there)
    opened(store, "dns", "crtsh")
    store.close()
    before = rows(there)
    done = restored(whole, there)
    assert done.returncode == 1
    assert "This system holds a record already (1 in audit, 2 in run, 1 in scan). Nothing was changed." in done.stderr
    done = restored(whole, there, "--replace", answer="n\n")
    assert done.returncode == 1
    assert "Delete what is here (4 rows, 1 scans)?" in done.stdout
    assert rows(there) == before
    done = restored(whole, there, "--replace", answer="y\n")
    assert done.returncode == 0, done.stderr
    same(url, there)


def changed(path: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    """The same backup with one member changed."""
    with tarfile.open(path, "r:gz") as tar:
        held = [(member.name, (tar.extractfile(member) or BytesIO()).read()) for member in tar]
    with tarfile.open(path, "w:gz") as tar:
        for each, text in held:
            kept = change(text) if each == name else text
            member = tarfile.TarInfo(each)
            member.size = len(kept)
            tar.addfile(member, BytesIO(kept))


def _flip(path: Path, *, of_the_end: int = 0) -> None:
    whole = bytearray(path.read_bytes())
    whole[-of_the_end or len(whole) // 2] ^= 0xFF
    path.write_bytes(whole)


def _forged(path: Path) -> None:
    """Somebody without our key changes a finding, and the digest with it."""
    with tarfile.open(path, "r:gz") as tar:
        text = (tar.extractfile("finding.jsonl") or BytesIO()).read()
    new = text.replace(b"198.51.100.7", b"203.0.113.77")
    old, now = (sha256(each).hexdigest().encode() for each in (text, new))
    assert len(new) == len(text)
    changed(path, "finding.jsonl", lambda _: new)
    changed(path, "manifest.json", lambda manifest: manifest.replace(old, now))


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "cut short": (lambda path: path.write_bytes(path.read_bytes()[:-700]), "damaged"),
    "empty": (lambda path: path.write_bytes(b""), "no backup of mine"),
    "something else": (lambda path: path.write_text("hello"), "no backup of mine"),
    "a byte turned": (_flip, "damaged"),
    "its checksum is another": (lambda path: _flip(path, of_the_end=6), "damaged"),
    "a row less": (lambda path: changed(path, "scan.jsonl", lambda _: b""), "scan is not what the manifest says"),
    "a finding changed": (
        lambda path: changed(path, "finding.jsonl", lambda text: text.replace(b"198.51.100.7", b"198.51.100.8")),
        "finding is not what the manifest says",
    ),
    "forged with its digest": (_forged, "sealed with another key, or changed by somebody"),
    "of a newer release": (
        lambda path: changed(path, "manifest.json", lambda text: text.replace(b'"form": 1', b'"form": 2')),
        "newer release",
    ),
    "of a newer revision": (
        lambda path: changed(path, "manifest.json", lambda text: text.replace(b'"0010"', b'"9999"')),
        "newer release",
    ),
}


@pytest.mark.parametrize("how", DAMAGES)
def test_a_file_that_is_not_whole_is_refused_and_nothing_is_changed(
    tmp_path: Path, whole: Path, restored: Restored, how: str
) -> None:
    damage, sentence = DAMAGES[how]
    damage(whole)
    before = sorted(tmp_path.iterdir())
    words = ("--other-key",) if "revision" in how else ()  # that is no way around it
    done = restored(whole, f"sqlite:///{tmp_path / 'new.sqlite3'}", *words)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert sorted(tmp_path.iterdir()) == before


def test_a_row_that_the_database_does_not_take_undoes_all_of_them(
    tmp_path: Path, url: str, typed: Type, restored: Restored
) -> None:
    filled(url).close()
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file, file:  # our own connections would refuse it
        file.execute("UPDATE finding SET run_id = 'nobody' WHERE value = '198.51.100.7'")
    path, new = tmp_path / "b.tar.gz", tmp_path / "new.sqlite3"
    assert typed("backup", str(path), DATABASE_URL=url, REDIS_URL=NOWHERE, **KEY).returncode == 0
    done = restored(path, f"sqlite:///{new}")
    assert done.returncode == 1
    assert "did not take the backup; nothing was written" in done.stderr
    assert not new.exists()


def test_verify_says_whether_a_backup_is_whole_and_whose_key_sealed_it(whole: Path, typed: Type) -> None:
    done = typed("backup", "--verify", str(whole), **KEY)
    assert (done.returncode, "whole. " in done.stdout, "another key" in done.stdout) == (0, True, False)
    done = typed("backup", "--verify", str(whole), SECRET_KEY="another")
    assert (done.returncode, "sealed with another key" in done.stdout) == (0, True)
    _flip(whole)
    assert typed("backup", "--verify", str(whole), **KEY).returncode == 1


def test_a_backup_sealed_with_another_key_is_taken_only_when_told_so(
    tmp_path: Path, whole: Path, url: str, restored: Restored
) -> None:
    new = f"sqlite:///{tmp_path / 'new.sqlite3'}"
    assert restored(whole, new, SECRET_KEY="another").returncode == 1
    assert restored(whole, new, "--other-key", SECRET_KEY="another").returncode == 0
    same(url, new)


def test_a_record_of_an_older_release_is_backed_up_as_it_is_and_brought_up_to_date_when_restored(
    tmp_path: Path, typed: Type, restored: Restored
) -> None:
    old, new, path = f"sqlite:///{tmp_path}/old.sqlite3", f"sqlite:///{tmp_path}/new.sqlite3", tmp_path / "b.tar.gz"
    database = Database(old)
    with database.engine.connect() as db, db.begin():
        upgrade(db, "0004")
        db.exec_driver_sql(
            "INSERT INTO scan (id, kind, value, status, created_at, fresh)"
            " VALUES ('ab', 'domain', 'example.com', 'finished', '2026-11-23 12:00:00.000000', 0)"
        )
    database.dispose()
    done = typed("backup", str(path), "--json", DATABASE_URL=old, REDIS_URL=NOWHERE, **KEY)
    assert json.loads(done.stdout)["revision"] == "0004"
    assert restored(path, new).returncode == 0
    assert pending(new) == []
    store = open_store(new)
    scan = store.scans.get("ab")
    store.close()
    assert (scan.target.value, scan.priority, scan.created_at) == (
        "example.com", "interactive", datetime(2026, 11, 23, 12, tzinfo=UTC)
    )  # fmt: skip


def test_budgets_and_verdicts_come_back_with_what_is_left_of_their_time_and_the_queue_does_not(
    tmp_path: Path, url: str, redis_server: Redis, typed: Type, restored: Restored
) -> None:
    filled(url).close()
    first, second = (redis_server.url.replace("/0", f"/{number}") for number in (11, 12))
    with redis.from_url(first) as one, redis.from_url(second) as other:
        one.flushdb()
        other.flushdb()
        one.hset("gumshoe:ledger:used:Example|k:2026-11", mapping={"a1": 7, "floor": 9})
        one.expire("gumshoe:ledger:used:Example|k:2026-11", 3000)
        one.zadd("gumshoe:ledger:recent:Example|k", {"u:abc": 1764156000.25})
        one.set("memory:verdict:x", "yes ☂", ex=2000)
        one.hset("gumshoe:ledger:limits", "Example|k|day", 50)
        one.lpush("scan", "a hint")
        one.set("gumshoe:probe", 1)
        path = tmp_path / "b.tar.gz"
        done = typed("backup", str(path), "--json", DATABASE_URL=url, REDIS_URL=first, **KEY)
        assert (json.loads(done.stdout)["rows"]["redis"], json.loads(done.stdout)["lacks"]) == (4, [])
        assert [amount for name, amount in one.hgetall(SUMS).items() if b"gumshoe_backups_total" in name] == [b"1"]
        other.hset("gumshoe:ledger:limits", "Example|k|day", 60)  # learnt anew meanwhile
        done = restored(path, f"sqlite:///{tmp_path}/new.sqlite3", "--json", REDIS_URL=second)
        assert json.loads(done.stdout)["redis"] == 3
        assert other.hgetall("gumshoe:ledger:used:Example|k:2026-11") == {b"a1": b"7", b"floor": b"9"}
        assert 2900 < other.ttl("gumshoe:ledger:used:Example|k:2026-11") <= 3000
        assert other.zscore("gumshoe:ledger:recent:Example|k", "u:abc") == 1764156000.25
        assert other.get("memory:verdict:x") == "yes ☂".encode()
        assert 1900 < other.ttl("memory:verdict:x") <= 2000
        assert other.hget("gumshoe:ledger:limits", "Example|k|day") == b"60"
        assert other.exists("scan") == 0


def test_while_redis_is_away_the_record_is_backed_up_and_the_file_says_what_it_lacks(whole: Path, typed: Type) -> None:
    done = typed("backup", "--verify", str(whole), **KEY)
    assert "Note: What sources have granted and remembered verdicts are not in it. The Redis of budgets" in done.stdout
