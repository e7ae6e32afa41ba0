"""A run that was put off knows until when, and since when it has been."""

import sqlalchemy as sa
from alembic import op

from core.store.tables import Moment

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("run", sa.Column("after", Moment, nullable=True))
    op.add_column("run", sa.Column("put_off", Moment, nullable=True))
