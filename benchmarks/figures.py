"""Figures that can be compared: percentiles, what processes used, and tables of plain text."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Self

TICK = os.sysconf("SC_CLK_TCK")
MB = 1024 * 1024


def share(values: Sequence[float], part: float) -> float:
    """The value that `part` of all lie at or below (nearest rank); not a number when there are none."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(part * len(ranked)))] if ranked else float("nan")


def middle(values: Sequence[float]) -> float:
    """The median of several rounds."""
    return median(values) if values else float("nan")


@dataclass(frozen=True, slots=True)
class Used:
    """What process groups used: CPU seconds since their start, and the memory they hold now."""

    cpu: float
    resident: int  # bytes; pages that forked children share are counted once for each

    def __sub__(self, before: Self) -> Used:
        return Used(self.cpu - before.cpu, self.resident)


def used(*groups: int) -> Used:
    """What the processes of these groups used, children that have ended included."""
    cpu, resident = 0.0, 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # The name in parentheses may hold blanks; fields are counted from what follows it (proc(5)).
            fields = (folder / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it ended while we looked
        if int(fields[2]) in groups:
            cpu += sum(int(field) for field in fields[11:15]) / TICK
            resident += int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
    return Used(cpu, resident)


def machine() -> str:
    """What the figures were taken on: ratios travel, figures do not."""
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores, load {load:.1f} before we began, Python {platform.python_version()}"


def table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Rows under headings, the first column to the left and the others to the right."""
    cells = [[str(cell) for cell in row] for row in (headings, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headings))]
    lines = [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        ).rstrip()
        for row in cells
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])
