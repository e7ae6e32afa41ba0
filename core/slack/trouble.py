"""Slack's error names become our errors here, each with the sentence its reader needs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from core.clock import span
from core.errors import (
    AmbiguousPost,
    ChannelGone,
    FileGone,
    Malformed,
    MessageGone,
    MissingScope,
    NotInChannel,
    PostingRestricted,
    Revoked,
    SlackDown,
    SlackError,
    ThreadGone,
    Throttled,
)
from core.language import N_, later
from core.slack.limits import LEAVES_TRACES

THREAD_GONE = N_("The thread was deleted. Press Post Again, and I open a new one.")
NARROW: tuple[tuple[type[SlackError], str, frozenset[str]], ...] = (
    (
        NotInChannel,
        N_("I am not a member of that channel. Invite me there with /invite, then press Post Again."),
        frozenset({"not_in_channel", "user_not_in_channel"}),
    ),
    (
        NotInChannel,  # a private channel hides itself from those outside
        N_("I cannot see that channel. If it still exists, invite me there with /invite, then press Post Again."),
        frozenset({"channel_not_found"}),
    ),
    (
        ThreadGone,
        THREAD_GONE,
        frozenset({"thread_not_found"}),
    ),
    (ChannelGone, N_("That channel is archived, so nothing can be posted there."), frozenset({"is_archived"})),
    (
        PostingRestricted,
        N_("That channel's settings do not let me post. Ask its owner, or run the scan in another channel."),
        frozenset(
            {
                "restricted_action",
                "restricted_action_read_only_channel",
                "restricted_action_thread_only_channel",
                "restricted_action_non_threadable_channel",
                "restricted_action_thread_locked",
                "team_access_not_granted",
                "messages_tab_disabled",
            }
        ),
    ),
    (
        Revoked,
        N_("Slack no longer accepts my token. An admin must install me again and set SLACK_BOT_TOKEN."),
        frozenset(
            {"account_inactive", "token_revoked", "invalid_auth", "token_expired", "not_authed", "org_login_required"}
        ),
    ),
    (
        MessageGone,
        N_("The message was deleted or can no longer be edited."),
        frozenset({"message_not_found", "cant_update_message", "edit_window_closed"}),
    ),
    (
        FileGone,
        N_("That file was deleted, or is shared nowhere where I am a member."),
        frozenset({"file_not_found", "file_deleted", "access_denied", "not_visible"}),
    ),
    (
        Malformed,
        N_("Slack refused the message I built."),
        frozenset(
            {
                "msg_too_long",
                "msg_blocks_too_long",
                "invalid_blocks",
                "invalid_blocks_format",
                "no_text",
                "invalid_arguments",
                "invalid_metadata_format",
                "metadata_too_large",
                "view_too_large",
            }
        ),
    ),
)
THROTTLED = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
LONGEST_WAIT = 24 * 3600.0
UNSAID_WAIT = 5.0  # seconds, when Slack throttles without saying for how long
HALF_DONE = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"})


def from_answer(method: str, status: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> SlackError:
    """The error for an answer that is not ok."""
    code = str(body.get("error", "")) or f"http_{status}"
    if status == 429 or code in THROTTLED:
        seconds = _seconds(headers.get("Retry-After") or headers.get("retry-after"))
        wait = later("Slack asks me to wait {time}.", time=span(seconds))
        return Throttled(wait, method=method, retry_after=seconds)
    if code == "missing_scope":
        needed = str(body.get("needed", ""))
        lacks = N_("My installation lacks the scope {scope}. An admin must add it and install me again.")
        return MissingScope(later(lacks, scope=needed), code=code, method=method, needed=needed)
    for kind, sentence, codes in NARROW:
        if code in codes:
            return kind(sentence, code=code, method=method)
    if status >= 500 or code in HALF_DONE or not body:
        return broken(method, code)
    said = later("Slack answered {code} to {method}.", code=code, method=method)
    return SlackError(said, code=code, method=method)


def broken(method: str, code: str) -> SlackError:
    """The error for a call that broke after it was sent: what leaves traces must be looked up first."""
    kind = AmbiguousPost if method in LEAVES_TRACES else SlackDown
    return kind(N_("Slack does not answer properly at the moment."), code=code, method=method)


def unreached(method: str, code: str) -> SlackError:
    """The error for a call that never left: nothing was stored."""
    return SlackDown(N_("Slack cannot be reached."), code=code, method=method)


def _seconds(text: str | None) -> float:
    try:
        seconds = float(text) if text else UNSAID_WAIT
    except ValueError:
        return UNSAID_WAIT
    return min(max(seconds, 0.0), LONGEST_WAIT) if math.isfinite(seconds) else UNSAID_WAIT
