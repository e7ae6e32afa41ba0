"""Decides who may do what, where; every decision becomes an audit row."""

from __future__ import annotations

from dataclasses import dataclass

from bot.front import Front
from core import traces
from core.callers import SERVICE
from core.errors import NotAllowed
from core.language import N_, tr
from core.metrics import count
from core.models import Place, Priority
from core.settings import Settings
from core.standing import TeamRole, least, standing
from core.store import Rates, TooOften


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody acting somewhere: `team` is the workspace they belong to, as Slack says in the request."""

    user: str
    place: Place
    team: str = ""
    door: str = "slack"
    name: str = ""


async def check(
    front: Front, who: Who, verb: str, subject: str = "", *, starts: bool = False, reason: str = ""
) -> None:
    """Let pass or raise; both are written down, with the reason that was given. What starts scans is written down, and
    held to its rates, by the transaction that starts them.

    Raises:
        NotAllowed: with the sentence for the person.
        StoreDown, SlackError: we could not find out; then nobody passes.
    """
    traces.note(verb=verb, door=who.door)
    try:
        await judge(front, who)
        await _check_role(front, who, verb)
    except NotAllowed as refusal:
        await write(front, who, verb, subject, decision="refused", rule=refusal.rule, reason=reason)
        raise
    if not starts:
        await write(front, who, verb, subject, reason=reason)


async def judge(front: Front, who: Who) -> None:
    """The same without a word in the audit: for looking at pages again and again.

    Raises:
        NotAllowed, SlackError: as `check`.
    """
    _check_place(front.settings, who)
    if not await front.serves(who.place.team):
        raise NotAllowed(tr("I am not installed in this workspace."), rule="not installed")
    if not who.user.startswith(SERVICE):  # a service is nobody in Slack; its token was made by whoever runs us
        await _check_person(front, who)


async def write(
    front: Front,
    who: Who,
    verb: str,
    subject: str,
    *,
    decision: str = "allowed",
    rule: str = "",
    scan_id: str = "",
    reason: str = "",
    outcome: str = "",
) -> None:
    """The audit row of a decision."""
    if decision == "refused":
        count("gumshoe_refusals_total", rule=rule)
    await front.record(
        lambda: front.store.audit.write(
            user=who.user,
            place=who.place,
            door=who.door,
            verb=verb,
            subject=subject,
            decision=decision,
            rule=rule,
            scan_id=scan_id,
            reason=reason,
            outcome=outcome,
        )
    )


def _check_place(settings: Settings, who: Who) -> None:
    # Of many workspaces each decides for itself whether people of others may ask there.
    team = who.place.team if settings.many else who.team or who.place.team
    if not settings.lets_in(team):
        raise NotAllowed(tr("I do not work for this workspace."), rule="workspace")
    if settings.allow_users and not settings.names(settings.allow_users, who.place.team, who.user):
        raise NotAllowed(tr("You are not on the list of people who may ask me. An admin can add you."), rule="user")
    direct = who.place.channel.startswith("D")
    somewhere = bool(who.place.channel) and not direct  # a form opened from nowhere names its place when it is sent
    allowed = settings.names(settings.allow_channels, who.place.team, who.place.channel)
    if settings.allow_channels and somewhere and not allowed:
        raise NotAllowed(tr("I may not be asked in this channel. An admin can allow it."), rule="channel")


async def _check_person(front: Front, who: Who) -> None:
    settings = front.settings
    outsider = NotAllowed(tr("People from other workspaces may not ask me."), rule="external")
    home = (await front.us(who.place.team)).team
    friends = () if settings.many else settings.allow_teams
    ours = ("", home, *friends)
    if home and who.team not in ours and not settings.allow_external:
        raise outsider
    person = await front.people.person(who.place.team, who.user)
    if person is None:
        return  # without users:read nobody's standing is known; doctor says so
    if person.gone:
        raise NotAllowed(tr("You are no longer a member of this workspace."), rule="removed")
    outside = (person.stranger or person.team not in ours) and person.team not in friends
    if outside and not settings.allow_external:
        raise outsider
    if not settings.allow_guests and person.guest:
        raise NotAllowed(tr("Guests may not ask me. A member of the workspace can ask for you."), rule="guest")


async def role_of(front: Front, who: Who) -> TeamRole:
    """What somebody may do here. Those whom ADMIN_USERS names are admins, whatever else was said of them.

    Raises:
        StoreDown: we could not find out.
    """
    settings = front.settings
    if settings.names(settings.admin_users, who.place.team or who.team, who.user):
        return TeamRole.ADMIN
    given = await front.roles(who.place.team or who.team)
    named = [subject for subject in given if subject.startswith("S")]
    groups = await front.people.groups_of(who.place.team, who.user, named)
    default = TeamRole[settings.default_role.upper()]
    return standing(given, user=who.user, groups=groups, channel=who.place.channel, default=default)


async def _check_role(front: Front, who: Who, verb: str) -> None:
    if who.user.startswith(SERVICE):
        return  # the scopes of its token say what it may do
    needed, held = least(verb), await role_of(front, who)
    if held < needed:
        words = {"needed": needed.word, "held": held.word}  # as /scan role takes them
        sentence = tr("This needs the role {needed}; yours here is {held}. An admin can give it to you.", **words)
        raise NotAllowed(sentence, rule="role")


def rates(front: Front, who: Who, priority: Priority = Priority.INTERACTIVE) -> Rates:
    """How many scans this person and this channel may start in a minute. Bulk ones, for which nobody waits, are
    counted apart."""
    settings = front.settings
    if priority is Priority.BULK:
        return Rates(who.user, who.place, *(2 * (settings.bulk_scans_per_minute,)), bulk=True)
    return Rates(who.user, who.place, settings.user_scans_per_minute, settings.channel_scans_per_minute)


async def refuse(front: Front, who: Who, verb: str, error: TooOften, subject: str = "") -> NotAllowed:
    """What to say to somebody who started too much; written down."""
    await write(front, who, verb, subject, decision="refused", rule=error.rule)
    yours = N_("You started {started} scans in the last minute; {most} are allowed. Wait a minute.")
    channels = N_("This channel started {started} scans in the last minute; {most} are allowed. Wait a minute.")
    sentence = yours if error.rule == "user rate" else channels
    return NotAllowed(tr(sentence, started=error.started, most=error.most), rule=error.rule)
