"""What a source answered, with the receipt of the asking: the only maker of findings."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from math import isfinite
from typing import Any, cast

import dns.message
import dns.rdata
import dns.rrset

from collectors.doors import parse
from core import clock
from core.models import Confidence, Fact, Finding, Kind, Provenance

LONGEST = 8192
"""Characters of one text in a finding. Longer ones are cut, and the attribute `cut` counts what is missing."""

DEEPEST = 8
"""Levels of nesting in an attribute; what lies deeper is kept as text."""

# Only text encodings that are linear to decode; a source may write anything into its Content-Type.
CHARSETS = re.compile(
    r"utf-?8|us-ascii|iso-8859-\d{1,2}|windows-125\d|koi8-[ru]|utf-16(le|be)?|gbk|gb2312|gb18030|big5|shift_jis"
    r"|euc-(jp|kr)"
)
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # neither UTF-8 nor Postgres can hold these


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One answer: HTTP status or "ok", the address without secrets, the time, the bytes and their digest."""

    collector: str
    source: str
    status: int | str
    url: str
    fetched_at: datetime
    body: bytes = field(repr=False)
    sha256: str
    truncated: bool = False
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # names in lower case
    absent: bool = False  # the status is one that means "nothing there"
    key: str = ""  # what people call the key it was asked with, where there are several; never the key

    def raw(self) -> bytes:
        """The bytes that the digest is of."""
        return self.body

    def text(self) -> str:
        """The body in the charset it declares, UTF-8 otherwise; what cannot be read becomes U+FFFD."""
        declared = re.search(r"charset=[\"']?([\w-]{1,40})", self.headers.get("content-type", ""), re.IGNORECASE)
        charset = declared[1].lower() if declared else "utf-8"
        return self.body.decode(charset if CHARSETS.fullmatch(charset) else "utf-8", errors="replace")

    def json(self) -> Any:
        """The body's JSON value.

        Raises:
            Changed: it is not JSON, or nested deeper than any answer we know.
        """
        return self._value

    @cached_property
    def _value(self) -> Any:
        return parse.json_value(self.body, self.source)

    def receipt(self) -> Reply:
        """The same without what was said, for those who keep many."""
        return replace(self, body=b"")

    def finding(
        self,
        kind: Kind | Fact,
        value: str,
        *,
        confidence: Confidence = Confidence.MODERATE,
        first_seen: datetime | None = None,
        last_seen: datetime | None = None,
        context: str = "",
        **attributes: Any,
    ) -> Finding:
        """One observable or fact this answer gives, with its provenance.

        Attributes become JSON values; times without a zone are read as UTC.
        """
        cutter = _Cutter()
        plain = {name: cutter.plain(each) for name, each in attributes.items()}
        text, sentence = cutter.text(value), cutter.text(context)
        if cutter.missing:
            plain["cut"] = cutter.missing
        return Finding(
            kind=kind,
            value=text,
            provenance=self.provenance,
            attributes=plain,
            confidence=confidence,
            first_seen=_aware(first_seen),
            last_seen=_aware(last_seen),
            context=sentence,
        )

    @property
    def provenance(self) -> Provenance:
        return Provenance(
            collector=self.collector,
            source=self.source,
            url=self.url,
            fetched_at=self.fetched_at,
            status=str(self.status),
            sha256=self.sha256,
        )


@dataclass(frozen=True, kw_only=True)
class DnsReply(Reply):
    """A DNS answer. NODATA is NOERROR without records; `rcode` tells NXDOMAIN apart."""

    rcode: str
    message: dns.message.Message = field(repr=False)
    records: tuple[dns.rdata.Rdata, ...]  # of the asked type, at the end of the CNAME chain
    ttl: int | None
    canonical: str  # the name that holds the records, without the final dot
    chain: tuple[str, ...]  # CNAME targets in order
    ad: bool  # the resolver says DNSSEC validated it
    aa: bool  # the server answers for the zone itself

    def raw(self) -> bytes:
        """The message without its id, which differs from question to question."""
        return b"\0\0" + self.body[2:]


@dataclass(frozen=True, kw_only=True)
class TransferReply(Reply):
    """A zone as one of its servers handed it over: a record a row, with its owner; `truncated` when there is more."""

    rows: tuple[dns.rrset.RRset, ...] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class WhoisReply(Reply):
    """What a port 43 server sent until it closed the connection."""

    def text(self) -> str:
        """RFC 3912 has no charset: UTF-8 where it fits, Latin-1 otherwise."""
        try:
            return self.body.decode("utf-8")
        except UnicodeDecodeError:
            return self.body.decode("latin-1")


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that was not looked at: what it was, the reason's code, and a sentence for people."""

    what: str
    reason: str
    sentence: str
    later: float | None = None  # seconds after which it could be looked at, where its source said so


def offline(collector: str, source: str, url: str, said: object) -> Reply:
    """What a table or a rule says that ships with us; the digest is of `said` as JSON.

    It does not count as a source's answer: a run whose sources were all away has looked nowhere.
    """
    body = json.dumps(said, ensure_ascii=False, sort_keys=True, default=str).encode("utf-8", "replace")
    return Reply(
        collector=collector, source=source, status="ok", url=url, fetched_at=clock.now(), body=body, sha256=digest(body)
    )


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def storable(text: str) -> str:
    """The text without what a database cannot keep (NUL, lone surrogates)."""
    return UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def _aware(when: datetime | None) -> datetime | None:
    return when.replace(tzinfo=UTC) if when is not None and when.tzinfo is None else when


class _Cutter:
    """Turns anything a source sent into storable JSON values and counts the characters it had to drop."""

    def __init__(self) -> None:
        self.missing = 0

    def text(self, value: str) -> str:
        self.missing += max(0, len(value) - LONGEST)
        return storable(value[:LONGEST])

    def plain(self, value: Any, depth: int = 0) -> Any:
        if value is None or isinstance(value, bool | int):
            return value
        if isinstance(value, float):
            return value if isfinite(value) else None
        if isinstance(value, datetime):
            return cast(datetime, _aware(value)).isoformat()
        if depth < DEEPEST and isinstance(value, Mapping):
            return {self.text(str(name)): self.plain(each, depth + 1) for name, each in value.items()}
        if depth < DEEPEST and isinstance(value, list | tuple | set | frozenset):
            return [self.plain(each, depth + 1) for each in value]
        return self.text(str(value))
