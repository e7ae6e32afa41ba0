"""Keeps worker processes on this machine: as many as what waits in the record wants, each started anew if it ends."""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from bot.run import command
from bot.scaling import STARTS, Bounds, Scaler
from core.errors import BadSetting, StoreDown
from core.pulse import Pulse, State
from core.settings import Settings
from core.store import Store, open_store

log = structlog.get_logger()

TICK = 1.0  # seconds between looks
GRACE = 30.0  # seconds a worker gets to give its runs back
PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds before one that ended by itself is started anew; doubled each time
STEADY = 60.0  # seconds after which its end is no longer one of a series
PR_SET_PDEATHSIG = 1
_PRCTL = getattr(ctypes.CDLL(None), "prctl", None)

Start = Callable[[str], "subprocess.Popen[bytes]"]


@dataclass
class Kept:
    """A place for a worker process: who is in it, since when, and how it went there."""

    number: int
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    ends: int = 0  # one after the other, soon after the start
    after: float = 0.0  # not started before
    leaves: float | None = None  # told to stop, at this moment
    goes: bool = False  # nobody takes the place then


class Fleet:
    """The worker processes. `start` starts one under a name; `seconds` is a clock that only goes forward."""

    def __init__(
        self, start: Start, *, most_memory: int = 0, seconds: Callable[[], float] = time.monotonic, tag: str = ""
    ) -> None:
        self._start = start
        self._most_memory = most_memory  # bytes; 0: any
        self._seconds = seconds
        self._tag = tag or str(os.getpid())  # no other supervisor's workers are called so
        self._places: list[Kept] = []
        self._numbers = 0

    @property
    def size(self) -> int:
        """Places that stay."""
        return sum(not each.goes for each in self._places)

    @property
    def pids(self) -> list[int]:
        return [each.process.pid for each in self._places if each.process is not None]

    def resize(self, wanted: int) -> None:
        """More or fewer places; the newest go first."""
        while self.size < wanted:
            self._numbers += 1
            self._places.append(Kept(self._numbers))
        staying = [each for each in self._places if not each.goes]
        for each in staying[wanted:]:
            each.goes = True
            self._dismiss(each, "there is little to do")

    def tend(self) -> None:
        """Start who is missing, see to who ended, is too large, or does not stop."""
        for each in list(self._places):
            self._see(each)
        self._places = [each for each in self._places if not (each.goes and each.process is None)]
        settled = all(self._is_settled(each) for each in self._places)
        fat = [each for each in self._places if self._too_large(each)]
        if fat and settled:  # one at a time, when its forerunner is at work again
            self._dismiss(fat[0], "it has grown too large")

    def stop(self) -> None:
        """Tell all to stop; `tend` until none is left."""
        self.resize(0)

    def _see(self, each: Kept) -> None:
        now = self._seconds()
        if each.process is None:
            if not each.goes and now >= each.after:
                name = f"scan{each.number}-{self._tag}@%h"
                each.process, each.began, each.leaves = self._start(name), now, None
                log.info("worker started", worker=name, pid=each.process.pid)
        elif (status := each.process.poll()) is not None:
            self._ended(each, status, now)
        elif each.leaves is not None and now - each.leaves > GRACE:
            log.warning("worker killed: it did not stop", pid=each.process.pid)
            each.process.kill()

    def _ended(self, each: Kept, status: int, now: float) -> None:
        each.process = None
        if each.leaves is not None:
            log.info("worker stopped", number=each.number, status=status)
            each.ends, each.after, each.leaves = 0, now, None
            return
        each.ends = 1 if now - each.began >= STEADY else each.ends + 1
        pause = min(LONGEST_PAUSE, PAUSE * 2 ** (each.ends - 1))
        each.after = now + pause
        log.warning("worker ended by itself", number=each.number, status=status, again_in=pause)

    def _dismiss(self, each: Kept, why: str) -> None:
        if each.process is not None and each.leaves is None:
            log.info("worker told to stop", number=each.number, pid=each.process.pid, why=why)
            each.leaves = self._seconds()
            with suppress(ProcessLookupError):
                each.process.send_signal(signal.SIGTERM)

    def _is_settled(self, each: Kept) -> bool:
        return each.process is not None and each.leaves is None and self._seconds() - each.began >= STARTS

    def _too_large(self, each: Kept) -> bool:
        return bool(self._most_memory and each.process and resident(each.process.pid) > self._most_memory)


def resident(pid: int) -> int:
    """Bytes of memory a process holds; 0 when that cannot be read."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def supervise(settings: Settings, bounds: Bounds, *, most_memory: int) -> int:
    """Run until told to stop; returns the exit status.

    Raises:
        BadSetting: another supervisor runs over the same DATA_DIR.
        StoreDown: the database does not answer at the start.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with _alone(settings.data_dir):
        store = open_store(settings.database)
        fleet = Fleet(lambda name: start(name, bounds.threads, settings.log_level), most_memory=most_memory)
        fleet.resize(bounds.least)
        scaler = Scaler(bounds)
        pulse = Pulse("", settings.notify_socket)  # the file of signs is for the workers
        while not stop.is_set():
            fleet.resize(_wanted(store, scaler, fleet.size))
            fleet.tend()
            pulse.beat(State.WORKING)
            stop.wait(TICK)
        fleet.stop()
        while fleet.pids:
            fleet.tend()
            time.sleep(TICK / 10)
        store.close()
    return 0


def start(name: str, threads: int, level: str) -> subprocess.Popen[bytes]:
    """Start a worker process. It is told to stop when we die, however we do."""
    words = command("worker", "-c", str(threads), "-n", name, "--loglevel", level)
    # Not in our group: Ctrl-C is for us, who tell them. One thread here: something may be done between fork and exec.
    return subprocess.Popen(words, start_new_session=True, preexec_fn=_stop_with_parent)  # noqa: PLW1509, S603


def _stop_with_parent() -> None:
    if _PRCTL is not None:
        _PRCTL(PR_SET_PDEATHSIG, signal.SIGTERM)


def _wanted(store: Store, scaler: Scaler, running: int) -> int:
    try:
        demand = store.turns.demand()
    except StoreDown as error:
        log.warning("as many workers as there are: the record does not answer", why=str(error))
        return running
    return scaler.wanted(demand, running=running, now=time.monotonic())


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "supervise.lock").open("w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BadSetting(
                f"Another supervisor runs over {folder}. Stop it, or give me a DATA_DIR of my own."
            ) from None
        yield
