"""Secrets that are easy to find again, and a source that says back whatever it was told."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from tests.servers import HOST

REDIS_PASSWORD = "canary+redis/word"
CANARIES = {
    "SLACK_BOT_TOKEN": "xoxb-canary-bot-token",
    "SLACK_APP_TOKEN": "xapp-canary-app-token",
    "SLACK_SIGNING_SECRET": "canary0signing0secret",
    "SECRET_KEY": "canary-secret-key",
    "CERTSPOTTER_KEY": "canary-certspotter-key",
    "REDIS_URL": REDIS_PASSWORD,
    "DATABASE_URL": "canary-postgres-word",
}


def spellings(secret: str) -> set[bytes]:
    """How a secret might stand somewhere: as it is, in a URL, in hexadecimal, within any base64 text."""
    plain = secret.encode()
    inside = set()
    for shift in range(3):  # base64 takes three bytes at a time; the edges mix with what stands beside them
        encoded = base64.b64encode(b"x" * shift + plain)
        inside.add(encoded[4 if shift else 0 : len(encoded) - 4])
    return {plain, plain.replace(b"+", b"%2B").replace(b"/", b"%2F"), plain.hex().encode(), *inside}


def leaks(content: bytes | str | object) -> list[str]:
    """The settings whose secrets stand in this."""
    if not isinstance(content, bytes):
        content = (content if isinstance(content, str) else json.dumps(content, default=str)).encode()
    return [name for name, secret in CANARIES.items() if any(each in content for each in spellings(secret))]


class Echo:
    """Stands for all web sources: crt.sh is out of order, and Cert Spotter repeats our key to us in every way."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str]]] = []  # host, path, headers in lower case
        echo = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:  # http.server's name
                headers = {name.lower(): value for name, value in self.headers.items()}
                echo.asked.append((headers["host"], self.path, headers))
                status, more, body = echo.answer(headers["host"], self.path, headers.get("authorization", ""))
                self.send_response(status)
                for name, value in {
                    "Content-Type": "application/json",
                    "Content-Length": str(len(body)),
                    **more,
                }.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer((HOST, 0), Handler)
        self.url = f"http://{HOST}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def answer(self, host: str, path: str, told: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body."""
        if host != "api.certspotter.com":
            return (503, {}, b"out of order") if host == "crt.sh" else (404, {}, b"{}")
        key = told.removeprefix("Bearer ")
        query = parse_qs(urlsplit(path).query)
        domain = query["domain"][0]
        if domain == "example.com":
            return 401, {"WWW-Authenticate": key}, json.dumps({"code": "bad", "message": f"{key} is wrong"}).encode()
        if domain == "example.net":
            return 302, {"Location": f"https://api.certspotter.com/{key}?key={key}"}, b""
        if "after" in query:
            return 200, {}, b"[]"
        names = [f"{key}.{domain}", domain, f"ada@{key}.test"]
        row = {"id": key, "tbs_sha256": key, "dns_names": names, "issuer": {"friendly_name": f"CA {told}"}}
        return 200, {"Server": key, "Set-Cookie": key}, json.dumps([row]).encode()

    def __enter__(self) -> Echo:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def outside_of_header(asked: Iterable[tuple[str, str, dict[str, str]]], header: str) -> list[tuple[str, str]]:
    """Where a source was told a secret of ours in any place but this header."""
    found = []
    for host, path, headers in asked:
        rest = {name: value for name, value in headers.items() if name != header}
        if leaks(path) or leaks(rest):
            found.append((host, path))
    return found
