"""How fast slash commands are acknowledged: a bare signed route, bare async Bolt, and ours, in turn.

python -m benchmarks.acks [--rounds 3]
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import click
import httpx
import redis

from benchmarks import load
from benchmarks.figures import machine, middle, share, table, used
from benchmarks.load import Volley, commands
from benchmarks.parts import Ours, running, source
from core.store import open_store
from tests.servers import HOST, Part, Redis, Sandbox, free_port, until

SECRET = "benchmark-signing-secret"
SCOPES = "commands,chat:write,app_mentions:read,files:write"  # without users:read: nobody asks who 200 people are
IN_FLIGHT = (1, 10, 50)
COUNT = {1: 200, 10: 400, 50: 600}
STEADY = 50.0  # a second
CROWD = 20  # scans that run beside
CROWD_DELAY = 1.0  # seconds their sources take, as the slow ones do: such a scan runs for three
GENEROUS = {"USER_SCANS_PER_MINUTE": "100000", "CHANNEL_SCANS_PER_MINUTE": "100000"}
PEOPLE = ("U0ADA", "U0BOB")
SETTLE = 0.5  # seconds


@dataclass(frozen=True, slots=True)
class App:
    """Something that answers signed commands."""

    name: str
    port: int
    secret: str
    group: int  # of its processes

    def closed(self, in_flight: int) -> Volley:
        """So many in flight."""
        requests = commands(COUNT[in_flight], self.secret)
        return self._costed(load.closed(self.port, requests, in_flight))

    def steady(self, seconds: float) -> Volley:
        """Fifty a second."""
        requests = commands(round(STEADY * seconds), self.secret)
        return self._costed(load.steady(self.port, requests, STEADY))

    def _costed(self, volley: Coroutine[None, None, Volley]) -> Volley:
        before = used(self.group)
        taken = asyncio.run(volley)
        time.sleep(SETTLE)  # what an app does after its answers counts as well
        return replace(taken, cpu=(used(self.group) - before).cpu)


@contextmanager
def bare(what: str, folder: Path) -> Iterator[App]:
    """One of the two that ours is compared with."""
    port = free_port()
    words = [sys.executable, "-m", "benchmarks.bare", what, "--port", str(port), "--secret", SECRET]
    with running(what, words, folder, until="") as part:
        until(f"{what} to answer", lambda: _answers(port, "/"))
        yield App(what, port, SECRET, part.process.pid)


@contextmanager
def bot(folder: Path, redis_url: str, sandbox: Sandbox, record: str) -> Iterator[Part]:
    """`python -m bot serve` as it is, over SQLite, a real Redis and the stand-in workspace; only its rates are wide."""
    env = {
        "REDIS_URL": redis_url,
        "DATABASE_URL": record,
        "DATA_DIR": str(folder),
        "HTTP_PORT": str(sandbox.bot_port or free_port()),
        **GENEROUS,
        **sandbox.settings,
    }
    words = [sys.executable, "-m", "bot", "serve"]
    with running("bot", words, folder, until="bot ready", env=env) as part:
        until("the bot to be reachable", lambda: _answers(int(env["HTTP_PORT"]), "/ready") and sandbox.reachable())
        yield part


def _answers(port: int, path: str) -> bool:
    try:
        return httpx.get(f"http://{HOST}:{port}{path}").status_code in (200, 404)
    except httpx.TransportError:
        return False


def _introduce(ours: App, redis_url: str) -> None:
    """Everybody asks for help once: the bot then remembers who they are. Slack's budget for that is forgotten
    in between, or it would take minutes."""
    with redis.Redis.from_url(redis_url) as budgets:
        for _ in range(load.PEOPLE // 5):
            budgets.flushdb()
            said = asyncio.run(load.closed(ours.port, commands(5, ours.secret, text="help"), 5))
            if said.bad:
                raise SystemExit("The bot did not answer the first commands.")


class Taken:
    """What was measured, round by round: volleys by way of asking and app."""

    def __init__(self) -> None:
        self.volleys: dict[str, dict[str, list[Volley]]] = defaultdict(lambda: defaultdict(list))
        self.started = 0  # commands that should each have started a scan

    def add(self, way: str, app: App, volley: Volley) -> None:
        if volley.bad:
            raise SystemExit(f"{app.name} refused {volley.bad} of {len(volley.ms)} commands ({way}).")
        self.volleys[way][app.name].append(volley)
        self.started += len(volley.ms) if app.name == "ours" else 0

    def table(self) -> str:
        """Medians of the rounds, and how ours compares with bare Bolt in the same rounds."""
        rows = []
        for way, apps in self.volleys.items():
            bolt = middle([each.rate for each in apps["bolt"]])
            for name, volleys in apps.items():
                rate = middle([each.rate for each in volleys])
                p50, p99 = (middle([share(each.ms, part) for each in volleys]) for part in (0.5, 0.99))
                cpu = middle([1000 * each.cpu / len(each.ms) for each in volleys])
                times = [f"{rate:.0f}", f"{rate / bolt:.2f}", f"{p50:.1f}", f"{p99:.1f}", f"{cpu:.1f}"]
                rows.append([way, name, *times])
        return table(["over HTTP", "app", "acks/s", "x bolt", "p50 ms", "p99 ms", "CPU ms"], rows)


@click.command(help=__doc__)
@click.option("--rounds", default=3, show_default=True, help="Each app takes its turn in each.")
@click.option("--seconds", default=4.0, show_default=True, help="Length of each steady part.")
@click.option("--socket", default=200, show_default=True, help="Commands over Socket Mode.")
def main(rounds: int, seconds: float, socket: int) -> None:
    """Measure and print two tables."""
    print(f"Acks of slash commands; {machine()}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Redis(folder / "redis") as server:
            over_http = _over_http(folder, server.url, rounds, seconds)
            over_socket = _over_socket(folder, server.url, socket)
    print(over_http, over_socket, sep="\n\n")


def _over_http(folder: Path, redis_url: str, rounds: int, seconds: float) -> str:
    taken, record = Taken(), f"sqlite:///{folder / 'http.sqlite3'}"
    with ExitStack() as stack:
        sandbox = stack.enter_context(Sandbox(bot_port=free_port(), scopes=SCOPES))
        apps = [stack.enter_context(bare(what, folder)) for what in ("starlette", "bolt")]
        part = stack.enter_context(bot(folder, redis_url, sandbox, record))
        ours = App("ours", sandbox.bot_port, sandbox.ready["signing_secret"], part.process.pid)
        _introduce(ours, redis_url)
        for number in range(rounds):
            for app in (*apps, ours):
                for in_flight in IN_FLIGHT:
                    taken.add(f"{in_flight} in flight", app, app.closed(in_flight))
                taken.add(f"steady {STEADY:g}/s", app, app.steady(seconds))
            print(f"round {number + 1} of {rounds} done", file=sys.stderr)
        with _crowd(folder, redis_url.removesuffix("/0") + "/1", record):
            for app in (apps[1], ours):
                taken.add(f"steady {STEADY:g}/s, {CROWD} scans run", app, app.steady(2 * seconds))
    _check(record, taken.started)
    return taken.table()


@contextmanager
def _crowd(folder: Path, redis_url: str, record: str) -> Iterator[None]:
    """Twenty scans running all the time, written into the same record by a worker of ours."""
    with source(folder, delay=CROWD_DELAY) as url:
        ours = Ours(record, redis_url, url, folder)
        words = [sys.executable, "-m", "benchmarks.crowd", "--record", record, "--redis", redis_url]
        with ours.at_work(1), running("crowd", [*words, "--scans", str(CROWD)], folder, until="crowded"):
            time.sleep(2 * CROWD_DELAY)
            yield


def _check(record: str, started: int) -> None:
    """A refusal is answered with status 200 too: only the record tells that every command started a scan."""
    store = open_store(record)
    query = "SELECT count(*) FROM scan WHERE door = 'slack'"
    written = int(store.database.read(lambda db: db.exec_driver_sql(query).scalar_one()))
    store.close()
    if written != started:
        raise SystemExit(f"{started} commands started {written} scans: the figures mean nothing.")


def _over_socket(folder: Path, redis_url: str, count: int) -> str:
    rows = []
    record = f"sqlite:///{folder / 'socket.sqlite3'}"
    with Sandbox() as sandbox, bot(folder, redis_url, sandbox, record):
        for person in PEOPLE:
            sandbox.command("help", user=person)
        for in_flight in (1, 10):
            texts = [f"s{in_flight}-{number}.example.com" for number in range(count)]
            ms = _typed(sandbox, texts, in_flight)
            p50, p95, p99 = (share(ms, part) for part in (0.5, 0.95, 0.99))
            rows.append([f"{in_flight} in flight", len(ms), f"{p50:.1f}", f"{p95:.1f}", f"{p99:.1f}", f"{max(ms):.1f}"])
    _check(record, 2 * count)
    return table(["over Socket Mode", "commands", "p50 ms", "p95 ms", "p99 ms", "max ms"], rows)


def _typed(sandbox: Sandbox, texts: Sequence[str], in_flight: int) -> list[float]:
    """The acks as the stand-in workspace timed them."""

    def type_one(number: int) -> float:
        answer = sandbox.command(texts[number], user=PEOPLE[number % len(PEOPLE)])
        if answer["status"] != "ok":
            raise SystemExit(f"A command over Socket Mode was not acknowledged: {answer['status']}.")
        return float(answer["ack_ms"])

    with ThreadPoolExecutor(in_flight) as pool:
        return list(pool.map(type_one, range(len(texts))))


if __name__ == "__main__":
    main()
