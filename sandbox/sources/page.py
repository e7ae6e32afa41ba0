"""What a web source is asked and what it gives back, free of any web framework."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sandbox.sources.world.whole import World


@dataclass(frozen=True, slots=True)
class Ask:
    """A GET: the path and the parameters, decoded, each with all its values; headers with names in lower case."""

    host: str
    path: str
    parameters: Mapping[str, Sequence[str]]
    headers: Mapping[str, str] = field(default_factory=dict)

    def first(self, name: str) -> str:
        """The first value of a parameter, empty when it is not given."""
        return next(iter(self.parameters.get(name, ())), "")


@dataclass(frozen=True, slots=True)
class Page:
    """An HTTP answer."""

    body: bytes
    content_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Site:
    """One web source: whom a question is about, and the answer."""

    about: Callable[[Ask], str]
    answer: Callable[[World, Ask], Page]


def as_json(
    value: object,
    *,
    status: int = 200,
    content_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> Page:
    """A JSON answer, letters beyond ASCII as they are."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Page(body, content_type=content_type, status=status, headers=headers or {})


def html(title: str, text: str, *, status: int = 200) -> Page:
    """A small HTML page; title and text are put in as they are."""
    body = f"<!doctype html><html lang=en><head><title>{title}</title></head><body><p>{text}</p></body></html>"
    return Page(body.encode(), status=status)
