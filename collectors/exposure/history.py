"""What was open before and is not any more, and which program took another's place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from collectors.exposure.host import MOST_PAST, Service
from core.language.noted import noted
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
    yield reply.finding(
        Fact.CHANGE,
        _was_open(last),
        last_seen=last.seen,
        context=noted(
            "{source} saw it on {address} then, and not when it looked last.", source=reply.source, address=address
        ),
        address=address,
        port=last.port,
        before=last.program,
    )


def _was_open(last: Service) -> str:
    if last.program:
        return noted("{port} ({program}) was open and is not any more", port=last.label, program=last.program)
    return noted("{port} was open and is not any more", port=last.label)


def _replaced(seen: list[Service], address: str, reply: Reply) -> Iterator[Finding]:
    named = [each for each in seen if each.program]
    for before, after in reversed(list(pairwise(named))):
        if before.program != after.program:
            yield reply.finding(
                Fact.CHANGE,
                noted(
                    "{port}: {before} became {after}",
                    port=after.label,
                    before=before.program,
                    after=after.program,
                ),
                first_seen=after.seen,
                last_seen=seen[-1].seen,
                context=noted(
                    "{source} saw both on {address}, one after the other.", source=reply.source, address=address
                ),
                address=address,
                port=after.port,
                before=before.program,
                after=after.program,
            )
            return
