"""The audit's chain: each row's link is a digest of it and of the link before, so a changed, lost or swapped row shows.

Rows are appended without a link: whoever acts waits for nobody. The sweeper chains them a few seconds later, in
batches, one sweeper at a time for each workspace. Until then a row is visible as not chained.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from core.store.database import Database
from core.store.tables import audit
from core.store.team import chain

BATCH = 500  # rows that are chained in one transaction, or read at once
FIRST = "0" * 64  # the link before the first row
_CHAINED = audit.c.chained.is_not(None)
_LINKED = ("team", "channel", "user", "door", "verb", "decision", "rule", "scan_id", "outcome", "said")
_WRITE = (
    audit.update()
    .where(audit.c.id == sa.bindparam("b_id"))
    .values(
        chained=sa.bindparam("b_place", type_=sa.Integer()),
        before=sa.bindparam("b_before"),
        salt=sa.bindparam("b_salt"),
        said=sa.bindparam("b_said"),
        link=sa.bindparam("b_link"),
    )
)


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of looking through one workspace's chain."""

    team: str
    rows: int  # whose links hold, from the beginning on
    head: str  # the link of the last of them
    waiting: int  # rows that are not chained yet: nothing can be said of them
    forgotten: int  # rows whose subject and reason were forgotten; their links hold
    broken: str = ""  # a sentence about the first link that does not hold


class Chain:
    def __init__(self, database: Database) -> None:
        self._db = database

    def extend(self, *, most: int = BATCH) -> int:
        """Chain what waits, so many rows of each workspace at most; returns how many were chained."""
        waiting = sa.select(audit.c.team).where(audit.c.chained.is_(None)).distinct()
        teams = self._db.read(lambda db: list(db.execute(waiting).scalars()))
        return sum(self._extend(team, most) for team in sorted(teams))

    def _extend(self, team: str, most: int) -> int:
        def work(db: sa.Connection) -> int:
            place, before = _hold(db, team)
            waiting = audit.select().where(audit.c.team == team, audit.c.chained.is_(None))
            rows = db.execute(waiting.order_by(audit.c.id).limit(most)).all()
            links = []
            for row in rows:
                place, salt = place + 1, secrets.token_hex(16)
                said = said_by(salt, row.subject, row.reason)
                link = link_of(dict(row._mapping) | {"said": said}, place, before)
                links.append({"b_id": row.id, "b_place": place, "b_before": before, "b_salt": salt})
                links[-1] |= {"b_said": said, "b_link": link}
                before = link
            if links:
                db.execute(_WRITE, links)
                db.execute(chain.update().where(chain.c.team == team).values(place=place, link=before))
            return len(links)

        return self._db.write(work)

    def verify(self, *, heads: Iterable[str] = ()) -> list[Verified]:
        """Look through every workspace's chain, as of one moment. `heads` are links that were noted earlier: that of
        a workspace's chain that has none of them stands nowhere in it any more, so it was written anew.
        """
        noted = frozenset(heads)

        def work(db: sa.Connection) -> list[Verified]:
            known = set(db.execute(sa.select(audit.c.team).distinct()).scalars())
            ends = {row.team: (row.place, row.link) for row in db.execute(chain.select())}
            found = [_verified(db, team, ends.get(team, (0, FIRST)), noted) for team in sorted(known | set(ends))]
            missing = noted - {head for _, heads in found for head in heads}
            if missing and found:
                sentence = f"The link {min(missing)}, noted earlier, is in no chain: the audit was written anew."
                return [each if each.broken else _with(each, sentence) for each, _ in found]
            return [each for each, _ in found]

        return self._db.read(work)

    def rows(
        self, *, since: datetime | None = None, until: datetime | None = None, team: str | None = None
    ) -> Iterator[dict[str, Any]]:
        """Every row in order, page by page, chained or not."""
        last = 0
        while page := self._page(last, since, until, team):
            yield from page
            last = int(page[-1]["id"])

    def _page(
        self, last: int, since: datetime | None, until: datetime | None, team: str | None
    ) -> list[dict[str, Any]]:
        query = audit.select().where(audit.c.id > last).order_by(audit.c.id).limit(BATCH)
        query = query.where(audit.c.at >= since) if since else query
        query = query.where(audit.c.at < until) if until else query
        query = query.where(audit.c.team == team) if team is not None else query
        return self._db.read(lambda db: [dict(row._mapping) for row in db.execute(query)])


def said_by(salt: str, subject: str, reason: str) -> str:
    """A digest of what a row says in words. The salt goes when they are forgotten: nobody guesses them back."""
    return _digest([salt, subject, reason])


def link_of(row: Any, place: int, before: str) -> str:
    """The link of a row at a place of the chain, after the link `before`."""
    at = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    return _digest([before, place, row["id"], at, *(row[name] for name in _LINKED)])


def _digest(words: list[Any]) -> str:
    return sha256(json.dumps(words, separators=(",", ":")).encode()).hexdigest()


def _hold(db: sa.Connection, team: str) -> tuple[int, str]:
    """The end of the chain, held until this transaction ends."""
    insert = (postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert)(chain)
    db.execute(insert.values(team=team, place=0, link=FIRST).on_conflict_do_nothing(index_elements=["team"]))
    row = db.execute(chain.select().where(chain.c.team == team).with_for_update()).one()
    return row.place, row.link


def _verified(
    db: sa.Connection, team: str, end: tuple[int, str], noted: frozenset[str]
) -> tuple[Verified, frozenset[str]]:
    place, before, forgotten, broken = 0, FIRST, 0, ""
    seen: set[str] = set()
    query = audit.select().where(audit.c.team == team, _CHAINED).order_by(audit.c.chained, audit.c.id)
    with closing(db.execute(query.execution_options(yield_per=BATCH))) as rows:
        for row in rows:
            if broken := _trouble(row, place + 1, before):
                break
            place, before, forgotten = place + 1, row.link, forgotten + (not row.salt)
            seen |= {row.link} & noted
    if not broken and (place, before) != end:
        broken = f"The chain ends at place {place}, and should end at place {end[0]}: its last rows are gone."
    count = sa.select(sa.func.count()).where(audit.c.team == team, audit.c.chained.is_(None))
    waiting = int(db.execute(count).scalar_one())
    return Verified(team, place, before, waiting, forgotten, broken), frozenset(seen)


def _trouble(row: Any, place: int, before: str) -> str:
    """Why this row is not the one that stood at this place."""
    if row.chained != place:
        gone = f"The row at place {place} is gone."
        return gone if row.chained > place else f"Two rows stand at place {row.chained}."
    if row.before != before:
        return f"Row {row.id} at place {place} does not follow the row before it."
    words = said_by(row.salt, row.subject, row.reason) if row.salt else row.said
    if words != row.said or (not row.salt and (row.subject or row.reason)):
        return f"Row {row.id} at place {place} does not say any more what was written."
    if row.link != link_of(row._mapping, place, before):
        return f"Row {row.id} at place {place} is not as it was written."
    return ""


def _with(each: Verified, sentence: str) -> Verified:
    return Verified(each.team, each.rows, each.head, each.waiting, each.forgotten, sentence)
