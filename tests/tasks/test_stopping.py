"""A worker that is told to stop: the signal comes amid whatever its main thread does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery.signals import worker_shutdown, worker_shutting_down

from core.settings import load
from core.store import open_store
from tasks import process, scan
from tasks.loop import Loop


@pytest.fixture
def loop() -> Iterator[Loop]:
    opened = Loop()
    yield opened
    opened.call(opened._loop.stop)
    opened._thread.join()
    opened._loop.close()


def test_a_worker_told_to_stop_amid_a_line_of_its_log_does_not_wait_for_itself(
    loop: Loop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load(database_url=f"sqlite:///{tmp_path / 'record.sqlite3'}")
    store = open_store(settings.database)
    assert scan.run.name == "tasks.scan.run"  # it hears the signals
    opened = process.Process(settings, store, shared=False)
    monkeypatch.setattr(process, "_opened", (loop, opened))
    monkeypatch.setattr("signal.signal", lambda *_: None)  # this process stays as it is
    log, said = threading.RLock(), []

    async def last_words() -> None:
        with log:
            said.append("closed")

    opened._stack.push_async_callback(last_words)
    with log:  # the main thread writes a line when the signal interrupts it
        worker_shutting_down.send(sender=None)
        worker_shutting_down.send(sender=None)
        assert said == []
    worker_shutdown.send(sender=None)
    assert said == ["closed"]
    store.close()
