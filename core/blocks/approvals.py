"""The card that asks for a second person, and the button that asks why."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from slackblocks import Block, InputBlock, ModalView, PlainTextInput

from core.blocks.message import Message, as_view, compose
from core.blocks.parts import Line, actions, button, context, header, lines
from core.blocks.text import aim, and_more, listed, moment, person, plain, safe, width
from core.language import N_, tr
from core.models import Target
from core.seal import Action, Seal

VALUE = 1800  # characters of a button's value; Slack takes 2,000 with the signature
CARRIED = 2900  # characters of a view's private_metadata, which takes 3,000
SAY_WHY, APPROVE, REFUSE = "say_why", "approve", "refuse"
WHY = "why"  # the form's callback id, and its input
LONGEST = 400
HEADINGS = {
    "waiting": N_("Needs a second person"),
    "granted": N_("Approved"),
    "refused": N_("Refused"),
    "over": N_("Nobody approved in time"),
}
DECIDED = {"granted": N_("Approved by {person}"), "refused": N_("Refused by {person}")}


def say_why(sentence: str, *, seal: Seal, action: Action) -> Message:
    """Seen by the asker alone: why they are asked why, with a button for saying it. `action` carries the question."""
    value = seal(action)
    first = Line(plain(sentence, 600))
    if width(value) > VALUE:
        typed = tr('Type it again with reason="..." or because ... at the end.')
        return compose(f"{safe(sentence, 600)} {typed}", [lines(first, Line(typed, tr("Next")))])
    step = tr('Press Say Why, or type it again with reason="..." or because ... at the end.')
    press = button(tr("Say Why"), SAY_WHY, value, style="primary", label=tr("Say Why: you ask, then it starts"))
    said = [lines(first, Line(step, tr("Next"))), *actions(press)]
    return compose(tr("{why} Press Say Why.", why=safe(sentence, 600)), said)


def why_modal(value: str, *, channel: str, thread_ts: str) -> dict[str, Any]:
    """The small form behind Say Why; it carries the button's value, callback id `why`."""
    box = PlainTextInput(WHY, multiline=True, max_length=LONGEST, focus_on_load=True)
    hint = tr("For example: asked by the person herself, case 17. It is kept with the scan and in the audit.")
    blocks: list[Block] = [InputBlock(tr("Why do you ask?"), box, block_id=WHY, hint=hint)]
    kept = json.dumps({"value": value, "channel": channel, "thread_ts": thread_ts})
    return as_view(ModalView(tr("Say why"), blocks, tr("Close"), tr("Start Scan"), kept, callback_id=WHY))


def why_filled(view: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """What a filled one says: the reason, the value it carries, and the channel and thread it was opened in."""
    try:
        kept = json.loads(view.get("private_metadata") or "{}")
    except ValueError:
        kept = {}
    words = [str(kept.get(name, "")) if isinstance(kept, dict) else "" for name in ("value", "channel", "thread_ts")]
    typed = view["state"]["values"].get(WHY, {}).get(WHY, {}).get("value") or ""
    return str(typed).strip(), words[0], words[1], words[2]


def approval_card(
    targets: Sequence[Target],
    *,
    asked_by: str,
    reason: str,
    touches: bool,
    until: datetime,
    state: str,
    decided_by: str,
    scans: Sequence[str],
    approval: str,
    seal: Seal,
) -> Message:
    """What somebody asks for, why, and who may say yes until when; decided, what was said to it."""
    names = and_more(listed([aim(target, 60) for target in targets[:5]]), len(targets) - 5)
    said = [Line(names, tr("To scan"))]
    said += [Line(tr("yes, its owner can see it"), tr("Touches the target"))] * touches
    said += [Line(plain(reason, LONGEST), tr("Why"))] if reason else []
    heading = tr(HEADINGS[state])
    blocks: list[Block] = [header(heading), lines(*said)]
    asked = tr("Asked by {person}", person=person(asked_by))
    blocks.append(context(asked, _standing(state, decided_by, until)))
    if state == "granted":
        started = tr("Started: {names}.", names=", ".join(plain(each, 20) for each in scans))
        blocks.append(lines(Line(started if scans else tr("Starting."))))
    if state == "waiting":
        blocks += _answers(approval, seal)
    return compose(tr("{state}: the scan of {names}.", state=heading, names=safe(names, 400)), blocks)


def _answers(approval: str, seal: Seal) -> list[Block]:
    yes, no = seal(Action(APPROVE, approval)), seal(Action(REFUSE, approval))
    return actions(
        button(tr("Approve"), APPROVE, yes, style="primary", label=tr("Approve this scan")),
        button(tr("Refuse"), REFUSE, no, style="danger", label=tr("Refuse this scan")),
    )


def _standing(state: str, decided_by: str, until: datetime) -> str:
    if state == "waiting":
        return tr("Somebody else may approve it until {when}", when=moment(until))
    return tr(DECIDED[state], person=person(decided_by)) if decided_by and state in DECIDED else tr(HEADINGS[state])
