"""The laws of the drawing, read from the code itself."""

from __future__ import annotations

import ast
import gc
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from collectors import known
from docs.logged import calls as written_by
from tests.collectors.contract import CASES, WITH_KEYS, needed

ROOT = Path(__file__).parent.parent
FLOORS = ("core", "collectors", "tasks", "bot")  # each may import itself and the floors before it
OURS = (*FLOORS, "sandbox", "tests", "benchmarks")
# Each outside thing has one door: the package that may import it.
DOORS = {
    "sqlalchemy": ("core/store/",),
    "alembic": ("core/store/",),
    "psycopg": ("core/store/",),
    "slackblocks": ("core/blocks/",),
    "pydantic_settings": ("core/settings.py", "core/guard_settings.py"),
    "celery": ("tasks/",),
    "kombu": ("tasks/queue.py", "tasks/pulse.py"),
    "httpx": ("collectors/",),
    "aiohttp": ("collectors/doors/", "core/slack/"),
    "ijson": ("collectors/doors/",),
    "slack_bolt": ("bot/",),
    "fastapi": ("bot/web/",),
    "honcho": ("bot/local.py",),
    "opentelemetry": ("core/traces/sending.py",),
}
BROAD = {"Exception", "BaseException"}
MOST_LINES = 300
MOST_LINES_OF_TESTS = 450


def sources(*packages: str) -> Iterator[Path]:
    for package in packages:
        yield from sorted((ROOT / package).rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    """A file as it is parsed; without collecting garbage meanwhile, which may run others' code in the middle of it and
    mislead this Python's parser about its depth (python/cpython#106905)."""
    gc.disable()
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    finally:
        gc.enable()


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """All that a file is made of; each law looks at it."""
    return tuple(ast.walk(tree(path)))


@cache
def imported(path: Path) -> tuple[tuple[str, int], ...]:
    found: list[tuple[str, int]] = []
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append((node.module or "", node.lineno))
    return tuple(found)


def where(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


@pytest.mark.parametrize("package", FLOORS)
def test_a_floor_imports_only_itself_and_the_floors_below(package: str) -> None:
    allowed = FLOORS[: FLOORS.index(package) + 1]
    broken = [
        f"{where(path, line)} imports {name}"
        for path in sources(package)
        for name, line in imported(path)
        if name.split(".")[0] in OURS and name.split(".")[0] not in allowed
    ]
    assert broken == []


def test_the_sandbox_imports_nothing_of_ours_and_nothing_imports_it() -> None:
    outward = [
        where(path, line)
        for path in sources("sandbox")
        for name, line in imported(path)
        if name.split(".")[0] in OURS and name.split(".")[0] != "sandbox"
    ]
    inward = [
        where(path, line)
        for path in sources(*FLOORS)
        for name, line in imported(path)
        if name.split(".")[0] == "sandbox"
    ]
    assert (outward, inward) == ([], [])


@pytest.mark.parametrize("library", DOORS)
def test_each_outside_thing_has_one_door(library: str) -> None:
    strangers = [
        where(path, line)
        for path in sources(*FLOORS)
        for name, line in imported(path)
        if name.split(".")[0] == library and not str(path.relative_to(ROOT)).startswith(DOORS[library])
    ]
    assert strangers == []


def test_only_the_settings_read_the_environment() -> None:
    readers = [
        where(path, node.lineno)
        for path in sources(*FLOORS)
        if path.relative_to(ROOT).as_posix() not in {"core/settings.py", "bot/local.py"}  # local hands it to its parts
        for node in nodes(path)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    ]
    assert readers == []


SECRET_WORDS = re.compile(r"mac|hmac|signature|token|secret|password|digest_of|sealed")


def named(node: ast.AST) -> set[str]:
    """The words of the names in an expression that is compared itself, not those inside of a call's arguments."""
    names = [each.id for each in [node] if isinstance(each, ast.Name)]
    names += [each.attr for each in [node] if isinstance(each, ast.Attribute)]
    called = node.func if isinstance(node, ast.Call) else None
    names += [called.attr] if isinstance(called, ast.Attribute) else [called.id] if isinstance(called, ast.Name) else []
    return {word for name in names for word in name.strip("_").split("_")}


def test_no_signature_or_secret_is_compared_letter_by_letter() -> None:
    """What takes longer the more letters are right tells them one by one: hmac.compare_digest does not."""
    leaky = [
        where(path, node.lineno)
        for path in sources("bot", "core")
        for node in nodes(path)
        if isinstance(node, ast.Compare)
        and any(isinstance(each, ast.Eq | ast.NotEq) for each in node.ops)
        and any(SECRET_WORDS.fullmatch(word) for each in (node.left, *node.comparators) for word in named(each))
    ]
    assert leaky == []


def test_no_import_is_late() -> None:
    late = [
        where(path, inner.lineno)
        for path in sources(*FLOORS)
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert late == []


def test_only_what_has_traces_on_loads_what_sends_them() -> None:
    """By its name, where a setting says so; an import would load it everywhere."""
    by_name = [
        str(path.relative_to(ROOT))
        for path in sources(*FLOORS)
        for node in nodes(path)
        if isinstance(node, ast.Constant) and node.value == "core.traces.sending"
    ]
    imports = [
        where(path, line) for path in sources(*FLOORS) for name, line in imported(path) if "traces.sending" in name
    ]
    assert (by_name, imports) == (["core/traces/__init__.py"], [])


OF_PEOPLE = re.compile(
    r"targets?|values?|texts?|names?|emails?|phones?|usernames?|users?_name|askers?|persons?|subjects?|quer(?:y|ies)|urls?"
    r"|body|bodies|params|headers|address|client|message|findings?_value|view|payload|reply"
)


def test_the_log_is_told_ids_and_never_what_identifies_people() -> None:
    """What is logged is a constant sentence and named ids, codes and counts. What an error says may hold anything, so
    it is blanked by what is known of the person (core.blanks)."""
    calls = [(path, call) for path in sources(*FLOORS) for call in written_by(tree(path))]
    assert len(calls) > 40
    composed = [where(path, call.lineno) for path, call in calls if not _is_sentence(call)]
    personal = [
        f"{where(path, call.lineno)} {word.arg}"
        for path, call in calls
        for word in call.keywords
        if word.arg is None or OF_PEOPLE.fullmatch(word.arg) or not _is_impersonal(word.value)
    ]
    assert (composed, personal) == ([], [])


def _is_sentence(call: ast.Call) -> bool:
    """One argument, and nothing put together: a sentence, or a name that stands for one."""
    return len(call.args) == 1 and isinstance(call.args[0], ast.Constant | ast.Name)


def _is_impersonal(value: ast.expr) -> bool:
    """Nothing of a target but its kind, and nothing of an asker but their id."""
    allowed = {"kind", "id"}
    return not any(
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Attribute | ast.Name)
        and (getattr(node.value, "attr", "") or getattr(node.value, "id", ""))
        in {"target", "asker", "person", "finding"}
        and node.attr not in allowed
        for node in ast.walk(value)
    ) and not any(isinstance(node, ast.JoinedStr) for node in ast.walk(value))


def test_no_except_is_broad() -> None:
    broad = [
        where(path, node.lineno)
        for path in sources(*FLOORS, "sandbox")
        for node in nodes(path)
        if isinstance(node, ast.ExceptHandler) and (node.type is None or getattr(node.type, "id", "") in BROAD)
    ]
    assert broad == []


def test_every_module_opens_with_a_sentence() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in sources(*FLOORS, "sandbox")
        if path.read_text(encoding="utf-8").strip() and not ast.get_docstring(tree(path))
    ]
    assert [path for path in silent if "migrations" not in path] == []


def test_no_file_is_longer_than_the_wall() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in sources(*FLOORS, "sandbox", "tests")
        if (count := len(path.read_text(encoding="utf-8").splitlines()))
        > (MOST_LINES_OF_TESTS if "tests" in path.parts else MOST_LINES)
    }
    assert long == {}


def test_every_collector_has_its_test_file() -> None:
    declared = [
        path.stem
        for path in sorted((ROOT / "collectors").glob("*.py"))
        if "@collector(" in path.read_text(encoding="utf-8")
    ]
    missing = [name for name in declared if not (ROOT / "tests" / "collectors" / f"test_{name}.py").exists()]
    assert declared
    assert missing == []


def contracts_shown(name: str) -> set[str]:
    """The cases that the markers in a collector's test files name."""
    shown: set[str] = set()
    for path in (ROOT / "tests" / "collectors").glob(f"test_{name}*.py"):
        for node in nodes(path):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.contract":
                shown |= {str(each.value) for each in node.args if isinstance(each, ast.Constant)}
    return shown


@pytest.mark.parametrize("name", known())
def test_every_collector_keeps_the_whole_contract(name: str) -> None:
    cases = needed(known()[name])
    shown = contracts_shown(name)
    missing = {case: about for case, about in cases.items() if case not in shown}
    assert (missing, shown - {*CASES, *WITH_KEYS}) == ({}, set())
