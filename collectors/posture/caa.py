"""CAA: which certificate authorities may issue for a name (RFC 8659, RFC 9495)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from collectors.posture.check import Check, fair, good
from collectors.posture.text import address, cut, hostname
from core.language.noted import noted
from core.models import Severity

CRITICAL = 128
_KNOWN = frozenset({"issue", "issuewild", "iodef", "issuemail", "issuevmc", "contactemail", "contactphone"})


@dataclass(frozen=True, slots=True)
class Caa:
    """One record: flags, lower-case tag, value as text."""

    flags: int
    tag: str
    value: str

    @property
    def authority(self) -> str:
        """The authority's domain in an issue record; empty when it forbids issuing."""
        return hostname(self.value.partition(";")[0].strip()) or ""


def climb(domain: str) -> list[str]:
    """The names to ask, nearest first, up to the top-level domain (RFC 8659 3)."""
    labels = domain.split(".")
    return [".".join(labels[at:]) for at in range(len(labels))]


def contacts(records: Sequence[Caa]) -> list[str]:
    """The email addresses for reports and questions."""
    mails = [
        record.value.removeprefix("mailto:").partition("?")[0]
        for record in records
        if record.tag == "contactemail" or (record.tag == "iodef" and record.value.startswith("mailto:"))
    ]
    return list(dict.fromkeys(filter(None, map(address, mails))))


def authorities(records: Sequence[Caa]) -> list[str]:
    """The domains of the authorities that may issue, in order, once each."""
    named = [record.authority for record in records if record.tag in ("issue", "issuewild")]
    return list(dict.fromkeys(filter(None, named)))


def grade(records: Sequence[Caa], location: str) -> Check:
    """Grade the nearest set of records, found at `location`; none means that every authority may issue."""
    if not records:
        why = noted("No CAA record: every certificate authority may issue for it.")
        return fair("CAA", why, severity=Severity.INFO)
    raw = cut(" | ".join(sorted(f'{record.flags} {record.tag} "{record.value}"' for record in records[:20])))
    allowed = authorities(records)
    parts: dict[str, object] = {
        "location": location,
        "authorities": allowed[:20],
        "records": len(records),
        "iodef": [cut(record.value, 200) for record in records if record.tag == "iodef"][:10],
    }
    unknown = next((r for r in records if r.flags & CRITICAL and r.tag not in _KNOWN), None)
    if unknown is not None:
        why = noted(
            "A critical tag that nobody knows ({tag}) keeps every authority from issuing.", tag=cut(unknown.tag, 30)
        )
        return fair("CAA", why, raw=raw, parts=parts)
    if not any(record.tag == "issue" for record in records):
        why = noted("The records do not limit who may issue ordinary certificates.")
        return fair("CAA", why, severity=Severity.INFO, raw=raw, parts=parts)
    if not allowed:
        return good("CAA", noted("No certificate authority may issue for it."), raw=raw, parts=parts)
    return good("CAA", _only(allowed), raw=raw, parts=parts)


def _only(names: Sequence[str]) -> str:
    shown = ", ".join(names[:3])
    if len(names) > 3:
        return noted("Only {names} and {more} more may issue certificates.", names=shown, more=len(names) - 3)
    return noted("Only {names} may issue certificates.", names=shown)
