"""What our acks are compared with: a bare signed route, and a bare Bolt app that acknowledges at once."""

from __future__ import annotations

import hashlib
import hmac
import time
from urllib.parse import parse_qs

import click
import uvicorn
from fastapi import FastAPI
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


@click.command()
@click.argument("what", type=click.Choice(["starlette", "bolt"]))
@click.option("--port", required=True, type=int)
@click.option("--secret", required=True)
def main(what: str, port: int, secret: str) -> None:
    """Serve one of them until stopped."""
    app = starlette(secret) if what == "starlette" else bolt(secret)
    uvicorn.run(app, host="127.0.0.1", port=port, log_config=None, access_log=False)


if __name__ == "__main__":
    main()
