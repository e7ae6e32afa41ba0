"""The parent message of a scan, and the summary that closes its thread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from slackblocks import Block, Button

from core.blocks.facts import Highlight, highlights
from core.blocks.message import Message, compose
from core.blocks.parts import Line, actions, bullets, button, context, header, lines, paragraph, sure
from core.blocks.plan import plan
from core.blocks.text import aim, counted, moment, person, plain, safe
from core.blocks.words import elapsed, found, names_in, tally, unseen, verdict
from core.models import Outcome, RunState, Scan, ScanStatus, Severity
from core.seal import Action, Seal

MATTERS = 5  # highlights shown; more are counted
UNSEEN = 8


def parent(scan: Scan, *, titles: Mapping[str, str], seal: Seal, delayed: str = "") -> Message:
    """The scan's one message in the channel, edited in place from "waiting" to its outcome.

    `delayed` is a sentence when Slack holds our edits back.
    """
    blocks: list[Block] = [header(aim(scan.target)), context(*_who(scan))]
    blocks += _notes(scan)
    if delayed:
        blocks.append(lines(Line(plain(delayed, 200), "Delayed by Slack")))
    if scan.runs:
        blocks.append(plan(scan, titles))
    if not scan.is_open or not scan.runs:
        blocks.append(paragraph(_outcome(scan)))
        blocks += _matters(scan, titles, most=3) + _unseen(scan, titles)
    blocks += actions(*buttons(scan, seal))
    said = verdict(scan, titles)
    return compose(f"{said} Delayed by Slack." if delayed else said, blocks)


def summary(scan: Scan, *, titles: Mapping[str, str], seal: Seal) -> Message:
    """What a round came to: what matters first, how each source did, what was not looked at and why."""
    blocks: list[Block] = [header(f"Summary: {aim(scan.target)}"), paragraph(_outcome(scan))]
    blocks += _matters(scan, titles, most=MATTERS) or _calm(scan)
    if scan.runs:
        blocks.append(lines(Line(_counts(scan), "Sources")))
    blocks += _unseen(scan, titles)
    blocks.append(context(*_who(scan)))
    blocks += actions(*buttons(scan, seal))
    return compose(f"Summary of {verdict(scan, titles)}", blocks)


def buttons(scan: Scan, seal: Seal) -> list[Button]:
    """Cancel while the scan runs; Re-run afterwards, and first of all for what failed."""

    def value(verb: str) -> str:
        return seal(Action(verb, scan.id, scan.round))

    if scan.is_open:
        sureness = sure(
            "Stop this scan?",
            "Sources that have not answered yet are not asked any more. What was found is kept.",
            yes="Stop Scan",
            no="Keep Running",
        )
        return [
            button("Cancel", "cancel", value("cancel"), style="danger", confirm=sureness, label=_label("Stop", scan))
        ]
    again = button("Re-run", "rerun", value("rerun"), label=_label("Re-run all collectors for", scan))
    if not any(run.outcome is Outcome.FAILED for run in scan.runs):
        return [again]
    failed = button(
        "Re-run Failed",
        "rerun_failed",
        value("rerun_failed"),
        style="primary",
        label=_label("Ask again where I could not look for", scan),
    )
    return [failed, again]


def _label(doing: str, scan: Scan) -> str:
    return plain(f"{doing} {aim(scan.target)}", 75)


def _who(scan: Scan) -> list[str]:
    by = scan.round_by or scan.asker.user
    return [
        f"Asked by {person(scan.asker.user)}",
        safe(f"#{scan.tag.removeprefix('#')}", 100) if scan.tag else "",
        f"Round {scan.round}, by {person(by)}" if scan.round > 1 else "",
        "Fresh: no cached answers" if scan.fresh else "",
        moment(scan.round_at or scan.created_at),
        f"Scan `{safe(scan.id, 60)}`",
    ]


def _notes(scan: Scan) -> list[Block]:
    """Look-alike letters and the like: the asker should see them before any answer."""
    return [lines(*(Line(plain(note, 400), "Note") for note in scan.target.notes[:5]))] if scan.target.notes else []


def _outcome(scan: Scan) -> str:
    by = f" by {person(scan.cancelled_by)}" if scan.cancelled_by else ""
    if scan.status is ScanStatus.CANCELLED:
        before = sum(run.state is RunState.CLOSED and run.outcome is not Outcome.CANCELLED for run in scan.runs)
        return f"*Stopped{by}* after {before} of {counted(len(scan.runs), 'source')}: {found(scan)} kept."
    took = f" in {elapsed(scan)}" if elapsed(scan) else ""
    done = "Finished" if scan.status is ScanStatus.FINISHED else "Waiting"
    return f"*{done}{took}.* {_sentence(tally(scan))}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _matters(scan: Scan, titles: Mapping[str, str], most: int) -> list[Block]:
    loud = highlights(scan.runs)
    if not loud:
        return []
    said = [_highlight(each, titles) for each in loud[:most]]
    if len(loud) > most:
        said.append(Line(f"{counted(len(loud) - most, 'more point')} of this kind in the replies"))
    return [lines(Line("", "What matters first")), bullets(*said)]


def _calm(scan: Scan) -> list[Block]:
    """Said only when every source answered in full: else nobody can know."""
    whole = all(run.outcome in (Outcome.FOUND, Outcome.NOTHING) for run in scan.runs)
    known = whole and any(run.findings for run in scan.runs)
    return [lines(Line("No finding is marked high or medium."))] if known else []


def _highlight(each: Highlight, titles: Mapping[str, str]) -> Line:
    title = titles.get(each.collector, each.collector)
    weight = "High" if each.severity is Severity.HIGH else "Medium"
    source = plain(title, 60, spare=names_in(title))
    return Line(plain(each.sentence, 220), f"{weight}, {source}")


def _unseen(scan: Scan, titles: Mapping[str, str]) -> list[Block]:
    said = unseen(scan, titles)
    if not said:
        return []
    shown = [Line(each) for each in said[:UNSEEN]]
    if len(said) > UNSEEN:
        shown.append(Line(f"and {counted(len(said) - UNSEEN, 'more collector')}, as the plan shows"))
    return [lines(Line("", "What was not looked at")), bullets(*shown)]


def _counts(scan: Scan) -> str:
    words = {
        Outcome.FOUND: "found something",
        Outcome.NOTHING: "found nothing",
        Outcome.PARTIAL: "answered in part",
        Outcome.FAILED: "could not be asked",
        Outcome.SKIPPED: "skipped",
        Outcome.CANCELLED: "stopped",
        None: "still running",
    }
    by = Counter(run.outcome for run in scan.runs)
    return ", ".join(f"{by[outcome]} {said}" for outcome, said in words.items() if by[outcome])
