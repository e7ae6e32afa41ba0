"""Former registrations of a domain: who held it and through whom, and when that changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collectors import shape
from collectors.names import email_in
from collectors.registries.privacy import SERVICES, is_held_back
from collectors.trails.epochs import Epoch

MILLISECONDS = 10**11  # a Unix time beyond the year 5000 counts milliseconds
MOST_TEXT = 150


@dataclass(frozen=True, slots=True)
class Held:
    """One registration as it stood for some time."""

    started: datetime
    ended: datetime | None
    registrar: str
    organisation: str
    name: str
    email: str
    country: str
    page: int

    @property
    def holder(self) -> str:
        """Whom it names, the organisation before the person; "" when that is held back or a privacy service."""
        return self.organisation or self.name


def rows_of(said: Any) -> list[Any] | None:
    """Where the registrations stand; None when nowhere that we know."""
    for path in (("result", "items"), ("items",), ("records",), ("result",)):
        if isinstance(found := shape.dig(said, *path), list):
            return found
    return None


def held(row: Any, page: int) -> Held | None:
    """One of them; None when it cannot be read."""
    started = moment(shape.dig(row, "started")) or moment(shape.dig(row, "createdDate"))
    if started is None:
        return None
    contact = next((each for each in shape.mappings(row, "contact") if _is_holder(each)), {})
    return Held(
        started=started,
        ended=moment(shape.dig(row, "ended")),
        registrar=_shown(shape.text(row, "registrarName")),
        organisation=_shown(shape.text(contact, "organization")),
        name=_shown(shape.text(contact, "name")),
        email=_mail(shape.text(contact, "email")),
        country=_shown(shape.text(contact, "country")),
        page=page,
    )


def moment(value: Any) -> datetime | None:
    """A time, which this source writes as milliseconds."""
    number = shape.number_of(value)
    return shape.when(number / 1000 if number is not None and number > MILLISECONDS else value)


def epochs_of(registrations: Sequence[Held], field: str, now: datetime) -> Iterator[Epoch]:
    """The times of one field (registrar, holder), where it is said; the last goes on until now."""
    for each in registrations:
        if value := getattr(each, field):
            ended = each.ended or now
            yield Epoch((value,), each.started, max(each.started, ended), page=each.page)


def _is_holder(contact: Any) -> bool:
    return shape.text(contact, "type").lower() in ("registrant", "owner", "holder")


def _shown(text: str) -> str:
    bare = " ".join(text.split())[:MOST_TEXT]
    private = any(word in bare.lower() for word in SERVICES)
    return "" if not bare or private or is_held_back(bare) else bare


def _mail(text: str) -> str:
    return "" if any(word in text.lower() for word in SERVICES) or is_held_back(text) else email_in(text)
