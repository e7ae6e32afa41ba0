"""Questions to VirusTotal's API v3: look-ups only, because what is handed in is shown to others.

Shapes from docs.virustotal.com/reference and vt-py.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

from collectors import shape
from collectors.doors.retry import retry_after
from core.addresses import canonical
from core.errors import (
    BadKey,
    Changed,
    Forbidden,
    NotATarget,
    RateLimited,
    SourceDown,
    SourceError,
    SourceTimeout,
)
from core.language import N_
from core.language.noted import noted
from core.models import Kind, Target

if TYPE_CHECKING:
    from collectors.fetch import Fetch, Reply

HOST = "www.virustotal.com"
BASE = f"https://{HOST}/api/v3"
KEY = "virustotal_key"
NAME = "VirusTotal"
MINUTE = 60.0
NOT_ACCEPTED = "the question itself: not accepted"
HASHES = (32, 40, 64)
LONGEST_CURSOR = 1_000

PLACES = {Kind.DOMAIN: "domains", Kind.IP: "ip_addresses", Kind.URL: "urls", Kind.HASH: "files"}
TYPES = {Kind.DOMAIN: "domain", Kind.IP: "ip_address", Kind.URL: "url", Kind.HASH: "file"}


def place_of(target: Target) -> str:
    """Where VirusTotal keeps what it knows of a target; a URL by its base64url without padding.

    Raises:
        NotATarget: a hash of another kind than it knows.
    """
    if target.kind is Kind.HASH and len(target.value) not in HASHES:
        raise NotATarget(noted("VirusTotal knows files by MD5, SHA-1 and SHA-256; this is another kind of hash."))
    named = target.value
    if target.kind is Kind.URL:
        named = urlsafe_b64encode(named.encode()).decode().rstrip("=")
    return f"{PLACES[target.kind]}/{quote(named, safe=':')}"


def is_about(target: Target, id_: str) -> bool:
    """Whether an object of this id is the target. A URL's id is another form than the one it was asked for by, and a
    file's is its SHA-256 whatever hash was asked for; a domain's may be written in its own letters."""
    if target.kind is Kind.IP:
        return str(canonical(id_.strip())) == target.value
    if target.kind is Kind.DOMAIN and id_.isascii():
        return id_.strip().lower().rstrip(".") == target.value
    return target.kind is not Kind.HASH or len(target.value) != len(id_) or id_.lower() == target.value


async def ask(fetch: Fetch, place: str, **params: str) -> Reply:
    """One question, which uses one unit of the key's quota.

    Raises:
        SourceError: VirusTotal could not be asked; a 404 that is not its own comes as Changed.
    """
    reply = await fetch.json(
        f"{BASE}/{place}",
        params=params,
        headers={"x-apikey": fetch.key(KEY)},
        source=NAME,
        expect=dict,
        timeout=20.0,
        refusal=refusal,
    )
    if reply.absent and shape.text(reply.json(), "error", "code") != "NotFoundError":
        raise shape.differs(NAME, "error.code", noted("NotFoundError with status 404"), shape.MISSING)
    return reply


async def quota(fetch: Fetch) -> str:
    """Whether the key is taken, and what of the day's and month's questions is used; the question itself is free.

    Raises:
        SourceError: the key was refused, or VirusTotal could not be asked.
    """
    key = fetch.key(KEY)  # in the header and in the path: it has to be the same one
    reply = await fetch.json(
        f"{BASE}/users/{quote(key.get_secret_value(), safe='')}/overall_quotas",
        headers={"x-apikey": key},
        source=NAME,
        expect=dict,
        timeout=20.0,
        cost=0,
        refusal=refusal,
    )
    told = shape.mapping(reply.json(), "data") if not reply.absent else {}
    spent = [
        noted(sentence, used=used, allowed=allowed)
        for sentence, name in SPENT.items()
        if (used := shape.whole(told, name, "user", "used")) is not None
        and (allowed := shape.whole(told, name, "user", "allowed")) is not None
    ]
    untold = noted("The key is taken; what it allows was not told.")
    return noted("Used: {spent}.", spent=", ".join(spent)) if spent else untold


SPENT = {
    N_("{used:,} of {allowed:,} questions today"): "api_requests_daily",
    N_("{used:,} of {allowed:,} questions this month"): "api_requests_monthly",
}
ERRORS: dict[str, tuple[type[SourceError], str]] = {
    "WrongCredentialsError": (BadKey, noted("{source} did not accept the key.", source=NAME)),
    "AuthenticationRequiredError": (BadKey, noted("{source} did not accept the key.", source=NAME)),
    "UserNotActiveError": (BadKey, N_("The account that the VirusTotal key belongs to is not active.")),
    "ForbiddenError": (Forbidden, N_("The plan of the VirusTotal key does not include this question.")),
    "TransientError": (SourceDown, N_("VirusTotal cannot answer at the moment.")),
    "FailedDependencyError": (SourceDown, N_("VirusTotal cannot answer at the moment.")),
    "NotAvailableYet": (SourceDown, N_("VirusTotal cannot answer at the moment.")),
    "DeadlineExceededError": (SourceTimeout, N_("VirusTotal gave up on the question.")),
}


def refusal(_status: int, headers: Mapping[str, str], said: Any) -> SourceError | None:
    """VirusTotal's own errors: {"error": {"code", "message"}}. The message is not repeated: it holds what was asked."""
    code = shape.text(said, "error", "code")
    wait = retry_after(headers.get("retry-after"))
    if code == "QuotaExceededError":  # of the minute, mostly; nothing in the answer tells them apart
        sentence = noted(
            "The VirusTotal key has no questions left for this minute or this day, which ends at 00:00 UTC."
        )
        return RateLimited(sentence, retry_after=MINUTE if wait is None else wait)
    if code == "TooManyRequestsError":
        return RateLimited(noted("VirusTotal has too much to do and asks us to slow down."), retry_after=wait)
    if code in ("BadRequestError", "InvalidArgumentError"):
        sentence = noted("VirusTotal did not accept the question ({code}).", code=code)
        return Changed(sentence, source=NAME, path=NOT_ACCEPTED)
    kind, sentence = ERRORS.get(code, (None, ""))
    return kind(sentence) if kind else None


def cursor_of(answer: Any) -> str:
    """Where the next page begins; "" when there is none.

    Only the cursor is taken from `links.next`: the address itself would let the answer choose whom we ask next.
    """
    named = shape.text(answer, "meta", "cursor")
    following = shape.text(answer, "links", "next")[:8_000]
    if not named and following:
        named = (parse_qs(urlsplit(following).query).get("cursor") or [""])[0] if "[" not in following else ""
    return named if 0 < len(named) <= LONGEST_CURSOR and named.isascii() and named.isprintable() else ""
