"""Idempotency-Key: the same request sent again gets the same answer and does nothing twice
(draft-ietf-httpapi-idempotency-key-header). Keys belong to a token, and are remembered for two days."""

from __future__ import annotations

import hashlib
import re

from fastapi import Request
from pydantic import BaseModel

from bot.front import Front
from bot.web.problems import Problem
from core.callers import Caller

HEADER = "Idempotency-Key"
LONGEST = 255
VISIBLE = re.compile(r"[\x21-\x7e]+")


def key_of(request: Request, caller: Caller) -> str:
    """The name under which this request is remembered; nothing when it brought no key. With and without the quotes
    that the draft wants is the same key.

    Raises:
        Problem: it is none.
    """
    given = request.headers.getlist(HEADER)
    if not given:
        return ""
    key = given[0].strip()
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if len(given) > 1 or len(key) > LONGEST or not VISIBLE.fullmatch(key):
        sentence = f"An Idempotency-Key has 1 to {LONGEST} visible characters, and there is one of it."
        raise Problem(400, "bad-key", "Not a key", sentence, step="Send a new random one, such as a UUID.")
    return f"api:{caller.key}:{key}"


async def remembered(front: Front, key: str, request: Request, body: BaseModel, note: str = "") -> str:
    """Remember what is asked with this key, and a note; returns the note of the first time.

    Raises:
        Problem: the key stood for another request before.
    """
    print_ = hashlib.sha256(f"{request.method} {request.url.path} {body.model_dump_json()}".encode()).hexdigest()
    kept = await front.record(lambda: front.store.audit.remember(_digest(key), f"{print_} {note}"))
    before, _, first = kept.partition(" ")
    if before != print_:
        sentence = "This Idempotency-Key came with another request before."
        step = "Send a new key with a new request, or the old request unchanged."
        raise Problem(422, "key-reused", "Key used before", sentence, step=step)
    return first


def _digest(key: str) -> str:
    return hashlib.sha256(f"idempotency {key}".encode()).hexdigest()
