"""Dangling aliases: names that lead to names that do not exist, which somebody else may come to own."""

from __future__ import annotations

from collectors.doors.reply import DnsReply
from collectors.posture.check import bad
from collectors.posture.providers import HOSTS, by_name
from collectors.zone.questions import Questions
from collectors.zone.subject import Subject
from collectors.zone.telling import posture
from core.models import Finding, Severity
from core.targets.suffixes import registrable

MOST_NAMED = 20


async def dangling(subject: Subject, questions: Questions) -> list[Finding]:
    """One check over every answer of this run; nothing when no alias of the zone leads nowhere."""
    found: dict[str, DnsReply] = {}
    for name, reply in questions.replies():
        ours = name == subject.host or name.endswith((f".{subject.host}", f".{subject.zone}"))
        if ours and reply.chain and reply.rcode == "NXDOMAIN":
            found.setdefault(questions.public(name), reply)
    if not found:
        return []
    name, reply = min(found.items(), key=lambda each: (each[0] != subject.host, each[0]))
    target = reply.chain[-1].lower()
    aliases = [{"name": each, "target": found[each].chain[-1].lower()} for each in sorted(found)[:MOST_NAMED]]
    check = bad(
        "Dangling alias",
        f"{name} leads to {target}, which does not exist; {await _danger(target, questions)}.",
        severity=Severity.HIGH,
        raw=f"{name} CNAME {target}",
        parts={"aliases": aliases, "total": len(found)},
    )
    return [posture(reply, check, f"An alias (CNAME) of {name} whose target is NXDOMAIN.")]


async def _danger(target: str, questions: Questions) -> str:
    domain = registrable(target)
    reply = await questions.ask(domain, "NS") if domain else None
    if reply is not None and reply.rcode == "NXDOMAIN":
        return f"{domain} looks free, and whoever registers it answers in its place"
    provider = by_name(target, HOSTS)
    where = f" at {provider.name}" if provider else ""
    return f"whoever claims that name{where} answers in its place"
