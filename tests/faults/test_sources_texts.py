"""Texts made to keep us busy: no reader of ours works longer than its text is long."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.servers import ROOT


@pytest.mark.fault("A source or a person sends text made for slow patterns", keeps=("bounds",))
def test_no_text_keeps_a_reader_busy_beyond_its_length() -> None:
    words = [sys.executable, "-m", "tests.faults.reader"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout.splitlines()[-1], done.returncode) == ("done", 0), done.stderr[-2000:]
