"""Our command line as a person in a shell has it: a process, what it prints, how it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.nursery import run
from tests.servers import ROOT

COMMAND = [sys.executable, "-m", "bot"]


def surroundings(folder: Path, **settings: str) -> dict[str, str]:
    """The environment of a process that finds its settings here and nowhere else."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "DATA_DIR": str(folder / "data"), "COLUMNS": "200", **settings}


def gumshoe(folder: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m bot ...` in a folder without .env, to its end."""
    return run([*COMMAND, *words], folder, surroundings(folder, **settings))


def one_sentence(printed: str) -> str:
    """What was printed, which must be one line of words and no traceback."""
    (line,) = printed.strip().splitlines()
    assert "Traceback" not in line
    return line
