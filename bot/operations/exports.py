"""`export`, `verify` and `evidence`: a scan as a file, whether evidence is whole, and the key that signs it."""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from bot.operations.desk import BAD_INPUT, BROKEN, NOT_YET, note, record, settings, show, stop, troubles, who
from core.blocks import plain
from core.errors import BadQuestion
from core.exports.formats import FORMATS, Format, format_of
from core.exports.signing import PublicKey, public_key_of, signer_of
from core.exports.verifying import Checked
from core.exports.verifying import verify as look_through
from core.settings import Settings
from core.store import Store
from core.targets import display
from tasks.exporting import Export, make, make_case

SHOWN = 20  # names of a kind
UNKNOWN = "unknown"


@click.command()
@click.argument("scan_id", metavar="ID")
@click.option("--format", "name", default="json", show_default=True, help=f"One of {', '.join(FORMATS)}.")
@click.option("--to", "path", required=True, type=click.Path(path_type=Path), help="A file, or a folder to name it in.")
@click.option("--case", "of_case", is_flag=True, help="ID is that of a case.")
@click.option("--whole", is_flag=True, help="Also what only a direct message shows. Do not pass such a file on.")
def export(scan_id: str, name: str, path: Path, *, of_case: bool, whole: bool) -> None:
    """Write a scan into a file, for you alone to read.

    Exit status: 0 done, 1 it could not be done, 2 the input is wrong.
    """
    chosen = settings()
    with troubles():
        try:
            fmt = format_of(name)
        except BadQuestion as error:
            stop(str(error), BAD_INPUT)
        with record(chosen) as store:
            try:
                made = (_case if of_case else _scan)(store, chosen, scan_id.strip("#").lower(), fmt, whole=whole)
            except KeyError:
                stop(f'There is no {"case" if of_case else "scan"} "{plain(scan_id, 60)}".', BAD_INPUT)
        there = path / made.name if path.is_dir() else path
        _write(there, made.content)
    click.echo(f"{there}: {len(made.content):,} bytes")


def _scan(store: Store, chosen: Settings, scan_id: str, fmt: Format, *, whole: bool) -> Export:
    one = store.scans.get(scan_id)
    note(store, "export", f"{display(one.target)}: {fmt.name}", scan=one)
    return make(store, chosen, [one], fmt, by=who(), alone=lambda scan: whole or scan.asker.user == "terminal")


def _case(store: Store, chosen: Settings, case_id: str, fmt: Format, *, whole: bool) -> Export:
    file = store.casefiles.read(case_id)
    note(store, "export", f"case {file.case.id}: {fmt.name}")
    return make_case(store, chosen, file, fmt, by=who(), alone=lambda scan: whole or scan.asker.user == "terminal")


@click.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--key", "key_text", default="", help="The public key it must be signed with, or a file that holds it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def verify(path: Path, key_text: str, *, as_json: bool) -> None:
    """Look whether evidence is whole and unchanged, and who signed it. Nothing of it is unpacked to the disk.

    Exit status: 0 whole, and signed with the key that was named or with ours; 1 something is missing, altered or added,
    or the signature is bad; 2 the input is wrong; 3 whole, but nobody known has signed it.
    """
    chosen = settings()
    with troubles():
        wanted = _wanted(chosen, key_text)
        checked = look_through(path)
    signer = _signer(checked, wanted, named=bool(key_text))
    show(_told(path, checked, signer), _lines, as_json=as_json)
    if not checked.is_whole or signer == "another":
        raise SystemExit(BROKEN)
    if signer == UNKNOWN:
        raise SystemExit(NOT_YET)


@click.group()
def evidence() -> None:
    """The key that signs evidence."""


@evidence.command()
@click.option("--pem", is_flag=True, help="As openssl reads it.")
def key(*, pem: bool) -> None:
    """Print the public key, to give to those who check evidence."""
    chosen = settings()
    with troubles():
        signer = signer_of(chosen)
    if signer is None:
        step = "Set SECRET_KEY, or EVIDENCE_KEY_FILE to a file with an Ed25519 key."
        stop("There is no key: evidence is not signed.", BROKEN, step=step)
    if pem:
        click.echo(signer.public.pem, nl=False)
        return
    click.echo(signer.public.text)
    click.echo(f"Fingerprint: {signer.public.fingerprint}")


def _write(path: Path, content: bytes) -> None:
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(content)
    except FileExistsError:
        stop(f"{path} is there already. I never write over a file; name another one.", BAD_INPUT)
    except OSError as error:
        stop(f"{path} cannot be written ({error.strerror}).", BROKEN)


def _wanted(chosen: Settings, text: str) -> PublicKey | None:
    if not text:
        signer = signer_of(chosen)
        return signer.public if signer is not None else None
    try:
        named = Path(text)
        return public_key_of(named.read_text(encoding="utf-8") if named.is_file() else text)
    except (ValueError, OSError):
        stop("--key must be a public key as `python -m bot evidence key` prints it, or a file with it.", BAD_INPUT)


def _signer(checked: Checked, wanted: PublicKey | None, *, named: bool) -> str:
    """Whose key it is: that which was named, ours, another than was named, or nobody's that is known here."""
    if checked.vouched != "good" or checked.key is None:
        return UNKNOWN
    if wanted is not None and hmac.compare_digest(wanted.raw, checked.key.raw):
        return "named" if named else "ours"
    return "another" if named else UNKNOWN


def _told(path: Path, checked: Checked, signer: str) -> dict[str, Any]:
    return {
        "file": str(path),
        "whole": checked.is_whole,
        "signature": checked.vouched,
        "signer": signer,
        "fingerprint": checked.key.fingerprint if checked.key is not None else None,
        "tlp": checked.about.get("tlp"),
        "title": checked.about.get("title"),
        "made_at": checked.about.get("made_at"),
        "files": {name: list(getattr(checked, name)) for name in ("whole", "missing", "altered", "added")},
        "left_out": [{"sha256": digest, "why": why} for digest, why in checked.left_out],
        "findings_without_answer": checked.unbacked,
    }


def _lines(told: dict[str, Any]) -> Iterator[str]:
    files = told["files"]
    yield f"{told['file']}: {'whole' if told['whole'] else 'NOT WHOLE'}"
    label = f"TLP:{plain(str(told['tlp']), 20).upper()}" if told["tlp"] else "No TLP label"
    yield f"{label}. {plain(str(told['title']), 200)}, made {plain(str(told['made_at']), 40)}"
    yield f"{len(files['whole'])} files are as the manifest says."
    for name, words in (("missing", "MISSING"), ("altered", "ALTERED"), ("added", "ADDED")):
        yield from (f"{words}: {plain(each, 120)}" for each in files[name][:SHOWN])
        if len(files[name]) > SHOWN:
            yield f"{words}: and {len(files[name]) - SHOWN} more"
    yield from (f"Not in it: {each['sha256'][:16]}, {plain(each['why'], 200)}" for each in told["left_out"][:SHOWN])
    if len(told["left_out"]) > SHOWN:
        yield f"Not in it: {len(told['left_out']) - SHOWN} more"
    if told["findings_without_answer"]:
        yield f"{told['findings_without_answer']} findings name an answer that is not in it."
    yield _signature(told)


def _signature(told: dict[str, Any]) -> str:
    if told["signature"] == "none":
        return "It is not signed: nobody vouches for it."
    if told["signature"] == "bad":
        return "THE SIGNATURE IS BAD: the manifest was changed after it was signed, or never was signed."
    whose = {
        "ours": "It is signed with our key.",
        "named": "It is signed with the key that you named.",
        "another": "It is signed, but NOT with the key that you named.",
        UNKNOWN: "It is signed with a key that I do not know. Compare its fingerprint with whoever made it:",
    }
    return f"{whose[told['signer']]} {told['fingerprint']}"
