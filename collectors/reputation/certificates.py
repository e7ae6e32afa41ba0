"""A TLS certificate as VirusTotal keeps it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from collectors import shape
from collectors.exposure.host import clean, digits
from collectors.names import is_host
from core.language.noted import noted
from core.models import Fact, Finding

if TYPE_CHECKING:
    from collectors.doors.reply import Reply

MOST_NAMES = 100


def certificate(told: Mapping[str, Any], reply: Reply, *, role: str, **more: Any) -> Iterator[Finding]:
    """The finding; nothing when it has no fingerprint."""
    sha256 = digits(shape.text(told, "thumbprint_sha256"), 64)
    if not sha256:
        return
    issuer = ", ".join(filter(None, (shape.text(told, "issuer", part) for part in ("O", "CN"))))
    attributes = {
        "subject": clean(shape.text(told, "subject", "CN")),
        "issuer": clean(issuer),
        "issued": shape.when(told, "validity", "not_before"),
        "expires": shape.when(told, "validity", "not_after"),
        "serial": clean(shape.text(told, "serial_number"), 60),
        "names": names(told),
        **more,
    }
    kept = {name: value for name, value in attributes.items() if value not in (None, "", [])}
    yield reply.finding(Fact.CERTIFICATE, sha256, context=noted("VirusTotal saw it there."), role=role, **kept)


def names(told: Mapping[str, Any]) -> list[str]:
    """The host names a certificate is for, wildcards with their star."""
    spelled = [
        *shape.texts(told, "extensions", "subject_alternative_name")[:1_000],
        shape.text(told, "subject", "CN"),
    ]
    low = (each.strip().lower().rstrip(".") for each in spelled)
    return list(dict.fromkeys(each for each in low if is_host(each.removeprefix("*."))))[:MOST_NAMES]
