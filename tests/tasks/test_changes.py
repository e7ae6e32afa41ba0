"""A change is told to those who are there to hear it: a thread, a callback, or only who watches live."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from core.models import Place
from core.store import Store
from tasks import queue
from tasks.changes import Changes
from tests.core.stores import opened
from tests.servers import until


async def test_who_has_no_thread_is_no_message_for_those_who_write_threads(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, str]] = []

    async def hint(way: str, scan_id: str) -> bool:
        sent.append((way, scan_id))
        return True

    monkeypatch.setattr(queue, "hint_change", hint)
    nowhere, kept = Place("T0SANDBOX"), Changes(store)
    url: dict[str, Any] = {"callback": "https://hooks.example.com/"}
    in_slack, called = opened(store, "dns", **url), opened(store, "dns", place=nowhere, **url)
    watched = opened(store, "dns", place=nowhere)
    for scan in (in_slack, called, watched):
        await kept.tell(scan.id)
    await kept.tell("gone2345")
    await asyncio.to_thread(until, "all to be sent", lambda: len(sent) == 4)
    ways = [(queue.TELL, in_slack.id), (queue.CALL, called.id), ("", watched.id), (queue.TELL, "gone2345")]
    assert sorted(sent) == sorted(ways)
