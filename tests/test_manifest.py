"""The manifest and the code say the same: commands, callback ids, events, and no scope more than is used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field

from bot import listeners
from core.slack import OPTIONAL_SCOPES, SCOPES


class Strict(BaseModel):
    """As Slack's manifest schema has it: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid")


class Display(Strict):
    name: str = Field(max_length=35)
    description: str = Field(max_length=140)
    background_color: str = Field(pattern="^#[0-9a-f]{6}$")


class Home(Strict):
    home_tab_enabled: bool
    messages_tab_enabled: bool
    messages_tab_read_only_enabled: bool


class BotUser(Strict):
    display_name: str = Field(max_length=80)
    always_online: bool


class Shortcut(Strict):
    name: str = Field(max_length=24)
    type: str = Field(pattern="^(message|global)$")
    callback_id: str = Field(max_length=255)
    description: str = Field(max_length=150)


class SlashCommand(Strict):
    command: str = Field(pattern="^/[a-z_-]+$", max_length=32)
    description: str = Field(max_length=2000)
    usage_hint: str = Field(max_length=1000)
    should_escape: bool


class Features(Strict):
    app_home: Home
    bot_user: BotUser
    shortcuts: list[Shortcut] = Field(max_length=10)
    slash_commands: list[SlashCommand] = Field(max_length=50)


class Scopes(Strict):
    bot: list[str]
    bot_optional: list[str]


class OAuth(Strict):
    scopes: Scopes


class Subscriptions(Strict):
    bot_events: list[str] = Field(max_length=100)


class Interactivity(Strict):
    is_enabled: bool


class Switches(Strict):
    event_subscriptions: Subscriptions
    interactivity: Interactivity
    org_deploy_enabled: bool
    socket_mode_enabled: bool
    token_rotation_enabled: bool


class Metadata(Strict):
    major_version: int


class Manifest(Strict):
    metadata: Metadata = Field(alias="_metadata")
    display_information: Display
    features: Features
    oauth_config: OAuth
    settings: Switches


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    written: dict[str, Any] = yaml.safe_load((Path(__file__).parent.parent / "manifest.yml").read_text("utf-8"))
    return Manifest.model_validate(written)


def test_the_manifest_keeps_slacks_limits_and_comes_in_socket_mode(manifest: Manifest) -> None:
    assert manifest.settings.socket_mode_enabled


def test_every_command_is_listened_to(manifest: Manifest) -> None:
    assert [each.command for each in manifest.features.slash_commands] == list(listeners.COMMANDS)


def test_every_shortcut_is_listened_to(manifest: Manifest) -> None:
    ids = {(each.type, each.callback_id) for each in manifest.features.shortcuts}
    assert ids == {
        ("message", listeners.MESSAGE_SHORTCUT),
        ("message", listeners.NOTE_SHORTCUT),
        ("global", listeners.GLOBAL_SHORTCUT),
    }


def test_every_event_is_listened_to(manifest: Manifest) -> None:
    assert set(manifest.settings.event_subscriptions.bot_events) == set(listeners.EVENTS)


def test_no_scope_is_asked_for_that_nothing_uses(manifest: Manifest) -> None:
    by_methods = {scope for scope in SCOPES.values() if scope}
    by_listeners = {"commands", "app_mentions:read"}  # the slash command and shortcuts; the app_mention event
    asked = set(manifest.oauth_config.scopes.bot) | set(manifest.oauth_config.scopes.bot_optional)
    assert asked == by_methods | by_listeners | set(OPTIONAL_SCOPES)
    assert set(manifest.oauth_config.scopes.bot_optional) == set(OPTIONAL_SCOPES)


def test_only_four_scopes_are_required(manifest: Manifest) -> None:
    assert set(manifest.oauth_config.scopes.bot) == {"chat:write", "commands", "app_mentions:read", "files:write"}


def test_the_home_and_messages_tabs_are_on_as_the_code_needs_them(manifest: Manifest) -> None:
    assert manifest.features.app_home.home_tab_enabled
    assert manifest.features.app_home.messages_tab_enabled
