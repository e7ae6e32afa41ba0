"""What all pages share: templates, static files under names that tell their content, and the headers of each answer."""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2
from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from bot.front import Front
from bot.web.pages import shown
from core import clock
from core.callers import Caller, Scope

HERE = Path(__file__).parent.parent
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with no-referrer, browsers hide the Origin of our own forms too (Fetch 3.2)
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class File:
    """A static file."""

    content: bytes
    media: str
    digest: str


class Site:
    """One per bot process."""

    def __init__(self, front: Front) -> None:
        self.front = front
        self._files = {str(path.relative_to(HERE / "static")): _read(path) for path in _paths(HERE / "static")}
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= shown.FILTERS
        self._templates.globals |= {"static": self.static, "Scope": Scope} | shown.WORDS

    def static(self, name: str) -> str:
        """Where a static file is: with its content its address changes, so browsers may keep it for ever."""
        return f"/static/{self._files[name].digest}/{name}"

    def file(self, digest: str, name: str) -> Response | None:
        """The answer for a static file. Another digest means a page of another release: it gets what we have, and
        must ask again."""
        found = self._files.get(name)
        if found is None:
            return None
        keep = FOR_EVER if digest == found.digest else "no-store"
        return Response(found.content, media_type=found.media, headers=HEADERS | {"Cache-Control": keep})

    def page(
        self, request: Request, name: str, *, caller: Caller | None = None, status: int = 200, **what: Any
    ) -> HTMLResponse:
        """A page from its template."""
        here = request.url.path
        now = clock.now().astimezone(UTC)
        text = self._templates.get_template(name).render(caller=caller, here=here, now=now, **what)
        return HTMLResponse(text, status, headers=HEADERS | {"Cache-Control": "no-store"})


def _paths(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _read(path: Path) -> File:
    content = path.read_bytes()
    media = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return File(content, media, hashlib.sha256(content).hexdigest()[:16])


def stamp(when: datetime) -> str:
    """A time as pages name it."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
