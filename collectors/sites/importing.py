"""Takes a list of sites from a file that the operator has, and keeps its rules in DATA_DIR. Nothing is fetched."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from collectors.sites import shelf
from collectors.sites.lists import FORMATS
from core import clock
from core.errors import BadQuestion

MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file's entries."""

    title: str
    licence: str
    kept: int
    doubled: int  # their hosts are on an earlier list already
    refused: tuple[tuple[str, str], ...]  # site and why
    path: Path

    def reasons(self) -> Counter[str]:
        return Counter(why for _, why in self.refused)


def take(path: Path, form: str, *, into: Path) -> Imported:
    """Read a file in one of `FORMATS`, and keep its rules; an earlier import of the same form is replaced.

    Raises:
        BadQuestion: the file cannot be read, or holds no entry of that form.
    """
    chosen = FORMATS[form]
    body = _bytes(path)
    digest = hashlib.sha256(body).hexdigest()
    source = f"{chosen.title}, {path.name[:60]}, sha256 {digest[:16]}"
    try:
        every = chosen.read(json.loads(body), source=source)
    except (ValueError, RecursionError) as error:
        raise BadQuestion(f"{path} is not JSON.") from error
    if not every:
        raise BadQuestion(f"{path} holds no entry in the form of {chosen.title}.")
    kept = [each.rule for each in every if each.rule is not None]
    refused = tuple((each.site, each.refused) for each in every if each.rule is None)
    imported = Imported(
        title=chosen.title,
        licence=chosen.licence,
        kept=len(kept),
        doubled=len(kept) + len(shelf.own()) - len(shelf.merged([shelf.own(), kept])),
        refused=refused,
        path=into / f"{form}.json",
    )
    rules = [asdict(rule) for rule in kept]
    told = {"format": form, "licence": chosen.licence, "sha256": digest, "at": clock.now().isoformat()}
    _write(imported.path, json.dumps({**told, "rules": rules, "refused": refused}, ensure_ascii=False, indent=1))
    return imported


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            body = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadQuestion(f"{path} cannot be read ({error.strerror}).") from error
    if len(body) > MOST_BYTES:
        raise BadQuestion(f"{path} is larger than the {MOST_BYTES:,} bytes I read at most.")
    return body


def _write(path: Path, text: str) -> None:
    """Whole or not at all: a run may be reading the list."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
