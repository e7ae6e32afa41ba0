"""Dangling aliases: names that lead to names that do not exist, which somebody else may come to own."""

from __future__ import annotations

from collectors.doors.reply import DnsReply
from collectors.posture.check import bad
from collectors.posture.providers import HOSTS, by_name
from collectors.zone.questions import Questions
from collectors.zone.subject import Subject
from collectors.zone.telling import posture
from core.language import N_
from core.language.noted import noted
from core.models import Finding, Severity
from core.targets.suffixes import registrable

MOST_NAMED = 20
NAME = N_("Dangling alias")
BROKEN = N_(
    "{name} leads to {target}, which does not exist; it is broken, but only the holder of the domain can make "
    "that name."
)
FREE = N_(
    "{name} leads to {target}, which does not exist; {free} looks free, and whoever registers it answers in its place."
)
CLAIMED = N_("{name} leads to {target}, which does not exist; whoever claims that name answers in its place.")
HOSTED = N_(
    "{name} leads to {target}, which does not exist; whoever claims that name at {provider} answers in its place."
)


async def dangling(subject: Subject, questions: Questions) -> list[Finding]:
    """One check over every answer of this run; nothing when no alias of the zone leads nowhere."""
    found = await _found(subject, questions)
    if not found:
        return []
    name, reply = min(found.items(), key=lambda each: (_is_own(each[1], subject), each[0] != subject.host, each[0]))
    target = reply.chain[-1].lower()
    own = _is_own(reply, subject)
    aliases = [{"name": each, "target": found[each].chain[-1].lower()} for each in sorted(found)[:MOST_NAMED]]
    check = bad(
        NAME,
        noted(BROKEN, name=name, target=target) if own else await _danger(name, target, questions),
        severity=Severity.LOW if own else Severity.HIGH,
        raw=f"{name} CNAME {target}",
        parts={"aliases": aliases, "total": len(found)},
    )
    return [posture(reply, check, noted("An alias (CNAME) of {name} whose target is NXDOMAIN.", name=name))]


def _is_own(reply: DnsReply, subject: Subject) -> bool:
    """Whether an alias ends in the domain it belongs to, where no stranger can make names."""
    return registrable(reply.chain[-1].lower()) == subject.registered


async def _found(subject: Subject, questions: Questions) -> dict[str, DnsReply]:
    """The aliases of the zone that lead nowhere, by name."""
    ours = (f".{subject.host}", f".{subject.zone}")
    near = [(name, reply) for name, reply in questions.replies() if f".{name}".endswith(ours)]
    resolved = {name for name, reply in near if reply.records}
    aliases = {name: reply for name, reply in near if reply.chain and name not in resolved}
    found: dict[str, DnsReply] = {}
    for name, reply in aliases.items():
        if await _gone(reply, questions):
            found.setdefault(questions.public(name), reply)
    return found


async def _gone(reply: DnsReply, questions: Questions) -> bool:
    """Whether the end of a chain does not exist; servers that do not look there themselves are asked again."""
    if reply.rcode == "NXDOMAIN":
        return True
    target = await questions.ask(reply.chain[-1].lower(), "A")
    return target is not None and target.rcode == "NXDOMAIN"


async def _danger(name: str, target: str, questions: Questions) -> str:
    if free := await free_domain(target, questions):
        return noted(FREE, name=name, target=target, free=free)
    provider = by_name(target, HOSTS)
    if provider is None:
        return noted(CLAIMED, name=name, target=target)
    return noted(HOSTED, name=name, target=target, provider=provider.name)


async def free_domain(name: str, questions: Questions) -> str:
    """The domain a missing name lies in, when that does not exist either; empty when somebody holds it."""
    domain = registrable(name)
    reply = await questions.ask(domain, "NS") if domain else None
    return domain if domain and reply is not None and reply.rcode == "NXDOMAIN" else ""
