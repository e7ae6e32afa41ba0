"""Scans keep their options and who allowed to touch the target; what each collector did lately is found by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ASKED = "ms IS NOT NULL AND NOT cached AND same_as = ''"


def upgrade() -> None:
    op.add_column("scan", sa.Column("options", sa.Text(), server_default="", nullable=False))
    op.add_column("scan", sa.Column("active_by", sa.Text(), server_default="", nullable=False))
    op.add_column("scan", sa.Column("active_round", sa.Integer(), server_default="0", nullable=False))
    op.create_index(
        "ix_run_asked",
        "run",
        ["collector", "closed_at", "outcome"],
        sqlite_where=sa.text(ASKED),
        postgresql_where=sa.text(ASKED),
    )
