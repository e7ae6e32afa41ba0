"""The forms that begin a watch and change one, and what a filled one says."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from slackblocks import (
    Block,
    DatePicker,
    InputBlock,
    ModalView,
    Option,
    PlainTextInput,
    StaticSelectMenu,
    Text,
    TextType,
)

from core.blocks.facts import severity_word
from core.blocks.message import as_view
from core.blocks.parts import Line, lines
from core.blocks.text import aim
from core.blocks.watches import day_in
from core.language import N_, ptr, tr
from core.models import Scan
from core.watches import THRESHOLDS, Watch

HOW = N_("hourly, daily, weekly, or five fields of cron: 0 7 * * 1-5")
EVERY = {"daily": N_("daily"), "weekly": N_("weekly"), "hourly": N_("hourly")}


def watch_modal(scan: Scan, *, playbooks: Sequence[str] = ()) -> dict[str, Any]:
    """The small form behind the button Watch of a scan, callback id `watch`. Block ids, each also its input's action
    id: every, zone, threshold, until, playbook, reason."""
    place = json.dumps({"scan": scan.id, "channel": scan.place.channel, "thread_ts": scan.place.thread_ts})
    every = _menu("every", {word: tr(said) for word, said in EVERY.items()})
    least = _menu("threshold", _severities())
    zone = PlainTextInput("zone", initial_value="UTC", max_length=60)
    reason = PlainTextInput("reason", initial_value=scan.reason[:400] or None, max_length=400)
    person_first = scan.target.is_selector
    again = N_("Look at {target} again and again, and tell this channel when something changed.")
    blocks: list[Block] = [
        lines(Line(tr(again, target=aim(scan.target)))),
        InputBlock(tr("How often"), every, block_id="every"),
        InputBlock(tr("Time zone"), zone, block_id="zone", hint=tr("As the IANA names it, for example Europe/Madrid")),
        InputBlock(tr("Tell changes of severity"), least, block_id="threshold"),
        InputBlock(tr("Until"), DatePicker("until"), block_id="until", hint=tr("None: no end."), optional=True),
    ]
    if playbooks:
        menu = _menu("playbook", {each: each for each in playbooks[:100]}, chosen=False)
        blocks.append(InputBlock(tr("Playbook"), menu, block_id="playbook", optional=True))
    why = tr("It is kept and audited.") if person_first else tr("Why it is watched; kept and audited.")
    blocks.append(InputBlock(tr("Reason"), reason, block_id="reason", hint=why, optional=not person_first))
    return as_view(ModalView(tr("Watch"), blocks, tr("Close"), tr("Watch"), place, callback_id="watch"))


def filled_watch(view: Mapping[str, Any]) -> dict[str, str]:
    """What a submitted form says, by block id; with `scan`, `channel` and `thread_ts` of where it was opened."""
    try:
        place = json.loads(view.get("private_metadata") or "{}")
    except ValueError:
        place = {}
    kept = {name: text for name, text in place.items() if isinstance(text, str)} if isinstance(place, dict) else {}
    said: dict[str, str] = {}
    for inputs in view["state"]["values"].values():
        for block_id, element in inputs.items():
            option = element.get("selected_option") or {}
            said[block_id] = str(element.get("value") or element.get("selected_date") or option.get("value") or "")
    return said | kept


def watch_edit_modal(watch: Watch) -> dict[str, Any]:
    """The same for one that there is, callback id `watch_edit`; block ids every, zone, threshold, until."""
    until = DatePicker("until", initial_date=day_in(watch, watch.expires_at) if watch.expires_at else None)
    every = PlainTextInput("every", initial_value=watch.schedule, max_length=100)
    zone = PlainTextInput("zone", initial_value=watch.zone, max_length=60)
    least = _menu("threshold", _severities(), word=watch.threshold or THRESHOLDS[0])
    blocks: list[Block] = [
        lines(Line(aim(watch.target), ptr("a thing", "Watch"))),
        InputBlock(tr("How often"), every, block_id="every", hint=tr(HOW)),
        InputBlock(tr("Time zone"), zone, block_id="zone"),
        InputBlock(tr("Tell changes of severity"), least, block_id="threshold"),
        InputBlock(tr("Until"), until, block_id="until", hint=tr("Emptied: it stays as it is."), optional=True),
    ]
    place = json.dumps({"watch": watch.id})
    return as_view(ModalView(tr("Edit watch"), blocks, tr("Close"), tr("Save"), place, callback_id="watch_edit"))


def _severities() -> dict[str, str]:
    return {each: severity_word(each) for each in THRESHOLDS}


def _menu(name: str, words: Mapping[str, str], *, chosen: bool = True, word: str = "") -> StaticSelectMenu:
    """What is chosen are the keys, in words that people read."""
    options = {each: Option(Text(said, TextType.PLAINTEXT), each) for each, said in words.items()}
    return StaticSelectMenu(
        name, list(options.values()), initial_option=options.get(word, next(iter(options.values()))) if chosen else None
    )
