"""Playbooks: the list, one in full, and the form that writes its next version."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slackblocks import Block, InputBlock, ModalView, PlainTextInput

from core.blocks.message import Message, as_view, compose
from core.blocks.parts import Line, actions, bullets, button, context, header, lines
from core.blocks.text import moment, person, plain
from core.blocks.words import kind_word
from core.language import N_, ptr, tr
from core.models import Offer
from core.playbooks import Playbook
from core.seal import Action, Seal

SHOWN = 30
FITTING = N_("Of these; none means all that fit: {names}")
EVERY_KIND = N_("None means every kind: domain, ip, email ...")
FIELDS = 1000  # characters of a field
LONG = ("about", "collectors")  # fields whose text a phone would cut in one line


@dataclass(frozen=True, slots=True)
class FilledPlaybook:
    """What a submitted form says."""

    name: str
    version: int
    about: str
    collectors: str
    options: str
    kinds: str
    rules: str
    channel: str


def playbooks(found: Sequence[Playbook]) -> Message:
    """All that there are."""
    said = [
        Line(plain(tr(each.about), 200), tr("{name} (version {version})", name=each.name, version=each.version))
        for each in found[:SHOWN]
    ]
    said += [Line(tr("and {n:,} more", n=len(found) - SHOWN))] * (len(found) > SHOWN)
    use = context("/scan example.com playbook=NAME · /scan playbook NAME · /scan playbook new NAME")
    return compose(tr("{n:,} playbooks.", n=len(found)), [header(tr("Playbooks")), bullets(*said), use])


def playbook_page(book: Playbook, lacking: Sequence[str], *, seal: Seal) -> Message:
    """One in full, with the button that edits it."""
    if not book.version:
        first = tr("There is no {name} yet. Press Edit to write its first version.", name=book.name)
        said = [Line(first, bold=True)]
    else:
        said = [
            Line(plain(tr(book.about), 300) if book.about else tr("It says nothing about itself.")),
            Line(", ".join(book.names) or tr("all that fit the target"), tr("Collectors")),
            Line(", ".join(book.options) or ptr("options", "none"), tr("Options")),
            Line(", ".join(kind_word(kind) for kind in book.kinds) or tr("every kind"), ptr("targets", "For")),
            Line(plain(", ".join(book.rules), 300) if book.rules else ptr("rules", "all"), tr("Rules")),
        ]
        said += [Line(plain(", ".join(lacking), 300), tr("Not offered by this bot, so left out"))] * bool(lacking)
    by = tr("Version {version}, shipped", version=book.version)
    if book.made_by:
        by = tr("Version {version} by {person}", version=book.version, person=person(book.made_by))
    when = moment(book.made_at) if book.made_at else ""
    value = seal(Action("edit_playbook", subject=book.name))
    blocks: list[Block] = [header(plain(tr("Playbook {name}", name=book.name), 150)), lines(*said)]
    blocks += [context(by, when)] if book.version else []
    label = tr("Edit the playbook {name}", name=book.name)
    blocks += actions(button(tr("Edit"), "edit_playbook", value, label=label))
    return compose(tr("The playbook {name}.", name=book.name), blocks)


def playbook_modal(book: Playbook, offers: Sequence[Offer], *, channel: str) -> dict[str, Any]:
    """The form, callback id `playbook`; block ids, each also its input's action id: about, collectors, options, kinds,
    rules."""
    place = json.dumps({"name": book.name, "version": book.version, "channel": channel})
    names = ", ".join(offer.name for offer in offers)
    options = ", ".join(dict.fromkeys(option.name for offer in offers for option in offer.options)) or tr("none yet")
    blocks: list[Block] = [
        _field(tr("About"), "about", tr(book.about), tr("What question it answers, in a sentence."), most=300),
        _field(tr("Collectors"), "collectors", ", ".join(book.names), tr(FITTING, names=names)),
        _field(tr("Options"), "options", ", ".join(book.options), tr("Of these: {names}", names=options)),
        _field(tr("Kinds of target"), "kinds", ", ".join(book.kinds), tr(EVERY_KIND)),
        _field(tr("Rules"), "rules", ", ".join(book.rules), tr("Names of correlation rules; none means all.")),
    ]
    title = plain(f"{book.name}, v{book.version + 1}", 24)
    return as_view(ModalView(title, blocks, tr("Close"), tr("Save Version"), place, callback_id="playbook"))


def filled_playbook(view: Mapping[str, Any]) -> FilledPlaybook:
    """Read a submitted form. Its name and version were written by us; the guard and the next version's check look at
    them again."""
    try:
        place = json.loads(view.get("private_metadata") or "{}")
    except ValueError:
        place = {}
    place = place if isinstance(place, dict) else {}
    state: Mapping[str, Mapping[str, Mapping[str, Any]]] = view["state"]["values"]
    boxes = {block_id: element for inputs in state.values() for block_id, element in inputs.items()}

    def typed(name: str) -> str:
        return str(boxes.get(name, {}).get("value") or "")

    version = place.get("version")
    return FilledPlaybook(
        str(place.get("name", "")),
        version if isinstance(version, int) else 0,
        typed("about"),
        typed("collectors"),
        typed("options"),
        typed("kinds"),
        typed("rules"),
        str(place.get("channel", "")),
    )


def _field(label: str, name: str, value: str, hint: str, *, most: int = FIELDS) -> InputBlock:
    box = PlainTextInput(name, initial_value=value[:most] or None, max_length=most, multiline=name in LONG)
    return InputBlock(label, box, block_id=name, hint=plain(hint, 300, spare=hint.lower().split()), optional=True)
