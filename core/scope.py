"""Which findings of a scan can be pivoted to, and whether they lie within the scope of what its tree began with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import ip_address, ip_network
from typing import Any

from core.addresses import Network
from core.blocks.facts import WEIGHTS, is_direct_only, severity_of, word
from core.errors import NotATarget
from core.language import tr
from core.models import Finding, Kind, Run, Scan, Target
from core.pivots import AUTO, HOLDS, HOSTED, KINDS, READ, Pivot
from core.store.rows import fingerprint
from core.targets import host_of, parse, registrable, spell


def pivots_of(scan: Scan, root: Target, *, allow: Sequence[Network] = (), alone: bool) -> tuple[Pivot, ...]:
    """What a scan's findings can be pivoted to: each target once, by kind, what matters first. Neither the target
    itself, nor what is not public, nor (unless one reads `alone`) what only a direct message may show."""
    found: dict[Target, Pivot] = {}
    for finding in _findings(scan.runs, alone=alone):
        target = target_of(finding, allow)
        if target is None or target in (scan.target, root) or (not alone and _tells(finding, scan.target)):
            continue
        severity = severity_of(finding)
        known = found.get(target)
        if known is None or WEIGHTS[severity] < WEIGHTS[known.severity]:
            beyond = why_beyond(root, scan.target, target)
            found[target] = Pivot(target, fingerprint(finding), word(finding, "role", "relation"), severity, beyond)
    return tuple(sorted(found.values(), key=lambda each: (KINDS.index(each.target.kind), WEIGHTS[each.severity])))


def auto_of(scan: Scan, root: Target, *, allow: Sequence[Network] = ()) -> tuple[Pivot, ...]:
    """What depth=1 looks up by itself, the same for everybody who looks at the same record. Only what everybody may
    read, only within the scope, never a person."""
    found: dict[Target, Pivot] = {}
    wanted, roles = AUTO.get(scan.target.kind, (None, frozenset()))
    for finding in _findings(scan.runs, alone=False):
        if finding.kind != wanted or word(finding, "role") not in roles:
            continue
        target = target_of(finding, allow)
        if target is not None and not why_beyond(root, scan.target, target):
            found.setdefault(target, Pivot(target, fingerprint(finding), word(finding, "role")))
    host = host_of(scan.target) if scan.target.kind in HOSTED else None
    if host and (target := _read(Kind.DOMAIN, host, allow)):
        found.setdefault(target, Pivot(target, ""))
    found.pop(scan.target, None)
    return tuple(sorted(found.values(), key=lambda each: (each.target.kind, each.target.value)))


def target_of(finding: Finding, allow: Sequence[Network] = ()) -> Target | None:
    """The observable in a finding, read as if somebody had typed it; None: it holds none, or none that is public."""
    if isinstance(finding.kind, Kind):
        return _read(finding.kind, finding.value, allow) if finding.kind in KINDS else None
    for name, kind in HOLDS.get(finding.kind, ()):
        held: Any = finding.attributes.get(name) if name else finding.value
        for value in held if isinstance(held, list | tuple) else (held,):
            if isinstance(value, str) and (target := _read(kind, value, allow)):
                return target
    return None


def why_beyond(root: Target, parent: Target, target: Target) -> str:
    """Why a target lies outside of what the tree is about, as a sentence; empty when it lies within: the same
    registered domain, an address that a name in scope leads to, an address in the network that was asked about."""
    home, there = _house(root), _house(target)
    if home and there:
        return "" if home == there else tr("{target} is registered apart from {root}.", target=there, root=home)
    if target.kind is Kind.IP:
        if root.kind is Kind.CIDR:
            address, network = ip_address(target.value), ip_network(root.value)
            within = address.version == network.version and address in network
            return "" if within else tr("{target} is outside of {root}.", target=target.value, root=root.value)
        if home and _house(parent) == home:
            return ""
    return tr("Nothing says that {target} belongs to {root}.", target=spell(target), root=spell(root))


def _house(target: Target) -> str:
    host = host_of(target) or ""
    return (registrable(host, private=True) or host) if host else ""


def _findings(runs: Sequence[Run], *, alone: bool) -> Iterator[Finding]:
    left = READ
    for run in runs:
        for finding in run.findings[:left]:
            if alone or not is_direct_only(finding):
                yield finding
        left -= min(left, len(run.findings))


def _tells(finding: Finding, target: Target) -> bool:
    """Whether it spells out the address of a person whose replies mask it."""
    return target.kind is Kind.EMAIL and target.value.lower() in finding.value.lower()


def _read(kind: Kind, value: str, allow: Sequence[Network]) -> Target | None:
    try:
        target = parse(spell(Target(kind, value)), allow=allow)
    except NotATarget:  # not public, or no such thing after all
        return None
    return target if target.kind is kind else None
