"""The slash command and its words; the same words work in a mention."""

from __future__ import annotations

import asyncio
import difflib
import re
from functools import partial

from bot import (
    casework,
    changes,
    counting,
    digests,
    exporting,
    forgetting,
    guard,
    playbooks,
    previews,
    standing,
    watching,
)
from bot.asking import COMMANDS
from bot.front import Front
from bot.grammar import manner_of, read, reason_of, spelled
from bot.guard import Who
from core import blocks, clock
from core.access import Reader, sees
from core.blocks import Message
from core.blocks.explained import explained
from core.blocks.readers import reads_alone
from core.errors import Ambiguous, GumshoeError, NotATarget, StoreDown
from core.health import Health
from core.language import N_, tr
from core.models import Kind
from core.previews import Left
from core.slack import House
from core.targets import display, split
from tasks import scan
from tasks.explained import explain, subject_of
from tasks.outlook import drawer_of, quota
from tasks.queue import hint

QUOTA_WITHIN = 2.0  # seconds
EXPLAIN_WITHIN = 1.2  # for each of two looks
AS_TYPED = ("watch", "digest")  # these read quotes themselves


async def answer(front: Front, who: Who, text: str, *, keys: tuple[str, ...]) -> Message:
    """What a typed line gets as its ephemeral answer. Never raises an error of ours: it says it."""
    words = split(text)
    verb = words[0].lower() if words else "help"
    rest = text.split(maxsplit=1)[1] if verb in AS_TYPED and len(words) > 1 else " ".join(words[1:])
    if verb == "case":
        return await casework.answer(front, who, text.strip().partition(" ")[2])
    try:
        if verb in VERBS or verb in KEYED:
            with counting.asking(verb):
                if verb not in AS_TYPED:  # these ask the guard themselves, for what is done in the end
                    await guard.check(front, who, verb, rest[:100])
                keyed = KEYED.get(verb)
                act = partial(keyed, keys=keys, reader=reader_of(who)) if keyed else VERBS[verb]
                return await act(front, who, rest)
        return await _scan(front, who, text, keys)
    except Ambiguous as error:
        rest, reason = reason_of(text)
        options = spelled(manner_of(rest)[1], reason)
        return blocks.choose(tr(str(error)), error.choices, seal=front.seal(who.place.team), options=options)
    except NotATarget as error:
        return blocks.notice(tr(str(error)), next_step=_did_you_mean(verb) if len(words) == 1 else "")
    except GumshoeError as error:
        return blocks.notice(tr(str(error)))


async def _scan(front: Front, who: Who, text: str, keys: tuple[str, ...]) -> Message:
    text = re.sub(r"(?i)^\s*scan\s", "", text)  # "/scan scan example.com", "@Gumshoe scan example.com"
    with counting.asking("scan", ends=False):
        question = read(text, allow=front.settings.allow_networks, keys=keys)
    return await previews.answer(front, who, question)


def _did_you_mean(word: str) -> str:
    close = difflib.get_close_matches(word, COMMANDS, n=1, cutoff=0.7)
    return tr("Did you mean /scan {word}?", word=close[0]) if close else ""


async def _help(front: Front, _who: Who, rest: str) -> Message:
    if not rest:
        return blocks.usage(front.offers)
    if rest.lower() not in tuple(Kind):
        close = difflib.get_close_matches(rest.lower(), tuple(Kind), n=1)
        meant, known = N_("Did you mean /scan help {word}?"), N_("I know: {names}.")
        hint = tr(meant, word=close[0]) if close else tr(known, names=", ".join(Kind))
        return blocks.notice(tr('There is no kind of target "{word}".', word=rest), next_step=hint)
    return blocks.offers_for(Kind(rest.lower()), front.offers)


async def _collectors(front: Front, _who: Who, rest: str) -> Message:
    offers = {offer.name: offer for offer in front.offers}
    name = rest.lower().split()[0] if rest.split() else ""
    if name and name not in offers:
        close = difflib.get_close_matches(name, offers, n=1)
        meant, known = N_("Did you mean /scan collectors {name}?"), N_("I have: {names}.")
        hint = tr(meant, name=close[0]) if close else tr(known, names=", ".join(offers))
        return blocks.notice(tr('There is no collector "{name}".', name=name), next_step=hint)
    health = await _health(front, [name] if name else list(offers))
    if name:
        left = (await previews.left_now(front)).get(name, Left())
        return blocks.offer_page(offers[name], health.get(name), now=clock.now(), left=left.words)
    return blocks.offers_list(list(offers.values()), health, now=clock.now())


async def _health(front: Front, names: list[str]) -> dict[str, Health]:
    """How they fare; unknown while the record does not answer: what they are is worth knowing then, too."""
    try:
        return await front.record(lambda: front.store.health.of(names))
    except StoreDown:
        return {}


async def _status(front: Front, who: Who, _rest: str) -> Message:
    scans = await front.record(lambda: front.store.scans.recent(who.place.team, user=who.user, limit=10))
    return blocks.status(scans, titles=front.titles, seal=front.seal(who.place.team))


async def _history(front: Front, who: Who, rest: str) -> Message:
    return await changes.history(front, who, reader_of(who), rest)


async def _diff(front: Front, who: Who, rest: str) -> Message:
    return await changes.diff(front, who, reader_of(who), rest)


async def tree(front: Front, who: Who, rest: str) -> Message:
    """The tree of a scan; without an id, of this person's latest one."""
    wanted = rest.strip("#").lower()
    if not wanted:
        mine = await front.record(lambda: front.store.scans.recent(who.place.team, user=who.user, limit=1))
        if not mine:
            return blocks.notice(tr("You have not scanned anything yet."), next_step=tr("Start with /scan example.com"))
        wanted = mine[0].id
    try:
        whole = await front.record(lambda: front.store.trees.whole(wanted))
    except KeyError:
        whole = None
    mine_too = whole.as_seen(lambda one: sees(reader_of(who), one)) if whole is not None else None
    if mine_too is None or not any(kin.scan.id == wanted for kin in mine_too.members):
        return no_scan(wanted)
    return blocks.tree(mine_too, house=await House(front.slack).address())


async def _quota(front: Front, who: Who, _rest: str) -> Message:
    drawer = drawer_of(front.settings, team=who.place.team, user=who.user)
    try:
        return blocks.quota(await asyncio.wait_for(quota(front.ledger, front.settings, drawer=drawer), QUOTA_WITHIN))
    except TimeoutError:
        return blocks.notice(tr("The queue (Redis) did not tell me in time what is left."), next_step=tr("Try again."))


def reader_of(who: Who) -> Reader:
    """Who reads here: other scans may be in rooms one cannot enter."""
    return Reader(who.place.team, who.user, frozenset({who.place.channel} - {""}))


async def _cancel(front: Front, who: Who, rest: str) -> Message:
    if rest:
        return await _cancel_one(front, who, rest.strip("#").lower())
    mine = await front.record(lambda: front.store.scans.recent(who.place.team, user=who.user, only_open=True, limit=10))
    if not mine:
        return blocks.notice(tr("You have no scan running."))
    if len(mine) > 1:
        named = ", ".join(f"{each.id} ({display(each.target)})" for each in mine)
        several = tr("Several of your scans are running: {named}.", named=named)
        return blocks.notice(several, next_step=tr("Name one: /scan cancel ID"))
    return await _cancel_one(front, who, mine[0].id)


async def _cancel_one(front: Front, who: Who, scan_id: str) -> Message:
    try:
        one = await front.record(lambda: front.store.scans.get(scan_id))
    except KeyError:
        return no_scan(scan_id)
    if not sees(reader_of(who), one):
        return no_scan(scan_id)
    one, stopped = await front.record(lambda: scan.cancel(front.store, one.id, by=who.user))
    if not stopped:
        return blocks.notice(tr("The scan of {target} had already ended.", target=display(one.target)))
    front.later(_announce(one.id))
    return blocks.notice(tr("Stopping the scan of {target}. What was found is kept.", target=display(one.target)))


def no_scan(scan_id: str) -> Message:
    """There is none, or none that they may see: both are said alike."""
    sentence = tr('There is no scan "{id}".', id=scan_id)
    return blocks.notice(sentence, next_step=tr("See /scan status for the ids of yours."))


async def _announce(scan_id: str) -> None:
    await hint("tasks.report.deliver", scan_id)


async def _explain(front: Front, who: Who, rest: str) -> Message:
    """Any finding of a scan, by its value or fingerprint, or a headline by its rule."""
    scan_id, _, what = rest.strip("#").partition(" ")
    if not what.strip():
        step = tr("Name the scan and the finding: /scan explain SCAN VALUE")
        return blocks.notice(tr("I explain how a finding came to be said."), next_step=step)
    try:
        one = await front.record(lambda: front.store.scans.get(scan_id.lower()), within=EXPLAIN_WITHIN)
    except KeyError:
        one = None
    if one is None or not sees(reader_of(who), one):
        sentence = tr('There is no scan "{id}".', id=scan_id)
        return blocks.notice(sentence, next_step=tr("See /scan history for the ids."))
    alone = reads_alone(who.place, who.user, one)
    asking = partial(explain, front.store, one, subject_of(one, what.strip()), reader_of(who), alone=alone)
    told = await front.record(asking, within=EXPLAIN_WITHIN)
    if told is None:
        step = tr("Copy the value as its reply shows it.")
        return blocks.notice(tr("That scan has no such finding."), next_step=step)
    return explained(one, told, front.seal(who.place.team))


async def _watch(front: Front, who: Who, rest: str) -> Message:
    return await watching.answer(front, who, rest)


async def _playbooks(front: Front, who: Who, rest: str) -> Message:
    return await playbooks.answer(front, who, rest)


async def _digest(front: Front, who: Who, rest: str) -> Message:
    return await digests.answer(front, who, rest)


VERBS = {
    "watch": _watch,
    "playbooks": _playbooks,
    "playbook": _playbooks,
    "digest": _digest,
    "deny": standing.deny,
    "role": standing.role,
    "forget": forgetting.confirm,
    "explain": _explain,
    "help": _help,
    "collectors": _collectors,
    "quota": _quota,
    "status": _status,
    "history": _history,
    "diff": _diff,
    "cancel": _cancel,
    "tree": tree,
}
# Those that leave something behind which the command itself must name.
KEYED = {"export": exporting.command}
