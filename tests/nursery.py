"""Python programs started by forking a process that has loaded the libraries and our two lower floors already.

Most of a start is loading them: two seconds of a bot, each time, and the tests start hundreds of programs. The upper
floors, which read settings and the clock when they are loaded, each program loads for itself.
"""

from __future__ import annotations

import atexit
import gc
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

MINDED = {"PYTHONUNBUFFERED", "PYTHONPATH"}  # what a fork can be given, too
NETWORK = Path("/proc/thread-self/ns/net")
HOME = NETWORK.readlink()
WITHIN = 60.0  # seconds that a command may take
LIBRARIES = (
    "tests.nursery",
    "alembic.command alembic.runtime.migration celery.bin.celery celery.bin.worker celery.bin.beat",
    "celery.apps.worker celery.apps.beat celery.concurrency.thread kombu.transport.redis redis.asyncio redis.sentinel",
    "sqlalchemy.dialects.sqlite.pysqlite sqlalchemy.dialects.postgresql.psycopg psycopg.adapt httpx_aiohttp aiohttp",
    "dns.asyncresolver dns.dnssec dns.zone fastapi.openapi.utils uvicorn.protocols.http.h11_impl slackblocks jinja2",
    "slack_bolt.async_app slack_bolt.adapter.fastapi.async_handler slack_sdk.socket_mode.aiohttp AntiSSRF tzlocal",
    "structlog pydantic_settings prometheus_client.parser publicsuffixlist email_validator ijson psutil ada_url",
    "cryptography.hazmat.primitives.ciphers.aead opentelemetry.trace websockets.asyncio.server python_multipart yaml",
)
LATE = ("core.store.migrations", "core.traces.sending")  # run when they are loaded; loaded only where traces are on


def ours(package: str) -> list[str]:
    """Every module of a package."""
    paths = sorted((Path(__file__).parent.parent / package).rglob("*.py"))
    names = [".".join(path.relative_to(Path(__file__).parent.parent).with_suffix("").parts) for path in paths]
    return [name.removesuffix(".__init__") for name in names if not name.startswith(LATE)]


_forks = multiprocessing.get_context("forkserver")
_loaded = [name for line in LIBRARIES for name in line.split()]
_forks.set_forkserver_preload([*_loaded, *ours("core"), *ours("collectors")])


class Forked:
    """What tests use of `subprocess.Popen`, for a program that was forked."""

    def __init__(
        self, words: Sequence[str], folder: Path, output: Path, env: Mapping[str, str], *, trouble: Path | None = None
    ) -> None:
        """Run it in a folder; what it prints is appended to a file, what it complains of to another one, if given."""
        logs = [str(output), str(trouble or output)]
        self._process = _forks.Process(target=_become, args=(list(words), str(folder), logs, dict(env)), daemon=True)
        self._process.start()
        self.pid: int = self._process.pid or 0

    def poll(self) -> int | None:
        return self._process.exitcode

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
        return self._process.exitcode


def run(words: Sequence[str], folder: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a program to its end."""
    if not forks(words, env):
        return subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, timeout=WITHIN, check=False)
    with TemporaryDirectory() as logs:
        output, trouble = Path(logs, "output"), Path(logs, "trouble")
        program = Forked(words, folder, output, env, trouble=trouble)
        try:
            status = program.wait(WITHIN)
        except subprocess.TimeoutExpired:
            program.send_signal(signal.SIGKILL)
            raise
        return subprocess.CompletedProcess(words, status, output.read_text(), trouble.read_text())


def forks(words: Sequence[str], env: Mapping[str, str]) -> bool:
    """Whether this can be forked: a module run by this very Python, in its network, with nothing loaded before it."""
    if NETWORK.readlink() != HOME:
        return False  # this thread is in a network of its own, and its programs shall be, too
    ours = {name: value for name, value in env.items() if name.startswith(("PYTHON", "LD_")) and name not in MINDED}
    return list(words[:2]) == [sys.executable, "-m"] and ours.items() <= os.environ.items()


def _become(words: list[str], folder: str, logs: list[str], env: dict[str, str]) -> None:
    gc.freeze()  # what was loaded stays shared
    os.setsid()
    multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined]  # it may have children
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    for stream, path in enumerate(logs, start=1):
        log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.dup2(log, stream)
        os.close(log)
    sys.argv = ["", *words[3:]]
    first = [folder, *filter(None, env.get("PYTHONPATH", "").split(os.pathsep))]
    sys.path[:] = [*first, *(path for path in sys.path if path and path not in first)]
    for each in (sys.stdout, sys.stderr):
        each.reconfigure(line_buffering=True, write_through=True)  # type: ignore[union-attr]  # text, both of them
    try:
        runpy.run_module(words[2], run_name="__main__", alter_sys=True)
    finally:
        atexit._run_exitfuncs()  # a forked process leaves without
