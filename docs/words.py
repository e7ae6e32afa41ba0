"""Writes the catalogues of core/language/locale anew from the code: new sentences come in empty, gone ones leave.

Run it with `python docs/words.py` (or `make words`) after changing a sentence, and again after translating it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from string import Formatter
from typing import Any

import yaml
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # a script sees its own folder only

import collectors  # noqa: E402
from collectors.leaks.weight import KNOWN  # noqa: E402
from core.language import ENGLISH, LANGUAGES, LOCALE  # noqa: E402
from core.language.areas import AREAS, area_of  # noqa: E402

KEYWORDS: dict[str, Any] = {
    "tr": None,
    "later": None,
    "N_": None,
    "noted": None,
    "ntr": (1, 2),
    "NN_": (1, 2),
    "nnoted": (1, 2),
    "ptr": ((1, "c"), 2),
}
WRITTEN = frozenset({"says", "why", "change", "words", "about"})  # keys of rules and playbooks that people read
LATELY = datetime(2026, 1, 1, tzinfo=UTC)  # the same each time, so that files differ only where sentences do
LEAST_LETTERS = 5
PLACES = ("core", "tasks", "bot", "collectors")
NOTED_IN = (
    *(
        "collectors/*.py",
        "collectors/*/*.py",
        "core/recorded.py",
        "core/unasked.py",
        "core/targets/*.py",
        "core/addresses.py",
    ),
    "core/slack/*.py",  # why a file that was shared there could not be read
)

Said = tuple[str | tuple[str, ...], str]  # a sentence, or one and several; and its context


def said_in(path: Path) -> list[Said]:
    """The marked sentences of a module, or what people read of a file of rules or playbooks."""
    if path.suffix == ".yml":
        return [(each, "") for each in _written(yaml.safe_load(path.read_text(encoding="utf-8")))]
    with path.open("rb") as file:
        found = list(extract("python", file, keywords=KEYWORDS, options={"encoding": "utf-8"}))
    return [(message, context or "") for _, message, _, context in found if message]


def templates() -> dict[str, Catalog]:
    """What is to be translated, by area, with the files that say it."""
    made = {area: Catalog(project="Gumshoe", version="1", creation_date=LATELY) for area in AREAS}
    files = (path for place in PLACES for path in sorted((ROOT / place).rglob("*")) if path.suffix in (".py", ".yml"))
    for path in files:
        name = path.relative_to(ROOT).as_posix()
        for message, context in said_in(path):
            made[area_of(name)].add(message, locations=[(name, 0)], context=context or None)
    for name, message, context in (*((*each, "") for each in declared()), *terms()):
        made[area_of(name)].add(message, locations=[(name, 0)], context=context or None)
    return made


def declared() -> Iterator[tuple[str, str]]:
    """What collectors say of themselves, with the module where it is declared."""
    for each in collectors.known().values():
        name = f"{each.look.__module__.replace('.', '/')}.py"
        yield from ((name, said) for said in (each.title, each.about, each.tells, *(o.about for o in each.options)))


def terms() -> Iterator[tuple[str, str, str]]:
    """Words of a source that are known one by one, each with its module and the place that they are heard in."""
    yield from (("collectors/leaks/weight.py", kind, "taken") for kind in sorted(KNOWN))


def noted() -> bytes:
    """Every sentence that may stand in a record, each with its other number if it counts, as `heard` reads them."""
    found = {
        message if isinstance(message, tuple) else (message,)
        for pattern in NOTED_IN
        for path in ROOT.glob(pattern)
        for message, _ in said_in(path)
    } | {(said,) for _, said in declared()}
    lines = [json.dumps(each, ensure_ascii=False) for each in sorted(found) if _is_telling(each[0])]
    return ("[\n" + ",\n".join(lines) + "\n]\n").encode()


def _is_telling(sentence: str) -> bool:
    """Whether it has words of its own: one of signs and places alone would be heard in anything."""
    parts = list(Formatter().parse(sentence))
    letters = sum(sign.isalpha() for text, _, _, _ in parts for sign in text)
    return letters >= LEAST_LETTERS or all(name in (None, "n") for _, name, _, _ in parts)


def kept(language: str, area: str) -> Catalog:
    """The catalogue as it stands."""
    path = _path(language, area)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def renewed(old: Catalog, template: Catalog, language: str) -> Catalog:
    """The translations there are, for the sentences there are now, and a guess marked "fuzzy" where one changed."""
    new = Catalog(
        locale=language,
        project="Gumshoe",
        version="1",
        creation_date=LATELY,
        revision_date=LATELY,
        last_translator="Gumshoe",
        language_team="Gumshoe",
        msgid_bugs_address="none",
        header_comment="# Made by `make words`: fill in what is empty, check what is fuzzy.",
        fuzzy=False,
    )
    for message in old:
        if message.id:
            new[message.id] = message
    new.update(template)
    new.obsolete.clear()
    new.revision_date = LATELY
    return new


def spelled(catalogue: Catalog) -> bytes:
    """A catalogue as it is kept: one line for each sentence, so that two people's changes seldom meet."""
    file = BytesIO()
    write_po(file, catalogue, width=0, sort_output=True, ignore_obsolete=True, include_lineno=False)
    return file.getvalue()


def compiled(catalogue: Catalog) -> bytes:
    """What gettext reads."""
    file = BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def main() -> None:
    """Write them all, and say what is left to do."""
    (LOCALE / "noted.json").write_bytes(noted())
    for area, template in templates().items():
        for language in LANGUAGES:
            if language == ENGLISH:
                continue
            path = _path(language, area)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(spelled(renewed(kept(language, area), template, language)))
            catalogue = kept(language, area)
            path.with_suffix(".mo").write_bytes(compiled(catalogue))
            left = [each for each in catalogue if each.id and (each.fuzzy or not all(_texts(each.string)))]
            sys.stdout.write(f"{language} {area}: {len(catalogue)} sentences, {len(left)} to translate\n")


def _texts(string: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return list(string) if isinstance(string, list | tuple) else [string or ""]


def _path(language: str, area: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / f"{area}.po"


def _written(held: object) -> Iterator[str]:
    if isinstance(held, dict):
        for key, value in held.items():
            if key in WRITTEN and isinstance(value, str):
                yield " ".join(value.split())  # as rules are read
            else:
                yield from _written(value)
    elif isinstance(held, list):
        for each in held:
            yield from _written(each)


if __name__ == "__main__":
    main()
