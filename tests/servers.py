"""Starts real servers as processes of their own: Redis, Postgres, the sandbox, the sources, our own parts."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from tests.nursery import Forked, forks

HOST = "127.0.0.1"
ROOT = Path(__file__).parent.parent
PATIENCE = 60.0  # seconds; waiting longer costs nothing where what is waited for comes
PAUSE = threading.Event()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def until(what: str, holds: Callable[[], Any], *, within: float = PATIENCE, every: float = 0.05) -> Any:
    """The first true value of `holds`; fails with a sentence when none comes in time."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if value := holds():
            return value
        PAUSE.wait(every)  # between two looks; what ends the wait is the condition
    raise AssertionError(f"waited {within:.0f} s in vain for: {what}")


class Part:
    """A process; its output goes to a file that a failing test can show."""

    def __init__(self, name: str, words: list[str], folder: Path, *, env: Mapping[str, str] | None = None) -> None:
        self.name = name
        self.log = folder / f"{name}-{secrets.token_hex(3)}.log"
        self.log.touch()
        self.process = self._start(words, {**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})})

    def _start(self, words: list[str], env: Mapping[str, str]) -> Forked | subprocess.Popen[bytes]:
        if forks(words, env):
            return Forked(words, ROOT, self.log, env)
        with self.log.open("wb") as output:
            return subprocess.Popen(
                words, cwd=ROOT, env=env, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )

    def wait_for(self, text: str, *, within: float = PATIENCE) -> None:
        """Wait until it has printed this."""

        def printed() -> bool:
            if self.process.poll() is not None:
                raise AssertionError(f"{self.name} ended: {self.output()[-3000:]}")
            return text in self.output()

        until(f"{self.name} to print {text!r}", printed, within=within)

    def output(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def kill(self) -> None:
        """SIGKILL, as a power cut or the OOM killer would."""
        self.signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, *, within: float = 30.0) -> int:
        """SIGTERM and wait; returns the exit status."""
        self.signal(signal.SIGTERM)
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()
            return -9


class _Server(ABC):
    """Something started on entering and stopped on leaving."""

    part: Part

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.part.kill()  # what it has to put away, nobody needs

    @abstractmethod
    def start(self) -> None:
        """Start it and wait until it answers."""


class Redis(_Server):
    """A redis-server on a port of its own."""

    def __init__(self, folder: Path, *, persistent: bool = True) -> None:
        self._folder = folder
        self._persistent = persistent
        self.port = free_port()
        self.url = f"redis://{HOST}:{self.port}/0"
        folder.mkdir(parents=True, exist_ok=True)

    def start(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            raise AssertionError("The tests need redis-server: run deploy/install-test-tools.")
        keep = "yes" if self._persistent else "no"
        words = [program, "--port", str(self.port), "--bind", HOST, "--dir", str(self._folder), "--save", "",
                 "--appendonly", keep, "--maxmemory-policy", "noeviction"]  # fmt: skip
        self.part = Part("redis", words, self._folder)
        self.part.wait_for("Ready to accept connections")


class Postgres(_Server):
    """A Postgres cluster on a port of its own, run by the user postgres when we are root."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()
        self.port = free_port()

    def start(self) -> None:
        binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
        if not binaries:
            raise AssertionError("The tests need Postgres: run deploy/install-test-tools.")
        self._bin = binaries[-1]
        data = self._folder / "data"
        self._prefix = self._as_postgres()
        initdb = [*self._prefix, str(self._bin / "initdb"), "-D", str(data), "-U", "gumshoe", "-A", "trust", "-N"]
        subprocess.run(initdb, check=True, capture_output=True, cwd="/")
        self._data = data
        self.run()

    def __exit__(self, *_: object) -> None:
        """At once, whoever is connected: an end by force would leave its shared memory behind."""
        self.part.signal(signal.SIGQUIT)
        self.part.process.wait()

    def run(self) -> None:
        """Start the server over the data there is."""
        words = [*self._prefix, str(self._bin / "postgres"), "-D", str(self._data), "-p", str(self.port),
                 "-c", f"listen_addresses={HOST}", "-c", f"unix_socket_directories={self._folder}",
                 "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "autovacuum=off",
                 "-c", "max_connections=200"]  # fmt: skip
        self.part = Part("postgres", words, self._folder)
        self.part.wait_for("database system is ready to accept")

    def _as_postgres(self) -> list[str]:
        """Postgres refuses to run as root; its folder must then belong to somebody else."""
        if os.geteuid() != 0:
            return []
        user = pwd.getpwnam("postgres")
        shutil.chown(self._folder, user.pw_uid, user.pw_gid)
        for parent in self._folder.parents:  # pytest keeps its folders to itself
            if parent.stat().st_uid == 0 and ("pytest" in parent.name or "popen-" in parent.name):
                parent.chmod(0o755)
        return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--"]

    def new_database(self, name: str = "", *, like: str = "template1") -> str:
        name = name or f"test_{next(self._numbers)}_{secrets.token_hex(3)}"
        words = [str(self._bin / "createdb"), "-h", HOST, "-p", str(self.port), "-U", "gumshoe", "-T", like, name]
        subprocess.run(words, check=True, capture_output=True)
        return f"postgresql+psycopg://gumshoe@{HOST}:{self.port}/{name}"


class Sources(_Server):
    """The stand-in sources, and a door to their control."""

    def __init__(self) -> None:
        self.http_port, self.dns_port, self.whois_port = free_port(), free_port(), free_port()
        self.url = f"http://{HOST}:{self.http_port}"

    def start(self) -> None:
        words = [sys.executable, "-m", "sandbox", "sources", "--http-port", str(self.http_port), "--dns-port",
                 str(self.dns_port), "--whois-port", str(self.whois_port)]  # fmt: skip
        self.part = Part("sources", words, _logs())
        self.part.wait_for("{")

    @property
    def settings(self) -> dict[str, str]:
        """What our parts need to ask these sources, and to look at the documentation networks."""
        return {
            "SOURCES_URL": self.url,
            "DNS_SERVERS": f"{HOST}:{self.dns_port}",
            "WHOIS_SERVER": f"{HOST}:{self.whois_port}",
            "SOURCES_PACE": "0.02",
            "ALLOW_NETWORKS": "192.0.2.0/24,198.51.100.0/24,203.0.113.0/24,2001:db8::/32",
        }

    def reset(self) -> None:
        httpx.post(f"{self.url}/control/reset").raise_for_status()

    def behave(self, **behaviour: Any) -> None:
        """Make a name or host of the world behave: kind=ok|down|status|slow|hang|reset|html|truncated|flaky."""
        httpx.post(f"{self.url}/control/behaviour", json=behaviour).raise_for_status()

    def asked(self, match: str = "") -> list[dict[str, Any]]:
        """The questions asked so far."""
        answer = httpx.get(f"{self.url}/control/asked", params={"match": match} if match else {})
        body = answer.json()
        return list(body["asked"] if isinstance(body, dict) else body)


class Sandbox(_Server):
    """The stand-in workspace, and a door to its control: what people do, and what goes wrong."""

    def __init__(self, *, bot_port: int = 0, scopes: str = "") -> None:
        self.port = free_port()
        self.bot_port = bot_port
        self.url = f"http://{HOST}:{self.port}"
        self._events_url = f"http://{HOST}:{bot_port}/slack/events" if bot_port else ""
        self._scopes = scopes
        self._http = httpx.Client(base_url=self.url, timeout=30)

    @classmethod
    def over_http(cls) -> Self:
        """A workspace that sends signed requests instead of using Socket Mode."""
        return cls(bot_port=free_port())

    def start(self) -> None:
        words = [sys.executable, "-m", "sandbox", "slack", "--port", str(self.port)]
        words += ["--events-url", self._events_url] if self._events_url else []
        words += ["--scopes", self._scopes] if self._scopes else []
        self.part = Part("sandbox", words, _logs())
        self.part.wait_for("}")
        self.ready: dict[str, str] = json.loads(self.part.output().splitlines()[0])

    def close(self) -> None:
        self._http.close()

    def __exit__(self, *error: Any) -> None:
        self.close()
        super().__exit__(*error)

    @property
    def settings(self) -> dict[str, str]:
        """What our parts need to take this workspace for Slack."""
        return {
            "SLACK_API_URL": self.ready["api_url"],
            "SLACK_BOT_TOKEN": self.ready["bot_token"],
            "SLACK_APP_TOKEN": self.ready["app_token"],
            "SLACK_SIGNING_SECRET": self.ready["signing_secret"] if self._events_url else "",
            "PUBLIC_URL": "https://bot.example" if self._events_url else "",
        }

    def beside(self) -> Neighbour:
        """The second workspace, in which people and channels have the same ids."""
        return Neighbour(self)

    def post(self, path: str, **body: Any) -> Any:
        """A control call."""
        answer = self._http.post(f"/control/{path}", json=body)
        assert answer.status_code < 400, answer.text
        return answer.json()

    def get(self, path: str, **query: Any) -> Any:
        answer = self._http.get(f"/control/{path}", params=query)
        assert answer.status_code < 400, answer.text
        return answer.json()

    def command(self, text: str, *, user: str = "U0ADA", channel: str = "C0GENERAL") -> dict[str, Any]:
        """Somebody types /scan."""
        answer: dict[str, Any] = self.post("command", user=user, channel=channel, text=text)
        return answer

    def messages(self, channel: str = "C0GENERAL", *, thread_ts: str = "", user: str = "") -> list[dict[str, Any]]:
        query = {"channel": channel, "user": user} | ({"thread_ts": thread_ts} if thread_ts else {})
        body = self.get("messages", **query)
        return list(body["messages"] if isinstance(body, dict) else body)

    def reachable(self) -> bool:
        """Somebody listens: a Socket Mode connection is up, or requests are delivered over HTTP."""
        return bool(self._events_url) or bool(self.post("socket", action="undeaf")["connections"])

    def fault(self, method: str, kind: str, **more: Any) -> None:
        self.post("fault", method=method, kind=kind, **more)

    def calls(self, method: str = "") -> list[dict[str, Any]]:
        body = self.get("calls", **({"method": method} if method else {}))
        return list(body["calls"] if isinstance(body, dict) else body)


class Neighbour(Sandbox):
    """A door to the second workspace of a sandbox that runs."""

    team = "T0SECOND"

    def __init__(self, first: Sandbox) -> None:
        self.port, self.ready = first.port, first.ready
        self.url = f"{first.url}/of/{self.team}"
        self._http = httpx.Client(base_url=self.url, timeout=30)


def _logs() -> Path:
    return Path(tempfile.gettempdir())
