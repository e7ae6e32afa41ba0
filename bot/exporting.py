"""Exports from Slack: which format, and that the file is wished for. Whoever tells the scan's thread puts it there."""

from __future__ import annotations

from functools import partial

from bot import guard
from bot.front import Front
from bot.guard import Who
from core import blocks
from core.access import Reader, sees
from core.blocks import Message
from core.blocks.exports import Offered, choose_format
from core.cases import tlp_of
from core.errors import NoExport
from core.exports.formats import FORMATS, Format, format_of
from core.language import N_, tr
from core.models import Scan
from core.rooms import is_bound, may_show
from core.seal import Action
from core.slack import Rooms
from core.targets import display
from tasks import exporting
from tasks.apart import recipients
from tasks.beside import gather
from tasks.queue import hint

OFFERED: tuple[Offered, ...] = tuple((each.name, each.title, each.about) for each in FORMATS.values())
USAGE = N_("/scan export ID pdf")
TELL = "tasks.report.deliver"


async def offer(front: Front, who: Who, one: Scan, _action: Action) -> Message:
    """What the button under a scan opens."""
    return choose_format(one, OFFERED, seal=front.seal(who.place.team))


async def export(front: Front, who: Who, one: Scan, action: Action, *, keys: tuple[str, ...]) -> Message:
    """What the button of a format does."""
    return await _wish(front, who, one, format_of(action.subject), key=keys[0] if keys else f"{who.user}:{one.version}")


async def command(front: Front, who: Who, rest: str, *, keys: tuple[str, ...], reader: Reader) -> Message:
    """`/scan export ID [format]`."""
    words = rest.split()
    if not words or len(words) > 2:
        return blocks.notice(tr("Name the scan, and a format if you like."), next_step=tr(USAGE))
    scan_id = words[0].strip("#").lower()
    try:
        one = await front.record(lambda: front.store.scans.get(scan_id))
    except KeyError:
        one = None
    if one is None or not sees(reader, one):
        said = tr('There is no scan "{id}" that you may see here.', id=scan_id[:40])
        return blocks.notice(said, next_step=tr("See /scan history for the ids."))
    if len(words) == 1:
        return choose_format(one, OFFERED, seal=front.seal(who.place.team))
    return await _wish(front, who, one, format_of(words[1]), key=keys[0] if keys else f"{who.user}:{one.version}")


async def _wish(front: Front, who: Who, one: Scan, fmt: Format, *, key: str) -> Message:
    if not one.place.channel:
        said = tr("The scan of {target} has no thread that a file could go into.", target=display(one.target))
        return blocks.notice(said, next_step=f"GET /api/v1/scan/{one.id}/export?format={fmt.name}")
    try:
        await front.record(lambda: exporting.check_place(one, gather(front.store, one)))
    except NoExport as refusal:
        await guard.write(
            front, who, "export", f"{one.id}: {fmt.name}", decision="refused", rule="label", scan_id=one.id
        )
        return blocks.notice(tr(str(refusal)))
    label = tlp_of(one.belongs.tlp)
    apart = is_bound(label) and not may_show(label, await Rooms(front.slack).of(one.place.channel))
    if apart and who.user not in recipients(one):
        await guard.write(front, who, "export", f"{one.id}: {fmt.name}", decision="refused", rule="tlp", scan_id=one.id)
        return blocks.notice(tr("Its channel may not show this scan, and you are no member of its case."))
    await front.queue_up()
    wish = partial(exporting.wish, front.store, one.id, fmt, by=who.user, key=key)
    new = await front.record(wish)
    front.later(hint(TELL, one.id))
    named = {"format": tr(fmt.title), "target": display(one.target)}
    if not new:
        return blocks.notice(tr("The {format} file of {target} is under way already.", **named))
    await guard.write(front, who, "exported", f"{one.id}: {fmt.name}", scan_id=one.id)
    return blocks.notice(tr("The {format} file of {target} comes into its thread.", **named))
