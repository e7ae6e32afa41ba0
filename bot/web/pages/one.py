"""One scan: its plan, what could not be looked at, what was found and where that comes from, and what can be done."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, FastAPI, Query, Request, Response

from bot.front import AT_LEISURE, Front
from bot.web.api.doors import ID, note_read
from bot.web.pages import changed, graph, judged, kinship, narrow
from bot.web.pages.narrow import Found
from bot.web.pages.routes import Reader, router
from bot.web.pages.site import HEADERS, Site
from bot.web.problems import not_there
from core.blocks.judged import ASKED
from core.blocks.readers import as_seen
from core.callers import Caller, Scope
from core.document import as_document
from core.models import Outcome, Run, Scan
from core.store import Outline
from tasks import scan as verbs
from tasks.explained import explain
from tasks.judged import judged_for

REASON = {  # why nothing happened, as the page says it after a click
    "ended": "Nothing to stop: this scan has ended.",
    "running": "It is still running. Cancel it first.",
    "since": "It was run again since: this is the newest round.",
}


@dataclass(frozen=True, slots=True)
class Look:
    """A scan as one person may read it."""

    outline: Outline
    scan: Scan
    own: bool


def add(web: FastAPI, site: Site) -> None:
    """Routes: `/scans/{id}` and what belongs to it."""
    routes, front, headlines = router(site), site.front, judged.Headlines()

    @routes.get("/scans/{scan_id}")
    async def one(
        request: Request,
        scan_id: str,
        chosen: Annotated[narrow.Chosen, Depends(narrow.chosen)],
        caller: Reader,
        note: Annotated[str, Query(max_length=20)] = "",
    ) -> Response:
        seen = await look(front, caller, scan_id)
        found: Found = await front.record(
            lambda: narrow.found(front.store, seen.outline, chosen, own=seen.own), within=AT_LEISURE
        )
        earlier = await front.record(lambda: changed.of(front.store, caller, seen.outline.scan), within=AT_LEISURE)
        beside = await front.record(
            partial(headlines.beside, front.store, seen.scan, caller, own=seen.own), within=AT_LEISURE
        )
        kin = await front.record(lambda: kinship.of(front.store, seen.outline, caller), within=AT_LEISURE)
        may_pivot = caller.may(Scope.SCAN) and not seen.scan.is_open
        allow = front.settings.allow_networks
        return site.page(
            request,
            "one.html",
            tree=kin.tree if len(kin.tree.members) > 1 or kin.tree.hidden else None,
            pivots=kinship.pivots(seen.outline.scan, kin.root, found, allow=allow) if may_pivot else {},
            caller=caller,
            beside=beside,
            scan=seen.scan,
            titles=front.titles,
            groups=_groups(seen.scan),
            found=judged.without_aside(found, beside),
            earlier=earlier,
            chosen=chosen,
            refresh=f"/scans/{scan_id}?{urlencode(chosen.as_query())}",
            may_act=caller.may(Scope.SCAN),
            why=seen.scan.target.is_selector and not seen.scan.reason,
            note=REASON.get(note, ""),
            failed=any(run.outcome is not None and verbs.wanted(run, "failed") for run in seen.scan.runs),
            unconsented=any(verbs.wanted(run, verbs.UNCONSENTED) for run in seen.scan.runs),
        )

    @routes.get("/scans/{scan_id}/graph")
    async def drawn(request: Request, scan_id: str, caller: Reader) -> Response:
        seen = await look(front, caller, scan_id)
        net = await front.record(lambda: graph.net(front.store, seen.outline, caller, front.titles), within=AT_LEISURE)
        blind = sum(len(runs) for _, runs in _groups(seen.scan))
        return site.page(request, "graph.html", caller=caller, scan=seen.scan, net=net, blind=blind)

    @routes.get("/scans/{scan_id}/graph.json")
    async def net(scan_id: str, caller: Reader) -> Response:
        seen = await look(front, caller, scan_id)
        net = await front.record(lambda: graph.net(front.store, seen.outline, caller, front.titles), within=AT_LEISURE)
        return Response(json.dumps(net.elements), media_type="application/json")

    @routes.get("/scans/{scan_id}/explain/{subject}")
    async def explained(request: Request, scan_id: str, subject: str, caller: Reader) -> Response:
        seen = await look(front, caller, scan_id)
        whole = await front.record(lambda: front.store.scans.get(scan_id), within=AT_LEISURE)
        asking = partial(explain, front.store, whole, subject[:80], caller.reader, alone=seen.own)
        told = await front.record(asking, within=AT_LEISURE)
        if told is None:
            raise not_there("finding or headline")
        return site.page(request, "explained.html", caller=caller, scan=seen.scan, told=told, asked=ASKED)

    @routes.get("/scans/{scan_id}/download")
    async def download(scan_id: str, caller: Reader) -> Response:
        seen = await look(front, caller, scan_id)
        whole = await front.record(lambda: front.store.scans.get(scan_id), within=AT_LEISURE)
        beside = await front.record(
            partial(judged_for, front.store, whole, caller.reader, alone=seen.own), within=AT_LEISURE
        )
        text = json.dumps(as_document(whole, alone=seen.own, beside=beside), indent=2)
        headers = HEADERS | {"Content-Disposition": f'attachment; filename="gumshoe-{seen.scan.id}.json"'}
        return Response(text, media_type="application/json", headers=headers)

    web.include_router(routes)


async def look(front: Front, caller: Caller, scan_id: str) -> Look:
    """A scan for its reader.

    Raises:
        Problem: there is no such scan, or not for this caller, which is the same to them.
    """
    if not ID.fullmatch(scan_id):
        raise not_there("scan")
    try:
        outline = await front.record(lambda: front.store.findings.outline(scan_id), within=AT_LEISURE)
    except KeyError:
        raise not_there("scan") from None
    if not caller.sees(outline.scan):
        raise not_there("scan")
    await note_read(front, caller, outline.scan, door="web")
    own = caller.asked(outline.scan)
    return Look(outline, as_shown(outline.scan, own=own), own)


def as_shown(scan: Scan, *, own: bool) -> Scan:
    """The scan as its reader may see it: what only a direct message shows, only who asked."""
    return replace(scan, runs=tuple(as_seen(scan, run, alone=own)[1] for run in scan.runs))


def _groups(scan: Scan) -> list[tuple[str, list[Run]]]:
    """What was not looked at, by how, before anything else."""
    ways = (
        ("Could not look", Outcome.FAILED),
        ("Only in part", Outcome.PARTIAL),
        ("Stopped", Outcome.CANCELLED),
        ("Skipped", Outcome.SKIPPED),
    )
    groups = [(word, [run for run in scan.runs if run.outcome is outcome]) for word, outcome in ways]
    return [(word, runs) for word, runs in groups if runs]
