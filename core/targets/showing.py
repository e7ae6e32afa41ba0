"""How a target is shown to people: harmless, and readable where its canonical form is not."""

from __future__ import annotations

from core.models import Target
from core.targets.hosts import host_of
from core.targets.idn import to_unicode
from core.targets.spelling import defang, spell


def display(target: Target) -> str:
    """The target defanged, with its domain's Unicode form in brackets where that differs."""
    shown = defang(spell(target).removeprefix("domain:"))
    host = host_of(target) or ""
    readable = to_unicode(host)
    return shown if readable == host else f"{shown} ({defang(readable)})"
