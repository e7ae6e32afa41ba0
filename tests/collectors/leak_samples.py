"""Breaches, pastes and subscriptions as Have I Been Pwned writes them, invented."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from core import clock

NOW = clock.now()


def day(ago: float) -> str:
    return f"{NOW - timedelta(days=ago):%Y-%m-%d}"


def leak(name: str = "ExampleForum", *, ago: float = 200, added: float = 150, **changes: Any) -> dict[str, Any]:
    return {
        "Name": name,
        "Title": "Example Forum",
        "Domain": "forum.example",
        "BreachDate": day(ago),
        "AddedDate": f"{day(added)}T10:00:00Z",
        "ModifiedDate": f"{day(added)}T10:00:00Z",
        "PwnCount": 120345,
        "Description": 'In March, <a href="https://forum.example">Example Forum</a> was breached &amp; sold.',
        "LogoPath": "https://logos.haveibeenpwned.com/ExampleForum.png",
        "Attribution": None,
        "DataClasses": ["Email addresses", "IP addresses", "Passwords", "Usernames"],
        "IsVerified": True,
        "IsFabricated": False,
        "IsSensitive": False,
        "IsRetired": False,
        "IsSpamList": False,
        "IsMalware": False,
        "IsSubscriptionFree": False,
        "IsStealerLog": False,
        **changes,
    }


def pasted(mark: str = "AbCd1234", *, ago: float = 100, **changes: Any) -> dict[str, Any]:
    return {
        "Source": "Pastebin",
        "Id": mark,
        "Title": None,
        "Date": f"{day(ago)}T19:14:54Z",
        "EmailCount": 23,
        **changes,
    }


def subscription(**changes: Any) -> dict[str, Any]:
    return {
        "SubscriptionName": "Pwned 1",
        "Description": "Domains with up to 25 breached addresses",
        "SubscribedUntil": "2027-05-01T00:00:00",
        "Rpm": 10,
        "DomainSearchMaxBreachedAccounts": 25,
        "MaxBreachedDomains": None,
        "IncludesStealerLogs": False,
        **changes,
    }
