"""What is said of a case: that it was opened, how it stands, the card for the next shift, its end; and its form."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from slackblocks import (
    Block,
    CheckboxGroup,
    DatePicker,
    InputBlock,
    ModalView,
    NumberInput,
    Option,
    PlainTextInput,
    Text,
    TextType,
)

from core.blocks.marking import chosen_label, label_menu, mark
from core.blocks.message import Attachment, Message, as_view, compose
from core.blocks.notes import notice
from core.blocks.parts import Line, bullets, context, header, lines, paragraph
from core.blocks.text import moment, people, person, plain, safe
from core.casefile import Casefile, Entry, Step, outcome_words, timeline, what_matters
from core.cases import Case
from core.language import N_, NN_, ntr, tr
from core.language.noted import heard
from core.targets import display

LAST = 8  # lines of the timeline that the status shows
MATTERS = 8
SHOWN = 15
TITLE, PURPOSE = 120, 1000  # characters
MOST_DAYS = 3650
SCANS, NOTES = NN_("{n:,} scan", "{n:,} scans"), NN_("{n:,} note", "{n:,} notes")
STEPS = {
    Step.OPENED: N_("{at} opened"),
    Step.MEMBER: N_("{at} a member was added"),
    Step.SCAN: N_("{at} scan"),
    Step.FINDING: N_("{at} matters"),
    Step.NOTE: N_("{at} note"),
    Step.VERDICT: N_("{at} verdict"),
    Step.LABEL: N_("{at} another label"),
    Step.CLOSED: N_("{at} closed"),
}
EXAMPLES = {
    '/case open "Phish wave" tlp=amber until=2027-01-31': N_("bind a case to this channel; I ask for its purpose"),
    "/case open ... keep=90d": N_("after closing, forget its scans and notes in 90 days; forget: at once"),
    "/case status": N_("how it stands"),
    "/case note TEXT": N_("write something down; of a message: its shortcut Add to case"),
    "/case members add @user": N_("who may see all of it, TLP:RED too; remove takes them out"),
    "/case report": N_("the whole as a file; /case report pdf, xlsx, evidence ... as another one"),
    "/case hand over @user": N_("the card for the next shift"),
    "/case tlp amber": N_("another label; a looser one needs because and why"),
    "/case close": N_("end it, with its report"),
}


@dataclass(frozen=True, slots=True)
class FilledCase:
    """What a submitted form of a case says."""

    title: str
    purpose: str
    tlp: str
    until: date | None
    keep_days: int
    forgets: bool
    channel: str
    thread_ts: str


def case_opened(case: Case) -> Message:
    """For all in the place: what they do there belongs together from now on."""
    title = tr("Case opened: {title}", title=plain(case.title, 120))
    blocks: list[Block] = [header(title), _small(case)]
    blocks.append(lines(Line(plain(case.purpose, 600), tr("Purpose")), *_terms(case)))
    blocks.append(lines(Line(tr("Scans that start here belong to it. See /case status, and /case help."))))
    told = {"title": safe(case.title, 120), "purpose": safe(case.purpose, 300)}
    return compose(tr("Case opened: {title}. {purpose}", **told), blocks)


def case_status(file: Casefile, *, now: datetime) -> Message:
    """How it stands, for whoever asked."""
    case = file.case
    running = [each for each in file.scans if each.is_open]
    told = {
        "title": safe(case.title, 120),
        "scans": ntr(*SCANS, len(file.scans)),
        "notes": ntr(*NOTES, len(file.notes)),
    }
    text = tr("Case {title}: {scans}, {running} running, {notes}.", running=len(running), **told)
    blocks: list[Block] = [header(plain(case.title, 140)), _small(case)]
    blocks.append(lines(Line(plain(case.purpose, 600), tr("Purpose")), *_terms(case, now=now)))
    blocks.append(paragraph(tr("*Members:* {people}", people=people([each.user for each in file.members]))))
    blocks.append(lines(Line(text)))
    last = timeline(file)[-LAST:]
    blocks += [lines(Line("", tr("Lately (UTC)"))), bullets(*map(entry_line, last))]
    return compose(text, [*blocks, *_left(file)])


def shift_card(file: Casefile, *, since: datetime | None, by: str, to: str = "") -> Message:
    """For whoever goes on: what ran since the last one, what is open, what matters, and who knows."""
    case = file.case
    ran = [each for each in file.scans if since is None or each.created_at > since]
    handed = tr("Handed over by {person}", person=person(by))
    if to:
        handed = tr("Handed over by {person} to {to}", person=person(by), to=person(to))
    title = header(tr("Shift: {title}", title=plain(case.title, 120)))
    blocks: list[Block] = [title, _small(case, handed)]
    blocks.append(lines(Line(plain(case.purpose, 400), tr("Purpose")), *_terms(case)))
    words = tr("Ran since the last hand-over") if since else tr("Ran so far")
    blocks += _listed(words, [f"{display(each.target)}: {outcome_words(each)}" for each in ran])
    still = [display(each.target) for each in file.scans if each.is_open]
    unseen = [f"{display(each.target)}: {outcome_words(each)}" for each in ran if _is_lacking(each)]
    blocks += _listed(tr("Still running"), still) + _listed(tr("Not looked at in full"), unseen)
    loud = [f"{display(scan.target)}: {each.sentence}" for scan, each in what_matters(file.scans)]
    blocks += _listed(tr("What matters"), loud, most=MATTERS)
    notes = [f"{each.text}" for each in file.notes if since is None or each.at > since]
    blocks += _listed(tr("Notes"), notes, most=5)
    blocks.append(paragraph(tr("*Who knows:* {people}", people=people([each.user for each in file.members]))))
    card = NN_(
        "Shift card of {title}: {n:,} scan ran, {running} still running.",
        "Shift card of {title}: {n:,} scans ran, {running} still running.",
    )
    text = ntr(*card, len(ran), title=safe(case.title, 120), running=len(still))
    return compose(text, [*blocks, *_left(file)])


def case_closed(file: Casefile, report: Attachment | None) -> Message:
    """For all in the place: it is over, and what becomes of it."""
    case = file.case
    held = {"scans": ntr(*SCANS, len(file.scans)), "notes": ntr(*NOTES, len(file.notes))}
    text = tr("Case closed: {title}. {scans}, {notes}.", title=safe(case.title, 120), **held)
    by = tr("Closed by {person}", person=person(case.closed_by)) if case.closed_by else ""
    title = header(tr("Case closed: {title}", title=plain(case.title, 120)))
    blocks = [title, _small(case, by), lines(Line(after_closing(case))), *_left(file)]
    return compose(text, blocks, [report] if report else [])


def case_report(file: Casefile, report: Attachment) -> Message:
    """The message that the report hangs on."""
    whole = NN_("Report of case {title}: {n:,} scan.", "Report of case {title}: {n:,} scans.")
    text = ntr(*whole, len(file.scans), title=safe(file.case.title, 120))
    return compose(text, [lines(Line(plain(text, 300))), _small(file.case), *_left(file)], [report])


def case_due(case: Case) -> Message:
    """The reminder on the day of its end."""
    text = tr("This case was to end by today: {title}.", title=safe(case.title, 120))
    lead = tr("Opened by {person}", person=person(case.opened_by))
    step = Line(tr("Close it with /case close, or go on: I do not ask again."), tr("Next"))
    said = Line(plain(tr("This case was to end by today: {title}", title=case.title), 300))
    return compose(text, [lines(said, step), _small(case, lead)])


def case_list(cases: Sequence[Case]) -> Message:
    """Those that somebody may see."""
    if not cases:
        step = tr('Open one: /case open "Phish wave" purpose="who is behind the wave of 3 May"')
        return notice(tr("There is no case here, and none of yours is open."), next_step=step)
    said = [_row(each) for each in cases[:SHOWN]]
    if len(cases) > SHOWN:
        said.append(ntr("and {n:,} more case", "and {n:,} more cases", len(cases) - SHOWN))
    none = NN_(
        "No case is bound to this place. {n:,} case of yours: {names}",
        "No case is bound to this place. {n:,} cases of yours: {names}",
    )
    text = ntr(*none, len(cases), names=", ".join(safe(each.title, 60) for each in cases[:5]))
    return compose(text, [lines(Line(plain(ntr(*none, len(cases), names=""), 200))), *map(paragraph, said)])


def case_usage() -> Message:
    """How cases are worked with."""
    said = [Line(tr(what), example) for example, what in EXAMPLES.items()]
    threads = tr("In a thread, mention me: @Gumshoe case open ... binds it to that thread.")
    text = tr("How to use /case: open, status, note, members, report, hand over, tlp, close.")
    return compose(text, [header(tr("Cases")), bullets(*said), lines(Line(threads, tr("Threads")))])


def case_modal(title: str, *, channel: str, thread_ts: str, words: FilledCase | None = None) -> dict[str, Any]:
    """The form that opens a case, callback id `case`."""
    place = json.dumps({"channel": channel, "thread_ts": thread_ts})
    name = PlainTextInput("title", initial_value=title[:TITLE] or None, max_length=TITLE)
    why = PlainTextInput("purpose", multiline=True, max_length=PURPOSE, focus_on_load=True)
    forget = Option(Text(tr("Forget its scans and notes when it is closed"), TextType.PLAINTEXT), "forgets")
    ticked = [forget] if words and words.forgets else None
    days = str(words.keep_days) if words and words.keep_days else None
    end = words.until.isoformat() if words and words.until else None
    blocks: list[Block] = [
        InputBlock(tr("Title"), name, block_id="title"),
        InputBlock(tr("Purpose"), why, block_id="purpose", hint=tr("Why this is looked into. It is kept and audited.")),
        label_menu(tr("Nothing in it is shown to more people."), words.tlp if words else ""),
        InputBlock(tr("Until"), DatePicker("until", initial_date=end), block_id="until", optional=True),
        InputBlock(
            tr("Days to keep it after closing"),
            NumberInput(False, "keep", initial_value=days, min_value=1, max_value=MOST_DAYS),
            block_id="keep",
            hint=tr("Then its scans and notes are forgotten. Empty: kept for good."),
            optional=True,
        ),
        InputBlock(tr("At the end"), CheckboxGroup("forgets", [forget], ticked), block_id="forgets", optional=True),
    ]
    return as_view(ModalView(tr("Open a case"), blocks, tr("Close"), tr("Open Case"), place, callback_id="case"))


def filled_case(view: Mapping[str, Any]) -> FilledCase:
    """Read a submitted form."""
    state: dict[str, dict[str, dict[str, Any]]] = view["state"]["values"]
    boxes = {block_id: element for inputs in state.values() for block_id, element in inputs.items()}
    place = json.loads(view.get("private_metadata") or "{}")
    day = boxes.get("until", {}).get("selected_date")
    return FilledCase(
        title=str(boxes.get("title", {}).get("value") or "").strip(),
        purpose=str(boxes.get("purpose", {}).get("value") or "").strip(),
        tlp=chosen_label(boxes),
        until=date.fromisoformat(day) if day else None,
        keep_days=int(boxes.get("keep", {}).get("value") or 0),
        forgets=bool(boxes.get("forgets", {}).get("selected_options")),
        channel=str(place.get("channel", "")),
        thread_ts=str(place.get("thread_ts", "")),
    )


def after_closing(case: Case) -> str:
    """What becomes of it, in a sentence. What stands in Slack is Slack's."""
    slack = tr("What was posted in Slack stays there until somebody deletes it.")
    if case.forgets:
        now = tr("Its scans and notes are forgotten now; the audit keeps who did what.")
        return f"{now} {slack}"
    if case.keep_days:
        later = NN_(
            "Its scans and notes are forgotten in {n:,} day.", "Its scans and notes are forgotten in {n:,} days."
        )
        return f"{ntr(*later, case.keep_days)} {slack}"
    return tr("Its scans and notes are kept.")


def entry_line(entry: Entry) -> Line:
    """A line of the timeline."""
    said = heard(entry.text) if entry.step is Step.VERDICT else entry.text  # a note is somebody's own
    text = "" if entry.step is Step.MEMBER else plain(said, 220) if said else ""
    return Line(text, tr(STEPS[entry.step], at=f"{entry.at:%Y-%m-%d %H:%M}"))


def _small(case: Case, *more: str) -> Block:
    opened = tr("Opened by {person}", person=person(case.opened_by))
    name = tr("Case {title}", title=f"`{safe(case.id, 60)}`")
    return context(mark(case.tlp), *(more or (opened,)), moment(case.opened_at), name)


def _terms(case: Case, *, now: datetime | None = None) -> list[Line]:
    end = f"{case.until:%Y-%m-%d}" if case.until else ""
    late = bool(now and case.until and case.until <= now and case.is_open)
    said = [Line(tr("{day} (over)", day=end) if late else end, tr("Until"))] if end else []
    said += [Line(f"{case.closed_at:%Y-%m-%d %H:%M} UTC", tr("Closed"))] if case.closed_at else []
    said += [Line(after_closing(case), tr("After closing"))] if case.forgets or case.keep_days else []
    return said + ([Line(f"{case.forgotten_at:%Y-%m-%d}", tr("Forgotten"))] if case.forgotten_at else [])


def _listed(title: str, said: Sequence[str], *, most: int = SHOWN) -> list[Block]:
    if not said:
        return []
    shown = [Line(plain(each, 240)) for each in said[:most]]
    if len(said) > most:
        shown.append(Line(tr("and {n:,} more", n=len(said) - most)))
    return [lines(Line("", title)), bullets(*shown)]


def _left(file: Casefile) -> list[Block]:
    held = NN_(
        "{n:,} scan left out here: their label lets only the case's members see them.",
        "{n:,} scans left out here: their label lets only the case's members see them.",
    )
    older = NN_(
        "{n:,} older scan left out: too many for one message.", "{n:,} older scans left out: too many for one message."
    )
    said = [ntr(*held, file.held_back)] * bool(file.held_back) + [ntr(*older, file.cut)] * bool(file.cut)
    return [lines(*map(Line, said))] if said else []


def _is_lacking(scan: Any) -> bool:
    return any(run.outcome in ("failed", "partial", "cancelled") for run in scan.runs)


def _row(case: Case) -> str:
    told = {"title": safe(case.title, 120), "when": moment(case.opened_at)}
    said = tr("{title}, opened {when}", **told)
    if case.channel.isalnum() and case.channel[:1] in "CG":
        said = tr("{title} in {channel}, opened {when}", channel=f"<#{case.channel}>", **told)
    return f"{mark(case.tlp)} {said}, `{safe(case.id, 60)}`"
