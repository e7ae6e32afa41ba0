"""The card that asks for a second person, and the button that asks why."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from slackblocks import Block, InputBlock, ModalView, PlainTextInput

from core.blocks.message import Message, as_view, compose
from core.blocks.parts import Line, actions, button, context, header, lines
from core.blocks.text import aim, listed, moment, person, plain, safe, width
from core.models import Target
from core.seal import Action, Seal

VALUE = 1800  # characters of a button's value; Slack takes 2,000 with the signature
CARRIED = 2900  # characters of a view's private_metadata, which takes 3,000
SAY_WHY, APPROVE, REFUSE = "say_why", "approve", "refuse"
WHY = "why"  # the form's callback id, and its input
LONGEST = 400
HEADINGS = {
    "waiting": "Needs a second person",
    "granted": "Approved",
    "refused": "Refused",
    "over": "Nobody approved in time",
}


def say_why(sentence: str, *, seal: Seal, action: Action) -> Message:
    """Seen by the asker alone: why they are asked why, with a button for saying it. `action` carries the question."""
    value = seal(action)
    typed = 'type it again with reason="..." or because ... at the end.'
    if width(value) > VALUE:
        typed = typed.capitalize()
        return compose(f"{safe(sentence, 600)} {typed}", [lines(Line(plain(sentence, 600)), Line(typed, "Next"))])
    said = lines(Line(plain(sentence, 600)), Line(f"Press Say Why, or {typed}", "Next"))
    press = button("Say Why", SAY_WHY, value, style="primary", label="Say why you ask, then it starts")
    return compose(f"{safe(sentence, 600)} Press Say Why.", [said, *actions(press)])


def why_modal(value: str, *, channel: str, thread_ts: str) -> dict[str, Any]:
    """The small form behind Say Why; it carries the button's value, callback id `why`."""
    box = PlainTextInput(WHY, multiline=True, max_length=LONGEST, focus_on_load=True)
    hint = "For example: asked by the person herself, case 17. It is kept with the scan and in the audit."
    blocks: list[Block] = [InputBlock("Why do you ask?", box, block_id=WHY, hint=hint)]
    kept = json.dumps({"value": value, "channel": channel, "thread_ts": thread_ts})
    return as_view(ModalView("Say why", blocks, "Close", "Start Scan", kept, callback_id=WHY))


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
    names = listed([aim(target, 60) for target in targets[:5]]) + (
        f" and {len(targets) - 5} more" if len(targets) > 5 else ""
    )
    said = [Line(names, "To scan")]
    said += [Line("yes, its owner can see it", "Touches the target")] * touches
    said += [Line(plain(reason, LONGEST), "Why")] if reason else []
    blocks: list[Block] = [header(HEADINGS[state]), lines(*said)]
    blocks.append(context(f"Asked by {person(asked_by)}", _standing(state, decided_by, until)))
    if state == "granted":
        started = f"Started: {', '.join(plain(each, 20) for each in scans)}." if scans else "Starting."
        blocks.append(lines(Line(started)))
    if state == "waiting":
        yes = button("Approve", APPROVE, seal(Action(APPROVE, approval)), style="primary", label="Approve this scan")
        no = button("Refuse", REFUSE, seal(Action(REFUSE, approval)), style="danger", label="Refuse this scan")
        blocks += actions(yes, no)
    return compose(f"{HEADINGS[state]}: the scan of {safe(names, 400)}.", blocks)


def _standing(state: str, decided_by: str, until: datetime) -> str:
    if state == "waiting":
        return f"Somebody else may approve it until {moment(until)}"
    return f"{HEADINGS[state]} by {person(decided_by)}" if decided_by else HEADINGS[state]
