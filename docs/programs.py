"""The page on the REST API, from the OpenAPI document that the bot serves."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from fastapi import FastAPI

from bot.web import api as rest
from bot.web.api.doors import SCOPE
from bot.web.api.shown import WORDS, document, shape
from docs.tables import table

INTRODUCTION = """Each request carries `Authorization: Bearer gum_...`; [how to use it](../how-to/use-the-rest-api.md).
The same is served by the bot at `/docs`, and for programs at `/openapi.json`.
Besides these, `GET /api/v1/scan/{task_id}/events` and `GET /api/v1/events` tell what changes as Server-Sent Events,
and `/api/v1/ws` over a WebSocket.
"""


def api() -> Iterator[str]:
    """Every operation, how any of them may fail, then every shape."""
    told = document(_served())
    yield INTRODUCTION
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            yield from _operation(f"{method.upper()} {path}", operation)
    yield from ["## When it is refused", "", "Each answers with a `Problem`, whose `next` says what to do:", ""]
    yield from table(("Answer", "When"), [(str(status), words) for status, words in sorted(WORDS.items())])
    yield from ["## Shapes", ""]
    for name, schema in sorted(told["components"]["schemas"].items()):
        yield from _schema(name, schema)


def _served() -> FastAPI:
    """The routes alone: nothing is opened."""
    web = FastAPI()
    front: Any = SimpleNamespace(settings=SimpleNamespace(api_requests_per_minute=1))
    rest.add(web, front)
    return web


def _operation(name: str, operation: dict[str, Any]) -> Iterator[str]:
    old = " **Deprecated.**" if operation.get("deprecated") else ""
    yield from [f"## {name}", "", f"{_line(operation['description'])} Needs the scope `{operation[SCOPE]}`.{old}", ""]
    given = operation.get("parameters", ())
    parameters = [(f"`{each['name']}`", each["in"], _kind(each["schema"]), _about(each)) for each in given]
    if parameters:
        yield from table(("Parameter", "In", "Is", "Means"), parameters)
    for content in operation.get("requestBody", {}).get("content", {}).values():
        yield from [f"Body: {_kind(content['schema'])}.", ""]
    own = {status: each for status, each in operation["responses"].items() if _is_own(int(status), each)}
    answers = [(status, _shapes(answer), answer["description"]) for status, answer in own.items()]
    yield from table(("Answer", "Shape", "When"), answers)


def _is_own(status: int, answer: dict[str, Any]) -> bool:
    """Not the way in which all of them may fail."""
    return bool(answer["description"] != WORDS.get(status))


def _schema(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield from [f"### {name}", ""]
    if about := _line(schema.get("description", "")):
        yield from [about, ""]
    if "enum" in schema:
        yield from ["One of " + ", ".join(f"`{each}`" for each in schema["enum"]) + ".", ""]
    needed = schema.get("required", ())
    rows = [
        (f"`{field}`", _kind(each), "yes" if field in needed else "", _about(each))
        for field, each in schema.get("properties", {}).items()
    ]
    if rows:
        yield from table(("Field", "Is", "Always", "Means"), rows)


def _kind(schema: dict[str, Any]) -> str:
    return shape(schema).replace(" | ", ", ")


def _about(each: dict[str, Any]) -> str:
    return _line(each.get("description", each.get("schema", {}).get("description", "")))


def _shapes(answer: dict[str, Any]) -> str:
    return " or ".join(_kind(content["schema"]) for content in answer.get("content", {}).values())


def _line(text: str) -> str:
    return " ".join(text.split())
