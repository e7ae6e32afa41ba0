"""The settings of who may ask, and of the workspaces that install us. Part of `core.settings`."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from core.installs import is_key

Words = Annotated[tuple[str, ...], NoDecode]
ANY_TEAM = "*"


class GuardSettings(BaseModel):
    """Fields of Settings; they are read from where those are."""

    admin_users: Words = Field((), description="user ids of admins: they may do all, and see all scans and the audit")
    allow_teams: Words = Field((), description="workspace ids that may ask; empty: the one of the bot token; *: any")
    allow_channels: Words = Field((), description="channel ids where one may ask; empty: all")
    allow_users: Words = Field((), description="user ids that may ask; empty: all members")
    allow_guests: bool = Field(False, description="let guests ask")
    allow_external: bool = Field(False, description="let people of other workspaces ask (Slack Connect)")
    user_scans_per_minute: int = Field(10, ge=1, description="scans one person may start in a minute")
    channel_scans_per_minute: int = Field(30, ge=1, description="scans one channel may start in a minute")

    bulk_scans_per_minute: int = Field(
        1000, ge=1, description="scans of bulk priority that one caller may start in a minute, counted apart"
    )
    install_key: SecretStr = Field(
        SecretStr(""),
        description="keys that seal the tokens of many workspaces, newest first; empty: one workspace, its bot token",
    )

    @field_validator("allow_teams", "allow_channels", "allow_users", "admin_users", mode="before")
    @classmethod
    def _lists(cls, value: object) -> object:
        return words_of(value) if isinstance(value, str) else value

    @field_validator("install_key")
    @classmethod
    def _keys(cls, value: SecretStr) -> SecretStr:
        if not all(map(is_key, words_of(value.get_secret_value()))):
            raise ValueError("must be keys as python -m bot installs key prints them, separated by commas or spaces")
        return value

    @property
    def install_keys(self) -> tuple[str, ...]:
        """The newest first."""
        return words_of(self.install_key.get_secret_value())


def words_of(text: str) -> tuple[str, ...]:
    """The words of a setting that may hold several."""
    return tuple(text.replace(",", " ").split())
