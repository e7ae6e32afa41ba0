"""What a scan's messages say of watches: which one it belongs to, and how one begins."""

from __future__ import annotations

from core.blocks.text import safe
from core.language import tr
from core.models import Scan
from core.seal import Action


def small_print(scan: Scan) -> list[str]:
    """Which watch, and which playbook."""
    watch, book = scan.belongs.watch, scan.belongs.playbook
    said = [tr("Watch {id}", id=f"`{safe(watch, 40)}`")] * bool(watch)
    return said + [tr("Playbook {name}", name=safe(book, 60))] * bool(book)


def watch_action(scan: Scan) -> list[tuple[str, Action]]:
    """Once it has ended, a scan that no watch began can become one."""
    if scan.is_open or scan.belongs.watch or not scan.place.channel:
        return []
    return [(tr("Watch"), Action("watch", scan.id, scan.round))]
