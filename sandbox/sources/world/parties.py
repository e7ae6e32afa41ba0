"""Who holds, sells and hosts things in the invented world."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation or person as registries know it."""

    handle: str
    name: str
    street: str
    city: str
    region: str
    postcode: str
    country: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class Registrar:
    """Who sold a name, and where it answers for it."""

    name: str
    iana_id: str
    url: str
    whois: str
    rdap: str  # base address of its own RDAP server
    abuse_email: str
    abuse_phone: str


EXAMPLE_CORP = Party(
    handle="EXCORP-1",
    name="Example Corp",
    street="1 Example Street",
    city="Exampletown",
    region="CA",
    postcode="90001",
    country="US",
    email="hostmaster@example.com",
    phone="+1.2025550110",
)
EXAMPLE_HOSTING = Party(
    handle="EXHOST-1",
    name="Example Hosting Ltd",
    street="2 Server Lane",
    city="London",
    region="",
    postcode="EX1 1EX",
    country="GB",
    email="noc@example.net",
    phone="+44.2079460010",
)
RENTED = Party(
    handle="RENT-AP",
    name="Rented Servers Example",
    street="3 Cheap Road",
    city="Sampleville",
    region="",
    postcode="0000",
    country="AU",
    email="abuse@rented.test",
    phone="+1.2025550166",
)
PROXY = Party(
    handle="PRIV-1",
    name="Example Privacy Protect (privacy proxy)",
    street="PO Box 1",
    city="Hideaway",
    region="",
    postcode="",
    country="IS",
    email="4f7a21@privacy.example",
    phone="+1.2025550177",
)
ADA = Party(
    handle="ADA-1",
    name="Ada Example",
    street="4 Example Street",
    city="Exampletown",
    region="",
    postcode="10000",
    country="DE",
    email="ada@kontor.example",
    phone="+1.2025550122",
)

REGISTRAR = Registrar(
    name="Example Registrar, Inc.",
    iana_id="9999",
    url="https://registrar.example",
    whois="whois.registrar.example",
    rdap="https://rdap.registrar.example/",
    abuse_email="abuse@registrar.example",
    abuse_phone="+1.2025550143",
)
CHEAP_REGISTRAR = Registrar(
    name="Cheap Names Example LLC",
    iana_id="9998",
    url="https://cheapnames.example",
    whois="whois.cheapnames.example",
    rdap="https://rdap.cheapnames.example/",
    abuse_email="abuse@cheapnames.example",
    abuse_phone="+1.2025550144",
)
