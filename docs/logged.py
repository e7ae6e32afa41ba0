"""The page of log entries: what is logged, at which level, with which fields, read from the calls in the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from docs.tables import table

ROOT = Path(__file__).parent.parent
FLOORS = ("bot", "tasks", "collectors", "core")
LEVELS = {"exception": "error"}
LOGGED = ("debug", "info", "warning", "error", "exception", "critical")


def page() -> Iterator[str]:
    """The lines of the page below its title."""
    yield "What Gumshoe itself writes. The fields that every entry has, and what they mean, are in"
    yield "[send logs elsewhere](../how-to/send-logs-elsewhere.md); entries of libraries have those alone."
    yield ""
    rows = {
        (f"`{event}`", level, ", ".join(f"`{each}`" for each in fields) or "", f"`{module}`")
        for event, level, fields, module in logged()
    }
    yield from table(("Event", "Level", "More fields", "From"), sorted(rows))


def logged() -> Iterator[tuple[str, str, tuple[str, ...], str]]:
    """Event, level, fields and module of each call that writes an entry."""
    for package in FLOORS:
        for path in sorted((ROOT / package).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            module = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")
            for call in calls(tree):
                level = call.func.attr if isinstance(call.func, ast.Attribute) else ""
                fields = tuple(word.arg or "" for word in call.keywords)
                shown = tuple("exception" if name == "exc_info" else name for name in fields)
                shown += ("exception",) if level == "exception" else ()
                for event in _events(tree, call):
                    yield event, LEVELS.get(level, level), shown, module


def calls(tree: ast.Module) -> Iterator[ast.Call]:
    """The calls of a module that write an entry."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        if node.func.attr in LOGGED and "log" in ast.unparse(node.func.value):
            yield node


def _events(tree: ast.Module, call: ast.Call) -> list[str]:
    """The sentence of an entry, or those that its name may stand for in this module."""
    given = call.args[0]
    if not isinstance(given, ast.Name):
        return _sentences(given)
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and given.id in {getattr(each, "id", "") for each in node.targets}:
            found += _sentences(node.value)
        if isinstance(node, ast.FunctionDef) and call in ast.walk(node):
            names = [each.arg for each in node.args.args]
            places = [place for place, name in enumerate(names) if name == given.id]
            found += [text for place in places for text in _handed(tree, node.name, place - names.count("self"))]
    return found


def _handed(tree: ast.Module, function: str, place: int) -> list[str]:
    return [
        text
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == function
        for text in _sentences(node.args[place])
    ]


def _sentences(value: ast.expr) -> list[str]:
    return [each.value for each in ast.walk(value) if isinstance(each, ast.Constant) and isinstance(each.value, str)]
