"""Turns certificates from transparency logs into what is known of each name; knows no source and no network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from collectors.names import email_in, is_host

FRESH = timedelta(days=7)
"""A certificate this young is marked: new hosts and phishing show up in the logs first."""

INTERNAL = frozenset(
    (
        *("admin", "adm", "backup", "build", "ci", "corp", "db", "dev", "devel", "development", "gitlab", "grafana"),
        *("infra", "int", "internal", "intern", "intra", "intranet", "jenkins", "jira", "kibana", "lab", "lan"),
        *("ldap", "local", "mgmt", "mysql", "postgres", "preprod", "private", "qa", "sandbox", "sql", "ssh"),
        *("stage", "staging", "stg", "test", "testing", "uat", "vault", "vpn", "wiki"),
    )
)
"""Words in a name that people use for what is not meant for the public."""

MOST_ISSUERS = 10
MOST_HELD = 20_000
"""Names of one domain; a name costs about a kilobyte of memory, and five thousand are shown at most."""

MOST_MENTIONS = 250_000
"""Names on certificates, each counted on each: crt.sh's largest answers hold some ten thousand."""


@dataclass(frozen=True, slots=True)
class Issuance:
    """One certificate as a log shows it."""

    names: tuple[str, ...]
    issuer: str  # for people
    identity: tuple[str, str]  # issuer and serial: a precertificate and its certificate share them (RFC 6962 3.1)
    not_before: datetime | None
    not_after: datetime | None
    logged: datetime | None = None


@dataclass(slots=True)
class Sighting:
    """What the certificates together say of one name."""

    name: str
    source: int  # which answer it was first in
    certificates: set[tuple[str, str]] = field(default_factory=set)
    issuers: dict[str, None] = field(default_factory=dict)  # a set that keeps its order
    first: datetime | None = None
    last: datetime | None = None  # when the newest certificate was issued
    until: datetime | None = None  # when the last one expires
    shared_with: int = 0  # names on the smallest certificate it shares

    def add(self, issuance: Issuance) -> None:
        self.certificates.add(issuance.identity)
        if issuance.issuer and len(self.issuers) < MOST_ISSUERS:
            self.issuers[issuance.issuer] = None
        start = issuance.not_before or issuance.logged
        self.first = _earlier(self.first, start)
        self.last = _later(self.last, start)
        self.until = _later(self.until, issuance.not_after)
        size = len(issuance.names)
        self.shared_with = min(self.shared_with or size, size)

    def is_expired(self, now: datetime) -> bool:
        return self.until is not None and self.until < now

    def is_fresh(self, now: datetime) -> bool:
        """Whether a certificate was issued within the last days."""
        return self.last is not None and now - self.last <= FRESH

    def is_new(self, now: datetime) -> bool:
        """Whether its very first one was."""
        return self.first is not None and now - self.first <= FRESH


class Ledger:
    """All names seen on certificates about one domain, each certificate counted once."""

    def __init__(self, domain: str, registered: str = "") -> None:
        """`registered`: the domain somebody registered, when `domain` lies below it: its names are not outside."""
        self.domain = domain
        self.registered = registered or domain
        self.rows = 0
        self.whole = True  # False: a name's first certificate may be missing
        self.unread = 0  # rows in which nothing could be read
        self.left_out = 0  # rows with more names than are held
        self._mentions = 0
        self._seen: dict[str, Sighting] = {}

    @property
    def full(self) -> bool:
        """So much was read that no further row is taken in."""
        return self._mentions >= MOST_MENTIONS

    def add(self, issuance: Issuance | None, *, source: int = 0) -> None:
        """Count one row of answer number `source`; None stands for a row that can't be read."""
        self.rows += 1
        if self.full:
            self._leave_out()
            return
        if issuance is None:
            self.unread += 1
            return
        self._mentions += len(issuance.names)
        for name in issuance.names:
            sighting = self._seen.get(name)
            if sighting is None and len(self._seen) < MOST_HELD:
                sighting = self._seen[name] = Sighting(name, source)
            if sighting is None:
                self._leave_out()
            else:
                sighting.add(issuance)

    def _leave_out(self) -> None:
        self.left_out += 1
        self.whole = False

    def __contains__(self, name: str) -> bool:
        return name in self._seen

    def sightings(self) -> list[Sighting]:
        """The domain itself, then names below it (newest certificates first), then outside names, then e-mail."""
        return sorted(self._seen.values(), key=self._rank)

    def _rank(self, sighting: Sighting) -> tuple[int, float, str]:
        newest = sighting.last.timestamp() if sighting.last else 0.0
        if is_email(sighting.name):
            return (4, 0.0, sighting.name)
        if not self.owns(sighting.name):
            return (3, 0.0, sighting.name)
        return (0 if sighting.name == self.domain else 1, -newest, sighting.name)

    def owns(self, name: str) -> bool:
        """Whether a name, wildcard or e-mail address is at or below the registered domain."""
        host = name.rpartition("@")[2].removeprefix("*.")
        return host == self.registered or host.endswith("." + self.registered)


def internal_word(name: str, domain: str) -> str:
    """The word below the registered domain that makes a name look internal, or ""."""
    below = name.removesuffix(domain).strip(".*")
    words = (word.strip("0123456789") for label in below.split(".") for word in label.split("-"))
    return next((word for word in words if word in INTERNAL), "")


def is_email(name: str) -> bool:
    return "@" in name


def names_in(texts: Iterable[str]) -> tuple[str, ...]:
    """The host names, wildcards and e-mail addresses among texts, in one spelling and once each.

    Certificates may carry anything as a name (people, products, attacks); all of that is left out.
    """
    found = (_name(line) for text in texts for line in text[:MOST_CHARACTERS].splitlines()[:MOST_NAMES])
    return tuple(dict.fromkeys(name for name in found if name))


MOST_CHARACTERS = 100_000
MOST_NAMES = 2_000  # large shared certificates carry some hundred


def _name(line: str) -> str:
    text = line.strip().lower().rstrip(".")
    if len(text) > 320:
        return ""
    if "@" in text:
        return email_in(text)
    return text if is_host(text.removeprefix("*.")) else ""


def issuer_name(distinguished: str) -> str:
    """ "Example CA (R10)" from "C=US, O=Example CA, CN=R10"; the text itself when it has neither part."""
    parts = dict(_attributes(distinguished[:500]))
    organisation, common = parts.get("O", ""), parts.get("CN", "")
    if organisation and common and not common.startswith(organisation):
        return f"{organisation} ({common})"
    return common or organisation or distinguished[:100].strip()


def _attributes(distinguished: str) -> Sequence[tuple[str, str]]:
    """The parts of an X.500 text; commas inside quotes are kept (RFC 4514 is not what crt.sh writes)."""
    pieces: list[str] = [""]
    quoted = False
    for letter in distinguished:
        quoted = quoted != (letter == '"')
        if letter == "," and not quoted:
            pieces.append("")
        elif letter != '"':
            pieces[-1] += letter
    pairs = (piece.partition("=") for piece in pieces)
    return [(key.strip().upper(), value.strip()) for key, equals, value in pairs if equals]


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(one, other) if one and other else one or other


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(one, other) if one and other else one or other
