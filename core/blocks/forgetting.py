"""What would be forgotten, with the button that does it."""

from __future__ import annotations

from core.blocks.message import Message, compose
from core.blocks.parts import Line, actions, button, lines, sure
from core.blocks.text import aim, counted, safe
from core.models import Target
from core.seal import Action, Seal


def forget_card(target: Target, *, scans: int, spoken: int, seal: Seal, action: Action) -> Message:
    """Seen by who asked alone."""
    what = f"{counted(scans, 'scan')}, {counted(spoken, 'message')} and files in Slack, and what was judged and noted."
    said = [
        Line(f"Forget {aim(target)}?", bold=True),
        Line(what, "Goes"),
        Line("that it was forgotten, by whom and when; and the lines of the audit, without the target.", "Stays"),
    ]
    sureness = sure("Forget this?", "It cannot be undone.", yes="Forget", no="Keep")
    press = button("Forget", action.verb, seal(action), style="danger", confirm=sureness, label="Forget this target")
    return compose(f"Forget {safe(aim(target), 200)}? {what}", [lines(*said), *actions(press)])
