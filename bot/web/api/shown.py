"""The OpenAPI document at `/openapi.json`, and `/docs`: the same as a page for people, without a script."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, JSONResponse, Response
from markupsafe import Markup, escape

from bot.web.api import answers
from bot.web.api.doors import SCOPE
from bot.web.problems import MEDIA
from core import VERSION

HERE = Path(__file__).parent
PREFIX = "/api/v1"
POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
SAFE = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
ABOUT = """The same scans as in Slack, for programs. Send a token with each request: `Authorization: Bearer gum_...`;
whoever runs this makes one with `python -m bot token create`. Every error is a problem document (RFC 9457) whose `next`
says what to do. How to use it: docs/how-to/use-the-rest-api.md."""
WORDS = {  # what each answer that is no success says
    400: "The body is not JSON, or a header is malformed.",
    401: "The token is not good: unknown, expired or revoked.",
    403: "The token may not do this, or the guard said no.",
    404: "There is no such scan, or it is not yours to see.",
    409: "Not now: the scan is still running, or was asked again since.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "This cannot be asked; `detail` says why.",
    429: "Too often; Retry-After says for how long to wait.",
    500: "Something broke, and was logged.",
    503: "The database, the queue or Slack does not answer.",
}
DONE = {"200": "Done.", "202": "Written down; it is done by and by."}
ALWAYS = (401, 403, 422, 429, 500, 503)
WITH_BODY = (400, 413, 415)


def add(web: FastAPI) -> None:
    """Add `/openapi.json`, `/docs` and its style sheet."""

    @web.get("/openapi.json", include_in_schema=False)
    async def openapi() -> JSONResponse:
        return JSONResponse(document(web), headers={"X-Content-Type-Options": "nosniff"})

    @web.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(page(document(web)), headers=SAFE)

    @web.get("/docs/style.css", include_in_schema=False)
    async def style() -> Response:
        return Response(_text("docs.css"), media_type="text/css", headers=SAFE)


def document(web: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of all that is below /api/v1, by whoever added it."""
    if web.openapi_schema is None:
        web.openapi_schema = _document(web)
    return web.openapi_schema


def _document(web: FastAPI) -> dict[str, Any]:
    told = get_openapi(title="Gumshoe", version=VERSION, description=ABOUT, routes=web.routes)
    told["paths"] = {path: each for path, each in told["paths"].items() if path.startswith(PREFIX)}
    schemas = told.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = answers.Problem.model_json_schema()
    told["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    told["security"] = [{"token": []}]
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            _finish(path, method, operation)
    return told


def _finish(path: str, method: str, operation: dict[str, Any]) -> None:
    """Say of an operation what it needs, and how it may fail."""
    responses = operation["responses"]
    named = "{" in path or path.endswith("/scan")  # a scan may name its parent
    wanted = [*ALWAYS, *(WITH_BODY if "requestBody" in operation else ()), *(404,) * named]
    wanted += [409] if path.endswith(("/rerun", "/diff")) else [400] if method == "post" else []
    responses.pop("422", None)
    for status, words in DONE.items():
        if status in responses:
            responses[status]["description"] = words
    problem = {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status in sorted(set(wanted)):
        known = responses.setdefault(str(status), {"description": WORDS[status]})
        known["content"] = known.get("content", {}) | problem
    if method == "post" and path.rpartition("/")[2] in ("scan", "scans", "rerun"):
        operation.setdefault("parameters", []).append(KEY)


KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same request with the same key does nothing twice and gets the same answer, for two days.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}


def page(told: dict[str, Any]) -> str:
    """The document as a page."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    environment.filters["code"] = code
    operations = [
        {"path": path, "method": method.upper(), "scope": each.get(SCOPE, "read"), **each}
        for path, methods in told["paths"].items()
        for method, each in methods.items()
    ]
    return environment.get_template("docs.html").render(told=told, operations=operations, shape=shape)


def code(text: str) -> Markup:
    """What stands between backticks, as code; all of it escaped."""
    parts = [escape(part) for part in text.split("`")]
    return Markup("").join(Markup("<code>{}</code>").format(part) if at % 2 else part for at, part in enumerate(parts))


def shape(schema: dict[str, Any]) -> str:
    """What a schema says, in a few words; what it refers to by name."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(shape(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {shape(schema.get('items', {}))}"
    return str(schema.get("type", "anything"))


@cache
def _text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")
