"""Which catalogue the sentences of a module are in: one for each area, so that several people can translate at once."""

from __future__ import annotations

from fnmatch import fnmatch

AREAS = {
    "scans": (
        *("core/blocks/text.py", "core/blocks/words.py", "core/blocks/parts.py", "core/blocks/plan.py"),
        *("core/blocks/parents.py", "core/blocks/rounds.py", "core/blocks/notes.py", "core/blocks/replies.py"),
        *("core/blocks/lists.py", "core/blocks/marking.py", "core/blocks/beside.py", "core/blocks/facts.py"),
        *("bot/commands.py", "bot/buttons.py", "bot/asking.py", "bot/guard.py", "bot/hearing.py"),
    ),
    "answers": ("core/blocks/answer*.py", "core/blocks/faces.py", "core/blocks/readers.py", "core/blocks/whole.py"),
    "cards": ("core/blocks/*.py",),
    "talk": ("bot/*.py",),
    "rules": ("core/rules/*.yml", "core/playbooks.yml", "core/correlation/*.py"),
    "errors": ("core/*.py", "core/*/*.py", "tasks/*.py"),
}
"""Patterns of paths; the first area with one that fits has the sentences."""


def area_of(path: str) -> str:
    """The area of a file, by its path from the top of the repository.

    Raises:
        KeyError: none has it.
    """
    for area, patterns in AREAS.items():
        if any(fnmatch(path, pattern) for pattern in patterns):
            return area
    raise KeyError(path)
