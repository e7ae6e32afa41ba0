"""Connections to Postgres: which server, and how long to wait for it."""

from __future__ import annotations

from typing import Any, TypeVar

import psycopg
import sqlalchemy as sa
from psycopg.abc import PQGen
from sqlalchemy import event

T = TypeVar("T")


def postgres_engine(url: str, patience: float) -> sa.Engine:
    """An engine whose connections lead to a server that takes writes, and that never waits for good."""
    milliseconds = int(patience * 1000)
    # After a failover the old server may come back as a standby, which answers and takes no writes.
    writable = {} if "target_session_attrs" in sa.make_url(url).query else {"target_session_attrs": "read-write"}
    engine = sa.create_engine(
        url,
        pool_pre_ping=True,
        pool_timeout=patience,
        pool_size=8,
        max_overflow=8,
        connect_args=writable
        | {
            "connect_timeout": max(2, int(patience)),
            # statement_timeout is the server's; a server that vanished without a word is noticed only here.
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "tcp_user_timeout": milliseconds * 5,
            "options": f"-c statement_timeout={milliseconds * 4} -c lock_timeout={milliseconds}",
        },
    )

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: object, _record: object, words: list[Any], named: dict[str, Any]) -> Any:
        connection = _Bounded.connect(*words, **named)
        connection.longest = patience * 5  # the server's own statement_timeout comes first, if it is alive
        return connection

    return engine


class _Bounded(psycopg.Connection[Any]):
    """A connection whose server may neither answer nor hang up, as behind a firewall that swallows: no clock but
    the client's sees that."""

    longest: float | None = None

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        try:
            return super().wait(gen, interval, timeout or self.longest)
        except psycopg.OperationalError:  # no answer in time, or the connection broke: what the server says comes later
            self.pgconn.finish()
            raise
