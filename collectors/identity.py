"""Who is behind an address, number, name or handle: what sources claim, and which claims belong together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from collectors import grants
from collectors.claims import address, directories, github, gravatar, phone, registers
from collectors.claims.claim import Claim
from collectors.claims.handles import permutations
from collectors.claims.receiving import receiving
from collectors.claims.telling import tell
from collectors.claims.webfinger import finger
from collectors.declare import Findings, Option, Rate, collector
from collectors.doors.reply import Reply, offline
from core.errors import SourceError
from core.language import N_
from core.language.noted import noted
from core.models import Confidence, Fact, Finding, Kind, Severity, Target
from core.targets import registrable

if TYPE_CHECKING:
    from collectors.fetch import Fetch

Look = Coroutine[Any, Any, list[Claim]]
THROWN_AWAY = N_("{name} gives out throw-away addresses: who has it today need not have it tomorrow.")
GUESS = N_("A guess: a handle that somebody called {person} might use. Nobody was asked for it.")


@collector(
    title="Identity",
    accepts=[Kind.EMAIL, Kind.USERNAME, Kind.NAME, Kind.PHONE],
    yields=[
        Fact.IDENTITY, Fact.ACCOUNT, Fact.KEY, Fact.PERSON, Fact.POSTURE,
        Kind.EMAIL, Kind.USERNAME, Kind.DOMAIN, Kind.PHONE,
    ],
    # "*" is for the option own_domain alone: the host is then the address's own domain.
    hosts=[
        "api.gravatar.com", "api.github.com", "keys.openpgp.org", "keyserver.ubuntu.com",
        "www.wikidata.org", "pub.orcid.org", "*",
    ],
    untold=[Kind.PHONE],
    tells=(
        "Gravatar (as a digest), GitHub, keys.openpgp.org and keyserver.ubuntu.com learn an e-mail address; "
        "GitHub and Gravatar a user name; Wikidata and ORCID a name. With own_domain the address's own web server "
        "learns it too. Of a phone number nobody learns."
    ),
    # GitHub lets strangers search ten times a minute, Gravatar lets them ask a hundred times an hour; keys.openpgp.org
    # wants no more than one address a minute, after a few at once (their API pages).
    rates={
        "api.github.com": Rate(10, 60, burst=5),
        "api.gravatar.com": Rate(100, 3600, burst=10),
        "keys.openpgp.org": Rate(1, 60, burst=20),
        "keyserver.ubuntu.com": Rate(1, 2, burst=2),
        "www.wikidata.org": Rate(1, 1, burst=2),
        "pub.orcid.org": Rate(1, 1, burst=2),
    },
    life=86400.0,
    life_nothing=3600.0,
    deadline=75.0,
    keys=grants.KEYS,
    budgets=grants.BUDGETS,
    options=[
        Option("own_domain", about="asks the e-mail address's own domain for keys and accounts.", touches=True),
        Option(
            "permutations",
            about="makes up to twenty handles out of a name; they are guesses, and nobody is asked.",
        ),
    ],
    order=100,
)  # fmt: skip
async def identity(target: Target, fetch: Fetch) -> Findings:
    """Who is behind an e-mail address, phone number, name or user name, with the points for and against.

    Nobody is written to, and nothing is tried that the person could notice: no sign-up form, no lost password, no
    mail server.
    """
    looks = {Kind.EMAIL: _email, Kind.USERNAME: _username, Kind.NAME: _name, Kind.PHONE: _phone}
    async for finding in looks[target.kind](target, fetch):
        yield finding


async def _email(target: Target, fetch: Fetch) -> AsyncIterator[Finding]:
    box = address.read(target.value)
    spelled = offline("identity", noted("Address rules"), "rule:e-mail-address", {"address": target.value})
    await fetch.shown(spelled)
    yield _mailbox(target, box, spelled)
    owned = "" if box.free or box.disposable else registrable(box.domain) or box.domain
    if owned:
        whose = noted("The domain of {mail}.", mail=target.value)
        yield spelled.finding(Kind.DOMAIN, owned, confidence=Confidence.HIGH, context=whose, role="mail domain")
    for finding in await fetch.tolerate(receiving(box.domain, fetch), noted("How the domain takes mail")) or []:
        yield finding
    looks = [
        gravatar.by_mail(target.value, fetch),
        directories.checked(target.value, fetch),
        directories.unchecked(target.value, fetch),
        github.by_mail(target.value, fetch),
    ]
    if fetch.wants("own_domain"):
        looks += [directories.own(target.value, fetch), finger(target.value, fetch)]
    seed = Claim(
        Kind.EMAIL,
        target.value,
        spelled,
        confidence=Confidence.HIGH,
        handles=() if box.role else (box.local.partition("+")[0],),
        vouched=(target.value,),
        is_seed=True,
    )
    for finding in tell([seed, *await _together(looks, fetch)], target, fetch, known=owned):
        yield finding


def _mailbox(target: Target, box: address.Mailbox, reply: Reply) -> Finding:
    why = noted("It is well-formed, at the domain {name}.", name=box.domain)
    if box.disposable:
        why = noted(THROWN_AWAY, name=box.disposable)
    elif box.role:
        why = noted("It is the address of a function, not of a person.")
    elif box.free:
        why = noted("It is well-formed, at a provider where anybody can have one.")
    listed = {"list": f"disposable-email-domains {version('disposable-email-domains')}"} if box.disposable else {}
    told: dict[str, Any] = {
        "role": "target",
        "local": box.local,
        "domain": box.domain,
        "domain_unicode": box.unicode,
        "tag": box.tag,
        "canonical": box.canonical,
        "function": box.role,
        "free_provider": box.free,
        "disposable": bool(box.disposable),
        "why": why,
        **listed,
        **({"severity": Severity.MEDIUM.value} if box.disposable else {}),
    }
    return reply.finding(
        Kind.EMAIL,
        target.value,
        confidence=Confidence.HIGH,
        context=noted("What the address itself says; nobody was asked."),
        **{name: each for name, each in told.items() if each != ""},
    )


async def _username(target: Target, fetch: Fetch) -> AsyncIterator[Finding]:
    looks = [gravatar.by_handle(target.value, fetch)]
    if github.LOGIN.fullmatch(target.value):
        looks.append(github.by_login(target.value, fetch))
    else:
        fetch.remark(noted("GitHub was not asked: no account there can have such a name."))
    for finding in tell(await _together(looks, fetch), target, fetch):
        yield finding


async def _name(target: Target, fetch: Fetch) -> AsyncIterator[Finding]:
    if fetch.wants("permutations"):
        guesses = permutations(target.value)
        made = offline("identity", noted("Handle rules"), "rule:handles", {"name": target.value, "handles": guesses})
        await fetch.shown(made)
        for finding in _guesses(target, guesses, made):
            yield finding
    looks = [registers.wikidata(target.value, fetch), registers.orcid(target.value, fetch)]
    for finding in tell(await _together(looks, fetch), target, fetch):
        yield finding


def _guesses(target: Target, guesses: Sequence[str], made: Reply) -> Iterator[Finding]:
    for rank, guess in enumerate(guesses, 1):
        yield made.finding(
            Kind.USERNAME,
            guess,
            confidence=Confidence.LOW,
            context=noted(GUESS, person=target.value),
            guess=True,
            rank=rank,
        )


async def _phone(target: Target, fetch: Fetch) -> AsyncIterator[Finding]:
    said = await asyncio.to_thread(phone.plan, target.value)  # the first one loads large tables
    package = f"package:phonenumbers@{version('phonenumbers')}?{target.value}"
    fetch.remark(phone.CANNOT_TELL)
    plan = offline("identity", phone.SOURCE, package, said)
    fetch.notes.answered(plan)
    await fetch.shown(plan)
    yield plan.finding(
        Kind.PHONE,
        target.value,
        confidence=Confidence.HIGH,
        context=noted("From the numbering plans; nobody was asked."),
        role="target",
        **said,
    )


async def _together(looks: list[Look], fetch: Fetch) -> list[Claim]:
    """What the looks find side by side, in their order; one that fails is a gap.

    Raises:
        SourceError: all of them failed, so that nothing was looked at.
    """
    found = await asyncio.gather(*map(fetch.attempt, looks))
    errors = [each for each in found if isinstance(each, SourceError)]
    nothing = len(errors) == len(found)
    for error in errors[nothing:]:
        fetch.gap(error.reason, str(error))
    if nothing:
        raise errors[0]
    return [claim for claims in found if not isinstance(claims, SourceError) for claim in claims]
