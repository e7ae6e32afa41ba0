"""What would be forgotten, with the button that does it."""

from __future__ import annotations

from core.blocks.message import Message, compose
from core.blocks.parts import Line, actions, button, lines, sure
from core.blocks.text import aim, safe
from core.language import NN_, ntr, tr
from core.models import Target
from core.seal import Action, Seal

NOTES = NN_("{n:,} note of cases that names it.", "{n:,} notes of cases that name it.")
REPORTS = NN_(
    "{n:,} report of a case, as a whole: /case report makes it anew.",
    "{n:,} reports of cases, as a whole: /case report makes them anew.",
)
ELSEWHERE = NN_("{n:,} finding of a scan of another target.", "{n:,} findings of scans of other targets.")
CASES = NN_("{n:,} title or purpose of a case that names it.", "{n:,} titles or purposes of cases that name it.")


def forget_card(
    target: Target,
    *,
    scans: int,
    spoken: int,
    of_cases: tuple[int, int, int],
    elsewhere: int,
    seal: Seal,
    action: Action,
) -> Message:
    """Seen by who asked alone. `of_cases` are notes and reports that go, and titles or purposes that stay."""
    messages = NN_(
        "{scans}, {n:,} message and files in Slack, and what was judged and noted.",
        "{scans}, {n:,} messages and files in Slack, and what was judged and noted.",
    )
    what = ntr(*messages, spoken, scans=ntr("{n:,} scan", "{n:,} scans", scans))
    notes, reports, titles = of_cases
    what += "".join(f" {ntr(*words, n)}" for words, n in ((NOTES, notes), (REPORTS, reports)) if n)
    stays = tr("that it was forgotten, by whom and when; and the lines of the audit, without the target.")
    stays += "".join(f" {ntr(*words, n)}" for words, n in ((ELSEWHERE, elsewhere), (CASES, titles)) if n)
    said = [
        Line(tr("Forget {target}?", target=aim(target)), bold=True),
        Line(what, tr("Goes")),
        Line(stays, tr("Stays")),
    ]
    sureness = sure(tr("Forget this?"), tr("It cannot be undone."), yes=tr("Forget"), no=tr("Keep"))
    label = tr("Forget this target")
    press = button(tr("Forget"), action.verb, seal(action), style="danger", confirm=sureness, label=label)
    text = tr("Forget {target}? {what}", target=safe(aim(target), 200), what=what)
    return compose(text, [lines(*said), *actions(press)])
