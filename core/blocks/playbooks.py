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
from core.models import Offer
from core.playbooks import Playbook
from core.seal import Action, Seal

SHOWN = 30
FIELDS = 1000  # characters of a field


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
    said = [Line(plain(each.about, 200), f"{each.name} (version {each.version})") for each in found[:SHOWN]]
    said += [Line(f"and {len(found) - SHOWN:,} more")] * (len(found) > SHOWN)
    use = context("/scan example.com playbook=NAME · /scan playbook NAME · /scan playbook new NAME")
    return compose(f"{len(found):,} playbooks.", [header("Playbooks"), bullets(*said), use])


def playbook_page(book: Playbook, lacking: Sequence[str], *, seal: Seal) -> Message:
    """One in full, with the button that edits it."""
    if not book.version:
        said = [Line(f"There is no {book.name} yet. Press Edit to write its first version.", bold=True)]
    else:
        said = [
            Line(plain(book.about, 300) if book.about else "It says nothing about itself."),
            Line(", ".join(book.names) or "all that fit the target", "Collectors"),
            Line(", ".join(book.options) or "none", "Options"),
            Line(", ".join(kind_word(kind) for kind in book.kinds) or "every kind", "For"),
            Line(plain(", ".join(book.rules), 300) if book.rules else "all", "Rules"),
        ]
        said += [Line(plain(", ".join(lacking), 300), "Not offered by this bot, so left out")] * bool(lacking)
    by = f"Version {book.version} by {person(book.made_by)}" if book.made_by else f"Version {book.version}, shipped"
    when = moment(book.made_at) if book.made_at else ""
    value = seal(Action("edit_playbook", subject=book.name))
    blocks: list[Block] = [header(plain(f"Playbook {book.name}", 150)), lines(*said)]
    blocks += [context(by, when)] if book.version else []
    blocks += actions(button("Edit", "edit_playbook", value, label=f"Edit the playbook {book.name}"))
    return compose(f"The playbook {book.name}.", blocks)


def playbook_modal(book: Playbook, offers: Sequence[Offer], *, channel: str) -> dict[str, Any]:
    """The form, callback id `playbook`; block ids, each also its input's action id: about, collectors, options, kinds,
    rules."""
    place = json.dumps({"name": book.name, "version": book.version, "channel": channel})
    names = ", ".join(offer.name for offer in offers)
    options = ", ".join(dict.fromkeys(option.name for offer in offers for option in offer.options))
    blocks: list[Block] = [
        _field("About", "about", book.about, "What question it answers, in a sentence.", most=300),
        _field("Collectors", "collectors", ", ".join(book.names), f"Of these; none means all that fit: {names}"),
        _field("Options", "options", ", ".join(book.options), f"Of these: {options or 'none yet'}"),
        _field("Kinds of target", "kinds", ", ".join(book.kinds), "None means every kind: domain, ip, email ..."),
        _field("Rules", "rules", ", ".join(book.rules), "Names of correlation rules; none means all."),
    ]
    title = plain(f"{book.name}, v{book.version + 1}", 24)
    return as_view(ModalView(title, blocks, "Close", "Save Version", place, callback_id="playbook"))


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
    box = PlainTextInput(name, initial_value=value[:most] or None, max_length=most)
    return InputBlock(label, box, block_id=name, hint=plain(hint, 300, spare=hint.lower().split()), optional=True)
