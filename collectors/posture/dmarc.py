"""DMARC: what receivers do with forged mail (RFC 9989), found by the tree walk and graded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from collectors.posture.check import Check, bad, fair, good, info
from collectors.posture.text import claims, cut, mailboxes, tags
from core.language import N_
from core.language.noted import noted
from core.models import Severity

MOST_STEPS = 8  # RFC 9989 4.10
_POLICIES = ("none", "quarantine", "reject")


@dataclass(frozen=True, slots=True)
class Dmarc:
    """A valid record. `reports` and `failures` are email addresses, `others` report URIs of other kinds."""

    raw: str
    policy: str
    subdomains: str  # empty: as `policy`
    missing: str  # for names that do not exist; empty: as `subdomains`
    share: int  # pct, gone from RFC 9989 but still honoured by some
    testing: bool
    psd: str
    strict: tuple[str, ...]  # of "adkim", "aspf"
    reports: tuple[str, ...]
    failures: tuple[str, ...]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """What applies to a name: the record, where it was found, the organisational domain."""

    record: Dmarc
    location: str
    organisation: str
    inherited: bool

    @property
    def effective(self) -> str:
        return (self.record.subdomains or self.record.policy) if self.inherited else self.record.policy

    @property
    def enforced(self) -> bool:
        return self.effective in ("quarantine", "reject") and not self.record.testing


def walk(domain: str) -> list[str]:
    """The names whose _dmarc record counts, nearest first: at most eight (RFC 9989 4.10)."""
    labels = domain.split(".")
    rest = labels[1:] if len(labels) < MOST_STEPS else labels[-7:]
    return [domain, *(".".join(rest[at:]) for at in range(len(rest)))][:MOST_STEPS]


def parse(text: str) -> Dmarc | None:
    """Read a TXT record; None when it is no DMARC record or one that receivers must ignore."""
    if not claims(text, "DMARC1"):
        return None
    found = tags(text)
    reports, others = mailboxes(found.get("rua", ""))
    failures, _ = mailboxes(found.get("ruf", ""))
    policy = found.get("p", "").lower()
    if policy not in _POLICIES:
        if not reports and not others:
            return None
        policy = "none"  # with somewhere to report to, it counts as monitoring
    return Dmarc(
        raw=text,
        policy=policy,
        subdomains=_one_of(found.get("sp", "")),
        missing=_one_of(found.get("np", "")),
        share=_share(found.get("pct", "")),
        testing=found.get("t", "n").lower() == "y",
        psd=found.get("psd", "u").lower()[:1],
        strict=tuple(tag for tag in ("adkim", "aspf") if found.get(tag, "r").lower() == "s"),
        reports=tuple(reports),
        failures=tuple(failures),
        others=tuple(others),
    )


def _share(text: str) -> int:
    """The old pct tag; what is no percentage counts as all of the mail."""
    return min(100, int(text)) if text.isascii() and text.isdigit() and len(text) <= 3 else 100


def _one_of(word: str) -> str:
    return word.lower() if word.lower() in _POLICIES else ""


def single(texts: Sequence[str]) -> Dmarc | None:
    """The one valid record of a name; two or more cancel each other out."""
    valid = [record for record in map(parse, texts) if record is not None]
    return valid[0] if len(valid) == 1 else None


def choose(domain: str, found: Mapping[str, Dmarc]) -> Policy | None:
    """The policy that applies to a name, given the valid records on its walk."""
    if not found:
        return None
    organisation = _organisation(domain, found)
    places = [domain, organisation, *reversed([name for name in walk(domain) if name in found])]
    location = next(name for name in places if name in found)
    return Policy(found[location], location, organisation, inherited=location != domain)


def _organisation(domain: str, found: Mapping[str, Dmarc]) -> str:
    """RFC 9989 4.10: psd=n marks it, psd=y means one label below, else the shortest name with a record."""
    steps = walk(domain)
    for name in steps:
        record = found.get(name)
        if record is not None and record.psd == "n":
            return name
        if record is not None and record.psd == "y" and name != domain:
            depth = name.count(".") + 2
            return ".".join(domain.split(".")[-depth:])
    return next(name for name in reversed(steps) if name in found)


def authorises(texts: Sequence[str]) -> bool:
    """Whether the records at <policy domain>._report._dmarc.<destination> let reports be sent (RFC 9990)."""
    return any(claims(text, "DMARC1") for text in texts)


def grade(policy: Policy | None, *, doubles: int = 0, refused: Sequence[str] = (), mails: bool = True) -> Check:
    """Grade what applies. `doubles`: valid records at one name beyond the first; `refused`: report
    destinations that did not agree to receive reports; `mails`: whether the name is meant for mail.
    """
    if policy is None:
        return _absent(doubles=doubles, mails=mails)
    record, raw, parts = policy.record, cut(policy.record.raw), _parts(policy, refused)
    inherited = policy.location if policy.inherited else ""
    if policy.effective == "none":
        why = noted("The policy is none: forged mail is delivered, only reported.")
        if inherited:
            why = noted("The policy is none (from {name}): forged mail is delivered, only reported.", name=inherited)
        return fair("DMARC", why, severity=Severity.MEDIUM, raw=raw, parts=parts)
    act = noted(_ACTS[policy.effective, policy.inherited], name=inherited)
    if limit := _limit(policy, refused):
        return fair("DMARC", noted("Forged mail is {act}, but {limit}.", act=act, limit=limit), raw=raw, parts=parts)
    why = noted("Forged mail is {act}, but nobody receives reports about it.", act=act)
    if record.reports or record.others:
        why = noted("Forged mail is {act}, and reports are collected.", act=act)
    return good("DMARC", why, raw=raw, parts=parts)


_ACTS = {  # by the policy, and whether it is another name's
    ("reject", False): N_("rejected"),
    ("reject", True): N_("rejected (from {name})"),
    ("quarantine", False): N_("put into quarantine"),
    ("quarantine", True): N_("put into quarantine (from {name})"),
}


def _limit(policy: Policy, refused: Sequence[str]) -> str:
    """What keeps an enforcing policy from being a good one."""
    record = policy.record
    if record.testing:
        return noted("only in test mode (t=y)")
    if record.share < 100:
        return noted("only for {share} % of it", share=record.share)
    if not policy.inherited and record.subdomains == "none":
        return noted("not that in the name of a subdomain (sp=none)")
    if refused:
        return noted("{name} has not agreed to receive the reports", name=refused[0])
    return ""


def _absent(*, doubles: int, mails: bool) -> Check:
    if doubles:
        why = noted(
            "There are {records} DMARC records; receivers ignore all of them, so forged mail is delivered.",
            records=doubles + 1,
        )
        return bad("DMARC", why)
    if not mails:
        return info("DMARC", noted("No DMARC policy; this name is not set up for mail."))
    why = noted("No DMARC policy: anybody can send mail in this name and receivers are told nothing.")
    return bad("DMARC", why)


def _parts(policy: Policy, refused: Sequence[str]) -> dict[str, object]:
    record = policy.record
    return {
        "location": policy.location,
        "organisational_domain": policy.organisation,
        "inherited": policy.inherited,
        "policy": policy.effective,
        "p": record.policy,
        "sp": record.subdomains,
        "np": record.missing,
        "pct": record.share,
        "testing": record.testing,
        "strict": list(record.strict),
        "rua": list(record.reports)[:20],
        "ruf": list(record.failures)[:20],
        "other_uris": list(record.others)[:20],
        "unauthorised": list(refused)[:20],
    }
