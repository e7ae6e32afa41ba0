"""Two looks at one target, with findings as the collectors write them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from core.change import Change, compare
from core.models import Asker, Fact, Finding, Kind, Outcome, Place, Provenance, Run, RunState, Scan, ScanStatus, Target
from tests.core.samples import EVIL

VALUES = [
    "example.com",
    "192.0.2.10",
    "SOA ns1. mail. 7 7200 3600 1209600 300",
    "TXT v=spf1 -all",
    "nginx 1.2",
    EVIL,
    "",
]
SMALL = st.none() | st.booleans() | st.integers(0, 9) | st.sampled_from([*VALUES, "high", "good", "bad", "2026-11-14"])
NAMED = ["role", "address", "record", "severity", "grade", "raw", "issuers", "volatile", "forward_confirmed", "expires"]

THEN = datetime(2026, 11, 14, 10, 0, tzinfo=UTC)
NOW = THEN + timedelta(days=9)
SOURCES = {"dns": "DNS", "crtsh": "crt.sh", "whois": "RDAP (Example Registry)", "virustotal": "VirusTotal"}


def told(collector: str, kind: Kind | Fact, value: str, *, source: str = "", **attributes: Any) -> Finding:
    """A finding of a collector."""
    named = source or SOURCES.get(collector, collector)
    return Finding(kind, value, Provenance(collector, named, "https://example.net/", THEN, "200", "0" * 64), attributes)


anything = st.builds(
    lambda kind, value, attributes: told("dns", kind, value, **attributes),
    st.sampled_from([*Kind, *Fact]),
    st.sampled_from(VALUES),
    st.dictionaries(st.sampled_from(NAMED), SMALL | st.lists(SMALL, max_size=2), max_size=4),
)


def run(collector: str, *findings: Finding, outcome: Outcome | None = None, **more: Any) -> Run:
    """A run that ended: found, or nothing without findings."""
    ended = outcome or (Outcome.FOUND if findings else Outcome.NOTHING)
    base = Run(f"{id(findings)}-{collector}", "", 1, collector, RunState.CLOSED, ended, found=len(findings))
    return replace(base, findings=findings, **more)


def look(*runs: Run, at: datetime = THEN, scan_id: str = "aaaa2222", target: str = "example.com", **more: Any) -> Scan:
    """A scan that has ended, with its runs closed at that time."""
    closed = tuple(replace(each, id=f"{scan_id}-{each.id}", closed_at=at) for each in runs)
    asked = Target(Kind.DOMAIN, target)
    asker, place = Asker("U0ADA", "Ada Example"), Place("T0SANDBOX", "C0GENERAL")
    base = Scan(scan_id, asked, ScanStatus.FINISHED, asker, place, at, finished_at=at, runs=closed)
    return replace(base, **more)


def changed(collector: str, was: list[Finding], is_: list[Finding], **more: Any) -> Change:
    """What one collector's two answers come to."""
    return compare(look(run(collector, *was), **more), look(run(collector, *is_), at=NOW, scan_id="bbbb3333", **more))


def tally(change: Change) -> str:
    """`+1 -0 ~2`"""
    return f"+{len(change.new)} -{len(change.gone)} ~{len(change.changed)}"
