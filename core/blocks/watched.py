"""What a scan's messages say of watches: which one it belongs to, and how one begins."""

from __future__ import annotations

from core.blocks.text import safe
from core.models import Scan
from core.seal import Action


def small_print(scan: Scan) -> list[str]:
    """Which watch, and which playbook."""
    said = [f"Watch `{safe(scan.belongs.watch, 40)}`"] * bool(scan.belongs.watch)
    return said + [f"Playbook {safe(scan.belongs.playbook, 60)}"] * bool(scan.belongs.playbook)


def watch_action(scan: Scan) -> list[tuple[str, Action]]:
    """Once it has ended, a scan that no watch began can become one."""
    if scan.is_open or scan.belongs.watch or not scan.place.channel:
        return []
    return [("Watch", Action("watch", scan.id, scan.round))]
