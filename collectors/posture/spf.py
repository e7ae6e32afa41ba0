"""SPF: which servers may send mail for a name (RFC 7208), parsed and graded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network

from collectors.posture.check import Check, bad, fair, good, info
from collectors.posture.text import cut
from core.language import N_, NN_
from core.language.noted import nnoted, noted
from core.models import Severity

MOST_LOOKUPS = 10  # RFC 7208 4.6.4
MOST_VOIDS = 2
MOST_TERMS = 300
WIDE = {4: 8, 6: 19}  # a net this large or larger covers strangers

_MECHANISM = re.compile(r"([+\-~?]?)(all|include|a|mx|ptr|ip4|ip6|exists)(?:([:/])(.*))?", re.IGNORECASE)
_MODIFIER = re.compile(r"([a-z][a-z0-9_.-]*)=(.*)", re.IGNORECASE)
_ASKING = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})
_NEEDS_VALUE = frozenset({"include", "ip4", "ip6", "exists"})


@dataclass(frozen=True, slots=True)
class Term:
    """One mechanism or modifier; `value` is the domain or network, without prefix lengths for a and mx."""

    qualifier: str
    name: str
    value: str

    @property
    def asks(self) -> bool:
        """Whether it counts against the ten lookups."""
        return self.name in _ASKING

    def spell(self) -> str:
        mark = "=" if self.name in ("redirect", "exp") else ":"
        return f"{self.qualifier if self.qualifier != '+' else ''}{self.name}{mark + self.value if self.value else ''}"


@dataclass(frozen=True, slots=True)
class Spf:
    """A parsed record. `everyone` is the qualifier of `all`, empty when there is none."""

    raw: str
    terms: tuple[Term, ...]
    everyone: str
    redirect: str
    faults: tuple[str, ...]

    @property
    def too_open(self) -> str:
        """What lets strangers send, as it is written in the record; empty when nothing does."""
        if self.everyone == "+":
            return "+all"
        return next((str(net) for net in self.networks if net.prefixlen <= WIDE[net.version]), "")

    @property
    def networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        nets = (network(term) for term in self.terms if term.name in ("ip4", "ip6") and term.qualifier == "+")
        return tuple(dict.fromkeys(net for net in nets if net is not None))

    @property
    def includes(self) -> tuple[str, ...]:
        return tuple(
            dict.fromkeys(
                term.value.lower().rstrip(".")
                for term in self.terms
                if term.name == "include" and term.qualifier == "+"
            )
        )

    @property
    def sends_nothing(self) -> bool:
        return self.everyone == "-" and all(term.name in ("all", "exp") for term in self.terms)


@dataclass(slots=True)
class Tally:
    """What following the includes cost and showed; `unread` counts questions that were not answered."""

    lookups: int = 0
    voids: int = 0
    unread: int = 0
    everyone: str = ""  # the qualifier of `all` where redirects end
    open: str = ""  # an included name that lets everybody send
    vendors: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def is_spf(text: str) -> bool:
    """Whether a TXT record is an SPF record: the version alone or followed by a space (RFC 7208 4.5)."""
    head = text[:7].lower()
    return head == "v=spf1 " or text.lower() == "v=spf1"


def network(term: Term) -> IPv4Network | IPv6Network | None:
    """The network an ip4 or ip6 term names; None when it is none or of the other family."""
    try:
        net = ip_network(term.value, strict=False)
    except ValueError:
        return None
    return net if f"ip{net.version}" == term.name else None


def parse(text: str) -> Spf:
    """Read a record that `is_spf` said yes to. Never raises: faults are sentences in the answer."""
    words = text.split()[1:]
    faults = [noted("it has {terms} terms", terms=len(words))] if len(words) > MOST_TERMS else []
    terms: list[Term] = []
    everyone = ""
    for word in words[:MOST_TERMS]:
        term, fault = _term(word)
        if fault:
            faults.append(fault)
        if term is None:
            continue
        terms.append(term)
        if term.name == "all":
            everyone = everyone or term.qualifier
    redirects = [term.value for term in terms if term.name == "redirect"]
    if len(redirects) > 1:
        faults.append(noted("it redirects more than once"))
    return Spf(text, _effective(terms), everyone, "" if everyone or not redirects else redirects[0], tuple(faults[:20]))


def _effective(terms: Sequence[Term]) -> tuple[Term, ...]:
    """What a receiver reads: nothing behind `all`, and no redirect beside it (RFC 7208 5.1, 6.1)."""
    place = next((at for at, term in enumerate(terms) if term.name == "all"), None)
    if place is None:
        return tuple(terms)
    return tuple(terms[: place + 1])


def _term(word: str) -> tuple[Term | None, str]:
    """One word as a term, and what is wrong with it; unknown modifiers are allowed (RFC 7208 6)."""
    match = _MECHANISM.fullmatch(word)
    if match is None:
        modifier = _MODIFIER.fullmatch(word)
        if modifier is None:
            return None, noted("{word} is no SPF term", word=cut(word, 60))
        name = modifier[1].lower()
        if name in ("redirect", "exp") and not modifier[2]:
            return None, noted("{name}= names no domain", name=name)
        return (Term("+", name, modifier[2]) if name in ("redirect", "exp") else None), ""
    name, value = match[2].lower(), match[4] or ""
    if name in ("a", "mx"):
        value = "" if match[3] == "/" else value.split("/")[0]
    term = Term(match[1] or "+", name, value)
    if name in _NEEDS_VALUE and (not value or match[3] == "/"):
        return None, noted("{name} names nothing", name=name)
    if name in ("ip4", "ip6") and network(term) is None:
        return None, noted("{word} is no network", word=cut(word, 60))
    return term, ""


def grade(texts: Sequence[str], tally: Tally, *, enforced: bool | None, mails: bool) -> Check:
    """Grade a name's SPF records.

    `texts` are the TXT records that `is_spf`; `tally` what following their includes showed; `enforced` whether
    DMARC quarantines or rejects (None: it did not answer), which makes ~all as good as -all; `mails` whether the
    name is meant for mail.
    """
    if not texts:
        return _absent(enforced=enforced, mails=mails)
    if len(texts) > 1:
        why = noted(
            "There are {records} SPF records; receivers treat that as an error and ignore all of them.",
            records=len(texts),
        )
        return bad("SPF", why, raw=cut(" | ".join(texts)), parts={"records": len(texts)})
    record = parse(texts[0])
    raw, parts = cut(record.raw), _parts(record, tally)
    trouble = _trouble(record, tally)
    if trouble:
        why, severity = trouble
        return bad("SPF", why, severity=severity, raw=raw, parts=parts)
    if unknown := _unknown(record, tally, enforced=enforced):
        return info("SPF", unknown, raw=raw, parts=parts)
    weak = _weakness(record, _everyone(record, tally), enforced=enforced)
    if weak:
        return fair("SPF", weak, raw=raw, parts=parts)
    return good("SPF", _praise(record, tally), raw=raw, parts=parts)


_UNREAD = NN_(
    "{n} of the names it uses did not answer, so the record could not be judged in full.",
    "{n} of the names it uses did not answer, so the record could not be judged in full.",
)


def _unknown(record: Spf, tally: Tally, *, enforced: bool | None) -> str:
    if tally.unread:
        return nnoted(*_UNREAD, tally.unread)
    if enforced is None and _everyone(record, tally) == "~":
        return noted("~all marks mail from other servers; whether a DMARC policy acts on the mark was not answered.")
    return ""


def _praise(record: Spf, tally: Tally) -> str:
    if record.sends_nothing:
        return noted("Nobody may send mail for this name (-all and nothing else).")
    said = _MARKED if _everyone(record, tally) != "-" else _REJECTED
    return noted(said, lookups=tally.lookups, most=MOST_LOOKUPS)


_MARKED = N_("Mail from servers not listed is marked, and DMARC deals with it; {lookups} of {most} lookups are used.")
_REJECTED = N_("Mail from servers not listed is rejected; {lookups} of {most} lookups are used.")


def _absent(*, enforced: bool | None, mails: bool) -> Check:
    if not mails:
        return info("SPF", noted("No SPF record; this name is not set up for mail."))
    severity = Severity.MEDIUM if enforced is False else Severity.LOW
    why = noted("No SPF record: receivers cannot tell which servers may send its mail.")
    return bad("SPF", why, severity=severity)


def _trouble(record: Spf, tally: Tally) -> tuple[str, Severity] | None:
    """What makes a record dangerous or void, worst first."""
    if record.too_open or tally.everyone == "+":
        why = noted("{what} lets strangers' servers send mail for this name.", what=record.too_open or "+all")
        return why, Severity.HIGH
    if tally.open:
        name = tally.open
        why = noted("{name}, which it includes, lets strangers' servers send mail for this name.", name=name)
        return why, Severity.HIGH
    faults = [*record.faults, *tally.faults]
    if faults:
        why = noted("The record is faulty ({fault}), so receivers ignore it.", fault=faults[0])
        return why, Severity.MEDIUM
    if tally.lookups > MOST_LOOKUPS:
        return noted(_MANY, lookups=tally.lookups, most=MOST_LOOKUPS), Severity.MEDIUM
    if tally.voids > MOST_VOIDS:
        return noted(_VOID, voids=tally.voids, most=MOST_VOIDS), Severity.LOW
    return None


_MANY = N_("It needs {lookups} lookups where {most} are allowed, so receivers treat it as an error.")
_VOID = N_("{voids} of the names it uses lead nowhere where {most} are allowed; receivers may give up.")


def _everyone(record: Spf, tally: Tally) -> str:
    return record.everyone or tally.everyone


def _weakness(record: Spf, everyone: str, *, enforced: bool | None) -> str:
    if not everyone:
        return noted("The record does not end in `all`, so mail from any other server is treated as neutral.")
    if everyone == "?":
        return noted("?all says nothing about other servers' mail.")
    if any(term.name == "ptr" for term in record.terms):
        return noted("It uses ptr, which is slow, unreliable and should not be used (RFC 7208 5.5).")
    if everyone == "~" and enforced is False:
        return noted("~all only marks mail from other servers, and no DMARC policy acts on the mark.")
    return ""


def _parts(record: Spf, tally: Tally) -> dict[str, object]:
    return {
        "all": _everyone(record, tally),
        "redirect": cut(record.redirect, 253),
        "terms": [cut(term.spell(), 100) for term in record.terms[:50]],
        "terms_total": len(record.terms),
        "lookups": tally.lookups,
        "voids": tally.voids,
        "unread": tally.unread,
        "includes": [cut(name, 253) for name in tally.vendors[:30]],
        "faults": [cut(fault, 200) for fault in (*record.faults, *tally.faults)][:20],
    }
