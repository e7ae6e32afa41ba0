"""In which language people read; so far it stood with their scans alone."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    reader = op.create_table(
        "reader",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("team", "user", name="pk_reader"),
    )
    scan = sa.table("scan", *map(sa.column, ("id", "team", "asker_user", "language", "created_at")))
    latest = sa.func.row_number().over(
        partition_by=(scan.c.team, scan.c.asker_user), order_by=(scan.c.created_at.desc(), scan.c.id)
    )
    spoken = sa.select(scan.c.team, scan.c.asker_user, scan.c.language, latest.label("place"))
    told = spoken.where(scan.c.language != "", scan.c.asker_user != "").subquery()
    theirs = sa.select(told.c.team, told.c.asker_user, told.c.language).where(told.c.place == 1)
    op.execute(reader.insert().from_select(["team", "user", "language"], theirs))
