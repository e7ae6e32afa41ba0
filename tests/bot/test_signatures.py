"""What reaches the bot over HTTP without being Slack's own is turned away before anything is read or started."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

import httpx
import pytest

from tests.bot.listening import Bot

Forgery = Callable[[Bot], dict[str, str]]
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


def post(bot: Bot, body: bytes | Iterator[bytes], headers: dict[str, str]) -> httpx.Response:
    return httpx.post(bot.url, content=body, headers=headers)


def now(ahead: int = 0) -> str:
    return str(int(time.time()) + ahead)


def secret_of(bot: Bot) -> str:
    return bot.settings.slack_signing_secret.get_secret_value()


BODY = urlencode(WORDS).encode()


def test_a_signed_request_is_answered(bot: Bot) -> None:
    answer = post(bot, BODY, sign(secret_of(bot), BODY, now()))
    assert answer.status_code == 200
    assert "Started" in answer.json()["text"]
    assert answer.json()["response_type"] == "ephemeral"
    assert len(bot.scans()) == 1


@pytest.mark.parametrize(
    "forgery",
    [
        lambda bot: sign("somebody else's secret", BODY, now()),
        lambda bot: sign(secret_of(bot), BODY, now(-600)),
        lambda bot: sign(secret_of(bot), BODY, now(600)),
        lambda bot: sign(secret_of(bot), BODY, now(-60)) | {"X-Slack-Request-Timestamp": now()},
        lambda bot: sign(secret_of(bot), BODY + b"&text=example.org", now()),
        lambda bot: sign(secret_of(bot), BODY, now()) | {"X-Slack-Signature": ""},
        lambda bot: {"Content-Type": FORM},
        lambda bot: {"Content-Type": FORM, "X-Slack-Request-Timestamp": now()},
        lambda bot: {"Content-Type": FORM, "X-Slack-Request-Timestamp": "soon", "X-Slack-Signature": "v0=00"},
        lambda bot: sign(secret_of(bot), BODY, now()) | {"X-Slack-Signature": "v0=\xe9"},
    ],
    ids=["wrong", "old", "early", "replayed", "other-body", "empty", "none", "half", "no-number", "no-text"],
)
def test_a_request_that_slack_did_not_sign_just_now_is_refused(bot: Bot, forgery: Forgery) -> None:
    headers = [(name.encode(), value.encode("latin-1")) for name, value in forgery(bot).items()]
    answer = httpx.post(bot.url, content=BODY, headers=headers)
    assert answer.status_code in (400, 401)
    assert bot.scans() == []
    assert bot.audit() == []


def test_a_body_that_is_no_text_is_refused(bot: Bot) -> None:
    body = BODY + b"\xff\xfe"
    assert post(bot, body, sign(secret_of(bot), body, now())).status_code == 401


def test_a_body_over_a_megabyte_is_refused_unread(bot: Bot) -> None:
    body = BODY + b"x" * 1_000_001
    assert post(bot, body, sign(secret_of(bot), body, now())).status_code == 413
    assert bot.scans() == []


def test_a_body_of_unknown_length_is_refused(bot: Bot) -> None:
    answer = post(bot, iter([BODY]), sign(secret_of(bot), BODY, now()))
    assert answer.status_code == 413
    assert bot.scans() == []


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


def test_nothing_else_is_served(bot: Bot) -> None:
    base = bot.url.removesuffix("/slack/events")
    for path in ("/", "/docs", "/openapi.json", "/metrics"):
        assert httpx.get(base + path).status_code == 404
    assert httpx.get(bot.url).status_code == 405
