"""How collectors fare, from the runs that really asked: by an index, on both databases, in a bounded time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from core import clock
from core.health import Health
from core.models import Outcome
from core.store import Choice, Store
from core.store.health import COURSE, FAILURE, HOUR_OF, NEWEST, SAMPLE
from core.store.tables import run
from tests.core.stores import claimed, opened

HOT: list[sa.Select[Any]] = [HOUR_OF, NEWEST, FAILURE, COURSE]
EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN"}


def ran(
    store: Store, outcome: Outcome, *, seconds: float = 1.0, ago: float = 60.0, reason: str = "", name: str = "dns"
) -> str:
    """A run of a collector that asked, and ended so many seconds ago."""
    held = claimed(store, opened(store, name), name)
    at = clock.now() - timedelta(seconds=ago)
    store.runs.close(held, outcome, reason=reason, answered_at=None if outcome is Outcome.FAILED else at)
    _amend(store, held.id, closed_at=at, ms=int(seconds * 1000))
    return held.id


def _amend(store: Store, run_id: str, **columns: object) -> None:
    store.database.write(lambda db: db.execute(run.update().where(run.c.id == run_id).values(**columns)).rowcount)


def fares(store: Store, name: str = "dns") -> Health:
    return store.health.of([name])[name]


def test_of_a_collector_that_was_never_asked_nothing_is_known(store: Store) -> None:
    assert fares(store) == Health("dns")


def test_the_last_hour_is_counted_by_outcome_and_the_newest_failure_is_named(store: Store) -> None:
    ran(store, Outcome.FOUND)
    ran(store, Outcome.NOTHING)
    ran(store, Outcome.FAILED, reason="timeout", ago=300)
    ran(store, Outcome.FAILED, reason="down", ago=200)
    ran(store, Outcome.FOUND, ago=3700)
    ran(store, Outcome.FOUND, name="whois")
    health = fares(store)
    assert health.hour == {Outcome.FOUND: 1, Outcome.NOTHING: 1, Outcome.FAILED: 2}
    assert (health.reason, health.asked, health.failing) == ("down", 4, False)


def test_a_collector_that_only_fails_is_failing_and_its_last_answer_is_remembered(store: Store) -> None:
    ran(store, Outcome.FOUND, ago=8000)
    ran(store, Outcome.FAILED, reason="down")
    health = fares(store)
    assert health.failing
    assert health.answered_at is not None
    assert _age(health.answered_at) > 7000


def _age(when: datetime) -> float:
    return (clock.now() - when).total_seconds()


def test_times_are_of_answers_that_were_asked_for(store: Store) -> None:
    for seconds in (1, 2, 3, 4, 100):
        ran(store, Outcome.FOUND, seconds=seconds)
    ran(store, Outcome.FAILED, seconds=900, reason="timeout")
    health = fares(store)
    assert (health.p50_s, health.p95_s, health.measured) == (3.0, 100.0, 5)


def test_kept_shared_skipped_and_stopped_runs_count_nowhere(store: Store) -> None:
    first = ran(store, Outcome.FOUND, seconds=2)
    lender = store.runs.get(first)
    for cached in (True, False):  # from the record, or shared with one under way
        held = claimed(store, opened(store, "dns"))
        store.runs.close(held, Outcome.FOUND, answered_at=lender.answered_at, cached=cached, same_as=lender)
    opened(store, chosen=[Choice("dns", "key", "no_key", "It needs a key.")])
    scan = opened(store, "dns")
    store.scans.cancel(scan.id, by="U0ADA")
    assert fares(store).hour == {Outcome.FOUND: 1}
    assert fares(store).measured == 1


def test_what_a_wrong_clock_stamped_in_the_future_is_no_measure(store: Store) -> None:
    ran(store, Outcome.FOUND, ago=-7200)
    assert fares(store) == Health("dns")


def test_only_the_newest_answers_are_read(store: Store) -> None:
    first = ran(store, Outcome.FOUND, seconds=50, ago=5000)
    row = store.database.read(lambda db: db.execute(run.select().where(run.c.id == first)).one()._asdict())
    many = [
        row | {"id": f"{first}-{n}", "round": n + 2, "ms": 1000, "closed_at": clock.now() - timedelta(seconds=n)}
        for n in range(SAMPLE)
    ]
    store.database.write(lambda db: db.execute(run.insert(), many).rowcount)
    health = fares(store)
    assert (health.measured, health.p95_s) == (SAMPLE, 1.0)


def test_the_index_is_used(store: Store) -> None:
    """Else one look would read all runs there ever were."""
    _many(store, 5_000)
    now = clock.now()
    asked = {"b_collector": "dns", "b_since": now - timedelta(hours=1), "b_soon": now}

    def plans(db: sa.Connection) -> list[str]:
        return [
            str(db.execute(sa.text(f"{EXPLAIN[db.dialect.name]} {_spelled(db, each, asked)}")).all()) for each in HOT
        ]

    found = store.database.read(plans)
    assert [plan for plan in found if "ix_run_asked" not in plan] == []


def _many(store: Store, number: int) -> None:
    """Runs of ten collectors in the last weeks, and a planner that knows of them."""
    held = claimed(store, opened(store, "dns"), "dns")
    now = clock.now()
    rows = [
        {
            "id": f"sample-{place}",
            "scan_id": held.scan_id,
            "round": place + 2,
            "collector": "dns" if place % 10 == 0 else f"sample{place % 10}",
            "state": "closed",
            "outcome": str(Outcome.FOUND),
            "queued_at": now,
            "closed_at": now - timedelta(minutes=5 * place),
            "answered_at": now - timedelta(minutes=5 * place),
            "ms": 100,
        }
        for place in range(number)
    ]

    def write(db: sa.Connection) -> None:
        db.execute(run.insert(), rows)
        db.execute(sa.text("ANALYZE run" if db.dialect.name == "postgresql" else "ANALYZE"))

    store.database.write(write)


def _spelled(db: sa.Connection, statement: sa.Select[Any], asked: dict[str, object]) -> str:
    compiled = statement.params(**asked).compile(dialect=db.dialect, compile_kwargs={"literal_binds": True})
    return str(compiled).replace(":", "\\:")
