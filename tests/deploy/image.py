"""What the Dockerfile and docker-compose.yml say, read as Docker reads them, as far as they use it."""

from __future__ import annotations

import compileall
import re
import shlex
import shutil
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.servers import ROOT


@dataclass
class Stage:
    """One FROM of the Dockerfile, with what it says itself; nothing is taken over from the stage below."""

    name: str
    base: str
    env: dict[str, str] = field(default_factory=dict)
    lines: list[tuple[str, str]] = field(default_factory=list)

    def said(self, instruction: str) -> list[str]:
        return [rest for word, rest in self.lines if word == instruction]

    @property
    def last(self) -> dict[str, str]:
        """Each instruction, where the last one counts."""
        return dict(self.lines)

    def copied(self) -> list[str]:
        """What comes out of the checkout."""
        return [word for rest in self.said("COPY") if "--from" not in rest for word in rest.split()[:-1]]


@cache
def stages() -> dict[str, Stage]:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    whole = re.sub(r"\\\n", " ", "\n".join(lines)).splitlines()
    found: dict[str, Stage] = {}
    for line in whole:
        word, _, rest = line.partition(" ")
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            found[name] = Stage(name, base)
        elif found:
            stage = list(found.values())[-1]
            stage.lines.append((word, rest.strip()))
            if word == "ENV":
                stage.env |= dict(each.partition("=")[::2] for each in shlex.split(rest))
    return found


def copy_out(names: list[str], to: Path) -> None:
    """Copy what the Dockerfile copies, compiled where it is, as the image is."""
    to.mkdir()
    for name in names:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, to / name)
        else:
            shutil.copy(ROOT / name, to)
    compileall.compile_dir(to, quiet=1)


@cache
def composed() -> dict[str, Any]:
    """docker-compose.yml."""
    read: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return read


def services() -> dict[str, dict[str, Any]]:
    return dict(composed()["services"])


def spoken(words: str | list[str]) -> list[str]:
    """A command as a list; `$$` is a dollar to compose."""
    parts = shlex.split(words) if isinstance(words, str) else [str(word) for word in words]
    return [part.replace("$$", "$") for part in parts]


def check_of(service: dict[str, Any]) -> list[str]:
    """The command line of a health check."""
    kind, *words = service["healthcheck"]["test"]
    return ["sh", "-c", *spoken(words)] if kind == "CMD-SHELL" else spoken(words)
