"""Short messages around others: where a new round begins, a copy that may be the second, a plain fallback."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from slackblocks import SectionBlock, Text, TextType

from core.blocks.marking import marked
from core.blocks.message import Message, compose, rendered
from core.blocks.parts import context, header, paragraph
from core.blocks.text import counted, listed, moment, person, plain, safe
from core.blocks.words import names_in
from core.models import Scan
from core.targets import display

REPEATED = "Slack cut the connection while this was being sent, so it may stand here twice."
SECTION = 2900  # characters of one section, with room to spare
SHORTENED = "Slack refused the full form of this message. The whole is in the scan's record."


def opening(scan: Scan, *, titles: Mapping[str, str]) -> Message:
    """The heading of a later round in the thread: which collectors are asked again, for whom, and when."""
    asked_titles = [titles.get(run.collector, run.collector) for run in scan.runs[:8]]
    spare = [word for title in asked_titles for word in names_in(title)]
    names = safe(listed(asked_titles), 600, spare=spare)
    more = f" and {counted(len(scan.runs) - 8, 'more')}" if len(scan.runs) > 8 else ""
    by = scan.round_by or scan.asker.user
    consented = scan.active_round == scan.round
    how = "Asked now, as touching the target itself was allowed" if consented else "Asked again, past every cache"
    asked = f"{how}: {names}{more}."
    doer = f"{'Allowed by' if consented else 'By'} {person(by)}"
    who = [marked(scan), doer, moment(scan.round_at or scan.created_at)]
    title = header(plain(f"Round {scan.round}: {display(scan.target)}", 150))
    return compose(
        f"Round {scan.round} of {safe(display(scan.target), 200)}. {asked}", [title, paragraph(asked), context(*who)]
    )


def maybe_repeated(message: Message) -> Message:
    """The same message, saying that an earlier copy may exist: we may not look, and hiding it would be worse."""
    if len(message.blocks) >= 50:
        return message
    note = rendered([context(REPEATED)])[0]
    return replace(message, blocks=(*message.blocks, {**note, "block_id": "repeated"}))


def text_only(message: Message) -> Message:
    """What is left when Slack refuses the blocks: the sentence that says it all, and that something is missing."""
    shown = message.text if len(message.text) <= SECTION else "The outcome is in this message's notification text."
    return compose(
        message.text, [SectionBlock(Text(shown, type_=TextType.MARKDOWN)), context(SHORTENED)], message.files
    )
