"""A claim: one thing that a source says about somebody, with what it could be recognised by elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from collectors import shape
from collectors.doors.reply import Reply
from collectors.doors.verdict import is_page
from core.errors import Changed
from core.language import N_
from core.language.noted import noted
from core.models import Confidence, Fact, Finding, Kind

LONGEST = 120  # characters of a name, a place, a company
LONGEST_BIO = 300
MOST = 30
"""Claims that are compared with each other; what is beyond is said to be left out."""


@dataclass(frozen=True, slots=True)
class Claim:
    """An account, key, address or person as one source describes it.

    Addresses come in three strengths: `vouched` are such that the source checked who holds them, `published` such
    that the account itself shows, `rumoured` such that anybody could have written there.
    """

    kind: Kind | Fact
    value: str
    reply: Reply
    context: str = ""
    confidence: Confidence = Confidence.MODERATE
    attributes: Mapping[str, Any] = field(default_factory=dict)
    url: str = ""  # of itself, as `names.place` writes it
    names: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()
    vouched: tuple[str, ...] = ()
    published: tuple[str, ...] = ()
    rumoured: tuple[str, ...] = ()
    links: tuple[str, ...] = ()  # to other accounts and pages, as `names.place` writes them
    verified: tuple[str, ...] = ()  # of these, whose other end the source checked
    keys: tuple[str, ...] = ()  # fingerprints
    places: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    bio: str = ""
    person: bool | None = None  # False: an organisation or a program; None: not said
    unique: str = ""  # a register in which everybody stands once
    created: datetime | None = None
    is_seed: bool = False  # it is the target itself
    is_compared: bool = True  # False: it is only ever somebody's, as the key one logs in with
    others: tuple[Reply, ...] = ()  # further sources that say the same

    @property
    def identity(self) -> tuple[str, str]:
        return (self.kind, self.value.casefold())

    @property
    def label(self) -> str:
        """The claim in a sentence: of a key the end, by which people know it."""
        if self.kind is not Fact.KEY:
            return self.value[:LONGEST]
        sort, _, fingerprint = self.value.partition(" ")
        if sort == "OpenPGP":
            return noted("OpenPGP key {id}", id=fingerprint[-16:])
        return noted("SSH key {id}", id=fingerprint[:17])

    def finding(self) -> Finding:
        """The claim as a finding on its own source's answer; other sources for it stand in `also`."""
        more = {"also": receipts(self.others)} if self.others else {}
        return self.reply.finding(
            self.kind,
            self.value,
            confidence=self.confidence,
            context=self.context,
            first_seen=self.created,
            **{name: each for name, each in {**self.attributes, **more}.items() if each not in ("", None, [], ())},
        )


def line(value: Any, *path: shape.Step, most: int = LONGEST) -> str:
    """A text of an answer as one line of bounded length."""
    return " ".join(shape.text(value, *path)[: most * 4].split())[:most]


def receipts(replies: Iterable[Reply]) -> list[dict[str, str]]:
    """Where else something stands: source, address and digest of each answer, each once."""
    said = {(each.source, each.url, each.sha256): None for each in replies}
    return [{"source": source, "url": url, "sha256": sha256} for source, url, sha256 in said]


def known_absent(reply: Reply) -> bool:
    """Whether the source itself says that there is no such thing.

    Raises:
        Changed: a web page says so; that is a proxy or another server, which knows nothing about it.
    """
    if reply.absent and is_page(reply.headers, reply.body):
        page = N_("{source} answered a web page ({status}) where none was expected.")
        raise Changed(noted(page, source=reply.source, status=reply.status))
    return reply.absent


SURE = (Confidence.LOW, Confidence.MODERATE, Confidence.HIGH)
JOINED = (
    "names", "handles", "vouched", "published", "rumoured", "links", "verified", "keys", "places", "organisations",
)  # fmt: skip


def merged(claims: Iterable[Claim]) -> list[Claim]:
    """Claims about the same thing as one: the surest source's, with what the others add."""
    found: dict[tuple[str, str], Claim] = {}
    for claim in claims:
        known = found.get(claim.identity)
        found[claim.identity] = claim if known is None else _joined(known, claim)
    return list(found.values())


def _joined(one: Claim, other: Claim) -> Claim:
    first, second = (one, other) if SURE.index(one.confidence) >= SURE.index(other.confidence) else (other, one)
    union: dict[str, Any] = {
        name: tuple(dict.fromkeys((*getattr(first, name), *getattr(second, name)))) for name in JOINED
    }
    union["published"] = tuple(each for each in union["published"] if each not in union["vouched"])
    strong = {*union["vouched"], *union["published"]}
    union["rumoured"] = tuple(each for each in union["rumoured"] if each not in strong)
    return replace(
        first,
        attributes={**second.attributes, **first.attributes},
        url=first.url or second.url,
        bio=first.bio or second.bio,
        person=second.person if first.person is None else first.person,
        unique=first.unique or second.unique,
        created=first.created or second.created,
        is_seed=first.is_seed or second.is_seed,
        others=(*first.others, second.reply, *second.others),
        **union,
    )
