"""What a scan's messages say of watches: which one it belongs to, and the button that begins one."""

from __future__ import annotations

from slackblocks import Button

from core.blocks.parts import button
from core.blocks.text import aim, safe
from core.models import Scan
from core.seal import Action, Seal


def small_print(scan: Scan) -> list[str]:
    """Which watch, and which playbook."""
    said = [f"Watch `{safe(scan.belongs.watch, 40)}`"] * bool(scan.belongs.watch)
    return said + [f"Playbook {safe(scan.belongs.playbook, 60)}"] * bool(scan.belongs.playbook)


def buttons(scan: Scan, seal: Seal) -> list[Button]:
    """Once it has ended, a scan that no watch began can become one."""
    if scan.is_open or scan.belongs.watch or not scan.place.channel:
        return []
    value = seal(Action("watch", scan.id, scan.round))
    return [button("Watch", "watch", value, label=f"Watch {aim(scan.target)}: look again by itself")]
