"""Reads one target from what somebody typed or pasted; when in doubt it asks, it never guesses silently."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from core.addresses import Network
from core.errors import NotATarget, Refused
from core.language import N_, tr
from core.models import Target
from core.targets.kinds import BARE, PREFIXES
from core.targets.numbers import HEX
from core.targets.people import LONGEST_NAME, name, username
from core.targets.spelling import spell
from core.targets.undressing import MENTION, UNSEEN, strip, undress
from core.targets.wording import ARTICLES, quoted

LONGEST = 4096  # a little more than the longest URL taken; a longer text is not one target

PREFIXED = re.compile(rf"({'|'.join(PREFIXES)})\s*:\s*(?!//)(\S.*)", re.IGNORECASE)
SEVERAL = N_('{text} is more than one word. Put a name in quotes, like "Ada Example"; ask for targets one by one.')
MAY_BE_USER = N_("{text} is not a target I know. To look up a user name, write {typed}.")
QUOTED = re.compile(r'"([^"]*)"[\s.,;:!?]*')


def parse(text: str, *, allow: Sequence[Network] = ()) -> Target:
    """The target a text names, in canonical form; its notes say what was changed on the way.

    `allow` holds networks that may be asked about although they are not public.

    Raises:
        NotATarget: it names nothing that can be looked up; the sentence says what to type instead.
        Ambiguous: it may be several things; `choices` holds them.
        Refused: it is not public.
    """
    if len(text) > LONGEST:
        long = N_("This is {n:,} characters long; one target has at most {most:,}.")
        raise NotATarget(tr(long, n=len(text), most=LONGEST))
    if MENTION.search(text):
        said = N_("This mentions something in Slack. To look up a user name elsewhere, write user:ada-example.")
        raise NotATarget(tr(said))
    target = read(undress(text, layers=LONGEST), allow)
    if UNSEEN.search(text.strip()):
        hidden = tr("There were invisible characters in what you wrote; I read {text}.", text=quoted(target.value))
        target = replace(target, notes=(hidden, *target.notes))
    return target


def read(plain: str, allow: Sequence[Network]) -> Target:
    """The target in a text that is undressed already.

    Raises:
        NotATarget: and its kinds, as `parse` does.
    """
    if found := QUOTED.fullmatch(plain):
        return _read_quoted(found[1].strip(), allow)
    word = plain if plain.endswith('"') and PREFIXED.fullmatch(plain) else strip(plain)
    if found := PREFIXED.fullmatch(word):
        return _read_as(found[1].lower(), found[2], allow)
    target = _read_bare(word, allow)
    if target is None:
        raise NotATarget(_next_step(word))
    return target


def _read_bare(word: str, allow: Sequence[Network]) -> Target | None:
    return next((target for reader in BARE if (target := reader(word, allow))), None)


def _read_as(written: str, text: str, allow: Sequence[Network]) -> Target:
    prefix = PREFIXES[written]
    quotes = QUOTED.fullmatch(text)
    target = prefix.read(quotes[1].strip() if quotes else strip(text), allow)
    if target is None:
        named = {"text": quoted(text), "what": tr(ARTICLES[prefix.kind]), "example": tr(prefix.example)}
        raise NotATarget(tr("{text} is not {what}. Write it like {example}.", **named))
    return target


def _read_quoted(text: str, allow: Sequence[Network]) -> Target:
    """Quotes make a name of what is nothing else; people put them around domains too."""
    person = name(text)
    target = None if " " in text else _read_what_is_no_name(strip(text), allow, may_be_name=person is not None)
    if target:
        note = tr('Read as {what}. For a name write name:"{text}".', what=tr(ARTICLES[target.kind]), text=text)
        return replace(target, notes=(*target.notes, note))
    if person is None:
        none = N_("{text} is no name: a name has letters, and {most} characters at most.")
        raise NotATarget(tr(none, text=quoted(text), most=LONGEST_NAME))
    return person


def _read_what_is_no_name(word: str, allow: Sequence[Network], *, may_be_name: bool) -> Target | None:
    try:
        return _read_bare(word, allow)
    except Refused:
        if "." in word or not may_be_name:
            raise
    except NotATarget:
        if not may_be_name:
            raise
    return None


def _next_step(word: str) -> str:
    said = quoted(word)
    if not word:
        return tr("There is nothing to look up in this. Name a target, like example.com or 192.0.2.10.")
    if " " in word:
        return tr(SEVERAL, text=said)
    if HEX.fullmatch(word):
        digits = N_("{text} has {n} hex digits; MD5 has 32, SHA-1 40, SHA-256 64 and SHA-512 128.")
        return tr(digits, text=said, n=len(word))
    user = username(word)
    if user and "." not in word:
        return tr("{text} has no dot. To look up a user name, write {typed}.", text=said, typed=spell(user))
    if user:
        return tr(MAY_BE_USER, text=said, typed=spell(user))
    return tr("{text} is not a target I know. Name one like example.com or 192.0.2.10.", text=said)
