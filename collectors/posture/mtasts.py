"""MTA-STS: whether senders must encrypt mail to a name and to which servers (RFC 8461)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from collectors.posture.check import Check, bad, fair, good, info
from collectors.posture.text import claims, cut, hostname, tags
from core.language.noted import noted
from core.models import Severity

LONGEST_AGE = 31_557_600
MOST_LINES = 500
_ID = re.compile(r"[A-Za-z0-9]{1,32}")
_MODES = ("enforce", "testing", "none")


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy file. `faults` are sentences; a policy with any is ignored by senders."""

    raw: str
    mode: str
    patterns: tuple[str, ...]
    max_age: int
    faults: tuple[str, ...]

    def covers(self, server: str) -> bool:
        """Whether a mail server fits a pattern; `*.` stands for exactly one label (RFC 8461 4.1)."""
        tail = server.partition(".")[2]
        return server in self.patterns or f"*.{tail}" in self.patterns


def announced(texts: Sequence[str]) -> str | None:
    """The id in the one valid record at _mta-sts; None when there is none (two or more count as none)."""
    ids = [tags(text).get("id", "") for text in texts if claims(text, "STSv1")]
    return ids[0] if len(ids) == 1 and _ID.fullmatch(ids[0]) else None


def parse(text: str) -> Policy:
    """Read a policy file. Never raises: what is wrong is said in `faults`."""
    fields: dict[str, str] = {}
    patterns: list[str] = []
    for line in text.splitlines()[:MOST_LINES]:
        name, mark, value = line.partition(":")
        name, value = name.strip().lower(), value.strip()
        if mark and name == "mx":
            patterns.append(value.lower().rstrip("."))
        elif mark:
            fields.setdefault(name, value)
    mode, age = fields.get("mode", "").lower(), fields.get("max_age", "")
    faults = []
    if fields.get("version") != "STSv1":
        faults.append(noted("it does not say version: STSv1"))
    if mode not in _MODES:
        faults.append(noted("it names no mode"))
    if not (age.isascii() and age.isdigit() and len(age) <= 10 and int(age) <= LONGEST_AGE):
        faults.append(noted("its max_age is no number of seconds up to a year"))
        age = "0"
    sound = [name for name in patterns if hostname(name.removeprefix("*."))]
    if mode != "none" and not sound:
        faults.append(noted("it names no mail server"))
    return Policy(cut(text, 2000), mode if mode in _MODES else "", tuple(sound[:50]), int(age), tuple(faults))


def grade(identity: str | None, policy: Policy | None, servers: Sequence[str], *, missing: str = "") -> Check:
    """Grade what was found.

    `identity` is the record's id or None; `policy` the file or None when it could not be had, for which
    `missing` is the sentence; `servers` the names in the MX records.
    """
    if identity is None:
        return _absent(servers)
    if policy is None:
        gone = noted("The record announces a policy, but the file is not there, so senders ignore it.")
        return bad("MTA-STS", missing or gone, severity=Severity.LOW, parts={"id": identity})
    outside = [server for server in servers if not policy.covers(server)]
    parts: dict[str, object] = {
        "id": identity,
        "mode": policy.mode,
        "mx": list(policy.patterns),
        "max_age": policy.max_age,
        "not_covered": outside[:20],
        "faults": list(policy.faults),
    }
    raw = cut(policy.raw)
    trouble = _trouble(policy, outside)
    if trouble:
        why, severity = trouble
        return bad("MTA-STS", why, severity=severity, raw=raw, parts=parts)
    if policy.mode == "none":
        return info("MTA-STS", noted("The policy is switched off (mode none)."), raw=raw, parts=parts)
    if policy.mode == "testing":
        why = noted("Senders report failures to encrypt, but deliver all the same (mode testing).")
        return fair("MTA-STS", why, raw=raw, parts=parts)
    why = noted("Senders must encrypt and check every mail server's certificate.")
    return good("MTA-STS", why, raw=raw, parts=parts)


def _trouble(policy: Policy, outside: Sequence[str]) -> tuple[str, Severity] | None:
    if policy.faults:
        fault = policy.faults[0]
        return noted("The policy file is faulty ({fault}), so senders ignore it.", fault=fault), Severity.LOW
    if policy.mode == "none" or not outside:
        return None
    if policy.mode == "enforce":
        why = noted("The policy leaves out {name}, so careful senders refuse to deliver through it.", name=outside[0])
        return why, Severity.MEDIUM
    why = noted("The policy leaves out {name}; once enforced, mail through it would be refused.", name=outside[0])
    return why, Severity.LOW


def _absent(servers: Sequence[str]) -> Check:
    if not servers:
        return info("MTA-STS", noted("Not set up, and there is no mail server that would need it."))
    return fair("MTA-STS", noted("Not set up: somebody on the way can make senders deliver mail unencrypted."))
