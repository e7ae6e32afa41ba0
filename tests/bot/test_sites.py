"""The terminal's word on sites: what was taken, what was refused and why, what is asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.__main__ import cli
from collectors.sites import shelf

GOOD = {"url": "https://forum.example/u/{}", "errorType": "status_code"}


@pytest.fixture(autouse=True)
def _shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "kept_in", lambda: tmp_path / "sites")


def run(*words: str) -> tuple[int, str]:
    outcome = CliRunner().invoke(cli, ["sites", *words])
    return outcome.exit_code, outcome.output


def test_an_import_names_what_it_took_and_what_it_refused(tmp_path: Path) -> None:
    bad = {f"Post {number}\x1b[31m": {**GOOD, "request_method": "POST"} for number in range(7)}
    path = tmp_path / "data.json"
    path.write_text(json.dumps({"Forum": GOOD, **bad}), encoding="utf-8")
    status, said = run("import", "--format", "sherlock", str(path))
    assert status == 0
    assert "Sherlock (MIT): 1 sites taken into" in said
    assert "7 refused, it is asked by POST, and we only read: Post 0, Post 1, Post 2, Post 3, Post 4 and 2 more" in said
    assert "\x1b" not in said
    assert "Post 6" in run("import", "--format", "sherlock", "--all", str(path))[1]
    status, said = run("list")
    assert status == 0
    assert f"Our own list (own): {len(shelf.own())} sites\nSherlock (MIT): 1 sites\n" in said
    assert "Only with=nsfw: 2." in said
    assert "Forum\tother\tsherlock\thttps://forum.example/u/{name}\n" in run("list", "--all")[1]


def test_a_file_that_cannot_be_used_is_a_sentence_and_a_status(tmp_path: Path) -> None:
    assert run("import", "--format", "wmn", str(tmp_path / "none.json"))[0] == 2
    status, said = run("import", "--format", "guess", str(tmp_path / "none.json"))
    assert status == 2
    assert "maigret" in said


def test_a_kept_list_that_was_spoilt_is_said(tmp_path: Path) -> None:
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites" / "wmn.json").write_text("{", encoding="utf-8")
    status, said = run("list")
    assert status == 2
    assert "Import it again, or remove the file" in said
