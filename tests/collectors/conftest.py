"""The stand-in world of every collector test."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.collectors.canned import World, open_world
from tests.collectors.speech import heard

__all__ = ["heard"]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """Canned HTTP, DNS and WHOIS servers on loopback, and a door that leads to them."""
    async with open_world() as opened:
        yield opened


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port of loopback that refuses connections: taken, so that nobody else can, and not listening."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]
