"""A lease is watched: nobody's clock is asked."""

from __future__ import annotations

import pytest

from core.store.watch import Watch

LEASE = 30.0


class Looking:
    """A watch whose count of seconds we make, over one lease whose token we raise."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.token = 0
        self._watch = Watch(lambda: self.seconds)

    def look(self, *, after: float) -> bool:
        """Whether the lease's holder is taken for lost at a look so many seconds after the one before."""
        self.seconds += after
        return self._watch.unchanged(lambda: {"run": self.token}, least=LEASE) == ["run"]


def test_who_does_not_stir_for_a_lease_is_lost() -> None:
    looking = Looking()
    assert [looking.look(after=5) for _ in range(8)] == [False] * 6 + [True] * 2


def test_who_stirs_now_and_then_is_not_lost() -> None:
    looking = Looking()
    for _ in range(50):
        looking.token += 1
        assert not any(looking.look(after=5) for _ in range(5))


@pytest.mark.parametrize("pause", [31.0, 3600.0, 1e9])
def test_a_pause_of_everything_is_not_taken_for_silence(pause: float) -> None:
    looking = Looking()
    assert not any(looking.look(after=5) for _ in range(3))
    assert not looking.look(after=pause)  # the holder was paused too; now it stirs
    looking.token += 1
    assert not any(looking.look(after=5) for _ in range(6))


def test_a_look_that_takes_long_counts_for_nobody() -> None:
    """What lies between two looks is what certainly passed: from the end of one reading to the start of the next."""
    looking = Looking()
    watch = Watch(lambda: looking.seconds)

    def slow() -> dict[str, int]:
        looking.seconds += 20
        return {"run": 0}

    assert [watch.unchanged(slow, least=LEASE) for _ in range(20)] == [[]] * 20


def test_who_is_gone_in_between_begins_anew() -> None:
    watch = Watch(iter(range(0, 10_000, 10)).__next__)
    assert watch.unchanged(lambda: {"run": 1}, least=LEASE) == []
    assert watch.unchanged(dict, least=LEASE) == []
    got = [watch.unchanged(lambda: {"run": 1}, least=LEASE) for _ in range(4)]
    assert got == [[], [], [], ["run"]]
