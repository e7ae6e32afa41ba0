"""A Redis with a replica and three Sentinels that watch both, as processes of their own."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import redis

from tests.servers import HOST, Part, free_port, until

MASTER = "gumshoe"
PASSWORD = "canary/fail+over"
PERIODS = ("info-period", "500", "publish-period", "500")  # instead of 10 and 2 s: how soon a Sentinel sees and acts
NOTICED = 1000  # milliseconds without an answer after which a Sentinel takes a master to be down


class Redundant:
    """Two Redis, of which one is the master, and three Sentinels: two of them may choose another master."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.ports = free_port(), free_port()
        self.sentinel_ports = free_port(), free_port(), free_port()
        self.servers: dict[int, Part] = {}
        self.sentinels: dict[int, Part] = {}
        places = ",".join(f"{HOST}:{port}" for port in self.sentinel_ports)
        password = PASSWORD.replace("/", "%2F").replace("+", "%2B")
        self.url = f"sentinel://:{password}@{places}/0?master={MASTER}"

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            undo.callback(self.__exit__)
            self.start(self.ports[0])
            self.start(self.ports[1], "--replicaof", f"{HOST} {self.ports[0]}")
            for port in self.sentinel_ports:
                self.start_sentinel(port)
            until("the Sentinels to know all", self._known)
            undo.pop_all()
        return self

    def __exit__(self, *_: Any) -> None:
        for part in (*self.sentinels.values(), *self.servers.values()):
            part.signal(signal.SIGCONT)
            part.kill()

    def start(self, port: int, *words: str) -> None:
        """Start one of the two over what it kept."""
        folder = self._folder / str(port)
        folder.mkdir(exist_ok=True)
        base = ["redis-server", "--port", str(port), "--bind", HOST, "--dir", str(folder), "--save", ""]
        base += ["--requirepass", PASSWORD, "--masterauth", PASSWORD, "--repl-diskless-sync-delay", "0"]
        self.servers[port] = Part("redis", [*base, "--appendonly", "yes", *words], folder)
        self.servers[port].wait_for("Ready to accept connections")

    def start_sentinel(self, port: int) -> None:
        folder = self._folder / str(port)
        folder.mkdir()
        lines = [
            f"port {port}",
            f"bind {HOST}",
            f"dir {folder}",
            f"sentinel monitor {MASTER} {HOST} {self.ports[0]} 2",
            f"sentinel auth-pass {MASTER} {PASSWORD}",
            f"sentinel down-after-milliseconds {MASTER} {NOTICED}",
            f"sentinel failover-timeout {MASTER} 4000",
        ]
        (folder / "sentinel.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.sentinels[port] = Part("sentinel", ["redis-server", str(folder / "sentinel.conf"), "--sentinel"], folder)
        self.sentinels[port].wait_for("+monitor")
        self.ask_sentinel("SENTINEL", "DEBUG", *PERIODS, port=port)

    @property
    def master(self) -> int:
        """The port of the master, as most Sentinels say."""
        told = [self._master_by(port) for port in self.sentinel_ports if self.sentinels[port].process.poll() is None]
        return max(told, key=told.count)

    def other_than(self, port: int) -> int:
        """The other one's port."""
        return next(each for each in self.ports if each != port)

    def role(self, port: int) -> str:
        """master or slave, as the server itself says; empty when it does not answer."""
        try:
            return str(self._ask(port, "ROLE")[0].decode())
        except redis.RedisError:
            return ""

    def whole(self) -> bool:
        """One is the master and the other follows it, by the servers and by the Sentinels."""
        master = self.master
        return [self.role(master), self.role(self.other_than(master))] == ["master", "slave"] and self._known()

    def ask_sentinel(self, *words: Any, port: int = 0) -> Any:
        """A command for a Sentinel, the last when no port is named."""
        with redis.Redis(host=HOST, port=port or self.sentinel_ports[-1], socket_timeout=1) as client:
            return client.execute_command(*words)

    def _ask(self, port: int, *words: Any) -> Any:
        with redis.Redis(host=HOST, port=port, password=PASSWORD, socket_timeout=1) as client:
            return client.execute_command(*words)

    def _master_by(self, port: int) -> int:
        return int(self.ask_sentinel("SENTINEL", "GET-MASTER-ADDR-BY-NAME", MASTER, port=port)[1])

    def _known(self) -> bool:
        return all(self._knows(port) for port in self.sentinel_ports)

    def _knows(self, port: int) -> bool:
        told = self.ask_sentinel("SENTINEL", "MASTER", MASTER, port=port)
        state = dict(zip(told[::2], told[1::2], strict=True)) if isinstance(told, list) else told
        texts = {_text(key): _text(value) for key, value in state.items()}
        replicas, others = int(texts["num-slaves"]), int(texts["num-other-sentinels"])
        return replicas >= 1 and others >= 2 and texts["flags"] == "master"


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
