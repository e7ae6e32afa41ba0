"""A case as a Markdown file: purpose, members, timeline, what matters, and every scan with its findings and sources.

Words of others stand in code spans or escaped, names and addresses are defanged: opened in any viewer, the file links
to nothing and mentions nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from core.blocks.message import Attachment
from core.blocks.text import plain
from core.blocks.words import names_in
from core.casefile import Casefile, Entry, Step, outcome_words, timeline, what_matters
from core.cases import tlp_of
from core.language import ENGLISH, speaking, tr
from core.models import Finding, Outcome, Run, Scan
from core.targets import display

HEAD = ("| Kind | Value | Confidence | Source | Seen at | SHA-256 of the answer |", "|---|---|---|---|---|---|")
LONG = 400  # characters of one finding's value
MOST = 200  # findings of one run; the rest are counted, and the scan's own file has them
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-!|<>~&])")
WORDS = {
    Step.OPENED: "opened the case",
    Step.MEMBER: "added a member",
    Step.SCAN: "scanned",
    Step.FINDING: "matters",
    Step.NOTE: "noted",
    Step.VERDICT: "judged",
    Step.LABEL: "changed the label",
    Step.CLOSED: "closed the case",
}


def report(file: Casefile, titles: Mapping[str, str], *, now: datetime) -> Attachment:
    """The file, as its readers may see the case; its title is what Slack shows of it."""
    with speaking(ENGLISH):  # files are for other people, too
        text = "\n".join(_lines(file, titles, now)) + "\n"
    name = re.sub(r"[^A-Za-z0-9]+", "-", file.case.title)[:60].strip("-").lower() or "case"
    return Attachment(
        f"case-{name}-{now:%Y%m%d}.md", tr("Report of {case}", case=plain(file.case.title, 80)), text.encode()
    )


def _lines(file: Casefile, titles: Mapping[str, str], now: datetime) -> Iterator[str]:
    case = file.case
    yield f"# {words(case.title)}"
    yield ""
    yield f"**{case.tlp.label}**. As of {_when(now)}."
    yield ""
    yield f"- Purpose: {words(case.purpose, 1000)}"
    yield f"- Opened by {words(case.opened_by)}, {_when(case.opened_at)}"
    if case.until:
        yield f"- Until: {case.until:%Y-%m-%d}"
    if case.closed_at:
        yield f"- Closed by {words(case.closed_by)}, {_when(case.closed_at)}"
    yield f"- Members: {', '.join(words(each.user) for each in file.members) or 'nobody'}"
    if file.held_back:
        yield f"- Scans left out, as their label keeps them from these readers: {file.held_back:,}"
    if file.cut:
        yield f"- Older scans left out: {file.cut:,}"
    yield from _matters(file)
    yield from _timeline(file)
    for scan in file.scans:
        yield from _scan(scan, titles)


def _matters(file: Casefile) -> Iterator[str]:
    yield from ("", "## What matters", "")
    loud = what_matters(file.scans)
    for scan, each in loud:
        where = f"{words(display(scan.target))}, {words(each.collector)}"
        yield f"- {each.severity.value}: {words(each.sentence)} ({where})"
    if not loud:
        yield "No finding is rated high or medium. That says nothing about what was not looked at."


def _timeline(file: Casefile) -> Iterator[str]:
    yield from ("", "## Timeline", "")
    for entry in timeline(file):
        yield f"- {_when(entry.at)}: {_entry(entry)}"


def _entry(entry: Entry) -> str:
    who = f"{words(entry.user)} " if entry.user else ""
    said = f"{who}{WORDS[entry.step]}" + (f": {words(entry.text, 1000)}" if entry.text else "")
    said += f" (words of {words(entry.author)})" if entry.author else ""
    return said + (f" {code(entry.link)}" if entry.link else "")


def _scan(scan: Scan, titles: Mapping[str, str]) -> Iterator[str]:
    yield from ("", f"## {words(display(scan.target))}", "")
    label = tlp_of(scan.belongs.tlp)
    by = f"scan {code(scan.id)} by {words(scan.asker.user)}, {_when(scan.created_at)}"
    yield f"{f'{label.label}, ' if label else ''}{by}: {words(outcome_words(scan))}"
    for run in scan.runs:
        yield from _run(run, titles)


def _run(run: Run, titles: Mapping[str, str]) -> Iterator[str]:
    title = titles.get(run.collector, run.collector)
    yield from ("", f"### {words(title, spare=title)}", "")
    yield f"{run.outcome or run.state}" + (f": {words(run.message, 600, spare=title)}" if run.message else "")
    if run.outcome in (Outcome.FAILED, Outcome.SKIPPED, Outcome.CANCELLED):
        yield from ("", "This says nothing about the target: it was not looked at here.")
    if not run.findings:
        return
    yield from ("", *HEAD)
    for each in run.findings[:MOST]:
        yield _row(each)
    if len(run.findings) > MOST:
        yield from ("", f"And {len(run.findings) - MOST:,} more, in the scan's own file.")


def _row(finding: Finding) -> str:
    source = finding.provenance
    cells = (
        finding.kind.value,
        code(finding.value),
        finding.confidence.value,
        code(f"{source.source} {source.url}"),
        _when(source.fetched_at),
        code(source.sha256),
    )
    return f"| {' | '.join(cells)} |"


def words(text: str, most: int = 300, *, spare: str = "") -> str:
    """Words of others as text: one line, defanged, and nothing in them formats."""
    return _MARKDOWN.sub(r"\\\1", plain(text, most, spare=names_in(spare)))


def code(text: str) -> str:
    """A value as code; what would end the span or the table's cell is shown otherwise."""
    return f"`{plain(text, LONG).replace('`', 'ˋ').replace('|', '¦')}`"


def _when(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
