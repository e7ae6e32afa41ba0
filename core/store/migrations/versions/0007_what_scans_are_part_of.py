"""What a scan is part of and who may see it; the audit is chained."""

import sqlalchemy as sa
from alembic import op

from core.store.triggers import guard

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("audit", sa.Column("reason", sa.Text(), server_default="", nullable=False))
    op.add_column("audit", sa.Column("outcome", sa.Text(), server_default="", nullable=False))
    op.add_column("audit", sa.Column("chained", sa.Integer(), nullable=True))
    op.add_column("audit", sa.Column("before", sa.Text(), server_default="", nullable=False))
    op.add_column("audit", sa.Column("salt", sa.Text(), server_default="", nullable=False))
    op.add_column("audit", sa.Column("said", sa.Text(), server_default="", nullable=False))
    op.add_column("audit", sa.Column("link", sa.Text(), server_default="", nullable=False))
    op.create_index("ix_audit_chain", "audit", ["team", "chained"])
    op.create_index("ix_audit_scan_id", "audit", ["scan_id"])
    op.create_index(
        "ix_audit_unchained",
        "audit",
        ["team", "id"],
        sqlite_where=sa.text("chained IS NULL"),
        postgresql_where=sa.text("chained IS NULL"),
    )
    op.add_column("scan", sa.Column("case_id", sa.Text(), server_default="", nullable=False))
    op.add_column("scan", sa.Column("members", sa.Text(), server_default="", nullable=False))
    op.add_column("scan", sa.Column("tlp", sa.Text(), server_default="", nullable=False))
    op.add_column("scan", sa.Column("parent_id", sa.Text(), server_default="", nullable=False))
    op.add_column("scan", sa.Column("parent_finding", sa.Text(), server_default="", nullable=False))
    op.add_column("scan", sa.Column("hops", sa.Integer(), server_default="0", nullable=False))
    op.add_column("scan", sa.Column("watch_id", sa.Text(), server_default="", nullable=False))
    op.add_column("scan", sa.Column("playbook", sa.Text(), server_default="", nullable=False))
    op.add_column("scan", sa.Column("hushed", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        "ix_scan_case_id",
        "scan",
        ["case_id", "created_at"],
        sqlite_where=sa.text("case_id != ''"),
        postgresql_where=sa.text("case_id != ''"),
    )
    op.create_index(
        "ix_scan_parent_id",
        "scan",
        ["parent_id", "created_at"],
        sqlite_where=sa.text("parent_id != ''"),
        postgresql_where=sa.text("parent_id != ''"),
    )
    op.create_index(
        "ix_scan_watch_id",
        "scan",
        ["watch_id", "created_at"],
        sqlite_where=sa.text("watch_id != ''"),
        postgresql_where=sa.text("watch_id != ''"),
    )
    guard(op.get_bind())
