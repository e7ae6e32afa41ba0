"""What is said of a case's label: that it was changed; and who may do what leads alone may."""

from __future__ import annotations

from slackblocks import Block

from core.blocks.marking import mark
from core.blocks.message import Message, compose
from core.blocks.parts import Line, context, lines, paragraph
from core.blocks.text import people, person, plain, safe
from core.cases import Case, Relabelled
from core.language import N_, tr

CHANGED = N_("The case here is {label} from now on; it was {was}.")
STAYS = N_("What was posted before stays where it is.")


def relabelled_card(change: Relabelled) -> Message:
    """For all who read along in the place of a case, whatever its labels: so without its name, and without the why."""
    text = tr(CHANGED, label=change.label.label, was=change.was.label)
    by = tr("Changed by {person}", person=person(change.user))
    stays = tr(STAYS)
    blocks: list[Block] = [lines(Line(text), Line(stays)), context(mark(change.label), by)]
    return compose(f"{text} {stays}", blocks)


def ask_leads(sentence: str, case: Case) -> Message:
    """A refusal of what only leads may do, with those of the case by name."""
    said: list[Block] = [lines(Line(plain(sentence, 600)))]
    named = tr("*Ask:* {people}", people=people(sorted(case.leads)))
    said += [paragraph(named)] if case.leads else []
    return compose(f"{safe(sentence, 380)} {named if case.leads else ''}".strip(), said)
