"""The only place that reads the environment: every setting, its type, its default and its reason.

Values come from the environment, then from `.env` (or the file that ENV_FILE names; none when that is
empty); `NAME_FILE` names a file that holds the value of
NAME, and CREDENTIALS_DIRECTORY a folder whose files are named like the settings, in small letters (for secrets
mounted by an orchestrator). Secrets are SecretStr: never printed, logged or shown.
"""

from __future__ import annotations

import os
import re
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, NoDecode, SettingsConfigDict

from core import sentinel
from core.errors import BadSetting
from core.guard_settings import ANY_TEAM, GuardSettings, Words, words_of
from core.seal import derive
from core.team_settings import TeamSettings

PASSWORD = re.compile(r"^\w[\w+.-]*://[^/?#]*?:([^/?#]+)@|[?&]sentinel_password=([^&#]+)")  # ://name:password@place
REDIS = ("redis://", "rediss://", sentinel.SCHEME)
SCHEMES = {
    "redis_url": REDIS,
    "budget_redis_url": REDIS,
    "cache_redis_url": REDIS,
    "database_url": ("postgresql://", "postgres://", "postgresql+psycopg://", "sqlite:///"),
}


class Settings(TeamSettings, GuardSettings, BaseSettings):
    """All settings. Make it with `load()`, which turns trouble into one clear sentence."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    slack_bot_token: SecretStr = Field(SecretStr(""), description="xoxb- token; empty: the sandbox workspace")
    slack_app_token: SecretStr = Field(SecretStr(""), description="xapp- token for Socket Mode")
    slack_signing_secret: SecretStr = Field(SecretStr(""), description="verifies requests when Slack calls us")
    slack_api_url: str = Field("https://slack.com/api/", description="base URL of Slack's Web API")
    slack_pace: float = Field(
        1.0, ge=0.001, le=10, description="factor on all pauses towards Slack; below 1 only for the sandbox"
    )
    public_url: str = Field(
        "", description="URL at which browsers reach us, and Slack when SLACK_SIGNING_SECRET is set too"
    )
    secret_key: SecretStr = Field(SecretStr(""), description="signs button values; empty: made from the bot token")

    redis_url: SecretStr = Field(
        SecretStr("redis://127.0.0.1:6379/0"), description="the queue; and all else that has no Redis of its own"
    )
    budget_redis_url: SecretStr = Field(
        SecretStr(""), description="budgets, paces and what else all processes must agree on; empty: REDIS_URL"
    )
    cache_redis_url: SecretStr = Field(
        SecretStr(""), description="what may be forgotten at any time (it may evict); empty: REDIS_URL"
    )
    database_url: SecretStr = Field(SecretStr(""), description="postgresql://...; empty: SQLite in DATA_DIR")
    data_dir: Path = Field(Path("var"), description="where the embedded Redis and SQLite live")

    http_host: str = Field("127.0.0.1", description="where the bot listens")
    http_port: int = Field(8080, ge=0, le=65535, description="port the bot listens on; 0: any free one")
    api_requests_per_minute: int = Field(600, ge=1, description="requests to the REST API that one token may make")
    session_hours: float = Field(12.0, gt=0, le=720, description="hours after which one must sign in again")
    slack_client_id: str = Field("", description="of the Slack app; with its secret: sign in to the dashboard by Slack")
    slack_client_secret: SecretStr = Field(SecretStr(""), description="of the Slack app")
    metrics_token: SecretStr = Field(
        SecretStr(""), description="bearer token that GET /metrics asks for; empty: loopback alone may read it"
    )
    credentials_directory: str = Field("", description="folder with a file for each secret, named in small letters")
    pulse_file: str = Field("", description="file where each process leaves signs of life; empty: none")
    notify_socket: str = Field("", description="socket for signs of life; systemd sets it itself")
    otel_url: str = Field("", description="OTLP/HTTP collector that traces are sent to; empty: no traces")

    sources_url: str = Field("", description="send every source request to this address (relay or stand-ins)")
    sources_pace: float = Field(
        1.0, ge=0.001, le=10, description="factor on all pauses towards sources; below 1 only for stand-ins of your own"
    )
    dns_servers: Words = Field((), description="host or host:port, ...; empty: the system's resolvers")
    whois_server: str = Field("", description="host:port that answers for every port 43 server")
    allow_networks: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        (), description="private or reserved networks that may be looked up all the same"
    )
    refuse_networks: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        (), description="public networks that are yours inside (NAT64 prefixes too): never connected to"
    )
    certspotter_key: SecretStr = Field(SecretStr(""), description="Cert Spotter API key; without: small free quota")
    shodan_key: SecretStr = Field(SecretStr(""), description="Shodan API keys; without: InternetDB alone")
    virustotal_key: SecretStr = Field(SecretStr(""), description="VirusTotal API keys")
    haveibeenpwned_key: SecretStr = Field(
        SecretStr(""), description="Have I Been Pwned API keys; without: only which breaches a domain had"
    )
    securitytrails_key: SecretStr = Field(SecretStr(""), description="SecurityTrails API keys")
    github_token: SecretStr = Field(
        SecretStr(""), description="GitHub tokens without any scope; without: 60 questions an hour"
    )
    gravatar_key: SecretStr = Field(SecretStr(""), description="Gravatar API keys; without: 100 questions an hour")
    stackexchange_key: SecretStr = Field(
        SecretStr(""), description="Stack Exchange API keys; without: 300 questions a day"
    )
    contact: str = Field("", description="URL or mailto: that sources may use to reach you; sent as User-Agent")

    collectors: Words = Field((), description="collectors that may be asked; empty: all")
    pivot_hops: int = Field(3, ge=0, le=20, description="pivots that may follow one another; 0: none")
    pivot_scans: int = Field(50, ge=0, le=1000, description="pivots that may come of one scan, all in all")
    pivot_auto: int = Field(10, ge=1, le=100, description="pivots that depth=1 does by itself before it asks")
    active: Literal["ask", "allow", "refuse"] = Field(
        "ask", description="touching a target itself: ask the person first, allow it always, or refuse it always"
    )

    run_lease: float = Field(30.0, ge=1, description="seconds a run may go unattended before another worker takes it")
    sweep_every: float = Field(5.0, ge=0.2, description="seconds between looks for work that was lost")

    socket_quiet: float = Field(
        240.0, ge=1, description="seconds a Socket Mode connection may bring nothing before it is replaced"
    )
    socket_deaf: float = Field(
        60.0, ge=1, description="seconds without a Socket Mode connection after which the bot ends, to be started anew"
    )

    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="how much is logged")

    @field_validator("dns_servers", "collectors", mode="before")
    @classmethod
    def _words(cls, value: object) -> object:
        return words_of(value) if isinstance(value, str) else value

    @field_validator("allow_networks", "refuse_networks", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(_network(word) for word in value.replace(",", " ").split())
        return value

    @field_validator("redis_url", "budget_redis_url", "cache_redis_url", "database_url")
    @classmethod
    def _url(cls, value: SecretStr, info: Any) -> SecretStr:
        given = value.get_secret_value()
        if given and not given.startswith(SCHEMES[info.field_name]):
            raise ValueError(f"must start with {' or '.join(SCHEMES[info.field_name])}")
        sentinel.read(given)  # says what is wrong with one of Sentinels
        return value

    @field_validator("otel_url")
    @classmethod
    def _collector(cls, value: str) -> str:
        if value and (not value.startswith(("http://", "https://")) or "@" in value):
            raise ValueError("must be an http or https address without a password (OTEL_EXPORTER_OTLP_HEADERS has it)")
        return value

    @field_validator("slack_bot_token", "slack_app_token")
    @classmethod
    def _token(cls, value: SecretStr, info: Any) -> SecretStr:
        prefix = "xoxb-" if info.field_name == "slack_bot_token" else "xapp-"
        if value.get_secret_value() and not value.get_secret_value().startswith(prefix):
            raise ValueError(f"must start with {prefix}")
        return value

    @field_validator("slack_api_url")
    @classmethod
    def _slash(cls, value: str) -> str:
        return value if value.endswith("/") else value + "/"

    @field_validator("slack_pace")
    @classmethod
    def _manners(cls, value: float, info: Any) -> float:
        if value < 1 and re.search(r"\bslack(-gov)?\.com\b", info.data.get("slack_api_url", "")):
            raise ValueError("must be 1 or more: Slack itself refuses who calls faster")
        return value

    @cached_property
    def database(self) -> str:
        """The database URL to open, SQLite in DATA_DIR by default."""
        given = self.database_url.get_secret_value()
        if given.startswith(("postgres://", "postgresql://")):
            return "postgresql+psycopg://" + given.split("://", 1)[1]
        return given or f"sqlite:///{self.data_dir / 'gumshoe.sqlite3'}"

    @cached_property
    def secrets(self) -> tuple[str, ...]:
        """Every text that must never be read anywhere: the secret settings, and the passwords inside of URLs."""
        given = [getattr(self, name) for name in type(self).model_fields]
        texts = [each.get_secret_value() for each in given if isinstance(each, SecretStr)]
        passwords = [pair for text in texts for pair in PASSWORD.findall(text)]
        inside = [password for pair in passwords for password in pair if password]
        whole = [text for text in texts if "://" not in text]
        several = [part for text in whole for part in text.replace(",", " ").split()]  # keys, one by one
        return tuple({text for text in (*whole, *several, *inside, *map(unquote, inside), self.seal_key.hex()) if text})

    @cached_property
    def seal_key(self) -> bytes:
        """Signs button values: SECRET_KEY, or made from the bot token so that all processes agree."""
        return derive(self.root_secret)

    @cached_property
    def root_secret(self) -> str:
        """What all our processes share and nobody else knows; empty where there is nothing of the kind."""
        given = self.secret_key.get_secret_value() or self.slack_bot_token.get_secret_value()
        return given or next(iter(self.install_keys), "")

    @cached_property
    def many(self) -> bool:
        """Whether any number of workspaces install us, each with a token of its own."""
        ours = self.slack_client_id and self.slack_client_secret.get_secret_value() and self.public_url
        return bool(ours and self.install_keys and not self.slack_bot_token.get_secret_value())

    def lets_in(self, team: str) -> bool:
        """Whether people of a workspace may ask. Of many that could install us each is named, or "*" lets in any."""
        named = self.allow_teams
        return ANY_TEAM in named or team in named or not (named or self.many)

    def names(self, words: tuple[str, ...], team: str, one: str) -> bool:
        """Whether a list of people or channels has this one. Where there are many workspaces, whose it is stands with
        its id (T0123ABCD/U0123ABCD): another workspace's may be called the same."""
        return (f"{team}/{one}" if self.many else one) in words

    @cached_property
    def slack_transport(self) -> Literal["none", "socket", "http"]:
        """How Slack reaches us, from what is set."""
        if not (self.many or self.slack_bot_token.get_secret_value()):
            return "none"
        if self.slack_signing_secret.get_secret_value() and self.public_url:
            return "http"
        return "socket" if self.slack_app_token.get_secret_value() else "none"


def load(**overrides: Any) -> Settings:
    """Read the settings.

    Raises:
        BadSetting: a value is wrong; the sentence names the variable and never shows a value.
    """
    try:
        given = _from_files() | overrides
        return Settings(_env_file=env_file(), **given)  # type: ignore[call-arg]  # pydantic-settings' own argument
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = str(first["loc"][0]).upper() if first["loc"] else "settings"
        raise BadSetting(f"{name} is wrong: {first['msg'].removeprefix('Value error, ')}. See .env.example.") from None


def _from_files() -> dict[str, str]:
    named = _in_env_file() | {name.lower(): value for name, value in os.environ.items()}
    folder = named.get("credentials_directory")
    found = {}
    for name in Settings.model_fields:
        if os.environ.get(name.upper()):
            continue
        if path := named.get(f"{name}_file"):
            held = _held(f"{name.upper()}_FILE", Path(path))
        elif folder and (there := Path(folder, name)).exists():
            held = _held("CREDENTIALS_DIRECTORY", there)
        else:
            continue
        if held:
            found[name] = held
    return found


def _held(setting: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise BadSetting(f"{setting}: cannot read {path} ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise BadSetting(f"{setting}: cannot read {path} (it is not text in UTF-8).") from None


def _in_env_file() -> dict[str, str]:
    try:
        read = DotEnvSettingsSource(Settings, env_file=env_file()).env_vars
    except UnicodeDecodeError:
        raise BadSetting(".env cannot be read: it is not text in UTF-8.") from None
    return {name.lower(): value for name, value in read.items() if value}


def env_file() -> str | None:
    """The file that settings are read from besides the environment; None: none is."""
    return os.environ.get("ENV_FILE", ".env") or None


def _network(word: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(word, strict=False)
    except ValueError:
        raise ValueError("must be networks such as 10.0.0.0/8, separated by commas or spaces") from None
