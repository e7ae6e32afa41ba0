"""Runs a whole collector on answers that hold anything: it ends in an outcome, or the test sees what came out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from collectors.declare import Collector
from collectors.run import Look
from core.models import ANSWERS, Finding, Outcome, Target
from tests.collectors.canned import World, open_world


def look_once(collector: Collector, target: Target, arrange: Callable[[World], None], **settings: Any) -> Look:
    """Open a world, let `arrange` script it, and run the collector in it to its end.

    What the collector says is checked as a database and a reader would take it.
    """

    async def run() -> tuple[Look, list[Finding]]:
        async with open_world() as world:
            arrange(world)
            return await world.collect(collector, target, **settings)

    look, findings = asyncio.run(run())
    written = json.dumps([[each.value, each.context, dict(each.attributes)] for each in findings], allow_nan=False)
    assert "\\u0000" not in written
    assert all(each.value and len(each.provenance.sha256) == 64 for each in findings)
    assert look.outcome in ANSWERS | {Outcome.FAILED}
    assert bool(findings) == (look.outcome is Outcome.FOUND) or look.outcome is Outcome.PARTIAL
    return look
