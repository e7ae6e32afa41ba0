"""Turns registrations into findings: the registration itself, then whom and what it names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from collectors.names import country_in, email_in, is_host, link_in, phone_in
from collectors.registries import privacy, statuses
from collectors.registries.registration import Contact, Registration, conflicts, days_between, stamp
from core.language import N_
from core.language.noted import nnoted, noted
from core.models import Confidence, Fact, Finding, Kind, Severity

if TYPE_CHECKING:
    from collectors.fetch import Reply
    from collectors.registries.asking import Said

YOUNG = 30  # days: most domains made for an attack are used within their first month
SOON = 30  # days before it expires
SHOWN_ROLES = ("registrant", "abuse")
ABUSE = "abuse contact", N_("Named as abuse contact of {name}.")
REGISTRANT = "registrant", N_("Named as registrant of {name}.")


def told(said: Sequence[Said], *, now: datetime, context: str) -> Iterator[Finding]:
    """The findings of a registry's answer and, after it, the registrar's, each thing once.

    Args:
        said: answers that hold a registration, the registry's first.
        now: what ages are counted from.
        context: how the name asked about follows from the target, one sentence.
    """
    known: set[tuple[Kind | Fact, str]] = set()
    for place, each in enumerate(said):
        if each.registration is None:
            continue
        for finding in _all(each, each.registration, _rest(said, place), now, context):
            if (finding.kind, finding.value) not in known:
                known.add((finding.kind, finding.value))
                yield finding


def _rest(said: Sequence[Said], place: int) -> Registration | None:
    """What the registry's answer is to be compared with."""
    return said[1].registration if place == 0 and len(said) > 1 else None


def _all(
    said: Said, registration: Registration, other: Registration | None, now: datetime, context: str
) -> Iterator[Finding]:
    reply = said.reply
    yield _main(said, registration, other, now, context)
    for name in registration.name_servers:
        if is_host(name, underscores=False):
            yield reply.finding(
                Kind.DOMAIN,
                name,
                role="name server",
                confidence=Confidence.HIGH,
                context=noted("Delegated by the registry."),
            )
    for network in registration.networks:
        yield reply.finding(
            Kind.CIDR,
            network,
            name=registration.name,
            confidence=Confidence.HIGH,
            context=noted("Registered as one network."),
        )
    if registration.kind is Kind.ASN:
        yield reply.finding(Kind.ASN, registration.subject, name=registration.name, confidence=Confidence.HIGH)
    for number in registration.origins:
        yield reply.finding(
            Kind.ASN, f"AS{number}", role="origin", context=noted("Its holder says it announces the network.")
        )
    for contact in registration.contacts:
        yield from _contact(reply, contact, registration)
    if country := country_in(registration.country):
        yield reply.finding(
            Fact.LOCATION, country, role="network", context=noted("The country the registry notes for it.")
        )


def _main(answer: Said, registration: Registration, other: Registration | None, now: datetime, context: str) -> Finding:
    severity, why = weigh(registration, now)
    stand_in = privacy.first_service(registration.of("registrant"))
    attributes: dict[str, Any] = {
        "severity": "" if severity is Severity.INFO else severity.value,
        "why": why,
        "registrar": registration.registrar,
        "registrar_iana_id": registration.registrar_iana_id,
        "registrar_url": link_in(registration.registrar_url),
        "created": stamp(registration.created),
        "updated": stamp(registration.updated),
        "expires": stamp(registration.expires),
        "age_days": days_between(registration.created, now) if registration.created else None,
        "days_to_expiry": days_between(now, registration.expires) if registration.expires else None,
        "statuses": statuses.explained(registration.statuses),
        "name_servers": list(registration.name_servers),
        "dnssec": {True: "signed", False: "unsigned", None: ""}[registration.signed],
        "privacy": stand_in,
        "redacted": list(registration.redacted),
        "abuse_email": next(filter(None, map(email_in, _of_abuse(registration, "emails"))), ""),
        "abuse_phone": next(filter(_is_number, _of_abuse(registration, "phones")), ""),
        "handle": registration.handle,
        "name": registration.name,
        "parent": registration.parent,
        "allocation": registration.allocation,
        "country": country_in(registration.country),
        "remarks": list(registration.remarks),
        "conflicts": conflicts(registration, other) if other else [],
        "not_asked": answer.not_asked,
    }
    said = {name: value for name, value in attributes.items() if value not in ("", [], {}, None)}
    return answer.reply.finding(
        Fact.REGISTRATION,
        registration.subject,
        confidence=Confidence.HIGH,
        first_seen=registration.created,
        context=context,
        **said,
    )


def weigh(registration: Registration, now: datetime) -> tuple[Severity, str]:
    """How much a registration should worry a reader, and why, in sentences."""
    if registration.kind is not Kind.DOMAIN:
        return Severity.INFO, ""
    grave: list[str] = []
    mild: list[str] = []
    if registration.created and (age := days_between(registration.created, now)) < YOUNG:
        days = nnoted("Registered {n} day ago.", "Registered {n} days ago.", age)
        grave.append(days if age else noted("Registered today."))
    if registration.expires and (left := days_between(now, registration.expires)) < SOON:
        over = noted("Expired on {date}.", date=f"{registration.expires:%Y-%m-%d}")
        days = nnoted("Expires in {n} days.", "Expires in {n} days.", left)
        (grave if left < 0 else mild).append(over if left < 0 else days)
    grave += [_status(status) for status in statuses.grave(registration.statuses)]
    severity = Severity.HIGH if grave else Severity.MEDIUM if mild else Severity.INFO
    return severity, " ".join(grave + mild)


def _status(status: str) -> str:
    meaning = statuses.MEANINGS.get(status, "")
    return f"{status.capitalize()}: {meaning}." if meaning else f"{status.capitalize()}."


def _of_abuse(registration: Registration, what: str) -> list[str]:
    return [value for contact in registration.of("abuse") for value in getattr(contact, what)]


def _is_number(text: str) -> bool:
    """A telephone number in any national form, for people to read."""
    return sum(sign.isdigit() for sign in text) >= 5 and all(sign.isdigit() or sign in "+-.()/ x" for sign in text)


def _contact(reply: Reply, contact: Contact, registration: Registration) -> Iterator[Finding]:
    """What a contact names. A privacy service is never an identity, and its address leads to nobody."""
    role = next((role for role in SHOWN_ROLES if role in contact.roles), "")
    if not role or (role == "registrant" and privacy.service(contact)):
        return
    confidence = Confidence.HIGH if role == "abuse" else Confidence.MODERATE
    label, named = ABUSE if role == "abuse" else REGISTRANT
    why = noted(named, name=registration.subject)
    for email in map(email_in, contact.emails):
        if email:
            yield reply.finding(Kind.EMAIL, email, role=label, confidence=confidence, context=why)
    for phone in map(phone_in, contact.phones):
        if phone:
            yield reply.finding(Kind.PHONE, phone, role=label, confidence=confidence, context=why)
    if role == "registrant":
        yield from _identity(reply, contact, why)


def _identity(reply: Reply, contact: Contact, why: str) -> Iterator[Finding]:
    # Holders state these themselves and few registries check them.
    if privacy.is_identity(contact):
        kind = Fact.PERSON if contact.is_person else Fact.ORGANISATION
        handle: dict[str, Any] = {"handle": contact.handle} if contact.handle else {}
        yield reply.finding(kind, contact.title, role="registrant", context=why, **handle)
    country = country_in(contact.country)
    if country and not privacy.is_held_back(country):
        place: dict[str, Any] = {} if privacy.is_held_back(contact.place) else {"place": contact.place}
        yield reply.finding(Fact.LOCATION, country, role="registrant", context=why, **place)
