"""Have I Been Pwned, API v3: breaches, pastes, stealer logs and subscriptions.

Shapes from haveibeenpwned.com/API/v3: PascalCase; 404 without a body means "not in it"; a missing User-Agent gets 403;
errors are `{"statusCode", "message"}`. Keys that start with "refused" are refused; "small" ones have the smallest plan.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import unquote

from sandbox.sources.page import Ask, Page, Site, as_json
from sandbox.sources.world.leaks import HOSTILE, HOSTILE_ROWS, LEAKS, LOGINS, PASTES, Leak, Pasted
from sandbox.sources.world.whole import World

BASE = "/api/v3/"
FLAGS = (
    *("IsVerified", "IsFabricated", "IsSensitive", "IsRetired", "IsSpamList", "IsMalware"),
    *("IsSubscriptionFree", "IsStealerLog"),
)
VERIFIED = "example.com"
"""The domain that the owner of every large key has proved to be theirs."""


def _about(ask: Ask) -> str:
    """The mail domain of an address, or the domain."""
    subject = ask.first("Domain") or unquote(ask.path.removeprefix(BASE).partition("/")[2])
    return subject.rpartition("@")[2].lower() or ask.host


def _answer(world: World, ask: Ask) -> Page:
    if not ask.headers.get("user-agent"):
        return _error(403, "A user agent must be specified.")
    topic, _, subject = ask.path.removeprefix(BASE).partition("/")
    subject = unquote(subject).lower()
    if topic == "breaches":
        wanted = ask.first("Domain").lower()
        return as_json(list(HOSTILE_ROWS) if wanted == HOSTILE else _rows(world, LEAKS, wanted))
    key = ask.headers.get("hibp-api-key", "")
    if not key or key.startswith("refused"):
        return _error(401, f"Access denied due to {'invalid' if key else 'missing'} hibp-api-key.")
    return _with_key(world, ask, topic, subject, small=key.startswith("small"))


def _with_key(world: World, ask: Ask, topic: str, subject: str, *, small: bool) -> Page:
    if topic.startswith("stealerlogs") and small:
        return _error(403, "Your subscription does not include stealer logs.")
    if topic in ("subscription", "subscribeddomains"):
        return as_json(_owner(world.today, topic, small=small))
    if topic == "breachedaccount":
        return _account(world, ask, subject)
    if topic in ("pasteaccount", "stealerlogsbyemail"):
        pastes = [_paste(world.today, each) for each in PASTES if subject in each.people]
        return _found(pastes if topic == "pasteaccount" else list(LOGINS.get(subject, ())))
    return _domain(topic, subject, small=small)


def _owner(today: datetime, topic: str, *, small: bool) -> object:
    """What the owner of a key has: a plan, and domains that were proved to be theirs."""
    if topic == "subscription":
        return _subscription(today, small=small)
    return [] if small else [{"DomainName": VERIFIED, "PwnCount": 3, "NextSubscriptionRenewal": None}]


def _account(world: World, ask: Ask, address: str) -> Page:
    if "@" not in address:
        return _error(400, "Bad request: the account is not a valid e-mail address.")
    if address.endswith(f"@{HOSTILE}"):
        return as_json(list(HOSTILE_ROWS))
    # Sensitive and retired breaches are never told to who searches for an address.
    in_it = [each for each in LEAKS if address in each.people and "IsSensitive" not in each.flags]
    whole = ask.first("truncateResponse") == "false"
    rows = _rows(world, in_it, "")
    return _found(rows if whole else [{"Name": row["Name"]} for row in rows])


def _domain(topic: str, domain: str, *, small: bool) -> Page:
    if topic not in ("breacheddomain", "stealerlogsbyemaildomain", "stealerlogsbywebsitedomain"):
        return _error(404, "No such endpoint.")
    if small or domain != VERIFIED:
        return _error(403, "The domain has not been verified by the owner of this key.")
    if topic == "stealerlogsbywebsitedomain":
        return _found([])
    if topic == "stealerlogsbyemaildomain":
        logins = {address.partition("@")[0]: list(sites) for address, sites in LOGINS.items()}
        return _found(logins)
    boxes: dict[str, list[str]] = {}
    for leak in LEAKS:
        for address in leak.people:
            if address.endswith(f"@{domain}"):
                boxes.setdefault(address.partition("@")[0], []).append(leak.name)
    return _found(boxes)


def _rows(world: World, leaks: tuple[Leak, ...] | list[Leak], domain: str) -> list[dict[str, object]]:
    return [_row(world.today, leak) for leak in leaks if domain in ("", leak.domain)]


def _row(today: datetime, leak: Leak) -> dict[str, object]:
    added = f"{today - timedelta(days=leak.added):%Y-%m-%dT10:00:00Z}"
    return {
        "Name": leak.name,
        "Title": leak.title,
        "Domain": leak.domain,
        "BreachDate": leak.day(today),
        "AddedDate": added,
        "ModifiedDate": added,
        "PwnCount": leak.accounts,
        "Description": leak.about,
        "LogoPath": f"https://logos.haveibeenpwned.com/{leak.name}.png",
        "Attribution": None,
        "DataClasses": list(leak.took),
        **{flag: flag in leak.flags for flag in FLAGS},
    }


def _paste(today: datetime, pasted: Pasted) -> dict[str, object]:
    return {
        "Source": pasted.source,
        "Id": pasted.id,
        "Title": pasted.title,
        "Date": f"{today - timedelta(days=pasted.posted):%Y-%m-%dT19:14:54Z}",
        "EmailCount": pasted.addresses,
    }


def _subscription(today: datetime, *, small: bool) -> dict[str, object]:
    return {
        "SubscriptionName": "Pwned 1" if small else "Pwned 5",
        "Description": "Domains with up to 25 breached addresses" if small else "Domains of any size. DEMO.",
        "SubscribedUntil": f"{today + timedelta(days=200):%Y-%m-%dT00:00:00}",
        "Rpm": 10 if small else 1000,
        "DomainSearchMaxBreachedAccounts": 25 if small else None,
        "MaxBreachedDomains": None,
        "IncludesStealerLogs": not small,
        "IncludesKAnon": False,
    }


def _found(value: list[object] | list[str] | list[dict[str, object]] | dict[str, list[str]]) -> Page:
    return as_json(value) if value else Page(b"", content_type="text/plain", status=404)


def _error(status: int, message: str) -> Page:
    return as_json({"statusCode": status, "message": message}, status=status)


SITES = {"haveibeenpwned.com": Site(about=_about, answer=_answer)}
