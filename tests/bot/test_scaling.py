"""How many workers are wanted: more at once when people wait or much is open, fewer only after a calm minute."""

from __future__ import annotations

from itertools import pairwise

from bot.scaling import CALM, LATE, STARTS, Bounds, Scaler
from core.models import Priority
from core.store import Demand

THREADS = 16  # room for eight scans that nobody waits for


class Clock:
    """A supervisor's looks, a second apart, at what it is told."""

    def __init__(self, least: int = 1, most: int = 8) -> None:
        self._scaler = Scaler(Bounds(least, most, THREADS))
        self.now = 1000.0
        self.running = least

    def look(self, *demand: Demand, seconds: float = 1.0) -> int:
        self.now += seconds
        self.running = self._scaler.wanted(demand, running=self.running, now=self.now)
        return self.running

    def looks(self, *demand: Demand, seconds: int) -> list[int]:
        return [self.look(*demand) for _ in range(seconds)]


def people(waiting: int, running: int = 0, *, oldest: float = 0.1) -> Demand:
    return Demand(Priority.INTERACTIVE, waiting, oldest if waiting else 0.0, running)


def bulk(waiting: int, running: int = 0) -> Demand:
    return Demand(Priority.BULK, waiting, 5.0 if waiting else 0.0, running)


def test_nothing_to_do_takes_the_least() -> None:
    assert Clock(least=2).looks(people(0), bulk(0), seconds=200) == [2] * 200


def test_much_that_is_open_grows_it_at_once_and_never_beyond_the_most() -> None:
    assert Clock().look(people(0), bulk(20)) == 3
    assert Clock().look(people(40)) == 3
    assert Clock().look(people(0), bulk(500)) == 8


def test_somebody_who_waits_too_long_gets_one_more_and_that_one_its_time() -> None:
    clock = Clock()
    late = people(1, 3, oldest=LATE + 1)
    assert clock.look(people(1, 3, oldest=LATE - 1)) == 1
    assert clock.look(late) == 2
    assert set(clock.looks(late, seconds=int(STARTS) - 1)) == {2}
    assert clock.look(late) == 3


def test_it_shrinks_one_by_one_after_a_calm_minute_each() -> None:
    clock = Clock()
    clock.look(bulk(500))
    sizes = clock.looks(people(0), bulk(0), seconds=8 * int(CALM))
    assert sizes[: int(CALM)] == [8] * int(CALM)
    assert sizes[-1] == 1
    assert all(before - after in (0, 1) for before, after in pairwise(sizes))
    assert [sizes.count(size) for size in range(2, 8)] == [int(CALM)] * 6


def test_a_new_burst_starts_the_calm_anew() -> None:
    clock = Clock()
    clock.look(bulk(24))
    clock.looks(bulk(0), seconds=int(CALM) - 5)
    clock.look(bulk(24))
    assert set(clock.looks(bulk(0), seconds=int(CALM))) == {3}


def test_load_that_swings_around_an_edge_does_not_make_it_flap() -> None:
    clock = Clock()
    clock.look(bulk(9))
    sizes = [clock.look(bulk(8 + number % 2)) for number in range(300)]
    assert set(sizes) == {2}
