"""Pages for a user name on many sites, each held against two-sided rules and a name that nobody has."""

from __future__ import annotations

from collections import Counter
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from collectors.declare import Findings, Option, Rate, collector
from collectors.sites import shelf, telling
from collectors.sites.reading import State
from collectors.sites.rules import Rule
from collectors.sites.sweep import Looked, Sweep
from core.errors import NotATarget
from core.language import NN_
from core.language.noted import nnoted, noted
from core.models import Confidence, Fact, Finding, Kind, Target

if TYPE_CHECKING:
    from collectors.fetch import Fetch, Reply

ILLEGAL = NN_("{n:,} site allows no name like {name}; not asked.", "{n:,} sites allow no name like {name}; not asked.")
LOWER = {Confidence.HIGH: Confidence.MODERATE, Confidence.MODERATE: Confidence.LOW, Confidence.LOW: Confidence.LOW}


@collector(
    title="User name on many sites",
    accepts=[Kind.USERNAME, Kind.EMAIL],
    yields=[Fact.ACCOUNT],
    hosts=["*"],
    tells="Each site on the list learns that somebody asked for a page of this name.",
    spreads=True,
    default_rate=Rate(1, 1, burst=2),  # the name and its control; each host is asked one thing at a time
    life=43200.0,
    life_nothing=21600.0,
    deadline=90.0,
    options=[
        Option("nsfw", "Adult sites are asked too; they learn the name."),
        Option("protected", "Sites that mostly answer with a bot check or a login are asked too; they learn the name."),
        Option("local_part", "The part of an e-mail address before the @ is asked about as a user name."),
    ],
    order=80,
    only_with={Kind.EMAIL: "local_part"},
    edition=shelf.edition,
)
async def username(target: Target, fetch: Fetch) -> Findings:
    """Sites with a page for a user name. A page says that the name is taken there, never by whom.

    A site must show what its rule calls evidence of a page, must not show evidence of none, and must say no to a
    random name before its yes is believed.
    """
    name = _name(target, fetch)
    rules, skipped = _chosen(fetch)
    states: Counter[State] = Counter()
    async with aclosing(Sweep(fetch, name).over(rules)) as sweep:
        async for looked in sweep:
            states[looked.state] += 1
            if looked.state is State.EXISTS and looked.reply is not None:
                yield _finding(looked, looked.reply, name)
    _tell(fetch, name, states, telling.left_out(skipped))


def _name(target: Target, fetch: Fetch) -> str:
    """Raises:
    NotATarget: an address, and nobody said that its first part is a user name.
    """
    if target.kind is not Kind.EMAIL:
        return target.value
    if not fetch.wants("local_part"):
        raise NotATarget(noted("The part before the @ is looked up as a user name only with=local_part."))
    return target.value.rpartition("@")[0]


def _chosen(fetch: Fetch) -> tuple[list[Rule], dict[str, list[Rule]]]:
    """The rules to ask by, and those that only an option adds."""
    chosen: list[Rule] = []
    skipped: dict[str, list[Rule]] = {"nsfw": [], "protected": []}
    wanted = {option for option in skipped if fetch.wants(option)}
    for rule in shelf.rules():
        missing = {option for option, needs in (("nsfw", rule.nsfw), ("protected", rule.protected)) if needs} - wanted
        (skipped[min(missing)] if missing else chosen).append(rule)
    return chosen, skipped


def _finding(looked: Looked, reply: Reply, name: str) -> Finding:
    rule, reading = looked.rule, looked.reading
    doubt = telling.caution(name)
    said: dict[str, Any] = {**reading.profile, **({"caution": doubt} if doubt else {})}
    if home := said.pop("homepage", ""):
        said["links"] = [home]
    return reply.finding(
        Fact.ACCOUNT,
        f"{rule.site}: {reading.name}",
        confidence=_confidence(looked, common=bool(doubt)),
        first_seen=reading.joined,
        context=noted("A page exists: {because}, and a random name has none.", because=reading.because),
        service=rule.site,
        name=reading.name,
        page=rule.address(name, shown=True),
        category=rule.category,
        found_by="name",
        control="absent",
        rule=rule.list,
        rule_source=rule.source,
        licence=rule.licence,
        **said,
    )


def _confidence(looked: Looked, *, common: bool) -> Confidence:
    """That the page exists: surest where the site's own answer names the account."""
    exists = looked.rule.exists
    sure = Confidence.HIGH if exists.field else Confidence.MODERATE if exists.is_strong else Confidence.LOW
    return LOWER[sure] if common else sure


def _tell(fetch: Fetch, name: str, states: Counter[State], left_out: str) -> None:
    """Raises:
    NotATarget: no site allows the name.
    SourceError: no site at all answered.
    """
    illegal = states.pop(State.ILLEGAL, 0)
    if illegal and not states:
        raise NotATarget(noted("No site on the list allows a name like {name}, so nobody was asked.", name=name))
    answered = telling.answered(states)
    if states and not answered:
        raise telling.trouble(states)
    if answered < states.total():
        fetch.gap(telling.trouble(states).reason, telling.coverage(states))
    elif states:
        fetch.remark(telling.coverage(states))
    if states[State.EXISTS]:
        fetch.remark(noted("A page says that a name is taken, not by whom."))
    if illegal:
        one, several = ILLEGAL
        fetch.remark(nnoted(one, several, illegal, name=name))
    if left_out:
        fetch.remark(left_out)
