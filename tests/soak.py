"""Mixed load with random faults for a while: everything ends and is told once, and nothing grows.

`python -m tests.soak --minutes 15 --seed 7`; the seed is printed, and the same seed breaks the same things in the same
order. The first two thirds kill processes too; in the last third all live, so that their memory can be watched.
"""

from __future__ import annotations

import random
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import click
import httpx
import redis

from tests.faults.breaking import assert_told_once, thread_of
from tests.faults.proxy import Proxy
from tests.running import Gumshoe, buttons_of
from tests.servers import PAUSE, Redis, Sandbox, Sources

TARGETS = (
    "example.com", "examp1e-login.test", "vanished.test", "example.net", "broken.test", "flaky.test", "hostile.test",
    "192.0.2.10", "AS64496", "192.0.2.0/24", "example.org",
)  # fmt: skip
CHANNELS = ("C0GENERAL", "C0CASE17")
PEOPLE = ("U0ADA", "U0BOB")
PARTS = ("bot", "worker", "notifier", "beat")
EVERY = 6.0  # seconds between two acts of people: Slack's limits let us tell about ten scans a minute
BREAK_EVERY = 12.0
MEND = 100.0  # for Slack's limits let a backlog be told at a minute for ten scans
LOOK_EVERY = 5.0
METHODS = ("chat.postMessage", "chat.update", "files.completeUploadExternal", "conversations.replies", "*")
GROWTH = 1.10  # of the memory of a process between the beginning and the end of the last third
SLACK_MB = 12.0
SLACK_FILES = 6


@dataclass
class Watch:
    """What the parts held, look by look."""

    memory: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    files: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def look(self, gumshoe: Gumshoe) -> None:
        for name, part in gumshoe.parts.items():
            folder = Path(f"/proc/{part.process.pid}")
            if part.process.poll() is None:
                lines = (folder / "status").read_text(encoding="ascii").splitlines()
                kilobytes = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
                self.memory[name].append(kilobytes / 1024)
                self.files[name].append(len(list((folder / "fd").iterdir())))

    def told(self) -> list[str]:
        """A line a part; raises nothing: `grown` judges."""
        return [
            f"  {name:9} memory {_early(held):6.1f} -> {_late(held):6.1f} MB   "
            f"files {_early(self.files[name]):4.0f} -> {_late(self.files[name]):4.0f}"
            for name, held in sorted(self.memory.items())
        ]

    def grown(self) -> list[str]:
        """The parts that hold more at the end than at the beginning."""
        wrong = []
        for name, held in self.memory.items():
            if _late(held) > _early(held) * GROWTH + SLACK_MB:
                wrong.append(f"{name} grew from {_early(held):.0f} to {_late(held):.0f} MB")
            if _late(self.files[name]) > _early(self.files[name]) + SLACK_FILES:
                wrong.append(
                    f"{name} holds {_late(self.files[name]):.0f} files, at first {_early(self.files[name]):.0f}"
                )
        return wrong


def _early(values: list[float] | list[int]) -> float:
    return median(values[: max(len(values) // 4, 1)])


def _late(values: list[float] | list[int]) -> float:
    return median(values[-max(len(values) // 4, 1) :])


class Soak:
    """One running system, people who use it, and what goes wrong meanwhile."""

    def __init__(self, gumshoe: Gumshoe, server: Redis, proxy: Proxy, dice: random.Random) -> None:
        self.gumshoe, self.server, self.proxy, self.dice = gumshoe, server, proxy, dice
        self.acts: Counter[str] = Counter()
        self.slowest = 0.0

    # What people do

    def act(self) -> None:
        kind = self.dice.choices(("ask", "rerun", "cancel", "look"), (7, 1, 1, 1))[0]
        self.acts[kind] += 1
        getattr(self, f"_{kind}")()

    def _ask(self) -> None:
        words = [self.dice.choice(TARGETS)] + ["fresh"] * (self.dice.random() < 0.5)
        self._typed(" ".join(words))

    def _look(self) -> None:
        self._typed(self.dice.choice(("status", "history example.com", "help", "collectors", "exmaple")))

    def _typed(self, text: str) -> None:
        user, channel = self.dice.choice(PEOPLE), self.dice.choice(CHANNELS)
        answer = self.gumshoe.sandbox.command(text, user=user, channel=channel)
        self.slowest = max(self.slowest, answer["ack_ms"] or 0.0)

    def _rerun(self) -> None:
        self._click("rerun")

    def _cancel(self) -> None:
        self._click("cancel")

    def _click(self, action: str) -> None:
        for scan in self.gumshoe.scans()[:12]:
            thread = thread_of(self.gumshoe, scan.id, scan.place.channel)
            if thread and action in buttons_of(thread[0]):
                self.gumshoe.click(action, thread[0], channel=scan.place.channel)
                return

    # What goes wrong

    def breakage(self, *, deadly: bool) -> str:
        """Break something; it mends itself, or the next look mends it."""
        ways: list[Callable[[], str]] = [
            self._slack,
            self._slack,
            self._source,
            self._socket,
            self._redis,
            self._freeze,
        ]
        return self.dice.choice([*ways, self._kill, self._kill, self._stop] if deadly else ways)()

    def _slack(self) -> str:
        kind = self.dice.choice(("429", "500", "503", "not_json", "cut_before", "cut_after", "slow"))
        method, times = self.dice.choice(METHODS), self.dice.randint(1, 3)
        self.gumshoe.sandbox.fault(method, kind, times=times, retry_after=self.dice.randint(1, 8), seconds=3)
        return f"slack: {kind} to {method}, {times} times"

    def _source(self) -> str:
        kind, host = self.dice.choice(("slow", "reset", "down", "html", "truncated")), self.dice.choice(("crt.sh", ""))
        where = {"host": host} if host else {"protocol": self.dice.choice(("dns", "whois"))}
        self.gumshoe.sources.behave(kind=kind, times=self.dice.randint(1, 5), seconds=2, **where)
        return f"sources: {kind} at {where}"

    def _socket(self) -> str:
        action = self.dice.choice(("disconnect", "refresh", "drop"))
        self.gumshoe.sandbox.post("socket", action=action)
        return f"socket: {action}"

    def _redis(self) -> str:
        way = self.dice.choice(("flush", "cut", "hole"))
        if way == "flush":
            with redis.Redis.from_url(self.server.url) as client:
                client.flushall()
        elif way == "cut":
            self.proxy.cut()
        else:
            self.proxy.mode = "hole"
            PAUSE.wait(4.0)
            self.proxy.mode = "pass"
            self.proxy.cut()
        return f"redis: {way}"

    def _freeze(self) -> str:
        name = self.dice.choice(PARTS)
        self.gumshoe.parts[name].signal(signal.SIGSTOP)
        PAUSE.wait(self.dice.uniform(0.5, 2.0))
        self.gumshoe.parts[name].signal(signal.SIGCONT)
        return f"{name} frozen for a moment"

    def _kill(self) -> str:
        name = self.dice.choice(PARTS)
        self.gumshoe.parts[name].kill()
        self.gumshoe.start(name)
        return f"{name} killed"

    def _stop(self) -> str:
        name = self.dice.choice(PARTS)
        status = self.gumshoe.parts[name].stop(within=30)
        self.gumshoe.start(name)
        return f"{name} stopped with {status}"

    # The whole

    def run(self, seconds: float) -> Watch:
        """Load and faults for so long; what the parts held in the last third."""
        start = time.monotonic()
        watch = Watch()
        acted = broke = looked = start
        while (now := time.monotonic()) - start < seconds:
            calm = now - start > seconds * 2 / 3
            if now - acted >= EVERY:
                acted = now
                self.act()
            if now - broke >= BREAK_EVERY:
                broke = now
                click.echo(f"{now - start:6.0f} s  {self.breakage(deadly=not calm)}")
            if calm and now - looked >= LOOK_EVERY:
                looked = now
                watch.look(self.gumshoe)
            PAUSE.wait(0.1)
        return watch

    def judge(self) -> list[str]:
        """Everything ends and is told, each scan once; what is wrong, in sentences."""
        httpx.delete(f"{self.gumshoe.sandbox.url}/control/fault").raise_for_status()
        self.gumshoe.sources.reset()
        scans = self.gumshoe.scans()
        self.gumshoe.ended(len(scans), within=MEND)
        wrong = []
        for scan in scans:
            try:
                assert_told_once(self.gumshoe, self.gumshoe.store.scans.get(scan.id), channel=scan.place.channel)
            except AssertionError as error:
                wrong.append(f"scan {scan.id} of {scan.target.value}: {error}")
        return wrong


@click.command()
@click.option("--minutes", default=15.0, show_default=True, help="How long load and faults go on.")
@click.option("--seed", default=None, type=int, help="Which faults; a new one when none is given.")
def main(minutes: float, seed: int | None) -> None:
    """Soak the running system and say what broke; exit status 1 when something did."""
    seed = random.SystemRandom().randrange(10**6) if seed is None else seed
    click.echo(f"seed {seed}, {minutes:g} minutes")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(Redis(folder / "redis"))
        proxy = stack.enter_context(Proxy(server.port))
        sandbox, sources = stack.enter_context(Sandbox()), stack.enter_context(Sources())
        behind = {"REDIS_URL": f"redis://127.0.0.1:{proxy.port}/0"}
        gumshoe = stack.enter_context(Gumshoe(folder, server, sandbox, sources, **behind))
        soak = Soak(gumshoe, server, proxy, random.Random(seed))
        watch = soak.run(minutes * 60)
        wrong = soak.judge() + watch.grown()
        acts = ", ".join(f"{count} x {name}" for name, count in sorted(soak.acts.items()))
        click.echo(f"{len(gumshoe.scans())} scans ended; {acts}; slowest ack {soak.slowest:.0f} ms")
        click.echo("\n".join(watch.told()))
    click.echo("\n".join(wrong) or f"Nothing was lost, doubled or grown (seed {seed}).")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
