"""crt.sh's JSON search: every logged certificate whose names match, expired ones included, twice each.

Shapes as captured from the real service: no paging, `name_value` with one name per line, times
without a zone, HTML with status 200 for a question it does not understand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from sandbox.sources.page import Ask, Page, Site, as_json, html
from sandbox.sources.world.certificates import Certificate, flood
from sandbox.sources.world.whole import World

FIRST_ID = 15_123_456_000  # beyond 32 bits, as today's ids are
FLOODED = "hostile.test"


def _about(ask: Ask) -> str:
    return _pattern(ask).removeprefix("%").removeprefix(".").lower()


def _pattern(ask: Ask) -> str:
    return next((value.strip() for key in ("q", "identity", "dNSName") if (value := ask.first(key))), "")


def _answer(world: World, ask: Ask) -> Page:
    pattern = _pattern(ask)
    if not pattern or ask.path != "/" or ask.first("output") != "json":
        return html("crt.sh | Certificate Search", "Enter an Identity (Domain Name, Organization Name, etc)")
    once = ask.first("deduplicate") == "Y"
    found = [each for each in world.certificates if _matches(each, pattern)]
    if ask.first("exclude") == "expired":
        found = [each for each in found if each.not_after > world.now]
    rows = [row for each in reversed(found) for row in _rows(each, once=once)]
    if _about(ask) == FLOODED:
        rows += [row for each in flood(world.today) for row in _rows(each, once=True)]
    return as_json(rows)


def _matches(certificate: Certificate, pattern: str) -> bool:
    """SQL's ILIKE on any name of the certificate, whole; `%` alone is a joker."""
    like = re.compile(re.escape(pattern).replace("%", ".*").replace("_", "."), re.IGNORECASE | re.DOTALL)
    return any(like.fullmatch(name) for name in certificate.names)


def _rows(certificate: Certificate, *, once: bool) -> Iterator[dict[str, object]]:
    """The leaf and its precertificate: the same serial number under two ids."""
    number = FIRST_ID + int(certificate.digest("id")[:8], 16) * 2  # follows from what it says
    logged = certificate.not_before + timedelta(hours=1, seconds=7, milliseconds=345)
    for offset in (0,) if once else (1, 0):
        yield {
            "issuer_ca_id": certificate.issuer.id,
            "issuer_name": certificate.issuer.name,
            "common_name": certificate.common_name,
            "name_value": "\n".join(certificate.names),
            "id": number + offset,
            "entry_timestamp": (logged + timedelta(seconds=offset)).isoformat(timespec="milliseconds")[:23],
            "not_before": f"{certificate.not_before:%Y-%m-%dT%H:%M:%S}",
            "not_after": f"{certificate.not_after:%Y-%m-%dT%H:%M:%S}",
            "serial_number": certificate.serial,
            "result_count": len(certificate.names) + 1,
        }


SITES = {"crt.sh": Site(about=_about, answer=_answer)}
