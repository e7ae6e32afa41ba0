"""The record's tables. Migrations make them; the store's modules read and write them; nobody else does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(sa.types.TypeDecorator[datetime]):
    """A time in UTC: aware going in, aware coming out, also on SQLite, which keeps no zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = sa.JSON().with_variant(JSONB(), "postgresql")


def text_column(name: str, **rest: Any) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="", **rest)


def count_column(name: str, start: int = 0) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, server_default=str(start))


scan = sa.Table(
    "scan",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    text_column("kind"),
    text_column("value"),
    text_column("target_digest"),  # of kind and value: a long URL does not fit into an index of Postgres
    text_column("status"),
    count_column("round", 1),
    count_column("open_runs"),  # of the current round; whoever brings it to zero finished the round
    sa.Column("fresh", sa.Boolean, nullable=False, server_default=sa.false()),
    text_column("options"),  # names, separated by spaces
    text_column("active_by"),  # who allowed to touch the target itself, and since which round
    count_column("active_round"),
    text_column("tag"),
    sa.Column("priority", sa.Text, nullable=False, server_default="interactive"),
    text_column("reason"),  # why it was asked, in the words of who asked
    text_column("callback"),  # the URL to tell when it has ended
    text_column("token"),  # by which it was asked, over HTTP
    text_column("case_id"),
    text_column("members"),  # of the case, separated by spaces; `member` is where they are known
    text_column("tlp"),
    text_column("parent_id"),  # the scan that a finding of was pivoted from, and that finding's fingerprint
    text_column("parent_finding"),
    count_column("hops"),
    text_column("watch_id"),
    text_column("playbook"),
    sa.Column("hushed", sa.Boolean, nullable=False, server_default=sa.false()),  # its thread is not written (yet)
    text_column("door"),
    text_column("asker_user"),
    text_column("asker_name"),
    text_column("language"),  # in which its thread is written: the same record gives the same message
    text_column("team"),
    text_column("channel"),
    text_column("thread_ts"),  # where it was asked, when inside a thread
    text_column("round_by"),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("round_at", Moment),
    sa.Column("finished_at", Moment),
    sa.Column("changed_at", Moment),  # when it last became something to be shown anew; none: before it was kept
    text_column("cancelled_by"),
    text_column("undelivered"),
    # The desk: what the thread should say is version `wanted`; it says version `told`. Whoever holds
    # the desk (a lease with a fencing number) brings the one to the other. Held: `desk_until` is set, and is raised
    # again and again; put off: `desk_since` and `desk_after` say from when to when.
    count_column("wanted"),
    count_column("told"),
    count_column("desk_fence"),
    sa.Column("desk_until", Moment),
    sa.Column("desk_after", Moment),
    sa.Column("desk_since", Moment),
    count_column("desk_tries"),
    sa.Index(None, "team", "target_digest", "created_at"),
    sa.Index(None, "team", "asker_user", "created_at"),
    # Pages of scans, newest first: of all, of a channel, of those that are still open, of a tag.
    sa.Index(None, "team", "created_at"),
    sa.Index(None, "team", "channel", "created_at"),
    sa.Index("ix_scan_status", "status", "team", "created_at"),
    sa.Index(None, "team", "changed_at"),
)
for _name, _columns in (
    ("tagged", ("tag", "team", "tag", "created_at")),
    *((name, (name, name, "created_at")) for name in ("case_id", "parent_id", "watch_id")),
):
    _set = scan.c[_columns[0]] != ""
    sa.Index(f"ix_scan_{_name}", *(scan.c[each] for each in _columns[1:]), sqlite_where=_set, postgresql_where=_set)
sa.Index(
    "ix_scan_untold",
    scan.c.desk_after,
    sqlite_where=scan.c.told < scan.c.wanted,
    postgresql_where=scan.c.told < scan.c.wanted,
)

run = sa.Table(
    "run",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("scan_id", sa.ForeignKey("scan.id", ondelete="CASCADE"), nullable=False),
    count_column("round", 1),
    count_column("position"),
    text_column("collector"),
    text_column("key"),  # what makes two answers the same: collector, version, target, options, workspace
    text_column("state"),
    text_column("outcome"),
    text_column("reason"),
    text_column("message"),
    count_column("attempt"),
    count_column("fence"),
    sa.Column("lease_until", Moment),  # raised again and again by the holder; watched, never compared with a clock
    sa.Column("queued_at", Moment, nullable=False),
    sa.Column("after", Moment),  # a queued run that was put off: nobody takes it before
    sa.Column("put_off", Moment),  # when that was first so
    sa.Column("started_at", Moment),
    sa.Column("closed_at", Moment),
    sa.Column("answered_at", Moment),
    sa.Column("ms", sa.Integer),
    sa.Column("cached", sa.Boolean, nullable=False, server_default=sa.false()),
    count_column("found"),
    text_column("same_as"),  # the run whose findings these are, when another asked for the same
    sa.UniqueConstraint("scan_id", "round", "collector"),
    sa.Index(None, "key", "closed_at"),
    sa.Index(None, "state", "lease_until"),
)
ASKED = (
    "ms IS NOT NULL AND NOT cached AND same_as = ''"  # the run asked its sources itself; the index needs these words
)
sa.Index(
    "ix_run_asked",
    run.c.collector,
    run.c.closed_at,
    run.c.outcome,
    sqlite_where=sa.text(ASKED),
    postgresql_where=sa.text(ASKED),
)

finding = sa.Table(
    "finding",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("run_id", sa.ForeignKey("run.id", ondelete="CASCADE"), nullable=False),
    text_column("fingerprint"),
    text_column("kind"),
    text_column("value"),
    sa.Column("attributes", Json, nullable=False),
    text_column("confidence"),
    sa.Column("first_seen", Moment),
    sa.Column("last_seen", Moment),
    text_column("context"),
    text_column("collector"),
    text_column("source"),
    text_column("url"),
    sa.Column("fetched_at", Moment, nullable=False),
    text_column("status"),
    text_column("sha256"),
    sa.UniqueConstraint("run_id", "fingerprint"),
)

flight = sa.Table(
    "flight",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("run_id", sa.Text, nullable=False),  # asks for the key for as long as it runs
    sa.Column("until", Moment, nullable=False),
)

message = sa.Table(
    "message",
    metadata,
    sa.Column("scan_id", sa.ForeignKey("scan.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("slot", sa.Text, primary_key=True),  # parent, reply/1/dns, summary/1, file/1/dns/0 ...
    text_column("channel"),
    text_column("ts"),
    text_column("state"),  # sending, said, gone, failed
    text_column("digest"),
    text_column("error"),
    count_column("tries"),
    sa.Column("changed_at", Moment, nullable=False),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", Moment, nullable=False),
    text_column("team"),
    text_column("channel"),
    text_column("user"),
    text_column("door"),
    text_column("verb"),
    text_column("subject"),
    text_column("decision"),  # allowed, refused
    text_column("rule"),
    text_column("scan_id"),
    text_column("reason"),  # why, in the words of who asked
    text_column("outcome"),  # what came of it, where that is known at once
    sa.Column("chained", sa.Integer),  # its place in the workspace's chain; none: it waits to be chained
    text_column("before"),  # the link of the row before it
    text_column("salt"),  # empty once chained: what the row said was forgotten
    text_column("said"),  # a digest of salt, subject and reason: it stays when they are forgotten
    text_column("link"),  # of this row: a digest of it and of `before`
    sa.Index(None, "team", "user", "verb", "at"),
    sa.Index(None, "team", "channel", "verb", "at"),
    sa.Index("ix_audit_chain", "team", "chained"),
    sa.Index("ix_audit_scan_id", "scan_id"),
)
sa.Index(
    "ix_audit_unchained",
    *(audit.c.team, audit.c.id),
    sqlite_where=audit.c.chained.is_(None),
    postgresql_where=audit.c.chained.is_(None),
)

inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),  # a delivery we have acted on
    text_column("scan_ids"),
    sa.Column("at", Moment, nullable=False, index=True),
)

bearer = sa.Table(
    "token",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),  # its public part; the rest is kept as a digest alone
    text_column("digest"),
    text_column("name"),  # what it is for, in the words of who made it
    text_column("team"),
    text_column("user"),  # whom it acts for: a Slack user id, or "service:" and a name
    text_column("scopes"),
    text_column("channels"),  # whose scans it may see besides its own
    sa.Column("created_at", Moment, nullable=False),
    text_column("created_by"),
    sa.Column("expires_at", Moment),
    sa.Column("revoked_at", Moment),
    sa.Column("used_at", Moment),
)

session = sa.Table(
    "session",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),  # of what the browser holds
    text_column("team"),
    text_column("user"),
    text_column("name"),
    text_column("scopes"),
    text_column("channels"),
    text_column("bearer"),  # the token by which somebody signed in; with it the session ends
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False, index=True),
)

callback = sa.Table(
    "callback",
    metadata,
    sa.Column("scan_id", sa.ForeignKey("scan.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("round", sa.Integer, primary_key=True),
    text_column("state"),  # due, told, given up
    count_column("tries"),
    text_column("error"),
    sa.Column("after", Moment),  # not before
    sa.Column("changed_at", Moment, nullable=False),
)
sa.Index(
    "ix_callback_due",
    callback.c.after,
    sqlite_where=callback.c.state == "due",
    postgresql_where=callback.c.state == "due",
)
