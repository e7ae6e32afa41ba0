"""A scan or a case as a file: the same that Slack gets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import AfterValidator

from bot import guard
from bot.web.api.doors import DOOR, Doors, caller_of, case_seen, seen
from bot.web.callers import who
from bot.web.problems import Problem
from core import clock
from core.callers import Caller, Scope
from core.casefile import Casefile
from core.casereport import report
from core.errors import NoExport
from core.exports.formats import FORMATS
from core.targets import display
from tasks.exporting import Export, make, make_case

Them = Annotated[Caller, Depends(caller_of)]


def _known(name: str) -> str:
    if name not in FORMATS:
        raise ValueError(f"it is one of {', '.join(FORMATS)}")
    return name


def _known_of_case(name: str) -> str:
    if name not in OF_CASE:
        raise ValueError(f"it is one of {', '.join(OF_CASE)}")
    return name


REPORT: Final = "report"
OF_CASE = [*FORMATS, REPORT]
MARKDOWN = "text/markdown; charset=utf-8"
HOW = "How it is written."
Named = Annotated[str, AfterValidator(_known), Query(description=HOW, json_schema_extra={"enum": [*FORMATS]})]
NamedOfCase = Annotated[
    str, AfterValidator(_known_of_case), Query(description=HOW, json_schema_extra={"enum": OF_CASE})
]
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
    a_file: dict[str, Any] = {
        "response_class": Response,
        "responses": {200: {"content": _content(), "description": "Done."}},
    }

    @router.get("/scan/{task_id}/export", **a_file, **doors.scope(Scope.READ))
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

    @router.get("/cases/{case_id}/export", **a_file, **doors.scope(Scope.READ))
    async def export_a_case(
        case_id: str,
        caller: Them,
        format: NamedOfCase = "json",  # noqa: A002  its name in the URL
    ) -> Response:
        """A case as a file: what happened in it, and those of its scans that you may see. `report` is the Markdown that
        /case report and closing post."""
        await doors.admit(caller)
        file, by = await case_seen(front, caller, case_id, door=DOOR), caller.name or caller.user
        await guard.check(front, who(caller, DOOR), "export", f"case {case_id}: {format}")
        if format == REPORT:
            return await answered(partial(_report, file, front.titles))
        return await answered(
            partial(make_case, front.store, front.settings, file, FORMATS[format], by=by, alone=caller.asked)
        )

    @router.get("/case/{case_id}/export", deprecated=True, **a_file, **doors.scope(Scope.READ))
    async def export_a_case_by_its_old_address(
        case_id: str,
        caller: Them,
        format: NamedOfCase = "json",  # noqa: A002  its name in the URL
    ) -> Response:
        """The same as /cases/{case_id}/export."""
        return await export_a_case(case_id, caller, format)

    async def answered(making: Callable[[], Export]) -> Response:
        try:
            async with turns:
                made = await front.record(making, within=WITHIN)
        except NoExport as refusal:
            step = "Ask for another format."
            raise Problem(422, "no-export", "This cannot be exported so", str(refusal), step=step) from refusal
        headers = SAFE | {"Content-Disposition": f'attachment; filename="{made.name}"'}
        return Response(made.content, media_type=made.media_type, headers=headers)


def _report(file: Casefile, titles: Mapping[str, str]) -> Export:
    made = report(file, titles, now=clock.now())
    return Export(made.name, MARKDOWN, made.content)
