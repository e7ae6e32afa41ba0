"""The invented people and channels of the stand-in workspace."""

from dataclasses import dataclass, field

from sandbox.slack.wire import Json

TEAM, TEAM_DOMAIN, TEAM_NAME = "T0SANDBOX", "example-corp", "Example Corp"
OTHER_TEAM, OTHER_DOMAIN, OTHER_NAME = "T0OTHER", "other-example", "Other Example"
SECOND_TEAM, SECOND_DOMAIN, SECOND_NAME = "T0SECOND", "second-example", "Second Example"  # may install the app, too
APP, BOT, BOT_ID, BOT_NAME = "A0GUMSHOE", "U0GUMSHOE", "B0GUMSHOE", "Gumshoe"
SLACKBOT = "USLACKBOT"
GROUPS = {"S0LEADS": ("U0BOB",)}  # user groups, and who is in them


@dataclass(frozen=True)
class Team:
    """A workspace's names."""

    id: str
    domain: str
    name: str

    @property
    def names(self) -> tuple[str, str, str]:
        return self.id, self.domain, self.name


HOME = Team(TEAM, TEAM_DOMAIN, TEAM_NAME)
SECOND = Team(SECOND_TEAM, SECOND_DOMAIN, SECOND_NAME)


@dataclass(frozen=True)
class Person:
    """Somebody who types and clicks."""

    id: str
    name: str
    real_name: str
    team: str = TEAM
    is_admin: bool = False
    is_restricted: bool = False
    is_stranger: bool = False
    is_bot: bool = False
    deleted: bool = False
    locale: str = "en-GB"

    def as_json(self) -> Json:
        """Slack's user object, as far as apps read it (docs.slack.dev/reference/objects/user-object)."""
        profile = {"real_name": self.real_name, "display_name": self.name, "team": self.team}
        return {
            "id": self.id,
            "team_id": self.team,
            "name": self.name,
            "real_name": self.real_name,
            "tz": "Etc/UTC",
            "tz_offset": 0,
            "profile": profile,
            "deleted": self.deleted,
            "is_admin": self.is_admin,
            "is_owner": False,
            "is_primary_owner": False,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": False,
            "is_stranger": self.is_stranger,
            "is_bot": self.is_bot,
            "is_app_user": False,
        }


@dataclass
class Channel:
    """A place where messages are; `post_error` is the refusal every post gets there, empty when posting is fine."""

    id: str
    name: str
    members: set[str] = field(default_factory=set)
    is_private: bool = False
    is_archived: bool = False
    is_ext_shared: bool = False
    is_dm: bool = False
    post_error: str = ""

    @property
    def kind(self) -> str:
        """Slack's word in scope names: channels, groups or im."""
        if self.is_dm:
            return "im"
        return "groups" if self.is_private else "channels"

    @property
    def command_name(self) -> str:
        """What a slash command's payload calls the channel."""
        return {"im": "directmessage", "groups": "privategroup"}.get(self.kind, self.name)

    @property
    def bot_is_member(self) -> bool:
        """Whether the app's bot may read and post here."""
        return BOT in self.members

    def as_json(self) -> Json:
        """Slack's conversation object, as far as apps read it."""
        told: Json = {
            "id": self.id,
            "name": self.name,
            "is_channel": self.kind == "channels",
            "is_group": self.kind == "groups",
            "is_im": self.is_dm,
            "is_mpim": False,
            "is_private": self.is_private or self.is_dm,
            "is_archived": self.is_archived,
            "is_general": self.id == "C0GENERAL",
            "is_shared": self.is_ext_shared,
            "is_ext_shared": self.is_ext_shared,
            "is_org_shared": False,
            "is_member": self.bot_is_member,
            "context_team_id": TEAM,
            "created": 1_700_000_000,
        }
        if self.is_dm:
            told["user"] = next(iter(self.members - {BOT}), "")
        return told


def people() -> dict[str, Person]:
    """Everybody, by id."""
    everybody = (
        Person("U0ADA", "ada", "Ada Example", is_admin=True),
        Person("U0BOB", "bob", "Bob Example"),
        Person("U0EVA", "eva", "Eva Ejemplo", locale="es-ES"),
        Person("U0GUEST", "gus", "Gus Guest", is_restricted=True),
        Person("U0STRANGER", "sam", "Sam Stranger", team=OTHER_TEAM, is_stranger=True),
        Person(BOT, "gumshoe", BOT_NAME, is_bot=True),
        Person(SLACKBOT, "slackbot", "Slackbot"),
    )
    return {person.id: person for person in everybody}


def channels() -> dict[str, Channel]:
    """Every channel, by id, with the awkward ones an app has to cope with."""
    team = {"U0ADA", "U0BOB", "U0EVA"}
    every = (
        Channel("C0GENERAL", "general", {*team, "U0GUEST", BOT}),
        Channel("C0CASE17", "case-17", {*team, "U0GUEST", BOT}),
        Channel("C0PRIVATE", "private-room", {*team, BOT}, is_private=True),
        Channel("C0SECRET", "secret", set(team), is_private=True),
        Channel("C0NOBOT", "no-bot", set(team)),
        Channel("C0ARCHIVE", "archive", {*team, BOT}, is_archived=True),
        Channel("C0READONLY", "announcements", {*team, BOT}, post_error="restricted_action"),
        Channel("C0SHARED", "shared", {*team, "U0STRANGER", BOT}, is_ext_shared=True),
    )
    direct = (
        Channel(f"D0{user.removeprefix('U0')}", "", {user, BOT}, is_dm=True)
        for user in ("U0ADA", "U0BOB", "U0EVA", "U0GUEST", "U0STRANGER")
    )
    return {channel.id: channel for channel in (*every, *direct)}
