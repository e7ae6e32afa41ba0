"""A network of our own, in which every address of the world is this machine, and nothing that is sent goes unseen."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

CLONE_NEWNET = 0x40000000
ETH_P_ALL = 3
OUTGOING = 4  # PACKET_OUTGOING, packet(7): loopback shows each packet twice, once as this
SOL_PACKET, PACKET_STATISTICS, SO_ATTACH_FILTER, SO_RCVBUFFORCE = 263, 6, 26, 33
ROOM = 1 << 25
TCP, UDP = 6, 17

# Lets through what begins a conversation: TCP packets with SYN and without ACK, and all UDP (classic BPF: code,
# jumps when true and false, operand).
OPENINGS = (
    (0x30, 0, 0, 0), (0x54, 0, 0, 0xF0), (0x15, 0, 6, 0x40),  # IPv4?
    (0x30, 0, 0, 9), (0x15, 11, 0, UDP), (0x15, 0, 9, TCP),
    (0xB1, 0, 0, 0), (0x50, 0, 0, 13), (0x05, 0, 0, 4),
    (0x30, 0, 0, 6), (0x15, 5, 0, UDP), (0x15, 0, 3, TCP),  # IPv6
    (0x30, 0, 0, 53),
    (0x54, 0, 0, 0x12), (0x15, 1, 0, 0x02),  # SYN, not ACK
    (0x06, 0, 0, 0), (0x06, 0, 0, 0xFFFF),
)  # fmt: skip


class Touch(NamedTuple):
    """The first packet of a conversation: a TCP connection that was tried, or a datagram that is no answer."""

    protocol: str
    address: str
    port: int


@contextmanager
def apart() -> Iterator[Ledger]:
    """Put this thread into a network namespace whose loopback holds every IPv4 and IPv6 address there is.

    Whatever a packet is sent to is here, so one listener on all addresses answers for 10.0.0.1 and 169.254.169.254
    alike. What is started within is in there too; sockets and processes of before stay where they were.
    """
    if os.geteuid() != 0:
        raise AssertionError("This test makes a network of its own, which only root may: run make test as root.")
    libc = ctypes.CDLL(None, use_errno=True)
    with Path("/proc/thread-self/ns/net").open("rb") as before:
        _check(libc.unshare(CLONE_NEWNET))
        try:
            for words in ("link set lo up", "route add local 0.0.0.0/0 dev lo", "-6 route add local ::/0 dev lo"):
                subprocess.run(["ip", *words.split()], check=True, capture_output=True)
            with Ledger() as ledger:
                yield ledger
        finally:
            _check(libc.setns(before.fileno(), CLONE_NEWNET))


class Ledger:
    """Sees every packet of the namespace and says who was touched."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
        program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *each) for each in OPENINGS))
        filtering = struct.pack("HL", len(OPENINGS), ctypes.addressof(program))
        self._socket.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, filtering)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, ROOM)
        self._socket.setblocking(False)
        self._asked: set[tuple[tuple[str, int], tuple[str, int]]] = set()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def touched(self) -> list[Touch]:
        """Everything touched since the last look; what was sent before is in it (loopback hands over at once)."""
        touches = []
        while (packet := self._next()) is not None:
            if (touch := self._read(packet)) is not None:
                touches.append(touch)
        _, dropped = struct.unpack("II", self._socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
        assert dropped == 0, "packets went by unseen"
        return touches

    def _next(self) -> bytes | None:
        while True:
            try:
                packet, (_, _, kind, *_) = self._socket.recvfrom(512)
            except BlockingIOError:
                return None
            if kind == OUTGOING:
                return packet

    def _read(self, packet: bytes) -> Touch | None:
        if packet[0] >> 4 == 4:
            protocol, source, target, rest = packet[9], packet[12:16], packet[16:20], packet[(packet[0] & 15) * 4 :]
        else:
            protocol, source, target, rest = packet[6], packet[8:24], packet[24:40], packet[40:]
        from_port, port = struct.unpack("!HH", rest[:4])
        here, there = (str(ip_address(source)), from_port), (str(ip_address(target)), port)
        if protocol == UDP and (there, here) in self._asked:
            return None
        self._asked.add((here, there))
        return Touch("tcp" if protocol == TCP else "udp", *there)


def _check(status: int) -> None:
    if status != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
