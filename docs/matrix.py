"""Reads from the fault tests what each breaks and which promises must hold, and tables it for the reliability page."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
FAULTS = ROOT / "tests" / "faults"
PAGE = ROOT / "docs" / "explanation" / "reliability.md"
START, END = "<!-- matrix: written by make docs from tests/faults -->", "<!-- end of matrix -->"

PROMISES = {
    "lost": "nothing lost",
    "twice": "nothing twice",
    "honest": "honest",
    "answer": "answered in 3 s",
    "in": "no one in",
    "bounds": "bounded",
}


@dataclass(frozen=True)
class Row:
    """One test: what it breaks, and what holds all the same."""

    breaks: str
    keeps: tuple[str, ...]
    test: str


def page() -> str:
    """The reliability page with its matrix as the tests have it now."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return "\n".join([before + START, "", *_matrix(), END]) + after


def rows(path: Path) -> Iterator[Row]:
    """The fault tests of a file.

    Raises:
        ValueError: a test does not say what it breaks, or names a promise that is none.
    """
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield _row(node, path)


def _row(node: ast.FunctionDef | ast.AsyncFunctionDef, path: Path) -> Row:
    for each in node.decorator_list:
        if isinstance(each, ast.Call) and ast.unparse(each.func) == "pytest.mark.fault":
            breaks = ast.literal_eval(each.args[0])
            keeps = tuple(ast.literal_eval(each.keywords[0].value))
            if not keeps or set(keeps) - set(PROMISES):
                raise ValueError(f"{path.name}: {node.name} keeps {keeps}; promises are {', '.join(PROMISES)}.")
            return Row(breaks, keeps, node.name)
    raise ValueError(f"{path.name}: {node.name} does not say what it breaks (pytest.mark.fault).")


def _matrix() -> Iterator[str]:
    for path in sorted(FAULTS.glob("test_*.py")):
        yield f"### {path.stem.removeprefix('test_').replace('_', ' ').capitalize()}"
        yield ""
        yield (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n")[0]
        yield ""
        yield f"| What breaks | {' | '.join(PROMISES.values())} | Test in `{path.relative_to(ROOT)}` |"
        yield "| --- |" + " :-: |" * len(PROMISES) + " --- |"
        for row in rows(path):
            marks = " | ".join("●" if promise in row.keeps else " " for promise in PROMISES)
            yield f"| {row.breaks} | {marks} | {row.test.removeprefix('test_').replace('_', ' ')} |"
        yield ""
