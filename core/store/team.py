"""The tables of what a team keeps besides its scans: cases, verdicts, watches, playbooks, raw answers, roles."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core.store.tables import Json, Moment, metadata
from core.store.tables import count_column as _count
from core.store.tables import text_column as _text


def _moment(name: str, *, needed: bool = False) -> sa.Column[datetime | None]:
    return sa.Column(name, Moment, nullable=not needed)


def _where(name: str, those: sa.ColumnElement[bool], *columns: sa.Column[Any], unique: bool = False) -> None:
    """An index of those rows alone."""
    sa.Index(name, *columns, unique=unique, sqlite_where=those, postgresql_where=those)


case = sa.Table(
    "casefile",  # CASE is a word of SQL
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _text("team"),
    _text("title"),
    _text("purpose"),
    _text("tlp"),
    _text("channel"),  # where it is bound: a channel, or one thread in it
    _text("thread_ts"),
    _text("opened_by"),
    _moment("opened_at", needed=True),
    _moment("until"),  # when it is to be closed
    _text("closed_by"),
    _moment("closed_at"),
    _count("keep_days"),  # after closing; 0: for good
    sa.Column("forgets", sa.Boolean, nullable=False, server_default=sa.false()),
    _moment("handed_at"),  # when the shift last changed
    _moment("reminded_at"),  # that its end has come
    _moment("reported_at"),  # that it was closed
    *(_moment("forgotten_at"), _moment("busy_until"), _count("tries")),  # until then somebody says what is due
)
# One open case in a place.
_where("ix_casefile_bound", case.c.closed_at.is_(None), case.c.team, case.c.channel, case.c.thread_ts, unique=True)

member = sa.Table(
    "member",
    metadata,
    sa.Column("case_id", sa.ForeignKey("casefile.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("user", sa.Text, primary_key=True),
    _text("role"),  # lead, member
    _text("added_by"),
    _moment("added_at", needed=True),
    sa.Index("ix_member_user", "user"),
)

LABEL, POSTED = "label/", "posted/"
"""Keys of a case's notes begin so where they are none: that its label was changed, or a file of it posted (whose id
the key ends with, and whose channel is in `link`)."""
note = sa.Table(
    "note",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("case_id", sa.ForeignKey("casefile.id", ondelete="CASCADE"), nullable=False, index=True),
    _text("scan_id"),
    _text("user"),  # who wrote it down
    _text("author"),  # whose words they are
    _text("text"),
    _text("link"),
    _text("key"),  # the message it was made from; a second time it is not written again
    _moment("at", needed=True),
    sa.UniqueConstraint("case_id", "key"),
)

pivoting = sa.Table(
    "pivoting",
    metadata,
    # A scan that is to pivot by itself once it has ended: until then it is "wanted", then "due", then "done".
    sa.Column("scan_id", sa.ForeignKey("scan.id", ondelete="CASCADE"), primary_key=True),
    _text("state"),
    _count("tries"),
    _moment("after"),  # not before: somebody is at it
    _count("batch"),  # how often somebody asked for more
    _count("left"),  # what its limit left out
    _text("why"),  # when the tree may not grow further
    _moment("changed_at", needed=True),
)
_where("ix_pivoting_due", pivoting.c.state == "due", pivoting.c.after)

switch = sa.Table(
    "switch",
    metadata,
    sa.Column("team", sa.Text, primary_key=True),
    sa.Column("collector", sa.Text, primary_key=True),  # that is asked nothing more
    _text("reason"),
    _text("made_by"),
    _moment("made_at", needed=True),
)

verdict = sa.Table(
    "verdict",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _text("team"),
    _text("target_digest"),
    _text("fingerprint"),  # of the finding
    _text("verdict"),  # confirmed, false, not_this_person, benign
    _text("user"),
    _text("scan_id"),  # where it was said
    _moment("at", needed=True),
    _text("undone_by"),
    _moment("undone_at"),
    sa.Index("ix_verdict_of", "team", "target_digest", "fingerprint"),
)

watch = sa.Table(
    "watch",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _text("team"),
    _text("channel"),
    _text("thread_ts"),
    _text("kind"),
    _text("value"),
    _text("playbook"),  # its name: each look takes the newest version
    _text("collectors"),  # names, separated by spaces; empty: what the playbook says, else all that fit
    _text("options"),
    _text("schedule"),  # five fields of cron
    _text("zone"),  # IANA
    _text("threshold"),  # the least severity that is posted; empty: every change
    _text("made_by"),
    _moment("made_at", needed=True),
    _text("reason"),
    _text("case_id"),
    _text("tlp"),
    _moment("due_at"),  # none: paused or over
    _moment("reckoned_at"),  # when that was reckoned; in the future: by a clock that was wrong
    _moment("last_at"),
    _text("last_scan"),
    _text("running"),  # the scan whose end is waited for
    _moment("told_at"),  # when it last said something, a sign of life included
    _count("quiet"),  # looks since then
    _count("below"),  # of them with changes below the threshold
    _count("failures"),  # in a row
    _moment("changed_at"),  # when it last told a change, of which scan, in a few words
    _text("changed_scan"),
    _text("changed"),
    _text("trouble"),  # why it cannot go on, in a sentence
    _moment("expires_at"),
    _moment("paused_at"),
    _text("paused_by"),
    _text("ended"),  # stopped, expired; empty: it goes on
    _moment("ended_at"),
    _text("ended_by"),
    _count("fence"),
    sa.Index("ix_watch_due_at", "due_at"),
    sa.Index("ix_watch_running", "running"),
    sa.Index("ix_watch_place", "team", "channel"),
)

notice = sa.Table(
    "notice",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),  # what is said once: watch/ID/quiet/..., digest/...
    _text("team"),
    _text("channel"),
    _text("thread_ts"),
    _text("subject"),  # the watch it is about, if it is about one
    _text("tlp"),  # the label of what it says
    _text("user"),  # who is told alone where the channel may not show that
    _text("text"),
    sa.Column("blocks", Json, nullable=False),
    _text("state"),  # due, sending, said, given up
    _text("ts"),
    _count("tries"),
    _text("error"),
    _moment("after"),  # not before
    _moment("made_at", needed=True),
    sa.Index("ix_notice_subject", "subject"),
)
_where("ix_notice_due", notice.c.state.in_(("due", "sending")), notice.c.after)

digest = sa.Table(
    "digest",
    metadata,
    sa.Column("team", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    _text("every"),  # daily, weekly
    _text("schedule"),  # five fields of cron
    _text("zone"),
    _text("made_by"),
    _moment("made_at", needed=True),
    _moment("due_at"),
    _moment("reckoned_at"),
    _moment("last_at"),  # until when the last one told
    _count("fence"),
    sa.Index("ix_digest_due_at", "due_at"),
)

playbook = sa.Table(
    "playbook",
    metadata,
    sa.Column("team", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("spec", Json, nullable=False),
    _text("made_by"),
    _moment("made_at", needed=True),
    _moment("retired_at"),
)

answer = sa.Table(
    "answer",
    metadata,
    sa.Column("sha256", sa.Text, primary_key=True),  # of the raw bytes
    sa.Column("body", sa.LargeBinary, nullable=False),  # compressed
    _text("coding"),  # how
    _count("size"),  # of the raw bytes
    _text("media_type"),
    _moment("kept_at", needed=True),
)

answered = sa.Table(
    "answered",
    metadata,
    sa.Column("run_id", sa.ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    _text("sha256"),
    _text("source"),
    _text("url"),
    _text("status"),
    _moment("fetched_at", needed=True),
    _count("size"),  # of the raw bytes
    _text("media_type"),
    sa.Column("truncated", sa.Boolean, nullable=False, server_default=sa.false()),  # there was more than was read
    _count("version"),  # of the collector that asked
    _text("key_alias"),  # of several keys, which one it was asked with
    _text("left_out"),  # why the bytes are not kept; empty: they are
    sa.Index("ix_answered_sha256", "sha256"),
)

refusal = sa.Table(
    "refusal",
    metadata,
    sa.Column("team", sa.Text, primary_key=True),
    sa.Column("target_digest", sa.Text, primary_key=True),  # whom nobody may look up
    _text("kind"),  # of a domain: all e-mail addresses of it
    _text("value"),
    _text("why"),
    _text("made_by"),
    _moment("made_at", needed=True),
)

approval = sa.Table(
    "approval",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _text("team"),
    _text("channel"),
    _text("thread_ts"),
    _text("asked_by"),
    _moment("asked_at", needed=True),
    sa.Column("wish", Json, nullable=False),
    _text("reason"),
    _text("state"),  # waiting, granted, refused, over
    _text("decided_by"),
    _moment("decided_at"),
    _moment("expires_at", needed=True),
    _text("scan_ids"),  # what it started, separated by spaces
    _text("message_ts"),  # of its card
    _text("told"),  # the state that the card shows
    sa.Index("ix_approval_state", "state", "expires_at"),
)

chain = sa.Table(
    "chain",  # the end of each workspace's audit chain; whoever lengthens it holds this row
    metadata,
    sa.Column("team", sa.Text, primary_key=True),
    _count("place"),
    _text("link"),
)

role = sa.Table(
    "role",
    metadata,
    sa.Column("team", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),  # a user, a user group or a channel of Slack
    _text("role"),  # viewer, analyst, lead, admin
    _text("made_by"),
    _moment("made_at", needed=True),
)
