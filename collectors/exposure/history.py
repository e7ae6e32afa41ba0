"""What was open before and is not any more, and which program took another's place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from collectors.exposure.host import MOST_PAST, Service
from core.models import Fact, Finding

if TYPE_CHECKING:
    from collectors.doors.reply import Reply


def changes(services: list[Service], ports: frozenset[int], address: str, reply: Reply) -> Iterator[Finding]:
    """One finding for each port that is closed now, and for the last change of program of each that is open.

    `services` are all sights of all times; `ports` are open now.
    """
    sights: defaultdict[tuple[int, str], list[Service]] = defaultdict(list)
    for service in services:
        if service.seen is not None:
            sights[service.port, service.transport].append(service)
    for (port, _), seen in sorted(sights.items())[:MOST_PAST]:
        seen.sort(key=lambda each: each.seen.timestamp() if each.seen else 0.0)
        yield from _replaced(seen, address, reply) if port in ports else _closed(seen[-1], address, reply)


def _closed(last: Service, address: str, reply: Reply) -> Iterator[Finding]:
    what = f" ({last.program})" if last.program else ""
    yield reply.finding(
        Fact.CHANGE,
        f"{last.label}{what} was open and is not any more",
        last_seen=last.seen,
        context=f"{reply.source} saw it on {address} then, and not when it looked last.",
        address=address,
        port=last.port,
        before=last.program,
    )


def _replaced(seen: list[Service], address: str, reply: Reply) -> Iterator[Finding]:
    named = [each for each in seen if each.program]
    for before, after in reversed(list(pairwise(named))):
        if before.program != after.program:
            yield reply.finding(
                Fact.CHANGE,
                f"{after.label}: {before.program} became {after.program}",
                first_seen=after.seen,
                last_seen=seen[-1].seen,
                context=f"{reply.source} saw both on {address}, one after the other.",
                address=address,
                port=after.port,
                before=before.program,
                after=after.program,
            )
            return
