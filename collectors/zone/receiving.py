"""How mail is received: the mail servers, and whether it must be encrypted on its way (MTA-STS, TLS-RPT)."""

from __future__ import annotations

import asyncio

from collectors.doors.reply import DnsReply, Reply
from collectors.posture import mailservers, mtasts, tlsrpt
from collectors.posture.check import info
from collectors.posture.mailservers import Exchange
from collectors.zone.dangling import free_domain
from collectors.zone.questions import Questions, texts
from collectors.zone.reverse import addresses
from collectors.zone.subject import Subject
from collectors.zone.telling import contact, posture
from core.language import N_
from core.language.noted import noted
from core.models import Finding

MOST_SERVERS = 10
CAP = 64 * 1024  # what RFC 8461 advises senders to read at most
POLICY = N_("MTA-STS policy")
MOVED = N_("A policy is announced, but its file redirects, which senders must not follow, so senders ignore it.")
GONE = N_("A policy is announced, but its file is not there ({status}), so senders ignore it.")
NOT_THERE = (404, 410, 301, 302, 303, 307, 308)  # redirects must not be followed (RFC 8461 3.3)


async def receivers(subject: Subject, questions: Questions) -> list[Finding]:
    """The mail servers with their addresses asked for."""
    reply = subject.replies.get("MX")
    if reply is None:
        return []
    asked = subject.servers[:MOST_SERVERS]
    exchanges = await asyncio.gather(*(_exchange(preference, name, questions) for preference, name in asked))
    check = mailservers.grade(exchanges, null=subject.null_mx, fallback=subject.has_address, odd=subject.odd_mx)
    if len(subject.servers) > MOST_SERVERS:
        total = len(subject.servers)
        left = noted("{left} of the {total} mail servers were not asked about.", left=total - MOST_SERVERS, total=total)
        questions.fetch.gap("truncated", left)
    context = noted("MX records of {name}.", name=subject.host)
    return [posture(reply, check, context, confidence=questions.confidence)]


async def _exchange(preference: int, name: str, questions: Questions) -> Exchange:
    replies = await asyncio.gather(questions.ask(name, "A"), questions.ask(name, "AAAA"))
    known = [reply for reply in replies if reply is not None]
    found = tuple(spelled for reply in known for spelled in addresses(reply))
    if len(known) < len(replies) and not found:
        return Exchange(name, preference)
    exists = any(reply.rcode != "NXDOMAIN" for reply in known)
    free = "" if exists else await free_domain(name, questions)
    return Exchange(name, preference, exists, found, alias=any(reply.chain for reply in known), free=free)


async def encryption(subject: Subject, questions: Questions) -> list[Finding]:
    """MTA-STS with its policy file, and TLS-RPT; nothing when the mail servers they are judged by are unknown."""
    if "MX" not in subject.replies:
        return []
    both = await asyncio.gather(_sts(subject, questions), _reports(subject, questions))
    return [finding for findings in both for finding in findings]


async def _sts(subject: Subject, questions: Questions) -> list[Finding]:
    name = f"_mta-sts.{subject.host}"
    record = await questions.ask(name, "TXT")
    if record is None:
        return []
    context = noted("TXT records of {name}.", name=name)
    identity = mtasts.announced(texts(record))
    servers = [server for _, server in subject.servers]
    if identity is None:
        return [posture(record, mtasts.grade(None, None, servers), context)]
    url = f"https://mta-sts.{subject.host}/.well-known/mta-sts.txt"
    asking = questions.fetch.text(url, absent=NOT_THERE, cap=CAP, source=POLICY)
    file = await questions.fetch.tolerate(asking, POLICY)
    if file is None:
        why = noted("A policy is announced, but its file could not be read this time.")
        return [posture(record, info("MTA-STS", why, parts={"id": identity}), context)]
    return [_policy(identity, file, servers, subject)]


def _policy(identity: str, file: Reply, servers: list[str], subject: Subject) -> Finding:
    missing = ""
    if file.absent:
        moved = isinstance(file.status, int) and file.status < 400
        missing = noted(MOVED if moved else GONE, status=file.status)
    policy = None if file.absent else mtasts.parse(file.text())
    check = mtasts.grade(identity, policy, servers, missing=missing)
    host = f"mta-sts.{subject.host}"
    return posture(file, check, noted("Policy file of {host}, checked against the mail servers.", host=host))


async def _reports(subject: Subject, questions: Questions) -> list[Finding]:
    name = f"_smtp._tls.{subject.host}"
    reply: DnsReply | None = await questions.ask(name, "TXT")
    if reply is None:
        return []
    records = [record for record in map(tlsrpt.parse, texts(reply)) if record is not None]
    context = noted("TXT records of {name}.", name=name)
    found = [posture(reply, tlsrpt.grade(records, mails=bool(subject.servers)), context)]
    mails = dict.fromkeys(mail for record in records for mail in record.reports)
    return found + [contact(reply, mail, "TLS reports", context) for mail in mails]
