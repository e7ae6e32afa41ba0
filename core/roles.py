"""What a Redis is for: there may be one for all, or one for each role."""

from __future__ import annotations

from enum import Enum

from pydantic import SecretStr

from core.settings import Settings


class Role(Enum):
    """What a Redis is for. One may have all roles; its value is how it is called in a sentence."""

    QUEUE = "The queue (Redis)"  # hints at work, and bells for live views
    BUDGET = "The Redis of budgets"  # what all processes must agree on: paces, budgets, breakers, locks, counters
    CACHE = "The Redis for the cache"  # what may be forgotten at any time: remembered verdicts

    @property
    def setting(self) -> str:
        return "REDIS_URL" if self is Role.QUEUE else f"{self.name}_REDIS_URL"

    def url(self, settings: Settings) -> str:
        """Where it is: REDIS_URL when nothing else is set."""
        own: SecretStr = getattr(settings, self.setting.lower())
        return own.get_secret_value() or settings.redis_url.get_secret_value()
