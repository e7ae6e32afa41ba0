"""The table of the workspaces that installed us, and what is true of the rows of those that removed us again."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from core.store.tables import Moment, count_column, metadata, text_column

installation = sa.Table(
    "installation",
    metadata,
    sa.Column("team", sa.Text, primary_key=True),
    text_column("name"),
    text_column("enterprise"),
    text_column("app"),
    text_column("bot_user"),
    text_column("bot"),
    text_column("scopes"),  # separated by spaces
    text_column("installed_by"),
    sa.Column("installed_at", Moment, nullable=False),
    text_column("sealed"),  # its tokens, encrypted; empty once it is gone
    count_column("version"),  # of its tokens: who acts on what an older one was told changes nothing
    sa.Column("expires_at", Moment),  # of a token that ends; none: it does not
    sa.Column("renewing_until", Moment),  # somebody renews it
    sa.Column("gone_at", Moment),
    text_column("gone_why"),
)


def reachable(team: sa.Column[Any]) -> sa.ColumnElement[bool]:
    """Rows of workspaces that did not remove us: nothing can be said in the others."""
    gone = sa.select(installation.c.team).where(installation.c.team == team, installation.c.gone_at.is_not(None))
    return ~gone.exists()
