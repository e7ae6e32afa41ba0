"""What makes a finding the same finding in another look: its kind, its value and its roles, without what is noise."""

from __future__ import annotations

import hashlib
import json
import math
import re
from datetime import datetime
from typing import Any

from core.models import Fact, Finding

ROLES = ("role", "relation", "record", "check", "address", "file")
"""Attributes that say as what something was found, and where: they belong to its identity."""

_SERIAL = re.compile(r"^(SOA \S+ \S+) \d+ .*$")  # then the serial and four times (RFC 1035 3.3.13)
_FLEETING = re.compile(r" (?:ech|ipv4hint|ipv6hint)=(?:\"[^\"]*\"|\S+)")  # keys and hints that rotate (RFC 9460 7.3)
_LEFT_OUT = re.compile(r" \(\+\d+ more records\)$")


def fingerprint(finding: Finding) -> str:
    """The same for the same finding in every run and every scan; within one run no two findings share it."""
    roles = {name: storable(finding.attributes.get(name)) for name in ROLES}
    text = json.dumps([str(finding.kind), steady(finding), roles], sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def steady(finding: Finding) -> str:
    """The value without the parts that change by themselves: the serial and times of a SOA record, the keys and hints
    of a service binding, how many records were left out."""
    value = str(storable(finding.value))
    if finding.kind is not Fact.RECORD:
        return value
    if value.startswith("SOA "):
        return _SERIAL.sub(r"\1", value)
    if value.startswith(("HTTPS ", "SVCB ")):
        value = _FLEETING.sub("", value)
    return _LEFT_OUT.sub("", value)


def storable(value: Any) -> Any:
    """What both databases can keep of a value from outside: no NUL, no half characters, JSON's types only."""
    if isinstance(value, str):
        return value.replace("\x00", "␀").encode("utf-8", "replace").decode()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {storable(str(key)): storable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [storable(each) for each in value]
    return value
