"""The scans somebody may see: running and recent, the newest first, live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, FastAPI, Query, Request, Response

from bot.front import AT_LEISURE, Front
from bot.web.pages.routes import Reader, router
from bot.web.pages.site import Site
from core.errors import GumshoeError, NotATarget
from core.models import Kind
from core.progress import Progress
from core.store import Filters
from core.targets import parse

SHOWN = 30  # scans on a page


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the reader narrowed to, as written in the address; what is empty does not narrow."""

    status: str = ""
    kind: str = ""
    target: str = ""
    tag: str = ""
    cursor: str = ""

    def as_query(self, **changes: str) -> dict[str, str]:
        names = ("status", "kind", "target", "tag", "cursor")
        return {name: value for name in names if (value := changes.get(name, getattr(self, name)))}

    def link(self, **changes: str) -> str:
        return "/?" + urlencode(self.as_query(**changes))

    @property
    def any(self) -> bool:
        return bool(self.status or self.kind or self.target or self.tag)


def chosen(
    *,
    status: Annotated[str, Query(max_length=20)] = "",
    kind: Annotated[str, Query(max_length=20)] = "",
    target: Annotated[str, Query(max_length=400)] = "",
    tag: Annotated[str, Query(max_length=100)] = "",
    cursor: Annotated[str, Query(max_length=200)] = "",
) -> Chosen:
    """A dependency for FastAPI: what the address says, without words that we do not know."""
    status = status if status in set(Progress) else ""
    kind = kind if kind in set(Kind) else ""
    return Chosen(status, kind, target.strip(), tag.strip().lstrip("#"), cursor)


def add(web: FastAPI, site: Site) -> None:
    """Route: `/`."""
    routes, front = router(site), site.front

    @routes.get("/")
    async def listed(
        request: Request,
        chosen: Annotated[Chosen, Depends(chosen)],
        caller: Reader,
    ) -> Response:
        what: dict[str, Any] = {"caller": caller, "chosen": chosen, "kinds": list(Kind), "statuses": list(Progress)}
        try:
            filters = filters_of(front, chosen)
        except GumshoeError as error:
            return site.page(request, "scans.html", scans=(), more="", wrong=str(error), status=422, **what)
        page = await front.record(
            lambda: front.store.listing.page(caller, filters, cursor=chosen.cursor, limit=SHOWN), within=AT_LEISURE
        )
        more = chosen.link(cursor=page.cursor) if page.cursor else ""
        return site.page(request, "scans.html", scans=page.scans, more=more, wrong="", **what)

    web.include_router(routes)


def filters_of(front: Front, chosen: Chosen) -> Filters:
    """Which scans the reader wants.

    Raises:
        NotATarget: what they look for is none; with the sentence for them.
    """
    target = None
    if chosen.target:
        try:
            target = parse(chosen.target, allow=front.settings.allow_networks)
        except NotATarget as error:
            raise NotATarget(f"To find the scans of a target, write it in full. {error}") from error
    return Filters(
        status=Progress(chosen.status) if chosen.status else None,
        kind=Kind(chosen.kind) if chosen.kind else None,
        target=target,
        tag=chosen.tag,
    )
