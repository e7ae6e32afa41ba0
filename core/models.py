"""The nouns of the glossary as frozen values; they know nothing of SQL, Slack or the network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.belongs import TO_NOTHING, Belongs


class Kind(StrEnum):
    """What a target can be, and what most findings are."""

    DOMAIN = "domain"
    IP = "ip"
    CIDR = "cidr"
    ASN = "asn"
    URL = "url"
    EMAIL = "email"
    USERNAME = "username"
    PHONE = "phone"
    HASH = "hash"
    NAME = "name"
    FILE = "file"


SELECTORS = frozenset({Kind.EMAIL, Kind.USERNAME, Kind.PHONE, Kind.NAME})
"""Targets that identify a person: the guard is stricter with them."""


class Fact(StrEnum):
    """What a finding can be besides a typed observable."""

    RECORD = "record"  # a DNS record; value is "TYPE text"
    POSTURE = "posture"  # a graded check; attributes: grade (good|fair|bad|info), why
    CERTIFICATE = "certificate"
    REGISTRATION = "registration"  # who holds it, since and until when
    ORGANISATION = "organisation"
    PERSON = "person"
    LOCATION = "location"
    SERVICE = "service"  # a product or provider in use
    WILDCARD = "wildcard"  # *.example.com: covers names that need not exist
    ACCOUNT = "account"  # a profile on a service; value is "service: name"
    IDENTITY = "identity"  # claims that belong together, with the points that say so
    KEY = "key"  # a public key (OpenPGP, SSH); value is "type fingerprint"
    BREACH = "breach"  # a leak that somebody's data is in; value is its name
    PASTE = "paste"
    PORT = "port"  # an open port; value is "443/tcp"
    VULNERABILITY = "vulnerability"  # value is the CVE id
    REPUTATION = "reputation"  # what others think of it; value is the judgement in a few words
    CHANGE = "change"  # what was replaced by what, and when; value is one sentence
    SOFTWARE = "software"
    DEVICE = "device"  # a camera, a computer
    PATH = "path"  # a file's place on a machine


class Confidence(StrEnum):
    """How sure we are; STIX 0-100 in exports."""

    HIGH = "high"
    MODERATE = "moderate"
    LOW = "low"


class Severity(StrEnum):
    """How much a reader should care; kept in a finding's attributes as "severity"."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"


class Outcome(StrEnum):
    """How a run ended. Only found, nothing and partial are answers."""

    FOUND = "found"
    NOTHING = "nothing"
    PARTIAL = "partial"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


ANSWERS = frozenset({Outcome.FOUND, Outcome.NOTHING, Outcome.PARTIAL})


class RunState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    CLOSED = "closed"


class ScanStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class Priority(StrEnum):
    """Who waits for a scan: a person now, nobody until a time, or a machine with many more."""

    INTERACTIVE = "interactive"
    SCHEDULED = "scheduled"
    BULK = "bulk"


@dataclass(frozen=True, slots=True)
class Target:
    """What an analyst asks about: a kind and its canonical value (A-labels, compressed IPs, lower-case hex).

    `notes` are sentences the asker should read (look-alike letters, what was cut off); they are not
    part of its identity.
    """

    kind: Kind
    value: str
    notes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def is_selector(self) -> bool:
        return self.kind in SELECTORS


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a finding comes from: enough to ask again and to prove what was answered."""

    collector: str
    source: str  # the service's name for people: "crt.sh", "DNS", "RDAP (Verisign)"
    url: str  # without secrets; dns:/whois: URIs for those protocols
    fetched_at: datetime
    status: str  # HTTP status, DNS rcode or "ok"
    sha256: str  # of the raw answer


@dataclass(frozen=True, slots=True)
class Finding:
    """One observable or fact a source gave us. Collectors make it with Reply.finding, nowhere else."""

    kind: Kind | Fact
    value: str
    provenance: Provenance
    attributes: Mapping[str, Any] = field(default_factory=dict)  # JSON values only
    confidence: Confidence = Confidence.MODERATE
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    context: str = ""  # one sentence: how it was found

    @property
    def severity(self) -> Severity:
        return Severity(self.attributes.get("severity", Severity.INFO))


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer goes: a Slack channel or thread. Empty team means no Slack (terminal, API)."""

    team: str = ""
    channel: str = ""
    thread_ts: str = ""  # set when asked inside a thread: everything goes there


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: a Slack user id, or a local account name for the terminal; and in which language they are answered."""

    user: str
    name: str = ""
    language: str = ""  # empty: nobody said; SLACK_LANGUAGE, once a scan is written


@dataclass(frozen=True, slots=True)
class Run:
    """One collector within one round of a scan. Outcome, reason and message are set once, at closing."""

    id: str
    scan_id: str
    round: int
    collector: str
    state: RunState
    outcome: Outcome | None = None
    reason: str = ""  # a code: timeout, rate_limited, no_key, worker_lost ...
    message: str = ""  # for people; first line: what was not looked at, if anything; then remarks
    attempt: int = 0
    fence: int = 0
    cached: bool = False
    answered_at: datetime | None = None  # when the answer was fetched; older than closed_at if cached
    started_at: datetime | None = None
    closed_at: datetime | None = None
    ms: int | None = None
    found: int = 0  # how many findings are saved so far
    after: datetime | None = None  # put off until then: its source may not be asked before
    put_off: datetime | None = None  # since when
    key: str = ""  # the same for the same question: collector, its version and lists, target, options, keys
    findings: tuple[Finding, ...] = ()

    @property
    def age_s(self) -> int | None:
        """Seconds between the source's answer and this run's closing."""
        if self.answered_at is None or self.closed_at is None:
            return None
        return max(0, int((self.closed_at - self.answered_at).total_seconds()))


def standing(runs: Iterable[Run], *, until: int | None = None) -> tuple[Run, ...]:
    """What is known now: the newest run of each collector over all rounds (up to one), in the plan's order.

    A round that asks one collector again does not unsay what the others answered before.
    """
    newest: dict[str, Run] = {}
    for run in runs:
        if (until is None or run.round <= until) and (
            run.collector not in newest or newest[run.collector].round <= run.round
        ):
            newest[run.collector] = run
    return tuple(newest.values())


@dataclass(frozen=True, slots=True)
class Scan:
    """One target, many collectors, one thread. A re-run is the next round of the same scan."""

    id: str
    target: Target
    status: ScanStatus
    asker: Asker
    place: Place
    created_at: datetime
    round: int = 1
    fresh: bool = False
    tag: str = ""
    door: str = "slack"  # slack, terminal, api ...
    round_by: str = ""  # who started this round, when it is not the asker
    round_at: datetime | None = None
    finished_at: datetime | None = None
    cancelled_by: str = ""
    undelivered: str = ""  # why the thread could not be written; empty when all is well
    options: tuple[str, ...] = ()  # what collectors do only when asked for by name; the same in every round
    active_by: str = ""  # who allowed to touch the target itself; empty: nobody did
    active_round: int = 0  # the first round in which that was so
    priority: Priority = Priority.INTERACTIVE
    reason: str = ""  # why it was asked, in the words of who asked
    callback: str = ""  # the URL to tell when a round has ended
    token: str = ""  # the id of the token by which it was asked over HTTP
    belongs: Belongs = TO_NOTHING
    hushed: bool = False  # nobody is told in its place: a look of a watch that has nothing new
    changed_at: datetime | None = None  # when it last became something to be shown anew
    version: int = 0  # grows with each change that its thread should tell
    runs: tuple[Run, ...] = ()  # the newest of each collector unless asked for all

    @property
    def is_open(self) -> bool:
        return self.status in (ScanStatus.QUEUED, ScanStatus.RUNNING)


@dataclass(frozen=True, slots=True)
class Option:
    """Something a collector does only when it is asked for by name."""

    name: str  # one word: transfers, permutations, nsfw
    about: str  # what it does, and who learns of it; one sentence
    touches: bool = False  # it touches the target itself


@dataclass(frozen=True, slots=True)
class Offer:
    """What a collector offers, for help texts, modals and plans; made from its declaration and the settings."""

    name: str
    title: str
    about: str
    accepts: tuple[Kind, ...]
    tells: str  # who learns what we ask
    passive: bool
    ready: bool  # False: it would be skipped now, and `lacks` says why
    lacks: str = ""
    limits: str = ""  # how fast it is asked, in words
    gives: tuple[Kind | Fact, ...] = ()
    touches: tuple[Kind, ...] = ()  # kinds of target that it touches itself
    spreads: bool = False  # it tells many third parties whom we ask about
    options: tuple[Option, ...] = ()
    keys: tuple[str, ...] = ()  # a sentence for each: the setting, whether it is needed, where to get one, whether set
    budgets: tuple[str, ...] = ()  # what the source grants over longer times, in words
    lives: str = ""  # how long its answers stay fresh, in words
    label: str = ""  # the strictest under which it may be asked, in words
