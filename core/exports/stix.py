"""STIX 2.1: observables, with a note for each finding that says who told it, when, and of which bytes.

Nothing is an indicator but what somebody judged harmful. Ids are made of what an object says, so that the same scan
exported again gives the same objects.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import stix2

from core import VERSION
from core.cases import Tlp
from core.clock import span
from core.exports.dossier import (
    PERCENT,
    SOMEBODY,
    Dossier,
    Row,
    Sheet,
    condemns_target,
    is_doubted,
    is_harmful,
    outcomes,
    scans_left_out,
    unseen,
    weighed,
)
from core.exports.observables import Common, id_of, observable, pattern, subject, summary
from core.verdicts import Judgement

TROUBLES = (stix2.exceptions.STIXError,)
BEGAN = datetime(2026, 11, 1, tzinfo=UTC)  # when the object that stands for us was made
MOST = 3_000  # findings in a bundle: more is no bundle that others load
TLP_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
TLP_IDS = {  # the committee's own objects for TLP 2.0, which must be used as they are
    Tlp.CLEAR: "94868c89-83c2-464b-929b-a1a8aa3c8487",
    Tlp.GREEN: "bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    Tlp.AMBER: "55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    Tlp.AMBER_STRICT: "939a9414-2ddd-4d32-a0cd-375ea402b003",
    Tlp.RED: "e828b379-4e03-4974-9ac4-e53a884c97c1",
}
OPINIONS = {
    Judgement.CONFIRMED: "strongly-agree",
    Judgement.BENIGN: "neutral",
    Judgement.NOT_THIS_PERSON: "disagree",
    Judgement.FALSE: "strongly-disagree",
}


def bundle(dossier: Dossier, *, most: int = MOST) -> bytes:
    """One bundle of everything, each object once; of so many findings at most, the loudest first."""
    return _Writing(dossier, most).bundle()


def marking(tlp: Tlp) -> Any:
    """The marking of a label."""
    return stix2.MarkingDefinition(
        id=f"marking-definition--{TLP_IDS[tlp]}",
        created="2022-10-01T00:00:00.000Z",
        name=tlp.label,
        extensions={TLP_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": tlp.value}},
        allow_custom=True,
    )


class _Writing:
    """One bundle while it is written."""

    def __init__(self, dossier: Dossier, most: int) -> None:
        self._most = most
        self._dossier = dossier
        self._objects: dict[str, Any] = {}
        self._common: Common = {}
        if dossier.tlp is not None:
            self._common = {"object_marking_refs": [self._add(marking(dossier.tlp))]}
        us = stix2.Identity(
            id=id_of("identity", "gumshoe"),
            created=BEGAN,
            modified=BEGAN,
            name="Gumshoe",
            description=f"Asks public sources and writes down what they answer (version {VERSION}).",
            identity_class="system",
            **self._common,
        )
        self._us = self._add(us)
        if dossier.left_out:
            said = {"abstract": "What is left out", "content": scans_left_out(dossier), "object_refs": [self._us]}
            when = {"created_by_ref": self._us, "created": BEGAN, "modified": BEGAN}
            self._add(stix2.Note(id=id_of("note", dossier.title, dossier.left_out), **said, **when, **self._common))

    def bundle(self) -> bytes:
        rows = weighed(self._dossier.rows())
        kept, left = rows[: self._most], len(rows) - self._most
        for sheet in self._dossier.sheets:
            mine = [row for row in kept if row.sheet is sheet]
            refs = list(self._sheet(sheet, mine, max(0, left)))
            self._group(sheet, refs)
        made = stix2.Bundle(
            id=id_of("bundle", self._dossier.made_at.isoformat(), *self._objects),
            objects=list(self._objects.values()),
            allow_custom=True,
        )
        return str(made.serialize(indent=1, ensure_ascii=True)).encode() + b"\n"

    def _sheet(self, sheet: Sheet, rows: list[Row], left: int) -> Iterator[str]:
        about = self._target(sheet)
        yield about
        for row in rows:
            yield from self._finding(row, about)
        if gaps := self._gaps(sheet, left):
            said = {"abstract": "What was not looked at", "content": gaps, "object_refs": [about]}
            yield self._add(stix2.Note(id=id_of("note", sheet.scan.id, "gaps", gaps), **said, **self._made(sheet)))

    def _target(self, sheet: Sheet) -> str:
        """The object that a scan is about. What STIX has no observable for is an identity of no class."""
        thing = observable(sheet.scan.target.kind, sheet.name, self._common)
        if thing is None:
            name = {"name": sheet.name, "identity_class": "unspecified"}
            key = id_of("identity", sheet.scan.target.kind, sheet.name)
            thing = stix2.Identity(id=key, **name, **self._made(sheet))
        return self._add(thing)

    def _finding(self, row: Row, about: str) -> Iterator[str]:
        finding, source = row.finding, row.finding.provenance
        made = {"created_by_ref": self._us, "created": source.fetched_at, "modified": source.fetched_at} | dict(
            self._common
        )
        thing = subject(finding, self._common, made)
        mine = self._add(thing) if thing is not None else about
        if mine != about:
            yield mine
            yield self._relate(row, about, mine, made)
        note = self._note(row, mine, made | {"modified": _newest(row)})
        yield note
        if row.verdict is not None:
            yield self._opinion(row, note)
        if is_harmful(row):
            yield from self._indicate(row, thing)
        elif condemns_target(row):
            yield from self._indicate(row, self._objects[about])

    def _relate(self, row: Row, about: str, mine: str, made: Common) -> str:
        said = {"relationship_type": "related-to", "source_ref": about, "target_ref": mine}
        key = id_of("relationship", row.sheet.scan.id, row.fingerprint, row.run.collector)
        return self._add(stix2.Relationship(id=key, description=summary(row.finding), **said, **made))

    def _note(self, row: Row, mine: str, made: Common) -> str:
        finding, source = row.finding, row.finding.provenance
        said = [
            summary(finding),
            finding.context,
            f"{self._dossier.title_of(row.run)} told it: {source.source}, {source.fetched_at.isoformat()},"
            f" status {source.status}.",
            "Judged: it is not so." if is_doubted(row) else "",
        ]
        reference = {"source_name": source.source or source.collector, "url": source.url}
        return self._add(
            stix2.Note(
                id=id_of("note", row.sheet.scan.id, row.run.collector, row.fingerprint),
                abstract=summary(finding)[:250],
                content="\n".join(filter(None, said)),
                authors=[self._dossier.title_of(row.run)],
                object_refs=[mine],
                confidence=PERCENT[finding.confidence],
                external_references=[reference | ({"hashes": {"SHA-256": source.sha256}} if source.sha256 else {})],
                **made,
            )
        )

    def _opinion(self, row: Row, note: str) -> str:
        """Of what a source told, which is the note: a name or an address itself is neither true nor false."""
        verdict = row.verdict
        if verdict is None:
            raise ValueError("nobody judged this")
        said = str(verdict.judgement).replace("_", " ")
        return self._add(
            stix2.Opinion(
                id=id_of("opinion", row.sheet.scan.id, row.fingerprint, verdict.judgement, verdict.at.isoformat()),
                created_by_ref=self._us,
                created=verdict.at,
                modified=verdict.at,
                opinion=OPINIONS[verdict.judgement],
                explanation=f"Judged: {said}.",
                authors=[verdict.user or SOMEBODY],
                object_refs=[note],
                **self._common,
            )
        )

    def _indicate(self, row: Row, thing: Any) -> Iterator[str]:
        verdict, wanted = row.verdict, pattern(thing)
        if verdict is None or not wanted:
            return
        made = stix2.Indicator(
            id=id_of("indicator", wanted, verdict.at.isoformat()),
            created_by_ref=self._us,
            created=verdict.at,
            modified=verdict.at,
            name=f"Judged harmful: {summary(row.finding)}"[:250],
            description=f"{verdict.user or SOMEBODY} judged it so.",
            indicator_types=["malicious-activity"],
            pattern=wanted,
            pattern_type="stix",
            pattern_version="2.1",
            valid_from=verdict.at,
            **self._common,
        )
        mine = self._add(made)
        yield mine
        based = {"relationship_type": "related-to", "source_ref": mine, "target_ref": thing.id}
        times = {"created_by_ref": self._us, "created": verdict.at, "modified": verdict.at}
        yield self._add(stix2.Relationship(id=id_of("relationship", mine), **based, **times, **self._common))

    def _group(self, sheet: Sheet, refs: list[str]) -> None:
        scan = sheet.scan
        told = [
            f"{scan.target.kind} {sheet.name}, round {scan.round}, asked by {scan.asker.user}.",
            f"Took {span((scan.finished_at - scan.created_at).total_seconds())}." if scan.finished_at else "Not ended.",
            *outcomes(self._dossier, sheet),
            *(each.sentence for each in sheet.beside.headlines),
        ]
        self._add(
            stix2.Grouping(
                id=id_of("grouping", scan.id, scan.round),
                name=f"Scan {scan.id} of {sheet.name}",
                description="\n".join(told),
                context="unspecified",
                object_refs=list(dict.fromkeys(refs)),
                **self._made(sheet),
            )
        )

    def _gaps(self, sheet: Sheet, left: int) -> str:
        said = [
            f"{self._dossier.title_of(run)}: {run.outcome or run.state}. {run.message or run.reason}".strip()
            for run in unseen(sheet)
        ]
        said += [f"{number} findings of {name} only a direct message shows." for name, number in sheet.held.items()]
        said += [f"{left} findings are left out: a bundle takes {self._most}. JSON has all."] if left else []
        return "\n".join(said)

    def _made(self, sheet: Sheet) -> dict[str, Any]:
        when = {"created": sheet.scan.created_at, "modified": sheet.scan.finished_at or sheet.scan.created_at}
        return {"created_by_ref": self._us, **when, **self._common}

    def _add(self, thing: Any) -> str:
        """Keep an object; the first of those with the same id."""
        self._objects.setdefault(str(thing.id), thing)
        return str(thing.id)


def _newest(row: Row) -> datetime:
    """When what is said of a finding changed last: a platform that has it must take the verdict in."""
    fetched_at = row.finding.provenance.fetched_at
    return max(fetched_at, row.verdict.at) if row.verdict is not None else fetched_at
