"""Cases, verdicts, watches, playbooks, raw answers, refusals, approvals, roles."""

import sqlalchemy as sa
from alembic import op

from core.store.tables import Json, Moment

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "answer",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("coding", sa.Text(), server_default="", nullable=False),
        sa.Column("size", sa.Integer(), server_default="0", nullable=False),
        sa.Column("media_type", sa.Text(), server_default="", nullable=False),
        sa.Column("kept_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_answer")),
    )
    op.create_table(
        "approval",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), server_default="", nullable=False),
        sa.Column("channel", sa.Text(), server_default="", nullable=False),
        sa.Column("thread_ts", sa.Text(), server_default="", nullable=False),
        sa.Column("asked_by", sa.Text(), server_default="", nullable=False),
        sa.Column("asked_at", Moment, nullable=False),
        sa.Column("wish", Json, nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_by", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_at", Moment, nullable=True),
        sa.Column("expires_at", Moment, nullable=False),
        sa.Column("scan_ids", sa.Text(), server_default="", nullable=False),
        sa.Column("message_ts", sa.Text(), server_default="", nullable=False),
        sa.Column("told", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
    )
    op.create_index("ix_approval_state", "approval", ["state", "expires_at"])
    op.create_table(
        "casefile",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), server_default="", nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("purpose", sa.Text(), server_default="", nullable=False),
        sa.Column("tlp", sa.Text(), server_default="", nullable=False),
        sa.Column("channel", sa.Text(), server_default="", nullable=False),
        sa.Column("thread_ts", sa.Text(), server_default="", nullable=False),
        sa.Column("opened_by", sa.Text(), server_default="", nullable=False),
        sa.Column("opened_at", Moment, nullable=False),
        sa.Column("until", Moment, nullable=True),
        sa.Column("closed_by", sa.Text(), server_default="", nullable=False),
        sa.Column("closed_at", Moment, nullable=True),
        sa.Column("keep_days", sa.Integer(), server_default="0", nullable=False),
        sa.Column("forgets", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("handed_at", Moment, nullable=True),
        sa.Column("reminded_at", Moment, nullable=True),
        sa.Column("reported_at", Moment, nullable=True),
        sa.Column("forgotten_at", Moment, nullable=True),
        sa.Column("busy_until", Moment, nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_casefile")),
    )
    op.create_index(
        "ix_casefile_bound",
        "casefile",
        ["team", "channel", "thread_ts"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "chain",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), server_default="0", nullable=False),
        sa.Column("link", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("team", name=op.f("pk_chain")),
    )
    op.create_table(
        "digest",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("every", sa.Text(), server_default="", nullable=False),
        sa.Column("schedule", sa.Text(), server_default="", nullable=False),
        sa.Column("zone", sa.Text(), server_default="", nullable=False),
        sa.Column("made_by", sa.Text(), server_default="", nullable=False),
        sa.Column("made_at", Moment, nullable=False),
        sa.Column("due_at", Moment, nullable=True),
        sa.Column("reckoned_at", Moment, nullable=True),
        sa.Column("last_at", Moment, nullable=True),
        sa.Column("fence", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("team", "channel", name=op.f("pk_digest")),
    )
    op.create_index("ix_digest_due_at", "digest", ["due_at"])
    op.create_table(
        "notice",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), server_default="", nullable=False),
        sa.Column("channel", sa.Text(), server_default="", nullable=False),
        sa.Column("thread_ts", sa.Text(), server_default="", nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("tlp", sa.Text(), server_default="", nullable=False),
        sa.Column("user", sa.Text(), server_default="", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("blocks", Json, nullable=False),
        sa.Column("state", sa.Text(), server_default="", nullable=False),
        sa.Column("ts", sa.Text(), server_default="", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("after", Moment, nullable=True),
        sa.Column("made_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_notice")),
    )
    op.create_index(
        "ix_notice_due",
        "notice",
        ["after"],
        sqlite_where=sa.text("state IN ('due', 'sending')"),
        postgresql_where=sa.text("state IN ('due', 'sending')"),
    )
    op.create_index("ix_notice_subject", "notice", ["subject"])
    op.create_table(
        "playbook",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("spec", Json, nullable=False),
        sa.Column("made_by", sa.Text(), server_default="", nullable=False),
        sa.Column("made_at", Moment, nullable=False),
        sa.Column("retired_at", Moment, nullable=True),
        sa.PrimaryKeyConstraint("team", "name", "version", name=op.f("pk_playbook")),
    )
    op.create_table(
        "refusal",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("target_digest", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("value", sa.Text(), server_default="", nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("made_by", sa.Text(), server_default="", nullable=False),
        sa.Column("made_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("team", "target_digest", name=op.f("pk_refusal")),
    )
    op.create_table(
        "role",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), server_default="", nullable=False),
        sa.Column("made_by", sa.Text(), server_default="", nullable=False),
        sa.Column("made_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("team", "subject", name=op.f("pk_role")),
    )
    op.create_table(
        "switch",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("collector", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("made_by", sa.Text(), server_default="", nullable=False),
        sa.Column("made_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("team", "collector", name=op.f("pk_switch")),
    )
    op.create_table(
        "verdict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team", sa.Text(), server_default="", nullable=False),
        sa.Column("target_digest", sa.Text(), server_default="", nullable=False),
        sa.Column("fingerprint", sa.Text(), server_default="", nullable=False),
        sa.Column("verdict", sa.Text(), server_default="", nullable=False),
        sa.Column("user", sa.Text(), server_default="", nullable=False),
        sa.Column("scan_id", sa.Text(), server_default="", nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("undone_by", sa.Text(), server_default="", nullable=False),
        sa.Column("undone_at", Moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verdict")),
    )
    op.create_index("ix_verdict_of", "verdict", ["team", "target_digest", "fingerprint"])
    op.create_table(
        "watch",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), server_default="", nullable=False),
        sa.Column("channel", sa.Text(), server_default="", nullable=False),
        sa.Column("thread_ts", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("value", sa.Text(), server_default="", nullable=False),
        sa.Column("playbook", sa.Text(), server_default="", nullable=False),
        sa.Column("collectors", sa.Text(), server_default="", nullable=False),
        sa.Column("options", sa.Text(), server_default="", nullable=False),
        sa.Column("schedule", sa.Text(), server_default="", nullable=False),
        sa.Column("zone", sa.Text(), server_default="", nullable=False),
        sa.Column("threshold", sa.Text(), server_default="", nullable=False),
        sa.Column("made_by", sa.Text(), server_default="", nullable=False),
        sa.Column("made_at", Moment, nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("case_id", sa.Text(), server_default="", nullable=False),
        sa.Column("tlp", sa.Text(), server_default="", nullable=False),
        sa.Column("due_at", Moment, nullable=True),
        sa.Column("reckoned_at", Moment, nullable=True),
        sa.Column("last_at", Moment, nullable=True),
        sa.Column("last_scan", sa.Text(), server_default="", nullable=False),
        sa.Column("running", sa.Text(), server_default="", nullable=False),
        sa.Column("told_at", Moment, nullable=True),
        sa.Column("quiet", sa.Integer(), server_default="0", nullable=False),
        sa.Column("below", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("changed_at", Moment, nullable=True),
        sa.Column("changed_scan", sa.Text(), server_default="", nullable=False),
        sa.Column("changed", sa.Text(), server_default="", nullable=False),
        sa.Column("trouble", sa.Text(), server_default="", nullable=False),
        sa.Column("expires_at", Moment, nullable=True),
        sa.Column("paused_at", Moment, nullable=True),
        sa.Column("paused_by", sa.Text(), server_default="", nullable=False),
        sa.Column("ended", sa.Text(), server_default="", nullable=False),
        sa.Column("ended_at", Moment, nullable=True),
        sa.Column("ended_by", sa.Text(), server_default="", nullable=False),
        sa.Column("fence", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch")),
    )
    op.create_index("ix_watch_due_at", "watch", ["due_at"])
    op.create_index("ix_watch_place", "watch", ["team", "channel"])
    op.create_index("ix_watch_running", "watch", ["running"])
    op.create_table(
        "member",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), server_default="", nullable=False),
        sa.Column("added_by", sa.Text(), server_default="", nullable=False),
        sa.Column("added_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["casefile.id"], name=op.f("fk_member_case_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("case_id", "user", name=op.f("pk_member")),
    )
    op.create_index("ix_member_user", "member", ["user"])
    op.create_table(
        "note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("scan_id", sa.Text(), server_default="", nullable=False),
        sa.Column("user", sa.Text(), server_default="", nullable=False),
        sa.Column("author", sa.Text(), server_default="", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("link", sa.Text(), server_default="", nullable=False),
        sa.Column("key", sa.Text(), server_default="", nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["casefile.id"], name=op.f("fk_note_case_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
        sa.UniqueConstraint("case_id", "key", name=op.f("uq_note_case_id_key")),
    )
    op.create_index(op.f("ix_note_case_id"), "note", ["case_id"])
    op.create_table(
        "pivoting",
        sa.Column("scan_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("after", Moment, nullable=True),
        sa.Column("batch", sa.Integer(), server_default="0", nullable=False),
        sa.Column("left", sa.Integer(), server_default="0", nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("changed_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["scan_id"], ["scan.id"], name=op.f("fk_pivoting_scan_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("scan_id", name=op.f("pk_pivoting")),
    )
    op.create_index(
        "ix_pivoting_due",
        "pivoting",
        ["after"],
        sqlite_where=sa.text("state = 'due'"),
        postgresql_where=sa.text("state = 'due'"),
    )
    op.create_table(
        "answered",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("url", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Text(), server_default="", nullable=False),
        sa.Column("fetched_at", Moment, nullable=False),
        sa.Column("size", sa.Integer(), server_default="0", nullable=False),
        sa.Column("media_type", sa.Text(), server_default="", nullable=False),
        sa.Column("truncated", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("key_alias", sa.Text(), server_default="", nullable=False),
        sa.Column("left_out", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_answered_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_answered")),
    )
    op.create_index("ix_answered_sha256", "answered", ["sha256"])
