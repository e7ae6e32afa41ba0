"""Names below a domain as Shodan has seen them in DNS, and the plan that says whether we may ask for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from collectors import shape
from collectors.exposure.host import clean, tags
from collectors.names import is_host
from core.addresses import canonical
from core.language.noted import noted
from core.models import Fact, Finding, Kind

if TYPE_CHECKING:
    from collectors.doors.reply import Reply

MOST_NAMES = 1_000
MOST_RECORDS = 100  # of one name
LEADS = {"MX": "mail server", "NS": "name server", "CNAME": "alias"}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a key may still spend, from /api-info; -1 is no limit."""

    name: str
    left: int  # query credits
    month: int  # of how many

    @property
    def sentence(self) -> str:
        of = max(self.month, self.left)
        some = noted("{left:,} of {month:,} left this month", left=self.left, month=of)
        return noted(
            "Plan {name}: query credits {left}; looking at addresses is free.",
            name=self.name or noted("without a name"),
            left=noted("without limit") if self.left < 0 else some,
        )


def plan(answer: Any, source: str) -> Plan:
    """Raises:
    Changed: it does not say how many query credits are left.
    """
    left = shape.require(answer, "query_credits", int, source=source)
    month = shape.whole(answer, "usage_limits", "query_credits")
    return Plan(clean(shape.text(answer, "plan"), 40), left, left if month is None else month)


def names(answer: Any, domain: str, below: str, reply: Reply) -> Iterator[Finding]:
    """The names at or below `below`, each with its records; addresses and other hosts they lead to once.

    Raises:
        Changed: the answer holds no list of records.
    """
    held = _held(answer, domain, below, reply.source)
    about = {"tags": list(tags(answer))} if tags(answer) else {}
    led: dict[tuple[str, str, str], list[tuple[str, datetime | None]]] = {}
    for name, records in list(held.items())[:MOST_NAMES]:
        role = "domain" if name == domain else "subdomain"
        yield _name(name, role, records, reply, about if name == domain else {})
        for record in records[:MOST_RECORDS]:
            if there := _leads_to(record):
                led.setdefault(there, []).append((name, shape.when(record, "last_seen")))
    for (kind, value, role), seen in led.items():
        yield _there(Kind(kind), value, role, seen, reply)
    yield from _texts(held.get(domain, []), reply)


def missed(answer: Any, domain: str, below: str, source: str) -> tuple[int, int]:
    """How many rows cannot be read, and how many names and records are beyond what `names` tells.

    Raises:
        Changed: as `names`.
    """
    held = list(_held(answer, domain, below, source).values())
    unread = sum(not isinstance(shape.dig(row, "subdomain"), str) for row in shape.items(answer, "data"))
    told = [min(len(records), MOST_RECORDS) for records in held[:MOST_NAMES]]
    return unread, len(held) + sum(map(len, held)) - len(told) - sum(told)


def _held(answer: Any, domain: str, below: str, source: str) -> dict[str, list[Mapping[str, Any]]]:
    """Every name at or below `below` with its rows."""
    held: dict[str, list[Mapping[str, Any]]] = {}
    for row in shape.require(answer, "data", list, source=source):
        held.setdefault(_full(row, domain), []).append(row)
    for label in shape.texts(answer, "subdomains"):
        held.setdefault(_full({"subdomain": label}, domain), [])
    return {name: rows for name, rows in held.items() if name and f".{name}".endswith(f".{below}")}


def _full(row: Any, domain: str) -> str:
    """The whole name of a row; "" when no host has it: names that begin with _ hold settings (RFC 8552)."""
    label = shape.dig(row, "subdomain")
    if not isinstance(label, str):
        return ""
    name = f"{label.strip().lower().rstrip('.')}.{domain}".removeprefix(".")
    return name if is_host(name.removeprefix("*."), underscores=False) else ""


def _name(name: str, role: str, records: list[Mapping[str, Any]], reply: Reply, about: Mapping[str, Any]) -> Finding:
    seen = [when for record in records if (when := shape.when(record, "last_seen"))]
    said = [f"{clean(shape.text(each, 'type'), 10)} {clean(shape.text(each, 'value'))}" for each in records]
    ports = sorted({each for record in records for each in shape.items(record, "ports") if type(each) is int})
    kept = {"records": said[:MOST_RECORDS], "ports": ports[:100], **about}
    return reply.finding(
        Fact.WILDCARD if name.startswith("*.") else Kind.DOMAIN,
        name,
        last_seen=max(seen, default=None),
        context=noted("Shodan has seen the name in DNS."),
        role=role,
        **{word: value for word, value in kept.items() if value},
    )


def _leads_to(record: Mapping[str, Any]) -> tuple[str, str, str] | None:
    kind, value = shape.text(record, "type").upper(), shape.text(record, "value").strip().lower().rstrip(".")
    if kind in ("A", "AAAA") and (address := canonical(value)) is not None:
        return Kind.IP, str(address), "address"
    return (Kind.DOMAIN, value, LEADS[kind]) if kind in LEADS and is_host(value) else None


def _there(kind: Kind, value: str, role: str, seen: list[tuple[str, datetime | None]], reply: Reply) -> Finding:
    names_ = list(dict.fromkeys(name for name, _ in seen))
    return reply.finding(
        kind,
        value,
        last_seen=max((when for _, when in seen if when), default=None),
        context=noted("Shodan saw {name} lead there.", name=names_[0]),
        role=role,
        names=names_[:50],
    )


def _texts(records: list[Mapping[str, Any]], reply: Reply) -> Iterator[Finding]:
    for record in records[:MOST_RECORDS]:
        kind = shape.text(record, "type").upper()
        if kind in ("TXT", "SOA"):
            yield reply.finding(
                Fact.RECORD,
                f"{kind} {clean(shape.text(record, 'value'), 500)}",
                record=kind,
                last_seen=shape.when(record, "last_seen"),
                context=noted("Shodan has seen the record in DNS."),
            )
