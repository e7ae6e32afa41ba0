"""Scans keep the language in which their threads are written."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("scan", sa.Column("language", sa.Text(), server_default="", nullable=False))
