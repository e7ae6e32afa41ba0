"""How callbacks are signed: the Standard Webhooks scheme (https://www.standardwebhooks.com), one key for each token."""

from __future__ import annotations

import base64
import hmac

from core.settings import Settings

PREFIX = "whsec_"


def callback_key(settings: Settings, token_id: str) -> str:
    """What the receiver of a token's callbacks verifies them with: shown once, when the token is made, and kept
    nowhere. It is made from the installation's key (SECRET_KEY, else the bot token) and the token's id, so that every
    process can sign."""
    return PREFIX + base64.b64encode(_key(settings, token_id)).decode()


def signed(settings: Settings, token_id: str, *, message: str, at: int, body: bytes) -> dict[str, str]:
    """The headers that go with a callback: who repeats it repeats `message`, so that receivers can drop repeats."""
    content = b".".join((message.encode(), str(at).encode(), body))
    digest = hmac.digest(_key(settings, token_id), content, "sha256")
    return {
        "Webhook-Id": message,
        "Webhook-Timestamp": str(at),
        "Webhook-Signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def _key(settings: Settings, token_id: str) -> bytes:
    return hmac.digest(settings.seal_key, b"gumshoe callbacks " + token_id.encode(), "sha256")
