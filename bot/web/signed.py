"""Reads what claims to come from Slack: bounded in size, time and memory, signed just now, and never twice."""

from __future__ import annotations

import asyncio
import time

import structlog
from fastapi import Request
from slack_sdk.signature import SignatureVerifier

from bot.front import Front

log = structlog.get_logger()

MOST_BYTES = 1_000_000  # Slack's largest payloads (views) stay below 250 kB
MOST_HELD = 16 * MOST_BYTES  # of all bodies that are being read; what strangers send must not fill the memory
BODY_WITHIN = 3.0  # seconds; Slack itself hangs up then
LASTS = 300  # seconds a signature is valid, before and after its time
SAY_EVERY = 60.0  # seconds between two log lines about refusals, so that strangers cannot flood the log

STAMP, SIGNATURE = "x-slack-request-timestamp", "x-slack-signature"


class TurnedAway(Exception):
    """This request is not answered."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Door:
    """One per bot process."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._verifier = SignatureVerifier(front.settings.slack_signing_secret.get_secret_value())
        self._held = 0
        self._refused = 0
        self._said_at = -SAY_EVERY

    async def read(self, request: Request) -> str:
        """The body of a request that Slack signed for now and that was never seen before.

        Raises:
            TurnedAway: with the status to answer.
        """
        try:
            return await self._read(request)
        except TurnedAway as refusal:
            self._note(refusal)
            raise

    async def _read(self, request: Request) -> str:
        # What can be refused by its head is not read at all.
        length = _length(request)
        stamp, signature = _one(request, STAMP), _one(request, SIGNATURE)
        # Longer numbers are no times, and int() refuses thousands of digits.
        if not (stamp.isdecimal() and len(stamp) <= 12 and abs(time.time() - int(stamp)) <= LASTS):
            raise TurnedAway(401, "Not signed by Slack just now.")
        if not (signature.startswith("v0=") and signature.isascii()):
            raise TurnedAway(401, "Not signed by Slack.")
        body = await self._body(request, length)
        if not self._verifier.is_valid(body, stamp, signature):
            raise TurnedAway(401, "Not signed by Slack.")
        # Slack signs each of its retries with the time of that retry; one within the same second is tried later again.
        if not await self._front.is_new(f"signed:{signature}", lasts=2 * LASTS):
            raise TurnedAway(409, "Seen before.")
        return body

    async def _body(self, request: Request, length: int) -> str:
        body = bytearray()
        try:
            async with asyncio.timeout(BODY_WITHIN):
                async for piece in request.stream():
                    self._held += len(piece)
                    body += piece
                    if len(body) > length:
                        raise TurnedAway(413, "Longer than announced.")
                    if self._held > MOST_HELD:
                        raise TurnedAway(503, "Too many requests at once.")
            return body.decode("utf-8")
        except TimeoutError as error:
            raise TurnedAway(408, "Too slow.") from error
        except UnicodeDecodeError as error:
            raise TurnedAway(401, "Not signed by Slack.") from error
        finally:
            self._held -= len(body)

    def _note(self, refusal: TurnedAway) -> None:
        self._refused += 1
        now = time.monotonic()
        if now - self._said_at >= SAY_EVERY:
            log.warning("requests turned away", count=self._refused, last=str(refusal), status=refusal.status)
            self._refused, self._said_at = 0, now


def _length(request: Request) -> int:
    length = _one(request, "content-length")
    # With both headers the length means nothing (RFC 9112 6.3), and Slack never sends chunks.
    known = "transfer-encoding" not in request.headers and length.isdecimal() and len(length) < 10
    if not known or int(length) > MOST_BYTES:
        raise TurnedAway(413, "Too large, or of unknown length.")
    return int(length)


def _one(request: Request, name: str) -> str:
    """A header's value; of several, none is believed."""
    given = request.headers.getlist(name)
    return given[0] if len(given) == 1 else ""
