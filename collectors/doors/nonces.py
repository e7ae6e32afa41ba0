"""Labels that nobody has registered: the same for all who ask the same at the same time, foreseen by no stranger."""

from __future__ import annotations

import hmac
from base64 import b32encode
from datetime import datetime

from core.models import Target
from core.settings import Settings


def secret(settings: Settings) -> bytes:
    """What strangers lack to foresee our labels."""
    chosen = (settings.secret_key, settings.slack_bot_token, settings.database_url)
    given = next((each.get_secret_value() for each in chosen if each.get_secret_value()), str(settings.data_dir))
    return hmac.digest(given.encode(), b"gumshoe nonce labels", "sha256")


def nonce(key: bytes, now: datetime, target: Target, label: str) -> str:
    """24 of [a-z2-7], the same for a target and label within the hour."""
    text = "|".join((now.strftime("%Y%m%d%H"), target.kind, target.value, label))
    return b32encode(hmac.digest(key, text.encode(), "sha256")).decode()[:24].lower()
