"""Markdown for wikis and tickets. What comes from outside stands in code spans, where nothing is parsed: no link, no
HTML, no mention."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from core.exports.dossier import Dossier
from core.exports.report import report

MOST = 1_000  # findings
_INERT = str.maketrans({"`": "\u02cb", "|": "\u2223", "\\": "\u29f5"})  # would end a span or a table's cell


def markdown(dossier: Dossier) -> bytes:
    """The report as GitHub-flavoured Markdown."""
    return ("\n".join(_lines(report(dossier, most=MOST))) + "\n").encode()


def code(text: str) -> str:
    """A code span; nothing when there is nothing to say."""
    return f"`{text.translate(_INERT)}`" if text else ""


def _lines(told: dict[str, Any]) -> Iterator[str]:
    yield f"**{told['label']}**"
    yield f"\n# {code(told['title'])}\n"
    yield f"Made {told['made_at']} by {code(told['made_by'])}, Gumshoe {told['version']}. {_cut(told)}"
    if told["case"]:
        yield f"\nCase {code(told['case']['id'])}: {code(told['case']['title'])}. {code(told['case']['purpose'])}"
    if told["left_out"]:
        left = f"{told['left_out']:,} scans of the case are left out"
        yield f"\n{left}: their label keeps them from you, or they did not fit."
    if told["entries"]:
        yield "\n## What happened in the case\n"
        entries = [(each["at"], code(each["user"]), code(each["what"])) for each in told["entries"]]
        yield from _table(("When (UTC)", "Who", "What"), entries)
        yield from [f"\nand {told['entries_left']:,} before"] * bool(told["entries_left"])
    for scan in told["scans"]:
        yield from _scan(scan)
    yield from _timeline(told["timeline"])
    yield from _sources(told)
    yield f"\n**{told['label']}**"


def _cut(told: dict[str, Any]) -> str:
    if told["shown"] == told["total"]:
        return f"All findings are shown: {told['total']:,}."
    return f"{told['shown']:,} of {told['total']:,} findings are shown; JSON and CSV hold all."


def _scan(scan: dict[str, Any]) -> Iterator[str]:
    yield f"\n## {scan['kind'][:1].upper()}{scan['kind'][1:]} {code(scan['target'])}\n"
    yield f"Scan {code(scan['id'])}, round {scan['round']}, asked by {code(scan['asked_by'])} at {scan['asked_at']}."
    if scan["reason"]:
        yield f"\nReason: {code(scan['reason'])}"
    yield f"\n{code(scan['tally'])}"
    yield from (f"\n> {code(note)}" for note in scan["notes"])
    yield from _list("Headlines", [f"{each['severity']}: {code(each['text'])}" for each in scan["headlines"]])
    if scan["changes"]:
        changes = scan["changes"]
        told = [f"{name}: {code(text)}" for name in ("new", "gone", "changed") for text in changes[name]]
        told += [f"and {changes['left']} more"] if changes["left"] else []
        told += [changes["calm"]] if changes["calm"] else []
        told += [f"not compared, or in part: {code(text)}" for text in changes["gaps"]]
        yield from _list(f"Changed since {changes['since']}", told)
    matters = [
        f"{each['severity']}, {code(each['collector'])}: {code(each['text'])}{_judged(each)}"
        for each in scan["matters"]
    ]
    matters += [f"and {scan['matters_left']} more"] if scan["matters_left"] else []
    yield from _list("What matters", matters)
    yield from _list("What was not looked at", [code(each) for each in (*scan["unseen"], *scan["held"])])
    yield from _list("Nothing found", [code(each) for each in scan["empty"]])
    yield "\n### Collectors\n"
    yield from _table(
        ("Collector", "How it ended", "As of"),
        [(code(each["title"]), code(each["state"]), each["answered_at"]) for each in scan["collectors"]],
    )
    for group in scan["groups"]:
        yield from _group(group)


def _group(group: dict[str, Any]) -> Iterator[str]:
    yield f"\n### {code(group['title'])}: {group['total']:,}\n"
    rows = [
        (
            *(each["kind"], code(each["value"]), code(each["about"]), each["severity"], each["confidence"]),
            *(each["verdict"], each["seen"], f"[{each['source']}]"),
        )
        for each in group["rows"]
    ]
    if rows:
        heads = ("Kind", "Value", "About", "Severity", "Confidence", "Verdict", "Seen", "Source")
        yield from _table(heads, rows)
    if group["left"]:
        yield f"\nand {group['left']:,} more"


def _timeline(told: dict[str, Any]) -> Iterator[str]:
    if told["listed"]:
        yield "\n## Timeline\n"
        yield from _table(("Day", "What"), [(each["day"], code(each["text"])) for each in told["listed"]])
        if told["left"]:
            yield f"\nand {told['left']:,} more moments"


def _sources(told: dict[str, Any]) -> Iterator[str]:
    if not told["sources"]:
        return
    yield "\n## Sources\n"
    rows = [
        (
            *(f"[{each['number']}]", code(each["source"]), code(each["url"])),
            *(each["fetched_at"], code(each["status"]), code(each["sha256"])),
        )
        for each in told["sources"]
    ]
    yield from _table(("No.", "Source", "Address", "Fetched", "Status", "SHA-256 of the answer"), rows)
    if told["sources_left"]:
        yield f"\nand {told['sources_left']:,} more"


def _judged(each: dict[str, Any]) -> str:
    return f" (judged: {each['verdict']})" if each["verdict"] else ""


def _list(title: str, said: list[str]) -> Iterator[str]:
    if said:
        yield f"\n### {title}\n"
        yield from (f"- {each}" for each in said)


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{' --- |' * len(heads)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)
