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
from core.blocks.text import counted, moment, person, plain, safe
from core.casefile import Casefile, Entry, Step, outcome_words, timeline, what_matters
from core.cases import Case
from core.targets import display

LAST = 8  # lines of the timeline that the status shows
MATTERS = 8
SHOWN = 15
TITLE, PURPOSE = 120, 1000  # characters
MOST_DAYS = 3650


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
    blocks: list[Block] = [header(f"Case opened: {plain(case.title, 120)}"), _small(case)]
    blocks.append(lines(Line(plain(case.purpose, 600), "Purpose"), *_terms(case)))
    blocks.append(lines(Line("Scans that start here belong to it. See /case status, and /case help.")))
    return compose(f"Case opened: {safe(case.title, 120)}. {safe(case.purpose, 300)}", blocks)


def case_status(file: Casefile, *, now: datetime) -> Message:
    """How it stands, for whoever asked."""
    case = file.case
    running = [each for each in file.scans if each.is_open]
    tally = f"{counted(len(file.scans), 'scan')}, {len(running)} running, {counted(len(file.notes), 'note')}."
    blocks: list[Block] = [header(plain(case.title, 140)), _small(case)]
    blocks.append(lines(Line(plain(case.purpose, 600), "Purpose"), *_terms(case, now=now)))
    blocks.append(paragraph(f"*Members:* {_people([each.user for each in file.members])}"))
    blocks.append(lines(Line(tally)))
    last = timeline(file)[-LAST:]
    blocks += [lines(Line("", "Lately (UTC)")), bullets(*map(entry_line, last))]
    return compose(f"Case {safe(case.title, 120)}: {tally}", [*blocks, *_left(file)])


def shift_card(file: Casefile, *, since: datetime | None, by: str, to: str = "") -> Message:
    """For whoever goes on: what ran since the last one, what is open, what matters, and who knows."""
    case = file.case
    ran = [each for each in file.scans if since is None or each.created_at > since]
    handed = f"Handed over by {person(by)}" + (f" to {person(to)}" if to else "")
    blocks: list[Block] = [header(f"Shift: {plain(case.title, 120)}"), _small(case, handed)]
    blocks.append(lines(Line(plain(case.purpose, 400), "Purpose"), *_terms(case)))
    words = "Ran since the last hand-over" if since else "Ran so far"
    blocks += _listed(words, [f"{display(each.target)}: {outcome_words(each)}" for each in ran])
    still = [display(each.target) for each in file.scans if each.is_open]
    unseen = [f"{display(each.target)}: {outcome_words(each)}" for each in ran if _is_lacking(each)]
    blocks += _listed("Still running", still) + _listed("Not looked at in full", unseen)
    loud = [f"{display(scan.target)}: {each.sentence}" for scan, each in what_matters(file.scans)]
    blocks += _listed("What matters", loud, most=MATTERS)
    notes = [f"{each.text}" for each in file.notes if since is None or each.at > since]
    blocks += _listed("Notes", notes, most=5)
    blocks.append(paragraph(f"*Who knows:* {_people([each.user for each in file.members])}"))
    text = f"Shift card of {safe(case.title, 120)}: {counted(len(ran), 'scan')} ran, {len(still)} still running."
    return compose(text, [*blocks, *_left(file)])


def case_closed(file: Casefile, report: Attachment | None) -> Message:
    """For all in the place: it is over, and what becomes of it."""
    case = file.case
    held = f"{counted(len(file.scans), 'scan')}, {counted(len(file.notes), 'note')}."
    text = f"Case closed: {safe(case.title, 120)}. {held}"
    by = f"Closed by {person(case.closed_by)}" if case.closed_by else ""
    said = [Line(after_closing(case))]
    return compose(
        text, [header(f"Case closed: {plain(case.title, 120)}"), _small(case, by), lines(*said), *_left(file)],
        [report] if report else [],
    )  # fmt: skip


def case_report(file: Casefile, report: Attachment) -> Message:
    """The message that the report hangs on."""
    text = f"Report of case {safe(file.case.title, 120)}: {counted(len(file.scans), 'scan')}."
    return compose(text, [lines(Line(plain(text, 300))), _small(file.case), *_left(file)], [report])


def case_due(case: Case) -> Message:
    """The reminder on the day of its end."""
    text = f"This case was to end by today: {safe(case.title, 120)}."
    lead = f"Opened by {person(case.opened_by)}"
    step = Line("Close it with /case close, or go on: I do not ask again.", "Next")
    said = Line(plain(f"This case was to end by today: {case.title}", 300))
    return compose(text, [lines(said, step), _small(case, lead)])


def case_list(cases: Sequence[Case]) -> Message:
    """Those that somebody may see."""
    if not cases:
        step = 'Open one: /case open "Phish wave" purpose="who is behind the wave of 3 May"'
        return notice("There is no case here, and none of yours is open.", next_step=step)
    said = [_row(each) for each in cases[:SHOWN]]
    if len(cases) > SHOWN:
        said.append(f"and {counted(len(cases) - SHOWN, 'more case')}")
    text = f"No case is bound to this place. {counted(len(cases), 'case')} of yours: "
    names = ", ".join(safe(each.title, 60) for each in cases[:5])
    return compose(text + names, [lines(Line(plain(text, 200))), *map(paragraph, said)])


def case_usage() -> Message:
    """How cases are worked with."""
    examples = (
        ('/case open "Phish wave" tlp=amber until=2027-01-31', "bind a case to this channel; I ask for its purpose"),
        ("/case open ... keep=90d", "after closing, forget its scans and notes in 90 days; forget: at once"),
        ("/case status", "how it stands"),
        ("/case note TEXT", "write something down; of a message: its shortcut Add to case"),
        ("/case members add @user", "who may see all of it, TLP:RED too; remove takes them out"),
        ("/case report", "the whole as a file; /case report pdf, xlsx, evidence ... as another one"),
        ("/case hand over @user", "the card for the next shift"),
        ("/case close", "end it, with its report"),
    )
    said = [Line(what, example) for example, what in examples]
    more = lines(Line("In a thread, mention me: @Gumshoe case open ... binds it to that thread.", "Threads"))
    text = "How to use /case: open, status, note, members, report, hand over, close."
    return compose(text, [header("Cases"), bullets(*said), more])


def case_modal(title: str, *, channel: str, thread_ts: str, words: FilledCase | None = None) -> dict[str, Any]:
    """The form that opens a case, callback id `case`."""
    place = json.dumps({"channel": channel, "thread_ts": thread_ts})
    name = PlainTextInput("title", initial_value=title[:TITLE] or None, max_length=TITLE)
    why = PlainTextInput("purpose", multiline=True, max_length=PURPOSE, focus_on_load=True)
    forget = Option(Text("Forget its scans and notes when it is closed", TextType.PLAINTEXT), "forgets")
    ticked = [forget] if words and words.forgets else None
    days = str(words.keep_days) if words and words.keep_days else None
    end = words.until.isoformat() if words and words.until else None
    blocks: list[Block] = [
        InputBlock("Title", name, block_id="title"),
        InputBlock("Purpose", why, block_id="purpose", hint="Why this is looked into. It is kept and audited."),
        label_menu("Nothing in it is shown to more people.", words.tlp if words else ""),
        InputBlock("Until", DatePicker("until", initial_date=end), block_id="until", optional=True),
        InputBlock(
            "Days to keep it after closing",
            NumberInput(False, "keep", initial_value=days, min_value=1, max_value=MOST_DAYS),
            block_id="keep",
            hint="Then its scans and notes are forgotten. Empty: kept for good.",
            optional=True,
        ),
        InputBlock("At the end", CheckboxGroup("forgets", [forget], ticked), block_id="forgets", optional=True),
    ]
    return as_view(ModalView("Open a case", blocks, "Close", "Open Case", place, callback_id="case"))


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
    slack = " What was posted in Slack stays there until somebody deletes it."
    if case.forgets:
        return f"Its scans and notes are forgotten now; the audit keeps who did what.{slack}"
    if case.keep_days:
        return f"Its scans and notes are forgotten in {counted(case.keep_days, 'day')}.{slack}"
    return "Its scans and notes are kept."


def entry_line(entry: Entry) -> Line:
    """A line of the timeline."""
    words = {
        Step.OPENED: "opened",
        Step.MEMBER: "a member was added",
        Step.SCAN: "scan",
        Step.FINDING: "matters",
        Step.NOTE: "note",
        Step.VERDICT: "verdict",
        Step.CLOSED: "closed",
    }
    text = "" if entry.step is Step.MEMBER else plain(entry.text, 220) if entry.text else ""
    return Line(text, f"{entry.at:%Y-%m-%d %H:%M} {words[entry.step]}")


def _small(case: Case, *more: str) -> Block:
    opened = f"Opened by {person(case.opened_by)}"
    return context(mark(case.tlp), *(more or (opened,)), moment(case.opened_at), f"Case `{safe(case.id, 60)}`")


def _terms(case: Case, *, now: datetime | None = None) -> list[Line]:
    late = " (over)" if now and case.until and case.until <= now and case.is_open else ""
    said = [Line(f"{case.until:%Y-%m-%d}{late}", "Until")] if case.until else []
    said += [Line(f"{case.closed_at:%Y-%m-%d %H:%M} UTC", "Closed")] if case.closed_at else []
    said += [Line(after_closing(case), "After closing")] if case.forgets or case.keep_days else []
    return said + ([Line(f"{case.forgotten_at:%Y-%m-%d}", "Forgotten")] if case.forgotten_at else [])


def _listed(title: str, said: Sequence[str], *, most: int = SHOWN) -> list[Block]:
    if not said:
        return []
    shown = [Line(plain(each, 240)) for each in said[:most]]
    if len(said) > most:
        shown.append(Line(f"and {len(said) - most:,} more"))
    return [lines(Line("", title)), bullets(*shown)]


def _left(file: Casefile) -> list[Block]:
    held = f"{counted(file.held_back, 'scan')} left out here: their label lets only the case's members see them."
    said = [held] * bool(file.held_back)
    said += [f"{counted(file.cut, 'older scan')} left out: too many for one message."] * bool(file.cut)
    return [lines(*map(Line, said))] if said else []


def _is_lacking(scan: Any) -> bool:
    return any(run.outcome in ("failed", "partial", "cancelled") for run in scan.runs)


def _people(users: Sequence[str]) -> str:
    shown = ", ".join(person(each) for each in users[:20]) or "nobody"
    return shown + (f" and {len(users) - 20} more" if len(users) > 20 else "")


def _row(case: Case) -> str:
    where = f" in <#{case.channel}>" if case.channel.isalnum() and case.channel[:1] in "CG" else ""
    return f"{mark(case.tlp)} {safe(case.title, 120)}{where}, opened {moment(case.opened_at)}, `{safe(case.id, 60)}`"
