"""Whose language a process speaks that has nobody in front of it."""

from __future__ import annotations

from contextlib import AbstractContextManager

from core.language import speaking
from core.store import Store


def as_read_by(store: Store, team: str, user: str, *, fallback: str) -> AbstractContextManager[None]:
    """To speak as somebody reads, as far as the bot learned that; else in the fallback. Blocking.

    Raises:
        StoreDown: the record does not answer.
    """
    return speaking(store.mine.language(team, user) or fallback)
