"""Cells of CSV files that no spreadsheet computes, whatever stands in them.

A cell that a spreadsheet would take for a formula begins with an apostrophe (OWASP, CSV injection): those that begin
with = + - @, a tab or a carriage return; behind white space too. Where a comma is the decimal sign, spreadsheets cut
lines at semicolons, also within quotes: a formula behind one begins with an apostrophe as well.
"""

from __future__ import annotations

import re

_SIGNS = r"=+\-@\t\r\uff1d\uff0b\uff0d\uff20"  # and their full-width twins
FORMULA = re.compile(rf"[\s\ufeff]*[{_SIGNS}]")
_BEHIND = re.compile(rf'([;\t\r\n]["\s\ufeff]*)(?=[{_SIGNS}])')


def harmless(cell: str) -> str:
    """The cell so that no spreadsheet computes it."""
    cell = _BEHIND.sub(r"\1'", cell.replace("\x00", "␀"))
    return f"'{cell}" if FORMULA.match(cell) else cell
