"""Findings out of breaches, pastes and stealer logs; none of them holds an address or a password."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from collectors import shape
from collectors.leaks.breach import NAME, Breach, Paste
from collectors.leaks.weight import JUST_ADDED, RANKS, Weight, weigh, worst_first
from collectors.leaks.words import MAILBOXES, MONTHS, OF_THEM, RESERVES, SIGNED_IN, TAKEN, WHOSE
from collectors.names import is_host
from core.language import N_
from core.language.noted import nnoted, noted
from core.models import Confidence, Fact, Finding, Severity

if TYPE_CHECKING:
    from collectors.fetch import Reply

RECENT_PASTE = timedelta(days=365)
FEW = 100
"""Addresses in one paste. A short list was made about these people, a long one is a dump among dumps."""

MOST_BREACH_NAMES = 2_000
PASSWORDS = frozenset({"passwords", "historical passwords"})
UNDESCRIBED: dict[str, Any] = {
    "why": N_("What was taken in it could not be looked up."),
    "severity": Severity.MEDIUM.value,
    "direct_only": True,
}


def breach_finding(reply: Reply, leak: Breach, *, now: datetime, role: str) -> Finding:
    """One breach; `role` says whether the target is in it (account) or was where it was taken from (site)."""
    return reply.finding(
        Fact.BREACH,
        leak.name,
        confidence=_confidence(leak),
        first_seen=leak.happened,
        context=WHOSE[role][_doubt(leak)],
        role=role,
        **_described(leak, now),
    )


def _described(leak: Breach, now: datetime) -> dict[str, Any]:
    """What a breach is and how much it weighs, as attributes."""
    weight = weigh(leak.classes, happened=leak.happened, added=leak.added, now=now)
    severity = _severity(leak, weight)
    return {
        "title": leak.title,
        "domain": leak.domain,
        "breached": _day(leak.happened),
        "added": _day(leak.added),
        "modified": _day(leak.changed),
        "newly_added": leak.added is not None and now - leak.added <= JUST_ADDED,
        "accounts": leak.accounts,
        "exposed": worst_first(leak.classes),
        "unknown_kinds": leak.unknown_classes,
        "passwords": any(each.lower() in PASSWORDS for each in leak.classes),
        **{name: flag for name, flag in leak.flags.items() if flag is not None},
        "about": leak.about,
        "why": _why(leak, weight),
        **({"severity": severity.value} if severity is not Severity.INFO else {}),
        **({"direct_only": True} if leak.has("sensitive") else {}),
    }


def _severity(leak: Breach, weight: Weight) -> Severity:
    """What is made up or a list for unwanted mail alarms nobody; a stealer log always means a machine was taken."""
    if leak.has("fabricated") or leak.has("retired"):
        return Severity.INFO
    if leak.has("spam_list") and weight.severity is not Severity.HIGH:
        return Severity.INFO
    if leak.has("stealer_log") or leak.has("malware"):
        return max(weight.severity, Severity.MEDIUM, key=RANKS.index)
    return weight.severity


def _confidence(leak: Breach) -> Confidence:
    """The source looked into those it calls verified; of the others it says itself that they may be untrue."""
    if leak.is_sure:
        return Confidence.HIGH
    said_untrue = leak.flags.get("verified") is False or any(leak.has(flag) for flag in ("fabricated", "retired"))
    return Confidence.LOW if said_untrue else Confidence.MODERATE


def _doubt(leak: Breach) -> int:
    """Whether the source says it as it is (0), holds it for made up (1) or could not verify it (2)."""
    return 1 if leak.has("fabricated") else 2 if leak.flags.get("verified") is False else 0


def _why(leak: Breach, weight: Weight) -> str:
    """`Passwords taken in March 2024: whoever has them can sign in wherever they still hold.`"""
    by_malware = leak.has("stealer_log") or leak.has("malware")
    said = TAKEN[bool(weight.worst), by_malware, leak.happened is not None]
    when = noted(MONTHS[leak.happened.month - 1], n=leak.happened.year) if leak.happened else ""
    told = noted(said, taken=_listed(weight.worst), when=when, reason=weight.reason)
    return " ".join(filter(None, (told, RESERVES[_doubt(leak)])))


def paste_finding(reply: Reply, found: Paste, *, now: datetime) -> Finding:
    """Where a paste was seen and when. Whoever must read it opens it there."""
    recent = found.posted is not None and now - found.posted <= RECENT_PASTE
    few = found.addresses is not None and found.addresses <= FEW
    severity = Severity.MEDIUM if recent and few else Severity.LOW
    stands, unread = noted("The address stands in it."), noted("What else it says was not read.")
    if found.addresses:
        stands = noted("The address stands in it among {count:,} addresses.", count=found.addresses)
    return reply.finding(
        Fact.PASTE,
        f"{found.source}: {found.id or found.url}",
        first_seen=found.posted,
        context=f"{stands} {unread}",
        source=found.source,
        id=found.id,
        url=found.url,
        posted=_day(found.posted),
        addresses=found.addresses,
        severity=severity.value,
    )


def stolen_logins(reply: Reply | None, sites: list[str]) -> Iterator[Finding]:
    """Where malware saw the address sign in: an account there, whose password is known to strangers."""
    if reply is None:
        return
    for site in sites:
        yield reply.finding(
            Fact.ACCOUNT,
            site,
            context=noted("Malware on a machine saw this address sign in there; the login is in a stealer log."),
            role="stolen login",
            service=site,
            stealer_log=True,
            why=noted("Malware saw a sign-in there, so whoever has the log has the password."),
            severity=Severity.HIGH.value,
            direct_only=True,
        )


def mailboxes(reply: Reply | None, domain: str, leaks: Mapping[str, Breach], *, now: datetime) -> Iterator[Finding]:
    """Breaches by how many of the domain's mailboxes are in each. Whose they are is for its owner to look up.

    `leaks` says what each of them is; one that it lacks might be sensitive and is treated so.
    """
    if reply is None:
        return
    for name, number in _counted(_mapping(reply)).most_common(MOST_BREACH_NAMES):
        if NAME.fullmatch(name):
            leak = leaks.get(name)
            yield reply.finding(
                Fact.BREACH,
                name,
                confidence=_confidence(leak) if leak else Confidence.MODERATE,
                first_seen=leak.happened if leak else None,
                context=noted(MAILBOXES, domain=domain),
                role="mailboxes",
                mailboxes=number,
                **_of_them(_described(leak, now) if leak else UNDESCRIBED, nnoted(*OF_THEM, number, domain=domain)),
            )


def unread_mailboxes(reply: Reply | None) -> int:
    """How many mailboxes of the answer name no breach that can be read."""
    return sum(not any(map(NAME.fullmatch, shape.texts(each))) for each in _mapping(reply).values())


def _of_them(described: dict[str, Any], whose: str) -> dict[str, Any]:
    """The same, beginning with whom it is about."""
    return {**described, "why": f"{whose} {described['why']}"}


def stolen_logins_of_mailboxes(reply: Reply | None, domain: str) -> Iterator[Finding]:
    """How many mailboxes of the domain malware has seen sign in, and on how many sites."""
    said = _mapping(reply)
    sites = {site for site in _counted(said) if is_host(site.lower())}
    if reply and said:
        yield reply.finding(
            Fact.BREACH,
            "Stealer logs: mailboxes",
            context=noted("Malware saw mailboxes at {domain} sign in somewhere.", domain=domain),
            role="stolen logins of mailboxes",
            mailboxes=len(said),
            sites=len(sites),
            stealer_log=True,
            why=nnoted(*SIGNED_IN, len(said), domain=domain),
            severity=Severity.HIGH.value,
        )


def visitors_logins(reply: Reply | None, domain: str) -> Iterator[Finding]:
    """How many people malware has seen sign in at the domain's site."""
    said = shape.items(None if reply is None or reply.absent else reply.json())
    if reply and said:
        yield reply.finding(
            Fact.BREACH,
            "Stealer logs: visitors",
            context=noted("Malware saw people sign in at {domain}.", domain=domain),
            role="stolen logins at the site",
            accounts=len(said),
            stealer_log=True,
            why=noted("{count:,} logins at {domain} were seen by malware.", count=len(said), domain=domain),
            severity=Severity.MEDIUM.value,
        )


def _mapping(reply: Reply | None) -> dict[str, Any]:
    return dict(shape.mapping(None if reply is None or reply.absent else reply.json()))


def _counted(said: dict[str, Any]) -> Counter[str]:
    """How many mailboxes name each breach or site."""
    return Counter(name for each in said.values() for name in dict.fromkeys(shape.texts(each)))


def _listed(words: tuple[str, ...]) -> str:
    shown = ", ".join([words[0], *(each.lower() for each in words[1:3])]) if words else ""
    more = len(words) - 3
    return nnoted("{taken} and {n} more", "{taken} and {n} more", more, taken=shown) if more > 0 else shown


def _day(when: datetime | None) -> str:
    return f"{when:%Y-%m-%d}" if when else ""
