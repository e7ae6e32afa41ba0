"""The forms a person fills in instead of typing a command, and what a filled one says."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slackblocks import (
    Block,
    CheckboxGroup,
    ConversationSelectMenu,
    InputBlock,
    ModalView,
    Option,
    PlainTextInput,
    Text,
    TextType,
)

from core.blocks.marking import chosen_label, label_menu
from core.blocks.message import as_view
from core.blocks.parts import Line, actions, button, lines
from core.blocks.text import aim, and_more, plain, sendable, width
from core.blocks.words import kind_word, names_in
from core.language import N_, NN_, ntr, ptr, tr
from core.models import Kind, Offer, Target
from core.targets import spell

WANTED = N_("Needed for people: e-mail addresses, user names, phone numbers, names. Kept with the scan and audited.")
GROUP = 10  # options per checkbox group: https://docs.slack.dev/reference/block-kit/block-elements/checkboxes-element
GROUPS = 5  # groups of targets shown; the rest are counted
OFFERS = 40
TYPED = 3000  # characters of a text input
VALUE = 150  # characters of an option's value
HINT = N_("One per line, defanged ones too: example[.]com, 192.0.2.10, AS64496, ada@example.com")


@dataclass(frozen=True, slots=True)
class Filled:
    """What a submitted form says."""

    targets: str = ""  # as typed, for the parser
    chosen: tuple[str, ...] = ()  # boxes ticked: targets as the parser reads them
    collectors: tuple[str, ...] = ()  # empty: every one that fits
    options: tuple[str, ...] = ()  # what collectors do only when asked for by name
    fresh: bool = False
    active: bool = False
    tag: str = ""
    tlp: str = ""  # empty: that of the case, or the usual one
    reason: str = ""
    channel: str = ""
    thread_ts: str = ""


def filled(view: Mapping[str, Any]) -> Filled:
    """Read a submitted view (`view_submission`); the form's ids are known here alone."""
    state: dict[str, dict[str, dict[str, Any]]] = view["state"]["values"]
    boxes = {block_id: element for inputs in state.values() for block_id, element in inputs.items()}
    place = _place(view)
    shown = sum(
        len(block["element"]["options"])
        for block in view["blocks"]
        if block["type"] == "input" and block["block_id"].startswith("collectors_")
    )
    collectors = _ticked(boxes, "collectors_")
    return Filled(
        targets=_typed(boxes, "targets"),
        chosen=_ticked(boxes, "found_"),
        collectors=() if len(collectors) == shown else collectors,
        options=_ticked(boxes, "with_"),
        fresh="fresh" in _ticked(boxes, "options"),
        active="active" in _ticked(boxes, "options"),
        tag=_typed(boxes, "tag").strip().lstrip("#"),
        tlp=chosen_label(boxes),
        reason=_typed(boxes, "reason").strip(),
        channel=boxes.get("conversation", {}).get("selected_conversation") or place.get("channel", ""),
        thread_ts=place.get("thread_ts", ""),
    )


def _place(view: Mapping[str, Any]) -> dict[str, str]:
    """Where the form was opened. People cannot change it, and all it decides is where the thread goes: the guard
    looks at that place again when the form is sent."""
    try:
        place = json.loads(view.get("private_metadata") or "{}")
    except ValueError:
        return {}
    if not isinstance(place, dict):
        return {}
    return {name: place[name] for name in ("channel", "thread_ts") if isinstance(place.get(name), str)}


def scan_modal(
    offers: Sequence[Offer],
    *,
    channel: str,
    targets: str = "",
    errors: Mapping[str, str] | None = None,
    consent: bool = True,
) -> dict[str, Any]:
    """The form behind `/scan` alone and the global shortcut, callback id `scan`.

    Block ids, each also its input's action id: `targets`, `collectors_0`..., `with_0`, `reason`, `options`, `tag`,
    `conversation`; and the button `preview`. `errors` maps one to a sentence, for when the form is opened again.
    `consent` asks whether the target itself may be touched.
    """
    too_long = width(targets) > TYPED
    typed = None if too_long else sendable(targets)
    said = [Line(plain(sentence, 300), tr("Please correct")) for sentence in list((errors or {}).values())[:GROUP]]
    said += [Line(tr("That was too long for this field. Paste the part you need."), tr("Targets"))] * too_long
    box = PlainTextInput("targets", initial_value=typed or None, multiline=True, max_length=TYPED, focus_on_load=True)
    blocks: list[Block] = [lines(*said)] if said else []
    blocks.append(InputBlock(tr("Targets"), box, block_id="targets", hint=tr(HINT)))
    blocks += _collectors(offers) + _with(offers) + _manner(offers if consent else ()) + _conversation(channel)
    blocks += _preview()
    place = json.dumps({"channel": channel})
    return as_view(ModalView(ptr("do", "Scan"), blocks, tr("Close"), tr("Start Scan"), place, callback_id="scan"))


def extract_modal(
    targets: Sequence[Target], offers: Sequence[Offer], *, channel: str, thread_ts: str, consent: bool = True
) -> dict[str, Any]:
    """What a message names, as checkboxes in groups of ten, callback id `extract`.

    Block ids: `found_0`..., else as in `scan_modal`.
    """
    place = json.dumps({"channel": channel, "thread_ts": thread_ts})
    shown = [each for each in targets if width(spell(each)) <= VALUE][: GROUP * GROUPS]
    left = len(targets) - len(shown)
    named = NN_(
        "{n:,} target in this message. Choose what to scan.", "{n:,} targets in this message. Choose what to scan."
    )
    head = ntr(*named, len(targets))
    none = tr("This message names nothing I can look up. Type a target with /scan instead.")
    blocks: list[Block] = [lines(Line(head if targets else none, bold=True))]
    blocks += _found(shown)
    if left:
        more = NN_(
            "{n:,} more target not listed here: type them with /scan.",
            "{n:,} more targets not listed here: type them with /scan.",
        )
        blocks.append(lines(Line(ntr(*more, left))))
    if not shown:
        return as_view(ModalView(tr("Scan message"), blocks, tr("Close"), None, place, callback_id="extract"))
    kinds = {each.kind for each in shown}
    fitting = [offer for offer in offers if kinds.intersection(offer.accepts)]
    blocks += _collectors(offers) + _with(fitting) + _manner(fitting if consent else (), kinds)
    blocks += _conversation(channel) + _preview()
    return as_view(ModalView(tr("Scan message"), blocks, tr("Close"), tr("Start Scan"), place, callback_id="extract"))


def _preview() -> list[Block]:
    label = tr("Preview: what this would ask, and how long it takes")
    return actions(button(tr("Preview"), "preview", "preview", label=label))


def _found(shown: Sequence[Target]) -> list[Block]:
    blocks: list[Block] = []
    for number, start in enumerate(range(0, len(shown), GROUP)):
        options = [_target(each) for each in shown[start : start + GROUP]]
        label = tr("Targets")
        if len(shown) > GROUP:
            label = tr("Targets {first} to {last}", first=start + 1, last=start + len(options))
        group = CheckboxGroup(f"found_{number}", options, options if start == 0 else None)
        blocks.append(InputBlock(label, group, block_id=f"found_{number}", optional=True))
    return blocks


def _collectors(offers: Sequence[Offer]) -> list[Block]:
    """Checkboxes of what can be asked, all ticked; what can't is named with its reason."""
    ready = [offer for offer in offers if offer.ready]
    blocks: list[Block] = []
    for number, start in enumerate(range(0, min(len(ready), OFFERS), GROUP)):
        options = [_choice(offer) for offer in ready[start : start + GROUP]]
        label = tr("Collectors")
        if len(ready) > GROUP:
            label = tr("Collectors {first} to {last}", first=start + 1, last=start + len(options))
        hint = tr("Those that don't fit a target are left out; none ticked means all.") if not number else None
        group = CheckboxGroup(f"collectors_{number}", options, options)
        blocks.append(InputBlock(label, group, block_id=f"collectors_{number}", hint=hint, optional=True))
    if len(ready) > OFFERS:
        more = NN_(
            "{n:,} more collector, asked too when every box is ticked",
            "{n:,} more collectors, asked too when every box is ticked",
        )
        blocks.append(lines(Line(ntr(*more, len(ready) - OFFERS))))
    if lacking := [offer for offer in offers if not offer.ready]:
        names = ", ".join(
            plain(f"{each.title} ({each.lacks})", 120, spare=names_in(each.title)) for each in lacking[:8]
        )
        blocks.append(lines(Line(and_more(names, len(lacking) - 8), tr("Not ready"))))
    return blocks


def _with(offers: Sequence[Offer]) -> list[Block]:
    """Checkboxes of what those collectors do only when asked for by name."""
    owners: dict[str, list[Offer]] = {}
    for offer in offers:
        for option in offer.options if offer.ready else ():
            owners.setdefault(option.name, []).append(offer)
    shown = [_option(name, having) for name, having in list(owners.items())[:GROUP]]
    if not shown:
        return []
    hint = tr("Done only when ticked.")
    if len(owners) > GROUP:
        hint = tr("Done only when ticked. {n} more with the command.", n=len(owners) - GROUP)
    group = CheckboxGroup("with_0", shown)
    return [InputBlock(tr("Extras"), group, block_id="with_0", hint=hint, optional=True)]


def _option(name: str, having: Sequence[Offer]) -> Option:
    option = next(each for offer in having for each in offer.options if each.name == name)
    about = tr("Touches the target. {about}", about=option.about) if option.touches else option.about
    titles = ", ".join(offer.title for offer in having)
    label = Text(plain(f"{name} ({titles})", 75, spare=names_in(titles)), TextType.PLAINTEXT)
    return Option(label, name[:VALUE], plain(about, 75, spare=names_in(option.about)))


def _manner(asking: Sequence[Offer], kinds: Collection[Kind] = tuple(Kind)) -> list[Block]:
    again = Text(tr("Ask again even where a recent answer is kept"), TextType.PLAINTEXT)
    fresh = Option(again, "fresh", tr("Slower, and uses up quota"))
    touching = [
        offer
        for offer in asking
        if offer.ready and (set(offer.touches).intersection(kinds) or any(option.touches for option in offer.options))
    ]
    names = ", ".join(offer.title for offer in touching)
    who = plain(tr("Its owner can see it. Done by: {names}", names=names), 75, spare=names_in(names))
    active = [Option(Text(tr("Touch the target itself too"), TextType.PLAINTEXT), "active", who)] * bool(touching)
    named, tag = ptr("scan", "Tag"), PlainTextInput("tag", max_length=100, placeholder=tr("case-17"))
    why = PlainTextInput("reason", max_length=400, placeholder=tr("asked by the person herself, case 17"))
    how = CheckboxGroup("options", [fresh, *active])
    return [
        InputBlock(tr("Reason"), why, block_id="reason", hint=tr(WANTED), optional=True),
        InputBlock(tr("How to ask"), how, block_id="options", optional=True),
        InputBlock(named, tag, block_id="tag", hint=tr("Kept with the scan, to find it again."), optional=True),
        label_menu(tr("Never looser than that of the case here.")),
    ]


def _conversation(channel: str) -> list[Block]:
    """Asked only when the form was opened where there is no channel."""
    if channel:
        return []
    menu = ConversationSelectMenu("conversation", default_to_current_conversation=True)
    return [InputBlock(tr("Where to post"), menu, block_id="conversation", hint=tr("I must be a member of it."))]


def _choice(offer: Offer) -> Option:
    title = Text(plain(offer.title, 75, spare=names_in(offer.title)), TextType.PLAINTEXT)
    return Option(title, offer.name[:VALUE], plain(offer.about, 75, spare=names_in(offer.about)))


def _target(target: Target) -> Option:
    note = plain(target.notes[0], 75) if target.notes else kind_word(target.kind)
    return Option(Text(aim(target, 75), TextType.PLAINTEXT), spell(target), note)


def _typed(boxes: Mapping[str, Mapping[str, Any]], block_id: str) -> str:
    return boxes.get(block_id, {}).get("value") or ""


def _ticked(boxes: Mapping[str, Mapping[str, Any]], prefix: str) -> tuple[str, ...]:
    chosen = [
        boxes[block_id].get("selected_options") or [] for block_id in sorted(boxes) if block_id.startswith(prefix)
    ]
    return tuple(option["value"] for options in chosen for option in options)
