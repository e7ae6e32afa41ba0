"""What runs of one collector tell later ones, in whatever worker those are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from collectors.declare import Collector
from core.memory import Memory


class Remembering:
    """One collector's part of the shared memory. All of it may be forgotten at any time."""

    def __init__(self, memory: Memory, collector: Collector) -> None:
        self._memory = memory
        self._head = f"{collector.name}:{collector.version}:"

    async def recall(self, keys: Sequence[str]) -> Mapping[str, str]:
        """What was remembered under these keys; unknown ones are left out."""
        found = await self._memory.recall([self._head + key for key in keys])
        return {key.removeprefix(self._head): text for key, text in found.items()}

    async def remember(self, key: str, text: str, *, seconds: float) -> None:
        """Keep a short text for so long."""
        await self._memory.remember(self._head + key, text, seconds=seconds)
