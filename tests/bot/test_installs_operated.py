"""Installations as operators see them: listed, left, sealed anew; and what the doctor says of them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bot.__main__ import cli
from bot.doctor.installs import unused
from bot.doctor.slack import slack
from core.installs import Tokens, Vault, new_key
from core.models import ScanStatus
from core.settings import load
from tests.bot.many import FIRST, KEY, SECOND, ManyBot


@pytest.fixture
def typed(many: ManyBot, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """A terminal beside the bot, with its settings."""
    many.installed()
    settings = many.settings
    named = ("slack_client_id", "slack_api_url", "public_url", "database_url", "redis_url", "slack_client_secret")
    monkeypatch.setenv("ALLOW_TEAMS", "*")
    for name in (*named, "slack_signing_secret", "install_key", "secret_key"):
        value = getattr(settings, name)
        text = value if isinstance(value, str) else value.get_secret_value()
        monkeypatch.setenv(name.upper(), text)
    return CliRunner()


def run(typed: CliRunner, *words: str) -> str:
    answer = typed.invoke(cli, ["installs", *words], catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    return answer.output


def signs(many: ManyBot, **settings: Any) -> str:
    found = asyncio.run(slack(many.settings.model_copy(update=settings)))
    return "\n".join(f"{each.state} {each.sentence} {each.step}" for each in found)


def test_the_list_names_workspaces_and_shows_no_token(many: ManyBot, typed: CliRunner) -> None:
    told = run(typed, "list") + run(typed, "list", "--json")
    assert all(each in told for each in (FIRST, SECOND, "Example Corp", "U0ADA"))
    assert many.token_of(FIRST) not in told
    assert "xox" not in told
    assert [each["team"] for each in json.loads(run(typed, "list", "--json"))["workspaces"]] == [FIRST, SECOND]


def test_a_workspace_is_left_at_slack_and_in_the_record(many: ManyBot, typed: CliRunner) -> None:
    many.second.command("example.com")
    told = run(typed, "remove", SECOND, "--yes")
    assert "Left Second Example (T0SECOND). 1 scans were stopped" in told
    assert [call["ok"] for call in many.second.calls("apps.uninstall")] == [True]
    gone = many.store.installations.get(SECOND)
    assert gone is not None
    assert (gone.is_here, gone.sealed, gone.gone_why) == (False, "", "removed by an operator")
    assert [scan.status for scan in many.scans_of(SECOND)] == [ScanStatus.CANCELLED]
    assert "uninstall" in [row[1] for row in many.audited(SECOND)]
    assert SECOND not in run(typed, "list")
    assert "removed by an operator" in run(typed, "list", "--all")


def test_what_slack_does_not_let_us_leave_is_not_said_to_be_left(many: ManyBot, typed: CliRunner) -> None:
    for code in ("token_expired", "invalid_auth"):
        many.second.fault("apps.uninstall", "error", code=code, times=1)
        answer = typed.invoke(cli, ["installs", "remove", SECOND, "--yes"])
        assert (answer.exit_code != 0, code in answer.output) == (True, True)
        kept = many.store.installations.get(SECOND)
        assert kept is not None
        assert kept.is_here
    assert "Left" in run(typed, "remove", SECOND, "--yes")


def test_what_is_not_there_cannot_be_left(typed: CliRunner) -> None:
    answer = typed.invoke(cli, ["installs", "remove", "T0NOBODY", "--yes"])
    assert answer.exit_code != 0
    assert "No workspace T0NOBODY is installed" in answer.output


def test_tokens_are_sealed_anew_with_the_first_key(
    many: ManyBot, typed: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    new, before = new_key(), many.token_of(FIRST)
    monkeypatch.setenv("INSTALL_KEY", f"{new},{KEY}")
    assert "2 of 2 workspaces" in run(typed, "reseal")
    kept = many.store.installations.get(FIRST)
    assert kept is not None
    assert Vault([new]).open(FIRST, kept.sealed) == Tokens(before)


def test_one_that_does_not_open_holds_up_no_other(
    many: ManyBot, typed: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    new, before = new_key(), many.token_of(SECOND)
    lost = many.store.installations.get(FIRST)
    assert lost is not None
    assert many.store.installations.reseal(lost, Vault([new_key()]).seal(FIRST, Tokens("xoxb-lost")))
    monkeypatch.setenv("INSTALL_KEY", f"{new},{KEY}")
    answer = typed.invoke(cli, ["installs", "reseal"])
    assert answer.exit_code == 1
    assert "does not open the tokens of T0SANDBOX" in answer.output
    assert "1 of 2 workspaces" in answer.output
    kept = many.store.installations.get(SECOND)
    assert kept is not None
    assert Vault([new]).open(SECOND, kept.sealed) == Tokens(before)


def test_a_key_that_is_printed_is_one(typed: CliRunner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    printed = run(typed, "key").strip()
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("INSTALL_KEY", printed)
    assert load().install_keys == (printed,)


def test_the_doctor_says_of_each_workspace_whether_it_is_reached(many: ManyBot, typed: CliRunner) -> None:
    many.second.post("uninstall", told=False)
    told = signs(many)
    assert "good Slack knows me in Example Corp (T0SANDBOX)." in told
    assert "bad Second Example (T0SECOND): Slack no longer accepts my token." in told
    assert "weak Any workspace may install me and ask" in told
    assert "bad No workspace may install me" in signs(many, allow_teams=())
    assert "xox" not in told


def test_the_name_of_a_workspace_commands_no_terminal(many: ManyBot, typed: CliRunner) -> None:
    named = "UPDATE installation SET name = ? WHERE team = 'T0SECOND'"
    many.store.database.write(lambda db: db.exec_driver_sql(named, ("Evil\x1b[2J\x07",)).rowcount)
    assert "Evil" in signs(many)
    assert not {"\x1b", "\x07"} & {*signs(many), *run(typed, "list")}


def test_the_doctor_says_when_the_key_is_another_one(many: ManyBot, typed: CliRunner) -> None:
    settings = load(install_key=new_key(), slack_bot_token="")
    assert settings.many
    found = asyncio.run(slack(settings))
    assert sum("INSTALL_KEY does not open the tokens of" in each.sentence for each in found) == 2
    assert many.store.installations.get(FIRST) is not None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"install_key": KEY}, "only when SLACK_CLIENT_ID, SLACK_CLIENT_SECRET, PUBLIC_URL is set"),
        ({"install_key": KEY, "slack_bot_token": "xoxb-1"}, "does nothing: SLACK_BOT_TOKEN is set"),
    ],
)
def test_the_doctor_says_why_there_is_one_workspace(given: dict[str, str], said: str) -> None:
    settings = load(**given)
    assert not settings.many
    assert any(said in each.sentence for each in unused(settings))


def test_a_bot_token_means_one_workspace_and_no_page_to_install() -> None:
    app = {"slack_client_id": "1", "slack_client_secret": "2", "public_url": "https://bot.example"}
    assert load(**app, install_key=KEY).many
    assert not load(**app, install_key=KEY, slack_bot_token="xoxb-1").many
    assert not load(**app).many
