"""The stand-in world of every collector test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.collectors.canned import World, open_world


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """Canned HTTP, DNS and WHOIS servers on loopback, and a door that leads to them."""
    async with open_world() as opened:
        yield opened
