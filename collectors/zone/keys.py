"""DKIM keys under the selectors that providers hand out, told apart from a wildcard's answers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from collectors.doors.reply import DnsReply
from collectors.posture import dkim
from collectors.posture.providers import SIGNERS, by_name
from collectors.zone.questions import Questions, texts
from collectors.zone.reading import service
from collectors.zone.subject import Subject
from collectors.zone.telling import posture
from core.language.noted import noted
from core.models import Finding


async def signers(subject: Subject, questions: Questions) -> list[Finding]:
    """The DKIM check and the services that hold keys. Names that are not meant for mail are not asked about."""
    if not subject.mails:
        return []
    nonce = questions.nonce("dkim")
    names = {selector: f"{selector}._domainkey.{subject.host}" for selector in (nonce, *dkim.SELECTORS)}
    replies = await asyncio.gather(*(questions.ask(name, "TXT") for name in names.values()))
    answered = {selector: reply for selector, reply in zip(names, replies, strict=True) if reply is not None}
    wild = answered.pop(nonce, None)
    if wild is None or not answered:  # without it nobody can tell a key from a wildcard's answer
        return []
    noise = set(texts(wild))
    keys = [key for selector, reply in answered.items() for key in _keys(selector, reply, noise)]
    first = answered[keys[0].selector] if keys else wild
    check = dkim.grade(keys, tried=len(answered), mails=bool(subject.servers))
    below = f"_domainkey.{subject.host}"
    context = noted("TXT records of {tried} selectors below {name}.", tried=len(answered), name=below)
    findings = [posture(first, check, context, confidence=questions.confidence)]
    for key in keys:
        provider = by_name(key.provider, SIGNERS) if key.provider else None
        leads = noted("DKIM selector {selector} leads to {name}.", selector=key.selector, name=key.provider)
        findings += service(answered[key.selector], provider, leads)
    return findings


def _keys(selector: str, reply: DnsReply, noise: set[str]) -> Iterator[dkim.Key]:
    provider = reply.chain[-1].lower() if reply.chain else ""
    for text in texts(reply):
        key = dkim.parse(selector, text, provider=provider) if text not in noise else None
        if key is not None:
            yield key
