"""BIMI: the logo that mail programs show beside a name's mail (an Internet-Draft of the AuthIndicators group)."""

from __future__ import annotations

from collections.abc import Sequence

from collectors.posture.check import Check, fair, good, info
from collectors.posture.text import claims, cut, tags
from core.language.noted import noted


def grade(texts: Sequence[str], *, enforced: bool | None) -> Check:
    """Grade the TXT records at default._bimi; `enforced`: whether DMARC quarantines or rejects, which BIMI needs."""
    records = [text for text in texts if claims(text, "BIMI1")]
    if not records:
        return info("BIMI", noted("No logo is published."))
    raw, found = cut(records[0]), tags(records[0])
    parts: dict[str, object] = {"logo": cut(found.get("l", ""), 300), "evidence": cut(found.get("a", ""), 300)}
    if len(records) > 1:
        why = noted("There are {records} BIMI records, so none is used.", records=len(records))
        return fair("BIMI", why, raw=raw, parts=parts)
    if not found.get("l"):
        return info("BIMI", noted("The name says that it wants no logo shown."), raw=raw, parts=parts)
    if not found["l"].lower().startswith("https://"):
        why = noted("The logo's address is not https, so mail programs ignore it.")
        return fair("BIMI", why, raw=raw, parts=parts)
    if not enforced:
        unknown = enforced is None
        why = noted("A logo is published, but not shown: DMARC does not act on forgeries.")
        why = noted("A logo is published, but DMARC gave no answer.") if unknown else why
        return (info if unknown else fair)("BIMI", why, raw=raw, parts=parts)
    bare = noted("A logo is published, without the certificate that large mail programs want.")
    why = noted("A logo is published, with a certificate.") if found.get("a") else bare
    return good("BIMI", why, raw=raw, parts=parts)
