"""A team takes what it found out of Slack: files in the thread, once for each click, and evidence."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pypdf
import pytest

from core.exports.verifying import verify
from core.models import Scan
from tests.bot.shell import gumshoe as shell
from tests.running import Gumshoe
from tests.servers import Redis, Sandbox, Sources, until


@pytest.fixture(scope="module")
def gumshoe(tmp_path_factory: pytest.TempPathFactory, redis_server: Redis, sources: Sources) -> Iterator[Gumshoe]:
    """All parts, started once."""
    sources.reset()
    with Sandbox() as sandbox, Gumshoe(tmp_path_factory.mktemp("exports"), redis_server, sandbox, sources) as started:
        yield started


@pytest.fixture(scope="module")
def scan(gumshoe: Gumshoe) -> Scan:
    """A scan that has ended."""
    gumshoe.sandbox.command("example.org")
    (one,) = gumshoe.ended()
    return one


def files(gumshoe: Gumshoe) -> list[dict[str, Any]]:
    """The files in the scan's thread that somebody asked for."""
    shown = [file for message in gumshoe.thread() for file in message.get("files") or []]
    return [file for file in shown if str(file["title"]).endswith("of this scan")]


def content(gumshoe: Gumshoe, ending: str) -> bytes:
    """The file with this ending, once it is in the thread."""
    (file,) = until(f"the .{ending} file", lambda: [each for each in files(gumshoe) if each["name"].endswith(ending)])
    return httpx.get(f"{gumshoe.sandbox.url}/control/files/{file['id']}").content


def test_the_button_brings_a_report_into_the_thread_once(gumshoe: Gumshoe, scan: Scan) -> None:
    parent = gumshoe.thread()[0]
    gumshoe.choose("Export", parent)
    choice = until("the choice of formats", lambda: gumshoe.whispers("U0ADA"))[-1]
    gumshoe.click("export_as:0", choice)
    read = pypdf.PdfReader(io.BytesIO(content(gumshoe, ".pdf")))
    assert "example[.]org" in read.pages[0].extract_text().replace("\u200b", "")
    assert scan.id in read.pages[0].extract_text()
    assert len(files(gumshoe)) == 1


def test_evidence_holds_the_bytes_that_every_finding_stands_on_and_proves_itself(
    gumshoe: Gumshoe, scan: Scan, tmp_path: Path
) -> None:
    gumshoe.sandbox.command(f"export {scan.id} evidence")
    path = tmp_path / "evidence.zip"
    path.write_bytes(content(gumshoe, ".zip"))
    checked = verify(path)
    assert (checked.is_whole, checked.vouched, checked.unbacked, checked.left_out) == (True, "good", 0, ())
    with zipfile.ZipFile(path) as archive:
        told = json.loads(archive.read("manifest.json"))
    digests = {each["sha256"] for each in told["answers"]}
    findings = [each for run in scan.runs for each in run.findings]
    assert {each.provenance.sha256 for each in findings} <= digests
    assert {each["collector"] for each in told["answers"]} == {"dns", "crtsh", "whois"}

    ours = shell(tmp_path, "verify", str(path), **gumshoe.env)
    assert (ours.returncode, "It is signed with our key." in ours.stdout) == (0, True), ours.stdout + ours.stderr
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("answers/more.bin", b"x")
    spoilt = shell(tmp_path, "verify", str(path), "--json", **gumshoe.env)
    assert spoilt.returncode == 1
    assert json.loads(spoilt.stdout)["files"]["added"] == ["answers/more.bin"]


def test_an_operator_writes_a_file_for_themselves_alone(gumshoe: Gumshoe, scan: Scan, tmp_path: Path) -> None:
    done = shell(tmp_path, "export", scan.id, "--format", "stix", "--to", str(tmp_path), **gumshoe.env)
    (made,) = tmp_path.glob("*.stix.json")
    assert (done.returncode, made.stat().st_mode & 0o777) == (0, 0o600)
    assert json.loads(made.read_bytes())["type"] == "bundle"
    again = shell(tmp_path, "export", scan.id, "--format", "stix", "--to", str(made), **gumshoe.env)
    assert (again.returncode, "is there already" in again.stderr) == (2, True)
    key = shell(tmp_path, "evidence", "key", **gumshoe.env)
    assert "Fingerprint: " in key.stdout
