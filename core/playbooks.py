"""Playbooks: named sets of collectors, options and rules. Shipped ones are read from the file beside this one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from core.errors import BadQuestion
from core.language import N_, tr
from core.models import Kind

FILE = Path(__file__).with_suffix(".yml")
NAME = re.compile(r"[a-z][a-z0-9-]{1,38}[a-z0-9]", re.ASCII)
MOST = 30  # collectors, options or rules of one
TOO_MANY = {
    "collectors": N_("A playbook has at most {most} collectors."),
    "options": N_("A playbook has at most {most} options."),
    "kinds": N_("A playbook has at most {most} kinds."),
    "rules": N_("A playbook has at most {most} rules."),
}
LONGEST = 300  # characters of what it is about


@dataclass(frozen=True, slots=True)
class Playbook:
    """One version of it. Without kinds it is for every kind that its collectors take."""

    name: str
    version: int
    about: str
    names: tuple[str, ...] = ()  # collectors; empty: all that fit
    options: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    rules: tuple[str, ...] = ()  # of correlation; empty: all
    made_by: str = ""  # empty: it was shipped
    made_at: datetime | None = None

    @property
    def versioned(self) -> str:
        """As a scan keeps it."""
        return f"{self.name}@{self.version}"

    @property
    def spec(self) -> dict[str, Any]:
        """What of it is written down with each version."""
        return {
            "about": self.about,
            "collectors": list(self.names),
            "options": list(self.options),
            "kinds": [str(kind) for kind in self.kinds],
            "rules": list(self.rules),
        }


def playbook_of(
    name: str, version: int, spec: Mapping[str, Any], *, made_by: str = "", made_at: datetime | None = None
) -> Playbook:
    """A playbook from what was written down.

    Raises:
        BadQuestion: its name or a field of it is none.
    """
    check_name(name)
    return Playbook(
        name,
        version,
        " ".join(str(spec.get("about", "")).split())[:LONGEST],
        _words(spec, "collectors"),
        _words(spec, "options"),
        tuple(_kind(word) for word in _words(spec, "kinds")),
        _words(spec, "rules"),
        made_by,
        made_at,
    )


def check_name(name: str) -> None:
    """Raises BadQuestion: that is no name for a playbook."""
    if not NAME.fullmatch(name):
        said = N_('"{name}" is no name for a playbook: small letters, digits and dashes, 3 to 40.')
        raise BadQuestion(tr(said, name=name[:40]))


@lru_cache(maxsize=1)
def shipped() -> Mapping[str, Playbook]:
    """Those that come with us, by name."""
    read = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {name: playbook_of(name, int(spec["version"]), spec) for name, spec in read.items()}


def _words(spec: Mapping[str, Any], field: str) -> tuple[str, ...]:
    given = spec.get(field) or ()
    words = tuple(dict.fromkeys(str(word).lower() for word in given if str(word).strip()))
    if len(words) > MOST:
        raise BadQuestion(tr(TOO_MANY[field], most=MOST), field=field)
    return words


def _kind(word: str) -> Kind:
    if word not in tuple(Kind):
        said = N_('"{word}" is no kind of target. I know: {kinds}.')
        raise BadQuestion(tr(said, word=word[:40], kinds=", ".join(Kind)), field="kinds")
    return Kind(word)
