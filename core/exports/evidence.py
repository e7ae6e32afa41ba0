"""Evidence: a ZIP with what sources answered, byte for byte, behind a signed manifest that says what each of it is."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core.answers import GONE
from core.blocks.faces import is_discreet
from core.blocks.readers import without
from core.exports.documents import about, whole
from core.exports.dossier import Dossier, Sheet
from core.exports.signing import ALGORITHM, Signer

FORMAT = "gumshoe-evidence/1"
MANIFEST, SIGNATURE, FINDINGS, README = "manifest.json", "manifest.sig", "findings.json", "README.txt"
MOST_BYTES = 256 * 2**20  # of all answers in one ZIP, unpacked
HELD = "Only a direct message shows what it says, so its bytes are not in a file for others."
PERSONAL = "It names the address that is masked in this file."
TOO_MUCH = "The ZIP would hold more than the {most:,} bytes that one may."
DAMAGED = "The bytes that are kept are not those of this digest any more."
NOT_KEPT = "No answer with this digest is kept: answers were not kept then, or are not any more."

Body = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one run was answered, as the record has it."""

    scan_id: str
    run_id: str
    collector: str
    version: int
    sha256: str
    size: int
    source: str
    url: str
    status: str
    fetched_at: datetime
    media_type: str
    truncated: bool
    key: str
    left_out: str


def evidence(dossier: Dossier, receipts: Iterable[Receipt], body: Body, *, signer: Signer | None) -> bytes:
    """The ZIP. `body` gives an answer's bytes."""
    packing = _Packing(dossier)
    sheets = {sheet.scan.id: sheet for sheet in dossier.sheets}
    answers = [_told(packing, receipt, sheets[receipt.scan_id], body) for receipt in receipts]
    packing.add(FINDINGS, whole(dossier))
    packing.add(README, _readme(dossier, signer))
    manifest = about(dossier) | {
        "format": FORMAT,
        "signature": _signature(signer),
        "scans": [_scan(sheet) for sheet in dossier.sheets],
        "answers": answers,
        "without_answer": _without_answer(dossier, {each["sha256"] for each in answers}),
        "files": packing.files,
    }
    text = json.dumps(manifest, indent=1).encode() + b"\n"
    return packing.end(text, signer.sign(text) if signer is not None else b"")


class _Packing:
    """A ZIP while it is written."""

    def __init__(self, dossier: Dossier) -> None:
        self._made = io.BytesIO()
        self._zip = zipfile.ZipFile(self._made, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        when = dossier.made_at.astimezone(UTC)
        self._date = (max(1980, when.year), when.month, when.day, when.hour, when.minute, when.second)
        self._label = dossier.label
        self.files: list[dict[str, Any]] = []
        self.answers: dict[str, str] = {}
        self.weight = 0

    def add(self, name: str, content: bytes) -> None:
        digest = hashlib.sha256(content).hexdigest()
        self.files.append({"file": name, "sha256": digest, "size": len(content)})
        self._write(name, content)

    def answer(self, sha256: str, content: bytes) -> str:
        """The file that holds an answer: the same one for the same bytes."""
        if sha256 not in self.answers:
            name = self.answers[sha256] = f"answers/{sha256}.bin"
            self.weight += len(content)
            self._write(name, content)
        return self.answers[sha256]

    def end(self, manifest: bytes, signature: bytes) -> bytes:
        self._write(MANIFEST, manifest)
        if signature:
            self._write(SIGNATURE, signature)
        self._zip.comment = self._label.encode()
        self._zip.close()
        return self._made.getvalue()

    def _write(self, name: str, content: bytes) -> None:
        entry = zipfile.ZipInfo(name, self._date)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o600 << 16
        self._zip.writestr(entry, content)


def _told(packing: _Packing, receipt: Receipt, sheet: Sheet, body: Body) -> dict[str, Any]:
    content, why = _content(packing, receipt, sheet, body)
    return {
        "file": packing.answer(receipt.sha256, content) if content is not None else None,
        "sha256": receipt.sha256,
        "size": receipt.size,
        "media_type": receipt.media_type,
        "source": receipt.source,
        "url": without(receipt.url, sheet.address) if sheet.address else receipt.url,
        "status": receipt.status,
        "fetched_at": receipt.fetched_at.isoformat(),
        "truncated": receipt.truncated,
        "scan": receipt.scan_id,
        "run": receipt.run_id,
        "collector": receipt.collector,
        "collector_version": receipt.version,
        "key": receipt.key or None,
        "left_out": why or None,
    }


def _content(packing: _Packing, receipt: Receipt, sheet: Sheet, body: Body) -> tuple[bytes | None, str]:
    """The bytes, or why there are none."""
    why = receipt.left_out or _forbidden(receipt, sheet)
    content = None if why else body(receipt.sha256)
    if content is None:
        return None, why or GONE
    if not hmac.compare_digest(hashlib.sha256(content).hexdigest(), receipt.sha256):
        return None, DAMAGED
    if sheet.address and _names(content, sheet.address):
        return None, PERSONAL
    if receipt.sha256 not in packing.answers and packing.weight + len(content) > MOST_BYTES:
        return None, TOO_MUCH.format(most=MOST_BYTES)
    return content, ""


def _forbidden(receipt: Receipt, sheet: Sheet) -> str:
    """Why these readers may not have the bytes; empty: they may."""
    if not sheet.alone and sheet.held.get(receipt.collector):
        return HELD
    return PERSONAL if sheet.address and is_discreet(receipt.collector) else ""


def _names(content: bytes, address: str) -> bool:
    text = content.decode("utf-8", "replace")
    return without(text, address) != text


def _signature(signer: Signer | None) -> dict[str, str] | None:
    if signer is None:
        return None
    public = signer.public
    return {
        "algorithm": ALGORITHM,
        "file": SIGNATURE,
        "public_key": public.text,
        "public_key_pem": public.pem,
        "fingerprint": public.fingerprint,
    }


def _scan(sheet: Sheet) -> dict[str, Any]:
    scan = sheet.scan
    return {
        "id": scan.id,
        "target": {"kind": str(scan.target.kind), "value": sheet.name},
        "round": scan.round,
        "asked_by": scan.asker.user,
        "asked_at": scan.created_at.isoformat(),
        "finished_at": scan.finished_at.isoformat() if scan.finished_at else None,
        "masked": bool(sheet.address),
    }


def _without_answer(dossier: Dossier, known: set[str]) -> list[dict[str, Any]]:
    """The digests that findings name and no answer here has."""
    missing: dict[str, int] = {}
    for row in dossier.rows():
        digest = row.finding.provenance.sha256
        if digest not in known:
            missing[digest] = missing.get(digest, 0) + 1
    return [{"sha256": digest, "findings": count, "why": NOT_KEPT} for digest, count in missing.items()]


def _readme(dossier: Dossier, signer: Signer | None) -> bytes:
    signed = (
        f"It is signed ({ALGORITHM}). The key's fingerprint: {signer.public.fingerprint}.\n"
        "A key that stands in the file it signed proves nothing by itself: compare the fingerprint with the one that\n"
        "whoever runs Gumshoe there tells you (python -m bot evidence key).\n"
        if signer is not None
        else "It is not signed: no SECRET_KEY is set where it was made.\n"
    )
    said = f"""{dossier.label}

What sources answered, byte for byte. manifest.json says for each answer who gave it, when, at which address, with
which status, who asked, and the SHA-256 of the bytes; the findings in findings.json name the same digests.
What is not here is listed there too, with the reason.

To look whether it is whole and unchanged: python -m bot verify FILE.zip
Without Gumshoe: sha256sum answers/*; and for the signature, with the public_key_pem of the manifest in key.pem:
openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in manifest.json -sigfile manifest.sig

{signed}"""
    return said.encode()
