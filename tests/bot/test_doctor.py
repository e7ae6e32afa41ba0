"""The doctor: everything in order, and everything wrong at once; each thing in a sentence with a next step."""

from __future__ import annotations

import asyncio
import json
import resource
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import redis
import sqlalchemy as sa

from core import VERSION, clock
from core.broker import connect
from core.callers import Scope
from core.heartbeats import Alive, Beat
from core.models import Outcome
from core.store import Store, open_store
from core.store.tables import audit, bearer, callback, run
from core.store.triggers import starting_over
from tests.bot.listening import point_the_queue_at
from tests.bot.shell import gumshoe as shell
from tests.bot.typed import Type, Typed, typed
from tests.core.stores import claimed, opened
from tests.faults.clocks import Clock
from tests.servers import HOST, Postgres, Redis, Sandbox, free_port

__all__ = ["typed"]
CLOSED = free_port()  # nobody listens there


@pytest.fixture(scope="module")
def workspace() -> Iterator[Sandbox]:
    with Sandbox() as server:
        yield server


@pytest.fixture
def few_files() -> Iterator[None]:
    """A process that may have few files open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def signs(done: Typed) -> dict[str, tuple[str, str]]:
    """Each sentence with its state and its next step."""
    return {each["sentence"]: (each["state"], each["step"]) for each in json.loads(done.stdout)["signs"]}


def found(told: dict[str, tuple[str, str]], words: str) -> tuple[str, str]:
    """The one sign that says this."""
    (sign,) = [sign for sentence, sign in told.items() if words in sentence]
    return sign


def untidy(url: str) -> Store:
    """A record in which much was left lying about."""
    store = open_store(url)
    long_ago = clock.now() - timedelta(days=40)
    for name, lasts in (("for ever", None), ("idle", timedelta(days=90)), ("over", timedelta(days=1))):
        store.tokens.create(team="T", user="U0ADA", name=name, scopes=[Scope.READ], lasts=lasts, by="ada")
    late = opened(store, "dns")
    given_up = opened(store, "whois")
    assert store.runs.close(claimed(store, given_up, "whois"), Outcome.NOTHING)

    def work(db: Any) -> int:
        db.execute(bearer.update().where(bearer.c.name == "over").values(expires_at=long_ago))
        db.execute(bearer.update().where(bearer.c.name == "idle").values(created_at=long_ago))
        db.execute(run.update().where(run.c.scan_id == late.id).values(after=clock.now() - timedelta(minutes=30)))
        row = {"scan_id": given_up.id, "round": 1, "state": "given up", "changed_at": clock.now()}
        return int(db.execute(callback.insert().values(row)).rowcount)

    store.database.write(work)
    return store


def backdate(at: datetime, db: sa.Connection) -> None:
    """What the audit says was long ago."""
    with starting_over(db):
        db.execute(audit.update().values(at=at))


def test_everything_that_is_wrong_is_said_with_what_to_do_about_it(
    tmp_path: Path, workspace: Sandbox, few_files: None, monkeypatch: pytest.MonkeyPatch, typed: Type
) -> None:
    (tmp_path / ".env").write_text("LOG_LEVEL=warning\n")
    (tmp_path / ".env").chmod(0o644)
    (tmp_path / "data").mkdir()
    (tmp_path / "data").chmod(0o777)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=2**40, free=2**20, used=0))
    untidy(f"sqlite:///{tmp_path}/data/gumshoe.sqlite3").close()
    done = typed(
        "doctor",
        "--offline",
        "--json",
        ENV_FILE=str(tmp_path / ".env"),
        DATA_DIR=str(tmp_path / "data"),
        REDIS_URL=f"redis://{HOST}:{CLOSED}/0",
        **workspace.settings | {"PUBLIC_URL": f"http://{HOST}:{CLOSED}"},
        SLACK_CLIENT_ID="1.2",
        HTTP_HOST="0.0.0.0",
        METRICS_TOKEN="guess",
        OTEL_URL=f"http://{HOST}:{CLOSED}/v1/traces",
    )
    assert done.returncode == 1
    told = signs(done)
    for words, state, step in (
        ("which holds secrets (644)", "bad", "chmod 600"),
        ("Everybody on this machine may write into", "bad", "chmod 700"),
        ("has only 1 MB left", "bad", "when-the-disk-is-full"),
        ("may have 512 files open", "weak", "LimitNOFILE"),
        ("have no end", "weak", "Make new ones"),
        ("were never used in 30 days", "weak", "Revoke"),
        ("have expired", "weak", "Revoke"),
        ("1 runs wait, the oldest since 30 min", "weak", "when-a-task-is-pending"),
        ("1 callbacks were given up", "weak", "when-a-callback"),
        ("2 threads lag", "weak", "when-a-thread"),
        ("The record was never backed up", "weak", "python -m bot backup"),
        ("The queue (Redis) does not answer", "bad", "Start Redis"),
        ("Signing in with Slack lacks SLACK_CLIENT_SECRET", "bad", "SLACK_CLIENT_SECRET"),
        ("without TLS", "weak", "deploy/caddy"),
        ("METRICS_TOKEN has less than 16", "bad", "openssl"),
        ("is not reached from here", "weak", "HTTP_PORT"),
        ("OTEL_URL is not reached", "weak", "OTEL_URL"),
    ):
        assert found(told, words)[0] == state, words
        assert step in found(told, words)[1], words
    assert not [sentence for sentence in told if "guess" in sentence.split()]


def test_what_is_in_order_is_said_too(
    tmp_path: Path, workspace: Sandbox, redis_server: Redis, typed: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").touch(mode=0o600)
    (tmp_path / "data").mkdir(mode=0o700)
    url = f"sqlite:///{tmp_path}/data/gumshoe.sqlite3"
    open_store(url).close()
    queue = redis_server.url.replace("/0", "/13")
    point_the_queue_at(queue)
    with redis.from_url(queue) as client:
        client.flushdb()
    typed("backup", str(tmp_path), DATABASE_URL=url, REDIS_URL=queue)
    asyncio.run(shown(queue, Alive("beat"), Alive("bot", version="0.0.9")))
    done = typed(
        "doctor",
        "--offline",
        "--json",
        ENV_FILE=str(tmp_path / ".env"),
        DATA_DIR=str(tmp_path / "data"),
        REDIS_URL=queue,
        **workspace.settings | {"PUBLIC_URL": workspace.url + "/control"},
        OTEL_URL=workspace.url,
        METRICS_TOKEN="0123456789abcdef",
    )
    told = signs(done)
    for words, state in (
        (".env is for its owner alone", "good"),
        ("data is for its owner alone", "good"),
        ("The disk of", "good"),
        ("may have enough files open", "good"),
        ("its tables are up to date", "good"),
        ("The record holds 0 scans in", "good"),
        ("nothing waits for long, no callback was given up", "good"),
        ("0 tokens open the REST API", "good"),
        ("The last backup was made", "good"),
        ("answers and takes work", "good"),
        ("No worker answers", "bad"),
        ("Beat lives", "good"),
        ("1 bot processes live", "good"),
        (f"Processes of other releases run: 0.0.9; this is {VERSION}", "weak"),
        ("clock agrees with that of Redis and of Slack", "good"),
        ("Slack knows me", "good"),
        ("signing in with Slack is off", "good"),
        ("this machine alone reaches it", "good"),
        ("GET /metrics answers who has METRICS_TOKEN", "good"),
        ("Traces are sent to", "good"),
    ):
        assert found(told, words)[0] == state, words
    store = open_store(url)
    long_ago = clock.now() - timedelta(days=2)
    store.database.write(partial(backdate, long_ago))
    store.close()
    with redis.from_url(queue) as client:
        client.delete("gumshoe:alive")
    people = typed("doctor", "--offline", REDIS_URL=queue, DATABASE_URL=url)
    assert "note The last backup was made 2 d ago.\n     Next: Once a day: python -m bot backup" in people.stdout
    assert "note Beat shows no sign of life." in people.stdout
    assert "note No bot process shows a sign of life" in people.stdout


async def shown(url: str, *processes: Alive) -> None:
    """These processes give a sign of life."""
    client = connect(url)
    for each in processes:
        await Beat(client, each).show()
    await client.aclose()


def test_a_clock_that_is_wrong_is_told_from_every_other(
    tmp_path: Path, workspace: Sandbox, redis_server: Redis, postgres: Postgres
) -> None:
    url = postgres.new_database()
    open_store(url).close()
    ahead = Clock(tmp_path)
    ahead.set(600)
    settings = {"DATABASE_URL": url, "REDIS_URL": redis_server.url, **workspace.settings, **ahead.env}
    done = shell(tmp_path, "doctor", "--offline", **settings)
    assert done.returncode == 1
    for name in ("the database", "Redis", "Slack"):
        assert any(
            line.startswith("BAD  This machine's clock is ") and line.endswith(f" s ahead of that of {name}.")
            for line in done.stdout.splitlines()
        ), done.stdout
    assert "timedatectl set-ntp true" in done.stdout
