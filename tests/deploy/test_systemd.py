"""The systemd units start the same processes with the same secrets as compose and Kubernetes, and are valid."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.run import ROLES
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


def test_there_is_a_unit_for_each_role_and_the_target_wants_them_all() -> None:
    assert {path.stem for path in UNITS.glob("*.service")} == {f"gumshoe-{role}" for role in ROLES}
    (wanted,) = said(UNITS / "gumshoe.target", "Wants")
    assert set(wanted.split()) == {f"gumshoe-{role}.service" for role in ROLES}


def test_all_units_are_watched_stop_in_time_and_start_again() -> None:
    shared = UNITS / "gumshoe-.service.d" / "walls.conf"
    assert said(shared, "Restart") == ["always"]
    assert float(said(shared, "TimeoutStopSec")[0]) >= GRACE
    assert float(said(shared, "WatchdogSec")[0]) > 60  # while Redis is away, half a minute lies between two signs
    assert said(shared, "NotifyAccess") == ["main"]
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's keys keep their capitals
    assert parser.read(shared) == [str(shared)]


def test_systemd_finds_nothing_wrong_with_them(tmp_path: Path) -> None:
    units = tmp_path / "units"
    shutil.copytree(UNITS, units)
    for unit in units.glob("*.service"):  # where this machine has a Python
        unit.write_text(unit.read_text(encoding="utf-8").replace("/opt/gumshoe/.venv/bin/python", sys.executable))
    named = [str(path) for path in sorted(units.glob("gumshoe*.*")) if path.is_file()]
    line = ["systemd-analyze", "verify", "--man=no", *named]
    verified = subprocess.run(line, capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stdout, verified.stderr) == (0, "", "")
