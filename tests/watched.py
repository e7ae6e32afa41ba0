"""What tests of watches start from: a clock that can be moved, a watch, looks that end as a test wants it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core import clock
from core.models import Fact, Finding, Kind, Outcome, Place, Provenance, RunState, Scan, Target
from core.settings import load
from core.store import Notice, Store
from core.watches import Watch
from tasks.watching import Round, look_after

MONDAY = datetime(2027, 1, 4, 7, 0, tzinfo=UTC)
DAY = timedelta(days=1)
GENERAL = Place("T0SANDBOX", "C0GENERAL")
DOMAIN = Target(Kind.DOMAIN, "example.com")
Answers = Mapping[str, Sequence[Finding] | None]  # by collector; none: it could not look


class Time:
    """The record's clock, as a test wants it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: datetime = MONDAY) -> None:
        self.now = at
        monkeypatch.setattr(clock, "now", lambda: self.now)

    def passes(self, span: timedelta) -> None:
        self.now += span


def found(value: str = "www.example.com", kind: Kind | Fact = Kind.DOMAIN, **attributes: Any) -> Finding:
    source = Provenance("dns", "DNS", "dns:example.com?type=A", MONDAY, "NOERROR", "0" * 64)
    return Finding(kind, value, source, attributes)


class Watching:
    """One record with watches; who looks after them is this test."""

    def __init__(self, store: Store, time: Time, **settings: Any) -> None:
        plenty = {"user_scans_per_minute": 1000, "channel_scans_per_minute": 1000}
        self.store, self.time = store, time
        self.settings = load(**plenty | {"collectors": "dns,crtsh,whois", "active": "refuse"} | settings)

    def watch(self, **more: Any) -> Watch:
        """A watch that is due now, every day at seven."""
        now = clock.now()
        told: dict[str, Any] = {
            "schedule": "0 7 * * *",
            "zone": "UTC",
            "made_by": "U0ADA",
            "made_at": now,
            "due_at": now,
        }
        made: dict[str, Any] = {"place": GENERAL, "target": DOMAIN} | told | more
        return self.store.watches.add(Watch("", **made))

    def tick(self) -> Round:
        return look_after(self.store, self.settings)

    def looks(self, answers: Answers) -> Round:
        """The look that is due begins, ends with these answers, and is judged."""
        for look in self.tick().begun:
            self.end(look, answers)
        return self.tick()

    def end(self, look: Scan, answers: Answers) -> None:
        """End a look as workers would."""
        for run in self.store.scans.get(look.id).runs:
            if run.state is RunState.CLOSED:
                continue
            held = self.store.runs.claim(run.id, lease=60)
            assert held is not None
            given = answers.get(run.collector, ())
            if given:
                self.store.runs.save(held, list(given))
            outcome = Outcome.FAILED if given is None else Outcome.FOUND if given else Outcome.NOTHING
            reason, why = ("down", "The source is down.") if given is None else ("", "")
            assert self.store.runs.close(held, outcome, reason=reason, message=why)

    def get(self, one: Watch) -> Watch:
        return self.store.watches.get(one.id)

    def said(self) -> list[str]:
        """What was said outside of threads, the oldest first."""
        return [each.text for each in reversed(self.notices())]

    def notices(self) -> list[Notice]:
        return self.store.notices.listed("T0SANDBOX")
