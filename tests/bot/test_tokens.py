"""`python -m bot token`: made, shown once, listed, revoked; also without Slack."""

from __future__ import annotations

import logging
import re
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.__main__ import cli
from core.callers import Scope
from core.store import Store, open_store
from tests.servers import Sandbox


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    url = f"sqlite:///{tmp_path / 'record.sqlite3'}"
    monkeypatch.setenv("DATABASE_URL", url)
    return open_store(url)


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["token", *words])


def made(*words: str) -> str:
    """The text of a new token."""
    done = run("create", "--team", "T0SANDBOX", *words)
    assert done.exit_code == 0, done.output
    (text,) = done.stdout.splitlines()
    return text


def test_a_token_is_shown_once_and_opens_the_door_it_was_made_for(record: Store) -> None:
    text = made("--service", "ci", "--scopes", "read", "--channels", "C0CASES,C0GENERAL", "--name", "nightly import")
    caller = record.tokens.caller(text)
    assert caller is not None
    assert (caller.user, caller.team, *caller.scopes) == ("service:ci", "T0SANDBOX", Scope.READ)
    assert caller.channels == {"C0CASES", "C0GENERAL"}
    listed = run("list").output
    assert "nightly import" in listed
    assert text.rpartition("_")[2] not in listed
    assert re.search(r"until \d{4}-", listed)


def test_a_revoked_token_opens_nothing_and_both_are_written_down(record: Store) -> None:
    text = made("--user", "U0ADA", "--expires", "never")
    public = text.split("_")[1]
    assert "without an end" in run("list").output
    assert "is revoked" in run("revoke", public).output
    assert record.tokens.caller(text) is None
    assert "was revoked before" in run("revoke", text).output  # the whole of it names it, too
    assert run("list").stdout == ""
    assert "revoked" in run("list", "--all").output
    rows = record.audit.listed(team="T0SANDBOX")
    assert [(row["verb"], row["decision"]) for row in rows] == [
        ("token revoke", "allowed"),
        ("token create", "allowed"),
    ]
    assert text.rpartition("_")[2] not in str(rows)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "--user U0123ABCD for a person, or --service NAME"),
        (["--user", "U0ADA", "--service", "ci"], "Say whom it is for"),
        (["--user", "ada"], "Slack user id"),
        (["--service", "C I"], "short name"),
        (["--service", "ci", "--scopes", "write"], "I know: read, scan, admin"),
        (["--service", "ci", "--channels", "general"], "ids, such as"),
        (["--service", "ci", "--channels", ",".join(f"C0{n}AAA" for n in range(51))], "50 channels"),
        (["--service", "ci", "--expires", "soon"], "such as 90d"),
        (["--service", "ci", "--expires", "0d"], "such as 90d"),
        (["--service", "ci", "--team", "x"], "T0123ABCD"),
    ],
)
def test_what_makes_no_token_is_said_in_a_sentence(record: Store, words: list[str], sentence: str) -> None:
    done = run("create", "--team", "T0SANDBOX", *words)
    assert (done.exit_code, sentence in done.stderr, done.stdout) == (2, True, "")
    assert record.tokens.listed() == []


def test_without_slack_the_workspace_must_be_named(record: Store) -> None:
    done = run("create", "--service", "ci")
    assert (done.exit_code, "--team T0123ABCD" in done.stderr) == (2, True)
    assert "Set SECRET_KEY" in run("create", "--service", "ci", "--team", "T0SANDBOX").stderr
    assert "There is no such token" in run("revoke", "abcdefgh").stderr


def test_with_slack_the_workspace_is_its_own(record: Store, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in sandbox.settings.items():
        monkeypatch.setenv(name, value)
    done = run("create", "--service", "ci")
    assert done.exit_code == 0, done.output
    assert [token.caller.team for token in record.tokens.listed()] == ["T0SANDBOX"]
    assert "Its callbacks are signed with whsec_" in done.stderr


def test_a_command_that_is_typed_in_a_test_leaves_the_logging_of_the_next_ones_alone(record: Store) -> None:
    before = list(logging.getLogger().handlers), logging.getLogger().level, sys.excepthook
    assert made("--service", "ci")
    assert (list(logging.getLogger().handlers), logging.getLogger().level, sys.excepthook) == before
    assert len(record.tokens.listed(team="T0SANDBOX")) == 1
