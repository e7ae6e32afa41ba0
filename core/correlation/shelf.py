"""Where rules stand: those that come with us, and the team's own in RULES_DIR. A bad file is refused and said; it
never stops a scan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path

import structlog

from core.correlation.language import BadRule, Rule
from core.correlation.reading import LARGEST, read_rules

log = structlog.get_logger()
HERE = Path(__file__).parent.parent / "rules"
ENDINGS = (".yml", ".yaml")
MOST_FILES = 100


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was not taken, and the sentence why."""

    file: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """The rules of a folder. A rule of the team's own takes the place of a shipped one of its name."""

    rules: tuple[Rule, ...]
    refused: tuple[Refused, ...] = ()


@cache
def shipped() -> tuple[Rule, ...]:
    """The rules that come with us.

    Raises:
        BadRule: one of them is wrong; a test keeps that from happening.
    """
    texts = ((path.name, path.read_text(encoding="utf-8")) for path in files_of(HERE))
    return tuple(replace(rule, is_shipped=True) for name, text in texts for rule in read_rules(text, name))


def rules_for(folder: str) -> Shelf:
    """The shipped rules and those of a folder, as they are now. Blocking; read again only when a file has changed."""
    return _together(folder, _edition(Path(folder))) if folder else Shelf(shipped())


def _edition(folder: Path) -> tuple[tuple[str, int, int], ...]:
    try:
        stats = [(path.name, path.stat()) for path in files_of(folder)]
    except OSError:
        return ()
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)


@lru_cache(maxsize=8)
def _together(folder: str, _edition: tuple[tuple[str, int, int], ...]) -> Shelf:
    own = read_folder(Path(folder))
    for each in own.refused:
        log.warning("a file of rules was refused", why=each.sentence)
    names = {rule.name for rule in own.rules}
    kept = tuple(rule for rule in shipped() if rule.name not in names)
    return Shelf((*own.rules, *kept), own.refused)


def files_of(folder: Path) -> list[Path]:
    """The files of rules in a folder, by name.

    Raises:
        OSError: it cannot be read.
    """
    return sorted(path for path in folder.iterdir() if path.suffix in ENDINGS and path.is_file())[:MOST_FILES]


def read_folder(place: Path) -> Shelf:
    """The rules of a folder or of one file; what is wrong is refused file by file, with a sentence for each."""
    try:
        files = [place] if place.is_file() else files_of(place)
    except OSError as error:
        return Shelf((), (Refused(place.name, f"{place}: the folder cannot be read ({error.strerror})."),))
    rules: dict[str, Rule] = {}
    refused: list[Refused] = []
    for path in files:
        try:
            held = read_rules(_text(path), path.name)
            if twice := next((rule for rule in held if rule.name in rules), None):
                other = rules[twice.name].source
                raise BadRule(f"{path.name}, line {twice.line}: {other} has a rule of the name {twice.name} too.")
        except BadRule as error:
            refused.append(Refused(path.name, str(error)))
            continue
        rules |= {rule.name: rule for rule in held}
    return Shelf(tuple(rules.values()), tuple(refused))


def _text(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise BadRule(f"{path.name}: the file cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise BadRule(f"{path.name}: the file is not text in UTF-8.") from error
