"""Short messages around others: where a new round begins, a copy that may be the second, a plain fallback."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from slackblocks import SectionBlock, Text, TextType

from core.blocks.marking import marked
from core.blocks.message import Message, compose, rendered
from core.blocks.parts import context, header, paragraph
from core.blocks.text import and_more, listed, moment, person, plain, safe
from core.blocks.words import names_in
from core.language import N_, tr
from core.models import Scan
from core.targets import display

REPEATED = N_("Slack cut the connection while this was being sent, so it may stand here twice.")
SECTION = 2900  # characters of one section, with room to spare
SHORTENED = N_("Slack refused the full form of this message. The whole is in the scan's record.")


def opening(scan: Scan, *, titles: Mapping[str, str]) -> Message:
    """The heading of a later round in the thread: which collectors are asked again, for whom, and when."""
    asked_titles = [titles.get(run.collector, run.collector) for run in scan.runs[:8]]
    spare = [word for title in asked_titles for word in names_in(title)]
    names = and_more(safe(listed(asked_titles), 600, spare=spare), len(scan.runs) - 8)
    by = scan.round_by or scan.asker.user
    consented = scan.active_round == scan.round
    if consented:
        asked = tr("Asked now, as touching the target itself was allowed: {names}.", names=names)
    else:
        asked = tr("Asked again, past every cache: {names}.", names=names)
    doer = tr("Allowed by {person}", person=person(by)) if consented else tr("By {person}", person=person(by))
    who = [marked(scan), doer, moment(scan.round_at or scan.created_at)]
    shown = display(scan.target)
    title = header(plain(tr("Round {round}: {target}", round=scan.round, target=shown), 150))
    said = tr("Round {round} of {target}. {asked}", round=scan.round, target=safe(shown, 200), asked=asked)
    return compose(said, [title, paragraph(asked), context(*who)])


def maybe_repeated(message: Message) -> Message:
    """The same message, saying that an earlier copy may exist: we may not look, and hiding it would be worse."""
    if len(message.blocks) >= 50:
        return message
    note = rendered([context(tr(REPEATED))])[0]
    return replace(message, blocks=(*message.blocks, {**note, "block_id": "repeated"}))


def text_only(message: Message) -> Message:
    """What is left when Slack refuses the blocks: the sentence that says it all, and that something is missing."""
    shown = message.text if len(message.text) <= SECTION else tr("The outcome is in this message's notification text.")
    return compose(
        message.text, [SectionBlock(Text(shown, type_=TextType.MARKDOWN)), context(tr(SHORTENED))], message.files
    )
