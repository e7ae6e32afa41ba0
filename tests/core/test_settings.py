"""Every setting has a clear default, a wrong one is one sentence, and a secret is never shown."""

from __future__ import annotations

import pickle
import re
import traceback
from pathlib import Path
from typing import Any

import pytest

from core.errors import BadSetting
from core.settings import Settings, load
from tests.servers import ROOT

SECRETS = {
    "SLACK_BOT_TOKEN": "xoxb-hush-1",
    "SLACK_APP_TOKEN": "xapp-hush-2",
    "SLACK_SIGNING_SECRET": "hush-3",
    "SECRET_KEY": "hush-4",
    "REDIS_URL": "redis://:hush-5@127.0.0.1:6379/0",
    "DATABASE_URL": "postgresql://gumshoe:hush-6@127.0.0.1/record",
    "CERTSPOTTER_KEY": "hush-7",
    "SHODAN_KEY": "hush-8",
    "VIRUSTOTAL_KEY": "hush-9",
    "HAVEIBEENPWNED_KEY": "hush-10",
    "SECURITYTRAILS_KEY": "hush-11",
    "GITHUB_TOKEN": "hush-12",
    "GRAVATAR_KEY": "hush-13",
    "STACKEXCHANGE_KEY": "hush-14",
    "INSTALL_KEY": "hushhushhushhushhushhushhushhushhushhushhus=",
    "BUDGET_REDIS_URL": "redis://:hush-15@127.0.0.1:6379/1",
    "CACHE_REDIS_URL": "redis://:hush-16@127.0.0.1:6379/2",
    "SLACK_CLIENT_SECRET": "hush-17",
    "METRICS_TOKEN": "hush-18",
    "EVIDENCE_KEY": "hush-19",
}


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder of its own without .env, and no setting in the environment."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(f"{name.upper()}_FILE", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ENV_FILE")
    return tmp_path


def sentence(**settings: str) -> str:
    """What a reader is told about wrong settings."""
    with pytest.raises(BadSetting) as raised:
        load(**settings)
    return str(raised.value)


def documented() -> dict[str, str]:
    """The names and defaults that .env.example shows."""
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    pairs = [line[1:].partition("=") for line in lines if re.match(r"#[A-Z_]+=", line)]
    found = {name: default for name, _, default in pairs}
    assert len(found) == len(pairs)
    return found


def shown(default: Any) -> str:
    """A default as .env.example writes it."""
    if hasattr(default, "get_secret_value"):
        return str(default.get_secret_value())
    if isinstance(default, bool):
        return str(default).lower()
    return ",".join(map(str, default)) if isinstance(default, tuple) else str(default)


def test_env_example_and_settings_hold_the_same_names_and_defaults() -> None:
    assert documented() == {name.upper(): shown(field.default) for name, field in Settings.model_fields.items()}


def test_env_example_can_be_used_as_it_is(nothing_is_set: Path) -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    before = load()
    uncommented = [line[1:] if re.match(r"#[A-Z_]+=", line) else line for line in lines]
    (nothing_is_set / ".env").write_text("\n".join(uncommented), encoding="utf-8")
    assert load() == before


def test_every_setting_says_what_it_is_for() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_an_empty_value_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    before = load()
    for name in documented():
        monkeypatch.setenv(name, "")
    assert load() == before


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, nothing_is_set: Path) -> None:
    (nothing_is_set / ".env").write_text("HTTP_PORT=8081\nLOG_LEVEL=debug\n", encoding="utf-8")
    monkeypatch.setenv("HTTP_PORT", "8082")
    assert (load().http_port, load().log_level) == (8082, "debug")
    assert load(http_port=8083).http_port == 8083


def test_lists_are_separated_by_commas_or_spaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOW_USERS", "U0ADA, U0BOB U0GUEST,")
    monkeypatch.setenv("ALLOW_NETWORKS", "192.0.2.7/24 2001:db8::/32")
    assert load().allow_users == ("U0ADA", "U0BOB", "U0GUEST")
    assert [str(network) for network in load().allow_networks] == ["192.0.2.0/24", "2001:db8::/32"]


WRONG = {
    "SLACK_BOT_TOKEN": "xapp-hush",
    "SLACK_APP_TOKEN": "xoxb-hush",
    "HTTP_PORT": "hush",
    "SOURCES_PACE": "hush",
    "ALLOW_NETWORKS": "172.16.0.0/99 hush",
    "ALLOW_GUESTS": "hush",
    "USER_SCANS_PER_MINUTE": "-7271",
    "RUN_LEASE": "hush",
    "LOG_LEVEL": "hush",
    "DATABASE_URL": "mysql://gumshoe:hush@127.0.0.1/record",
    "REDIS_URL": "http://:hush@127.0.0.1",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_is_one_sentence_that_names_the_variable_and_not_the_value(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, WRONG[name])
    with pytest.raises(BadSetting) as raised:
        load()
    said = str(raised.value)
    assert said.startswith(f"{name} is wrong: ")
    assert said.endswith("See .env.example.")
    assert "\n" not in said
    whole = "".join(traceback.format_exception(raised.value))
    assert not any(word in whole for word in WRONG[name].split())


def test_a_secret_may_be_kept_in_a_file(monkeypatch: pytest.MonkeyPatch, nothing_is_set: Path) -> None:
    (nothing_is_set / "token").write_text("xoxb-invented\n", encoding="utf-8")
    monkeypatch.setenv("SLACK_BOT_TOKEN_FILE", str(nothing_is_set / "token"))
    assert load().slack_bot_token.get_secret_value() == "xoxb-invented"
    monkeypatch.setenv("SLACK_BOT_TOKEN", "")
    assert load().slack_bot_token.get_secret_value() == "xoxb-invented"
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-nearer")
    assert load().slack_bot_token.get_secret_value() == "xoxb-nearer"


def test_a_secret_file_may_be_named_in_the_env_file(nothing_is_set: Path) -> None:
    (nothing_is_set / "token").write_text("xoxb-invented\n", encoding="utf-8")
    (nothing_is_set / ".env").write_text(f"SLACK_BOT_TOKEN_FILE={nothing_is_set / 'token'}\n", encoding="utf-8")
    assert load().slack_bot_token.get_secret_value() == "xoxb-invented"


def test_an_empty_secret_file_is_the_default(monkeypatch: pytest.MonkeyPatch, nothing_is_set: Path) -> None:
    (nothing_is_set / "empty").touch()
    monkeypatch.setenv("REDIS_URL_FILE", str(nothing_is_set / "empty"))
    assert load().redis_url.get_secret_value() == "redis://127.0.0.1:6379/0"


def test_a_secret_file_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch, nothing_is_set: Path) -> None:
    monkeypatch.setenv("SECRET_KEY_FILE", str(nothing_is_set / "nowhere"))
    assert re.fullmatch(r"SECRET_KEY_FILE: cannot read \S+ \(No such file or directory\)\.", sentence())
    (nothing_is_set / "bytes").write_bytes(b"\xffhush")
    monkeypatch.setenv("SECRET_KEY_FILE", str(nothing_is_set / "bytes"))
    assert re.fullmatch(r"SECRET_KEY_FILE: cannot read \S+ \(it is not text in UTF-8\)\.", sentence())


def test_an_env_file_that_is_no_text_is_named(nothing_is_set: Path) -> None:
    (nothing_is_set / ".env").write_bytes(b"HTTP_PORT=\xff\n")
    assert sentence() == ".env cannot be read: it is not text in UTF-8."


def test_a_wrong_value_in_a_secret_file_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, nothing_is_set: Path
) -> None:
    (nothing_is_set / "token").write_text("hush", encoding="utf-8")
    monkeypatch.setenv("SLACK_BOT_TOKEN_FILE", str(nothing_is_set / "token"))
    assert sentence() == "SLACK_BOT_TOKEN is wrong: must start with xoxb-. See .env.example."


def test_slack_itself_is_never_called_faster_than_it_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_PACE", "0.5")
    assert sentence().startswith("SLACK_PACE is wrong: must be 1 or more: Slack itself refuses who calls faster.")
    monkeypatch.setenv("SLACK_API_URL", "https://slack-gov.com/api/")
    assert sentence().startswith("SLACK_PACE is wrong")
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:9/api/")
    assert load().slack_pace == 0.5


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    settings = load()
    for text in (repr(settings), str(settings), f"{settings.model_dump()}", settings.model_dump_json()):
        assert "hush" not in text
    assert not any(value in sentence(http_port="many") for value in SECRETS.values())


def test_every_setting_that_carries_a_secret_is_one() -> None:
    named = {name for name in documented() if re.search(r"TOKEN|SECRET|KEY|REDIS_URL|DATABASE_URL", name)}
    assert named == set(SECRETS)
    secret = {name.upper() for name, field in Settings.model_fields.items() if "Secret" in str(field.annotation)}
    assert secret == named


@pytest.mark.parametrize(
    ("given", "opened"),
    [
        ("postgres://gumshoe@db.example/record", "postgresql+psycopg://gumshoe@db.example/record"),
        ("postgresql://gumshoe@db.example/record", "postgresql+psycopg://gumshoe@db.example/record"),
        ("postgresql+psycopg://gumshoe@db.example/record", "postgresql+psycopg://gumshoe@db.example/record"),
        ("sqlite:///record.sqlite3", "sqlite:///record.sqlite3"),
        ("", "sqlite:///kept/gumshoe.sqlite3"),
    ],
)
def test_the_database_is_opened_with_the_driver_we_have(given: str, opened: str) -> None:
    assert load(database_url=given, data_dir="kept").database == opened


@pytest.mark.parametrize(
    ("settings", "transport"),
    [
        ({}, "none"),
        ({"slack_app_token": "xapp-1"}, "none"),
        ({"slack_bot_token": "xoxb-1"}, "none"),
        ({"slack_bot_token": "xoxb-1", "slack_app_token": "xapp-1"}, "socket"),
        ({"slack_bot_token": "xoxb-1", "slack_signing_secret": "s", "public_url": "https://bot.example"}, "http"),
        ({"slack_bot_token": "xoxb-1", "slack_signing_secret": "s", "slack_app_token": "xapp-1"}, "socket"),
        ({"slack_bot_token": "xoxb-1", "public_url": "https://bot.example"}, "none"),
        ({"slack_signing_secret": "s", "public_url": "https://bot.example"}, "none"),
    ],
)
def test_how_slack_reaches_us_follows_from_what_is_set(settings: dict[str, str], transport: str) -> None:
    assert load(**settings).slack_transport == transport


def test_the_address_of_slack_ends_with_a_slash() -> None:
    assert load(slack_api_url="https://slack.example/api").slack_api_url == "https://slack.example/api/"


def test_all_processes_seal_with_the_same_key() -> None:
    one, other = load(slack_bot_token="xoxb-1"), load(slack_bot_token="xoxb-1", http_port=9000)
    assert one.seal_key == other.seal_key
    assert load(slack_bot_token="xoxb-1", secret_key="k").seal_key != one.seal_key
    assert load(slack_bot_token="xoxb-2", secret_key="k").seal_key == load(secret_key="k").seal_key


def test_settings_do_not_change() -> None:
    settings = load()
    with pytest.raises(ValueError, match="frozen"):
        settings.http_port = 1
    assert pickle.loads(pickle.dumps(settings)) == settings
