"""What one file says, as its reader writes it down in the child: bounded whatever the file holds."""

from __future__ import annotations

import re
from typing import Any

from core.language import NN_
from core.language.noted import nnoted, noted

LONGEST = 1000  # characters of one text
MOST_TRACES = 400
MOST_PROPERTIES = 120
MOST_PLACES = 5  # where in the file the same thing was found
MOST_GAPS = 20
LEFT_OUT = NN_("The file says {n:,} more things than are kept.", "The file says {n:,} more things than are kept.")

_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Sheet:
    """Properties say something about the file; traces are what leads on: people, programs, machines, places."""

    def __init__(self) -> None:
        self.properties: dict[str, Any] = {}
        self.traces: dict[tuple[str, str], dict[str, Any]] = {}
        self.gaps: list[dict[str, str]] = []
        self.remarks: list[str] = []
        self.left_out = 0

    def say(self, label: str, value: object) -> None:
        """Note a property; an empty one is none, and the first of two is kept."""
        told = plain(value)
        if told in ("", None, []) or label in self.properties:
            return
        if len(self.properties) >= MOST_PROPERTIES:
            self.left_out += 1
            return
        self.properties[label[:80]] = told

    def found(self, kind: str, value: object, where: str, **attributes: Any) -> None:
        """Note something that leads on, with the field that says it."""
        text = " ".join(clean(str(value)).split())
        if not text:
            return
        known = self.traces.get((kind, text))
        if known is None and len(self.traces) >= MOST_TRACES:
            self.left_out += 1
            return
        trace = self.traces.setdefault((kind, text), {"where": []})
        if where not in trace["where"] and len(trace["where"]) < MOST_PLACES:
            trace["where"].append(where[:80])
        for name, each in attributes.items():
            if (told := plain(each)) not in ("", None, []):
                trace.setdefault(name, told)

    def warn(self, value: str, why: str, *, severity: str = "medium", where: str = "") -> None:
        """Note what a reader should beware of."""
        grade = "info" if severity == "info" else "bad" if severity in ("high", "medium") else "fair"
        self.found("posture", value, where, grade=grade, why=why, severity=severity)

    def gap(self, reason: str, sentence: str) -> None:
        """Note that something was not looked at."""
        told = {"reason": reason, "sentence": sentence[:300]}
        if told not in self.gaps and len(self.gaps) < MOST_GAPS:
            self.gaps.append(told)

    def remark(self, sentence: str) -> None:
        if sentence not in self.remarks:
            self.remarks.append(sentence[:300])

    def as_json(self) -> dict[str, Any]:
        """The whole, for the parent."""
        if self.left_out:
            self.gap("truncated", nnoted(*LEFT_OUT, self.left_out))
        traces = [{"kind": kind, "value": value, **rest} for (kind, value), rest in self.traces.items()]
        return {"properties": self.properties, "traces": traces, "gaps": self.gaps, "remarks": self.remarks[:20]}


def clean(text: str) -> str:
    """Without what cannot be seen or stored, and short."""
    return _UNSEEN.sub(" ", text[: LONGEST * 2])[:LONGEST].strip()


def plain(value: object) -> Any:
    """A JSON value of bounded size."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, list | tuple):
        told = (plain(each) for each in value[:50])
        return [each for each in told if each not in ("", None)]
    return clean(value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value))


def _number(value: float) -> float | str | None:
    if isinstance(value, int):
        return value if abs(value) < 2**53 else noted("a very large number")
    return value if abs(value) < 1e15 else None
