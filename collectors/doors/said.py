"""What a source says about its own limits in the headers of an answer, in the forms that are in use.

`X-RateLimit-*` (GitHub, GitLab, AbuseIPDB, Docker Hub; Reset in seconds since 1970 or from now), `X-Rate-Limit-*` with
`-Window` and `-Reset-After` (urlscan.io), `X-RateLimit-*-Day` and `-Month` (gateways), `RateLimit-*` and the combined
`RateLimit` of the IETF's drafts. Have I Been Pwned says Retry-After alone; VirusTotal, Shodan and SecurityTrails say
nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from core.ledger import Period

HOUR = 3600.0
DAY = 24 * HOUR
FORMS = ("x-ratelimit-", "x-rate-limit-", "ratelimit-")
PERIODS: dict[str, Period] = {"day": "day", "month": "month"}
EPOCH = 1_000_000_000  # what is larger counts from 1970
COMBINED = re.compile(r"(?:^|[;,\s])(limit|remaining|reset|r|t)=(\d{1,12})")


@dataclass(frozen=True, slots=True)
class Said:
    """One limit as its source tells it."""

    left: int | None = None
    limit: int | None = None
    reset: float | None = None  # seconds from now
    period: Period | None = None  # None: shorter than a day, or not known


def said(headers: Mapping[str, str], now: datetime) -> list[Said]:
    """What these headers (names in lower case) say; nothing when they say nothing that can be read."""
    return [each for each in (*_by_names(headers, now), *_combined(headers)) if each != Said()]


def exhausted(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds until there is something again, when the source says that nothing is left; None when it does not."""
    waits = [each.reset for each in said(headers, now) if each.left == 0 and each.reset is not None]
    return max(waits, default=None)


def _by_names(headers: Mapping[str, str], now: datetime) -> Iterator[Said]:
    for form in FORMS:
        reset = _reset(headers, form, now)
        window = headers.get(f"{form}window", "").strip().lower()
        left, limit = _number(headers.get(f"{form}remaining")), _number(headers.get(f"{form}limit"))
        if left is not None or limit is not None:
            yield Said(left, limit, reset, PERIODS.get(window) if window else _guess(reset))
        for name, period in PERIODS.items():
            left = _number(headers.get(f"{form}remaining-{name}"))
            limit = _number(headers.get(f"{form}limit-{name}"))
            if left is not None or limit is not None:
                yield Said(left, limit, None, period)


def _combined(headers: Mapping[str, str]) -> Iterator[Said]:
    found = dict(COMBINED.findall(headers.get("ratelimit", "")[:500]))
    left, reset = found.get("remaining", found.get("r")), found.get("reset", found.get("t"))
    if left is not None:
        seconds = float(reset) if reset is not None else None
        limit = int(found["limit"]) if "limit" in found else None
        yield Said(int(left), limit, seconds, _guess(seconds))


def _reset(headers: Mapping[str, str], form: str, now: datetime) -> float | None:
    after = _number(headers.get(f"{form}reset-after"))
    if after is not None:
        return float(after)
    value = headers.get(f"{form}reset", "").strip()
    number = _number(value)
    if number is not None:
        stamp = number / 1000 if number > EPOCH * 1000 else float(number)
        return max(0.0, stamp - now.timestamp()) if stamp > EPOCH else stamp
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        return None
    return max(0.0, (when.replace(tzinfo=when.tzinfo or UTC) - now).total_seconds())


def _number(value: str | None) -> int | None:
    """A whole number; of several policies ("100, 100;w=60") the first."""
    first = (value or "").split(",")[0].split(";")[0].strip()
    return int(first[:15]) if first.isascii() and first.isdigit() else None


def _guess(reset: float | None) -> Period | None:
    """Which window runs out then: what ends within two hours is taken for a shorter one."""
    if reset is None or reset <= 2 * HOUR:
        return None
    return "month" if reset > 2 * DAY else "day"
