"""A scan or a case as a file: the same that Slack gets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import AfterValidator

from bot import guard
from bot.front import AT_LEISURE
from bot.web.api.doors import DOOR, ID, Doors, caller_of, seen
from bot.web.callers import who
from bot.web.problems import Problem
from core.access import sees, sees_case
from core.callers import Caller, Scope
from core.casefile import Casefile, for_readers
from core.errors import NoExport
from core.exports.formats import FORMATS
from core.targets import display
from tasks.exporting import Export, make, make_case

Them = Annotated[Caller, Depends(caller_of)]


def _known(name: str) -> str:
    if name not in FORMATS:
        raise ValueError(f"it is one of {', '.join(FORMATS)}")
    return name


_NAMES = {"enum": [*FORMATS]}
Named = Annotated[str, AfterValidator(_known), Query(description="How it is written.", json_schema_extra=_NAMES)]
STEP = "/case status in Slack lists those that you may see."
WITHIN = 60.0  # seconds
AT_ONCE = 2  # made side by side: more would hold up those who wait for Slack
SAFE = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox", "Cache-Control": "no-store"}


def _content() -> dict[str, Any]:
    """What the OpenAPI document says of a file."""
    binary = {"schema": {"type": "string", "format": "binary"}}
    kinds = {each.media_type.partition(";")[0]: binary for each in FORMATS.values()}
    return kinds | {"application/json": {"schema": {"type": "object"}}}


def add(router: APIRouter, doors: Doors) -> None:
    """Add `GET /scan/{task_id}/export`, and the same for a case."""
    front, turns = doors.front, asyncio.Semaphore(AT_ONCE)

    @router.get(
        "/scan/{task_id}/export",
        response_class=Response,
        responses={200: {"content": _content(), "description": "Done."}},
        **doors.scope(Scope.READ),
    )
    async def export_a_scan(
        task_id: str,
        caller: Them,
        format: Named = "json",  # noqa: A002  its name in the URL
    ) -> Response:
        """A scan as a file. What Slack shows in direct messages alone is given to who asked; to others it is counted.
        `evidence` is a signed ZIP with what the sources answered, byte for byte."""
        one = await seen(doors, caller, task_id)
        fmt, by = FORMATS[format], caller.name or caller.user
        await guard.check(front, who(caller, DOOR), "export", f"{display(one.target)}: {fmt.name}")
        return await answered(partial(make, front.store, front.settings, [one], fmt, by=by, alone=caller.asked))

    @router.get(
        "/case/{case_id}/export",
        response_class=Response,
        responses={200: {"content": _content(), "description": "Done."}},
        **doors.scope(Scope.READ),
    )
    async def export_a_case(
        case_id: str,
        caller: Them,
        format: Named = "json",  # noqa: A002  its name in the URL
    ) -> Response:
        """A case as a file: what happened in it, and those of its scans that you may see."""
        await doors.admit(caller)
        file = await _casefile(doors, caller, case_id)
        fmt, by = FORMATS[format], caller.name or caller.user
        await guard.check(front, who(caller, DOOR), "export", f"case {case_id}: {fmt.name}")
        return await answered(partial(make_case, front.store, front.settings, file, fmt, by=by, alone=caller.asked))

    async def answered(making: Callable[[], Export]) -> Response:
        try:
            async with turns:
                made = await front.record(making, within=WITHIN)
        except NoExport as refusal:
            step = "Ask for another format."
            raise Problem(422, "no-export", "This cannot be exported so", str(refusal), step=step) from refusal
        headers = SAFE | {"Content-Disposition": f'attachment; filename="{made.name}"'}
        return Response(made.content, media_type=made.media_type, headers=headers)


async def _casefile(doors: Doors, caller: Caller, case_id: str) -> Casefile:
    """A case as this caller may see it.

    Raises:
        Problem: there is none, or it is not theirs to see.
    """
    whole = None
    if ID.fullmatch(case_id):
        with suppress(KeyError):
            whole = await doors.front.record(lambda: doors.front.store.casefiles.read(case_id), within=AT_LEISURE)
    if whole is None or not sees_case(caller.reader, whole.case):
        sentence = "There is no such case, or it is not yours to see."
        raise Problem(
            404, "not-found", "Not found", sentence, step="/case status in Slack lists those that you may see."
        )
    return for_readers(whole, partial(sees, caller.reader))
