"""Evidence: whoever gets it can tell what is whole, what is missing, what was altered, and who signed it."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.answers import GONE
from core.errors import BadArchive, BadSetting
from core.exports.dossier import Dossier
from core.exports.evidence import DAMAGED, HELD, PERSONAL, Receipt, evidence
from core.exports.signing import Signer, public_key_of, signer_of
from core.exports.verifying import Checked, verify
from core.models import Outcome
from tests.collectors.canned import sample_settings
from tests.core.dossiers import company, dossier, of_a_person
from tests.core.samples import NOW, finding, run, scan

BODIES = {hashlib.sha256(body).hexdigest(): body for body in (b"an answer", b'{"names": []}' * 1000)}
FIRST, SECOND = BODIES
SIGNER = Signer(Ed25519PrivateKey.from_private_bytes(b"k" * 32))
Change = Callable[[dict[str, bytes]], object]


def receipt(sha256: str, **more: Any) -> Receipt:
    told: dict[str, Any] = {
        "scan_id": "7f3a9c",
        "run_id": "run-dns",
        "collector": "dns",
        "version": 4,
        "sha256": sha256,
        "size": len(BODIES.get(sha256, b"")),
        "source": "DNS",
        "url": "https://dns.example.net/?q=example.com",
        "status": "200",
        "fetched_at": NOW,
        "media_type": "application/json",
        "truncated": False,
        "key": "key 2 of 3",
        "left_out": "",
    }
    return Receipt(**(told | more))


def packed(made: Dossier | None = None, *receipts: Receipt, signer: Signer | None = SIGNER) -> bytes:
    shown = receipts or (receipt(FIRST), receipt(SECOND), receipt(FIRST, collector="crtsh"))
    return evidence(made or company(), shown, BODIES.get, signer=signer)


def inside(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def manifest(content: bytes) -> dict[str, Any]:
    return dict(json.loads(inside(content)["manifest.json"]))


def put(folder: Path, content: bytes) -> Path:
    path = folder / "bundle.zip"
    path.write_bytes(content)
    return path


def changed(folder: Path, change: Change, *, comment: bytes = b"TLP:AMBER+STRICT") -> Checked:
    """What is said of evidence that somebody changed."""
    files = inside(packed())
    change(files)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        archive.comment = comment
    return verify(put(folder, made.getvalue()))


def test_it_holds_the_bytes_once_and_says_of_each_who_gave_it_when_and_how(tmp_path: Path) -> None:
    content = packed()
    files, told = inside(content), manifest(content)
    assert files[f"answers/{FIRST}.bin"] == BODIES[FIRST]
    assert len([name for name in files if name.startswith("answers/")]) == 2
    assert [each["collector"] for each in told["answers"]] == ["dns", "dns", "crtsh"]
    first = told["answers"][0]
    assert (first["sha256"], first["size"], first["status"], first["fetched_at"]) == (FIRST, 9, "200", NOW.isoformat())
    assert (first["collector_version"], first["key"], first["left_out"]) == (4, "key 2 of 3", None)
    assert (told["tlp"], told["scans"][0]["target"]["value"]) == ("amber+strict", "example.com")
    checked = verify(put(tmp_path, content))
    assert (checked.is_whole, checked.vouched, len(checked.whole)) == (True, "good", 4)
    assert checked.key == SIGNER.public
    assert SIGNER.public.fingerprint in files["README.txt"].decode()


def test_findings_that_no_answer_stands_behind_are_counted(tmp_path: Path) -> None:
    assert verify(put(tmp_path, packed())).unbacked == sum(len(each.findings) for each in company().sheets[0].scan.runs)
    backed = finding("dns", "ip", "192.0.2.10")  # type: ignore[arg-type]
    known = dossier(scan(run("dns", Outcome.FOUND, backed)))
    assert verify(put(tmp_path, packed(known, receipt("0" * 64, left_out="too long")))).unbacked == 0


def test_what_is_not_in_it_is_named_with_the_reason() -> None:
    told = manifest(packed(None, receipt(FIRST, left_out="too long"), receipt("f" * 64)))
    assert [(each["file"], each["left_out"]) for each in told["answers"]] == [(None, "too long"), (None, GONE)]


def test_bytes_that_are_not_of_their_digest_any_more_are_not_passed_off_as_it() -> None:
    content = evidence(company(), [receipt(FIRST)], lambda _: b"another answer", signer=SIGNER)
    (told,) = manifest(content)["answers"]
    assert (told["file"], told["left_out"]) == (None, DAMAGED)


def test_another_label_on_the_outside_is_a_change(tmp_path: Path) -> None:
    checked = changed(tmp_path, lambda _: None, comment=b"TLP:CLEAR")
    assert (checked.is_whole, checked.altered) == (False, ("the label in the comment of the ZIP",))


def test_for_a_channel_bytes_that_a_direct_message_alone_shows_stay_out() -> None:
    made = of_a_person(alone=False)
    names = ("haveibeenpwned", "identity", "dns")
    address = b"to: Ada-Example%40example.com"
    BODIES[hashlib.sha256(address).hexdigest()] = address
    receipts = [receipt(FIRST, collector=name, url="https://x.test/ada-example@example.com") for name in names]
    receipts.append(receipt(hashlib.sha256(address).hexdigest(), collector="dns"))
    content = packed(made, *receipts)
    why = [each["left_out"] for each in manifest(content)["answers"]]
    assert why == [HELD, None, None, PERSONAL]
    assert b"ada-example" not in b"".join(inside(content).values()).lower()


@pytest.mark.parametrize(
    ("change", "what", "names"),
    [
        (lambda files: files.pop(f"answers/{FIRST}.bin"), "missing", (f"answers/{FIRST}.bin",)),
        (lambda files: files.update({f"answers/{FIRST}.bin": b"an Answer"}), "altered", (f"answers/{FIRST}.bin",)),
        (lambda files: files.update({"findings.json": b"{}"}), "altered", ("findings.json",)),
        (lambda files: files.update({"../../etc/cron.d/x": b"x"}), "added", ("../../etc/cron.d/x",)),
        (lambda files: files.update({"/etc/passwd": b"x", "a\\..\\b": b"x"}), "added", ("/etc/passwd", "a\\..\\b")),
        (lambda files: files.update({f"answers/{FIRST}.bin": b"\0" * 10**7}), "altered", (f"answers/{FIRST}.bin",)),
    ],
    ids=["missing", "altered", "findings", "traversal", "absolute", "bomb"],
)
def test_what_was_done_to_it_is_named(tmp_path: Path, change: Change, what: str, names: tuple[str, ...]) -> None:
    checked = changed(tmp_path, change)
    assert getattr(checked, what) == names
    assert not checked.is_whole
    assert [path.name for path in tmp_path.iterdir()] == ["bundle.zip"]  # nothing was unpacked


def test_whoever_mends_the_manifest_too_breaks_the_signature(tmp_path: Path) -> None:
    def mend(files: dict[str, bytes]) -> None:
        told = json.loads(files["manifest.json"])
        other = hashlib.sha256(b"forged").hexdigest()
        files["forged.bin"] = b"forged"
        told["files"].append({"file": "forged.bin", "sha256": other, "size": 6})
        files["manifest.json"] = json.dumps(told).encode()

    checked = changed(tmp_path, mend)
    assert (checked.vouched, checked.added, checked.is_whole) == ("bad", (), False)


def test_a_signature_that_was_taken_away_or_never_was(tmp_path: Path) -> None:
    assert changed(tmp_path, lambda files: files.pop("manifest.sig")).vouched == "bad"
    unsigned = verify(put(tmp_path, packed(signer=None)))
    assert (unsigned.vouched, unsigned.key, unsigned.is_whole) == ("none", None, True)


def test_a_name_that_stands_twice_is_not_trusted(tmp_path: Path) -> None:
    path = put(tmp_path, packed())
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr(f"answers/{FIRST}.bin", BODIES[FIRST])
    assert verify(path).altered == (f"answers/{FIRST}.bin",)
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("manifest.json", b"{}")
    with pytest.raises(BadArchive, match="no manifest, or two"):
        verify(path)


@pytest.mark.parametrize(
    "told",
    [
        b"{}",
        b"[" * 100_000,
        b'{"format": "gumshoe-evidence/2"}',
        b'{"format": "gumshoe-evidence/1", "answers": [1], "files": []}',
        b'{"format": "gumshoe-evidence/1", "answers": [], "files": []}',
        b'{"format": "gumshoe-evidence/1", "answers": [], "files": '
        b'[{"file": "findings.json", "sha256": "", "size": 1e99}]}',
        b'{"format": "gumshoe-evidence/1", "answers": [], "files": '
        b'[{"file": "findings.json", "sha256": "", "size": 99999999999}]}',
        b'{"format": "gumshoe-evidence/1", "answers": [], "files": '
        b'[{"file": "findings.json", "sha256": "", "size": -99999999999}]}',
        b'{"format": "gumshoe-evidence/1", "answers": [], "files": [], "without_answer": [{"findings": []}]}',
        b'{"format": "gumshoe-evidence/1", "answers": [], "files": [{"file": "findings.json", "sha256": "", "size": 1}]'
        b', "without_answer": [{"findings": Infinity}]}',
    ],
    ids=[
        *(
            "empty",
            "deep",
            "newer",
            "no rows",
            "no findings",
            "no size",
            "promises too much",
            "promises less than nothing",
        ),
        *("no count", "no end"),
    ],
)
def test_a_manifest_of_an_enemy_is_refused_in_a_sentence(tmp_path: Path, told: bytes) -> None:
    with pytest.raises(BadArchive):
        changed(tmp_path, lambda files: files.update({"manifest.json": told}))


def test_what_is_no_zip_or_breaks_off_is_refused_in_a_sentence(tmp_path: Path) -> None:
    whole = packed()
    for content in (b"", b"no zip", whole[: len(whole) // 2]):
        with pytest.raises(BadArchive, match="no evidence of mine"):
            verify(put(tmp_path, content))


def test_the_key_is_made_of_the_secret_or_brought_and_nobody_signs_without_one() -> None:
    first, again = (signer_of(sample_settings(secret_key="a secret")) for _ in range(2))
    other = signer_of(sample_settings(secret_key="another secret"))
    assert first is not None
    assert again is not None
    assert other is not None
    assert first.public == again.public != other.public
    assert signer_of(sample_settings(secret_key="")) is None
    private = Ed25519PrivateKey.generate()
    kinds = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    brought = signer_of(sample_settings(evidence_key=private.private_bytes(*kinds).decode()))
    assert brought is not None
    assert public_key_of(brought.public.pem) == public_key_of(brought.public.text) == brought.public
    assert not brought.public.signed(b"other bytes", brought.sign(b"bytes"))
    with pytest.raises(BadSetting, match="EVIDENCE_KEY is wrong"):
        signer_of(sample_settings(evidence_key="no key"))
    for wrong in ("", "AAAA", "not base64!", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"):
        with pytest.raises(ValueError, match=r".+"):
            public_key_of(wrong)
