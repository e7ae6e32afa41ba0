"""All rules there are: our own list, and those that the operator imported, each with its source and licence."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from collectors.sites.rules import BadRule, Evidence, Rule, checked
from core.errors import BadSetting
from core.settings import load

OWN = Path(__file__).parent / "own.yaml"
HOST = "{host}"
LISTS = ("wmn", "sherlock", "maigret")
"""In this order one stands before the other where both ask the same host: from two-sided rules to one-sided ones."""


@cache
def kept_in() -> Path:
    """Where imported lists lie."""
    return load().data_dir / "sites"


def rules() -> tuple[Rule, ...]:
    """Every rule, our own first; of two about one host our own stands.

    Raises:
        BadSetting: an imported list cannot be read.
    """
    directory = kept_in()
    found = sorted(
        directory.glob("*.json"), key=lambda path: (LISTS.index(path.stem) if path.stem in LISTS else 9, path)
    )
    return _read(directory, tuple((path.name, path.stat().st_mtime_ns) for path in found))


def edition() -> str:
    """Tells this set of rules from every other: two answers from different ones are not the same."""
    return digest(rules())


def digest(every: Iterable[Rule]) -> str:
    return hashlib.sha256("".join(sorted(rule.digest for rule in every)).encode()).hexdigest()[:16]


def own() -> tuple[Rule, ...]:
    """Our own list.

    Raises:
        BadRule: an entry is wrong; a test asks.
    """
    return _own()


def merged(lists: Sequence[Sequence[Rule]]) -> tuple[Rule, ...]:
    """The lists as one: a place that an earlier list asks or shows is not asked again by a later one."""
    kept: list[Rule] = []
    taken: set[str] = set()
    for each in lists:
        new = [rule for rule in each if not rule.places & taken]
        kept += new
        taken = taken.union(*(rule.places for rule in new))
    return tuple(kept)


def from_stored(given: Mapping[str, Any]) -> Rule:
    """Raises:
    BadRule: it is not a rule that may be used.
    """
    try:
        return checked(Rule(**{**given, "exists": _evidence(given["exists"]), "absent": _evidence(given["absent"])}))
    except (KeyError, TypeError, AttributeError) as error:
        raise BadRule("it is not written as a rule") from error


def _evidence(given: Mapping[str, Any]) -> Evidence:
    """One side, as our lists write it: a single status or text needs no list."""
    status, text = given.get("status", ()), given.get("text", ())
    return Evidence(
        **{
            **given,
            "status": tuple(status) if isinstance(status, list | tuple) else (int(status),),
            "text": tuple(text) if isinstance(text, list | tuple) else (str(text),),
        }
    )


@cache
def _read(directory: Path, versions: tuple[tuple[str, int], ...]) -> tuple[Rule, ...]:
    """Read again only when an import has replaced a file."""
    return merged([_own(), *(_imported(directory / name) for name, _ in versions)])


def _imported(path: Path) -> list[Rule]:
    try:
        return [from_stored(each) for each in json.loads(path.read_text(encoding="utf-8"))["rules"]]
    except (OSError, ValueError, KeyError, TypeError) as error:  # BadRule is a ValueError
        raise BadSetting(f"The list of sites {path} cannot be read. Import it again, or remove the file.") from error


@cache
def _own() -> tuple[Rule, ...]:
    written = yaml.safe_load(OWN.read_text(encoding="utf-8"))
    families = written["families"]
    single = [_single(each) for each in written["sites"]]
    hosted = [
        _hosted(families[family], site, host)
        for family, hosts in written["hosts"].items()
        for site, host in hosts.items()
    ]
    return tuple(sorted([*single, *hosted], key=lambda rule: rule.site.casefold()))


def _single(entry: Mapping[str, Any]) -> Rule:
    names = entry["names"]
    small = "A-Z" not in names and names[0] != "." and "[^" not in names
    known = {"shown": entry["check"], "list": "own", "licence": "own", "fold": small}
    return from_stored({**known, **entry, "names": f"^(?:{names})$"})


def _hosted(family: Mapping[str, Any], site: str, host: str) -> Rule:
    """One site that runs a program many run."""
    filled = json.loads(json.dumps(family).replace(HOST, host))
    return _single({**filled, "site": site})
