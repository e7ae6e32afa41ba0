"""The services that may be asked, which names they allow, and how a profile is found there by name or by link."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from collectors.profiles import coding, playing, proving, talking
from collectors.profiles.places import BLUESKY, FEDIVERSE, Place, key
from collectors.profiles.profile import Profile
from core.language import N_
from core.language.noted import noted

if TYPE_CHECKING:
    from collectors.fetch import Fetch

PROVED = N_("Keybase (who proved {what})")
Look = Callable[["Fetch", str], Awaitable[list[Profile]]]


@dataclass(frozen=True, slots=True)
class Service:
    """A service with one name for each profile."""

    title: str
    allows: re.Pattern[str]  # a name it forbids need not be asked for
    look: Look
    linked: Look | None = None  # when links carry something else than the name


@dataclass(frozen=True, slots=True)
class Question:
    """One service about one profile."""

    who: str  # for people
    source: str  # the service or server: one that failed is not asked again in the same run
    key: str
    look: Callable[[Fetch], Awaitable[list[Profile]]]


def _service(title: str, allows: str, look: Look, linked: Look | None = None) -> Service:
    return Service(title, re.compile(allows, re.ASCII), look, linked)


LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
SERVICES = (
    _service("GitHub", r"[A-Za-z0-9](?:[A-Za-z0-9]|-(?=[A-Za-z0-9])){0,38}", coding.github),
    _service("GitLab", r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,253}[A-Za-z0-9_]", coding.gitlab),
    _service("Gravatar", r"[A-Za-z0-9_.-]{2,64}", proving.gravatar),
    _service("Keybase", r"[A-Za-z0-9_]{2,16}", proving.keybase),
    _service(BLUESKY, rf"did:plc:[a-z2-7]{{24}}|{LABEL}|(?:{LABEL}\.)+(?!\d){LABEL}", talking.bluesky),
    _service("Hacker News", r"[A-Za-z0-9_-]{2,15}", talking.hacker_news),
    _service("Stack Overflow", r"[\w.+-]{3,40}", coding.stack_overflow, coding.stack_overflow_number),
    _service("Docker Hub", r"[A-Za-z0-9_-]{2,40}", coding.docker_hub),
    _service("Lichess", r"[A-Za-z0-9][\w-]{0,28}[A-Za-z0-9]", playing.lichess),
    _service("Chess.com", r"[\w-]{3,25}", playing.chess_com),
    _service("Wikipedia", r"(?a:[^#<>\[\]|{}/@:=\x00-\x1f\x7f]{1,85})", talking.wikipedia),
)
INSTANCE_ALLOWS = re.compile(r"[A-Za-z0-9_]{1,30}", re.ASCII)  # a name of Mastodon's own users
HANDLE = re.compile(r"@([A-Za-z0-9_][A-Za-z0-9_.-]{0,63})@([a-z0-9.-]{3,253})", re.ASCII)

_BY_TITLE = {service.title: service for service in SERVICES}


def about_name(name: str) -> tuple[list[Question], list[str]]:
    """What to ask about a name, and the services that do not allow it."""
    fitting = [service for service in SERVICES if service.allows.fullmatch(name)]
    asked = [
        Question(each.title, each.title, key(each.title, name), partial(_ask, each.look, name)) for each in fitting
    ]
    forbidding = [service.title for service in SERVICES if service not in fitting]
    if INSTANCE_ALLOWS.fullmatch(name):
        return [*asked, *_instances(name)], forbidding
    return asked, [*forbidding, *talking.INSTANCES]


def _instances(name: str) -> Iterator[Question]:
    for server in talking.INSTANCES:
        look = partial(_at, talking.mastodon, name, server)
        yield Question(server, server, key(FEDIVERSE, f"@{name}@{server}"), look)


def about_place(place: Place, *, any_server: bool) -> Question | None:
    """What to ask about a linked profile; None when it cannot or shall not be asked."""
    if place.walled:
        return None
    if place.service == FEDIVERSE:
        return _about_handle(place, any_server=any_server)
    service = _BY_TITLE.get(place.service)
    if service is None or not (service.linked or service.allows.fullmatch(place.name)):
        return None
    return Question(place.label, place.service, place.key, partial(_ask, service.linked or service.look, place.name))


def _about_handle(place: Place, *, any_server: bool) -> Question | None:
    match = HANDLE.fullmatch(place.name)
    if match is None or not (any_server or match[2] in talking.KNOWN_INSTANCES):
        return None
    look = talking.mastodon if match[2] in talking.KNOWN_INSTANCES else talking.webfinger
    return Question(place.label, match[2], place.key, partial(_at, look, match[1], match[2]))


def about_email(email: str, *, any_server: bool) -> list[Question]:
    """What to ask about an e-mail address: Gravatar, and its own server when a handle of the fediverse looks so."""
    asked = [Question("Gravatar", "Gravatar", "", lambda fetch: proving.gravatar_of(fetch, email))]
    name, _, server = email.rpartition("@")
    if any_server and HANDLE.fullmatch(f"@{name}@{server}"):
        asked.append(Question(server, server, "", partial(_at, talking.webfinger, name, server)))
    return asked


def proofs_for(profile: Profile) -> Question | None:
    """Whether somebody proved on Keybase that this GitHub account is theirs."""
    if profile.service != "GitHub":
        return None
    look: Callable[[Fetch], Awaitable[list[Profile]]] = partial(_proved, "github", profile.name)
    return Question(noted(PROVED, what=profile.label), "Keybase", "", look)


def proofs_for_domain(domain: str) -> Question:
    """Whether somebody proved on Keybase that they control this domain."""
    return Question(noted(PROVED, what=domain), "Keybase", "", partial(_proved, "domain", domain))


def about_did(did: str) -> Question:
    """The Bluesky account that a domain's record names."""
    return Question(f"{BLUESKY}: {did}", BLUESKY, key(BLUESKY, did), partial(_ask, talking.bluesky, did))


async def _ask(look: Look, name: str, fetch: Fetch) -> list[Profile]:
    return await look(fetch, name)


async def _at(
    look: Callable[[Fetch, str, str], Awaitable[list[Profile]]], name: str, server: str, fetch: Fetch
) -> list[Profile]:
    return await look(fetch, name, server)


async def _proved(service: str, name: str, fetch: Fetch) -> list[Profile]:
    return await proving.keybase_of(fetch, service, name)
