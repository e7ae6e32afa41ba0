"""What Slack signs is answered, and nothing else is served; tests/faults/test_signatures.py knocks as a stranger."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from urllib.parse import urlencode

import httpx

from tests.bot.listening import Bot

FORM = "application/x-www-form-urlencoded"
WORDS = {
    "command": "/scan",
    "text": "example.com",
    "team_id": "T0SANDBOX",
    "user_id": "U0ADA",
    "user_name": "ada",
    "channel_id": "C0GENERAL",
    "trigger_id": "1.2.3",
    "api_app_id": "A0GUMSHOE",
}


def sign(secret: str, body: bytes, stamp: str) -> dict[str, str]:
    """Slack's signature: https://docs.slack.dev/authentication/verifying-requests-from-slack."""
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}", "Content-Type": FORM}


def post(bot: Bot, body: bytes, headers: dict[str, str]) -> httpx.Response:
    return httpx.post(bot.url, content=body, headers=headers)


def now() -> str:
    return str(int(time.time()))


def secret_of(bot: Bot) -> str:
    return bot.settings.slack_signing_secret.get_secret_value()


BODY = urlencode(WORDS).encode()


def test_a_signed_request_is_answered(bot: Bot) -> None:
    answer = post(bot, BODY, sign(secret_of(bot), BODY, now()))
    assert answer.status_code == 200
    assert "Started" in answer.json()["text"]
    assert answer.json()["response_type"] == "ephemeral"
    assert len(bot.scans()) == 1


def test_slack_s_handshake_is_answered(bot: Bot) -> None:
    body = json.dumps({"type": "url_verification", "token": "x", "challenge": "open sesame"}).encode()
    answer = post(bot, body, sign(secret_of(bot), body, now()) | {"Content-Type": "application/json"})
    assert "open sesame" in answer.text


def test_a_payload_we_have_no_ear_for_is_no_crash(bot: Bot) -> None:
    for words in ({"payload": json.dumps({"type": "unheard_of"})}, {"command": "/other", "text": "x"}, {}):
        body = urlencode(words).encode()
        assert post(bot, body, sign(secret_of(bot), body, now())).status_code < 500
    assert bot.scans() == []


def test_live_and_ready_say_so(bot: Bot) -> None:
    base = bot.url.removesuffix("/slack/events")
    assert httpx.get(f"{base}/live").json() == {"status": "alive"}
    assert httpx.get(f"{base}/ready").json() == {"status": "ready"}


def test_strangers_are_shown_where_to_sign_in_and_nothing_else(bot: Bot) -> None:
    base = bot.url.removesuffix("/slack/events")
    shown = {path: httpx.get(base + path).status_code for path in ("/", "/audit", "/api/v1/scans", "/redoc", "/slack")}
    assert shown == {"/": 303, "/audit": 303, "/api/v1/scans": 401, "/redoc": 404, "/slack": 404}
    assert httpx.get(bot.url).status_code == 405
