"""What an HTTP answer means before anybody reads its content: an answer, a limit, a wall or a fault."""

from __future__ import annotations

import re
from collections.abc import Mapping

from collectors.doors.retry import MOST_PATIENT, Busy, retry_after
from collectors.doors.said import exhausted
from core import clock
from core.clock import span
from core.errors import BadKey, Blocked, Changed, Forbidden, RateLimited, SourceDown, SourceError, SourceTimeout

SAMPLE = 65536
"""Bytes of a page in which the signs of a wall are looked for."""

WALLS: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("a captcha", re.compile(rb"captcha|are you (?:a )?(?:human|robot)|not a robot|unusual traffic")),
    (
        "a bot check",
        re.compile(
            rb"just a moment\.\.\.|cf-chl|cf_chl|challenge-platform|checking your browser|ddos-guard|_incapsula_"
            rb"|datadome|perimeterx|px-captcha|enable javascript and cookies|anubis_challenge"
        ),
    ),
    (
        "a firewall's refusal",
        re.compile(rb"attention required|access denied|request blocked|you have been blocked|web application firewall"),
    ),
    ("a login page", re.compile(rb"type=[\"']?password")),
)


def judge(status: int, headers: Mapping[str, str], sample: bytes, *, source: str) -> SourceError:
    """The error a status stands for when the caller did not list it as an answer.

    `sample` is the beginning of the body; the statuses are those of RFC 9110, 429 of RFC 6585.
    """
    if is_page(headers, sample) and (wall := wall_in(headers, sample)):
        return Blocked(f"{source} showed {wall}.")
    if status == 429 or (status == 403 and _spent(headers)):
        return _limited(status, headers, source)
    if status in REFUSALS:
        kind, sentence = REFUSALS[status]
        return kind(f"{source} {sentence} ({status}).")
    if 300 <= status < 400:
        return Changed(f"{source} sends us to another address ({status}).")
    if status in (404, 410) or status >= 500 or status < 200:
        return _down(status, headers, source)
    return Changed(f"{source} did not accept the question ({status}).")


REFUSALS: dict[int, tuple[type[SourceError], str]] = {
    401: (BadKey, "did not accept the key"),
    402: (Forbidden, "wants payment for this question"),
    403: (Forbidden, "does not let us ask this"),
    407: (Blocked, "is behind a proxy that wants a login"),
    408: (SourceTimeout, "gave up waiting for our question"),
    451: (Forbidden, "may not answer this for legal reasons"),
    511: (Blocked, "is behind a network login"),
}


def not_json(headers: Mapping[str, str], body: bytes, *, source: str) -> SourceError | None:
    """The error for a web page where JSON was asked for; None when the body may be JSON."""
    if not is_page(headers, body):
        return None
    if wall := wall_in(headers, body):
        return Blocked(f"{source} showed {wall}.")
    return Changed(f"{source} answered a web page where JSON was expected.")


def is_page(headers: Mapping[str, str], body: bytes) -> bool:
    return "html" in headers.get("content-type", "").lower() or body[:512].lstrip()[:1] == b"<"


def wall_in(headers: Mapping[str, str], body: bytes) -> str:
    """What kind of wall a page is; "" for an ordinary page."""
    if headers.get("cf-mitigated") == "challenge":
        return "a bot check"
    low = body[:SAMPLE].lower()
    return next((name for name, signs in WALLS if signs.search(low)), "")


def _spent(headers: Mapping[str, str]) -> bool:
    """Whether a 403 is about how often we ask: GitHub answers that instead of 429."""
    return retry_after(headers.get("retry-after")) is not None or exhausted(headers, clock.now()) is not None


def _limited(status: int, headers: Mapping[str, str], source: str) -> RateLimited:
    wait = retry_after(headers.get("retry-after"))
    if wait is None and (reset := exhausted(headers, clock.now())) is not None:
        wait = min(reset, MOST_PATIENT)
    when = "It did not say for how long." if wait is None else f"It may be asked again in {span(wait)}."
    return RateLimited(f"{source} asks us to slow down ({status}). {when}", retry_after=wait)


def _down(status: int, headers: Mapping[str, str], source: str) -> SourceDown:
    wait = retry_after(headers.get("retry-after"))
    sentence = f"{source} is out of order (it answered {status})."
    return SourceDown(sentence) if wait is None else Busy(sentence, retry_after=wait)
