"""Scans asked over HTTP: tokens and sessions, how urgent a scan is, why it was asked, whom to call back."""

import sqlalchemy as sa
from alembic import op

from core.store.tables import Moment

revision = "0005"
down_revision = "0004"


def _text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


def upgrade() -> None:
    for name, default in (("priority", "interactive"), ("reason", ""), ("callback", ""), ("token", "")):
        op.add_column("scan", _text(name, default))
    op.add_column("scan", sa.Column("changed_at", Moment, nullable=True))
    op.create_index("ix_scan_team_changed_at", "scan", ["team", "changed_at"])
    op.create_index("ix_scan_team_created_at", "scan", ["team", "created_at"])
    op.create_index("ix_scan_team_channel_created_at", "scan", ["team", "channel", "created_at"])
    op.drop_index("ix_scan_status", "scan")
    op.create_index("ix_scan_status", "scan", ["status", "team", "created_at"])
    tagged = sa.text("tag != ''")
    columns = ["team", "tag", "created_at"]
    op.create_index("ix_scan_tagged", "scan", columns, sqlite_where=tagged, postgresql_where=tagged)
    op.create_table(
        "token",
        sa.Column("id", sa.Text, nullable=False),
        *(_text(name) for name in ("digest", "name", "team", "user", "scopes", "channels")),
        sa.Column("created_at", Moment, nullable=False),
        _text("created_by"),
        *(sa.Column(name, Moment, nullable=True) for name in ("expires_at", "revoked_at", "used_at")),
        sa.PrimaryKeyConstraint("id", name="pk_token"),
    )
    op.create_table(
        "session",
        sa.Column("digest", sa.Text, nullable=False),
        *(_text(name) for name in ("team", "user", "name", "scopes", "channels", "bearer")),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_session"),
    )
    op.create_index("ix_session_expires_at", "session", ["expires_at"])
    op.create_table(
        "callback",
        sa.Column("scan_id", sa.Text, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        _text("state"),
        sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
        _text("error"),
        sa.Column("after", Moment, nullable=True),
        sa.Column("changed_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["scan_id"], ["scan.id"], name="fk_callback_scan_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("scan_id", "round", name="pk_callback"),
    )
