"""How a watch is written: its target, how often, and the options beside them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from ipaddress import IPv4Network, IPv6Network

from bot.grammar import listed
from core import clock
from core.errors import BadQuestion
from core.language import N_, tr
from core.models import Target
from core.schedules import EASY, zone_of
from core.targets import parse
from core.watches import THRESHOLDS

WORD = re.compile(r'[A-Za-z]+=(?:"[^"]*"|\S*)|"[^"]*"|\S+')
CURLY = str.maketrans({"\u201c": '"', "\u201d": '"', "\u201e": '"', "\u2018": "'", "\u2019": "'"})
OPTIONS = ("tz", "threshold", "until", "playbook", "reason", "at", "collectors", "collector", "with")
HOW = N_('Write /watch example.com daily, or weekly, hourly, cron "0 7 * * 1-5"; then tz=Europe/Madrid threshold=high.')


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was said about a watch; what is none was not said."""

    target: Target | None = None
    schedule: tuple[str, ...] = ()  # hourly, daily, weekly, or five fields
    at: str = ""
    zone: str | None = None
    threshold: str | None = None
    until: str | None = None
    playbook: str | None = None
    reason: str | None = None
    names: tuple[str, ...] | None = None
    options: tuple[str, ...] | None = None


def words_of(text: str) -> list[str]:
    """The words of a line; quotes keep some together."""
    return [word.strip('"') if word.startswith('"') else word for word in WORD.findall(text.translate(CURLY))]


def wanted(words: Sequence[str], *, allow: Sequence[IPv4Network | IPv6Network] = (), target: bool = True) -> Wanted:
    """Read `<target> hourly|daily|weekly|cron ... [at=] [tz=] [threshold=] [until=] [playbook=] [reason=]`.

    Raises:
        BadQuestion, NotATarget: what is wrong with it.
    """
    said, others = _options(words)
    aims = []
    schedule: tuple[str, ...] = ()
    while others:
        word = others.pop(0)
        if word.lower() in EASY:
            schedule = (word.lower(),)
        elif word.lower() == "cron":
            schedule, others = _cron(others)
        else:
            aims.append(word)
    if not target and aims:
        raise BadQuestion(tr('I do not understand "{word}". {how}', word=aims[0][:60], how=tr(HOW)))
    if len(aims) > 1:
        two = N_('One watch has one target, and I read "{word}" as another. {how}')
        raise BadQuestion(tr(two, word=aims[1][:60], how=tr(HOW)))
    aimed = parse(aims[0], allow=allow) if aims else None
    names = said.get("collectors", said.get("collector"))
    return Wanted(
        aimed,
        schedule,
        said.get("at", ""),
        said.get("tz"),
        said.get("threshold"),
        said.get("until"),
        said.get("playbook"),
        said.get("reason"),
        None if names is None else listed(names),
        None if "with" not in said else listed(said["with"]),
    )


def threshold(word: str) -> str:
    """The least severity that is told, empty for every change.

    Raises:
        BadQuestion: it is none.
    """
    if word.lower() not in THRESHOLDS:
        none = N_("threshold= is one of {names}, and yours is not: {word}")
        raise BadQuestion(tr(none, names=", ".join(THRESHOLDS), word=word[:20]))
    return "" if word.lower() == "any" else word.lower()


def end_of(text: str, zone: str) -> datetime | None:
    """The end of that day in the zone; none for `never`.

    Raises:
        BadQuestion: it is no day, or lies in the past.
    """
    if text.lower() in ("never", ""):
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007  a day; its zone follows
    except ValueError:
        none = N_("until= is a day such as 2027-01-31, and yours is not: {word}")
        raise BadQuestion(tr(none, word=text[:20])) from None
    end = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone_of(zone))
    if end <= clock.now():
        raise BadQuestion(tr("until= lies in the past: {day}", day=text[:20]))
    return end


def _options(words: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """The options that were named, and the other words. A reason without quotes goes on to the end."""
    said: dict[str, str] = {}
    others: list[str] = []
    for number, word in enumerate(words):
        name, equals, value = word.partition("=")
        if not equals or not name.isalpha() or "://" in name:
            others.append(word)
            continue
        if name.lower() not in OPTIONS:
            known = ", ".join((*OPTIONS[:6], "collectors", "with"))
            raise BadQuestion(tr('A watch has no option "{name}=". It has: {known}.', name=name[:20], known=known))
        if name.lower() == "reason" and not value.startswith('"'):
            said["reason"] = " ".join([value, *words[number + 1 :]])
            break
        said[name.lower()] = value.strip('"')
    return said, others


def _cron(words: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """The five fields after `cron`: as one quoted word, or as five."""
    if words and len(words[0].split()) == 5:
        return tuple(words[0].split()), words[1:]
    if len(words) < 5:
        raise BadQuestion(tr("cron needs five fields. {how}", how=tr(HOW)))
    return tuple(words[:5]), words[5:]
