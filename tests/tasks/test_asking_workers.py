"""Workers are asked over Redis, where a whole round of answers may be lost: that is not nobody."""

from __future__ import annotations

from typing import Any

import pytest

from tasks import queue


def test_nobody_is_said_to_work_only_when_nobody_answers_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds: list[list[dict[str, Any]]] = [[], [{"scan@host": {"ok": "pong"}}], [], []]
    monkeypatch.setattr(queue, "_listening", lambda: 1)
    monkeypatch.setattr(queue.app.control, "broadcast", lambda *_, **__: rounds.pop(0))
    assert queue.workers() == ["scan@host"]
    assert queue.workers() == []
    assert rounds == []
