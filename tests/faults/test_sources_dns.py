"""Name servers that lie: forged, cut, endless and circular answers never become records, and never "no records"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from tests.faults.liars import Liars
from tests.faults.liars_dns import TCP, TEXTS, UDP, WHOLE, Row, nothing
from tests.faults.looker import Became, Case, looked

ROWS: Mapping[str, Row] = {**UDP, **TCP, **WHOLE, **TEXTS}
ELSEWHERE = "an answer from another address"
MOST_GROWTH = 64_000_000


@pytest.fixture(scope="module")
def looks() -> Iterator[Mapping[str, Became]]:
    """One process asked every lying server."""
    with Liars() as liars:

        def case(name: str, row: Row) -> Case:
            return Case(name=name, collector=row.asks, dns=liars.dns(row.udp, row.tcp).port, **row.options)

        cases = {name: case(name, row) for name, row in ROWS.items()}
        elsewhere = liars.dns(UDP["an honest answer"].udp, elsewhere=True)
        cases[ELSEWHERE] = Case(name=ELSEWHERE, collector="asks_dns", dns=elsewhere.port, patience=0.4, deadline=6.0)
        slow = [name for name, each in cases.items() if each.patience < 1]
        yield looked([each for name, each in cases.items() if name not in slow], [cases[name] for name in slow])


def assert_true(became: Became, row: Row) -> None:
    assert (became.outcome, became.reason) == (row.outcome, row.reason), became.message
    assert became.grown < MOST_GROWTH, f"{became.grown / 1e6:.0f} MB"
    assert became.late < 5, "no run outlives its deadline by more than the time that closing takes"
    assert became.found or row.outcome != "found"
    assert not became.found or row.outcome in ("found", "partial")


@pytest.mark.fault("A name server's datagrams are forged, cut, circular or garbage", keeps=("honest", "bounds", "in"))
@pytest.mark.parametrize("name", UDP)
def test_a_datagram_that_is_no_answer_is_never_taken_for_one(looks: Mapping[str, Became], name: str) -> None:
    assert_true(looks[name], UDP[name])
    assert not any("203.0.113.99" in found for found in looks[name].found), "a stranger was believed"


@pytest.mark.fault("An answer comes from an address that was not asked", keeps=("honest", "in"))
def test_an_answer_from_elsewhere_is_not_heard(looks: Mapping[str, Became]) -> None:
    assert_true(looks[ELSEWHERE], Row(nothing, "failed", "timeout"))


@pytest.mark.fault("A name server lies about lengths over TCP, or fills all 64 KB", keeps=("honest", "bounds"))
@pytest.mark.parametrize("name", TCP)
def test_what_comes_over_tcp_is_bounded_and_whole_or_said_not_to_be(looks: Mapping[str, Became], name: str) -> None:
    assert_true(looks[name], TCP[name])


@pytest.mark.fault("A name server lies to every question of a run", keeps=("honest", "bounds"))
@pytest.mark.parametrize("name", [*WHOLE, *TEXTS])
def test_a_run_among_liars_ends_in_time_with_the_truth(looks: Mapping[str, Became], name: str) -> None:
    assert_true(looks[name], ROWS[name])
