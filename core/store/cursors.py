"""Where a page of a list ended, as a word that leads to the next one: what is sorted by time, the newest first."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime

from core.errors import BadQuestion


def written(at: datetime, last: str) -> str:
    """The cursor of a page that ended with the row of this id, made at that time."""
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{last}".encode()).decode().rstrip("=")


def read(cursor: str) -> tuple[datetime, str] | None:
    """Where the page before ended; None: there was none.

    Raises:
        BadQuestion: it is none that a page gave.
    """
    if not cursor:
        return None
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
        at, _, last = text.partition("|")
        when = datetime.fromisoformat(at)
        if when.tzinfo is None or not last.isalnum():
            raise ValueError(cursor)
        return when.astimezone(UTC), last
    except (ValueError, OverflowError, binascii.Error) as error:
        raise BadQuestion("This cursor is none that a page of mine gave. Begin without one.") from error
