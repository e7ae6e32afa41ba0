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
from core.blocks.text import moment, person, plain, safe
from core.blocks.watches import watch_row
from core.blocks.words import names_in
from core.cases import Case
from core.home import Home
from core.language import N_, NN_, ntr, tr
from core.models import Offer
from core.seal import Action, Seal
from core.watches import Watch

OFFERS = 40
MINE = 8  # watches and cases that are listed
ACCOUNTS = 6
SWITCHES = 25  # collectors that an admin can switch here: a view has 100 blocks
TURNS = {
    "pause": (N_("Pause"), N_("Pause this watch")),
    "resume": (N_("Resume"), N_("Resume this watch")),
}
REFUSED = "bad_key"  # the reason of a run whose source did not take our key
NO_SCANS = N_("You have not scanned anything yet. Press Start a Scan, or type /scan example.com")
NO_WATCHES = N_("You watch nothing. To be told what changes, type /watch example.com daily")
NO_CASES = N_('You work in no open case. To open one in a channel, type /case open "Phish wave"')
UNKNOWN = N_("Not known now: Redis does not answer.")


def home(shown: Home, *, seal: Seal) -> dict[str, Any]:
    """The Home tab of one person. Admins' buttons have the action ids `switch_off:0`... and `switch_on:0`..."""
    blocks = [*_scans(shown), DividerBlock(), *_watches(shown.watches, seal), *_cases(shown.cases)]
    blocks += [DividerBlock(), header(tr("Quota")), *_quota(shown), DividerBlock(), *_collectors(shown)]
    blocks += _admin(shown, seal) if shown.admin else []
    return as_view(HomeTabView(blocks, callback_id="home"))


def switch_form(offer: Offer, *, value: str) -> dict[str, Any]:
    """Why a collector is switched off; callback id `switch_off`."""
    box = PlainTextInput("why", max_length=200)
    title = plain(offer.title, 80, spare=names_in(offer.title))
    said = tr("Nobody asks {title} any more until it is switched on again.", title=title)
    kept = tr("Said in every plan and thread in which it is skipped, and kept in the audit.")
    blocks = [lines(Line(said)), InputBlock(tr("Why"), box, block_id="why", hint=kept)]
    return as_view(ModalView(tr("Switch off"), blocks, tr("Close"), tr("Switch Off"), value, callback_id="switch_off"))


def _scans(shown: Home) -> list[Block]:
    mine = [scan for scan in shown.scans if scan.asker.user == shown.person]
    titles = {offer.name: offer.title for offer in shown.offers}
    running = [scan for scan in mine if scan.is_open]
    stuck = [scan for scan in mine if scan.undelivered and not scan.is_open]
    recent = [scan for scan in mine if not scan.is_open and not scan.undelivered]
    start = Button(tr("Start a Scan"), action_id="open_scan", value="open_scan", style="primary")
    blocks: list[Block] = [header(tr("Your scans")), *actions(start)]
    for title, group in ((tr("Running"), running), (tr("Not delivered"), stuck), (tr("Recent"), recent)):
        blocks += group_of(title, group, titles)
    return blocks if mine else [*blocks, lines(Line(tr(NO_SCANS)))]


def _watches(watches: Sequence[Watch], seal: Seal) -> list[Block]:
    """Each with its buttons; action ids `watch_set:0`... and `watch_edit:0`..."""
    said: list[Block] = []
    for number, each in enumerate(watches[:MINE]):
        verb = "resume" if each.paused_at else "pause"
        value = seal(Action("watch_set", subject=f"{verb} {each.id}"))
        edited = seal(Action("watch_edit", subject=each.id))
        word, label = TURNS[verb]
        turn = button(tr(word), f"watch_set:{number}", value, label=tr(label))
        edit = button(tr("Edit"), f"watch_edit:{number}", edited, label=tr("Edit this watch"))
        said += [_text(f"{watch_row(each)} {_where(each.place.channel)}"), *actions(turn, edit)]
    more = [lines(Line(tr("and more than {n}: /watch list", n=MINE)))] if len(watches) > MINE else []
    return [header(tr("Your watches")), *(said or [lines(Line(tr(NO_WATCHES)))]), *more]


def _cases(cases: Sequence[Case]) -> list[Block]:
    said = [_text(_case(each)) for each in cases[:MINE]]
    more = [lines(Line(tr("and more than {n}: /case list", n=MINE)))] if len(cases) > MINE else []
    return [header(tr("Your cases")), *(said or [lines(Line(tr(NO_CASES)))]), *more]


def _case(one: Case) -> str:
    ends = tr("ends {when}", when=moment(one.until)) if one.until else ""
    since = tr("since {when}", when=moment(one.opened_at))
    said = (f"TLP:{one.tlp.upper()}", ends, _where(one.channel), since)
    return f"*{safe(one.title, 150)}*: {', '.join(filter(None, said))}"


def _where(channel: str) -> str:
    known = channel.isalnum() and channel[:1] in "CG"
    return tr("in {channel}", channel=f"<#{channel}>") if known else ""


def _quota(shown: Home) -> list[Block]:
    if shown.quota is None:
        return [lines(Line(tr(UNKNOWN)))]
    rows = brief(shown.quota)
    if not rows:
        return [lines(Line(tr("No source counts what we ask, and none rests.")))]
    left = len(rows) - ACCOUNTS
    more = ntr("and {n:,} more account: /scan quota", "and {n:,} more accounts: /scan quota", left)
    return [bullets(*rows[:ACCOUNTS]), *([lines(Line(more))] if left > 0 else [])]


def _collectors(shown: Home) -> list[Block]:
    offers = shown.offers
    ready = sum(offer.ready and offer.name not in shown.off for offer in offers)
    blocks: list[Block] = [
        header(tr("Collectors")),
        lines(Line(tr("{ready} of {total} ready", ready=ready, total=len(offers)))),
    ]
    if offers:
        blocks.append(bullets(*(_offer(shown, offer) for offer in offers[:OFFERS])))
    if len(offers) > OFFERS:
        more = NN_("and {n:,} more collector: /scan collectors", "and {n:,} more collectors: /scan collectors")
        blocks.append(lines(Line(ntr(*more, len(offers) - OFFERS))))
    return blocks


def _offer(shown: Home, offer: Offer) -> Line:
    spare = names_in(f"{offer.title} {offer.about} {offer.lacks}")
    title = plain(offer.title, 80, spare=spare)
    if off := shown.off.get(offer.name):
        return Line(plain(tr("switched off: {reason}", reason=off.reason), 200), title)
    if not offer.ready:
        return Line(tr("not ready; why: /scan collectors {name}", name=plain(offer.name, 40)), title)
    fares = tr("not known now") if shown.health is None else faring(shown.health.get(offer.name), shown.at)
    return Line(plain(tr("ready, {fares}", fares=fares), 200, spare=spare), title)


def _admin(shown: Home, seal: Seal) -> list[Block]:
    said = tr("Only admins see this. Keys are named with whether they are set, never with their value.")
    blocks: list[Block] = [DividerBlock(), header(tr("For admins")), lines(Line(said))]
    for number, offer in enumerate(shown.offers[:SWITCHES]):
        blocks.append(
            SectionBlock(Text(_standing(shown, offer), verbatim=True), accessory=_switch(shown, offer, number, seal))
        )
    if len(shown.offers) > SWITCHES:
        more = NN_("and {n:,} more collector, not listed here", "and {n:,} more collectors, not listed here")
        blocks.append(lines(Line(ntr(*more, len(shown.offers) - SWITCHES))))
    return blocks


def _standing(shown: Home, offer: Offer) -> str:
    """Its keys, whether its source took them, and who switched it off."""
    said = [safe(key.partition(": http")[0], 120) for key in offer.keys] or [tr("needs no key")]
    health = (shown.health or {}).get(offer.name)
    if health is not None and health.reason == REFUSED:
        said.append(tr("*its source refused the key within the last hour: expired, revoked or mistyped*"))
    if off := shown.off.get(offer.name):
        by = {"person": person(off.by), "when": moment(off.at), "reason": safe(off.reason, 220)}
        said.append(tr("*switched off* by {person}, {when}: {reason}", **by))
    title = safe(offer.title, 80, spare=names_in(offer.title))
    return f"*{title}*\n" + "\n".join(said)


def _switch(shown: Home, offer: Offer, number: int, seal: Seal) -> Button:
    title = plain(offer.title, 40, spare=names_in(offer.title))
    if offer.name not in shown.off:
        value = seal(Action("switch_off", subject=offer.name))
        label = tr("Switch Off {title}", title=title)
        return button(tr("Switch Off"), f"switch_off:{number}", value, label=label)
    value = seal(Action("switch_on", subject=offer.name))
    asked = tr("{title} is asked again from now on.", title=title)
    sureness = sure(tr("Switch it on again?"), asked, yes=tr("Switch On"), no=tr("Leave It"))
    label = tr("Switch On {title}", title=title)
    return button(tr("Switch On"), f"switch_on:{number}", value, confirm=sureness, label=label)


def _text(mrkdwn: str) -> Block:
    return SectionBlock(Text(mrkdwn, verbatim=True))
