"""What a rendering of one collector's findings says, before it becomes blocks."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.blocks.parts import Grid, Line
from core.language import NN_


@dataclass(frozen=True, slots=True)
class Answer:
    """The line that matters, a few more above a table, and lines after it.

    All texts but the grid's cells are clean already. `hidden` counts findings that nothing here shows.
    """

    first: str
    lines: tuple[Line, ...] = ()
    grid: Grid | None = None
    apart: tuple[Line, ...] = ()
    hidden: int = 0
    weight: str = ""  # the severity of the first line, in a word
    rest: tuple[str, str] = NN_("and {n:,} more row in the file", "and {n:,} more rows in the file")  # of the grid

    def headed(self, doubts: tuple[Line, ...]) -> Answer:
        """The same with these lines right below the first."""
        return replace(self, lines=(*doubts, *self.lines))
