"""The secret behind names that nobody else can foresee."""

from __future__ import annotations

import hmac

from core.settings import Settings


def secret_of(settings: Settings) -> bytes:
    """The same for all processes of one installation."""
    chosen = (settings.secret_key, settings.slack_bot_token, settings.database_url)
    given = next((each.get_secret_value() for each in chosen if each.get_secret_value()), str(settings.data_dir))
    return hmac.digest(given.encode(), b"gumshoe nonce labels", "sha256")
