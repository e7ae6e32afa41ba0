"""Wildcards: whether names that nobody made up have answers all the same (RFC 4592)."""

from __future__ import annotations

import asyncio

from collectors.doors.reply import DnsReply
from collectors.zone.questions import Questions
from collectors.zone.reverse import addresses
from collectors.zone.subject import Subject
from core.language import NN_
from core.language.noted import nnoted
from core.models import Confidence, Fact, Finding

PROBES = ("first", "second", "third")
ANSWERED = NN_(
    "{n} of {total} random names below {parent} have an answer.",
    "{n} of {total} random names below {parent} have an answer.",
)


async def wildcards(subject: Subject, questions: Questions) -> list[Finding]:
    """Whether the name, and what lies directly above it in its zone, answers for every name below."""
    parents = [subject.host]
    if subject.host != subject.zone:
        parents.append(subject.host.partition(".")[2])
    both = await asyncio.gather(*(_wildcard(parent, subject, questions) for parent in parents))
    found = [finding for findings in both for finding in findings]
    covering = [finding for finding in found if finding.attributes["covers_target"]]
    return covering or found  # what covers the name itself covers all below it as well (RFC 4592)


async def _wildcard(parent: str, subject: Subject, questions: Questions) -> list[Finding]:
    names = [f"{questions.nonce(f'wildcard {probe}')}.{parent}" for probe in PROBES]
    asked = await asyncio.gather(*(questions.ask(name, rdtype) for name in names for rdtype in ("A", "AAAA")))
    answers = [reply for reply in asked if reply is not None and (reply.records or reply.chain)]
    if not answers:
        return []  # no wildcard, or unknown, which the unanswered questions tell
    signature = {spelled for reply in answers for spelled in addresses(reply)}
    targets = {reply.canonical for reply in answers if reply.chain}
    probes = len({reply.url.partition("?")[0] for reply in answers})
    return [
        answers[0].finding(
            Fact.WILDCARD,
            f"*.{parent}",
            confidence=Confidence.HIGH if probes == len(PROBES) else Confidence.MODERATE,
            context=nnoted(*ANSWERED, probes, total=len(PROBES), parent=parent),
            addresses=sorted(signature)[:50],
            targets=sorted(targets)[:20],
            probes=probes,
            covers_target=parent != subject.host and _covered(subject, signature),
        )
    ]


def _covered(subject: Subject, signature: set[str]) -> bool:
    """Whether the name's own addresses are no more than what the wildcard gives everybody."""
    replies: list[DnsReply] = [subject.replies[rdtype] for rdtype in ("A", "AAAA") if rdtype in subject.replies]
    own = {spelled for reply in replies for spelled in addresses(reply)}
    return bool(own) and own <= signature
