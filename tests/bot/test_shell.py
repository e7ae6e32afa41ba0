"""The other commands in a shell: doctor in health and sickness, serve without Slack, settings that are wrong."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from bot.local import make_plan
from bot.web.port import bound
from core.errors import BadSetting
from core.settings import load
from core.store import migrate
from tests.bot.shell import gumshoe, one_sentence
from tests.servers import HOST, Part, Redis, Sandbox, free_port


def test_a_wrong_setting_is_one_sentence_naming_it_and_never_its_value(tmp_path: Path) -> None:
    for words, name, value in (
        (("scan", "example.com"), "SLACK_BOT_TOKEN", "s3cret-token"),
        (("serve",), "DATABASE_URL", "mysql://ada:s3cret@db.example/x"),
    ):
        done = gumshoe(tmp_path, *words, **{name: value})
        line = one_sentence(done.stderr)
        assert done.returncode == 2
        assert done.stdout == ""
        assert line.startswith(f"{name} is wrong: ")
        assert "s3cret" not in line


def test_serve_without_slack_says_what_to_set_and_how_to_try_without(tmp_path: Path) -> None:
    done = gumshoe(tmp_path, "serve")
    assert done.returncode == 1
    line = one_sentence(done.stderr)
    assert "SLACK_BOT_TOKEN" in line
    assert "python -m bot local" in line


def test_serve_on_a_port_that_is_taken_names_it_and_what_to_do(tmp_path: Path) -> None:
    slack = {"SLACK_BOT_TOKEN": "xoxb-example", "SLACK_APP_TOKEN": "xapp-example"}  # it is not asked before
    with socket.create_server((HOST, 0)) as taken:
        port = str(taken.getsockname()[1])
        done = gumshoe(tmp_path, "serve", HTTP_PORT=port, **slack)
    assert done.returncode == 1
    line = one_sentence(done.stderr)
    assert line.startswith(f"Port {port} on 127.0.0.1 is taken: another process listens there")
    assert f"ss -ltnp 'sport = :{port}'" in line
    assert "set HTTP_PORT" in line


def test_a_place_that_cannot_be_listened_on_is_a_sentence() -> None:
    with pytest.raises(BadSetting, match=r"HTTP_HOST is 192\.0\.2\.1, which is no address of this machine"):
        bound("192.0.2.1", 0)


def test_local_takes_another_port_when_its_own_is_taken(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        plan = make_plan(load(data_dir=tmp_path, http_port=port), demo=True, port=0)
    assert plan.settings["HTTP_PORT"] not in ("", str(port))


def test_serve_with_a_token_that_slack_refuses_names_the_setting(tmp_path: Path, sandbox: Sandbox) -> None:
    settings = sandbox.settings | {"SLACK_BOT_TOKEN": "xoxb-not-this-one", "HTTP_PORT": "0"}
    done = gumshoe(tmp_path, "serve", **settings)
    assert done.returncode == 1
    assert "SLACK_BOT_TOKEN is wrong: Slack answered invalid_auth" in done.stderr
    assert "Traceback" not in done.stderr
    assert "xoxb-not-this-one" not in done.stderr + done.stdout


def test_serve_that_waits_for_slack_ends_when_it_is_told_to(tmp_path: Path, sandbox: Sandbox) -> None:
    away = {"SLACK_API_URL": f"http://{HOST}:{free_port()}/api/", "HTTP_PORT": "0", "DATA_DIR": str(tmp_path)}
    part = Part("bot", [sys.executable, "-m", "bot", "serve"], tmp_path, env={**sandbox.settings, **away})
    part.wait_for("slack does not answer yet")
    assert part.stop() == 0


def test_doctor_on_a_bare_machine_names_what_is_missing_and_the_next_steps(tmp_path: Path) -> None:
    done = gumshoe(tmp_path, "doctor", REDIS_URL=f"redis://:s3cret@{HOST}:{free_port()}/0")
    assert done.returncode == 1
    assert "BAD  The queue (Redis) does not answer" in done.stdout
    assert "Next: Start Redis, or set REDIS_URL" in done.stdout
    assert "note Slack is not set up." in done.stdout
    assert "migrations have not run" in done.stdout
    assert "1 of these must be mended before I can work." in done.stdout
    assert "s3cret" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_doctor_names_every_scope_that_lacks_and_what_is_weaker_without_the_optional_ones(
    tmp_path: Path, sandbox: Sandbox, redis_server: Redis
) -> None:
    (tmp_path / "data").mkdir()
    migrate(f"sqlite:///{tmp_path / 'data' / 'gumshoe.sqlite3'}")
    sandbox.post("token", scopes=["chat:write", "commands", "app_mentions:read"])
    done = gumshoe(tmp_path, "doctor", **sandbox.settings, REDIS_URL=redis_server.url.replace("/0", "/9"))
    assert done.returncode == 1
    assert "its tables are up to date" in done.stdout
    assert "queued work survives its restart" in done.stdout
    assert "No worker answers" in done.stdout
    assert "it reaches me by Socket Mode" in done.stdout
    assert "BAD  The installation lacks the scope files:write." in done.stdout
    assert "note The optional scope users:read is not granted" in done.stdout
    assert "lacks the scope chat:write" not in done.stdout


def test_doctor_says_when_the_token_is_worth_nothing(tmp_path: Path, sandbox: Sandbox, redis_server: Redis) -> None:
    sandbox.post("token", revoked=True)
    done = gumshoe(tmp_path, "doctor", **sandbox.settings, REDIS_URL=redis_server.url)
    assert done.returncode == 1
    assert "BAD  Slack: Slack no longer accepts my token" in done.stdout
    assert "Check SLACK_BOT_TOKEN" in done.stdout


def test_doctor_says_when_the_data_folder_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    done = gumshoe(tmp_path, "doctor", DATA_DIR=str(tmp_path / "file"), REDIS_URL=f"redis://{HOST}:{free_port()}/0")
    assert done.returncode == 1
    assert "BAD  The database (sqlite)" in done.stdout
    assert "Traceback" not in done.stderr


def test_doctor_says_how_each_collector_fares_and_offline_tries_no_key(tmp_path: Path) -> None:
    nowhere = {"REDIS_URL": f"redis://{HOST}:{free_port()}/0", "SOURCES_URL": f"http://{HOST}:{free_port()}"}
    done = gumshoe(tmp_path, "doctor", "--offline", CERTSPOTTER_KEY="s3cret-key", **nowhere)
    assert "ok   Collector dns is ready: not asked yet." in done.stdout
    assert "CERTSPOTTER_KEY" not in done.stdout
    done = gumshoe(tmp_path, "doctor", CERTSPOTTER_KEY="s3cret-key", **nowhere)
    assert "CERTSPOTTER_KEY" in done.stdout
    assert "s3cret-key" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
