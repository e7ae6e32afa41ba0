"""What a finding says that means something, spelled so that noise makes no difference; and in what two differ."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.fingerprints import steady, storable
from core.models import Fact, Finding
from core.volatile import COUNTED, GROWS, PASSING, STEMS, means


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing about a finding that means something and is not as it was."""

    name: str
    before: str
    after: str


def differences(was: Finding, is_: Finding) -> tuple[Difference, ...]:
    """In what two looks at one finding differ, of what means something."""
    found = []
    if steady(was) != steady(is_) and was.kind not in COUNTED:
        found.append(Difference("", steady(was), steady(is_)))
    passing = PASSING.get(is_.value, frozenset()) if is_.kind == Fact.POSTURE else frozenset()
    wavers = bool(passing) and {text_of(was, "grade"), text_of(is_, "grade")} <= passing
    other = was.provenance.source != is_.provenance.source  # which may not tell as much
    for name in sorted(means(str(is_.kind))):
        old, new = _meaning(was, name), _meaning(is_, name)
        if old == new or (wavers and name in ("grade", "severity")) or (other and not (old and new)):
            continue
        if name not in GROWS or new - old:
            found.append(Difference(name, _shown(old), _shown(new)))
    return tuple(found)


def stem(finding: Finding) -> str:
    """What stays when such a thing is replaced by the next; "" where there may be several."""
    if finding.kind == Fact.RECORD:
        return _record_stem(finding.value)
    names = STEMS.get(str(finding.kind))
    if names is None:
        return ""
    base = finding.value.rpartition(" ")[0] or finding.value if finding.kind == Fact.SOFTWARE else ""
    return json.dumps([str(finding.kind), base, [_shown(_meaning(finding, name)) for name in names]])


def _record_stem(value: str) -> str:
    """Records of which a name has one: its zone's start, its SPF policy."""
    if value.startswith("SOA "):
        return "SOA"
    return "SPF" if re.match(r'TXT "?v=spf1\b', value, re.IGNORECASE) else ""


def text_of(finding: Finding, name: str) -> str:
    value = finding.attributes.get(name)
    return value if isinstance(value, str) else ""


_DAY = re.compile(r"^(\d{4}-\d\d-\d\d)[T ]\d\d:\d\d")
_PARTS = re.compile(r"\s\|\s")
_BRANCH = re.compile(r" \([^()]*\)$")  # "Example CA (R10)": an authority signs with one branch after the other


def _meaning(finding: Finding, name: str) -> frozenset[str]:
    """An attribute as it is compared: without order, spacing and the time of day; empty when it says nothing."""
    outer, _, inner = name.partition(".")
    value: Any = finding.attributes.get(outer)
    if inner:
        value = value.get(inner) if isinstance(value, Mapping) else None
    texts = [_spelled(each) for each in _several(storable(value), name)]
    return frozenset(_BRANCH.sub("", each) if name == "issuers" else each for each in texts if each)


def _several(value: Any, name: str) -> list[Any]:
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return [f"{key}: {_spelled(each)}" for key, each in value.items()]
    return _PARTS.split(value) if name == "raw" and isinstance(value, str) else [value]


def _spelled(value: Any) -> str:
    if value is None or value in ([], {}):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | dict):
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    text = " ".join(str(value).split())
    return day[1] if (day := _DAY.match(text)) else text


def _shown(values: frozenset[str]) -> str:
    return ", ".join(sorted(values))
