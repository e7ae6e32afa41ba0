"""The stand-in workspace itself: everything it remembers, and the stamps and ids it gives out."""

import itertools
import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.slack import cast
from sandbox.slack.cast import BOT, Channel, Person
from sandbox.slack.changes import Changes
from sandbox.slack.clock import Clock
from sandbox.slack.messages import Message, Messages, with_ids
from sandbox.slack.refusal import Refused
from sandbox.slack.wire import Json

DEFAULT_SCOPES = (
    *("app_mentions:read", "channels:history", "channels:join", "channels:read", "chat:write", "commands"),
    *("files:read", "files:write", "groups:history", "groups:read", "im:history", "im:read", "im:write"),
    *("reactions:write", "usergroups:read", "users:read"),
)


@dataclass
class Token:
    """A bot or app token, and what it may do."""

    secret: str
    scopes: set[str]
    trouble: str = ""  # token_revoked, account_inactive or another name Slack gives for a token that no longer works


@dataclass
class Settings:
    """Switches a test or the page may turn; see `POST /control/settings`."""

    ack_timeout: float = 3.0  # real seconds; Slack's own limit
    trigger_life: float = 3.0  # workspace seconds
    retry_delays: tuple[float, ...] = (0.0, 60.0, 300.0)  # Slack's three retries of an unacknowledged event
    enforce_tiers: bool = False
    text_required: bool = True  # stricter than Slack, which only warns; an app of ours always sends text
    autolink: bool = True  # what people type is linked as Slack's composer does
    events_url: str = ""


@dataclass(frozen=True)
class Trigger:
    """A trigger_id: one use, three seconds."""

    id: str
    user: str
    at: float
    channel: str = ""


@dataclass
class Workspace:
    """Who is there, what was said, and which tokens work."""

    bot_token: Token
    app_token: Token
    signing_secret: str
    clock: Clock = field(default_factory=Clock)
    settings: Settings = field(default_factory=Settings)
    changes: Changes = field(default_factory=Changes)
    people: dict[str, Person] = field(default_factory=cast.people)
    channels: dict[str, Channel] = field(default_factory=cast.channels)
    messages: Messages = field(default_factory=Messages)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    used_triggers: set[str] = field(default_factory=set)
    calls: deque[Json] = field(default_factory=lambda: deque(maxlen=20_000))
    acks: deque[Json] = field(default_factory=lambda: deque(maxlen=20_000))
    url: str = ""
    team: cast.Team = cast.HOME
    path: str = ""  # before all of its own addresses
    first_id: int = 0  # no two workspaces give out the same
    replaced: set[str] = field(default_factory=set)  # tokens that were replaced: good no more

    def __post_init__(self) -> None:
        self._counters: dict[str, itertools.count[int]] = {}
        self._last_micros = 0
        # An app may outlive this process, and takes an id that it knows for a delivery that came again.
        self._first = self.first_id + int(self.clock.now() * 1000)
        self._scopes = frozenset(self.bot_token.scopes)
        self._move_in()

    def _move_in(self) -> None:
        """The cast is that of the first workspace; in another one everybody has the same id and is another person."""
        for person in list(self.people.values()):
            if person.team == cast.TEAM:
                self.people[person.id] = replace(person, team=self.team.id)

    def own(self, told: Any) -> Any:
        """What the cast of the first workspace tells, as told here."""
        if self.team == cast.HOME:
            return told
        words = json.dumps(told)
        for ours, theirs in zip(cast.HOME.names, self.team.names, strict=True):
            words = words.replace(ours, theirs)
        return json.loads(words)

    def give_token(self, secret: str, scopes: set[str]) -> None:
        """The app has another token here; the old one is good no more."""
        self.replaced.add(self.bot_token.secret)
        self.bot_token = Token(secret, scopes)

    def reset(self) -> None:
        """Forget all messages, faults of tokens and changed channels; ids and stamps go on, so none is used twice."""
        self.people, self.channels, self.messages = cast.people(), cast.channels(), Messages()
        self.triggers, self.used_triggers = {}, set()
        self.calls.clear()
        self.acks.clear()
        self.bot_token.scopes, self.bot_token.trouble, self.app_token.trouble = set(self._scopes), "", ""
        self.settings = Settings(events_url=self.settings.events_url)
        self._move_in()
        self.changes.add("reset")

    def mint(self, prefix: str) -> str:
        """The next id with that prefix; none that this or an earlier life of the workspace gave before."""
        return f"{prefix}{next(self._counters.setdefault(prefix, itertools.count(self._first)))}"

    def stamp(self) -> str:
        """A message stamp: workspace time to the microsecond, always later than the one before."""
        self._last_micros = max(int(self.clock.now() * 1_000_000), self._last_micros + 100)
        return f"{self._last_micros // 1_000_000}.{self._last_micros % 1_000_000:06d}"

    def mint_trigger(self, user: str, channel: str = "") -> str:
        """A trigger_id for that person, good for one modal within three seconds."""
        trigger = Trigger(f"{self.mint('1')}.{self.mint('2')}.{self.mint('t')}", user, self.clock.now(), channel)
        self.triggers[trigger.id] = trigger
        return trigger.id

    def spend_trigger(self, trigger_id: str) -> Trigger:
        """The trigger, with whose it is; each works once and only for a moment.

        Raises:
            Refused: invalid_trigger_id, exchanged_trigger_id or expired_trigger_id.
        """
        if trigger_id in self.used_triggers:
            raise Refused("exchanged_trigger_id")
        trigger = self.triggers.pop(trigger_id, None)
        if trigger is None:
            raise Refused("invalid_trigger_id")
        if self.clock.now() - trigger.at > self.settings.trigger_life:
            self.triggers[trigger_id] = trigger
            raise Refused("expired_trigger_id")
        self.used_triggers.add(trigger_id)
        return trigger

    def person(self, user: str) -> Person:
        """Somebody by id.

        Raises:
            Refused: user_not_found.
        """
        if user not in self.people:
            raise Refused("user_not_found")
        return self.people[user]

    def change_person(self, user: str, **changes: Any) -> None:
        """Replace somebody's flags, such as `deleted`."""
        self.people[user] = replace(self.person(user), **changes)

    def invite(self, people: int, channels: int) -> tuple[list[str], list[str]]:
        """So many new people, and channels in which they and the bot are; the ids of both."""
        users = [self.mint("U0CROWD") for _ in range(people)]
        self.people |= {user: Person(user, user.lower(), f"Example {user[-4:]}") for user in users}
        places = [self.mint("C0CROWD") for _ in range(channels)]
        self.channels |= {place: Channel(place, place.lower(), {*users, BOT}) for place in places}
        for channel in self.channels.values():
            if not channel.is_private and not channel.is_dm:
                channel.members |= set(users)
        return users, places

    def direct_channel(self, user: str) -> Channel:
        """The direct messages between a person and the bot, opened if they were not."""
        self.person(user)
        wanted = f"D0{user.removeprefix('U0')}"
        return self.channels.setdefault(wanted, Channel(wanted, "", {user, BOT}, is_dm=True))

    def channel_for_bot(self, channel: str) -> Channel:
        """A channel the bot can know of; a private one it is not in does not exist for it, as in Slack.

        Raises:
            Refused: channel_not_found.
        """
        found = self.channels.get(channel)
        if found is None or (found.is_private and not found.bot_is_member):
            raise Refused("channel_not_found")
        return found

    def say(self, channel: str, user: str, text: str, *, blocks: Sequence[Json] = (), **more: Any) -> Message:
        """Store a message and tell the watchers. Ids are given to blocks and controls that came without."""
        message = Message(channel, self.stamp(), user, text, blocks=with_ids(list(blocks), self.mint), **more)
        self.messages.keep(message)
        self._tell("ephemeral" if message.only_for else "message", message)
        return message

    def edit(self, message: Message, *, text: str, blocks: Sequence[Json]) -> None:
        """Replace what a message says and tell the watchers."""
        message.text, message.blocks = text, with_ids(list(blocks), self.mint)
        message.edited_ts = self.stamp()
        self._tell("ephemeral_changed" if message.only_for else "message_changed", message)

    def delete(self, message: Message) -> None:
        """Take a message away and tell the watchers."""
        self.messages.remove(message)
        self._tell("message_deleted", message)

    def _tell(self, kind: str, message: Message) -> None:
        more = {"thread_ts": message.thread_ts} if message.thread_ts else {}
        more |= {"user": message.only_for} if message.only_for else {}
        self.changes.add(kind, channel=message.channel, ts=message.ts, **more)
