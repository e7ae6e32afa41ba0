"""The findings of one scan, page by page and counted: what a scan of ten thousand needs to stay readable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from core.models import Finding, Scan, Severity, standing
from core.store.database import Database
from core.store.rows import finding_from, run_from, scan_from, storable
from core.store.scans import in_plan
from core.store.tables import finding, run, scan

MOST = 500  # findings on a page
_TRUE = ("true", "1")  # how the two databases write JSON's true as text
_GIVEN = sa.func.coalesce(finding.c.attributes["severity"].as_string(), "")
_KNOWN = [str(each) for each in Severity if each is not Severity.INFO]
_SEVERITY = sa.case((_GIVEN.in_(_KNOWN), _GIVEN), else_=str(Severity.INFO))  # a word we don't know is no severity


@dataclass(frozen=True, slots=True)
class Sieve:
    """Which findings; what is empty does not narrow. `discreet` lets those through that only their asker may read."""

    kinds: tuple[str, ...] = ()
    collectors: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    text: str = ""
    discreet: bool = False


@dataclass(frozen=True, slots=True)
class Outline:
    """A scan with the newest run of each collector, without findings; and which run's findings are those of each
    collector: its own, or those of a run that asked the same."""

    scan: Scan
    holders: Mapping[str, str]  # collector to run id


@dataclass(frozen=True, slots=True)
class Tally:
    """How many findings of a collector are of this kind and severity."""

    collector: str
    kind: str
    severity: str
    count: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A finding in the record: its number, and the collector whose run it is of."""

    number: int
    collector: str
    finding: Finding


class Findings:
    def __init__(self, database: Database) -> None:
        self._db = database

    def outline(self, scan_id: str) -> Outline:
        """Raises KeyError: there is no such scan."""

        def work(db: sa.Connection) -> Outline:
            row = db.execute(scan.select().where(scan.c.id == scan_id)).one_or_none()
            if row is None:
                raise KeyError(scan_id)
            rows = db.execute(run.select().where(run.c.scan_id == scan_id).order_by(run.c.round, run.c.position)).all()
            kept = {each.id for each in standing(run_from(each) for each in rows)}
            shown = [each for each in in_plan(rows) if each.id in kept]
            holders = {each.collector: each.same_as or each.id for each in shown}
            return Outline(scan_from(row, [run_from(each) for each in shown]), holders)

        return self._db.read(work)

    def page(
        self, outline: Outline, sieve: Sieve, *, after: tuple[str, int] | None = None, limit: int = 100
    ) -> list[Kept]:
        """Findings by kind and in the order they were found; those that come `after` the kind and
        number of another. One more than `limit` means that there is another page."""
        query = sa.select(finding).where(*_wanted(outline, sieve)).order_by(finding.c.kind, finding.c.id)
        if after is not None:
            kind, number = after
            later = (finding.c.kind > kind) | ((finding.c.kind == kind) & (finding.c.id > number))
            query = query.where(later)
        return self._read(outline, query.limit(min(limit, MOST) + 1))

    def weighty(self, outline: Outline, sieve: Sieve, *, limit: int) -> list[Kept]:
        """The findings of severity high and medium, the most severe first."""
        first = sa.case((_GIVEN.in_([str(Severity.HIGH)]), 0), else_=1)
        loud = _GIVEN.in_([str(Severity.HIGH), str(Severity.MEDIUM)])
        query = sa.select(finding).where(*_wanted(outline, sieve), loud).order_by(first, finding.c.id).limit(limit)
        return self._read(outline, query)

    def tallies(self, outline: Outline, sieve: Sieve) -> list[Tally]:
        """How many there are of what, for choosing among them."""
        names = _collectors(outline)
        keys = (finding.c.run_id, finding.c.kind, _SEVERITY.label("severity"))
        query = sa.select(*keys, sa.func.count().label("n")).where(*_wanted(outline, sieve)).group_by(*keys)
        rows: Sequence[Any] = self._db.read(lambda db: db.execute(query).all())
        return [Tally(names[row.run_id], row.kind, row.severity, row.n) for row in rows]

    def _read(self, outline: Outline, query: sa.Select[Any]) -> list[Kept]:
        names = _collectors(outline)
        rows = self._db.read(lambda db: db.execute(query).all())
        return [Kept(row.id, names[row.run_id], finding_from(row)) for row in rows]


def _collectors(outline: Outline) -> dict[str, str]:
    return {holder: collector for collector, holder in outline.holders.items()}


def _wanted(outline: Outline, sieve: Sieve) -> list[sa.ColumnElement[bool]]:
    asked = sieve.collectors or tuple(outline.holders)
    wanted: list[sa.ColumnElement[bool]] = [
        finding.c.run_id.in_([outline.holders[name] for name in asked if name in outline.holders])
    ]
    if sieve.kinds:
        wanted.append(finding.c.kind.in_(storable(sieve.kinds)))
    if sieve.severities:
        wanted.append(_SEVERITY.in_(storable(sieve.severities)))
    if sieve.text:
        low = storable(sieve.text).lower()
        fields = (finding.c.value, finding.c.context)
        wanted.append(sa.or_(*(sa.func.lower(each).contains(low, autoescape=True) for each in fields)))
    if not sieve.discreet:
        direct = sa.func.coalesce(finding.c.attributes["direct_only"].as_string(), "")
        wanted.append(direct.not_in(_TRUE))
    return wanted
