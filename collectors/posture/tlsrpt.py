"""TLS-RPT: where senders report that they could not encrypt mail to a name (RFC 8460)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from collectors.posture.check import Check, bad, fair, good, info
from collectors.posture.text import claims, cut, mailboxes, tags
from core.language.noted import noted
from core.models import Severity


@dataclass(frozen=True, slots=True)
class TlsRpt:
    """Where reports go: email addresses and https addresses."""

    raw: str
    reports: tuple[str, ...]
    others: tuple[str, ...]


def parse(text: str) -> TlsRpt | None:
    """Read a TXT record; None when it is no TLS-RPT record."""
    if not claims(text, "TLSRPTv1"):
        return None
    mails, others = mailboxes(tags(text).get("rua", ""))
    return TlsRpt(text, tuple(mails), tuple(uri for uri in others if uri.lower().startswith("https:")))


def grade(records: Sequence[TlsRpt], *, mails: bool) -> Check:
    """Grade the records at _smtp._tls; `mails`: whether the name has mail servers."""
    if not records:
        if not mails:
            return info("TLS-RPT", noted("Not set up, and there is no mail server that would need it."))
        return fair("TLS-RPT", noted("Not set up: nobody is told when mail cannot be encrypted on its way."))
    if len(records) > 1:
        why = noted("There are {records} TLS-RPT records, so senders ignore all of them.", records=len(records))
        return bad("TLS-RPT", why, severity=Severity.LOW, raw=cut(records[0].raw))
    record = records[0]
    parts: dict[str, object] = {"rua": list(record.reports), "https": list(record.others)}
    if not record.reports and not record.others:
        why = noted("The record names nowhere to report to.")
        return bad("TLS-RPT", why, severity=Severity.LOW, raw=cut(record.raw), parts=parts)
    return good("TLS-RPT", noted("Senders report when they cannot encrypt."), raw=cut(record.raw), parts=parts)
