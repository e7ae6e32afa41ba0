"""Slack's published rate limits, enforced when asked: calls a minute per method, and one post a second per channel."""

import math
from collections import defaultdict, deque

from sandbox.slack.clock import Clock
from sandbox.slack.refusal import Refused

MINUTE = 60.0
POST_BURST = 4  # posts to one channel that Slack lets through at once; it documents "short bursts" without a number
POSTS_EVERYWHERE = 300  # a minute in the whole workspace; Slack documents "several hundred" without a number


class Tiers:
    """What was called in the last minute (docs.slack.dev/apis/web-api/rate-limits)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._calls: dict[str, deque[float]] = defaultdict(deque)

    def clear(self) -> None:
        """Forget what was called."""
        self._calls.clear()

    def count(self, method: str, tier: int) -> None:
        """Count a call of a method with a published tier.

        Raises:
            Refused: ratelimited, with the seconds until the oldest call of the minute is gone.
        """
        if tier:
            self._spend(method, most=tier, window=MINUTE)

    def count_post(self, channel: str) -> None:
        """Count a post to a channel.

        Raises:
            Refused: ratelimited, above one a second with short bursts, or when the workspace had its share.
        """
        self._spend("posts", most=POSTS_EVERYWHERE, window=MINUTE)
        self._drip(f"post {channel}")

    def _drip(self, key: str) -> None:
        """A bucket that holds a burst and loses one a second."""
        now, calls = self._clock.now(), self._calls[key]
        level, since = calls or (0.0, now)
        level = max(0.0, level - (now - since))
        if level > POST_BURST - 1:
            raise Refused("ratelimited", retry_after=max(1, math.ceil(level - POST_BURST + 1)))
        self._calls[key] = deque([level + 1, now])

    def _spend(self, key: str, *, most: int, window: float) -> None:
        now, calls = self._clock.now(), self._calls[key]
        while calls and now - calls[0] >= window:
            calls.popleft()
        if len(calls) >= most:
            wait = max(1, math.ceil(window - (now - calls[0])))
            raise Refused("ratelimited", retry_after=wait)
        calls.append(now)
