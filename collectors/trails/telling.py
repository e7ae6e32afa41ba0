"""Findings out of current records, histories, registrations and neighbours, spelled as the other collectors do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from collectors import shape
from collectors.trails.changes import Change, changes
from collectors.trails.epochs import Epoch, Trail, epoch, merged, receives_none, trails, value_of
from collectors.trails.registrations import Held, epochs_of
from core.language import N_
from core.language.noted import noted
from core.models import Confidence, Fact, Finding, Kind, Severity

if TYPE_CHECKING:
    from collectors.fetch import Reply

RECENT = timedelta(days=30)
MOST_CHANGES = 12  # of one record; older ones are counted
MOST_ROWS = 500  # of one page: the source writes a hundred
MOST_FORMER = 500  # values of one record

TYPES: Mapping[str, tuple[str, Kind | Fact, str]] = {
    "a": ("A", Kind.IP, "address"),
    "aaaa": ("AAAA", Kind.IP, "address"),
    "mx": ("MX", Kind.DOMAIN, "mail server"),
    "ns": ("NS", Kind.DOMAIN, "name server"),
    "soa": ("SOA", Kind.EMAIL, "zone contact"),
    "txt": ("TXT", Fact.RECORD, ""),
}
NAMED = {
    "registrant": N_("Named as registrant in the registration of {date}."),
    "former registrant": N_("Named as former registrant in the registration of {date}."),
}
ORIGIN = N_("Since then it is behind {front}. The server itself may still answer at {addresses}.")
ORIGIN_OF = N_("Since then it is behind {front}. The server itself may still answer at {addresses} ({holder}).")
ALARMING = ("NS", "MX")
"""Whoever changes these takes over the name or its mail."""


@dataclass(slots=True)
class Records:
    """One record type: what it holds now, and what is known of the time before."""

    rdtype: str
    now: dict[str, Mapping[str, Any]] = field(default_factory=dict)  # value -> what is said of it
    since: datetime | None = None  # of all current values
    unread: int = 0
    before: list[Epoch] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)  # the pages of its history
    pages: int = 1  # that there are
    cut: int = 0  # elements of longer pages than the source writes

    def read_current(self, said: Any) -> None:
        listed = shape.items(said, "current_dns", self.rdtype, "values")
        values = [each for each in listed if not receives_none(self.rdtype, each)]
        for each in values:
            if value := value_of(self.rdtype, each):
                self.now[value] = shape.mapping(each)
        self.unread += sum(not value_of(self.rdtype, each) for each in values)
        self.since = shape.when(said, "current_dns", self.rdtype, "first_seen")

    def read_page(self, reply: Reply) -> bool:
        """Take in one page of the history; False when nothing of it can be read."""
        said = {"records": []} if reply.absent else reply.json()
        rows = shape.items(said, "records")
        read = [each for row in rows[:MOST_ROWS] if (each := epoch(self.rdtype, row, len(self.replies)))]
        self.replies.append(reply.receipt())
        self.before += read
        self.unread += len(rows[:MOST_ROWS]) - len(read)
        self.cut += len(rows[MOST_ROWS:])
        self.pages = max(self.pages, shape.whole(said, "pages") or 1)
        return bool(read) or (not rows and isinstance(shape.dig(said, "records"), list))

    def epochs(self, now: datetime) -> list[Epoch]:
        """The history with what holds now at its end."""
        latest = []
        if self.now and self.since and self.before:
            names = dict.fromkeys(name for each in self.now.values() if (name := _organisation(each)))
            values = tuple(sorted(self.now))
            latest = [Epoch(values, self.since, max(now, self.since), tuple(names), len(self.replies) - 1)]
        return merged([*self.before, *latest])


def record_findings(records: Records, current: Reply, now: datetime, host: str) -> Iterator[Finding]:
    """Current values, then those that were there before, then the changes; no value twice."""
    epochs = records.epochs(now)
    known = trails(epochs)
    for value in records.now:
        yield _current(records, value, known.get(value), current, host)
    former = sorted((each for each in known.values() if each.value not in records.now), key=lambda each: each.last)
    for each in former[-MOST_FORMER:][::-1]:
        yield _former(records, each, host)
    steps = list(changes(TYPES[records.rdtype][0], epochs))
    hint = next((step for step in steps[::-1] if step.origins), None) if epochs and epochs[-1].front else None
    for step in steps[-MOST_CHANGES:]:
        yield _change(records.replies[step.after.page], step, now, hinted=step is hint)
    if hint is not None and hint not in steps[-MOST_CHANGES:]:
        yield _change(records.replies[hint.after.page], hint, now, hinted=True)


def older_changes(records: Records, now: datetime) -> int:
    """How many changes are not spelled out; the intervals of the values hold them."""
    return max(0, sum(1 for _ in changes("", records.epochs(now))) - MOST_CHANGES)


def _current(records: Records, value: str, trail: Trail | None, reply: Reply, host: str) -> Finding:
    record, kind, role = TYPES[records.rdtype]
    said = records.now[value]
    told: dict[str, Any] = {
        "role": role or None,
        "preference": shape.whole(said, "priority"),
        "shared_by": _shared(said),
        "organisation": _organisation(said) or None,
        "intervals": trail.spelled() if trail else None,
    }
    return reply.finding(
        kind,
        f"{record} {value}" if kind is Fact.RECORD else value,
        first_seen=min(filter(None, (trail.first if trail else None, records.since)), default=None),
        context=noted("{type} record of {name}, as SecurityTrails last saw it.", type=record, name=host),
        record=record,
        **{name: each for name, each in told.items() if each is not None},
    )


def _former(records: Records, trail: Trail, host: str) -> Finding:
    record, kind, role = TYPES[records.rdtype]
    return records.replies[trail.page].finding(
        kind,
        f"{record} {trail.value}" if kind is Fact.RECORD else trail.value,
        first_seen=trail.first,
        last_seen=trail.last,
        context=noted("Was in the {type} record of {name}, and is not any more.", type=record, name=host),
        role=f"former {role or 'record'}",
        record=record,
        organisations=list(trail.organisations),
        intervals=trail.spelled(),
    )


def _change(reply: Reply, step: Change, now: datetime, *, hinted: bool) -> Finding:
    recent = now - step.after.since <= RECENT
    attributes: dict[str, Any] = {
        "record": step.what,
        "before": list(step.before.values),
        "after": list(step.after.values),
        "on": f"{step.after.since:%Y-%m-%d}",
        "recent": recent,
    }
    if hinted:
        attributes |= _origin(step)
    elif recent and step.what in ALARMING and step.gone and step.come:
        why = noted("It moved within the last month. Whoever holds it answers for the name or reads its mail.")
        attributes |= {"severity": Severity.MEDIUM.value, "why": why}
    return reply.finding(
        Fact.CHANGE,
        step.sentence,
        confidence=Confidence.MODERATE,
        first_seen=step.after.since,
        context=noted("Follows from two entries of the history."),
        **attributes,
    )


def _origin(step: Change) -> dict[str, Any]:
    addresses = ", ".join(step.origins[:3])
    told = {"front": step.after.front, "addresses": addresses, "holder": next(iter(step.before.organisations), "")}
    why = noted(ORIGIN_OF if step.before.organisations else ORIGIN, **told)
    return {
        "origin_hint": list(step.origins),
        "behind": step.after.front,
        "severity": Severity.MEDIUM.value,
        "why": why,
        "hint_confidence": Confidence.LOW.value,
    }


def registration_findings(registrations: Sequence[Held], replies: Sequence[Reply], now: datetime) -> Iterator[Finding]:
    """Who held it before, and when registrar or holder changed."""
    ordered = sorted(registrations, key=lambda each: each.started)
    for field_name, what in (("registrar", "Registrar"), ("holder", "Holder")):
        for step in list(changes(what, merged(epochs_of(ordered, field_name, now))))[-MOST_CHANGES:]:
            yield _change(replies[step.after.page], step, now, hinted=False)
    told: set[tuple[Kind | Fact, str]] = set()
    since: dict[str, datetime] = {}
    for each in ordered:
        for value in (each.holder, each.email):
            since.setdefault(value, each.started)
    for each in ordered[::-1]:
        role = "registrant" if each is ordered[-1] and each.ended is None else "former registrant"
        kind = Fact.ORGANISATION if each.organisation else Fact.PERSON
        for what, value in ((kind, each.holder), (Kind.EMAIL, each.email)):
            if value and (what, value) not in told:
                told.add((what, value))
                yield _held_by(replies[each.page], each, what, value, role, since=since[value])


def _held_by(reply: Reply, each: Held, kind: Kind | Fact, value: str, role: str, *, since: datetime) -> Finding:
    return reply.finding(
        kind,
        value,
        first_seen=since,
        last_seen=each.ended,
        context=noted(NAMED[role], date=f"{each.started:%Y-%m-%d}"),
        role=role,
        registrar=each.registrar,
        country=each.country,
    )


def _organisation(said: Mapping[str, Any]) -> str:
    names = (shape.text(said, key) for key in said if key.endswith("_organization"))
    return next((each.strip()[:100] for each in names if each.strip()), "")


def _shared(said: Mapping[str, Any]) -> int | None:
    """How many names use the same value."""
    counts = (shape.whole(said, key) for key in said if key.endswith("_count"))
    return next((each for each in counts if each is not None and each >= 0), None)
