"""Wishes that wait for a second person: how they are kept, started once approved, and shown on their cards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

import structlog

from core import blocks
from core.belongs import Belongs
from core.errors import GumshoeError, MessageGone, SlackError, StoreDown
from core.language import speaking
from core.models import Asker, Kind, Place, Priority, Scan, Target
from core.seal import Seal
from core.settings import Settings
from core.slack import Slack
from core.store import CARD, Approval, Notice, Rates, Room, State, Store, TooOften
from core.targets import display
from tasks import scan
from tasks.wish import Wish

log = structlog.get_logger()
AGAIN = "again"  # of a kept wish: it is another round of a scan


def kept(wish: Wish, *, touches: bool, again: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A wish as the record keeps it; with `again`, the round of a scan that is to be asked again."""
    words: dict[str, Any] = {
        "targets": [[str(target.kind), target.value] for target in wish.targets],
        "asker": asdict(wish.asker),
    }
    belongs = {name: value for name, value in asdict(wish.belongs).items() if name != "members"}
    words |= {"names": list(wish.names), "options": list(wish.options), "belongs": belongs, "depth": wish.depth}
    words |= {"fresh": wish.fresh, "active": wish.active, "lenient": wish.lenient, "tag": wish.tag}
    words |= {"touches": touches, "door": wish.door, "reason": wish.reason, "priority": str(wish.priority)}
    return words | ({AGAIN: dict(again)} if again else {})


def wish_of(approval: Approval) -> Wish:
    """The wish that was kept, as one that a second person said yes to."""
    words, place = approval.wish, approval.place
    return Wish(
        targets_of(approval),
        Asker(**words["asker"]),
        Place(place.team, place.channel, place.thread_ts),
        words["door"],
        names=tuple(words["names"]),
        fresh=words["fresh"],
        options=tuple(words["options"]),
        active=words["active"],
        tag=words["tag"],
        priority=Priority(words["priority"]),
        reason=words["reason"],
        belongs=Belongs(**words["belongs"]),
        depth=words.get("depth", 0),
        lenient=words["lenient"],
        approval=approval.id,
        keys=(f"approval:{approval.id}",),  # however often it is granted, it starts once
    )


def targets_of(approval: Approval) -> tuple[Target, ...]:
    return tuple(Target(Kind(kind), value) for kind, value in approval.wish["targets"])


def begin(
    store: Store, settings: Settings, approval: Approval, *, rates: Rates, willing: Callable[[], bool] = lambda: True
) -> list[Scan]:
    """Start what was approved, for whoever asked; returns what is to be announced. Twice, it starts once. Blocking.

    Raises:
        BadQuestion, NotAllowed, TooOften, StoreDown, KeyError: as `tasks.scan.start` and `rerun`.
    """
    room = Room(settings.pivot_hops, settings.pivot_scans)
    wish, again = replace(wish_of(approval), rates=rates, room=room), approval.wish.get(AGAIN)
    if again is None:
        scans = [each.scan for each in scan.start(store, settings, wish, willing=willing)]
    else:
        again = dict(again) | {"rates": rates, "reason": wish.reason, "approval": approval.id}
        scans = [scan.rerun(store, settings, again.pop("scan"), by=approval.asked_by, **again)[0]]
    store.approvals.began(approval.id, [each.id for each in scans])
    return scans


def card(approval: Approval, seal: Seal) -> blocks.Message:
    """The card as the record has it now, in the language of who asked."""
    with speaking(approval.wish["asker"].get("language", "")):
        return blocks.approval_card(
            targets_of(approval),
            asked_by=approval.asked_by,
            reason=approval.reason,
            touches=approval.wish["touches"],
            until=approval.expires_at,
            state=str(approval.state),
            decided_by=approval.decided_by,
            scans=approval.scan_ids,
            approval=approval.id,
            seal=seal,
        )


def notice_of(approval: Approval, seal: Seal) -> Notice:
    """The card as it is posted first. Who asked is told where its channel does not take it."""
    made = card(approval, seal)
    return Notice(f"{CARD}{approval.id}", approval.place, made.text, made.blocks, user=approval.asked_by)


def begin_approved(store: Store, settings: Settings) -> list[Scan]:
    """Start what somebody approved whose bot died before it did; those scans are to be announced. Blocking.

    Raises:
        StoreDown: the record does not answer.
    """
    begun: list[Scan] = []
    for approval in store.approvals.unbegun():
        limits = (settings.user_scans_per_minute, settings.channel_scans_per_minute)
        if Priority(approval.wish["priority"]) is Priority.BULK:
            limits = (settings.bulk_scans_per_minute, settings.bulk_scans_per_minute)
        rates = Rates(approval.asked_by, approval.place, *limits, bulk=approval.wish["priority"] == Priority.BULK)
        try:
            begun += begin(store, settings, approval, rates=rates)
        except StoreDown:
            raise
        except (GumshoeError, TooOften, KeyError) as error:  # tried again for as long as the approval is fresh
            log.warning("what was approved was not begun", approval=approval.id, why=type(error).__name__)
    return begun


def expire(store: Store) -> list[Approval]:
    """End the wishes that nobody approved in time, and write down what became of them. Blocking."""
    over = store.approvals.expire()
    for each in over:
        store.audit.write(
            user=each.asked_by,
            place=each.place,
            door="slack",
            verb="ask approval",
            subject=", ".join(map(display, targets_of(each)))[:400],
            reason=each.reason,
            outcome=str(each.state),
        )
    return over


async def tell(store: Store, slack: Slack, seal: Callable[[Approval], Seal]) -> None:
    """Bring every card to the state that the record has."""
    for approval in await asyncio.to_thread(store.approvals.untold):
        try:
            await slack.edit(approval.place.channel, approval.message_ts, card(approval, seal(approval)), patient=True)
        except MessageGone:
            pass  # somebody deleted it: there is nothing to bring anywhere
        except SlackError as error:
            log.warning("card not edited", approval=approval.id, why=str(error), code=error.code)
            continue
        await asyncio.to_thread(store.approvals.told, approval.id, State(approval.state))
