"""Profiles: which services know the name, which of them name each other, and who each says to be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from core.blocks.answer import Answer
from core.blocks.answer_any import counts
from core.blocks.facts import day, flag, number, of_kind, with_role, word, words
from core.blocks.parts import Grid, Line
from core.blocks.text import Clip
from core.blocks.words import age
from core.language import N_, NN_, ntr, ptr, tr
from core.models import Fact, Finding, Kind, Run

CONFIRMED, CLAIMED = "confirmed", "claimed"
FLAGS = {
    *(N_("suspended"), N_("deactivated"), N_("blocked"), N_("limited"), N_("locked"), N_("moved"), N_("closed")),
    *(N_("bot"), N_("broke the rules"), N_("verified by Bluesky")),
}
"""What the collector notes of a profile; other words are its service's own."""
NAMES = 3  # display names that are told apart in one line
LINKED = NN_(
    "{n:,} service knows the name, {largest} profiles confirm each other",
    "{n:,} services know the name, {largest} profiles confirm each other",
)
UNLINKED = NN_(
    "{n:,} service knows the name, no two confirm each other",
    "{n:,} services know the name, no two confirm each other",
)


def answer(run: Run, clip: Clip) -> Answer:
    """Confirmed links first: the same name alone says nothing about whose a profile is."""
    profiles = of_kind(run.findings, Fact.ACCOUNT)
    bonds = of_kind(run.findings, Fact.IDENTITY)
    rows = sorted(profiles, key=lambda each: _rank(each, bonds))
    apart = tuple(_apart(run.findings, clip))
    clip.cut = clip.cut or any(word(each, "bio") for each in profiles)  # the file has what they write of themselves
    shown = (Fact.ACCOUNT, Fact.IDENTITY, Fact.PERSON, Fact.LOCATION, Fact.ORGANISATION, Fact.KEY, Kind.URL, Kind.EMAIL)
    return Answer(
        first=(_first(profiles, bonds) if profiles else counts(run.findings, clip)) + age(run),
        lines=tuple(_lines(profiles, bonds, clip)),
        grid=Grid((tr("Account"), tr("Links, and who")), tuple(_row(each, bonds, clip) for each in rows))
        if rows
        else None,
        apart=apart,
        hidden=len(run.findings) - len(of_kind(run.findings, *shown)),
        rest=NN_("and {n:,} more account in the file", "and {n:,} more accounts in the file"),
    )


def _first(profiles: Sequence[Finding], bonds: Sequence[Finding]) -> str:
    by_name = {word(each, "service") for each in profiles if word(each, "found_by") == "name"}
    if by_name:
        largest = max(map(len, _groups(bonds)), default=0)
        return ntr(*(LINKED if largest else UNLINKED), len(by_name), largest=largest)
    standings = [word(each, "standing") for each in profiles]
    sure, claimed = standings.count(CONFIRMED), standings.count(CLAIMED)
    parts = [ntr("{n} confirmed", "{n} confirmed", sure)] * bool(sure)
    parts += [ntr("{n} only claimed", "{n} only claimed", claimed)] * bool(claimed)
    return ": ".join(filter(None, (ntr("{n:,} account", "{n:,} accounts", len(profiles)), ", ".join(parts))))


def _lines(profiles: Sequence[Finding], bonds: Sequence[Finding], clip: Clip) -> Iterator[Line]:
    for group in _groups(bonds)[:2]:
        yield Line(clip.some(group, most=6, each=60), tr("Confirm each other"))
    sites = [each.value for each in profiles if word(each, "standing") == CONFIRMED and not _in_groups(each, bonds)]
    if sites:
        yield Line(clip.some(sites, most=6, each=60), ptr("accounts", "Confirmed"))
    if others := _names(profiles):
        told = clip.some((f"{name} ({count})" for name, count in others), most=NAMES, each=60)
        yield Line(tr("{names}; nothing says that these are one", names=told), tr("Different names"))


def _names(profiles: Sequence[Finding]) -> list[tuple[str, int]]:
    """The names that profiles found by name show, when they are not all the same; the most frequent first."""
    shown: dict[str, list[str]] = defaultdict(list)
    for each in profiles:
        name, own = word(each, "display_name"), word(each, "name").lower()
        if word(each, "found_by") == "name" and " " in name.strip() and name.lower() != own:
            shown[" ".join(name.casefold().split())].append(name)
    if len(shown) < 2:
        return []
    return sorted(((names[0], len(names)) for names in shown.values()), key=lambda pair: -pair[1])


def _groups(bonds: Sequence[Finding]) -> list[list[str]]:
    """Accounts that confirmed bonds connect, the largest group first."""
    groups: list[list[str]] = []
    for bond in bonds:
        if word(bond, "standing") != CONFIRMED:
            continue
        pair = words(bond, "accounts")
        touched = [group for group in groups if set(group) & set(pair)]
        merged = list(dict.fromkeys([*(label for group in touched for label in group), *pair]))
        groups = [*(group for group in groups if group not in touched), merged]
    return sorted(groups, key=len, reverse=True)


def _in_groups(profile: Finding, bonds: Sequence[Finding]) -> bool:
    return any(profile.value in group for group in _groups(bonds))


def _rank(profile: Finding, bonds: Sequence[Finding]) -> tuple[int, str]:
    if word(profile, "standing") == CONFIRMED or _in_groups(profile, bonds):
        return 0, profile.value
    if not flag(profile, "looked"):
        return 3, profile.value
    claimed = word(profile, "standing") == CLAIMED or any(profile.value in words(bond, "accounts") for bond in bonds)
    return (1 if claimed else 2), profile.value


def _row(profile: Finding, bonds: Sequence[Finding], clip: Clip) -> tuple[str, str]:
    """Two columns: a phone cuts a third one off. What connects it stands before what it says of itself."""
    return profile.value, ". ".join(filter(None, (_links(profile, bonds, clip), _who(profile, clip)))) or "-"


def _who(profile: Finding, clip: Clip) -> str:
    if not flag(profile, "looked"):
        return tr("Not looked at")
    followers = number(profile, "followers")
    said = [
        *(word(profile, name) for name in ("display_name", "organisation", "location")),
        *(tr(flag) if flag in FLAGS else flag for flag in words(profile, "flags")),
        ntr("{n:,} follower", "{n:,} followers", followers) if followers else "",
        tr("since {day}", day=day(profile.first_seen)[:4]) if profile.first_seen else "",
        tr("seen {day}", day=day(profile.last_seen)) if profile.last_seen else "",
    ]
    return clip.some(filter(None, said), most=7, each=60) if any(said) else ""


def _links(profile: Finding, bonds: Sequence[Finding], clip: Clip) -> str:
    """With whom it is connected, and how sure that is."""
    sides: dict[str, list[str]] = {CONFIRMED: [], CLAIMED: []}
    for bond in bonds:
        pair = words(bond, "accounts")
        if profile.value in pair:
            others = [label.partition(":")[0] for label in pair if label != profile.value]
            sides.setdefault(word(bond, "standing"), []).extend(others)
    linked_from = [label for label in words(profile, "linked_from") if label != profile.value]
    named = [label.partition(": ")[0] for label in linked_from]
    sides.setdefault(word(profile, "standing"), []).extend(named)
    said = ((N_("confirmed by {names}"), sides[CONFIRMED]), (N_("claimed with {names}"), sides[CLAIMED]))
    text = "; ".join(tr(how, names=clip.some(others, most=3)) for how, others in said if others)
    return text[:1].upper() + text[1:]


def _apart(findings: Sequence[Finding], clip: Clip) -> Iterator[Line]:
    security = with_role(findings, "security contact")
    roles = [each for each in of_kind(findings, Kind.URL) if word(each, "role")]
    pages = [each.value for each in of_kind(findings, Kind.URL) if not word(each, "role")]
    mails = [each.value for each in of_kind(findings, Kind.EMAIL) if not word(each, "role")]
    sites = [each for each in of_kind(findings, Fact.ORGANISATION, Fact.KEY) if not words(each, "accounts")]
    for label, values in (
        (N_("Pages they name"), pages),
        (N_("E-mail addresses"), mails),
        (N_("Report weaknesses to"), [each.value for each in security]),
        (N_("Security pages"), [each.value for each in roles if each not in security]),
        (N_("Calls itself"), [each.value for each in sites]),
        (N_("Keys"), [each.value for each in of_kind(findings, Fact.KEY)]),
    ):
        if values:
            yield Line(clip.some(values, most=6), tr(label))
