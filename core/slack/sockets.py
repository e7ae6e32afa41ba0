"""Sockets to Slack: what we gave up on must not arrive later."""

from __future__ import annotations

import socket
import struct
from typing import Any

UNDELIVERED = 15  # seconds after which the kernel drops what the other side did not confirm


def no_afterlife(address: tuple[Any, ...]) -> socket.socket:
    """A socket whose closing takes back what was not delivered. By default the kernel goes on trying for minutes: a
    message we gave up on, looked for and posted again would come through at last, and stand twice."""
    family, kind, protocol, _, _ = address
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # also while our process is frozen and closes nothing
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNDELIVERED * 1000)
    return made
