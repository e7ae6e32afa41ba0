"""When a collector could ask its sources next, and what is left with each: for plans, health pages and quotas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from collectors.declare import Collector
from collectors.doors.keys import accounts, secret_of
from collectors.doors.pacing import covers
from core.clock import span
from core.ledger import NOBODY, Account, Count, Drawer, Ledger, Quota, Standing
from core.settings import Settings
from tasks.offers import offered


@dataclass(frozen=True, slots=True)
class Outlook:
    """One source of a collector, over all of its keys."""

    source: str
    left_day: int | None  # questions; None: there is no such limit, or what is left is not known
    left_month: int | None
    limit_day: int | None
    limit_month: int | None
    wait_seconds: float  # until the next question could be asked; 0: now
    broken_until: datetime | None  # nobody asks before: the breaker is open, or every key rests
    broken_by: str = ""  # the reason code: down, timeout, bad_key, forbidden, rate_limited
    keys: int = 0  # how many are set
    keys_ready: int = 0  # how many of them could be asked with now


async def standings(
    ledger: Ledger, collector: Collector, settings: Settings, *, drawer: Drawer = NOBODY
) -> list[Standing]:
    """Every account that a collector draws on. Uses nothing; while Redis is away, what this process knows."""
    troubles = await ledger.troubles.all()
    return [
        Standing(
            budget.source,
            alias,
            await ledger.windows.counts(account, drawer),
            troubles.get(account.id) or troubles.get(Account(account.source).id),
            _rate(collector, budget.host),
            account.id,
        )
        for budget, account, alias in accounts(collector, settings, secret_of(settings))
    ]


async def quota(ledger: Ledger, settings: Settings, *, drawer: Drawer = NOBODY) -> Quota:
    """How every account of every collector stands, once each, and what rests besides. Uses nothing."""
    found: dict[str, Standing] = {}
    for collector in offered(settings).values():
        for each in await standings(ledger, collector, settings, drawer=drawer):
            found.setdefault(each.account, each)
    now, told = ledger.now(), {name.partition("|")[0] for name in found}
    resting = [(name.partition("|")[0], each) for name, each in (await ledger.troubles.all()).items()]
    besides = [(name, each) for name, each in resting if name not in told and each.rests(now.timestamp())]
    return Quota(tuple(found.values()), tuple(sorted(besides, key=lambda each: each[1].until)), now)


def drawer_of(settings: Settings, *, team: str, user: str) -> Drawer:
    """Somebody who looks at what is theirs."""
    return Drawer.of(secret_of(settings), team, user, "")


async def outlook(ledger: Ledger, collector: Collector, settings: Settings) -> list[Outlook]:
    """What is left with each source that the collector declares a budget for. Uses nothing."""
    found: dict[str, list[Standing]] = {}
    for each in await standings(ledger, collector, settings):
        found.setdefault(each.source, []).append(each)
    return [_outlook(source, each, ledger.now()) for source, each in found.items()]


def _outlook(source: str, held: Sequence[Standing], now: datetime) -> Outlook:
    waits = [each.wait(now) for each in held]
    resting = [each.trouble for each in held if each.trouble and each.trouble.rests(now.timestamp())]
    all_rest = len(resting) == len(held)
    soonest = min(resting, key=lambda each: each.until) if resting and all_rest else None
    return Outlook(
        source=source,
        left_day=_sum(each.left for each in _of(held, "day")),
        left_month=_sum(each.left for each in _of(held, "month")),
        limit_day=_sum(each.limit for each in _of(held, "day")),
        limit_month=_sum(each.limit for each in _of(held, "month")),
        wait_seconds=min(waits, default=0.0),
        broken_until=datetime.fromtimestamp(soonest.until, UTC) if soonest else None,
        broken_by=soonest.cause if soonest else "",
        keys=sum(bool(each.key) for each in held),
        keys_ready=sum(bool(each.key) and not wait for each, wait in zip(held, waits, strict=True)),
    )


def _rate(collector: Collector, host: str) -> str:
    rate = next((rate for pattern, rate in collector.rates if covers(pattern, host)), collector.default_rate)
    seconds = f"{rate.seconds:g} s" if rate.seconds < 120 else span(rate.seconds)
    return f"{rate.calls:g} in {seconds}"


def _of(held: Sequence[Standing], period: str) -> list[Count]:
    """Nothing where it is not known of each: a sum of some would be less than is left, or more."""
    counts = [count for each in held for count in each.counts if count.window.period == period]
    return counts if all(count.known for count in counts) else []


def _sum(numbers: Iterable[int]) -> int | None:
    found = list(numbers)
    return sum(found) if found else None
