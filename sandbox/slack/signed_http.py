"""Signed HTTP delivery to the app's own address, as Slack does when Socket Mode is off."""

import hashlib
import hmac
import json
import time
from urllib.parse import urlencode

import aiohttp

from sandbox.slack.delivery import TIMED_OUT, UNREACHABLE, Ack, Parcel
from sandbox.slack.wire import Json, parsed
from sandbox.slack.workspace import Workspace

FORM = "application/x-www-form-urlencoded"


class SignedHttp:
    """Posts payloads to the events URL with Slack's signature (docs.slack.dev/authentication)."""

    name = "http"

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._session: aiohttp.ClientSession | None = None

    def is_open(self) -> bool:
        """Whether there is an address to send to."""
        return bool(self._workspace.settings.events_url)

    async def send(self, parcel: Parcel, *, timeout: float) -> Ack:
        """Post it and read the ack."""
        body, content_type = _written(parcel)
        headers = {"Content-Type": content_type, **self._signature(parcel, body)}
        if parcel.retry:
            headers |= {"X-Slack-Retry-Num": str(parcel.retry), "X-Slack-Retry-Reason": parcel.reason}
        started = time.perf_counter()
        limit = aiohttp.ClientTimeout(total=timeout)
        url = self._workspace.settings.events_url
        try:
            async with self._open_session().post(url, data=body, headers=headers, timeout=limit) as response:
                return _ack(response, await response.text(), (time.perf_counter() - started) * 1000)
        except TimeoutError:
            return Ack(TIMED_OUT, (time.perf_counter() - started) * 1000, reason="http_timeout")
        except aiohttp.ClientError:
            return Ack(UNREACHABLE, (time.perf_counter() - started) * 1000, reason="connection_failed")

    async def verify_url(self) -> bool:
        """Slack's handshake with a new address: the challenge must come back."""
        challenge = self._workspace.mint("challenge-")
        payload = {"type": "url_verification", "token": "sandbox", "challenge": challenge}
        ack = await self.send(Parcel("events_api", payload), timeout=self._workspace.settings.ack_timeout)
        return ack.ok and challenge in (ack.body.get("challenge"), ack.body.get("text"))

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session

    def _signature(self, parcel: Parcel, body: bytes) -> dict[str, str]:
        stamp = str(int(time.time()) - parcel.age)
        secret = parcel.secret or self._workspace.signing_secret
        digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


def _written(parcel: Parcel) -> tuple[bytes, str]:
    if parcel.kind == "events_api":
        return json.dumps(parcel.payload).encode(), "application/json"
    if parcel.kind == "slash_commands":
        return urlencode(parcel.payload).encode(), FORM
    return urlencode({"payload": json.dumps(parcel.payload)}).encode(), FORM


def _ack(response: aiohttp.ClientResponse, body: str, ms: float) -> Ack:
    if response.ok:
        return Ack("ok", ms, _read(body))
    status = "http_service_error" if response.status >= 500 else "http_client_error"
    no_retry = response.headers.get("X-Slack-No-Retry") == "1"
    return Ack(status, ms, {"http_status": response.status}, reason="http_error", no_retry=no_retry)


def _read(body: str) -> Json:
    told = parsed(body)
    if isinstance(told, dict):
        return told
    return {"text": body} if body.strip() else {}
