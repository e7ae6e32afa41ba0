"""`/scan deny` and `/scan role`: whom nobody may look up, and who may do what."""

from __future__ import annotations

import re

from bot.front import Front
from bot.guard import Who
from core import blocks
from core.blocks import Message
from core.errors import BadQuestion
from core.models import Target
from core.refusals import LISTED
from core.standing import WORDS, read_role
from core.targets import display, parse, split

SUBJECT = re.compile(r"<(?:@|#|!subteam\^)([UWSCG][A-Z0-9]{2,20})(?:\|[^<>]*)?>|([UWSCG][A-Z0-9]{2,20})")
DENY = "Write /scan deny add TARGET why, /scan deny remove TARGET, or /scan deny list."
ROLE = f"Write /scan role U0123456 lead. Roles: {', '.join(WORDS)}, or none."
NOBODY = "In a command I cannot read @names. Use the id from their profile (Copy member ID), or mention me instead."


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
        raise BadQuestion(DENY)
    named, *why = split(told)
    target = listed_target(front, named)
    if word == "remove":
        gone = await front.record(lambda: refusals.remove(team, target))
        return blocks.notice(f"{display(target)} {'is no longer' if gone else 'was not'} on the list.")
    if not why:
        raise BadQuestion("Say why: /scan deny add TARGET why")
    await front.record(lambda: refusals.add(team, target, why=" ".join(why), by=who.user))
    return blocks.notice(f"Nobody can look up {display(target)} any more, from now on.")


def listed_target(front: Front, text: str) -> Target:
    """A target that can be on the list."""
    target = parse(text, allow=front.settings.allow_networks)
    if target.kind not in LISTED:
        raise BadQuestion("Only people can be on the list, and domains, which cover their e-mail addresses.")
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
        raise BadQuestion(ROLE)
    if given_role is None:
        gone = await front.record(lambda: roles.take(team, subject))
        said = f"{subject} has no role of its own any more." if gone else f"{subject} had no role of its own."
    else:
        await front.record(lambda: roles.give(team, subject, given_role, by=who.user))
        said = f"{subject} is {word} now."
    front.forget_roles()
    return blocks.notice(said)


def subject_of(word: str) -> str:
    """The id of a user, a user group or a channel.

    Raises:
        BadQuestion: it is none.
    """
    found = SUBJECT.fullmatch(word)
    if found is None:
        raise BadQuestion(NOBODY)
    return found[1] or found[2]
