"""The Home tab: one person's scans, watches and cases, what is left with sources, how collectors fare; for admins also
the keys, and switches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slackblocks import (
    Block,
    Button,
    DividerBlock,
    HomeTabView,
    InputBlock,
    ModalView,
    PlainTextInput,
    SectionBlock,
    Text,
)

from core.blocks.lists import group_of
from core.blocks.message import as_view
from core.blocks.offered import faring
from core.blocks.parts import Line, actions, bullets, button, header, lines, sure
from core.blocks.quota import brief
from core.blocks.text import counted, moment, person, plain, safe
from core.blocks.watches import watch_row
from core.blocks.words import names_in
from core.cases import Case
from core.home import Home
from core.models import Offer
from core.seal import Action, Seal
from core.watches import Watch

OFFERS = 40
MINE = 8  # watches and cases that are listed
ACCOUNTS = 6
SWITCHES = 25  # collectors that an admin can switch here: a view has 100 blocks
REFUSED = "bad_key"  # the reason of a run whose source did not take our key
NO_SCANS = "You have not scanned anything yet. Press Start a Scan, or type /scan example.com"
NO_WATCHES = "You watch nothing. To be told what changes, type /watch example.com daily"
NO_CASES = 'You work in no open case. To open one in a channel, type /case open "Phish wave"'
UNKNOWN = "Not known now: Redis does not answer."


def home(shown: Home, *, seal: Seal) -> dict[str, Any]:
    """The Home tab of one person. Admins' buttons have the action ids `switch_off:0`... and `switch_on:0`..."""
    blocks = [*_scans(shown), DividerBlock(), *_watches(shown.watches, seal), *_cases(shown.cases)]
    blocks += [DividerBlock(), header("Quota"), *_quota(shown), DividerBlock(), *_collectors(shown)]
    blocks += _admin(shown, seal) if shown.admin else []
    return as_view(HomeTabView(blocks, callback_id="home"))


def switch_form(offer: Offer, *, value: str) -> dict[str, Any]:
    """Why a collector is switched off; callback id `switch_off`."""
    box = PlainTextInput("why", max_length=200)
    said = f"Nobody asks {plain(offer.title, 80, spare=names_in(offer.title))} any more until it is switched on again."
    kept = "Said in every plan and thread in which it is skipped, and kept in the audit."
    blocks = [lines(Line(said)), InputBlock("Why", box, block_id="why", hint=kept)]
    return as_view(ModalView("Switch off", blocks, "Close", "Switch Off", value, callback_id="switch_off"))


def _scans(shown: Home) -> list[Block]:
    mine = [scan for scan in shown.scans if scan.asker.user == shown.person]
    titles = {offer.name: offer.title for offer in shown.offers}
    running = [scan for scan in mine if scan.is_open]
    stuck = [scan for scan in mine if scan.undelivered and not scan.is_open]
    recent = [scan for scan in mine if not scan.is_open and not scan.undelivered]
    start = Button("Start a Scan", action_id="open_scan", value="open_scan", style="primary")
    blocks: list[Block] = [header("Your scans"), *actions(start)]
    for title, group in (("Running", running), ("Not delivered", stuck), ("Recent", recent)):
        blocks += group_of(title, group, titles)
    return blocks if mine else [*blocks, lines(Line(NO_SCANS))]


def _watches(watches: Sequence[Watch], seal: Seal) -> list[Block]:
    """Each with its buttons; action ids `watch_set:0`... and `watch_edit:0`..."""
    said: list[Block] = []
    for number, each in enumerate(watches[:MINE]):
        verb = "resume" if each.paused_at else "pause"
        value = seal(Action("watch_set", subject=f"{verb} {each.id}"))
        edited = seal(Action("watch_edit", subject=each.id))
        turn = button(verb.capitalize(), f"watch_set:{number}", value, label=f"{verb.capitalize()} this watch")
        edit = button("Edit", f"watch_edit:{number}", edited, label="Edit this watch")
        said += [_text(f"{watch_row(each)} {_where(each.place.channel)}"), *actions(turn, edit)]
    more = [lines(Line(f"and more than {MINE}: /watch list"))] if len(watches) > MINE else []
    return [header("Your watches"), *(said or [lines(Line(NO_WATCHES))]), *more]


def _cases(cases: Sequence[Case]) -> list[Block]:
    said = [_text(_case(each)) for each in cases[:MINE]]
    more = [lines(Line(f"and more than {MINE}: /case list"))] if len(cases) > MINE else []
    return [header("Your cases"), *(said or [lines(Line(NO_CASES))]), *more]


def _case(one: Case) -> str:
    ends = f"ends {moment(one.until)}" if one.until else ""
    said = (f"TLP:{one.tlp.upper()}", ends, _where(one.channel), f"since {moment(one.opened_at)}")
    return f"*{safe(one.title, 150)}*: {', '.join(filter(None, said))}"


def _where(channel: str) -> str:
    return f"in <#{channel}>" if channel.isalnum() and channel[:1] in "CG" else ""


def _quota(shown: Home) -> list[Block]:
    if shown.quota is None:
        return [lines(Line(UNKNOWN))]
    rows = brief(shown.quota)
    if not rows:
        return [lines(Line("No source counts what we ask, and none rests."))]
    more = [lines(Line(f"and {counted(len(rows) - ACCOUNTS, 'more account')}: /scan quota"))]
    return [bullets(*rows[:ACCOUNTS]), *(more if len(rows) > ACCOUNTS else [])]


def _collectors(shown: Home) -> list[Block]:
    offers = shown.offers
    ready = sum(offer.ready and offer.name not in shown.off for offer in offers)
    blocks: list[Block] = [header("Collectors"), lines(Line(f"{ready} of {len(offers)} ready"))]
    if offers:
        blocks.append(bullets(*(_offer(shown, offer) for offer in offers[:OFFERS])))
    if len(offers) > OFFERS:
        blocks.append(lines(Line(f"and {counted(len(offers) - OFFERS, 'more collector')}: /scan collectors")))
    return blocks


def _offer(shown: Home, offer: Offer) -> Line:
    spare = names_in(f"{offer.title} {offer.about} {offer.lacks}")
    title = plain(offer.title, 80, spare=spare)
    if off := shown.off.get(offer.name):
        return Line(plain(f"switched off: {off.reason}", 200), title)
    if not offer.ready:
        return Line(f"not ready; why: /scan collectors {plain(offer.name, 40)}", title)
    fares = "not known now" if shown.health is None else faring(shown.health.get(offer.name), shown.at)
    return Line(plain(f"ready, {fares}", 200, spare=spare), title)


def _admin(shown: Home, seal: Seal) -> list[Block]:
    said = "Only admins see this. Keys are named with whether they are set, never with their value."
    blocks: list[Block] = [DividerBlock(), header("For admins"), lines(Line(said))]
    for number, offer in enumerate(shown.offers[:SWITCHES]):
        blocks.append(
            SectionBlock(Text(_standing(shown, offer), verbatim=True), accessory=_switch(shown, offer, number, seal))
        )
    if len(shown.offers) > SWITCHES:
        blocks.append(lines(Line(f"and {counted(len(shown.offers) - SWITCHES, 'more collector')}, not listed here")))
    return blocks


def _standing(shown: Home, offer: Offer) -> str:
    """Its keys, whether its source took them, and who switched it off."""
    said = [safe(key.partition(": http")[0], 120) for key in offer.keys] or ["needs no key"]
    health = (shown.health or {}).get(offer.name)
    if health is not None and health.reason == REFUSED:
        said.append("*its source refused the key within the last hour: expired, revoked or mistyped*")
    if off := shown.off.get(offer.name):
        said.append(f"*switched off* by {person(off.by)}, {moment(off.at)}: {safe(off.reason, 220)}")
    title = safe(offer.title, 80, spare=names_in(offer.title))
    return f"*{title}*\n" + "\n".join(said)


def _switch(shown: Home, offer: Offer, number: int, seal: Seal) -> Button:
    title = plain(offer.title, 40, spare=names_in(offer.title))
    if offer.name not in shown.off:
        value = seal(Action("switch_off", subject=offer.name))
        return button("Switch Off", f"switch_off:{number}", value, label=f"Switch Off {title}")
    value = seal(Action("switch_on", subject=offer.name))
    sureness = sure("Switch it on again?", f"{title} is asked again from now on.", yes="Switch On", no="Leave It")
    return button("Switch On", f"switch_on:{number}", value, confirm=sureness, label=f"Switch On {title}")


def _text(mrkdwn: str) -> Block:
    return SectionBlock(Text(mrkdwn, verbatim=True))
