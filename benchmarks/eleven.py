"""Eleven collectors that each ask a stand-in three times, one after the other, and find one thing each time."""

from __future__ import annotations

import collectors
from benchmarks.size import COLLECTORS, QUESTIONS
from collectors.declare import Collector, Findings, Look, Rate, collector
from collectors.fetch import Fetch
from core.models import Kind, Target
from core.settings import Settings

NAMES = tuple(f"stand_in_{number}" for number in range(1, COLLECTORS + 1))


def register() -> None:
    """Make them the collectors that this process knows, and the only ones."""
    Settings.model_config["env_file"] = None  # a developer's .env may hold the token of a real workspace
    known = collectors.known()
    known.clear()
    known.update({name: _declared(name) for name in NAMES})


def _declared(name: str) -> Collector:
    host = f"{name.replace('_', '-')}.example.net"

    async def look(target: Target, fetch: Fetch) -> Findings:
        """Asks the stand-in."""
        for number in range(QUESTIONS):
            reply = await fetch.json(f"https://{host}/{number}", params={"q": target.value}, expect=list)
            for each in reply.json():
                yield reply.finding(Kind.DOMAIN, f"{number}.{each}")

    look.__name__ = name
    asks: Look = look
    return collector(
        title=name,
        accepts=[Kind.DOMAIN],
        yields=[Kind.DOMAIN],
        hosts=[host],
        tells="nobody",
        default_rate=Rate(1000, 1, burst=1000),  # with the pace scaled down besides: nothing waits for its turn
    )(asks)
