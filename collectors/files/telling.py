"""From what a file says to findings: the file itself, its hashes, and everything that leads on."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from ipaddress import ip_address

from collectors import shape
from collectors.doors.bench import Report, Trace
from collectors.doors.reply import Reply
from collectors.files.words import EMAIL
from collectors.names import is_host
from core.language import N_
from core.language.noted import noted
from core.models import Confidence, Fact, Finding, Kind, Severity

ALGORITHMS = {
    "SHA-256": N_("The SHA-256 of {name}."),
    "SHA-1": N_("The SHA-1 of {name}."),
    "MD5": N_("The MD5 of {name}."),
}
OVERRIDE = re.compile(
    "[\u202a-\u202e\u2066-\u2069]"
)  # letters that turn the reading direction: gpj.exe looks like exe.jpg
DOUBLE = re.compile(
    r"\.(?:pdf|docx?|xlsx?|jpe?g|png|txt|zip)\.(?:exe|scr|js|vbs|bat|cmd|com|lnk|hta|jar|ps1)$", re.IGNORECASE
)
TURNED = (N_("its name is turned around"), N_("Its name holds letters that turn the reading direction."))
TWO_ENDINGS = (N_("two endings"), N_("Its name ends like a document and then like a program."))
# Media types that are the same thing under several names, or that say nothing.
VAGUE = frozenset({"", "application/octet-stream", "binary/octet-stream", "application/download", "text/plain"})
FAMILIES = (
    ("image/jpeg", "image/jpg", "image/pjpeg"),
    ("image/heic", "image/heif"),
    ("application/zip", "application/x-zip-compressed", "application/java-archive"),
    ("application/gzip", "application/x-gzip", "application/x-tar+gzip", "application/x-compressed-tar"),
    ("audio/wav", "audio/x-wav", "audio/vnd.wave"),
    ("audio/mpeg", "audio/mp3"),
    ("video/mp4", "audio/mp4", "video/quicktime", "audio/x-m4a"),
    ("video/x-matroska", "video/webm", "audio/webm"),
    ("application/x-ole-storage", "application/vnd.ms-outlook", "application/msword", "application/x-msi"),
)


def hashes(body: bytes) -> dict[str, str]:
    """The file's fingerprints by algorithm; other sources know files by them."""
    return {
        "SHA-256": hashlib.sha256(body).hexdigest(),
        "SHA-1": hashlib.sha1(body, usedforsecurity=False).hexdigest(),
        "MD5": hashlib.md5(body, usedforsecurity=False).hexdigest(),
    }


def findings(
    reply: Reply, report: Report, prints: dict[str, str], *, value: str, name: str, page: str
) -> Iterator[Finding]:
    """Everything the file gives, with the answer that brought it as provenance."""
    warnings = [*_doubts(reply, report, name), *(each for each in report.traces if each.kind is Fact.POSTURE)]
    yield _file(reply, report, prints, warnings, value=value, name=name, page=page)
    for algorithm, sentence in ALGORITHMS.items():
        context = noted(sentence, name=name)
        yield reply.finding(
            Kind.HASH, prints[algorithm], algorithm=algorithm, file=name, confidence=Confidence.HIGH, context=context
        )
    for each in [*warnings, *(trace for trace in report.traces if trace.kind is not Fact.POSTURE)]:
        if kept := _kept(each):
            yield _finding(reply, kept, name)


def _file(
    reply: Reply, report: Report, prints: dict[str, str], warnings: list[Trace], *, value: str, name: str, page: str
) -> Finding:
    loud = {str(each.attributes.get("severity")) for each in warnings}
    worst = next((each for each in (Severity.HIGH, Severity.MEDIUM) if each in loud), None)
    return reply.finding(
        Kind.FILE,
        value,
        confidence=Confidence.HIGH,
        first_seen=shape.when(report.properties, "Created"),
        last_seen=shape.when(report.properties, "Modified"),
        context=noted("Linked from {page}.", page=page) if page else "",
        name=name,
        size=len(reply.body),
        detected=report.detected,
        declared=declared(reply),
        sha256=prints["SHA-256"],
        **({"also": list(report.also)} if report.also else {}),
        **({"warnings": [each.value for each in warnings], "worst": worst} if warnings else {}),
        properties=dict(report.properties),
    )


def _finding(reply: Reply, trace: Trace, name: str) -> Finding:
    where = ", ".join(filter(None, trace.where))
    return reply.finding(
        trace.kind,
        trace.value,
        confidence=Confidence.LOW if trace.kind in (Kind.URL, Kind.USERNAME, Kind.DOMAIN) else Confidence.MODERATE,
        context=noted("{name} says so ({where}).", name=name, where=where)
        if where
        else noted("{name} says so.", name=name),
        **trace.attributes,
        file=name,
        field=list(trace.where),
    )


def _kept(trace: Trace) -> Trace | None:
    """The trace if it is what it says it is: a file may write anything into a field for addresses."""
    attributes = dict(trace.attributes)
    if attributes.get("severity") not in (None, *Severity):
        attributes.pop("severity")
    kept = Trace(trace.kind, trace.value, trace.where, attributes)
    return kept if _fits(trace.kind, trace.value) else None


def _fits(kind: Kind | Fact, value: str) -> bool:
    match kind:
        case Kind.EMAIL:
            return EMAIL.fullmatch(value) is not None
        case Kind.DOMAIN:
            return is_host(value)
        case Kind.IP:
            return _is_address(value)
        case Kind.URL:
            return value.lower().startswith(("http://", "https://"))
        case _:
            return True


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def declared(reply: Reply) -> str:
    """The media type its keeper says."""
    return reply.headers.get("content-type", "").partition(";")[0].strip().lower()[:100]


def _doubts(reply: Reply, report: Report, name: str) -> Iterator[Trace]:
    """What does not fit together between what a file is called, said to be, and is."""
    said = declared(reply)
    if report.detected and said not in VAGUE and not _alike(said, report.detected):
        why = noted("It is said to be {said}, and is {detected}.", said=said, detected=report.detected)
        yield _doubt(noted("not what it is said to be"), why, "medium")
    if OVERRIDE.search(name):
        yield _doubt(*TURNED, "high")
    if DOUBLE.search(name):
        yield _doubt(*TWO_ENDINGS, "high")


def _doubt(value: str, why: str, severity: str) -> Trace:
    return Trace(Fact.POSTURE, value, (noted("name and type"),), {"grade": "bad", "why": why, "severity": severity})


def _alike(one: str, other: str) -> bool:
    if other == "application/zip" and ("document" in one or one == "application/epub+zip"):
        return True  # a document that could not be opened is an archive still
    if one == other or any(one in family and other in family for family in FAMILIES):
        return True
    macros = one.replace("macroenabled.12", "").rpartition(".")[2]
    return bool(macros) and "macroenabled" in one and "officedocument" in other
