"""`/scan deny` and `/scan role`: whom nobody may look up, and who may do what."""

from __future__ import annotations

import re

from bot.front import Front
from bot.guard import Who
from core import blocks
from core.blocks import Message
from core.errors import BadQuestion
from core.language import N_, tr
from core.models import Target
from core.refusals import LISTED
from core.standing import WORDS, read_role
from core.targets import display, parse, split

SUBJECT = re.compile(r"<(?:@|#|!subteam\^)([UWSCG][A-Z0-9]{2,20})(?:\|[^<>]*)?>|([UWSCG][A-Z0-9]{2,20})")
DENY = N_("Write /scan deny add TARGET why, /scan deny remove TARGET, or /scan deny list.")
ROLE = N_("Write /scan role U0123456 lead. Roles: {roles}, or none.")
NOBODY = N_("In a command I cannot read @names. Use the id from their profile (Copy member ID), or mention me instead.")


async def deny(front: Front, who: Who, rest: str) -> Message:
    """Show or change the list of those whom nobody may look up.

    Raises:
        NotATarget, BadQuestion: what is wrong with it.
    """
    word, _, told = rest.partition(" ")
    refusals, team = front.store.refusals, who.place.team
    if word in ("", "list"):
        return blocks.deny_list(await front.record(lambda: refusals.listed(team)))
    if word not in ("add", "remove") or not told:
        raise BadQuestion(tr(DENY))
    named, *why = split(told)
    target = listed_target(front, named)
    if word == "remove":
        gone = await front.record(lambda: refusals.remove(team, target))
        left, never = N_("{target} is no longer on the list."), N_("{target} was not on the list.")
        return blocks.notice(tr(left if gone else never, target=display(target)))
    if not why:
        raise BadQuestion(tr("Say why: /scan deny add TARGET why"))
    await front.record(lambda: refusals.add(team, target, why=" ".join(why), by=who.user))
    return blocks.notice(tr("Nobody can look up {target} any more, from now on.", target=display(target)))


def listed_target(front: Front, text: str) -> Target:
    """A target that can be on the list."""
    target = parse(text, allow=front.settings.allow_networks)
    if target.kind not in LISTED:
        raise BadQuestion(tr("Only people can be on the list, and domains, which cover their e-mail addresses."))
    return target


async def role(front: Front, who: Who, rest: str) -> Message:
    """Show or change who has which role.

    Raises:
        BadQuestion: what is wrong with it.
    """
    roles, team = front.store.roles, who.place.team
    words = rest.split()
    if not words or words == ["list"]:
        given = await front.record(lambda: roles.listed(team))
        told = [(each.subject, each.role.word) for each in given]
        return blocks.roles_list(told, default=front.settings.default_role)
    subject, word = subject_of(words[0]), words[-1].lower()
    given_role = read_role(word)
    if len(words) != 2 or (given_role is None and word != "none"):
        raise BadQuestion(tr(ROLE, roles=", ".join(WORDS)))
    if given_role is None:
        gone = await front.record(lambda: roles.take(team, subject))
        left, never = N_("{id} has no role of its own any more."), N_("{id} had no role of its own.")
        said = tr(left if gone else never, id=subject)
    else:
        await front.record(lambda: roles.give(team, subject, given_role, by=who.user))
        said = tr("{id} is {role} now.", id=subject, role=word)
    front.forget_roles()
    return blocks.notice(said)


def subject_of(word: str) -> str:
    """The id of a user, a user group or a channel.

    Raises:
        BadQuestion: it is none.
    """
    found = SUBJECT.fullmatch(word)
    if found is None:
        raise BadQuestion(tr(NOBODY))
    return found[1] or found[2]
