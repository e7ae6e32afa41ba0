"""`/case tlp`: the label of a case, changed by who leads it. What stands in Slack already is not unsaid."""

from __future__ import annotations

from functools import partial

from bot import casewords, guard
from bot.casedoors import case_here, leads
from bot.front import AT_LEISURE, Front
from bot.guard import Who
from core import blocks
from core.blocks import Message
from core.blocks.caselabels import ask_leads, relabelled_card
from core.cases import Case, Relabelled, Tlp, allows
from core.clock import now
from core.errors import BadQuestion
from core.language import N_, NN_, ntr, tr
from core.models import Place
from core.store import Notice
from tasks.posting import Posting

LEADS = N_("The label of a case is changed by one of its leads, or by somebody with the role lead or admin.")
WHY = N_("A looser label lets more people see what is found next, so say why: /case tlp green because it is public now")
STRICTER = N_("The case {title} is {label} now; it was {was}.")
ALSO = NN_("{n:,} scan of it got the label, too.", "{n:,} scans of it got the label, too.")
UNSAID = N_(
    "It counts for all that is posted from now on. What stands in Slack already stays there: delete it by hand."
)
ASKED = N_("Scans that run still ask those with whom they began.")
STAYS = N_("It counts for scans that start from now on. What is in the case already keeps its label.")


async def relabel(front: Front, who: Who, rest: str) -> Message:
    """Give the case here another label.

    Raises:
        BadQuestion, NotAllowed: there is none, the word is no label, or a looser one was given no reason.
    """
    label, reason = casewords.label_words(casewords.spoken(rest))
    case = await case_here(front, who, "case tlp", str(label), reason=reason)
    if not await leads(front, who, case, verb="case tlp"):
        return ask_leads(tr(LEADS), case)
    if label is case.tlp:
        return blocks.notice(tr("The case {title} is {label} already.", title=case.title, label=label.label))
    is_stricter = allows(label, case.tlp)
    if not is_stricter and not reason:
        raise BadQuestion(tr(WHY))
    say = partial(_said, Relabelled(who.user, case.tlp, label, reason, now()))
    change = partial(front.store.labels.change, case, label, by=who.user, reason=reason, say=say)
    marked = await front.record(change, within=AT_LEISURE)
    if marked is None:
        return blocks.notice(tr("Somebody changed this case at this moment."), next_step=tr("See /case status."))
    await guard.write(
        front,
        who,
        "case tlp",
        case.id,
        reason=reason,
        outcome=f"{case.tlp.label} > {label.label}, {marked} scans marked",
    )
    front.later(Posting(front.store, front.workspaces).post_due())
    return blocks.notice(_words(case, label, marked, is_stricter=is_stricter))


def _words(case: Case, label: Tlp, marked: int, *, is_stricter: bool) -> str:
    said = [tr(STRICTER, title=case.title, label=label.label, was=case.tlp.label)]
    if is_stricter:
        said += [ntr(*ALSO, marked)] * bool(marked)
        said += [tr(UNSAID), tr(ASKED)]
    else:
        said.append(tr(STAYS))
    return " ".join(said)


def _said(change: Relabelled, case: Case, key: str) -> list[Notice]:
    """For all in the place, whatever the label: it holds nothing of the case but its labels."""
    message, place = relabelled_card(change), Place(case.team, case.channel, case.thread_ts)
    return [Notice(f"case/{case.id}/{key}", place, message.text, message.blocks, user=case.opened_by)]
