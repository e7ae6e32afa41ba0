"""Real servers for the tests, each started once where it is needed, on loopback ports of its own."""

from __future__ import annotations

import gc
import importlib
import itertools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from core.settings import Settings
from core.store import Store, open_store
from tests.servers import Postgres, Redis, Sandbox, Sources

# No test asserts how fast a machine is, not even by default; all else stays as it is set, for CI or for a developer.
settings.register_profile("unhurried", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


SETTINGS = frozenset(name.upper() for name in Settings.model_fields)
NUMBERS = itertools.count()
LONG = (  # whole files of them wait for processes most of the time
    "tests/faults/",
    "tests/test_story",
    "tests/test_dashboard",
    "tests/deploy/test_containers",
    "tests/bot/test_outages",
    "tests/bot/test_local",
    "tests/bot/test_operating",
    "tests/bot/test_supervise",
    "tests/bot/test_many",
    "tests/test_browser",
    "tests/test_measured",
    "tests/test_architecture",
    "tests/deploy/test_kubernetes",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Of the whole suite each process loads another part first: what one has compiled, the others need not."""
    gc.disable()  # what is collected stays: looking for garbage in it finds none
    among: dict[str, Any] = getattr(session.config, "workerinput", {})
    if among and session.config.args_source is pytest.Config.ArgsSource.TESTPATHS:
        files = sorted(Path(__file__).parent.rglob("test_*.py"))
        for file in files[int(among["workerid"].removeprefix("gw")) :: among["workercount"]]:
            importlib.import_module(".".join(file.relative_to(session.config.rootpath).with_suffix("").parts))


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first: the quick ones fill the gaps at the end."""
    items.sort(key=lambda each: not each.nodeid.startswith(LONG))


@pytest.fixture(autouse=True)
def _no_settings_from_outside(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Neither the developer's environment nor their .env file may reach a test."""
    for name in SETTINGS & os.environ.keys():
        monkeypatch.delenv(name)
    if "tmp_path" in request.fixturenames:
        folder: Path = request.getfixturevalue("tmp_path")
    else:  # most tests write nothing, so it is not made for them
        folder = tmp_path_factory.getbasetemp() / f"unmade-{next(NUMBERS)}"
    monkeypatch.setenv("ENV_FILE", "")
    monkeypatch.setenv("DATA_DIR", str(folder / "data"))


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    """A Redis of this test process."""
    with Redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A Postgres of this test process."""
    with Postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def sources() -> Iterator[Sources]:
    """The stand-in sources with their invented world."""
    with Sources() as server:
        yield server


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A stand-in workspace, new for each test."""
    with Sandbox() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty record in SQLite, to be copied: the migrations are the same for every test."""
    file = tmp_path_factory.mktemp("migrated") / "record.sqlite3"
    open_store(f"sqlite:///{file}").close()
    return file


@pytest.fixture(scope="session")
def migrated_database(postgres: Postgres) -> str:
    """The name of an empty record in Postgres, to be copied."""
    open_store(postgres.new_database("migrated")).close()
    return "migrated"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of its own, on SQLite and on Postgres: empty, or a copy of an empty record where a store is opened."""
    migrated = "store" in request.fixturenames
    if request.param == "sqlite":
        file = tmp_path / "record.sqlite3"
        if migrated:
            shutil.copyfile(request.getfixturevalue("migrated_file"), file)
        return f"sqlite:///{file}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.new_database(like=request.getfixturevalue("migrated_database") if migrated else "template1")


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An empty record, on both databases."""
    opened = open_store(database_url)
    yield opened
    opened.close()
