"""Workspaces that installed us, with their tokens sealed."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def upgrade() -> None:
    op.create_table(
        "installation",
        sa.Column("team", sa.Text(), nullable=False),
        *map(_text, ("name", "enterprise", "app", "bot_user", "bot", "scopes", "installed_by")),
        sa.Column("installed_at", sa.DateTime(timezone=True), nullable=False),
        _text("sealed"),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("renewing_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        _text("gone_why"),
        sa.PrimaryKeyConstraint("team", name="pk_installation"),
    )
