"""The net of entities as a picture in a scan's thread, with words for who does not see it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import structlog

from bot.front import AT_LEISURE, Front
from bot.guard import Who
from core import blocks
from core.access import sees
from core.blocks import Attachment, Message
from core.blocks.readers import is_direct
from core.cases import tlp_of
from core.errors import NotAllowed
from core.graph import Graph, whole
from core.language import N_, speaking, tr
from core.models import Scan
from core.picture import MOST, MOST_LOOKED, in_words, picture
from core.rooms import is_bound, may_show
from core.slack import Rooms
from core.store import Store
from core.targets import display
from tasks.past import everybody_in

log = structlog.get_logger()

UNSHOWN = N_("What this scan found may not be shown here, so I drew nothing.")


async def post(front: Front, who: Who, one: Scan) -> Message | None:
    """Draw the tree that a scan is in, as everybody in its channel may see it, and put it into the scan's thread.

    Raises:
        SlackError: Slack did not take it.
        StoreDown: the record does not answer.
    """
    label = tlp_of(one.belongs.tlp)
    if is_bound(label) and not may_show(label, await Rooms(front.slack).of(one.place.channel)):
        raise NotAllowed(tr(UNSHOWN), rule="tlp")
    said = await front.record(lambda: front.store.desk.said(one.id))
    root = one.place.thread_ts or (said["parent"].ts if "parent" in said else "")
    if not root:
        sentence = tr("This scan has no thread yet that I could put the picture into.")
        return blocks.notice(sentence, next_step=tr("Try again."))
    net = await front.record(lambda: net_of(front.store, one), within=AT_LEISURE)
    with speaking(one.asker.language):  # as its thread does, whoever asks for the picture
        png = await asyncio.to_thread(picture, net)
        title = tr("Around {target}", target=display(one.target))
        drawn = Attachment(f"graph-{one.id}.png", title, png, alt=in_words(net))
    file = await front.slack.lay_down(drawn)
    await front.record(lambda: front.store.desk.lay(one.id, f"graph/{file}", channel=one.place.channel, ts=file))
    await front.slack.share(one.place.channel, file, drawn.title, thread_ts=root)
    log.info("graph posted", scan=one.id, user=who.user, nodes=len(net.nodes))
    return None


def net_of(store: Store, one: Scan) -> Graph:
    """The net of the tree that a scan is in: as much as a phone shows, of what its channel may see. Blocking.

    Raises:
        NotAllowed: its channel may not see the scan itself.
    """
    place = one.place
    reader = everybody_in(one)
    tree = store.trees.whole(one.id).as_seen(lambda each: sees(reader, each))
    kins = [kin for _, kin in tree.walk()]
    nearest = [one.id, *(kin.scan.id for kin in kins if kin.scan.id != one.id)][:MOST_LOOKED]
    shown = [kin.scan.id for kin in kins if kin.scan.id in nearest]
    if one.id not in shown:
        raise NotAllowed(tr(UNSHOWN), rule="label")
    net = whole([store.scans.get(each) for each in shown], alone=is_direct(place), most=MOST)
    return replace(net, unread=len(kins) - len(shown) + tree.more + tree.hidden)
