"""What we depend on is pinned with hashes, installed as pinned, and under licences that somebody has accepted."""

from __future__ import annotations

import runpy
from email.message import EmailMessage
from importlib.metadata import Distribution
from os import PathLike
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
AUDIT: dict[str, Any] = runpy.run_path(str(ROOT / "deploy" / "audit.py"))
PINS = (ROOT / "requirements.txt").read_text(encoding="utf-8")
HASH = f"--hash=sha256:{'0' * 64}"


class Invented(Distribution):
    """A distribution of one file."""

    def __init__(self, name: str, version: str, **told: str) -> None:
        message = EmailMessage()
        for key, value in {"Name": name, "Version": version, **told}.items():
            message[key.replace("_", "-")] = value
        self._files = {"METADATA": message.as_string()}

    def read_text(self, filename: str) -> str | None:
        return self._files.get(filename)

    def locate_file(self, path: str | PathLike[str]) -> Any:
        return Path(path)


def complaints(pins: str, *installed: Distribution) -> list[str]:
    return list(AUDIT["complaints"](pins, {each.name: each for each in installed}))


def test_our_dependencies_pass_the_audit() -> None:
    assert len(AUDIT["pins"](PINS)) > 70
    assert complaints(PINS, *AUDIT["here"]().values()) == []


@pytest.mark.parametrize(
    ("pins", "installed", "says"),
    [
        ("demo>=1\n", Invented("demo", "1", License_Expression="MIT"), "demo>=1 is not pinned"),
        ("demo==1\n", Invented("demo", "1", License_Expression="MIT"), "demo has no hash"),
        (f"demo==1 {HASH}\n", Invented("demo", "2", License_Expression="MIT"), "demo is pinned to 1, installed is 2"),
        (f"demo==1 {HASH}\n", Invented("demo", "1", License_Expression="AGPL-3.0-only"), "demo is under AGPL-3.0-only"),
        (f"demo==1 {HASH}\n", Invented("demo", "1", License_Expression="MIT OR GPL-2.0-only"), "under GPL-2.0-only"),
        (f"demo==1 {HASH}\n", Invented("demo", "1", License="GPL"), "demo is under GPL"),
        (f"demo==1 {HASH}\n", Invented("demo", "1"), "demo is under no licence"),
    ],
)
def test_what_is_wrong_with_a_dependency_is_named(pins: str, installed: Distribution, says: str) -> None:
    assert any(says in each for each in complaints(pins, installed))
