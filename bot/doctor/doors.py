"""What is reached over HTTP: the bot's own door, the metrics, the address that the world knows, the traces."""

from __future__ import annotations

import asyncio
import socket
import urllib.error
import urllib.request
from ipaddress import ip_address
from urllib.parse import urlsplit

from bot.doctor.sign import Sign, bad, good, weak
from core.settings import Settings

WITHIN = 3.0  # seconds
SHORTEST = 16  # characters of a token that nobody guesses
HTTPS = "Put TLS in front of it (deploy/caddy) and set PUBLIC_URL=https://..., or HTTP_HOST=127.0.0.1."


async def doors(settings: Settings) -> list[Sign]:
    """All of them, side by side."""
    asking = (asyncio.to_thread(_public, settings), asyncio.to_thread(_traces, settings))
    return [_listens(settings), _metrics(settings), *(sign for sign in await asyncio.gather(*asking) if sign)]


def _listens(settings: Settings) -> Sign:
    place = f"{settings.http_host}:{settings.http_port}"
    if _is_loopback(settings.http_host):
        return good(f"The bot listens on {place}: this machine alone reaches it.")
    if settings.public_url.startswith("https://"):
        return good(f"The bot listens on {place}, and is known as {settings.public_url}.")
    return weak(f"The bot listens on {place} without TLS: tokens can be read on their way.", HTTPS)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _metrics(settings: Settings) -> Sign:
    given = settings.metrics_token.get_secret_value()
    if not given and _is_loopback(settings.http_host):
        return good("GET /metrics answers this machine alone.")
    if not given:
        step = "Set METRICS_TOKEN to 32 random characters, here and in Prometheus."
        return weak("GET /metrics answers this machine alone; a Prometheus elsewhere reads nothing.", step)
    if len(given) < SHORTEST:
        return bad(f"METRICS_TOKEN has less than {SHORTEST} characters and can be guessed.", "openssl rand -hex 32")
    return good("GET /metrics answers who has METRICS_TOKEN.")


def _public(settings: Settings) -> Sign | None:
    """Whether the address that Slack and people use leads to a bot."""
    if not settings.public_url:
        return None
    where = f"{settings.public_url.rstrip('/')}/live"
    step = "Does the bot run? Does the name lead to your proxy, and the proxy to HTTP_HOST and HTTP_PORT?"
    if not where.startswith(("https://", "http://")):
        return bad("PUBLIC_URL is no address with https://.", "PUBLIC_URL=https://bot.example")
    try:
        with urllib.request.urlopen(where, timeout=WITHIN) as answer:  # noqa: S310  it begins with http, see above
            if answer.status == 200:
                return good(f"{settings.public_url} leads to a bot.")
    except urllib.error.HTTPError as error:
        return weak(f"{where} answers {error.code}.", step)
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        return weak(f"{where} is not reached from here ({reason}).", step)
    return weak(f"{where} does not answer as a bot does.", step)


def _traces(settings: Settings) -> Sign | None:
    if not settings.otel_url:
        return None
    place = urlsplit(settings.otel_url)
    try:
        port = place.port or (443 if place.scheme == "https" else 80)
        with socket.create_connection((place.hostname or "", port), WITHIN):
            return good(f"Traces are sent to {place.hostname}:{port}, which is reached.")
    except (OSError, ValueError) as error:
        step = "Start the collector of traces, or take OTEL_URL out. Nothing else waits for it."
        return weak(f"OTEL_URL is not reached, so traces are thrown away ({error}).", step)
