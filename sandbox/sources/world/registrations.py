"""Who registered which name of the invented world, when, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sandbox.sources.world import hostile
from sandbox.sources.world.parties import (
    ADA,
    CHEAP_REGISTRAR,
    EXAMPLE_CORP,
    EXAMPLE_HOSTING,
    PROXY,
    REGISTRAR,
    Party,
    Registrar,
)

LOCKED = ("client delete prohibited", "client transfer prohibited", "client update prohibited")


@dataclass(frozen=True, slots=True)
class Registration:
    """A registered domain. Its name servers and keys are in its zone, not here."""

    domain: str
    created: datetime
    updated: datetime
    expires: datetime
    registrar: Registrar
    holder: Party
    statuses: tuple[str, ...]  # as RDAP spells them (RFC 8056)
    shown: bool = True  # False: the registry keeps the holder to itself

    @property
    def handle(self) -> str:
        """The registry's own id for it."""
        return f"{sum(self.domain.encode()) * 7919}_DOMAIN-{self.domain.rpartition('.')[2].upper()}"


def registrations(today: datetime) -> dict[str, Registration]:
    """Every registration by domain; ages that matter are counted from `today` (midnight)."""
    example = (
        Registration(
            "example.com",
            created=datetime(1995, 8, 14, 4, tzinfo=UTC),
            updated=datetime(2026, 8, 14, 7, 1, 38, tzinfo=UTC),
            expires=_next(today, 8, 13),
            registrar=REGISTRAR,
            holder=EXAMPLE_CORP,
            statuses=LOCKED,
        ),
        Registration(
            "example.net",
            created=datetime(1997, 3, 2, 5, tzinfo=UTC),
            updated=datetime(2026, 3, 3, 9, 12, 1, tzinfo=UTC),
            expires=_next(today, 3, 1),
            registrar=REGISTRAR,
            holder=EXAMPLE_HOSTING,
            statuses=LOCKED[1:2],
        ),
        Registration(
            "example.org",
            created=datetime(2004, 5, 6, 12, tzinfo=UTC),
            updated=datetime(2026, 5, 1, 8, tzinfo=UTC),
            expires=_next(today, 5, 6),
            registrar=REGISTRAR,
            holder=EXAMPLE_CORP,
            statuses=LOCKED[1:2],
            shown=False,
        ),
        Registration(
            "kontor.example",
            created=datetime(2012, 10, 1, 9, tzinfo=UTC),
            updated=datetime(2019, 4, 2, 8, 11, 12, tzinfo=UTC),
            expires=_next(today, 10, 1),
            registrar=REGISTRAR,
            holder=ADA,
            statuses=("active",),
            shown=False,
        ),
    )
    tests = (
        _test("examp1e-login.test", today, days=3, holder=PROXY, statuses=("add period",)),
        _test("rented.test", today, days=900, holder=PROXY),
        _test("slow.test", today, days=2000, holder=EXAMPLE_CORP),
        _test("flaky.test", today, days=1000, holder=EXAMPLE_CORP),
        _test("broken.test", today, days=500, holder=EXAMPLE_CORP),
        _test("hostile.test", today, days=30, holder=hostile.NOBODY, registrar=hostile.REGISTRAR),
    )
    return {each.domain: each for each in (*example, *tests)}


def _test(
    domain: str,
    today: datetime,
    *,
    days: int,
    holder: Party,
    registrar: Registrar = CHEAP_REGISTRAR,
    statuses: tuple[str, ...] = LOCKED[1:2],
) -> Registration:
    """A name under .test: bought `days` ago at a quarter past nine, renewed every year."""
    created = today - timedelta(days=days) + timedelta(hours=9, minutes=15)
    expires = created
    while expires <= today:
        expires += timedelta(days=365)
    return Registration(
        domain,
        created=created,
        updated=created + timedelta(minutes=5),
        expires=expires,
        registrar=registrar,
        holder=holder,
        statuses=statuses,
    )


def _next(today: datetime, month: int, day: int) -> datetime:
    """The next such day that is at least four months off, so that nothing healthy is about to expire."""
    when = datetime(today.year, month, day, 4, tzinfo=UTC)
    while when < today + timedelta(days=120):
        when = when.replace(year=when.year + 1)
    return when
