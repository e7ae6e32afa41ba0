"""The leaks of the invented world: what was taken where and when, and whose addresses are in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.sources.world import hostile
from sandbox.sources.world.people import ADA, ADALBERT


@dataclass(frozen=True, slots=True)
class Leak:
    """One breach. Days count back from today; `flags` are those that are true."""

    name: str
    title: str
    domain: str
    happened: int
    added: int
    accounts: int
    took: tuple[str, ...]
    about: str
    flags: tuple[str, ...] = ("IsVerified",)
    people: tuple[str, ...] = ()

    def day(self, today: datetime) -> str:
        return f"{today - timedelta(days=self.happened):%Y-%m-%d}"


@dataclass(frozen=True, slots=True)
class Pasted:
    """A paste with somebody's address in it."""

    source: str
    id: str
    title: str | None
    posted: int
    addresses: int
    people: tuple[str, ...]


FORUM = Leak(
    "ExampleForum",
    "Example Forum",
    "forum.example",
    happened=200,
    added=150,
    accounts=120_345,
    took=("Email addresses", "IP addresses", "Passwords", "Usernames"),
    about='<a href="https://forum.example">Example Forum</a> lost its accounts, with <em>bcrypt</em> hashes. DEMO.',
    people=(*ADA.emails, "frank@example.com"),
)
LEAKS = (
    FORUM,
    Leak(
        "ExampleShop",
        "Example Shop",
        "example.com",
        happened=2100,
        added=2000,
        accounts=48_210,
        took=("Email addresses", "Names", "Partial credit card data", "Phone numbers", "Physical addresses"),
        about="An old shop of Example Corp left its orders where everybody could read them. DEMO.",
        people=(ADA.emails[0], ADALBERT.emails[0]),
    ),
    Leak(
        "ExampleDating",
        "Example Dating",
        "dating.example",
        happened=900,
        added=860,
        accounts=9_001,
        took=("Email addresses", "Private messages", "Sexual orientations"),
        about="Who was a member may not be told in public. DEMO.",
        flags=("IsVerified", "IsSensitive"),
        people=("frank@example.com",),
    ),
    Leak(
        "ExampleCombo2026",
        "Example Combo 2026",
        "",
        happened=60,
        added=20,
        accounts=77_000_000,
        took=("Email addresses", "Passwords"),
        about="A list of addresses and passwords from many places. DEMO.",
        flags=("IsStealerLog", "IsSubscriptionFree"),
        people=(ADA.emails[0],),
    ),
    Leak(
        "ExampleList",
        "Example Marketing List",
        "",
        happened=1500,
        added=1400,
        accounts=3_200_000,
        took=("Email addresses", "Names", "Job titles"),
        about="Addresses that were sold for unwanted mail. DEMO.",
        flags=("IsSpamList",),
        people=(ADA.emails[0], ADALBERT.emails[0]),
    ),
)
PASTES = (
    Pasted("Pastebin", "AbCd1234", "accounts of exampletown", 40, 23, (ADA.emails[0],)),
    Pasted("AdHocUrl", "http://rented.test/dump.txt", None, 1200, 18_000, (ADA.emails[0],)),
)
LOGINS: Mapping[str, tuple[str, ...]] = {ADA.emails[0]: ("shop.example.net", "kontor.example")}
"""Sites where malware saw an address sign in."""

HOSTILE = "hostile.test"


SECRET = "hunter2-invented"
"""What must never come out: a password where no password belongs."""

HOSTILE_ROWS: tuple[object, ...] = (
    {
        "Name": hostile.MENTIONS,
        "Title": hostile.LINK,
        "Domain": HOSTILE,
        "BreachDate": hostile.FORMULA,
        "DataClasses": [hostile.ANSI, "Passwords", SECRET],
        "Password": SECRET,
    },
    {
        "Name": "HostileLeak",
        "Title": hostile.LINK,
        "Domain": HOSTILE,
        "BreachDate": "2026-01-02",
        "AddedDate": hostile.NUL,
        "PwnCount": -3,
        "Description": f"{hostile.MARKUP} {hostile.MENTIONS} ada@hostile.test:{SECRET} password: {SECRET}",
        "LogoPath": "http://169.254.169.254/",
        "DataClasses": ["Passwords", hostile.BIDI, SECRET],
        "IsVerified": "yes",
        "Password": SECRET,
        "Plaintext": {"password": SECRET},
    },
    SECRET,
    None,
)
"""What a source gone wrong may write: markup, and passwords in fields of its own and in ours."""
