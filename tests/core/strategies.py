"""Any findings, runs and scans at all: what the invented world would say at its worst."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from core.models import (
    ANSWERS,
    Asker,
    Confidence,
    Fact,
    Finding,
    Kind,
    Outcome,
    Place,
    Provenance,
    Run,
    RunState,
    Scan,
    ScanStatus,
    Target,
)
from tests.core.samples import EVIL

WORST = [
    EVIL,
    "",
    " ",
    "\u202e\u200b\x00",
    "`" * 400,
    "&" * 4000,
    "<!everyone>" * 300,
    "\U0001f9d1" * 900,
    "a\u0301\u0301\u0301\u0301" * 200,
    "x.example " * 500,
    "https://evil.test/" + "a" * 5000,
    "\ud800",
    "A" * 60_000,
    "line\nline\r\nline\u2028line",
]
texts = st.one_of(st.sampled_from(WORST), st.text(max_size=20), st.text(st.characters(), max_size=150))
times = st.datetimes(datetime(1985, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants naive bounds
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)
NAMES = [
    "severity", "grade", "why", "role", "registrar", "age_days", "days_to_expiry", "statuses", "issuers", "expired",
    "fresh", "relation", "privacy", "created", "expires", "ptr", "headline", "internal", "netname", "country",
]  # fmt: skip
ROLES = ["mail server", "name server", "abuse contact", "alias", "high", "medium", "bad", "good", 3, True, ["x", "y"]]
attributes = st.dictionaries(st.sampled_from(NAMES) | texts, st.one_of(st.sampled_from(ROLES), json_values), max_size=6)
provenances = st.builds(Provenance, texts, texts, texts, times, texts, texts)
findings = st.builds(
    Finding,
    st.sampled_from([*Kind, *Fact]),
    texts,
    provenances,
    attributes,
    st.sampled_from(Confidence),
    st.none() | times,
    st.none() | times,
    texts,
)
reasons = (
    st.sampled_from(["", "timeout", "rate_limited", "no_key", "worker_lost", "needs_consent", "never_heard_of"]) | texts
)


@st.composite
def runs(draw: st.DrawFn) -> Run:
    """A run in any state, with findings or without."""
    outcome = draw(st.none() | st.sampled_from(Outcome))
    found = draw(st.lists(findings, max_size=6)) * draw(st.sampled_from([1, 1, 1, 40]))
    return Run(
        id=draw(texts),
        scan_id="scan-1",
        round=draw(st.integers(1, 99)),
        collector=draw(st.sampled_from(["dns", "crtsh", "whois", "other"])),
        state=RunState.CLOSED if outcome else draw(st.sampled_from([RunState.QUEUED, RunState.RUNNING])),
        outcome=outcome,
        reason=draw(reasons),
        message=draw(texts),
        attempt=draw(st.integers(0, 3)),
        cached=draw(st.booleans()) and outcome in ANSWERS,
        answered_at=draw(st.none() | times),
        closed_at=draw(times) if outcome else None,
        ms=draw(st.none() | st.integers(0, 10**9)),
        found=draw(st.integers(0, 10**6)),
        findings=tuple(found),
    )


notes = st.lists(texts, max_size=7).map(tuple)
names = st.sampled_from(["example.com", "xn--exmple-cua.com", "a." * 100 + "example.com"]) | texts.filter(
    lambda text: 0 < len(text) <= 4000 and "\ud800" not in text
)
urls = st.sampled_from(["https://example.com/?a|b", "http://[2001:db8::10]/", "https://example.com/" + "a" * 1900])
targets = st.one_of(
    st.builds(Target, st.sampled_from([Kind.DOMAIN, Kind.NAME, Kind.USERNAME]), names, notes),
    st.builds(Target, st.just(Kind.URL), urls, notes),
)
ids = st.sampled_from(["U0ADA", "W123", "", "ada", "<!here>", "U0ADA>"])


@st.composite
def scans(draw: st.DrawFn, most_runs: int = 5) -> Scan:
    """A scan of anything by anybody."""
    status = draw(st.sampled_from(ScanStatus))
    created = draw(times)
    return Scan(
        id=draw(st.sampled_from(["7f3a9c", "01JD0000000000000000000000"])),
        target=draw(targets),
        status=status,
        asker=Asker(draw(ids)),
        place=Place("T0SANDBOX", draw(st.sampled_from(["", "C0GENERAL", "<!channel>"]))),
        created_at=created,
        round=draw(st.integers(1, 20)),
        fresh=draw(st.booleans()),
        tag=draw(texts),
        round_by=draw(ids),
        finished_at=draw(times) if status in (ScanStatus.FINISHED, ScanStatus.CANCELLED) else None,
        cancelled_by=draw(ids),
        undelivered=draw(texts),
        options=tuple(draw(st.lists(texts, max_size=3))),
        active_by=draw(ids),
        active_round=draw(st.integers(0, 20)),
        runs=tuple(draw(st.lists(runs(), max_size=most_runs))),
    )
