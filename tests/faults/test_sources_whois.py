"""Registries that lie: over port 43 and RDAP they cannot hold, flood or mislead us, nor pass for "not registered"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from tests.faults.liars import Liars, Told
from tests.faults.liars_whois import HONEST43, OVER_RDAP, PORT43, Row
from tests.faults.looker import Became, Case, looked

MOST_GROWTH = 64_000_000


@dataclass(frozen=True)
class Scene:
    """Everybody who lied, and what one process made of each."""

    told: Mapping[str, Told]
    looks: Mapping[str, Became]


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with Liars() as liars:
        told = {name: liars.tcp(*row.turns) for name, row in {**PORT43, **OVER_RDAP}.items()}
        cases = [
            Case(name=name, collector="whois", target="phish.test", whois=told[name].port, **row.options)
            for name, row in PORT43.items()
        ]
        cases += [
            Case(name=name, collector="whois", relay=told[name].port, whois=liars.tcp(*HONEST43).port, **row.options)
            for name, row in OVER_RDAP.items()
        ]
        slow = [case for case in cases if case.patience < 1]
        yield Scene(told, looked([case for case in cases if case not in slow], slow))


def assert_true(scene: Scene, name: str, row: Row) -> None:
    became = scene.looks[name]
    assert (became.outcome, became.reason) == (row.outcome, row.reason), became.message
    assert became.grown < MOST_GROWTH, f"{became.grown / 1e6:.0f} MB"
    assert became.late < 5, "no run outlives its deadline by more than the time that closing takes"
    assert became.found or row.outcome != "found"
    assert not became.found or row.outcome in ("found", "partial")
    assert not row.asked or len(scene.told[name].asked) == row.asked


@pytest.mark.fault(
    "A WHOIS server never ends, breaks off, refers in circles or inside", keeps=("honest", "bounds", "in")
)
@pytest.mark.parametrize("name", PORT43)
def test_a_whois_server_is_left_in_time_and_its_silence_is_no_answer(scene: Scene, name: str) -> None:
    assert_true(scene, name, PORT43[name])


@pytest.mark.fault("An RDAP server sends bombs, depths, wrong types or loops", keeps=("honest", "bounds", "in"))
@pytest.mark.parametrize("name", OVER_RDAP)
def test_an_rdap_server_that_lies_is_replaced_by_port_43_and_told(scene: Scene, name: str) -> None:
    assert_true(scene, name, OVER_RDAP[name])
