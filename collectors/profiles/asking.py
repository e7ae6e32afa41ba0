"""One question to a service's documented, public API, and when its answer may count as "not there"."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from collectors.doors.verdict import is_page
from core.errors import Changed
from core.language.noted import noted

if TYPE_CHECKING:
    from collectors.fetch import Fetch, Reply

TIMEOUT = 8.0


async def ask(
    fetch: Fetch,
    url: str,
    source: str,
    *,
    expect: type | tuple[type, ...] = dict,
    absent: Collection[int] = (404,),
    params: Mapping[str, str | SecretStr] | None = None,
    **options: Any,
) -> Reply | None:
    """The answer; None when the service says in its own form that there is no such thing.

    Raises:
        SourceError: as `fetch.json`, and Changed for a web page where the service would say "not there" in JSON: a
            proxy or another server knows nothing about profiles.
    """
    reply = await fetch.json(
        url, source=source, expect=expect, absent=absent, params=params, timeout=TIMEOUT, **options
    )
    if not reply.absent:
        return reply
    if is_page(reply.headers, reply.body):
        raise Changed(
            noted(
                "{source} answered a web page ({status}) where JSON was expected.", source=source, status=reply.status
            )
        )
    return None
