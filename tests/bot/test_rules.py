"""`python -m bot rules`: rules of one's own are read, refused with a sentence, and listed."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.__main__ import cli

GOOD = """\
- rule: ours
  severity: low
  says: "{target}: {it.value}"
  why: Because.
  when: [{find: it, from: dns, kind: ip}]
"""


def said(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli, ["rules", *words])
    return result.exit_code, result.stdout, result.stderr


def test_good_rules_can_be_used(tmp_path: Path) -> None:
    (tmp_path / "ours.yml").write_text(GOOD)
    assert said("check", str(tmp_path)) == (0, "1 rule can be used: ours\n", "")
    assert said("check", str(tmp_path / "ours.yml"))[0] == 0


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("severity: low", "severity: grave", 'ours.yml, line 1, rule ours: severity cannot be "grave"'),
        ("from: dns", "from: dnss", "rule ours: there is no collector dnss"),
    ],
)
def test_bad_rules_are_refused_with_a_sentence(tmp_path: Path, old: str, new: str, words: str) -> None:
    (tmp_path / "ours.yml").write_text(GOOD.replace(old, new))
    status, _, errors = said("check", str(tmp_path))
    assert status == 2
    assert words in errors


def test_the_rules_in_use_are_listed_with_where_they_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ours.yml").write_text(GOOD)
    (tmp_path / "bad.yml").write_text("- rule: [")
    monkeypatch.setenv("RULES_DIR", str(tmp_path))
    status, listed, errors = said("list")
    assert status == 0
    assert "ours\tlow\tours.yml" in listed
    assert "likely-phishing\thigh\tphishing.yml" in listed
    assert "bad.yml, line 1" in errors
