"""The past of the invented world's names: where they led, who held them, and what was seen below them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.sources.world.networks import network_of

CDN = "Example Corp CDN"
HELD_OVER = 20
"""Days since example.com moved from its own server behind the CDN."""


@dataclass(frozen=True, slots=True)
class Past:
    """One value of a record, seen from so many days ago until so many days ago (0: still)."""

    values: tuple[str, ...]
    since: int
    until: int
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class Holding:
    """A registration as it stood for some time."""

    since: int
    until: int  # 0: still
    registrar: str
    organisation: str
    name: str
    email: str


PAST: dict[str, dict[str, tuple[Past, ...]]] = {
    "example.com": {
        "a": (
            Past(("192.0.2.10",), HELD_OVER, 0, CDN),
            Past(("198.51.100.7",), 1400, HELD_OVER, "Example Hosting Ltd"),
            Past(("203.0.113.9", "203.0.113.10"), 4000, 1401, "Rented Servers Example"),
        ),
        "aaaa": (Past(("2001:db8::10",), 700, 0, CDN),),
        "mx": (
            Past(("mx1.example.net", "mx2.example.net"), 900, 0),
            Past(("mail.example.com",), 4000, 901),
        ),
        "ns": (
            Past(("ns1.example.net", "ns2.example.net"), 1500, 0),
            Past(("ns1.rented.test", "ns2.rented.test"), 4000, 1501),
        ),
        "txt": (Past(("v=spf1 a mx ~all",), 2000, 950),),
        "soa": (Past(("hostmaster.example.com",), 4000, 1600),),
    },
    "examp1e-login.test": {"a": (Past(("203.0.113.66",), 3, 0, "Rented Servers Example"),)},
}
HOLDINGS: dict[str, tuple[Holding, ...]] = {
    "example.com": (
        Holding(2600, 0, "Example Registrar, Inc.", "Example Corp", "Domain Administrator", "hostmaster@example.com"),
        Holding(5000, 2600, "Cheap Names Example LLC", "", "Ada Example", "ada@kontor.example"),
    ),
}
SEEN_BELOW = {
    "example.com": ("WWW", "old-shop", "intranet", "crm2019", "staging2", "db01.corp"),
    "kontor.example": ("www",),
}
"""Names that are seen besides those that the zones hold today."""

TAGS = {"example.com": ("cdn", "e-commerce"), "examp1e-login.test": ("newly registered",)}
ASSOCIATED = {"example.com": ("example.net", "example.org", "kontor.example")}
BARE = "bare.test"
"""A name the source has heard of and knows no record of."""


def day(today: datetime, ago: int) -> str:
    return f"{today - timedelta(days=ago):%Y-%m-%d}"


def organisation_of(address: str, domain: str) -> str | None:
    """Whose network an address is in, as this source has it."""
    for past in (*PAST.get(domain, {}).get("a", ()), *PAST.get(domain, {}).get("aaaa", ())):
        if address in past.values and past.organisation:
            return past.organisation
    network = network_of(address)
    return network.holder.name if network else None
