"""In which language we speak to people: English sentences stand in the code, catalogues hold the others.

`speaking` says once, where an answer begins, who is spoken to; `tr` and `ntr` find the words. What was collected, logs,
the API, the dashboard, the terminal and exports are English. How to mark and translate: docs/how-to/translate.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import NullTranslations, translation
from pathlib import Path

from core.language.areas import AREAS

ENGLISH = "en"
LANGUAGES = (ENGLISH, "es")
LOCALE = Path(__file__).parent / "locale"

_spoken: ContextVar[str] = ContextVar("spoken", default=ENGLISH)


class _Amount(int):
    """A number whose thousands stand apart by a space, as the Real Academia and ISO 31-0 write them: a comma or a
    point means the opposite from one Spanish-speaking country to the next."""

    def __format__(self, spec: str) -> str:
        return format(int(self), spec).replace(",", "\u00a0")


class Later(str):
    """An English sentence that knows how it was filled, so that `tr` can say it in another language after all."""

    __slots__ = ("sentence", "values")
    sentence: str
    values: dict[str, object]

    def __new__(cls, sentence: str, values: dict[str, object]) -> Later:
        made = super().__new__(cls, sentence.format(**values) if values else sentence)
        made.sentence, made.values = sentence, values
        return made

    def __str__(self) -> str:
        return self  # `str(error)` gives it back whole


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak this language until the block ends, also in tasks and threads begun in it; English when it is none of
    ours."""
    token = _spoken.set(language if language in LANGUAGES else ENGLISH)
    try:
        yield
    finally:
        _spoken.reset(token)


def spoken() -> str:
    """The language that is spoken here."""
    return _spoken.get()


def language_of(locale: str, fallback: str = ENGLISH) -> str:
    """Which of ours a locale like "es-419" asks for; the fallback when none."""
    language = locale.replace("_", "-").partition("-")[0].lower()
    return language if language in LANGUAGES else fallback


def tr(sentence: str, **values: object) -> str:
    """A sentence in the language spoken here. What stands in {braces} is put in afterwards and never read as
    anything but text."""
    if isinstance(sentence, Later):
        told = {name: tr(each) if isinstance(each, Later) else each for name, each in sentence.values.items()}
        sentence, values = sentence.sentence, told
    return _filled(catalogue(spoken()).gettext(sentence), values) if sentence else ""


def ntr(one: str, several: str, n: int, **values: object) -> str:
    """The same for what is counted: `ntr("{n:,} finding", "{n:,} findings", n)`."""
    return _filled(catalogue(spoken()).ngettext(one, several, n), {"n": n, **values})


def ptr(context: str, sentence: str, **values: object) -> str:
    """The same where English has one word for what other languages tell apart: the context says which."""
    return _filled(catalogue(spoken()).pgettext(context, sentence), values)


def amount(number: int) -> str:
    """A number alone: `1,204` in English."""
    return _filled("{n:,}", {"n": number})


def later(sentence: str, **values: object) -> str:
    """The sentence in English, for an error that is logged or kept, too: `tr(str(error))` says it where it is shown.
    Values that are such sentences themselves are said then, too."""
    return Later(sentence, values)


def N_(sentence: str) -> str:  # noqa: N802 - gettext's own name for it
    """Marks a sentence that is translated where it is shown, with `tr(CONSTANT)`, not where it is written."""
    return sentence


def NN_(one: str, several: str) -> tuple[str, str]:  # noqa: N802
    """Marks what is counted where it is shown: `ntr(*CONSTANT, n)`."""
    return one, several


@cache
def catalogue(language: str) -> NullTranslations:
    """All areas of a language, one behind the other; English says what it is given."""
    first = NullTranslations()
    if language != ENGLISH:
        first, *rest = (translation(area, str(LOCALE), [language]) for area in AREAS)
        for each in rest:
            first.add_fallback(each)
    return first


def _filled(sentence: str, values: dict[str, object]) -> str:
    if not values:
        return sentence
    if spoken() != ENGLISH:
        values = {name: _Amount(value) if type(value) is int else value for name, value in values.items()}
    return sentence.format(**values)
