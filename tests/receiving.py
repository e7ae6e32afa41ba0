"""A receiver of callbacks: a real HTTP server that keeps what it is sent and answers what a test tells it to."""

from __future__ import annotations

import base64
import hmac
import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from tests.servers import HOST, until


@dataclass(frozen=True)
class Call:
    """One request."""

    path: str
    headers: dict[str, str]  # names in lower case
    content: bytes

    @property
    def body(self) -> dict[str, Any]:
        return dict(json.loads(self.content))

    def is_signed_with(self, key: str) -> bool:
        """As a receiver checks it: https://www.standardwebhooks.com."""
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + self.content
        digest = hmac.digest(base64.b64decode(key.removeprefix("whsec_")), signed, "sha256")
        return hmac.compare_digest(f"v1,{base64.b64encode(digest).decode()}", self.headers["webhook-signature"])


class Receiver:
    """Answers 200, or what `script` holds, one after the other: a status, with a Location, or "hang"."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.script: list[int | str | tuple[int, dict[str, str]]] = []
        self.free = threading.Event()  # lets those go on that hang
        self._server = ThreadingHTTPServer((HOST, 0), _handling(self))
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"http://{HOST}:{self.port}/hook"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.free.set()
        self._server.shutdown()
        self._server.server_close()

    def called(self, times: int = 1) -> list[Call]:
        """Wait until it was called so often."""
        until(f"{times} callbacks", lambda: len(self.calls) >= times)
        return self.calls


def _handling(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = receiver.script.pop(0) if receiver.script else 200
            receiver.calls.append(Call(self.path, headers, content))
            if isinstance(answer, str):
                receiver.free.wait(30)
                return
            status, more = answer if isinstance(answer, tuple) else (answer, {})
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST  # noqa: N815  as in the library

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  as in the library
            """Quiet."""

    return Handler
