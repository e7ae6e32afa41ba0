"""The SQLite file is locked, moved, replaced, damaged, or its disk is full, under the whole running system."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.store import open_store
from tests.bot.listening import words_of
from tests.bot.outages import locked
from tests.faults.breaking import ask, asked, assert_told_once, ended
from tests.faults.postgres import filled, lasting, room
from tests.nursery import run
from tests.running import Gumshoe
from tests.servers import ROOT, Redis, Sandbox, Sources, until

BOTH = "example.org collectors=crtsh,whois fresh"
CERTIFICATES = "crt.sh"


@pytest.fixture(scope="module")
def disk() -> Iterator[Path]:
    """A small disk of the record's own."""
    with room(megabytes=12) as folder:
        yield folder


@pytest.fixture(scope="module")
def system(
    tmp_path_factory: pytest.TempPathFactory, redis_server: Redis, disk: Path, sources: Sources
) -> Iterator[Gumshoe]:
    folder, url = tmp_path_factory.mktemp("system"), f"sqlite:///{disk / 'record.sqlite3'}"
    with Sandbox() as sandbox, Gumshoe(folder, redis_server, sandbox, sources, DATABASE_URL=url) as running:
        yield running


@pytest.fixture
def gumshoe(system: Gumshoe) -> Iterator[Gumshoe]:
    """The running system before an empty workspace; no fault may have ended a part of it."""
    system.start_over()
    yield system
    assert {name: part.process.poll() for name, part in system.parts.items()} == dict.fromkeys(system.parts)


def slow_certificates(gumshoe: Gumshoe) -> str:
    """A scan whose certificates take a while."""
    gumshoe.sources.behave(host=CERTIFICATES, kind="slow", seconds=2)
    scan_id = ask(gumshoe, BOTH)
    asked(gumshoe, CERTIFICATES)
    return scan_id


def told(gumshoe: Gumshoe, text: str) -> str:
    """What a command is answered; it must be in time."""
    answer = gumshoe.sandbox.command(text, user="U0BOB")
    assert answer["status"] == "ok", answer["error"]
    return words_of(answer["ephemeral"])


def assert_all_end_well(gumshoe: Gumshoe) -> None:
    """Every scan there is ended as if nothing had happened, and no source was asked the same twice."""
    for scan in gumshoe.scans():
        done = ended(gumshoe, scan.id)
        assert {run.attempt for run in done.runs} == {1}
        assert_told_once(gumshoe, done)
    paths = [each["path"] for each in gumshoe.sources.asked() if each["protocol"] == "http"]
    assert len(paths) == len(set(paths)), paths


def bot(gumshoe: Gumshoe, command: str, url: str) -> subprocess.CompletedProcess[str]:
    """A command of the shell over another record."""
    env: dict[str, Any] = {**gumshoe.env, "DATABASE_URL": url, "HTTP_PORT": "0"}
    words = [sys.executable, "-m", "bot", command]
    return run(words, ROOT, env)


@pytest.mark.fault("Another process locks the SQLite file", keeps=("lost", "twice", "answer"))
def test_a_file_locked_for_longer_than_anybody_waits_changes_nothing(gumshoe: Gumshoe, disk: Path) -> None:
    scan_id = slow_certificates(gumshoe)
    with lasting(7), locked(disk / "record.sqlite3"):
        assert "Started" not in told(gumshoe, "example.com")
    assert_all_end_well(gumshoe)
    assert [scan.id for scan in gumshoe.scans()] == [scan_id]


@pytest.mark.fault("The disk of the SQLite file is full", keeps=("lost", "twice", "honest", "answer"))
def test_a_full_disk_loses_nothing_once_there_is_room(gumshoe: Gumshoe, disk: Path) -> None:
    scan_id = slow_certificates(gumshoe)
    numbers = itertools.count()
    with sqlite3.connect(disk / "record.sqlite3") as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # what SQLite has set aside would fit for a while
    other.close()
    with lasting(4), filled(disk):
        until(
            "a question to be refused",
            lambda: "disk of the database is full" in told(gumshoe, f"{next(numbers)}.example.com collectors=whois"),
        )
        seen = bot(gumshoe, "doctor", gumshoe.env["DATABASE_URL"])
        assert "disk of the database is full" in seen.stdout
        assert "Make room" in seen.stdout
    assert_all_end_well(gumshoe)
    assert scan_id in {scan.id for scan in gumshoe.scans()}


@pytest.mark.fault(
    "The SQLite file is moved away or replaced, and comes back", keeps=("lost", "twice", "honest", "answer")
)
def test_a_file_that_is_not_ours_is_never_written(gumshoe: Gumshoe, disk: Path) -> None:
    file, away = disk / "record.sqlite3", disk / "away.sqlite3"
    scan_id = slow_certificates(gumshoe)
    with lasting(4):
        file.rename(away)
        assert "gone" in told(gumshoe, "example.com")
        assert not file.exists(), "somebody began a new record"
        shutil.copy(away, file)
        other = file.read_bytes()
        assert "replaced" in told(gumshoe, "example.com")
    assert file.read_bytes() == other
    away.rename(file)
    assert_all_end_well(gumshoe)
    assert [scan.id for scan in gumshoe.scans()] == [scan_id]


@pytest.mark.fault("The SQLite file is damaged", keeps=("honest",))
@pytest.mark.parametrize("where", ["head", "middle"])
def test_a_damaged_file_is_named(gumshoe: Gumshoe, tmp_path: Path, where: str) -> None:
    file = tmp_path / "record.sqlite3"
    store = open_store(f"sqlite:///{file}")
    store.close()
    with sqlite3.connect(file) as writer:
        writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    writer.close()
    content = bytearray(file.read_bytes())
    start = 0 if where == "head" else 4096
    content[start : start + 4096] = b"\xff" * 4096
    file.write_bytes(content)
    seen = bot(gumshoe, "doctor", f"sqlite:///{file}")
    assert seen.returncode == 1
    assert "is damaged" in seen.stdout
    assert "backup" in seen.stdout
    if where == "head":
        started = bot(gumshoe, "serve", f"sqlite:///{file}")
        assert started.returncode == 1
        assert "is damaged" in started.stderr


@pytest.mark.fault("The disk of the SQLite file becomes read-only", keeps=("honest",))
def test_a_record_that_cannot_be_written_is_named(gumshoe: Gumshoe) -> None:
    with room(megabytes=4) as small:
        url = f"sqlite:///{small / 'record.sqlite3'}"
        open_store(url).close()
        subprocess.run(["mount", "-o", "remount,ro", str(small)], check=True)
        seen = bot(gumshoe, "doctor", url)
        assert seen.returncode == 1
        assert "cannot be opened" in seen.stdout
        started = bot(gumshoe, "serve", url)
        assert started.returncode == 1
        assert "cannot be written" in started.stderr
