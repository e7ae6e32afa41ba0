"""The workspace's clock: real time plus whatever a test has moved it on, so that nobody waits half an hour."""

import asyncio
import time


class Clock:
    """Time of day for message stamps, triggers, response URLs and retry delays. Ack times are measured for real."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._moved = asyncio.Condition()

    def now(self) -> float:
        """Seconds since the epoch, as the workspace sees them."""
        return time.time() + self._ahead

    async def advance(self, seconds: float) -> None:
        """Move on; whoever waits for a moment now past wakes up."""
        async with self._moved:
            self._ahead += seconds
            self._moved.notify_all()

    async def wait(self, seconds: float) -> None:
        """Return when that much workspace time has passed."""
        due = self.now() + seconds
        async with self._moved:
            while (left := due - self.now()) > 0:
                try:
                    await asyncio.wait_for(self._moved.wait(), left)
                except TimeoutError:
                    return
