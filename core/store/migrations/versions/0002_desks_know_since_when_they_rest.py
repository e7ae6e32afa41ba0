"""A desk that was put off knows since when, so that a clock set back does not keep it waiting."""

import sqlalchemy as sa
from alembic import op

from core.store.tables import Moment

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("scan", sa.Column("desk_since", Moment, nullable=True))
