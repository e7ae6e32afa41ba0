"""Tokens of people and services, and the sessions of browsers. Only digests are kept: what opens the door is shown
once, to whom it was made for."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from core import clock
from core.callers import Caller, Scope
from core.store.database import Database
from core.store.opening import new_id
from core.store.rows import storable
from core.store.tables import bearer, session

PREFIX = "gum"
USED_EVERY = timedelta(minutes=1)  # how exactly is kept when a token was last used


@dataclass(frozen=True, slots=True)
class Token:
    """What may be known of a token by those who look after them; never the token itself."""

    id: str
    name: str
    caller: Caller
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None

    @property
    def is_good(self) -> bool:
        return self.revoked_at is None and (self.expires_at is None or clock.now() < self.expires_at)


class Tokens:
    def __init__(self, database: Database) -> None:
        self._db = database

    def create(
        self,
        *,
        team: str,
        user: str,
        name: str,
        scopes: Iterable[Scope],
        channels: Iterable[str] = (),
        lasts: timedelta | None,
        by: str,
    ) -> tuple[Token, str]:
        """Make a token; with it comes its text, which is kept nowhere."""
        made, now = new_id(), clock.now()
        secret = secrets.token_urlsafe(32)
        row = {
            "id": made,
            "digest": _digest(secret),
            "name": storable(name),
            "team": team,
            "user": user,
            "scopes": _words(scopes),
            "channels": _words(channels),
            "created_at": now,
            "created_by": by,
            "expires_at": now + lasts if lasts is not None else None,
        }
        self._db.write(lambda db: db.execute(bearer.insert().values(row)).rowcount)
        return self.get(made), f"{PREFIX}_{made}_{secret}"

    def get(self, public: str) -> Token:
        """Raises KeyError: there is none."""
        row = self._db.read(lambda db: db.execute(bearer.select().where(bearer.c.id == public)).one_or_none())
        if row is None:
            raise KeyError(public)
        return _token(row)

    def listed(self, *, team: str = "") -> list[Token]:
        """The newest first, also those that are good no more; of one workspace or of all."""
        query = bearer.select().order_by(bearer.c.created_at.desc())
        if team:
            query = query.where(bearer.c.team == team)
        return self._db.read(lambda db: [_token(row) for row in db.execute(query)])

    def revoke(self, public: str) -> bool:
        """End a token, and the sessions begun with it. False: there is none, or it was revoked before."""
        ended = bearer.update().where(bearer.c.id == public, bearer.c.revoked_at.is_(None))

        def work(db: sa.Connection) -> bool:
            db.execute(session.delete().where(session.c.bearer == public))
            return bool(db.execute(ended.values(revoked_at=clock.now())).rowcount)

        return self._db.write(work)

    def caller(self, text: str) -> Caller | None:
        """Who comes with this token; None when it is none of ours, expired or revoked. Digests are compared in
        constant time."""
        prefix, _, rest = text.partition("_")
        public, _, secret = rest.partition("_")
        named = bearer.select().where(bearer.c.id == storable(public))
        row = self._db.read(lambda db: db.execute(named).one_or_none())
        kept = row.digest if row is not None else _digest("")
        same = hmac.compare_digest(kept, _digest(secret))
        if row is None or not same or prefix != PREFIX or not _token(row).is_good:
            return None
        if row.used_at is None or clock.now() - row.used_at > USED_EVERY:
            noted = bearer.update().where(bearer.c.id == public).values(used_at=clock.now())
            self._db.write(lambda db: db.execute(noted).rowcount)
        return _token(row).caller

    def is_good(self, public: str) -> bool:
        """Whether a token still opens the door: asked again and again while a line stays open."""
        try:
            return self.get(public).is_good
        except KeyError:
            return False

    def begin(self, caller: Caller, *, lasts: timedelta) -> str:
        """Begin a session; returns what the browser is to hold. Sessions that are over are forgotten."""
        secret, now = secrets.token_urlsafe(32), clock.now()
        row = {
            "digest": _digest(secret),
            "team": caller.team,
            "user": caller.user,
            "name": storable(caller.name),
            "scopes": _words(caller.scopes),
            "channels": _words(caller.channels),
            "bearer": caller.token,
            "created_at": now,
            "expires_at": now + lasts,
        }

        def work(db: sa.Connection) -> None:
            db.execute(session.delete().where(session.c.expires_at < now))
            db.execute(session.insert().values(row))

        self._db.write(work)
        return secret

    def session(self, secret: str) -> Caller | None:
        """Who holds this session; None when it is over, or the token behind it is good no more."""
        query = session.select().where(session.c.digest == _digest(secret), session.c.expires_at > clock.now())
        row = self._db.read(lambda db: db.execute(query).one_or_none())
        if row is None or (row.bearer and not self.is_good(row.bearer)):
            return None
        return _caller(row, row.bearer)

    def end(self, secret: str) -> None:
        """End a session."""
        self._db.write(lambda db: db.execute(session.delete().where(session.c.digest == _digest(secret))).rowcount)


def _digest(secret: str) -> str:
    """Fast on purpose: what is hashed is 32 random bytes, which nobody can guess."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _words(words: Iterable[str]) -> str:
    return " ".join(sorted(str(word) for word in words))


def _caller(row: Any, public: str) -> Caller:
    scopes = frozenset(Scope(each) for each in row.scopes.split())
    return Caller(row.user, row.team, row.name, scopes, frozenset(row.channels.split()), public)


def _token(row: Any) -> Token:
    when = (row.created_at, row.created_by, row.expires_at, row.revoked_at, row.used_at)
    return Token(row.id, row.name, _caller(row, row.id), *when)
