"""Secrets stay inside: every secret setting holds a canary, everything goes wrong, and then it is looked for."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import redis
import sqlalchemy as sa

from bot import embedded
from tests.faults.breaking import ask, called
from tests.faults.canaries import CANARIES, REDIS_PASSWORD, Echo, leaks, outside_of_header
from tests.nursery import run as run_program
from tests.running import CELERY, Gumshoe
from tests.servers import HOST, ROOT, Part, Postgres, Redis, Sandbox, Sources, free_port, until

pytestmark = pytest.mark.timeout(300)  # the first test waits for a day on which everything goes wrong

TARGETS = (
    "example.org",
    "example.net",
    "example.com",
)  # the last is refused, and nobody asks with that key for a while
CHANNELS = ("C0GENERAL", "C0CASE17", "C0PRIVATE", "C0SHARED", "D0ADA")


class Guarded(Redis):
    """A Redis as `python -m bot local` starts it, with a password in a file of its own."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder
        self.url = f"redis://:{REDIS_PASSWORD.replace('+', '%2B').replace('/', '%2F')}@{HOST}:{self.port}/0"

    def start(self) -> None:
        words = embedded.command(self.folder, port=self.port, password=REDIS_PASSWORD)
        self.part = Part("redis", words, self.folder)
        until("Redis to answer", self._answers)

    def _answers(self) -> bool:
        with redis.from_url(self.url) as client:
            try:
                return bool(client.ping())
            except redis.exceptions.ConnectionError:
                return False


@dataclass
class Run:
    """What is left after a day on which everything went wrong."""

    gumshoe: Gumshoe
    redis: Guarded
    echo: Echo
    folder: Path
    said: dict[str, str] = field(default_factory=dict)  # by the command that said it
    monitor: Part | None = None  # prints every command that Redis is given
    lines: list[str] = field(default_factory=list)  # every command line on this machine
    cores: set[str] = field(default_factory=set)  # how large a core dump of each process may be

    def shell(self, name: str, words: list[str], **settings: str) -> None:
        """Run a command with some settings changed, and keep all it says."""
        environment = {**os.environ, **self.gumshoe.env, **settings}
        done = run_program(words, ROOT, environment)
        self.said[name] = done.stdout + done.stderr


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, sources: Sources) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("system")
    with ExitStack() as stack:
        stack.enter_context(pytest.MonkeyPatch.context()).setenv("SANDBOX_BOT_TOKEN", CANARIES["SLACK_BOT_TOKEN"])
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name in ("SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"):
            patch.setenv(name.replace("SLACK_", "SANDBOX_"), CANARIES[name])
        echo, queue = stack.enter_context(Echo()), stack.enter_context(Guarded(folder / "redis"))
        sandbox = stack.enter_context(Sandbox())
        database = postgres.new_database().replace("gumshoe@", f"gumshoe:{CANARIES['DATABASE_URL']}@")
        plain = {name: CANARIES[name] for name in ("SLACK_SIGNING_SECRET", "SECRET_KEY", "CERTSPOTTER_KEY")}
        more = {
            "LOG_LEVEL": "debug",
            "SOURCES_PACE": "0.001",
            "SOURCES_URL": echo.url,
            "DATABASE_URL": database,
            **plain,
        }
        gumshoe = stack.enter_context(Gumshoe(folder, queue, sandbox, sources, **more))
        found = Run(gumshoe, queue, echo, folder)
        monitor = ["redis-cli", "-p", str(queue.port), "monitor"]
        found.monitor = Part("monitor", monitor, folder, env={"REDISCLI_AUTH": REDIS_PASSWORD})
        stack.callback(found.monitor.kill)
        found.monitor.wait_for("OK")
        everything_goes_wrong(found)
        yield found


def everything_goes_wrong(run: Run) -> None:
    gumshoe, env = run.gumshoe, run.gumshoe.env
    gumshoe.sandbox.fault("chat.postMessage", "500")
    gumshoe.sandbox.fault("chat.update", "error", code="internal_error")
    for count, target in enumerate(TARGETS, start=1):
        ask(gumshoe, f"{target} collectors=crtsh fresh")
        gumshoe.ended(count)
    gumshoe.sandbox.command("status")
    gumshoe.sandbox.command("collectors")
    gumshoe.sandbox.post("home", user="U0ADA")
    run.lines, run.cores = command_lines(run), core_limits(run)

    closed, wrong = free_port(), env["REDIS_URL"].replace("word", "wrong")
    nobody = f"postgresql://gumshoe:{CANARIES['DATABASE_URL']}@{HOST}:{closed}/gone"
    sqlite_url = f"sqlite:///{run.folder / 'terminal.sqlite3'}"
    bot = [sys.executable, "-m", "bot"]
    sqlite = {"DATABASE_URL": sqlite_url}
    commands: list[tuple[str, list[str], dict[str, str]]] = [
        ("doctor", [*bot, "doctor"], {}),
        ("doctor, wrong password", [*bot, "doctor"], {"REDIS_URL": wrong, "DATABASE_URL": nobody}),
        ("scan", [*bot, "scan", "example.com", "--collectors", "crtsh", "--fresh"], sqlite),
        ("scan --json", [*bot, "scan", "example.org", "--collectors", "crtsh", "--json"], sqlite),
        ("serve, port taken", [*bot, "serve"], {"HTTP_PORT": str(gumshoe.port)}),
        ("a wrong token", [*bot, "serve"], {"SLACK_BOT_TOKEN": CANARIES["CERTSPOTTER_KEY"]}),
        ("a wrong URL", [*bot, "serve"], {"REDIS_URL": CANARIES["CERTSPOTTER_KEY"]}),
        ("a crash", [sys.executable, "-c", CRASH], {}),
        ("celery inspect conf", [*CELERY, "inspect", "conf"], {}),
        ("celery report", [*CELERY, "report"], {}),
    ]
    with ThreadPoolExecutor(1) as pool:  # one after the other: there is one server of forks
        list(pool.map(lambda each: run.shell(each[0], each[1], **each[2]), commands))
    gumshoe.sandbox.post("token", revoked=True)
    run.shell("serve, revoked", [*bot, "serve"], HTTP_PORT="0")
    gumshoe.sandbox.post("token", revoked=False)


CRASH = """
import threading
from core import logs
from core.settings import load
settings = load()
logs.set_up("debug", secrets=settings.secrets)
def fail():
    raise ValueError(" ".join([settings.certspotter_key.get_secret_value(), *settings.secrets]))
thread = threading.Thread(target=fail)
thread.start()
thread.join()
fail()
"""


def ours(run: Run) -> list[Path]:
    """The folders in /proc of the processes of this system."""
    groups = {part.process.pid for part in run.gumshoe.parts.values()} | {run.redis.part.process.pid}
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            group = int((folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[2])
        except OSError:
            continue  # it ended meanwhile
        if group in groups:
            found.append(folder)
    return found


def command_lines(run: Run) -> list[str]:
    return [(folder / "cmdline").read_bytes().replace(b"\0", b" ").decode() for folder in ours(run)]


def core_limits(run: Run) -> set[str]:
    """How large a core dump may be: of all but Redis, which is not ours."""
    limits = [
        (folder / "limits").read_text(encoding="ascii")
        for folder in ours(run)
        if "redis" not in (folder / "comm").read_text()
    ]
    return {found[1] for text in limits if (found := re.search(r"Max core file size\s+(\S+)", text))}


@pytest.mark.fault("Everything fails at once at debug level: sources, Slack, tokens, passwords", keeps=("in",))
def test_no_log_holds_a_secret(run: Run) -> None:
    logs = {part.name: part.output() for part in run.gumshoe.parts.values()} | {"redis": run.redis.part.output()}
    assert {name: leaks(text) for name, text in logs.items() if leaks(text)} == {}
    assert "thread not told" in logs["notifier"] or "Traceback" in logs["notifier"]  # there was something to say
    assert any('"level": "debug"' in text for text in logs.values())


@pytest.mark.fault("Commands on the terminal fail: wrong passwords, nobody there, a crash", keeps=("in", "honest"))
def test_no_command_prints_a_secret(run: Run) -> None:
    assert {name: leaks(text) for name, text in run.said.items() if leaks(text)} == {}
    assert run.said["a crash"].count("ValueError: [secret] [secret]") == 2
    assert "refuses my password" in run.said["doctor, wrong password"]
    assert "SLACK_BOT_TOKEN is wrong: must start with xoxb-" in run.said["a wrong token"]
    assert "failed" in run.said["scan"]
    printed = run.said["scan --json"]
    document, _ = json.JSONDecoder().raw_decode(printed[printed.index("{\n") :])  # log lines stand around it
    assert document["runs"]
    assert all(run.said.values())


@pytest.mark.fault("A source says our key back in answers, errors, headers and redirects", keeps=("in", "honest"))
def test_a_key_that_a_source_says_back_is_not_kept(run: Run) -> None:
    engine = sa.create_engine(run.gumshoe.env["DATABASE_URL"])
    meta = sa.MetaData()
    meta.reflect(engine)
    with engine.connect() as connection:
        tables = {
            name: str([tuple(row) for row in connection.execute(table.select())]) for name, table in meta.tables.items()
        }
    engine.dispose()
    assert {name: leaks(text) for name, text in tables.items() if leaks(text)} == {}
    assert "CA Bearer REDACTED" in tables["finding"]  # what it said is there, without our key
    files = {path.name: path.read_bytes() for path in run.folder.glob("terminal.sqlite3*")}
    assert b"example.org" in b"".join(files.values())
    assert {name: leaks(content) for name, content in files.items() if leaks(content)} == {}


@pytest.mark.fault("Somebody reads all that Redis holds and is told", keeps=("in",))
def test_redis_holds_and_hears_no_secret(run: Run) -> None:
    assert run.monitor is not None
    heard = run.monitor.output()
    assert heard.count("\n") > 100
    assert leaks(heard) == []
    with redis.from_url(run.redis.url) as client:
        held = [(key, client.type(key), client.dump(key)) for key in client.scan_iter("*")]
        told = [client.slowlog_get(1000), client.client_list(), client.acl_log()]
    assert [key for key, _, content in held if leaks(key) or leaks(content or b"")] == []
    assert [each for each in told if leaks(each)] == []
    conf = run.redis.folder / "redis.conf"
    assert conf.stat().st_mode & 0o077 == 0


@pytest.mark.fault("Somebody reads every message, file, form and call in Slack", keeps=("in",))
def test_slack_is_shown_no_secret(run: Run) -> None:
    sandbox = run.gumshoe.sandbox
    shown = [sandbox.messages(channel, user="U0ADA") for channel in CHANNELS]
    threads = [sandbox.messages("C0GENERAL", thread_ts=each["ts"]) for each in shown[0] if each.get("reply_count")]
    files = [file for thread in threads for each in thread for file in each.get("files") or []]
    contents = [sandbox._http.get(f"/control/files/{file['id']}").content for file in files]
    calls = sandbox.calls()
    assert len(calls) > 10
    assert [
        leaks(each) for each in [*shown, *threads, *contents, calls, sandbox.get("home", user="U0ADA")] if leaks(each)
    ] == []
    assert called(run.gumshoe, "chat.postMessage", match="example")


@pytest.mark.fault("Sources keep what we send them", keeps=("in",))
def test_a_source_gets_its_own_key_in_its_header_and_nothing_else(run: Run) -> None:
    asked = run.echo.asked
    assert outside_of_header(asked, "authorization") == []
    with_key = {host for host, _, headers in asked if "authorization" in headers}
    assert with_key == {"api.certspotter.com"}
    assert {headers["authorization"] for _, _, headers in asked if "authorization" in headers} == {
        f"Bearer {CANARIES['CERTSPOTTER_KEY']}"
    }
    assert [each for each in run.gumshoe.sources.asked() if leaks(each)] == []


@pytest.mark.fault("Somebody else on the machine lists its processes, or one of ours dumps its memory", keeps=("in",))
def test_no_command_line_holds_a_secret_and_nothing_dumps_core(run: Run) -> None:
    assert len(run.lines) >= 5
    assert [line for line in run.lines if leaks(line)] == []
    assert run.cores == {"0"}
