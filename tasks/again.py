"""When a thread that could not be told is tried again, by what Slack said."""

from __future__ import annotations

from core.errors import (
    AmbiguousPost,
    ChannelGone,
    MissingScope,
    NotInChannel,
    PostingRestricted,
    Revoked,
    SlackDown,
    SlackError,
    ThreadGone,
    Throttled,
)

PATIENCE = (2.0, 5.0, 15.0, 30.0, 60.0)  # seconds between tries while Slack is broken
MOST_TRIES = 60  # at a channel that does not let us in
NEVER: float | None = None
# What somebody must mend first: how often to look whether they have, and whether to write to the asker.
AGAIN: tuple[tuple[tuple[type[SlackError], ...], float | None, bool], ...] = (
    ((Revoked,), 60.0, False),
    ((ChannelGone, PostingRestricted, MissingScope, ThreadGone), NEVER, True),
)


def when_again(tries: int, error: SlackError) -> tuple[float | None, bool]:
    """Seconds until the next try (never: until somebody mends it), and whether to write to the asker."""
    for kinds, seconds, told in AGAIN:
        if isinstance(error, kinds):
            return seconds, told
    if isinstance(error, Throttled):
        return error.retry_after, False
    if isinstance(error, NotInChannel):
        return 60.0 if tries < MOST_TRIES else NEVER, True
    # A Slack that is broken is one day whole again, and nobody tells us when.
    if isinstance(error, SlackDown | AmbiguousPost) or tries < len(PATIENCE):
        return PATIENCE[min(tries, len(PATIENCE) - 1)], False
    return NEVER, True
