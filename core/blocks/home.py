"""The Home tab: one person's scans, and who can be asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slackblocks import Block, Button, DividerBlock, HomeTabView

from core.blocks.lists import group_of
from core.blocks.message import as_view
from core.blocks.parts import Line, actions, bullets, header, lines
from core.blocks.text import counted, plain
from core.blocks.words import names_in
from core.models import Offer, Scan

OFFERS = 40


def home(scans: Sequence[Scan], offers: Sequence[Offer], *, person: str) -> dict[str, Any]:
    """The Home tab of one person: their running and recent scans, and who can be asked."""
    mine = [scan for scan in scans if scan.asker.user == person]
    titles = {offer.name: offer.title for offer in offers}
    running = [scan for scan in mine if scan.is_open]
    stuck = [scan for scan in mine if scan.undelivered and not scan.is_open]
    recent = [scan for scan in mine if not scan.is_open and not scan.undelivered]
    start = Button("Start a Scan", action_id="open_scan", value="open_scan", style="primary")
    blocks: list[Block] = [header("Your scans"), *actions(start)]
    for title, group in (("Running", running), ("Not delivered", stuck), ("Recent", recent)):
        blocks += group_of(title, group, titles)
    if not mine:
        blocks.append(lines(Line("You have not scanned anything yet. Press Start a Scan, or type /scan example.com")))
    ready = sum(offer.ready for offer in offers)
    blocks += [DividerBlock(), header("Collectors"), lines(Line(f"{ready} of {len(offers)} ready"))]
    if offers:
        blocks.append(bullets(*(_offer(offer) for offer in offers[:OFFERS])))
    if len(offers) > OFFERS:
        blocks.append(lines(Line(f"and {counted(len(offers) - OFFERS, 'more collector')}: /scan collectors")))
    return as_view(HomeTabView(blocks, callback_id="home"))


def _offer(offer: Offer) -> Line:
    spare = names_in(f"{offer.title} {offer.about} {offer.lacks}")
    state = "ready" if offer.ready else f"not ready: {plain(offer.lacks or 'a key is missing', 150, spare=spare)}"
    return Line(state, plain(offer.title, 80, spare=spare))
