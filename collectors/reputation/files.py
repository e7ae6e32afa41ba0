"""What VirusTotal keeps about a file: names and types, other hashes, who signed it, and the rules it falls under."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from collectors import shape
from collectors.exposure.host import clean, digits
from core.errors import Changed
from core.language.noted import noted
from core.models import Confidence, Fact, Finding, Kind, Target

if TYPE_CHECKING:
    from collectors.doors.reply import Reply

MOST = 20
LENGTHS = {"md5": 32, "sha1": 40, "sha256": 64}


def file(target: Target, attributes: Mapping[str, Any], reply: Reply) -> Iterator[Finding]:
    """The file, and its other hashes.

    Raises:
        Changed: the answer is about another file.
    """
    hashes = {name: found for name, size in LENGTHS.items() if (found := digits(shape.text(attributes, name), size))}
    asked = next((name for name, size in LENGTHS.items() if size == len(target.value)), "")
    if hashes.get(asked, target.value) != target.value:
        raise Changed(
            noted("VirusTotal answered about another file."), source="VirusTotal", path=f"data.attributes.{asked}"
        )
    name = clean(shape.text(attributes, "meaningful_name")) or target.value
    yield reply.finding(
        Kind.FILE,
        name,
        first_seen=shape.when(attributes, "first_submission_date"),
        last_seen=shape.when(attributes, "last_submission_date"),
        context=noted("A file of this hash was handed to VirusTotal by somebody."),
        **hashes | {name: value for name, value in _about(attributes).items() if value not in (None, "", [])},
    )
    for name, value in hashes.items():
        if value != target.value:
            yield reply.finding(
                Kind.HASH, value, role=name, confidence=Confidence.HIGH, context=noted("The same file.")
            )
    if signer := clean(shape.text(attributes, "signature_info", "signers"), 300):
        yield reply.finding(
            Fact.ORGANISATION,
            signer.partition(";")[0].strip(),
            role="signer",
            verified=clean(shape.text(attributes, "signature_info", "verified"), 60),
            context=noted("The file carries its signature; see whether it was verified."),
        )


def _about(attributes: Mapping[str, Any]) -> dict[str, Any]:
    texts = ("ssdeep", "tlsh", "vhash", "magic", "magika", "type_description", "type_tag", "type_extension")
    return {
        **{name: clean(shape.text(attributes, name)) for name in texts},
        "imphash": digits(shape.text(attributes, "pe_info", "imphash"), 32),
        "size": shape.whole(attributes, "size"),
        "names": [clean(each, 120) for each in shape.texts(attributes, "names")[:MOST]],
        "type_tags": [clean(each, 40) for each in shape.texts(attributes, "type_tags")[:MOST]],
        "trid": [clean(shape.text(each, "file_type")) for each in shape.mappings(attributes, "trid")[:5]],
        "submitted": shape.whole(attributes, "times_submitted"),
        "submitters": shape.whole(attributes, "unique_sources"),
        "signature": clean(shape.text(attributes, "signature_info", "verified"), 60),
        "product": clean(shape.text(attributes, "signature_info", "product")),
    }


def detections(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The rules of others that it falls under (YARA, IDS, Sigma), and what sandboxes saw."""
    return {
        "yara": _rows(attributes, "crowdsourced_yara_results", ("rule_name", "ruleset_name", "source", "description")),
        "ids": _rows(attributes, "crowdsourced_ids_results", ("rule_msg", "alert_severity", "rule_category")),
        "sigma": _rows(attributes, "sigma_analysis_results", ("rule_title", "rule_level", "rule_source")),
        "sandboxes": [
            {
                "name": clean(name, 60),
                "category": clean(shape.text(told, "category"), 40),
                "found": ", ".join(clean(each, 60) for each in shape.texts(told, "malware_classification")[:5]),
            }
            for name, told in list(shape.mapping(attributes, "sandbox_verdicts").items())[:MOST]
        ],
    }


def _rows(attributes: Mapping[str, Any], name: str, fields: tuple[str, ...]) -> list[dict[str, str]]:
    rows = shape.mappings(attributes, name)[:MOST]
    kept = [{field: text for field in fields if (text := clean(shape.text(row, field)))} for row in rows]
    return [each for each in kept if each]
