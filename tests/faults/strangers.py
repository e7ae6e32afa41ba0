"""What somebody can send to the bot's HTTP port: signed as Slack signs, signed wrongly, or no request at all."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import re
import select
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.running import Gumshoe
from tests.servers import HOST

FORM = "application/x-www-form-urlencoded"
Headers = list[tuple[str, str]]


def command(text: str, trigger: str, **more: str) -> bytes:
    """The body of a slash command."""
    words = {
        "command": "/scan",
        "text": text,
        "team_id": "T0SANDBOX",
        "user_id": "U0ADA",
        "user_name": "ada",
        "channel_id": "C0GENERAL",
        "trigger_id": trigger,
        "api_app_id": "A0GUMSHOE",
    }
    return urlencode(words | more).encode()


def interaction(kind: str, user: str = "U0ADA", **more: Any) -> bytes:
    """The body of a click or a sent form."""
    person = {"id": user, "username": "ada", "team_id": "T0SANDBOX"}
    payload = {
        "type": kind,
        "team": {"id": "T0SANDBOX"},
        "user": person,
        "trigger_id": "1.1",
        "api_app_id": "A0GUMSHOE",
    }
    return urlencode({"payload": json.dumps(payload | more)}).encode()


class Ear:
    """A response URL: hears what only the clicker is told."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # http.server's name
                length = int(self.headers["Content-Length"])
                ear.heard.append(str(json.loads(self.rfile.read(length))["text"]))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer((HOST, 0), Handler)
        self.url = f"http://{HOST}:{self._server.server_port}/"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Ear:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def clicked(message: dict[str, Any], action_id: str, ear: Ear, **more: str) -> bytes:
    """The body of a click on a message's button."""
    user, channel = more.get("user", "U0ADA"), more.get("channel", "C0GENERAL")
    elements = [each for block in message["blocks"] if block["type"] == "actions" for each in block["elements"]]
    (element,) = [each for each in elements if each["action_id"] == action_id]
    action = {key: element[key] for key in ("type", "action_id", "value")} | {"block_id": "b"}
    return interaction(
        "block_actions",
        user,
        channel={"id": channel, "name": "general"},
        container={"type": "message", "message_ts": message["ts"], "channel_id": channel},
        message={"ts": message["ts"]},
        actions=[action | {"action_ts": more.get("at", "17.25")}],
        response_url=ear.url,
    )


def signed(secret: str, body: bytes, *, ahead: int = 0) -> dict[str, str]:
    """Slack's signature: https://docs.slack.dev/authentication/verifying-requests-from-slack."""
    stamp = str(int(time.time()) + ahead)
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}", "Content-Type": FORM}


def head(headers: Headers | dict[str, str], *, length: int | None) -> bytes:
    """The head of a request, as it stands, also with two of the same name."""
    pairs = list(headers.items()) if isinstance(headers, dict) else headers
    lines = ["POST /slack/events HTTP/1.1", f"Host: {HOST}", *(f"{name}: {value}" for name, value in pairs)]
    lines += [f"Content-Length: {length}"] if length is not None else []
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


class Stranger:
    """One connection, used without any manners."""

    def __init__(self, gumshoe: Gumshoe) -> None:
        self._socket = socket.create_connection((HOST, gumshoe.port), timeout=10)

    def __enter__(self) -> Stranger:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def say(self, piece: bytes) -> bool:
        """Send; False when the other side has hung up."""
        try:
            self._socket.sendall(piece)
        except OSError:
            return False
        return True

    def is_hung_up(self) -> bool:
        """The other side closed, whatever it said before."""
        looking = select.poll()
        looking.register(self._socket, select.POLLIN)
        if not looking.poll(0):
            return False
        try:
            return self._socket.recv(4096) == b""
        except OSError:
            return True

    def status(self) -> int:
        """The status of the answer; 0 when the connection ended without one."""
        answer = b""
        with contextlib.suppress(OSError):
            while b"\r\n" not in answer and (piece := self._socket.recv(4096)):
                answer += piece
        found = re.match(rb"HTTP/1\.1 (\d{3}) ", answer)
        return int(found[1]) if found else 0


def send(gumshoe: Gumshoe, headers: Headers | dict[str, str], body: bytes, *, length: int | None = -1) -> int:
    """A whole request; the status of the answer."""
    with Stranger(gumshoe) as stranger:
        stranger.say(head(headers, length=len(body) if length == -1 else length) + body)
        return stranger.status()


def memory(pid: int) -> int:
    """The most memory a process has used so far, in bytes."""
    found = re.search(r"^VmHWM:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(encoding="ascii"), re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024
