"""Whether a process lives, for health checks: `python -S -m bot.alive WHERE [--ready]`.

WHERE is the file of PULSE_FILE, or the bot's address (`http://127.0.0.1:8080`). Exit status 0: it lives, or with
`--ready`, it also does its work now; 1 with a sentence: it does not. Imports nothing but a bit of Python itself, since
it runs every few seconds for ever.
"""

from __future__ import annotations

import socket
import sys
import time
from pathlib import Path

USAGE = "Usage: python -S -m bot.alive FILE|http://HOST:PORT [--ready]"
PATIENCE = 60.0  # seconds a sign may be old; while Redis is away, up to half a minute lies between two
READY_FOR = 10.0  # seconds a sign means that it works now
WITHIN = 3.0  # seconds the bot may take to answer


def trouble(where: str, *, ready: bool) -> str:
    """What is wrong; nothing when all is well."""
    if where.startswith("http://"):
        return _of_answer(where.removeprefix("http://").rstrip("/"), "/ready" if ready else "/live")
    try:
        state, _, given = Path(where).read_text(encoding="ascii").strip().partition(" ")
        age = time.monotonic() - float(given)
    except (OSError, ValueError):
        return f"There is no sign of life in {where}."
    if age > (READY_FOR if ready else PATIENCE):
        return f"The last sign of life is {age:.0f} seconds old."
    return "It lives, but waits for Redis." if ready and state != "working" else ""


def _of_answer(place: str, path: str) -> str:
    host, _, port = place.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), WITHIN) as line:
            line.sendall(f"GET {path} HTTP/1.1\r\nHost: {place}\r\nConnection: close\r\n\r\n".encode("ascii"))
            status = line.recv(64).partition(b"\r\n")[0].decode("ascii", "replace")
    except OSError as error:
        return f"{place} does not answer: {error}."
    return "" if status.split()[1:2] == ["200"] else f"{place}{path} answered {status!r}."


def main(words: list[str]) -> int:
    """The exit status."""
    places = [word for word in words if not word.startswith("-")]
    if len(places) != 1 or {word for word in words if word.startswith("-")} - {"--ready"}:
        sys.stdout.write(f"{USAGE}\n")
        return 2
    wrong = trouble(places[0], ready="--ready" in words)
    if wrong:
        sys.stdout.write(f"{wrong}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
