"""What an HTTP answer means before anybody reads its content: an answer, a limit, a wall or a fault."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from collectors.doors.parse import json_value
from collectors.doors.retry import MOST_PATIENT, Busy, retry_after
from collectors.doors.said import exhausted
from core import clock
from core.clock import span
from core.errors import BadKey, Blocked, Changed, Forbidden, RateLimited, SourceDown, SourceError, SourceTimeout
from core.language import N_
from core.language.noted import noted

SAMPLE = 65536
"""Bytes of a page in which the signs of a wall are looked for."""

AGAIN_IN = N_("It may be asked again in {wait}.")
SENT_MORE = N_("{source} sent more than the {most:,} bytes I read at most.")
SHOWED = N_("{source} showed {wall}.")
BOT_CHECK = N_("a bot check")
WALLS: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    (N_("a captcha"), re.compile(rb"captcha|are you (?:a )?(?:human|robot)|not a robot|unusual traffic")),
    (
        BOT_CHECK,
        re.compile(
            rb"just a moment\.\.\.|cf-chl|cf_chl|challenge-platform|checking your browser|ddos-guard|_incapsula_"
            rb"|datadome|perimeterx|px-captcha|enable javascript and cookies|anubis_challenge"
        ),
    ),
    (
        N_("a firewall's refusal"),
        re.compile(rb"attention required|access denied|request blocked|you have been blocked|web application firewall"),
    ),
    (N_("a login page"), re.compile(rb"type=[\"']?password")),
)


def judge(status: int, headers: Mapping[str, str], sample: bytes, *, source: str) -> SourceError:
    """The error a status stands for when the caller did not list it as an answer.

    `sample` is the beginning of the body; the statuses are those of RFC 9110, 429 of RFC 6585.
    """
    if is_page(headers, sample) and (wall := wall_in(headers, sample)):
        return Blocked(noted(SHOWED, source=source, wall=wall))
    if status == 429 or (status == 403 and _spent(headers)):
        return _limited(status, headers, source)
    if status in REFUSALS:
        kind, sentence = REFUSALS[status]
        return kind(noted(sentence, source=source, status=status))
    if 300 <= status < 400:
        return Changed(noted("{source} sends us to another address ({status}).", source=source, status=status))
    if status in (404, 410) or status >= 500 or status < 200:
        return _down(status, headers, source)
    return Changed(noted("{source} did not accept the question ({status}).", source=source, status=status))


REFUSALS: dict[int, tuple[type[SourceError], str]] = {
    401: (BadKey, N_("{source} did not accept the key ({status}).")),
    402: (Forbidden, N_("{source} wants payment for this question ({status}).")),
    403: (Forbidden, N_("{source} does not let us ask this ({status}).")),
    407: (Blocked, N_("{source} is behind a proxy that wants a login ({status}).")),
    408: (SourceTimeout, N_("{source} gave up waiting for our question ({status}).")),
    451: (Forbidden, N_("{source} may not answer this for legal reasons ({status}).")),
    511: (Blocked, N_("{source} is behind a network login ({status}).")),
}


def not_json(headers: Mapping[str, str], body: bytes, *, source: str) -> SourceError | None:
    """The error for a web page where JSON was asked for; None when the body may be JSON."""
    if not is_page(headers, body):
        return None
    if wall := wall_in(headers, body):
        return Blocked(noted(SHOWED, source=source, wall=wall))
    return Changed(noted("{source} answered a web page where JSON was expected.", source=source))


def said(sample: bytes) -> Any:
    """The JSON of a refusal, for those who know the source's own form of errors; None when it is none."""
    try:
        return json_value(sample, "")
    except SourceError:
        return None


def is_page(headers: Mapping[str, str], body: bytes) -> bool:
    return "html" in headers.get("content-type", "").lower() or body[:512].lstrip()[:1] == b"<"


def wall_in(headers: Mapping[str, str], body: bytes) -> str:
    """What kind of wall a page is; "" for an ordinary page."""
    if headers.get("cf-mitigated") == "challenge":
        return BOT_CHECK
    low = body[:SAMPLE].lower()
    return next((name for name, signs in WALLS if signs.search(low)), "")


def _spent(headers: Mapping[str, str]) -> bool:
    """Whether a 403 is about how often we ask: GitHub answers that instead of 429."""
    return retry_after(headers.get("retry-after")) is not None or exhausted(headers, clock.now()) is not None


def _limited(status: int, headers: Mapping[str, str], source: str) -> RateLimited:
    wait = retry_after(headers.get("retry-after"))
    if wait is None and (reset := exhausted(headers, clock.now())) is not None:
        wait = min(reset, MOST_PATIENT)
    when = noted("It did not say for how long.") if wait is None else noted(AGAIN_IN, wait=span(wait))
    said = noted("{source} asks us to slow down ({status}).", source=source, status=status)
    return RateLimited(f"{said} {when}", retry_after=wait)


def _down(status: int, headers: Mapping[str, str], source: str) -> SourceDown:
    wait = retry_after(headers.get("retry-after"))
    sentence = noted("{source} is out of order (it answered {status}).", source=source, status=status)
    return SourceDown(sentence) if wait is None else Busy(sentence, retry_after=wait)
