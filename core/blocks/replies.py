"""One collector's answer in the thread: the line that matters, a table, where it comes from, and all of it beside."""

from __future__ import annotations

from collections.abc import Mapping

from slackblocks import Block, Button

from core.blocks.answer import Answer
from core.blocks.changed import news
from core.blocks.faces import face
from core.blocks.facts import word
from core.blocks.judged import in_order, under_reply
from core.blocks.marking import marked
from core.blocks.message import Message, compose
from core.blocks.parts import Line, actions, button, context, lines, table
from core.blocks.pivots import pivot_on
from core.blocks.readers import as_read
from core.blocks.text import ELLIPSIS, Clip, aim, and_more, cut, escaped, moment, plain, safe, width
from core.blocks.whole import whole
from core.blocks.words import age, aged, count, findings, name, names_in, reason, state, stopped, told, why
from core.change import Change
from core.clock import span
from core.errors import ZoneDown
from core.language import N_, ntr, tr
from core.language.noted import heard
from core.models import ANSWERS, Finding, Outcome, Run, Scan
from core.seal import Action, Seal
from core.verdicts import Verdict

HEARD = 2500
NOT_AN_ANSWER = N_("This says nothing about the target: I could not look. Try again, or look by hand.")


def reply(
    scan: Scan,
    run: Run,
    *,
    title: str,
    seal: Seal,
    since: Change | None = None,
    verdicts: Mapping[str, Verdict] | None = None,
) -> Message:
    """What one collector came back with. Nothing is cut silently: the rest is counted and attached whole.

    `since` says what of it is new against the last look: that comes first.
    """
    clip = Clip()
    judged = in_order(scan, run, verdicts or {})
    scan, run, held = as_read(scan, run)
    shown = plain(title, 80, spare=names_in(title))
    answer = _answer(run, title, clip, held)
    # In a thread that was there before, other scans may answer too: each reply says whose it is.
    whose = aim(scan.target, 60) if scan.place.thread_ts else ""
    label = ", ".join(filter(None, (answer.weight, shown, whose)))
    blocks: list[Block] = [lines(Line(answer.first, label), *news(since), *answer.lines)]
    rows = 0
    if answer.grid and answer.grid.rows:
        block, rows = table(answer.grid, clip)
        blocks.append(block)
    files = (whole(scan, run, shown, held=held),) if run.findings and (clip.cut or answer.hidden) else ()
    blocks += _after(answer, rows, bool(files), held if run.findings else 0)
    blocks += under_reply(run, judged)
    blocks.append(context(*_origin(scan, run, shown)))
    blocks += actions(_again(scan, run, shown, seal), *pivot_on(scan, run, seal))
    said = f"{escaped(shown)}, {name(scan)}: {stopped(_heard(answer.first))}"
    return compose(said, blocks, files)


def _heard(first: str) -> str:
    """The first line for notifications, mrkdwn-safe: signs that are escaped take five characters, and of a message's
    4,000 the title and the target need some."""
    said = escaped(first)
    return said if width(said) <= HEARD else escaped(cut(first, HEARD // 5)) + ELLIPSIS


def _answer(run: Run, title: str, clip: Clip, held: int) -> Answer:
    if run.findings:
        answer = face(run.collector)(run, clip)
        return answer.headed(_remark(run, title, clip))
    if held:
        return Answer(_held(held) + age(run)).headed(_remark(run, title, clip))
    said = why(run, title, 1500)
    if run.outcome is Outcome.FAILED:
        no_answer = () if run.reason == ZoneDown.reason else (Line(tr(NOT_AN_ANSWER)),)
        return Answer(tr("could not look. {why}", why=said) if run.message else state(run), no_answer)
    if run.outcome is Outcome.NOTHING:
        return Answer(tr("nothing found") + age(run), (Line(said),) if said else ())
    return Answer(state(run), (Line(said),) if said else ())


def _remark(run: Run, title: str, clip: Clip) -> tuple[Line, ...]:
    """What was not looked at, above the findings, then what the run says about them."""
    spare = names_in(title)
    missed, remark = (clip.text(said, 900, spare=spare) if said else "" for said in told(run))
    ways = {
        Outcome.PARTIAL: tr("Not looked at"),
        Outcome.CANCELLED: tr("Stopped before the end"),
        Outcome.FAILED: tr("Could not look at the rest"),
        Outcome.SKIPPED: tr("Skipped the rest"),
    }
    label = ways.get(run.outcome, "") if run.outcome else ""
    gap = Line(missed or reason(run), label)
    return tuple(line for line in (gap, Line(remark)) if line.text or line.label)


def _after(answer: Answer, rows: int, attached: bool, held: int) -> list[Block]:
    said = list(answer.apart)
    cut = len(answer.grid.rows) - rows if answer.grid else 0
    if cut > 0:
        said.append(Line(ntr(*answer.rest, cut)))
    if answer.hidden:
        shown = ntr("{n:,} further finding in the file", "{n:,} further findings in the file", answer.hidden)
        said.append(Line(shown))
    elif attached and cut <= 0 and not held:
        said.append(Line(tr("The file has everything, in the source's own words")))
    if held:
        said.append(Line(tr("{n:,} more that only a direct message shows", n=held)))
    return [lines(*said)] if said else []


def _origin(scan: Scan, run: Run, title: str) -> list[str]:
    """Its label, source and time of the answer, and its age when it comes from the cache."""
    sources = list(dict.fromkeys(finding.provenance.source for finding in run.findings))
    named = and_more(
        ", ".join(safe(heard(source), 60, spare=names_in(source)) for source in sources[:4]), len(sources) - 4
    )
    at = run.answered_at or run.closed_at
    when = moment(at) if at else ""
    unasked = next((_further(each) for each in run.findings if word(each, "not_asked")), "")
    return [
        marked(scan),
        tr("Source: {names}", names=named or escaped(title)),
        _when(run, when) if when else "",
        aged(run),
        tr("{who} not asked", who=unasked) if unasked else "",
        tr("Took {time}", time=span(run.ms / 1000)) if run.ms is not None and run.ms >= 50 and not run.cached else "",
        findings(count(run)) if run.findings else "",
    ]


def _when(run: Run, when: str) -> str:
    return tr("Answered {when}", when=when) if run.outcome in ANSWERS else tr("Tried {when}", when=when)


def _held(number: int) -> str:
    return ntr(
        "{n:,} finding that only a direct message shows", "{n:,} findings that only a direct message shows", number
    )


def _further(held: Finding) -> str:
    """Who would know more about a registration; asked only when on a list of ours."""
    return tr("Registrar") if word(held, "registrar") else safe(heard(word(held, "not_asked")), 80)


def _again(scan: Scan, run: Run, title: str, seal: Seal) -> Button:
    value = seal(Action("rerun_one", scan.id, run.round, run.collector))
    label = tr("Re-Run This Collector: {title}", title=title)
    return button(tr("Re-Run This Collector"), "rerun_one", value, label=label)
