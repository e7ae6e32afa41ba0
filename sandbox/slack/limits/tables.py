"""Limits of tables and charts: table, data_table, data_visualization."""

from typing import Any

from sandbox.slack.limits.complaints import Complaints
from sandbox.slack.limits.rich import check_rich_text

CELLS = ("raw_text", "raw_number", "rich_text")
TABLE_ROWS, TABLE_COLUMNS, TABLE_CHARACTERS = 100, 20, 10_000
DATA_ROWS, DATA_COLUMNS, DATA_CHARACTERS = 201, 20, 20_000


def check_table(value: dict[str, Any], where: str, say: Complaints) -> None:
    """100 rows of 20 cells, 10,000 characters (docs.slack.dev/reference/block-kit/blocks/table-block)."""
    rows = value.get("rows")
    if say.is_list(rows, f"{where}/rows", least=1, most=TABLE_ROWS):
        _rows(rows, f"{where}/rows", say, columns=TABLE_COLUMNS, extra=())
        _volume(rows, where, say, TABLE_CHARACTERS)
    settings = value.get("column_settings")
    if settings is not None and say.is_list(settings, f"{where}/column_settings", most=TABLE_COLUMNS):
        for index, setting in enumerate(settings):
            here = f"{where}/column_settings/{index}"
            if setting is not None and say.is_dict(setting, here) and "align" in setting:
                say.one_of(setting["align"], f"{here}/align", ("left", "center", "right"))


def check_data_table(value: dict[str, Any], where: str, say: Complaints) -> None:
    """A caption, 2 to 201 rows of equal length, 20,000 characters."""
    if say.requires(value, where, "caption", "rows"):
        say.string(value["caption"], f"{where}/caption", most=3000, least=1)
    rows = value.get("rows")
    if not say.is_list(rows, f"{where}/rows", least=2, most=DATA_ROWS):
        return
    _rows(rows, f"{where}/rows", say, columns=DATA_COLUMNS, extra=("action_cell",))
    _volume(rows, where, say, DATA_CHARACTERS)
    if len({len(row) for row in rows or [] if isinstance(row, list)}) > 1:
        say.add("all rows must have the same number of cells", f"{where}/rows")
    page = value.get("page_size", 5)
    if not (isinstance(page, int) and 1 <= page <= 100):
        say.add("must be between 1 and 100", f"{where}/page_size")


def check_chart(value: dict[str, Any], where: str, say: Complaints) -> None:
    """A title of 50 characters and a chart."""
    if say.requires(value, where, "title"):
        say.string(value["title"], f"{where}/title", most=50, least=1)


def _rows(rows: Any, where: str, say: Complaints, *, columns: int, extra: tuple[str, ...]) -> None:
    for number, row in enumerate(rows):
        here = f"{where}/{number}"
        if say.is_list(row, here, least=1, most=columns):
            for index, cell in enumerate(row):
                _cell(cell, f"{here}/{index}", say, extra)


def _cell(cell: Any, where: str, say: Complaints, extra: tuple[str, ...]) -> None:
    if not say.is_dict(cell, where) or not say.one_of(cell.get("type"), f"{where}/type", (*CELLS, *extra)):
        return
    if cell["type"] == "rich_text":
        check_rich_text(cell, where, say)
    elif cell["type"] == "raw_text":
        # Empty cells are refused, as apps in the field report: "must be more than 0 characters".
        say.string(cell.get("text"), f"{where}/text", most=TABLE_CHARACTERS, least=1)
    elif cell["type"] == "raw_number" and not isinstance(cell.get("value"), int | float):
        say.add("must be a number", f"{where}/value")


def _volume(rows: Any, where: str, say: Complaints, most: int) -> None:
    if characters(rows) > most:
        say.add(f"must be less than {most + 1} characters in all cells together", where)


def characters(value: Any) -> int:
    """Characters a reader sees: the sum of every `text` below."""
    if isinstance(value, list):
        return sum(characters(item) for item in value)
    if not isinstance(value, dict):
        return 0
    own = value.get("text")
    return (len(own) if isinstance(own, str) else 0) + sum(
        characters(v) for k, v in value.items() if k != "text" or not isinstance(v, str)
    )
