"""The label and the case of a scan in its messages; and what stands where the label lets nothing stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slackblocks import Block, InputBlock, Option, StaticSelectMenu, Text, TextType

from core.blocks.message import Message, compose
from core.blocks.parts import context, header, paragraph
from core.blocks.text import moment, person, safe
from core.cases import Case, Tlp, tlp_of
from core.models import Scan

SENT = "the answer was sent to those who may see it"
MEANS = {  # https://www.first.org/tlp/
    Tlp.RED: "For those who asked, and the case's members, alone",
    Tlp.AMBER_STRICT: "For our organisation alone",
    Tlp.AMBER: "For our organisation and its clients",
    Tlp.GREEN: "For our community",
    Tlp.CLEAR: "For everybody",
}


def mark(tlp: Tlp | None) -> str:
    """`*TLP:AMBER*` for mrkdwn; nothing without a label."""
    return f"*{tlp.label}*" if tlp else ""


def marked(scan: Scan) -> str:
    """The label of a scan, for the beginning of its small print."""
    return mark(tlp_of(scan.belongs.tlp))


def in_case(case: Case | None) -> str:
    """Which case it is of."""
    return f"Case {safe(case.title, 100)}" if case else ""


def small_marks(scans: Sequence[Scan]) -> list[Block]:
    """The labels of several scans, as a line of small print."""
    labels = list(dict.fromkeys(filter(None, map(marked, scans))))
    return [context(*labels)] if labels else []


def stub(scan: Scan) -> Message:
    """What stands in a channel that may not show a scan: not even what was asked about."""
    tlp = tlp_of(scan.belongs.tlp) or Tlp.RED
    said = f"{tlp.label}: {SENT}."
    by = [mark(tlp), f"Asked by {person(scan.asker.user)}", moment(scan.created_at), f"Scan `{safe(scan.id, 60)}`"]
    return compose(said, [header(tlp.label), paragraph(said), context(*by)])


def label_menu(hint: str, chosen: str = "") -> InputBlock:
    """A menu of the labels, block id `tlp`."""
    options = {str(each): Option(Text(each.label, TextType.PLAINTEXT), str(each), MEANS[each]) for each in Tlp}
    menu = StaticSelectMenu(
        "tlp", list(options.values()), initial_option=options.get(chosen), placeholder="As usual here"
    )
    return InputBlock("Label", menu, block_id="tlp", hint=hint, optional=True)


def chosen_label(boxes: Mapping[str, Mapping[str, Any]]) -> str:
    """What was chosen in it; empty: nothing."""
    return str((boxes.get("tlp", {}).get("selected_option") or {}).get("value", ""))
