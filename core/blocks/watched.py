"""What a scan's messages say of watches: which one it belongs to, what that tells, and the button that begins one."""

from __future__ import annotations

from slackblocks import Block, Button

from core.beside import Beside
from core.blocks.facts import KEPT_BACK, is_direct_only
from core.blocks.parts import Line, bullets, button, lines
from core.blocks.text import aim, plain, safe
from core.models import Finding, Scan
from core.seal import Action, Seal
from core.watches import counts

SHOWN = 6  # of each: the rest are counted


def small_print(scan: Scan) -> list[str]:
    """Which watch, and which playbook."""
    said = [f"Watch `{safe(scan.belongs.watch, 40)}`"] * bool(scan.belongs.watch)
    return said + [f"Playbook {safe(scan.belongs.playbook, 60)}"] * bool(scan.belongs.playbook)


def above(scan: Scan, beside: Beside) -> list[Block]:
    """What a watch tells: what is new, gone, changed against its own earlier looks."""
    found = beside.change
    if not scan.belongs.watch or found is None or not counts(found):
        return []
    said = [Line(_named(each), "New") for each in found.new[:SHOWN]]
    said += [Line(_named(each), "Gone") for each in found.gone[:SHOWN]]
    said += [Line(f"{_named(now)}: {_differs(was, now)}", "Changed") for was, now in found.changed[:SHOWN]]
    rest = len(found.new) + len(found.gone) + len(found.changed) - len(said)
    said += [Line(f"and {rest:,} more")] * bool(rest)
    head = f"Since {found.since:%Y-%m-%d %H:%M} UTC: {counts(found)}"
    return [lines(Line(head, "What the watch saw")), bullets(*said)]


def buttons(scan: Scan, seal: Seal) -> list[Button]:
    """Once it has ended, a scan that no watch began can become one."""
    if scan.is_open or scan.belongs.watch or not scan.place.channel:
        return []
    value = seal(Action("watch", scan.id, scan.round))
    return [button("Watch", "watch", value, label=f"Watch {aim(scan.target)}: look again by itself")]


def _named(finding: Finding) -> str:
    return KEPT_BACK if is_direct_only(finding) else plain(f"{finding.kind}: {finding.value}", 160)


def _differs(was: Finding, now: Finding) -> str:
    for name in ("grade", "severity"):
        before, after = was.attributes.get(name), now.attributes.get(name)
        if before != after:
            return plain(f"{name} {before or 'none'}, now {after or 'none'}", 100)
    return "says something else"
