"""The whole of Gumshoe as real processes: bot, worker, notifier, beat, over a real Redis and the stand-ins."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol, Self

import httpx

from bot.run import command
from core.models import Scan
from core.store import Store, open_store
from tests.servers import HOST, Part, Sandbox, Sources, free_port, until

CELERY = [sys.executable, "-m", "celery", "-A", "tasks"]
QUICK = {
    "RUN_LEASE": "3",
    "SWEEP_EVERY": "0.5",
    "SLACK_PACE": "0.2",
    "USER_SCANS_PER_MINUTE": "1000",
    "CHANNEL_SCANS_PER_MINUTE": "1000",
    "COLLECTORS": "dns,crtsh,whois",
}


class Reachable(Protocol):
    """A Redis, or several that stand in for each other."""

    url: str


class Gumshoe:
    """Starts and stops the parts one by one, so that a test can kill each of them."""

    def __init__(self, folder: Path, redis: Reachable, sandbox: Sandbox, sources: Sources, **settings: str) -> None:
        self._folder = folder
        self.sandbox = sandbox
        self.sources = sources
        self.port = sandbox.bot_port or free_port()
        self.env = {
            "REDIS_URL": redis.url,
            "DATABASE_URL": f"sqlite:///{folder / 'record.sqlite3'}",
            "DATA_DIR": str(folder),
            "HTTP_PORT": str(self.port),
            **QUICK,
            **sources.settings,
            **sandbox.settings,
            **settings,
        }
        self.store: Store = open_store(self.env["DATABASE_URL"])
        self.parts: dict[str, Part] = {}
        self.through: list[str] = []  # a command that runs each part, with less privilege for instance

    def __enter__(self) -> Self:
        self.sources.reset()  # all tests of a process share them: none begins with what another ordered
        with ExitStack() as undo:
            undo.callback(self.__exit__)
            for name in ("worker", "notifier", "beat", "bot"):
                self.start(name, wait=False)
            for name in ("worker", "notifier", "bot"):
                self.wait_for(name)
            undo.pop_all()  # all run: nothing to undo
        return self

    def __exit__(self, *_: Any) -> None:
        for part in self.parts.values():
            part.kill()
        self.store.close()

    def start_over(self) -> None:
        """Empty the workspace, the sources' memory and the record, while the parts go on."""
        self.sandbox.post("reset")
        self.sources.reset()
        self.store.forget_everything()

    def start(self, name: str, *, wait: bool = True, env: Mapping[str, str] | None = None) -> Part:
        more = {
            "worker": ["-c", "8", "-n", f"{name}@%h", *LOUD],
            "notifier": LOUD,
            "beat": ["--schedule", str(self._folder / "beat"), "--loglevel", "warning"],
            "bot": [],
        }[name]
        words = command(name, *more)
        words = [*self.through, *words]
        self.parts[name] = Part(name, words, self._folder, env={**self.env, **(env or {})})
        if wait:
            self.wait_for(name)
        return self.parts[name]

    def wait_for(self, name: str) -> None:
        """Wait until the part does its work."""
        if name == "bot":
            until("the bot to be ready", self._is_ready)
        elif name != "beat":
            self.parts[name].wait_for(" ready.")

    def _is_ready(self) -> bool:
        part = self.parts["bot"]
        if part.process.poll() is not None:
            raise AssertionError(f"the bot ended: {part.output()[-3000:]}")
        try:
            ready = httpx.get(f"http://{HOST}:{self.port}/ready").status_code == 200
        except httpx.TransportError:
            return False
        # Over Socket Mode the workspace must see the connection too, or the first command finds nobody.
        return ready and ("bot ready" in part.output()) and self.sandbox.reachable()

    def scans(self) -> list[Scan]:
        """Every scan in the record, newest first."""
        return self.store.scans.recent("T0SANDBOX", limit=1000)

    def ended(self, count: int = 1, *, within: float = 60.0) -> list[Scan]:
        """Wait until so many scans have ended and their threads say so."""

        def all_told() -> list[Scan]:
            done = [scan for scan in self.scans() if scan.finished_at is not None]
            return done if len(done) >= count and not self.store.desk.lagging() else []

        return list(until(f"{count} scans to end and be told", all_told, within=within))

    def round_ended(self, scan_id: str, number: int) -> Scan | None:
        """The scan, once this round of it has ended and its thread says so."""
        scan = self.store.scans.get(scan_id)
        done = scan.round == number and scan.finished_at is not None and not self.store.desk.lagging()
        return scan if done else None

    def click(self, action: str, message: dict[str, Any], *, user: str = "U0ADA", channel: str = "C0GENERAL") -> Any:
        """Somebody presses a button."""
        return self.sandbox.post("click", user=user, channel=channel, ts=message["ts"], action_id=action)

    def choose(self, words: str, message: dict[str, Any], *, user: str = "U0ADA", channel: str = "C0GENERAL") -> Any:
        """Somebody chooses in the menu behind a message's buttons."""
        menus = [each for block in message["blocks"] for each in block.get("elements", ())]
        (menu,) = [each for each in menus if each.get("type") == "overflow"]
        option = next(each for each in menu["options"] if each["text"]["text"] == words)
        more = {"action_id": menu["action_id"], "action": {"selected_option": option}}
        return self.sandbox.post("click", user=user, channel=channel, ts=message["ts"], **more)

    def at_once(self, act: Callable[[int], Any], times: int = 10) -> list[Any]:
        """Do something many times side by side."""
        with ThreadPoolExecutor(times) as pool:
            return list(pool.map(act, range(times)))

    def parents(self, channel: str = "C0GENERAL") -> list[dict[str, Any]]:
        """The scans' parent messages in a channel."""
        mine = [each for each in self.sandbox.messages(channel) if each.get("user") == "U0GUMSHOE"]
        return [each for each in mine if not each.get("is_ephemeral")]

    def whispers(self, user: str, channel: str = "C0GENERAL") -> list[dict[str, Any]]:
        """What only this person sees."""
        return [each for each in self.sandbox.messages(channel, user=user) if each.get("is_ephemeral")]

    def direct(self, user: str) -> list[dict[str, Any]]:
        """What was written to this person privately; each with its channel."""
        channel = f"D0{user[2:]}"
        return [each | {"channel": channel} for each in self.sandbox.messages(channel)]

    def modal(self, user: str) -> dict[str, Any] | None:
        """The form this person has open."""
        body = self.sandbox.get("modal", user=user)
        return body.get("view") if isinstance(body, dict) and "view" in body else body

    def thread(self, channel: str = "C0GENERAL") -> list[dict[str, Any]]:
        """The messages of the newest scan's thread, the parent first."""
        parents = [each for each in self.sandbox.messages(channel) if not each.get("is_ephemeral")]
        return self.sandbox.messages(channel, thread_ts=parents[-1]["ts"]) if parents else []


def said(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages with words; files are messages of their own."""
    return [each for each in messages if not each.get("files")]


def heading(message: dict[str, Any]) -> str:
    """The text of a message's header."""
    return next((block["text"]["text"] for block in message.get("blocks", []) if block["type"] == "header"), "")


def tasks_of(parent: dict[str, Any]) -> dict[str, str]:
    """The plan's lines: title to status."""
    (plan,) = [block for block in parent["blocks"] if block["type"] == "plan"]
    return {task["title"]: task["status"] for task in plan["tasks"]}


def buttons_of(message: dict[str, Any]) -> set[str]:
    """The action ids of a message's buttons, also of one that stands beside a sentence."""
    rows = [block["elements"] for block in message["blocks"] if block["type"] == "actions"]
    beside = [block["accessory"] for block in message["blocks"] if "accessory" in block]
    return {element["action_id"] for row in (*rows, beside) for element in row}


LOUD = ["--loglevel", "info"]
