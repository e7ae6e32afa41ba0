"""What a worker asks and what it takes from the record: options of the collector's own, kept answers by their life."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from collectors.declare import Collector
from collectors.doors.evidence import OnAnswer
from collectors.run import Look
from core import blocks, clock
from core.models import Asker, Finding, Kind, Outcome, Place, Provenance, Run, Scan, Target
from core.settings import load
from core.store import Store
from tasks import scan as verbs
from tasks.asked import Asked
from tasks.workshop import Workshop
from tests.bot.declared import declare
from tests.core.samples import SEAL

DOMAIN = Target(Kind.DOMAIN, "example.com")
PLACE = Place("T0SANDBOX", "C0GENERAL")
HOUR = 3600.0


@pytest.fixture(autouse=True)
def _declared(monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch)


class Source:
    """Answers whatever is asked, and remembers with which options."""

    def __init__(self, outcome: Outcome = Outcome.FOUND, *, age: float = 0.0) -> None:
        self.asked: list[tuple[str, frozenset[str]]] = []
        self._outcome = outcome
        self._age = age

    async def __call__(
        self,
        collector: Collector,
        target: Target,
        on_finding: Callable[[Finding], Awaitable[None]],
        *,
        asker: Asked,  # who is served makes no difference here
        options: frozenset[str] = frozenset(),
        on_answer: OnAnswer | None = None,
    ) -> Look:
        self.asked.append((collector.name, options))
        at = clock.now() - timedelta(seconds=self._age)
        if self._outcome in (Outcome.FOUND, Outcome.PARTIAL):
            source = Provenance(collector.name, "Samples", "https://samples.example/", at, "200", "0" * 64)
            await on_finding(Finding(Kind.DOMAIN, f"www.{target.value}", source))
        reason = "" if self._outcome in (Outcome.FOUND, Outcome.NOTHING) else "down"
        return Look(self._outcome, reason, reason and "Samples does not answer.", at, ())


def scanned(store: Store, source: Source, *names: str, fresh: bool = False, options: tuple[str, ...] = ()) -> Scan:
    """A scan by a worker of its own, to its end."""
    wish = verbs.Wish((DOMAIN,), Asker("U0ADA"), PLACE, "slack", names=names, fresh=fresh, options=options, active=True)
    ((scan, *_),) = verbs.start(store, load(), wish)

    async def changed(_scan_id: str) -> None:
        return None

    async def work() -> None:
        workshop = Workshop(store, source, changed, lease=30)
        await workshop.work(scan.id)
        await workshop.drain()

    asyncio.run(work())
    return store.scans.get(scan.id)


def only(scan: Scan) -> Run:
    (run,) = scan.runs
    return run


def test_each_collector_gets_the_options_it_declares_and_no_others(store: Store) -> None:
    source = Source()
    scanned(store, source, "walker", "sites", options=("walks", "transfers"))
    assert sorted(source.asked) == [("sites", frozenset()), ("walker", frozenset({"walks", "transfers"}))]


def test_a_re_run_asks_the_same_question_with_the_same_options(store: Store) -> None:
    first = scanned(store, Source(), "walker", options=("walks",))
    again, opened = verbs.rerun(store, load(), first.id, by="U0BOB", after=1)
    assert (opened, again.options) == (True, ("walks",))
    wish = verbs.Wish((DOMAIN,), Asker("U0ADA"), PLACE, "slack", names=("walker",), options=("walks",))
    ((_, (asked,)),) = verbs.chosen(load(), wish)
    assert [key for _, key in store.runs.claim_waiting(again.id, lease=30)] == [asked.key]


@pytest.mark.parametrize(
    ("outcome", "age", "kept"),
    [
        (Outcome.FOUND, 1.9 * HOUR, True),  # the walker's own life is two hours
        (Outcome.FOUND, 2.1 * HOUR, False),
        (Outcome.NOTHING, 500, True),  # "nothing" is believed for ten minutes only
        (Outcome.NOTHING, 700, False),
        (Outcome.PARTIAL, 500, True),
        (Outcome.PARTIAL, 700, False),
        (Outcome.FAILED, 1, False),  # a failure is no answer
    ],
)
def test_a_kept_answer_counts_for_as_long_as_its_collector_says(
    store: Store, outcome: Outcome, age: float, kept: bool
) -> None:
    scanned(store, Source(outcome, age=age), "walker")
    later = Source()
    run = only(scanned(store, later, "walker"))
    assert (run.cached, later.asked == []) == (kept, kept)


def test_a_kept_answer_says_how_old_it_is_and_that_stays_in_the_record(store: Store) -> None:
    first = only(scanned(store, Source(age=1.5 * HOUR), "walker"))
    scan = scanned(store, Source(), "walker")
    run = only(store.scans.get(scan.id))
    assert (run.cached, run.answered_at) == (True, first.answered_at)
    assert run.age_s == pytest.approx(1.5 * HOUR, abs=30)
    assert [finding.value for finding in run.findings] == ["www.example.com"]
    said = str(blocks.reply(scan, run, title="Zone walker", seal=SEAL).blocks)
    assert "as of 90 min ago" in said or "as of 1 h ago" in said


def test_fresh_asks_again_and_so_does_another_option(store: Store) -> None:
    scanned(store, Source(), "walker")
    for more in ({"fresh": True}, {"options": ("walks",)}):
        source = Source()
        assert only(scanned(store, source, "walker", **more)).cached is False
        assert len(source.asked) == 1


def test_of_what_is_kept_each_option_has_its_own(store: Store) -> None:
    scanned(store, Source(), "walker", options=("walks",))
    source = Source()
    assert only(scanned(store, source, "walker", options=("walks",))).cached is True
    assert source.asked == []
