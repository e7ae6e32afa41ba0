"""How many scans a person and a channel may start: counted in the transaction that starts them, so that no two
processes, nor two commands of one, both find room for the last one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from core import clock
from core.models import Place
from core.store.statements import COUNTS

SECONDS = 60.0
BULK = "bulk"  # the rule in the audit row of a scan that was held to the rates of bulk ones


@dataclass(frozen=True, slots=True)
class Rates:
    """How many scans `user` and the channel of `place`, if there is one, may start in a minute."""

    user: str
    place: Place
    user_most: int
    channel_most: int
    bulk: bool = False  # counts scans of bulk priority alone, which others do not count


class TooOften(Exception):
    """More than may be started: nothing was written. `rule` says whose rate, `started` how many there were."""

    def __init__(self, rule: str, started: int, most: int) -> None:
        super().__init__(rule)
        self.rule, self.started, self.most = rule, started, most


def one_by_one(db: sa.Connection, user: str, place: Place) -> None:
    """Let nobody else write for this person or channel until this transaction ends. SQLite has one writer anyway."""
    if db.dialect.name == "postgresql":
        channel = [f"channel|{place.team}|{place.channel}"] if place.channel else []
        for key in (f"user|{place.team}|{user}", *channel):  # always in this order
            db.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(key, 0))))


def check(db: sa.Connection, rates: Rates, new: int) -> None:
    """Count what was started lately, these new ones included, which are written already.

    Raises:
        TooOften: rolls the transaction back.
    """
    if not new:
        return
    place = rates.place
    asked = {
        "b_team": place.team,
        "b_user": rates.user,
        "b_channel": place.channel,
        "b_verb": "scan",
        "b_bulk": rates.bulk,
        "b_rule": BULK,
        "b_since": clock.now() - timedelta(seconds=SECONDS),
        "b_soon": clock.soon(),
    }
    mine, ours = db.execute(COUNTS, asked).one()
    if mine > rates.user_most:
        raise TooOften("user rate", mine - new, rates.user_most)
    if place.channel and ours > rates.channel_most:
        raise TooOften("channel rate", ours - new, rates.channel_most)
