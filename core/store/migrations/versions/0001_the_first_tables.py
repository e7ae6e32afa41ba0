"""The first tables."""

import sqlalchemy as sa
from alembic import op

from core.store.tables import Json, Moment

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("team", sa.Text(), server_default="", nullable=False),
        sa.Column("channel", sa.Text(), server_default="", nullable=False),
        sa.Column("user", sa.Text(), server_default="", nullable=False),
        sa.Column("door", sa.Text(), server_default="", nullable=False),
        sa.Column("verb", sa.Text(), server_default="", nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("decision", sa.Text(), server_default="", nullable=False),
        sa.Column("rule", sa.Text(), server_default="", nullable=False),
        sa.Column("scan_id", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_team_channel_verb_at", "audit", ["team", "channel", "verb", "at"])
    op.create_index("ix_audit_team_user_verb_at", "audit", ["team", "user", "verb", "at"])

    op.create_table(
        "flight",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("until", Moment, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_flight")),
    )
    op.create_table(
        "inbox",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("scan_ids", sa.Text(), server_default="", nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_inbox")),
    )
    op.create_index("ix_inbox_at", "inbox", ["at"])

    op.create_table(
        "scan",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("value", sa.Text(), server_default="", nullable=False),
        sa.Column("target_digest", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Text(), server_default="", nullable=False),
        sa.Column("round", sa.Integer(), server_default="1", nullable=False),
        sa.Column("open_runs", sa.Integer(), server_default="0", nullable=False),
        sa.Column("fresh", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("tag", sa.Text(), server_default="", nullable=False),
        sa.Column("door", sa.Text(), server_default="", nullable=False),
        sa.Column("asker_user", sa.Text(), server_default="", nullable=False),
        sa.Column("asker_name", sa.Text(), server_default="", nullable=False),
        sa.Column("team", sa.Text(), server_default="", nullable=False),
        sa.Column("channel", sa.Text(), server_default="", nullable=False),
        sa.Column("thread_ts", sa.Text(), server_default="", nullable=False),
        sa.Column("round_by", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("round_at", Moment, nullable=True),
        sa.Column("finished_at", Moment, nullable=True),
        sa.Column("cancelled_by", sa.Text(), server_default="", nullable=False),
        sa.Column("undelivered", sa.Text(), server_default="", nullable=False),
        sa.Column("wanted", sa.Integer(), server_default="0", nullable=False),
        sa.Column("told", sa.Integer(), server_default="0", nullable=False),
        sa.Column("desk_fence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("desk_until", Moment, nullable=True),
        sa.Column("desk_after", Moment, nullable=True),
        sa.Column("desk_tries", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan")),
    )
    op.create_index("ix_scan_status", "scan", ["status"])
    op.create_index("ix_scan_team_asker_user_created_at", "scan", ["team", "asker_user", "created_at"])
    op.create_index("ix_scan_team_target_digest_created_at", "scan", ["team", "target_digest", "created_at"])
    op.create_index(
        "ix_scan_untold",
        "scan",
        ["desk_after"],
        sqlite_where=sa.text("told < wanted"),
        postgresql_where=sa.text("told < wanted"),
    )

    op.create_table(
        "message",
        sa.Column("scan_id", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), server_default="", nullable=False),
        sa.Column("ts", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="", nullable=False),
        sa.Column("digest", sa.Text(), server_default="", nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("changed_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["scan_id"], ["scan.id"], name=op.f("fk_message_scan_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("scan_id", "slot", name=op.f("pk_message")),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("scan_id", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), server_default="1", nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("collector", sa.Text(), server_default="", nullable=False),
        sa.Column("key", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="", nullable=False),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("message", sa.Text(), server_default="", nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("fence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_until", Moment, nullable=True),
        sa.Column("queued_at", Moment, nullable=False),
        sa.Column("started_at", Moment, nullable=True),
        sa.Column("closed_at", Moment, nullable=True),
        sa.Column("answered_at", Moment, nullable=True),
        sa.Column("ms", sa.Integer(), nullable=True),
        sa.Column("cached", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("found", sa.Integer(), server_default="0", nullable=False),
        sa.Column("same_as", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["scan_id"], ["scan.id"], name=op.f("fk_run_scan_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
        sa.UniqueConstraint("scan_id", "round", "collector", name=op.f("uq_run_scan_id_round_collector")),
    )
    op.create_index("ix_run_key_closed_at", "run", ["key", "closed_at"])
    op.create_index("ix_run_state_lease_until", "run", ["state", "lease_until"])

    op.create_table(
        "finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("value", sa.Text(), server_default="", nullable=False),
        sa.Column("attributes", Json, nullable=False),
        sa.Column("confidence", sa.Text(), server_default="", nullable=False),
        sa.Column("first_seen", Moment, nullable=True),
        sa.Column("last_seen", Moment, nullable=True),
        sa.Column("context", sa.Text(), server_default="", nullable=False),
        sa.Column("collector", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("url", sa.Text(), server_default="", nullable=False),
        sa.Column("fetched_at", Moment, nullable=False),
        sa.Column("status", sa.Text(), server_default="", nullable=False),
        sa.Column("sha256", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_finding_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
        sa.UniqueConstraint("run_id", "fingerprint", name=op.f("uq_finding_run_id_fingerprint")),
    )
