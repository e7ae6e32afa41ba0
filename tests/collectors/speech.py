"""What collectors say, listened to in every test: each sentence can be heard in other languages."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from collectors import known, run
from collectors.doors.notes import Notes
from collectors.doors.reply import Reply
from core.blocks.facts import OURS
from core.language.noted import SPELLED, unheard
from core.models import Finding

ROOT = Path(__file__).parent.parent.parent
SHIPPED = frozenset(name for name, each in known().items() if Path(inspect.getfile(each.look)).is_relative_to(ROOT))
SHORT = re.compile(r"[A-Z-]+")  # TLS-RPT: the same in every language
NAMED = re.compile(r"\S*[\d.:@/_]\S*:\s*")  # `plan.docx:`, and behind it what is said of it


class Listening:
    """Every text that a collector puts into the record, of those that ship."""

    def __init__(self) -> None:
        self.said: dict[str, None] = {}

    def found(self, finding: Finding) -> None:
        if finding.provenance.collector in SHIPPED:
            ours = (finding.attributes.get(name) for name in OURS)
            self.take(finding.context, *(text for each in ours for text in _texts(each)))
            self.take(*([finding.value] if finding.kind in SPELLED and " " in finding.value else []))

    def take(self, *texts: str) -> None:
        self.said.update(dict.fromkeys(texts))

    def strange(self) -> list[str]:
        """The pieces that no sentence of ours says."""
        return [piece for text in self.said for piece in _strange(text)]


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    value = list(value.values()) if isinstance(value, dict) else value
    return [each for each in value if isinstance(each, str)] if isinstance(value, list | tuple) else []


@cache
def _strange(text: str) -> Sequence[str]:
    return tuple(piece for piece in unheard(text) if not (NAMED.fullmatch(piece) or SHORT.fullmatch(piece)))


@pytest.fixture(autouse=True)
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listening]:
    """Listens to a test; whatever it notes must be a sentence of the catalogues."""
    listening = Listening()
    finding, ended, timed = Reply.finding, run._ended, run._timed
    asked: list[str] = []

    def found(self: Reply, *words: Any, **more: Any) -> Finding:
        made = finding(self, *words, **more)
        listening.found(made)
        return made

    def over(outcome: Any, reason: str, missed: Sequence[str], notes: Notes) -> run.Look:
        made = ended(outcome, reason, missed, notes)
        if asked and asked[-1] in SHIPPED:
            listening.take(*made.message.split("\n"))
        return made

    def looking(collector: Any, *words: Any) -> Any:
        asked.append(collector.name)
        return timed(collector, *words)

    monkeypatch.setattr(Reply, "finding", found)
    monkeypatch.setattr(run, "_ended", over)
    monkeypatch.setattr(run, "_timed", looking)
    yield listening
    if strange := listening.strange():
        pytest.fail("Note these (docs/how-to/translate.md):\n" + "\n".join(strange), pytrace=False)
