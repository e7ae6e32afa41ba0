"""Questions to Shodan with a key, and what its errors mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from collectors import shape
from core.errors import BadKey, Changed, Forbidden, RateLimited, SourceDown, SourceError
from core.language.noted import noted

if TYPE_CHECKING:
    from collectors.fetch import Fetch, Reply

REST, REST_HOST = "https://api.shodan.io", "api.shodan.io"
KEY = "shodan_key"
NAME = "Shodan"
CAP = 8 * 1024 * 1024  # a host with hundreds of services takes some megabytes


async def ask(fetch: Fetch, path: str, *, cost: int, **params: str) -> Reply:
    """One question with the key, which Shodan takes in the query string only.

    Raises:
        SourceError: as `fetch.json`, and for an error that came with status 200.
    """
    reply = await fetch.json(
        REST + path,
        params={**params, "key": fetch.key(KEY)},
        source=NAME,
        expect=dict,
        cap=CAP,
        timeout=20.0,
        cost=cost,
        refusal=refusal,
    )
    error = None if reply.absent else refusal(200, {}, reply.json())
    if error is not None:
        raise error
    return reply


def refusal(status: int, _headers: Mapping[str, str], said: Any) -> SourceError | None:
    """Shodan's own errors: {"error": "a sentence"}, now and then with status 200. The sentence is not repeated."""
    words = shape.text(said, "error").lower()
    if not words or status >= 500 or status in (401, 404, 429):
        return None
    if "membership" in words or "upgrade" in words or "credits" in words or status == 403:
        return Forbidden(noted("The plan of the Shodan key does not include this question."))
    if "rate limit" in words:
        return RateLimited(noted("Shodan asks us to slow down. It did not say for how long."))
    if "key" in words:
        return BadKey(noted("{source} did not accept the key.", source=NAME))
    return SourceDown(noted("Shodan answered with an error."))


def check_unknown(reply: Reply, word: str, asked: str) -> None:
    """Raises:
    Changed: the 404 is not the source's own way to say that it knows nothing.
    """
    said = shape.require(reply.json(), word, str, source=reply.source)
    if "no information" not in said.lower():
        sentence = noted("{source} did not understand the question for {asked}.", source=reply.source, asked=asked)
        raise Changed(sentence, source=reply.source, path=word)
