"""Secrets are read from a folder of files, as systemd, compose and Kubernetes hand them over."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import BadSetting
from core.settings import load


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    return tmp_path


def test_each_file_is_the_setting_of_its_name(folder: Path) -> None:
    (folder / "slack_bot_token").write_text("xoxb-hush\n")
    (folder / "redis_url").write_text("redis://:hush@127.0.0.1:6379/0")
    (folder / "shodan_key").write_text("\n")
    read = load()
    assert read.slack_bot_token.get_secret_value() == "xoxb-hush"
    assert read.redis_url.get_secret_value().endswith(":6379/0")
    assert read.shodan_key.get_secret_value() == ""  # an empty file is nothing
    assert read.virustotal_key.get_secret_value() == ""  # so is none


def test_what_is_said_more_narrowly_goes_before_the_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("github_token", "gravatar_key"):
        (folder / name).write_text("of the folder")
    (tmp_path / "named").write_text("of the named file")
    monkeypatch.setenv("GRAVATAR_KEY_FILE", str(tmp_path / "named"))
    monkeypatch.setenv("GITHUB_TOKEN", "of the environment")
    read = load()
    assert read.github_token.get_secret_value() == "of the environment"
    assert read.gravatar_key.get_secret_value() == "of the named file"


def test_a_file_that_cannot_be_read_is_said_without_its_content(folder: Path) -> None:
    (folder / "secret_key").write_bytes(b"\xff\xfehush")
    with pytest.raises(BadSetting, match=r"^CREDENTIALS_DIRECTORY: cannot read .*secret_key \(it is not text"):
        load()
