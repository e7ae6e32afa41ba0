"""Networks of their own for workers: each as if on another machine, joined to ours by doors that can be shut."""

from __future__ import annotations

import ctypes
import os
import secrets
import socket
import subprocess
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from tests.faults.apart import CLONE_NEWNET
from tests.faults.proxy import Proxy
from tests.servers import HOST


class Island:
    """A network namespace whose loopback has a door for each of these ports of ours, under the same number."""

    def __init__(self, ports: Iterable[int]) -> None:
        if os.geteuid() != 0:
            raise AssertionError("This test makes networks of its own, which only root may: run make test as root.")
        self.name = f"island-{secrets.token_hex(3)}"
        rename = 'hostname "$0" && exec "$@"'
        # Runs a command there, under a host name of its own.
        self.through = ["ip", "netns", "exec", self.name, "unshare", "--uts", "sh", "-c", rename, self.name]
        self._ports = list(ports)
        self._undo = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            _ip("netns", "add", self.name)
            undo.callback(_ip, "netns", "del", self.name)
            _ip("-n", self.name, "link", "set", "lo", "up")
            for port, listening in zip(self._ports, self._listening(), strict=True):
                undo.enter_context(Proxy(port, listening))
            self._undo = undo.pop_all()
        return self

    def __exit__(self, *_: Any) -> None:
        self._undo.close()

    def _listening(self) -> list[socket.socket]:
        """A socket stays in the network it was made in, whoever uses it."""
        libc = ctypes.CDLL(None, use_errno=True)
        with Path("/proc/thread-self/ns/net").open("rb") as home, Path("/run/netns", self.name).open("rb") as there:
            assert libc.setns(there.fileno(), CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
            try:
                return [socket.create_server((HOST, port)) for port in self._ports]
            finally:
                assert libc.setns(home.fileno(), CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
