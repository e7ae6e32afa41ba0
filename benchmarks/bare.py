"""What our answers are compared with: a bare signed route, bare Bolt that acknowledges at once, bare FastAPI."""

from __future__ import annotations

import hashlib
import hmac
import time
from urllib.parse import parse_qs

import click
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from slack_bolt.adapter.fastapi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

PATH = "/slack/events"


def starlette(secret: str) -> Starlette:
    """Checks the signature as Slack's documentation says, reads the form, answers nothing."""

    async def signed(request: Request) -> Response:
        body = await request.body()
        stamp = request.headers["x-slack-request-timestamp"]
        mac = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        genuine = hmac.compare_digest(f"v0={mac}", request.headers["x-slack-signature"])
        if not genuine or abs(time.time() - int(stamp)) > 300:
            return Response(status_code=401)
        return Response("" if parse_qs(body.decode())["text"] else "?")

    return Starlette(routes=[Route(PATH, signed, methods=["POST"])])


def bolt(secret: str) -> FastAPI:
    """Async Bolt on FastAPI, answering before its response is sent, as ours does."""

    async def authorize(**_: object) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T0SANDBOX", bot_token="xoxb-benchmark")

    app = AsyncApp(signing_secret=secret, authorize=authorize, process_before_response=True)

    @app.command("/scan")
    async def scan(ack: AsyncAck) -> None:
        await ack()

    web = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    requests = AsyncSlackRequestHandler(app)

    @web.post(PATH)
    async def slack_events(request: Request) -> Response:
        return await requests.handle(request)

    return web


class Asked(BaseModel):
    """What POST /scan takes, at its least."""

    target: str
    collectors: list[str] = []


def fastapi(_secret: str) -> FastAPI:
    """A route that reads a body of the API's and answers as it does, and does nothing else."""
    web = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @web.post("/scan", status_code=202)
    async def scan(asked: Asked) -> dict[str, str]:
        return {"task_id": "none", "status": "PENDING", "target": asked.target}

    return web


APPS = {"starlette": starlette, "bolt": bolt, "fastapi": fastapi}


@click.command()
@click.argument("what", type=click.Choice(list(APPS)))
@click.option("--port", required=True, type=int)
@click.option("--secret", required=True)
def main(what: str, port: int, secret: str) -> None:
    """Serve one of them until stopped."""
    uvicorn.run(APPS[what](secret), host="127.0.0.1", port=port, log_config=None, access_log=False)


if __name__ == "__main__":
    main()
