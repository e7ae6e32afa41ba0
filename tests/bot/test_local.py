"""Everything on one machine: which parts are started with which settings, and how they end together."""

from __future__ import annotations

import os
import re
import signal
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot import embedded
from bot.local import make_plan
from core.settings import load
from tests.bot.shell import COMMAND, surroundings
from tests.servers import HOST, Part, free_port, until

ALWAYS = {"worker", "notifier", "beat", "bot"}
REAL_SLACK = {"slack_bot_token": "xoxb-example", "slack_app_token": "xapp-example"}


@pytest.fixture
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without .env, and a machine where nothing is set."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_demo_brings_its_own_redis_sources_workspace_and_record(somewhere: Path) -> None:
    plan = make_plan(load(data_dir=somewhere), demo=True, port=0)
    assert set(plan.commands) == ALWAYS | {"redis", "sources", "sandbox"}
    assert {"SOURCES_URL", "DNS_SERVERS", "WHOIS_SERVER", "ALLOW_NETWORKS", "REDIS_URL"} <= set(plan.settings)
    assert plan.settings["SLACK_API_URL"] == f"{plan.page}api/"
    assert plan.database != load(data_dir=somewhere).database


def test_a_demo_touches_neither_the_team_s_slack_nor_its_queue_nor_its_record(
    somewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://queue.example/0")
    settings = load(data_dir=somewhere, database_url="postgresql://db.example/real", **REAL_SLACK)
    plan = make_plan(settings, demo=True, port=0)
    assert {"redis", "sandbox"} <= set(plan.commands)
    assert "queue.example" not in plan.settings["REDIS_URL"]
    assert plan.settings["SLACK_BOT_TOKEN"] != "xoxb-example"
    assert plan.database.startswith("sqlite:///")
    assert plan.settings["DATABASE_URL"] == plan.database


def test_without_slack_a_run_asks_real_sources_in_a_sandbox_workspace(somewhere: Path) -> None:
    plan = make_plan(load(data_dir=somewhere), demo=False, port=0)
    assert set(plan.commands) == ALWAYS | {"redis", "sandbox"}
    assert "SOURCES_URL" not in plan.settings
    assert "ALLOW_NETWORKS" not in plan.settings


def test_with_slack_s_tokens_a_run_joins_the_real_workspace(somewhere: Path) -> None:
    plan = make_plan(load(data_dir=somewhere, **REAL_SLACK), demo=False, port=0)
    assert set(plan.commands) == ALWAYS | {"redis"}
    assert plan.page == ""
    assert "PUBLIC_URL" not in plan.settings
    assert not {"ADMIN_USERS", "SLACK_CLIENT_ID"} & set(plan.settings)
    assert not {"SLACK_API_URL", "SLACK_BOT_TOKEN"} & set(plan.settings)


def test_a_redis_that_is_set_is_used_instead_of_one_of_our_own(
    somewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://queue.example/0")
    plan = make_plan(load(data_dir=somewhere), demo=False, port=0)
    assert "redis" not in plan.commands
    assert "REDIS_URL" not in plan.settings


def test_a_redis_named_in_the_env_file_is_used_too(somewhere: Path) -> None:
    (somewhere / ".env").write_text("REDIS_URL=redis://queue.example/0\n")
    assert "redis" not in make_plan(load(data_dir=somewhere), demo=False, port=0).commands


def test_the_embedded_redis_keeps_its_password_off_the_command_line_and_from_others(tmp_path: Path) -> None:
    words = embedded.command(tmp_path / "redis", port=7777, password="s3cret-password")
    assert "s3cret-password" not in " ".join(words)
    conf = Path(words[-1])
    assert stat.S_IMODE(conf.stat().st_mode) == 0o600
    lines = conf.read_text().splitlines()
    assert {"requirepass s3cret-password", "bind 127.0.0.1", "appendonly yes", "maxmemory-policy noeviction"} <= set(
        lines
    )


def test_a_configuration_that_lay_open_is_closed_before_the_password_is_written(tmp_path: Path) -> None:
    (tmp_path / "redis.conf").touch(mode=0o644)
    (tmp_path / "redis.conf").chmod(0o644)
    conf = Path(embedded.command(tmp_path, port=7777, password="s3cret-password")[-1])
    assert stat.S_IMODE(conf.stat().st_mode) == 0o600


def test_a_server_on_the_path_is_found_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "valkey-server"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert embedded.find() == str(program)


def test_without_a_server_on_the_path_the_wheel_s_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = Path(embedded.find())
    assert found.is_file()
    assert tmp_path not in found.parents


class Demo:
    """`python -m bot local --demo` in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.page = f"http://{HOST}:{(port := free_port())}"
        words = [*COMMAND, "local", "--demo", "--port", str(port)]
        self.part = Part("local", words, folder, env=surroundings(folder, HTTP_PORT=str(free_port())))
        self.part.wait_for("Gumshoe is ready", within=60)

    def control(self, path: str, **body: Any) -> Any:
        answer = httpx.post(f"{self.page}/control/{path}", json=body, timeout=30)
        return answer.json()

    def children(self) -> dict[str, int]:
        """Our parts by name, as the process table has them."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                group = os.getpgid(int(folder.name))
                words = (folder / "cmdline").read_text().replace("\0", " ")
            except OSError:  # it ended while we looked
                continue
            name = next((name for name, mark in MARKS.items() if re.search(mark, words)), "")
            if name and self.part.process.pid in (group, *ancestors(int(folder.name))):
                found[name] = int(folder.name)
        return found


MARKS = {
    "redis": r"redis\.conf|redis-server",
    "sources": r"sandbox sources",
    "sandbox": r"sandbox slack",
    "worker": r"-n scan@",
    "notifier": r"-n notify@",
    "beat": r"celery -A tasks.* beat ",
    "bot": r"-m bot serve",
}


def ancestors(pid: int) -> list[int]:
    found = []
    while pid > 1:
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            break
        found.append(pid)
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    running = Demo(tmp_path)
    try:
        yield running
    finally:
        running.part.stop()


def test_a_demo_answers_a_command_with_a_thread_and_stops_every_part_when_told(demo: Demo) -> None:
    assert f"Open {demo.page}/ and type /scan example.com" in demo.part.output()
    parts = demo.children()
    assert set(parts) == set(MARKS)
    answer = demo.control("command", user="U0ADA", channel="C0GENERAL", text="example.com")
    assert answer["status"] == "ok"

    def parent() -> dict[str, Any] | None:
        told = httpx.get(f"{demo.page}/control/messages", params={"channel": "C0GENERAL"}).json()["messages"]
        mine = [each for each in told if each["user"] == "U0GUMSHOE" and not each["is_ephemeral"]]
        return mine[0] if mine and re.search(r": \d+ of \d+ sources answered", mine[0]["text"]) else None

    until("the thread to be told", parent, within=60)
    dashboard, token = re.findall(r"dashboard is at (\S+), with the token (\S+)", demo.part.output())[0]
    with httpx.Client(base_url=dashboard, headers={"Origin": dashboard.rstrip("/")}) as window:
        assert window.post("/sign-in", data={"token": token}).headers["location"] == "/"
        assert "example[.]com" in window.get("/").text
        assert "Sign in with Slack" in window.get("/sign-in").text
    demo.part.process.send_signal(signal.SIGTERM)
    assert demo.part.process.wait(30) == 0
    until("every part to be gone", lambda: not any(alive(pid) for pid in parts.values()))


def test_when_one_part_dies_all_stop_and_its_name_is_said(demo: Demo) -> None:
    parts = demo.children()
    os.kill(parts["notifier"], signal.SIGKILL)
    assert demo.part.process.wait(30) != 0
    assert "The part named notifier" in demo.part.output()
    assert "Everything else was stopped" in demo.part.output()
    until("every part to be gone", lambda: not any(alive(pid) for pid in parts.values()))
