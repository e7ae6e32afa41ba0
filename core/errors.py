"""Every error of ours: one tree, each message a sentence its reader can act on.

GumshoeError
├── NotATarget              the text names nothing we can look up
│   ├── Ambiguous           ... or more than one thing; `choices` holds the readings
│   └── Refused             ... or something we must not touch (private address, metadata service)
├── BadQuestion             a word of the question means nothing here (unknown collector, no fitting one)
│   └── NeedsReason         ... or it says nothing of why it is asked
├── NotAllowed              the guard said no
│   └── NeedsApproval       ... until a second person says yes
├── BadSetting              a setting is wrong; names the variable
├── StoreDown               the database did not answer; `reason` says which way
│   └── StoreUnsure         ... while it was told to commit: what was written may stand
├── BadArchive              a backup or evidence cannot be written, read or trusted, or does not fit
├── NoExport                an export would be too large, or may not be put where it was asked for
├── QueueDown               Redis did not answer, or takes no work; `step` says what to mend
├── SourceError             could not look; `reason` is the run's reason code
│   ├── SourceDown          no connection, or the source says it is broken
│   │   └── ZoneDown        ... or the target's own name servers fail: that is about the target
│   ├── SourceTimeout       no answer in time
│   ├── RateLimited         the source asks us to slow down; `retry_after` in seconds when it said
│   ├── BadKey              the source refused our key
│   ├── Forbidden           the key's plan does not include this question
│   ├── Blocked             a wall (captcha, WAF, login) answered instead of the source
│   ├── Changed             the answer has a shape we do not know
│   ├── TooLarge            the answer went over its cap
│   ├── UnreadableFile      a file is damaged, encrypted, of no known kind, or not there
│   ├── UnsafeAddress       the name leads inside a network we must not touch
│   └── UndeclaredHost      a collector asked a host it did not declare
└── SlackError              Slack did not do it; `code` is Slack's own error name
    ├── NotInChannel        invite the bot
    ├── ChannelGone         archived or deleted
    ├── ThreadGone          the message that the thread hung on is gone, and the thread with it
    ├── PostingRestricted   the channel's policy forbids it
    ├── Revoked             the installation is gone
    ├── MissingScope        re-install with the scope in `needed`
    ├── MessageGone         the message was deleted or may not be edited any more
    ├── FileGone            a file was deleted, or is hidden from us
    ├── FileUnfit           a file that we do not look into: external, of another workspace, too large
    ├── Malformed           Slack refused what we built: our bug
    ├── Throttled           429; `retry_after` in seconds
    ├── SlackDown           nothing was stored; safe to repeat
    └── AmbiguousPost       it may have been stored; look before repeating
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.language import N_

if TYPE_CHECKING:
    from core.models import Target


class GumshoeError(Exception):
    """Something went wrong that we understand; `str(error)` is a sentence for its reader."""


class NotATarget(GumshoeError):
    """This is not something I can look up."""


class Ambiguous(NotATarget):
    """This could mean more than one thing."""

    def __init__(self, sentence: str, choices: tuple[Target, ...]) -> None:
        super().__init__(sentence)
        self.choices = choices


class Refused(NotATarget):
    """This is inside a network I must not touch."""


class BadQuestion(GumshoeError):
    """A word of the question means nothing here; `field` is the one of a form that it was filled in, if any."""

    def __init__(self, sentence: str, *, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


class NeedsReason(BadQuestion):
    """Somebody must say first why they ask."""


class NotAllowed(GumshoeError):
    """You may not do this here."""

    def __init__(self, sentence: str, *, rule: str) -> None:
        super().__init__(sentence)
        self.rule = rule


class NeedsApproval(NotAllowed):
    """A second person must say yes first."""

    def __init__(self, sentence: str, *, touches: bool) -> None:
        super().__init__(sentence, rule="approval")
        self.touches = touches  # the target itself


class BadSetting(GumshoeError):
    """A setting is wrong."""


class NoExport(GumshoeError):
    """This cannot be exported so."""


class StoreDown(GumshoeError):
    """The database does not answer.

    `reason` is away, full, read_only, unopened or damaged: these pass or can be mended, and what was to be written
    can be written then; or refused: it answered, and will never take this.
    """

    def __init__(
        self, sentence: str = N_("The database does not answer. Try again in a minute."), *, reason: str = "away"
    ) -> None:
        super().__init__(sentence)
        self.reason = reason


class StoreUnsure(StoreDown):
    """The database went away while it was told to commit: nobody knows whether it did."""


class BadArchive(GumshoeError):
    """A backup cannot be written, read or trusted, or does not fit here."""


class QueueDown(GumshoeError):
    """Redis does not answer, or takes no work."""

    def __init__(self, sentence: str, *, step: str = "") -> None:
        super().__init__(sentence)
        self.step = step  # for whoever runs us


class SourceError(GumshoeError):
    """The source could not be asked."""

    reason = "failed"
    asked = True  # False: we did not even try, because of what we know already
    sent = True  # False: the question never reached the source


class SourceDown(SourceError):
    """The source did not answer, or said that it is broken."""

    reason = "down"


class ZoneDown(SourceDown):
    """The target's own name servers fail; our resolver does not."""

    reason = "zone_down"


class SourceTimeout(SourceError):
    """The source did not answer in time."""

    reason = "timeout"


class RateLimited(SourceError):
    """The source asks us to slow down."""

    reason = "rate_limited"

    def __init__(self, sentence: str, *, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class BadKey(SourceError):
    """The source refused our key."""

    reason = "bad_key"


class Forbidden(SourceError):
    """Our key's plan does not include this question."""

    reason = "forbidden"


class Blocked(SourceError):
    """A wall answered instead of the source."""

    reason = "blocked"


class Changed(SourceError):
    """The source answered in a shape we do not know. `path` says where it differs and how, without any value of it."""

    reason = "changed"

    def __init__(self, sentence: str, *, source: str = "", path: str = "") -> None:
        super().__init__(sentence)
        self.source = source
        self.path = path


class TooLarge(SourceError):
    """The answer is larger than we accept."""

    reason = "too_large"


class UnreadableFile(SourceError):
    """The file cannot be read."""

    reason = "unreadable_file"


class UnsafeAddress(SourceError):
    """The name leads inside a network we must not touch."""

    reason = "unsafe_address"


class UndeclaredHost(SourceError):
    """A collector asked a host that it did not declare."""

    reason = "undeclared_host"


class SlackError(GumshoeError):
    """Slack did not do what we asked."""

    def __init__(self, sentence: str, *, code: str = "", method: str = "") -> None:
        super().__init__(sentence)
        self.code = code
        self.method = method


class NotInChannel(SlackError):
    """I am not a member of this channel."""


class ChannelGone(SlackError):
    """The channel is archived or deleted."""


class ThreadGone(SlackError):
    """The thread was deleted as a whole."""


class PostingRestricted(SlackError):
    """The channel's policy does not let me post."""


class Revoked(SlackError):
    """The installation was removed or its token revoked."""


class MissingScope(SlackError):
    """The installation lacks a scope."""

    def __init__(self, sentence: str, *, code: str = "", method: str = "", needed: str = "") -> None:
        super().__init__(sentence, code=code, method=method)
        self.needed = needed


class MessageGone(SlackError):
    """The message was deleted, or may not be edited any more."""


class FileGone(SlackError):
    """That file was deleted, or I cannot see it."""


class FileUnfit(SlackError):
    """That file is not one I look into."""


class Malformed(SlackError):
    """Slack refused the message we built."""


class Throttled(SlackError):
    """Slack asks us to slow down."""

    def __init__(self, sentence: str, *, method: str, retry_after: float) -> None:
        super().__init__(sentence, code="ratelimited", method=method)
        self.retry_after = retry_after


class SlackDown(SlackError):
    """Slack does not answer; nothing was stored."""


class AmbiguousPost(SlackError):
    """The connection broke after we sent the message: Slack may or may not have stored it."""
