"""Findings out of checks, and out of several questions that are under way at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Sequence
from typing import Any, TypeVar

from collectors.doors.reply import Reply
from collectors.posture.check import Check
from core.models import Confidence, Fact, Finding, Kind

T = TypeVar("T")


def posture(reply: Reply, check: Check, context: str, *, confidence: Confidence = Confidence.HIGH) -> Finding:
    """A graded check as a finding, on the answer it was read from."""
    return reply.finding(
        Fact.POSTURE,
        check.name,
        confidence=confidence,
        context=context,
        grade=check.grade.value,
        why=check.why,
        severity=check.severity.value,
        raw=check.raw,
        parts=dict(check.parts),
    )


def contact(reply: Reply, mail: str, role: str, context: str) -> Finding:
    """A mailbox that a record names."""
    return reply.finding(Kind.EMAIL, mail, confidence=Confidence.HIGH, context=context, role=role)


async def as_they_come(*looks: Coroutine[Any, Any, Sequence[T]]) -> AsyncGenerator[T, None]:
    """What looks give that run side by side, from each as soon as it is done.

    However this ends, none of them is left running.
    """
    running = [asyncio.ensure_future(look) for look in looks]
    try:
        for done in asyncio.as_completed(running):
            for finding in await done:
                yield finding
    finally:
        for look in running:
            look.cancel()
        await asyncio.gather(*running, return_exceptions=True)
