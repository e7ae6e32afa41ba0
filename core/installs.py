"""What the record keeps of a workspace that installed us, and how its tokens are sealed there.

Tokens are encrypted with Fernet (github.com/fernet/spec), whose text also says whose they are: a row that was swapped
with another workspace's does not open.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from core import clock
from core.errors import BadSetting

AHEAD = timedelta(hours=2)  # before its end a token is renewed; it lasts for twelve hours


@dataclass(frozen=True, slots=True)
class Tokens:
    """What opens a workspace's door. `refresh` is empty where tokens do not end."""

    bot: str
    refresh: str = ""

    def __repr__(self) -> str:
        return "Tokens(...)"  # so that no traceback or log shows them


@dataclass(frozen=True, slots=True)
class Installation:
    """One workspace's. `version` changes with its tokens."""

    team: str
    name: str
    app: str
    bot_user: str
    bot: str
    scopes: frozenset[str]
    installed_by: str
    installed_at: datetime
    sealed: str
    enterprise: str = ""
    version: int = 0
    expires_at: datetime | None = None
    gone_at: datetime | None = None
    gone_why: str = ""

    @property
    def mark(self) -> tuple[datetime, int]:
        """What is another one for other tokens."""
        return self.installed_at, self.version

    @property
    def is_here(self) -> bool:
        return self.gone_at is None

    @property
    def is_ending(self) -> bool:
        """Whether its token is to be renewed now."""
        return self.expires_at is not None and self.expires_at - clock.now() < AHEAD

    @property
    def is_ended(self) -> bool:
        return self.expires_at is not None and self.expires_at <= clock.now()


class Vault:
    """Seals tokens with the first of its keys, and opens what any of them sealed."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = MultiFernet([Fernet(key) for key in keys])

    def seal(self, team: str, tokens: Tokens) -> str:
        told = {"team": team, "bot": tokens.bot, "refresh": tokens.refresh}
        return self._keys.encrypt(json.dumps(told).encode()).decode()

    def open(self, team: str, sealed: str) -> Tokens:
        """Raises BadSetting: no key of ours sealed it, or it is another workspace's."""
        try:
            told = json.loads(self._keys.decrypt(sealed.encode()))
        except InvalidToken as error:
            sentence = f"INSTALL_KEY does not open the tokens of {team}: put the key back that sealed them."
            raise BadSetting(sentence) from error
        if told["team"] != team:
            raise BadSetting(f"The tokens kept for {team} are another workspace's: somebody changed the record.")
        return Tokens(told["bot"], told["refresh"])


def new_key() -> str:
    """A key for INSTALL_KEY."""
    return Fernet.generate_key().decode()


def is_key(text: str) -> bool:
    try:
        Fernet(text)
    except ValueError:
        return False
    return True
