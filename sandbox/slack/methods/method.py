"""What a Web API method is: what it needs, how often it may be called, and the function that does it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sandbox.slack.cast import Channel
from sandbox.slack.files import Files
from sandbox.slack.messages import Message
from sandbox.slack.oauth import OAuth
from sandbox.slack.openid import OpenId
from sandbox.slack.refusal import Refused
from sandbox.slack.views import Views
from sandbox.slack.wire import Json, text
from sandbox.slack.workspace import Token, Workspace

TokenKind = Literal["bot", "app", "person", "none"]


@dataclass
class World:
    """All that methods and people change: the workspace, what is open on screens, the files, the socket tickets."""

    workspace: Workspace
    views: Views
    files: Files
    mint_ticket: Callable[[], str]
    openid: OpenId
    leave: Callable[[str, Json], None]  # the app is told that it was removed, or its tokens revoked
    oauth: OAuth


@dataclass(frozen=True)
class Call:
    """One call of a method: its arguments and the token it came with."""

    method: str
    args: Json
    token: Token
    base_url: str

    def required(self, *names: str) -> None:
        """Raise when an argument is missing.

        Raises:
            Refused: invalid_arguments, with a line for each.
        """
        missing = [f"missing required field: {name}" for name in names if self.args.get(name) in (None, "")]
        if missing:
            raise Refused("invalid_arguments", missing)

    def needs(self, scope: str) -> None:
        """Raise when the token lacks a scope.

        Raises:
            Refused: missing_scope with `needed` and `provided`.
        """
        if scope not in self.token.scopes:
            raise Refused("missing_scope", needed=scope, provided=",".join(sorted(self.token.scopes)))


@dataclass(frozen=True)
class Method:
    """A method and its conditions; `tier` is Slack's published calls a minute, 0 for none or a rule of its own."""

    run: Callable[[World, Call], Json]
    scope: str = ""
    token: TokenKind = "bot"
    tier: int = 100


def known_channel(world: World, call: Call, name: str = "channel") -> Channel:
    """The channel an argument names, as far as the bot may know of it.

    Raises:
        Refused: invalid_arguments or channel_not_found.
    """
    call.required(name)
    return world.workspace.channel_for_bot(text(call.args, name))


def known_message(world: World, channel: Channel, ts: str) -> Message:
    """A message everybody can see.

    Raises:
        Refused: message_not_found, also for ephemerals: Slack cannot change those.
    """
    message = world.workspace.messages.find(channel.id, ts)
    if message is None or message.only_for or message.tombstone:
        raise Refused("message_not_found")
    return message
