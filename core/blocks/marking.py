"""The label and the case of a scan in its messages; and what stands where the label lets nothing stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slackblocks import Block, InputBlock, Option, StaticSelectMenu, Text, TextType

from core.blocks.message import Message, compose
from core.blocks.parts import context, header, paragraph
from core.blocks.text import moment, person, safe
from core.cases import Case, Tlp, tlp_of
from core.language import N_, tr
from core.models import Scan

SENT = N_("{label}: the answer was sent to those who may see it.")
MEANS = {  # https://www.first.org/tlp/
    Tlp.RED: N_("For those who asked, and the case's members, alone"),
    Tlp.AMBER_STRICT: N_("For our organisation alone"),
    Tlp.AMBER: N_("For our organisation and its clients"),
    Tlp.GREEN: N_("For our community"),
    Tlp.CLEAR: N_("For everybody"),
}


def mark(tlp: Tlp | None) -> str:
    """`*TLP:AMBER*` for mrkdwn; nothing without a label."""
    return f"*{tlp.label}*" if tlp else ""


def marked(scan: Scan) -> str:
    """The label of a scan, for the beginning of its small print."""
    return mark(tlp_of(scan.belongs.tlp))


def in_case(case: Case | None) -> str:
    """Which case it is of."""
    return tr("Case {title}", title=safe(case.title, 100)) if case else ""


def small_marks(scans: Sequence[Scan]) -> list[Block]:
    """The labels of several scans, as a line of small print."""
    labels = list(dict.fromkeys(filter(None, map(marked, scans))))
    return [context(*labels)] if labels else []


def stub(scan: Scan) -> Message:
    """What stands in a channel that may not show a scan: not even what was asked about."""
    tlp = tlp_of(scan.belongs.tlp) or Tlp.RED
    said = tr(SENT, label=tlp.label)
    asked = tr("Asked by {person}", person=person(scan.asker.user))
    by = [mark(tlp), asked, moment(scan.created_at), tr("Scan {id}", id=f"`{safe(scan.id, 60)}`")]
    return compose(said, [header(tlp.label), paragraph(said), context(*by)])


def label_menu(hint: str, chosen: str = "") -> InputBlock:
    """A menu of the labels, block id `tlp`."""
    options = {str(each): Option(Text(each.label, TextType.PLAINTEXT), str(each), tr(MEANS[each])) for each in Tlp}
    menu = StaticSelectMenu(
        "tlp", list(options.values()), initial_option=options.get(chosen), placeholder=tr("As usual here")
    )
    return InputBlock(tr("Label"), menu, block_id="tlp", hint=hint, optional=True)


def chosen_label(boxes: Mapping[str, Mapping[str, Any]]) -> str:
    """What was chosen in it; empty: nothing."""
    return str((boxes.get("tlp", {}).get("selected_option") or {}).get("value", ""))
