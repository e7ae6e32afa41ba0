"""Signs of life: written for who looks, sent to systemd, and given only by what works."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from bot.alive import PATIENCE, READY_FOR, main
from core.pulse import Pulse, State
from tasks.pulse import SILENT, Heart
from tests.servers import ROOT


def given(file: Path, state: str, *, seconds_ago: float) -> str:
    file.write_text(f"{state} {time.monotonic() - seconds_ago:.3f}\n")
    return str(file)


def test_a_process_that_gave_a_sign_just_now_lives(tmp_path: Path) -> None:
    Pulse(str(tmp_path / "pulse"), "").beat(State.WORKING)
    assert main([str(tmp_path / "pulse")]) == 0
    assert main([str(tmp_path / "pulse"), "--ready"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["pulse"]


def test_a_process_that_waits_for_redis_lives_but_is_not_ready(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = given(tmp_path / "pulse", "waiting", seconds_ago=READY_FOR / 2)
    assert main([file]) == 0
    assert main([file, "--ready"]) == 1
    assert capsys.readouterr().out == "It lives, but waits for Redis.\n"


@pytest.mark.parametrize(("age", "lives", "is_ready"), [(1, 0, 0), (READY_FOR + 1, 0, 1), (PATIENCE + 1, 1, 1)])
def test_an_old_sign_is_worth_less_and_then_nothing(tmp_path: Path, age: float, lives: int, is_ready: int) -> None:
    file = given(tmp_path / "pulse", "working", seconds_ago=age)
    assert (main([file]), main([file, "--ready"])) == (lives, is_ready)


@pytest.mark.parametrize("text", ["", "working", "working soon", "\x00\x01"])
def test_what_is_no_sign_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "pulse").write_text(text)
    assert main([str(tmp_path / "pulse")]) == 1
    assert main([str(tmp_path / "nowhere")]) == 1


def test_a_full_or_missing_disk_ends_no_process(tmp_path: Path) -> None:
    Pulse(str(tmp_path / "nowhere" / "pulse"), str(tmp_path / "no-socket")).beat(State.WORKING)


@pytest.mark.parametrize("abstract", [True, False])
def test_systemd_is_told_over_its_socket(tmp_path: Path, abstract: bool) -> None:
    address = f"@{tmp_path.name}-{time.monotonic_ns()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(address.replace("@", "\0") if abstract else address)
        systemd.settimeout(5)
        Pulse("", address).beat(State.WAITING)
        assert systemd.recv(100) == b"WATCHDOG=1\nSTATUS=waiting\n"


class Loop:
    """The signs of a heart, and a loop that turns when the test says so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
        monkeypatch.setenv("PULSE_FILE", str(file))
        self.file = file
        self.heart = Heart()
        self.heart.start()

    def signs(self) -> str:
        text = self.file.read_text() if self.file.exists() else ""
        self.file.unlink(missing_ok=True)
        return text.partition(" ")[0]


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Loop:
    return Loop(monkeypatch, tmp_path / "pulse")


def test_a_worker_that_redis_does_not_answer_gives_no_sign_of_work(loop: Loop) -> None:
    loop.heart.look(full=False)
    assert loop.signs() == ""
    loop.heart.waits()
    assert loop.signs() == "waiting"


def test_a_worker_that_redis_answers_or_whose_hands_are_full_works(loop: Loop) -> None:
    loop.heart.look(full=True)
    assert loop.signs() == "working"
    loop.heart = Heart()
    loop.heart.start()
    loop.heart.answered()
    loop.heart.look(full=False)
    assert loop.signs() == "working"


def test_a_worker_that_works_does_not_say_that_it_waits_when_it_connects_once_more(loop: Loop) -> None:
    loop.heart.answered()
    loop.heart.look(full=False)
    assert loop.signs() == "working"
    loop.heart.waits()
    assert loop.signs() == ""
    assert SILENT < READY_FOR  # or a worker that lost Redis would be called ready


def test_a_worker_whose_loop_does_not_turn_gives_no_sign(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[Any] = []
    monkeypatch.setattr("tasks.process.once_turned", turns.append)
    loop.heart.look(full=True)
    assert loop.signs() == "working"
    time_passes(loop)
    loop.heart.look(full=True)
    assert loop.signs() == ""
    turns.pop()()
    loop.heart.look(full=True)
    assert loop.signs() == "working"


def time_passes(loop: Loop) -> None:
    """Two signs are never given within a moment; this is one later."""
    loop.heart.start()


class Bot(BaseHTTPRequestHandler):
    """Lives, and is not ready."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/live" else 503)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Not into the tests' output."""


@pytest.fixture
def bot() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Bot)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_the_bot_is_asked_over_http(bot: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert (main([bot]), main([bot, "--ready"]), main(["http://127.0.0.1:1"])) == (0, 1, 1)
    assert "/ready answered 'HTTP/1.0 503 Service Unavailable'." in capsys.readouterr().out


def test_a_wrong_command_line_is_no_answer() -> None:
    assert {main(words) for words in ([], ["a", "b"], ["a", "--redy"])} == {2}


def test_a_check_loads_nothing_but_a_bit_of_python() -> None:
    """It runs every few seconds in every container: what it imports, it costs each time."""
    script = "import sys, bot.alive; print(*sorted(name.partition('.')[0] for name in sys.modules))"
    line = [sys.executable, "-S", "-c", script]
    loaded = set(subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split())
    assert loaded <= sys.stdlib_module_names | {"bot", "__main__"}
    assert loaded.isdisjoint({"asyncio", "http", "email", "ssl", "logging"})
