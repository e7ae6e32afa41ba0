"""One shape for what any registry says, over RDAP or port 43, so that the rest need not know which spoke."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime

from core.language import N_
from core.models import Kind

MOST_TEXT = 300  # characters of one field: enough for any name or address, too little to flood a message
MOST_LINES = 50  # entries of one list: name servers, contacts, networks


@dataclass(frozen=True, slots=True)
class Contact:
    """Someone named in a registration, as far as the registry shows them."""

    roles: tuple[str, ...]  # RFC 9083 section 10.2.4: registrant, abuse, technical ...
    name: str = ""
    organisation: str = ""
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    country: str = ""
    place: str = ""  # town and region
    handle: str = ""
    is_person: bool = False
    iana_id: str = ""  # of a registrar

    @property
    def title(self) -> str:
        """The name to show: the organisation before the person who writes for it."""
        return self.organisation or self.name


@dataclass(frozen=True, slots=True)
class Registration:
    """Who holds a name, a network or an AS number, since when and until when. Empty means: not said."""

    kind: Kind
    subject: str  # the domain, the network's first CIDR, "AS64496"
    handle: str = ""
    name: str = ""  # a network's or AS's own name
    registrar_url: str = ""
    created: datetime | None = None
    updated: datetime | None = None
    expires: datetime | None = None
    statuses: tuple[str, ...] = ()  # as RDAP spells them: "client transfer prohibited"
    name_servers: tuple[str, ...] = ()
    signed: bool | None = None
    contacts: tuple[Contact, ...] = ()
    networks: tuple[str, ...] = ()
    parent: str = ""
    allocation: str = ""  # ASSIGNED PA, DIRECT ALLOCATION ...
    origins: tuple[int, ...] = ()  # AS numbers that a network is said to be announced from
    country: str = ""
    redacted: tuple[str, ...] = ()  # what the registry says it holds back
    remarks: tuple[str, ...] = ()
    related: tuple[str, ...] = ()  # RDAP links to the registrar's answer
    referral: str = ""  # the port 43 server of the registrar

    def of(self, role: str) -> tuple[Contact, ...]:
        """The contacts in a role."""
        return tuple(contact for contact in self.contacts if role in contact.roles)

    @property
    def registrar(self) -> str:
        return next((contact.title for contact in self.of("registrar") if contact.title), "")

    @property
    def registrar_iana_id(self) -> str:
        return next((contact.iana_id for contact in self.of("registrar") if contact.iana_id), "")

    @property
    def says_something(self) -> bool:
        """Whether there is more than the name that was asked for; a status alone may be "free"."""
        silent = {"kind", "subject", "related", "referral", "remarks", "statuses"}
        return any(
            getattr(self, field.name) not in ("", (), None) for field in fields(self) if field.name not in silent
        )


def tidy(text: str, most: int = MOST_TEXT) -> str:
    """A source's words on one line, without control characters, cut with a count when they are too many.

    NUL would be refused by PostgreSQL, and escape sequences would reach terminals through exports.
    """
    head = text[: most * 20]
    clean = " ".join("".join(letter if letter.isprintable() else " " for letter in head).split())
    if len(clean) <= most and len(head) == len(text):
        return clean
    return f"{clean[:most]}... ({len(text) - min(most, len(clean)):,} more characters)"


def stamp(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC, to the second."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if moment else None


def days_between(earlier: datetime, later: datetime) -> int:
    """Whole days; negative when the order is reversed."""
    return int((later - earlier).total_seconds() // 86400)


def conflicts(registry: Registration, registrar: Registration) -> list[dict[str, str]]:
    """Where two sources contradict each other: both said something, and not the same."""
    found = []
    for label in (N_("created"), N_("expires")):
        ours, theirs = getattr(registry, label), getattr(registrar, label)
        if ours and theirs and abs((ours - theirs).total_seconds()) > 2 * 86400:
            found.append({"field": label, "registry": stamp(ours) or "", "registrar": stamp(theirs) or ""})
    for label in (N_("name_servers"), N_("registrar_iana_id")):
        ours, theirs = getattr(registry, label), getattr(registrar, label)
        if ours and theirs and ours != theirs:
            found.append({"field": label, "registry": _words(ours), "registrar": _words(theirs)})
    return found


def _words(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else ", ".join(value)
