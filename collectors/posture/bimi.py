"""BIMI: the logo that mail programs show beside a name's mail (an Internet-Draft of the AuthIndicators group)."""

from __future__ import annotations

from collections.abc import Sequence

from collectors.posture.check import Check, fair, good, info
from collectors.posture.text import claims, cut, tags


def grade(texts: Sequence[str], *, enforced: bool | None) -> Check:
    """Grade the TXT records at default._bimi; `enforced`: whether DMARC quarantines or rejects, which BIMI needs."""
    records = [text for text in texts if claims(text, "BIMI1")]
    if not records:
        return info("BIMI", "No logo is published.")
    raw, found = cut(records[0]), tags(records[0])
    parts: dict[str, object] = {"logo": cut(found.get("l", ""), 300), "evidence": cut(found.get("a", ""), 300)}
    if len(records) > 1:
        return fair("BIMI", f"There are {len(records)} BIMI records, so none is used.", raw=raw, parts=parts)
    if not found.get("l"):
        return info("BIMI", "The name says that it wants no logo shown.", raw=raw, parts=parts)
    if not found["l"].lower().startswith("https://"):
        return fair("BIMI", "The logo's address is not https, so mail programs ignore it.", raw=raw, parts=parts)
    if not enforced:
        unknown = enforced is None
        why = "but DMARC gave no answer" if unknown else "but not shown: DMARC does not act on forgeries"
        return (info if unknown else fair)("BIMI", f"A logo is published, {why}.", raw=raw, parts=parts)
    proof = "with a certificate" if found.get("a") else "without the certificate that large mail programs want"
    return good("BIMI", f"A logo is published, {proof}.", raw=raw, parts=parts)
