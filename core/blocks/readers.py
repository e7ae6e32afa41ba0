"""Who reads a reply, and what of it they may: all in a direct message, less where several people can read it.

Two things depend on it. A finding whose attribute `direct_only` is true (a sensitive breach, a stolen login) is shown
in a direct message alone; elsewhere it is counted. And where a collector's face says DISCREET, the target's e-mail
address is masked in its reply, in the file beside it and in that file's name: they get forwarded, and last.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from core.blocks.faces import is_discreet
from core.blocks.facts import is_direct_only
from core.models import Finding, Kind, Place, Run, Scan

DOTS = "•••"


def is_direct(place: Place) -> bool:
    """Whether one person reads along, besides us: Slack's direct messages have ids in D; those with more people do not
    (https://docs.slack.dev/apis/web-api/using-the-conversations-api). What is not known to be one is none."""
    return place.channel.startswith("D")


def reads_alone(place: Place, user: str, scan: Scan) -> bool:
    """Whether somebody, there, may read all of a scan: who asked it, in their direct messages. Another member of its
    case is shown in theirs what a channel would be."""
    return is_direct(place) and scan.asker.user == user


def as_read(scan: Scan, run: Run) -> tuple[Scan, Run, int]:
    """The scan and the run as the readers of their place may see them, and how many findings are held back."""
    return as_seen(scan, run, alone=is_direct(scan.place))


def as_seen(scan: Scan, run: Run, *, alone: bool) -> tuple[Scan, Run, int]:
    """The same for readers somewhere else: `alone` is whether only one reads along who may see all, as who asked may
    over HTTP."""
    if alone:
        return scan, run, 0
    shown = tuple(each for each in run.findings if not is_direct_only(each))
    held = len(run.findings) - len(shown)
    run = replace(run, findings=shown)
    if scan.target.kind is not Kind.EMAIL or not is_discreet(run.collector):
        return scan, run, held
    address = scan.target.value
    target = replace(scan.target, value=masked(address), notes=())
    return replace(scan, target=target), covered(run, address), held


def covered(run: Run, address: str) -> Run:
    """The run with that address masked wherever it stands, for files that hold it beside answers that are discreet."""
    findings = tuple(_covered(each, address) for each in run.findings)
    return replace(run, message=_without(run.message, address), findings=findings)


def without(text: str, address: str) -> str:
    """The text with that address masked."""
    return str(_without(text, address))


def masked(address: str) -> str:
    """`a•••@example.com`: enough to tell whose it is for those who know, and as long for every name."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1] if len(local) > 1 else ''}{DOTS}@{domain}"


def _covered(finding: Finding, address: str) -> Finding:
    return replace(
        finding,
        value=_without(finding.value, address),
        attributes=_without(dict(finding.attributes), address),
        context=_without(finding.context, address),
        provenance=replace(finding.provenance, url=_without(finding.provenance.url, address)),
    )


def _without(value: Any, address: str) -> Any:
    """The same JSON value with the address masked in all of its texts, also where it is spelled for a URL."""
    if isinstance(value, str):
        return _spelled(address).sub(masked(address), value)
    if isinstance(value, dict):
        return {_without(name, address): _without(each, address) for name, each in value.items()}
    return [_without(each, address) for each in value] if isinstance(value, list | tuple) else value


def _spelled(address: str) -> re.Pattern[str]:
    local, _, domain = address.rpartition("@")
    names = "|".join(re.escape(each) for each in {local, quote(local, safe="")})
    return re.compile(f"(?:{names})(?:@|%40){re.escape(domain)}", re.IGNORECASE)
