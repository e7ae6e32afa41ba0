"""The systemd units start the same processes with the same secrets as compose and Kubernetes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.run import ROLES
from bot.supervise import GRACE as STOPS
from tests.deploy.needs import GRACE, NEEDS
from tests.servers import ROOT

UNITS = ROOT / "deploy" / "systemd"


def said(path: Path, key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("role", ROLES)
def test_a_unit_starts_its_role_with_the_secrets_it_needs(role: str) -> None:
    unit = UNITS / f"gumshoe-{role}.service"
    assert said(unit, "ExecStart") == [f"/opt/gumshoe/.venv/bin/python -m bot.run {role}"]
    loaded = [each.partition(":") for each in said(unit, "LoadCredential")]
    assert {name for name, _, _ in loaded} == NEEDS[role]
    assert all(path == f"/etc/gumshoe/secrets/{name}" for name, _, path in loaded)
    assert len(said(unit, "MemoryMax")) == 1


def test_a_unit_supervises_workers_which_it_alone_tells_to_stop() -> None:
    supervisor, worker = UNITS / "gumshoe-supervise.service", UNITS / "gumshoe-worker.service"
    assert said(supervisor, "ExecStart") == ["/opt/gumshoe/.venv/bin/python -m bot supervise"]
    assert said(supervisor, "LoadCredential") == said(worker, "LoadCredential")
    more = UNITS / "gumshoe-supervise.service.d" / "workers.conf"
    assert said(more, "KillMode") == ["mixed"]  # a second SIGTERM would cut off what a worker gives back
    assert float(said(more, "TimeoutStopSec")[0]) > STOPS
    assert more.name > "walls.conf"  # systemd reads them in this order, and the last word counts


def test_there_is_a_unit_for_each_role_and_the_target_wants_them_all() -> None:
    assert {path.stem for path in UNITS.glob("*.service")} == {f"gumshoe-{each}" for each in (*ROLES, "supervise")}
    (wanted,) = said(UNITS / "gumshoe.target", "Wants")
    assert set(wanted.split()) == {f"gumshoe-{role}.service" for role in ROLES}


def test_all_units_are_watched_stop_in_time_and_start_again() -> None:
    shared = UNITS / "gumshoe-.service.d" / "walls.conf"
    assert said(shared, "Restart") == ["always"]
    assert float(said(shared, "TimeoutStopSec")[0]) >= GRACE
    assert float(said(shared, "WatchdogSec")[0]) > 60  # while Redis is away, half a minute lies between two signs
    assert said(shared, "NotifyAccess") == ["main"]
