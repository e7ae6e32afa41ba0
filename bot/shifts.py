"""What a case says when it is opened and when a shift changes: it lies in the record until it stands in Slack."""

from __future__ import annotations

from functools import partial

import structlog

from bot.forms import tell
from bot.front import AT_LEISURE, Front
from bot.guard import Who
from core import blocks, clock
from core.blocks import Message
from core.blocks import cases as said
from core.casefile import Casefile, for_readers
from core.cases import Case
from core.errors import SlackError
from core.language import tr
from core.models import Place
from core.slack import Rooms
from core.store import Notice
from tasks.casework import Outlet, outlets, personal

log = structlog.get_logger()


def announced(case: Case) -> list[Notice]:
    """Lies in the record until it stands: in its place, or with who opened it when its label keeps it out of there."""
    message, place = said.case_opened(case), Place(case.team, case.channel, case.thread_ts)
    return [_notice(case, "opened", message, place, tlp=str(case.tlp))]


def _notice(case: Case, slot: str, message: Message, place: Place, *, tlp: str = "", user: str = "") -> Notice:
    text, shown = message.text, message.blocks
    return Notice(f"case/{case.id}/{slot}", place, text, shown, tlp=tlp, user=user or case.opened_by)


async def hand_over(front: Front, who: Who, case_id: str, to: str) -> None:
    """The shift changes with its cards or not at all: what ran since the last one is told by the next one."""
    whole = await front.record(lambda: front.store.casefiles.read(case_id), within=AT_LEISURE)
    case, make = whole.case, partial(said.shift_card, since=whole.case.handed_at, by=who.user, to=to)
    try:
        there = await outlets(Rooms(await front.door(case.team)), case)
    except SlackError as error:
        log.warning("case not handed over", case=case.id, code=error.code, why=str(error))
        sentence = tr("I could not hand it over. {why}", why=tr(str(error)))
        await tell(front, who, blocks.notice(sentence, next_step=tr("Try again.")))
        return
    if who.user in case.members and any(holds_back(whole, outlet) for outlet in there):
        there = [*there, personal(who.user)]
    cards = [
        _notice(
            case,
            f"shift/{clock.now().isoformat()}/{number}",
            make(for_readers(whole, outlet.may)),
            Place(case.team, outlet.channel, outlet.thread_ts),
            user=who.user,
        )
        for number, outlet in enumerate(there)
    ]
    hand = partial(front.store.cases.hand_over, case.id, since=case.handed_at, notices=cards)
    if await front.record(hand, within=AT_LEISURE):
        await front.posting.post_due()
    else:
        sentence = tr("Somebody handed over the case {title} at this moment.", title=case.title)
        await tell(front, who, blocks.notice(sentence))


def holds_back(whole: Casefile, outlet: Outlet) -> bool:
    """Whether some of the case is not for those who read there."""
    return not all(map(outlet.may, whole.scans))
