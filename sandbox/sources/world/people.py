"""The invented people that services for people know: their handles, addresses and what they say of themselves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with accounts; every service shows its own part of this."""

    name: str
    handle: str  # the name they use on services
    emails: tuple[str, ...]  # the first is the one they show
    phone: str  # E.164
    city: str
    organisation: str
    bio: str
    homes: tuple[str, ...]  # web pages they link to


ADA = Person(
    name="Ada Example",
    handle="ada-example",
    emails=("ada@example.com", "ada@kontor.example"),
    phone="+12025550122",
    city="Exampletown",
    organisation="Example Corp",
    bio="Engineer at Example Corp. Bread, maps, old radios. DEMO: an invented person.",
    homes=("https://kontor.example/", "https://example.com/"),
)
ADALBERT = Person(
    name="Adalbert Sample",
    handle="ada-example",  # the same name in other places, of somebody else
    emails=("adalbert@rented.test",),
    phone="+12025550199",
    city="Sampleville",
    organisation="Rented Servers Example",
    bio="Surfer. DEMO: another invented person, with the same name on other services.",
    homes=("https://rented.test/",),
)
HERMIT = "nobody-example"
"""A name that nobody has anywhere."""
NOISE = "noise-example"
"""A name that every careless service claims to know."""
