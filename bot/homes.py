"""The App Home: a person's scans, watches and cases, quotas and collectors; and the switches of admins."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog

from bot import counting, guard
from bot.forms import show, tell
from bot.front import Front
from bot.guard import Who
from core import blocks, clock
from core.access import Reader
from core.errors import GumshoeError, NotAllowed, SlackDown, SlackError, StoreDown, Throttled
from core.health import Health
from core.home import Home
from core.language import N_, tr
from core.ledger import Quota
from core.models import Offer
from core.standing import TeamRole
from core.store import Store
from tasks.outlook import drawer_of, quota

log = structlog.get_logger()
PAUSES = (1.0, 5.0)  # seconds before a view that Slack did not take is sent again
SCANS = 20
MINE = 9  # watches and cases that are read: one more than are shown
QUOTA_WITHIN = 1.0  # seconds
ADMINS_ONLY = N_("Only admins can switch collectors. An admin can make you one: /scan role.")


async def show_home(front: Front, who: Who) -> None:
    """Publish the person's home; one who may not ask is told so there."""
    try:
        await guard.check(front, who, "home")
        view = blocks.home(await home_of(front, who), seal=front.seal(who.place.team))
    except GumshoeError as error:
        view = {"type": "home", "blocks": list(blocks.notice(tr(str(error))).blocks)}
    for pause in (*PAUSES, None):
        try:
            await front.slack.publish_home(who.user, view)
        except SlackError as error:
            log.warning("home not shown", user=who.user, why=str(error), code=error.code)
            if pause is None or not isinstance(error, SlackDown | Throttled):
                return
        else:
            return
        await asyncio.sleep(pause)  # a throttled method lets nobody in before its time, whatever this says


async def home_of(front: Front, who: Who) -> Home:
    """What somebody's home shows now.

    Raises:
        StoreDown: the record does not answer.
    """
    offers, at = tuple(front.offers), clock.now()
    read = await front.record(lambda: _read(front.store, who))
    return Home(
        who.user,
        at,
        offers,
        quota=await _quota(front, who),
        health=await _health(front, offers),
        admin=await is_admin(front, who),
        **read,
    )


async def is_admin(front: Front, who: Who) -> bool:
    """Whether this person may switch collectors, and sees which keys are set."""
    return await guard.role_of(front, who) is TeamRole.ADMIN


def _read(store: Store, who: Who) -> dict[str, Any]:
    team, user = who.place.team, who.user
    return {
        "scans": tuple(store.scans.recent(team, user=user, limit=SCANS)),
        "watches": tuple(store.mine.watches(team, user, limit=MINE)),
        "cases": tuple(store.cases.listed(Reader(team, user), only_open=True, mine=True)),
        "off": store.switches.off(team),
    }


async def _health(front: Front, offers: tuple[Offer, ...]) -> Mapping[str, Health] | None:
    try:
        return await front.record(lambda: front.store.health.of(each.name for each in offers))
    except StoreDown:
        return None


async def _quota(front: Front, who: Who) -> Quota | None:
    drawer = drawer_of(front.settings, team=who.place.team, user=who.user)
    try:
        return await asyncio.wait_for(quota(front.ledger, front.settings, drawer=drawer), QUOTA_WITHIN)
    except TimeoutError:
        return None


async def open_switch(front: Front, who: Who, value: str, trigger: str) -> None:
    """Switch Off: asks why."""
    try:
        offer = await _offer(front, who, value, "switch_off")
    except GumshoeError as error:
        await tell(front, who, blocks.notice(tr(str(error))))
        return
    await show(front, who, trigger, blocks.switch_form(offer, value=value))


async def switch_off(front: Front, who: Who, view: Mapping[str, Any]) -> dict[str, str]:
    """Switch a collector off for the reason that the form gives; returns the errors to show in it, by block id."""
    why = str(view["state"]["values"].get("why", {}).get("why", {}).get("value") or "").strip()
    try:
        with counting.asking("switch_off"):
            offer = await _offer(front, who, str(view.get("private_metadata") or ""), "switch_off")
            if not why:
                return {"why": tr("Say why: everybody who misses it reads this.")}
            await guard.check(front, who, "switch_off", f"{offer.name}: {why}"[:500])
            await front.record(
                lambda: front.store.switches.turn_off(who.place.team, offer.name, reason=why, by=who.user)
            )
    except GumshoeError as error:
        return {"why": tr(str(error))}
    log.info("collector switched off", collector=offer.name, user=who.user)
    front.later(show_home(front, who))
    return {}


async def switch_on(front: Front, who: Who, value: str) -> None:
    """Switch a collector on again."""
    try:
        with counting.asking("switch_on"):
            offer = await _offer(front, who, value, "switch_on")
            await guard.check(front, who, "switch_on", offer.name)
            await front.record(lambda: front.store.switches.turn_on(who.place.team, offer.name))
    except GumshoeError as error:
        await tell(front, who, blocks.notice(tr(str(error))))
        return
    log.info("collector switched on", collector=offer.name, user=who.user)
    await show_home(front, who)


async def _offer(front: Front, who: Who, value: str, verb: str) -> Offer:
    """The collector that a switch is about.

    Raises:
        NotAllowed: not an admin, or not a switch of ours; written down.
    """
    action = front.unseal(value, who.place.team)
    if not await is_admin(front, who):
        await guard.write(front, who, verb, action.subject, decision="refused", rule="not an admin")
        raise NotAllowed(tr(ADMINS_ONLY), rule="not an admin")
    for offer in front.offers:
        if action.verb == verb and offer.name == action.subject:
            return offer
    raise NotAllowed(tr("There is no such collector any more."), rule="collector gone")
