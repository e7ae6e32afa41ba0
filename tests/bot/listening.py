"""The bot's process in a thread of the test: real Bolt, real HTTP, real record, real queue; the sandbox is Slack."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx
import redis

from bot.front import Front, open_front
from bot.listeners import make_app
from bot.web.app import make_web
from bot.web.server import make_server
from core.models import Outcome, RunState, Scan
from core.settings import load
from core.store import Store, open_store
from tasks import queue
from tests.servers import HOST, Sandbox, free_port

T = TypeVar("T")
NETWORKS = "192.0.2.0/24,198.51.100.0/24,203.0.113.0/24,2001:db8::/32"
PLENTY = {"user_scans_per_minute": 1000, "channel_scans_per_minute": 1000, "slack_pace": 0.05}
TEAM = "T0SANDBOX"


class Bot:
    """Listens to a sandbox that sends signed HTTP. No worker runs: what was queued stays to be looked at."""

    deadline = 3.0  # seconds in which Slack wants its answer

    def __init__(self, folder: Path, sandbox: Sandbox, redis_url: str, **settings: Any) -> None:
        self.sandbox = sandbox
        self._redis_url = redis_url
        slack = {name.lower(): value for name, value in sandbox.settings.items()}
        here = {
            "database_url": f"sqlite:///{folder / 'record.sqlite3'}",
            "data_dir": folder,
            "allow_networks": NETWORKS,
        }
        self.settings = load(**here | slack | PLENTY | {"redis_url": redis_url} | settings)
        self._port = free_port()
        self.url = f"http://{HOST}:{self._port}/slack/events"
        self._up: Future[None] = Future()
        self._thread = threading.Thread(target=self._live, name="bot", daemon=True)

    def __enter__(self) -> Self:
        point_the_queue_at(self._redis_url)
        self._thread.start()
        self._up.result(30)
        self.listen()
        return self

    def listen(self) -> None:
        """Have the workspace send everything here."""
        answer = self.sandbox.post("settings", events_url=self.url, ack_timeout=self.deadline)
        assert answer["url_verified"]

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop and wait for all that was begun, also in threads that nobody waits for any more."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._web_stop)
            self._thread.join(30)
        assert not self._thread.is_alive(), "the bot did not stop"

    def _live(self) -> None:
        try:
            with asyncio.Runner() as runner:
                self._loop = runner.get_loop()
                runner.run(self._serve())
        except OSError as error:
            self._up.set_exception(error)

    async def _serve(self) -> None:
        self.front: Front = await open_front(self.settings)
        await self.front.learn_who_we_are()
        web = make_web(self.front, make_app(self.front), trouble=lambda: "")
        server = make_server(web, host=HOST, port=self._port)
        self._web_stop = lambda: setattr(server, "should_exit", True)
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
            if serving.done():
                serving.result()
        self._up.set_result(None)
        await serving
        await self.front.settle()
        await self.front.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something on the bot's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def settle(self) -> None:
        """Wait until everything that answers left for later is done."""
        for _ in range(3):  # what is done later may leave something for later itself
            self.run(self.front.settle())

    def forget(self) -> None:
        """A new workspace, an empty record, an empty queue."""
        self.settle()
        self.sandbox.post("reset")
        self.store.forget_everything()
        self.front.forget_roles()
        self.front.people.forget()
        with redis.from_url(self._redis_url) as client:
            client.flushdb()
        self.listen()

    @property
    def store(self) -> Store:
        return self.front.store

    def scans(self) -> list[Scan]:
        """Every scan in the record, newest first."""
        return self.store.scans.recent(TEAM, limit=1000)

    def recorded(self) -> list[Scan]:
        """Every scan in the record, after the bot has stopped."""
        store = open_store(self.settings.database)
        try:
            return store.scans.recent(TEAM, limit=1000)
        finally:
            store.close()

    def ask(self, path: str) -> httpx.Response:
        """What the bot serves there."""
        return httpx.get(self.url.removesuffix("/slack/events") + path)

    def audit(self) -> list[tuple[object, ...]]:
        """Every decision, the newest first: user, verb, decision, rule."""
        rows = self.store.audit.listed(team=TEAM, limit=1000)
        return [(row["user"], row["verb"], row["decision"], row["rule"]) for row in rows]

    def queued(self) -> list[tuple[str, str]]:
        """(task, scan id) of every message that waits in the queue."""
        return queued(self._redis_url)

    def end(self, scan: Scan, outcome: Outcome = Outcome.FOUND) -> Scan:
        """Close a scan's runs as a worker would."""
        for run in self.store.scans.get(scan.id).runs:
            if run.state is RunState.CLOSED:  # skipped from the beginning
                continue
            claimed = self.store.runs.claim(run.id, lease=30)
            assert claimed is not None
            assert self.store.runs.close(claimed, outcome, reason="" if outcome is Outcome.FOUND else "down")
        return self.store.scans.get(scan.id)

    def whispers(self, user: str = "U0ADA", channel: str = "C0GENERAL") -> list[dict[str, Any]]:
        """What only this person sees, once all that was left for later is done."""
        self.settle()
        return [each for each in self.sandbox.messages(channel, user=user) if each.get("is_ephemeral")]

    def post_button(
        self, action_id: str, value: str, *, channel: str = "C0GENERAL", thread_ts: str = ""
    ) -> dict[str, Any]:
        """A message of the bot with a button; returns the message to click on."""
        element = {
            "type": "button",
            "action_id": action_id,
            "value": value,
            "text": {"type": "plain_text", "text": "Press"},
        }
        return self._post(element, channel, thread_ts)

    def post_option(self, value: str, *, channel: str = "C0GENERAL") -> dict[str, Any]:
        """A message of the bot with the menu behind its buttons; what is chosen there is this."""
        option = {"text": {"type": "plain_text", "text": "Choose"}, "value": value}
        return self._post({"type": "overflow", "action_id": "more", "options": [option]}, channel) | {"option": option}

    def _post(self, element: dict[str, Any], channel: str, thread_ts: str = "") -> dict[str, Any]:
        blocks = [{"type": "actions", "elements": [element]}]
        answer = httpx.post(
            f"{self.settings.slack_api_url}chat.postMessage",
            headers={"Authorization": f"Bearer {self.settings.slack_bot_token.get_secret_value()}"},
            json={"channel": channel, "text": "a button", "blocks": blocks, "thread_ts": thread_ts},
        ).json()
        assert answer["ok"], answer
        return {"ts": str(answer["ts"])}

    def click(self, message: dict[str, Any], action_id: str, **more: str) -> list[dict[str, Any]]:
        """Somebody presses a button; returns what they were told alone since."""
        person = {"user": "U0ADA", "channel": "C0GENERAL"} | more
        before = len(self.whispers(person["user"], person["channel"]))
        chosen = {"action": {"selected_option": message["option"]}} if "option" in message else {}
        answer = self.sandbox.post("click", ts=message["ts"], action_id=action_id, **person, **chosen)
        assert answer["status"] == "ok", answer
        return self.whispers(person["user"], person["channel"])[before:]


def point_the_queue_at(url: str) -> None:
    """This process's Celery app reads its settings once, but each test has a Redis of its own."""
    queue.app.conf.update(broker_url=url)
    for cached in ("amqp", "control"):  # with the pool of connections to where it pointed before
        vars(queue.app).pop(cached, None)
    vars(queue.app)["_pool"] = None
    queue.impatient()


def queued(url: str) -> list[tuple[str, str]]:
    """(task, scan id) of every message in a queue."""
    with redis.from_url(url) as client:
        raw = [each for name in ("notify", "scan") for each in client.lrange(name, 0, -1)]
    found = []
    for each in raw:
        message = json.loads(each)
        (scan_id,) = json.loads(base64.b64decode(message["body"]))[0]
        found.append((message["headers"]["task"], scan_id))
    return sorted(found)


def words_of(message: dict[str, Any] | None) -> str:
    """All that a message says: its text and every text in its blocks."""
    assert message is not None
    return f"{message.get('text', '')} " + json.dumps(message.get("blocks", []), ensure_ascii=False)
