"""A second person: asks for one with a card in the channel, and does what that person says."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from hashlib import sha256
from typing import Any

from bot import guard
from bot.front import AT_LEISURE, Front
from bot.guard import Who
from core import blocks
from core.blocks import Message
from core.blocks.approvals import APPROVE
from core.clock import span
from core.errors import NeedsApproval, NotAllowed
from core.language import N_, tr
from core.models import Priority
from core.rooms import is_bound, may_show
from core.seal import Action, Seal, sealer
from core.slack import Rooms
from core.store import Approval, State, TooOften
from core.targets import display
from tasks import cards, scan
from tasks.belonging import belonging, label_of
from tasks.wish import Wish

SOME = 10  # of one person that may wait at the same time
UNSHOWN = N_("But this channel may not show what you ask about: ask in a private channel.")
NOWHERE = N_("Ask in a channel, where a second person sees it.")
SAID = {
    State.GRANTED: N_("This was approved already."),
    State.REFUSED: N_("This was refused already."),
    State.OVER: N_("Nobody approved this in time, so it is over. It can be asked again with /scan."),
}


async def request(
    front: Front, who: Who, wish: Wish, need: NeedsApproval, *, again: Mapping[str, Any] | None = None
) -> Message:
    """Write the wish down and post its card; returns what the asker is told.

    Raises:
        NotAllowed: there is no second person here, or too much of theirs waits already.
        StoreDown: the record does not answer.
    """
    if not who.place.channel or who.place.channel.startswith("D") or who.door != "slack":
        raise NotAllowed(f"{need} {tr(NOWHERE)}", rule=need.rule)
    await _check_room(front, who, wish, need)
    approvals = front.store.approvals
    waiting = await front.record(lambda: approvals.waiting(who.place.team, who.user))
    if waiting >= SOME:
        raise NotAllowed(tr("{n} of your scans wait for a second person already.", n=waiting), rule=need.rule)
    # The wish is asked where the card stands; a delivery that comes again gets the same card.
    key = sha256("|".join(wish.keys).encode()).hexdigest()[:16] if wish.keys else ""
    ask = partial(
        approvals.ask,
        cards.kept(wish, again=again, touches=need.touches),
        place=who.place,
        by=who.user,
        reason=wish.reason,
        lasts=timedelta(hours=front.settings.approval_hours),
        key=key,
        card=lambda one: cards.notice_of(one, seal_of(front, one)),
    )
    approval = await front.record(ask)
    if not approval.message_ts:
        await _audit(front, who, "ask approval", approval, outcome="waiting")
        front.later(_post(front))
    lasts = span(front.settings.approval_hours * 3600)
    step = tr("I asked in this channel. It starts when somebody approves, within {time}.", time=lasts)
    return blocks.notice(str(need), next_step=step)


async def _check_room(front: Front, who: Who, wish: Wish, need: NeedsApproval) -> None:
    """A card names its target to all in the channel.

    Raises:
        NotAllowed: the label of the wish keeps it out of there.
        SlackError: Slack did not tell what kind of channel it is.
    """
    said = wish.belongs
    belongs = await front.record(lambda: belonging(front.store, front.settings, who.place, said))
    label = label_of(belongs)
    rooms = Rooms(await front.door(who.place.team))
    if is_bound(label) and not may_show(label, await rooms.of(who.place.channel)):
        raise NotAllowed(f"{need} {tr(UNSHOWN)}", rule="tlp")


async def _post(front: Front) -> None:
    """Now; where this process dies before, or Slack is away, another one does."""
    await front.posting.post_due()
    await _show(front)


async def decide(front: Front, who: Who, action: Action) -> Message | None:
    """The buttons Approve and Refuse. None: the card shows what happened.

    Raises:
        NotAllowed: not here, not by the asker, not with this role; written down.
        GumshoeError: why nothing was decided.
    """
    granted = action.verb == APPROVE
    approval = await _approval_of(front, who, action)
    await guard.check(front, who, action.verb, _subject(approval), starts=True)
    await _check_second(front, who, action, approval)
    if granted:
        await _check_asker(front, approval)
        await front.queue_up()
    mine = await front.record(lambda: front.store.approvals.decide(approval.id, by=who.user, granted=granted))
    approval = await front.record(lambda: front.store.approvals.get(who.place.team, approval.id))
    unbegun = approval.state is State.GRANTED and not approval.scan_ids
    if mine:
        await _audit(front, who, action.verb, approval, outcome=str(approval.state))
    elif not (unbegun and granted):
        front.later(_show(front))
        over = approval.state is State.WAITING
        return blocks.notice(tr(SAID[State.OVER if over else approval.state]), by=approval.decided_by)
    try:
        if granted:
            await _begin(front, approval)
    finally:
        front.later(_show(front))
    return None


async def _check_second(front: Front, who: Who, action: Action, approval: Approval) -> None:
    """Whom the settings let ask is not yet one who answers for a team.

    Raises:
        NotAllowed: they are the asker, a guest, or of another workspace; written down.
        SlackError: Slack did not tell who they are.
    """
    rule, said = "own request", N_("You asked for this, so somebody else must decide.")
    if who.user != approval.asked_by:
        person = await front.people.person(who.place.team, who.user)
        if person is None or not (person.guest or person.stranger):
            return
        rule, said = "second person", N_("Guests and people from other workspaces cannot decide this. Ask a member.")
    await guard.write(front, who, action.verb, _subject(approval), decision="refused", rule=rule)
    raise NotAllowed(tr(said), rule=rule)


async def _check_asker(front: Front, approval: Approval) -> None:
    """That who asked may still ask: hours may lie between.

    Raises:
        NotAllowed: they may not; written down.
    """
    asker = Who(approval.asked_by, approval.place, approval.place.team)
    try:
        await guard.check(front, asker, "scan", _subject(approval), starts=True)
    except NotAllowed as refusal:
        sentence = tr("Who asked for this may not ask me any more, so nothing was started.")
        raise NotAllowed(sentence, rule=refusal.rule) from refusal


async def _begin(front: Front, approval: Approval) -> None:
    asker = Who(approval.asked_by, approval.place, approval.place.team)
    rates = guard.rates(front, asker, Priority(approval.wish["priority"]))
    begin = partial(cards.begin, front.store, front.settings, approval, rates=rates)
    try:
        scans = await front.record(begin, within=AT_LEISURE)
    except TooOften as error:
        raise await guard.refuse(front, asker, "scan", error, _subject(approval)) from error
    front.later(asyncio.to_thread(scan.announce_all, scans))


async def _approval_of(front: Front, who: Who, action: Action) -> Approval:
    try:
        approval = await front.record(lambda: front.store.approvals.get(who.place.team, action.scan_id))
    except KeyError:
        await guard.write(front, who, action.verb, action.scan_id, decision="refused", rule="approval gone")
        raise NotAllowed(tr("That request is no longer in my record."), rule="approval gone") from None
    if approval.place.channel != who.place.channel:
        await guard.write(front, who, action.verb, action.scan_id, decision="refused", rule="another channel")
        sentence = tr("This button belongs to another channel, so I did nothing.")
        raise NotAllowed(sentence, rule="another channel")
    return approval


async def _show(front: Front) -> None:
    await cards.tell(front.store, front.workspaces, partial(seal_of, front))


def seal_of(front: Front, approval: Approval) -> Seal:
    return sealer(front.settings.seal_key, approval.place.team, made=approval.asked_at)


def _subject(approval: Approval) -> str:
    return ", ".join(display(target) for target in cards.targets_of(approval))[:400]


async def _audit(front: Front, who: Who, verb: str, approval: Approval, *, outcome: str) -> None:
    reason = approval.reason
    await guard.write(front, who, verb, _subject(approval), reason=reason, outcome=outcome)
