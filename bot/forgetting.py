"""`/scan forget`: what would go, a button, and once pressed, what went."""

from __future__ import annotations

from functools import partial

from bot import guard
from bot.forms import tell
from bot.front import AT_LEISURE, Front
from bot.guard import Who
from core import blocks
from core.blocks import Message
from core.errors import BadQuestion, GumshoeError
from core.language import N_, tr
from core.models import Target
from core.seal import Action
from core.store import name_of
from core.targets import parse, spell
from tasks import forgetting

FORGET = "forget"


async def confirm(front: Front, who: Who, rest: str) -> Message:
    """What is held about a target, with the button that forgets it.

    Raises:
        NotATarget, BadQuestion, StoreDown: nothing can be forgotten.
    """
    if not rest:
        raise BadQuestion(tr("Name what to forget: /scan forget ada@example.com"))
    target = parse(rest, allow=front.settings.allow_networks)
    found = await front.record(partial(forgetting.held, front.store, target, team=who.place.team))
    action = Action(FORGET, subject=spell(target))
    return blocks.forget_card(
        target,
        scans=len(found.scans),
        spoken=len(found.spoken),
        of_cases=(found.notes, found.reports, found.cases),
        elsewhere=found.elsewhere,
        seal=front.seal(who.place.team),
        action=action,
    )


async def forget(front: Front, who: Who, action: Action) -> Message:
    """The button. The audit line names the target by a digest alone.

    Raises:
        NotAllowed, BadQuestion, StoreDown: nothing was forgotten.
    """
    target = parse(action.subject, allow=front.settings.allow_networks)
    await guard.check(front, who, FORGET, name_of(target), starts=True)
    found = await front.record(partial(forgetting.held, front.store, target, team=who.place.team), within=AT_LEISURE)
    front.later(_forget(front, who, target))
    step = N_("I delete {n} messages and files first; that may take minutes. I tell you when it is done.")
    return blocks.notice(tr("Forgetting."), next_step=tr(step, n=len(found.spoken)))


async def _forget(front: Front, who: Who, target: Target) -> None:
    place = who.place
    work = partial(forgetting.forget, front.store, front.workspaces, target, team=place.team)
    try:
        report = await work(by=who.user, place=place, door=who.door)
    except GumshoeError as error:
        rest = tr("Not all is forgotten: {why}", why=tr(str(error)))
        said = blocks.notice(rest, next_step=tr("Do it again: what is gone is left out."))
    else:
        said = blocks.notice(" ".join(report.sentences))
    await tell(front, who, said)
