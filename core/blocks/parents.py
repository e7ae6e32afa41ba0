"""The parent message of a scan, and the summary that closes its thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slackblocks import Block, Button, ConfirmationDialogue

from core.beside import NOTHING, Beside
from core.blocks.beside import above, below, more_buttons, small_print
from core.blocks.changed import in_words, looked_before
from core.blocks.facts import Highlight, grade_of, highlights, valued
from core.blocks.message import Message, compose
from core.blocks.parts import Line, actions, bullets, button, context, header, lines, paragraph, sure
from core.blocks.plan import plan
from core.blocks.text import Clip, aim, moment, person, plain, safe
from core.blocks.words import all_titles, empty, ended, names_in, progress, stopped, title_of, unseen, verdict
from core.language import N_, NN_, ntr, tr
from core.language.noted import heard
from core.models import Outcome, Run, Scan, ScanStatus, Severity
from core.seal import Action, Seal

MATTERS = 20  # highlights in the summary; more are counted
FIRST = 3  # of them in the parent
UNSEEN = 8
WEAK = {
    "bad": NN_("{n:,} check in {source} only bad: {names}.", "{n:,} checks in {source} only bad: {names}."),
    "fair": NN_("{n:,} check in {source} only fair: {names}.", "{n:,} checks in {source} only fair: {names}."),
}


def parent(
    scan: Scan, *, titles: Mapping[str, str], seal: Seal, delayed: str = "", beside: Beside = NOTHING
) -> Message:
    """The scan's one message in the channel, edited in place from "waiting" to its outcome.

    `delayed` is a sentence when Slack holds our edits back.
    """
    blocks: list[Block] = [header(aim(scan.target)), context(*small_print(scan, beside), *_who(scan))]
    blocks += _notes(scan)
    if delayed:
        blocks.append(lines(Line(plain(delayed, 200), tr("Delayed by Slack"))))
    if scan.runs:
        blocks.append(plan(scan, titles))
    if not scan.is_open or not scan.runs:
        blocks += _stopped(scan) + above(scan, beside, seal, titles)
        blocks += _matters(scan, titles, most=FIRST, all_in=N_(" ({shown} of {total:,}, all in the summary)")) or _calm(
            scan, titles, beside
        )
        blocks += _unasked(scan, titles)
    else:
        blocks += looked_before(scan, beside.before)
    blocks += below(scan, beside, seal)
    blocks += actions(*buttons(scan, titles, seal), *more_buttons(scan, beside, seal))
    said = f"{verdict(scan, titles)}{in_words(beside.change)}"
    return compose(tr("{said} Delayed by Slack.", said=said) if delayed else said, blocks)


def summary(scan: Scan, *, titles: Mapping[str, str], seal: Seal, beside: Beside = NOTHING) -> Message:
    """What a round came to: all that matters, who found nothing, what was not looked at and why."""
    blocks: list[Block] = [header(tr("Summary: {target}", target=aim(scan.target))), paragraph(_outcome(scan))]
    blocks += above(scan, beside, seal, titles)
    blocks += _matters(scan, titles, most=MATTERS, all_in=N_(" ({shown} of {total:,}, all in the replies)")) or _calm(
        scan, titles, beside
    )
    blocks += _empty(scan, titles) + _unseen(scan, titles)
    blocks.append(context(*small_print(scan, beside), *_who(scan)))
    blocks += actions(*buttons(scan, titles, seal), *more_buttons(scan, beside, seal))
    return compose(tr("Summary of {verdict}", verdict=verdict(scan, titles)) + in_words(beside.change), blocks)


def buttons(scan: Scan, titles: Mapping[str, str], seal: Seal) -> list[Button]:
    """Cancel while the scan runs; Re-Run afterwards, and first of all for what failed; and for what would touch the
    target itself, the question whether it may."""

    def value(verb: str) -> str:
        return seal(Action(verb, scan.id, scan.round))

    target = aim(scan.target)
    if scan.is_open:
        sureness = sure(
            tr("Stop this scan?"),
            tr("Sources that have not answered yet are not asked any more. What was found is kept."),
            yes=tr("Stop Scan"),
            no=tr("Keep Running"),
        )
        label = tr("Cancel the scan of {target}", target=target)
        return [button(tr("Cancel"), "cancel", value("cancel"), style="danger", confirm=sureness, label=label)]
    anew = _touches_again(scan)
    again = button(
        tr("Re-Run"), "rerun", value("rerun"), confirm=anew, label=tr("Re-Run the scan of {target}", target=target)
    )
    waiting = [run for run in scan.runs if run.reason == "needs_consent"]
    too = [_ask_target(scan, waiting, titles, value("ask_target"))] if waiting else []
    if not any(run.outcome is Outcome.FAILED for run in scan.runs):
        return [again, *too]
    failed = button(
        tr("Re-Run Failed"),
        "rerun_failed",
        value("rerun_failed"),
        style="primary",
        confirm=anew,
        label=tr("Re-Run Failed collectors in the scan of {target}", target=target),
    )
    return [failed, again, *too]


def _ask_target(scan: Scan, waiting: Sequence[Run], titles: Mapping[str, str], value: str) -> Button:
    """Opens a round with those that touch the target itself. The question names what is done, as far as it fits."""
    names = all_titles(waiting, titles, most=3)
    each = tr("What each gives, and who learns of it, stands in the thread.")
    what = heard(waiting[0].message) if len(waiting) == 1 else each
    told = {"names": names, "target": aim(scan.target, 60), "what": what}
    sureness = sure(
        tr("Touch the target itself?"),
        plain(tr("Asked now: {names}. Whoever runs {target} can see it. {what}", **told), 295),
        yes=tr("Ask the Target"),
        no=tr("Leave It"),
    )
    label = tr("Ask the Target Too: {target}", target=aim(scan.target))
    return button(tr("Ask the Target Too"), "ask_target", value, confirm=sureness, label=label)


def _touches_again(scan: Scan) -> ConfirmationDialogue | None:
    """Consent is kept with the scan, so whoever runs it again is told what that does."""
    if not scan.active_by:
        return None
    target = aim(scan.target, 80)
    said = tr("This scan may touch the target: {target} sees that it is asked once more.", target=target)
    return sure(tr("Touch the target again?"), plain(said, 295), yes=tr("Re-Run"), no=tr("Leave It"))


def _only(scan: Scan) -> str:
    """Which collectors a partial round asked; the others stand as they were answered before."""
    asked = [run.collector for run in scan.runs if run.round == scan.round]
    return tr(": {names} only", names=safe(", ".join(asked), 200)) if len(asked) < len(scan.runs) else ""


def _who(scan: Scan) -> list[str]:
    by = scan.round_by or scan.asker.user
    again = tr("Round {round}, by {person}", round=scan.round, person=person(by)) + _only(scan)
    return [
        tr("Asked by {person}", person=person(scan.asker.user)),
        safe(f"#{scan.tag.removeprefix('#')}", 100) if scan.tag else "",
        again if scan.round > 1 else "",
        tr("Fresh: no cached answers") if scan.fresh else "",
        safe(tr("With {options}", options=", ".join(scan.options)), 200) if scan.options else "",
        tr("May touch the target, allowed by {person}", person=person(scan.active_by)) if scan.active_by else "",
        moment(scan.round_at or scan.created_at),
        tr("Scan {id}", id=f"`{safe(scan.id, 60)}`"),
    ]


def _notes(scan: Scan) -> list[Block]:
    """Look-alike letters and the like: the asker should see them before any answer."""
    return [lines(*(Line(plain(note, 400), tr("Note")) for note in scan.target.notes[:5]))] if scan.target.notes else []


def _stopped(scan: Scan) -> list[Block]:
    """What the plan's title does not say: who stopped it, or that there is no plan."""
    if not scan.runs:
        return [paragraph(stopped(progress(scan)))]
    stop = tr("Stopped by {person}.", person=person(scan.cancelled_by))
    return [paragraph(f"*{stop}*")] if _was_stopped(scan) else []


def _outcome(scan: Scan) -> str:
    said = stopped(progress(scan))
    if _was_stopped(scan):
        said = stopped(progress(scan, by=person(scan.cancelled_by)))
    return f"*{said}*"


def _was_stopped(scan: Scan) -> bool:
    return scan.status is ScanStatus.CANCELLED and bool(scan.cancelled_by)


def _matters(scan: Scan, titles: Mapping[str, str], *, most: int, all_in: str) -> list[Block]:
    loud = highlights(scan.runs)
    if not loud:
        return []
    more = tr(all_in, shown=most, total=len(loud)) if len(loud) > most else ""
    return [
        lines(Line("", tr("What matters first") + more)),
        bullets(*(_highlight(each, titles) for each in loud[:most])),
    ]


def _calm(scan: Scan, titles: Mapping[str, str], beside: Beside) -> list[Block]:
    """Said only when every source answered in full: else nobody can know."""
    whole = all(run.outcome in (Outcome.FOUND, Outcome.NOTHING) for run in scan.runs)
    if not whole or not any(run.findings for run in scan.runs):
        return []
    if any(each.sets_aside for each in beside.verdicts.values()):
        said = [tr("No finding is rated high or medium but for what was judged.")]
    else:
        said = [tr("No finding is rated high or medium.")]
    for run in scan.runs:
        for grade, ways in WEAK.items():
            if weak := [valued(each) for each in run.findings if grade_of(each) == grade]:
                some = Clip().some(weak, each=40)
                said.append(ntr(*ways, len(weak), source=title_of(run, titles), names=some))
    return [lines(Line(" ".join(said)))]


def _highlight(each: Highlight, titles: Mapping[str, str]) -> Line:
    title = titles.get(each.collector, each.collector)
    weight = tr("High") if each.severity is Severity.HIGH else tr("Medium")
    source = plain(title, 60, spare=names_in(title))
    return Line(plain(each.sentence, 220), f"{weight}, {source}")


def _unasked(scan: Scan, titles: Mapping[str, str]) -> list[Block]:
    """Which sources are missing from the picture, by name alone: why stands in the thread."""
    groups = {
        tr("Not looked at"): ended(scan.runs, Outcome.FAILED, Outcome.SKIPPED),
        tr("Only in part"): ended(scan.runs, Outcome.PARTIAL),
    }
    said = [f"{label}: {all_titles(runs, titles)}." for label, runs in groups.items() if runs]
    return [lines(Line(" ".join([*said, tr("Reasons in the thread.")])))] if said else []


def _unseen(scan: Scan, titles: Mapping[str, str]) -> list[Block]:
    return _list(tr("What was not looked at"), unseen(scan, titles))


def _empty(scan: Scan, titles: Mapping[str, str]) -> list[Block]:
    """Sources that answered and hold nothing, in their own words: most of them have no reply."""
    return _list(tr("Nothing found"), empty(scan, titles))


def _list(title: str, said: list[str]) -> list[Block]:
    if not said:
        return []
    shown = [Line(each) for each in said[:UNSEEN]]
    if len(said) > UNSEEN:
        rest = NN_("and {n:,} more collector, as the plan shows", "and {n:,} more collectors, as the plan shows")
        shown.append(Line(ntr(*rest, len(said) - UNSEEN)))
    return [lines(Line("", title)), bullets(*shown)]
