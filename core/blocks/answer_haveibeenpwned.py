"""Breaches: in how many and whether passwords are among it first, the worst in a line each, all of them in a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.blocks.answer import Answer
from core.blocks.answer_any import counts, weight
from core.blocks.facts import WEIGHTS, day, flag, number, of_kind, severity_of, with_role, word, words
from core.blocks.parts import Grid, Line
from core.blocks.text import Clip, counted
from core.blocks.words import age
from core.language import NN_
from core.models import Fact, Finding, Run, Severity

DISCREET = True
"""Who is in which leak is nobody's business but the asker's: see `readers`."""

LOUD = (Severity.HIGH, Severity.MEDIUM)
CREDIT = Line("Data from Have I Been Pwned (CC BY 4.0), https://haveibeenpwned.com")
DOUBTS = (
    ("fabricated", "made up, says the source"),
    ("retired", "withdrawn by the source"),
    ("spam_list", "a list for unwanted mail"),
    ("stealer_log", "from a stealer log"),
    ("malware", "taken by malware"),
    ("sensitive", "sensitive"),
)


def answer(run: Run, clip: Clip) -> Answer:
    """The worst first, of equals the newest; pastes and stolen logins apart."""
    breaches = sorted(of_kind(run.findings, Fact.BREACH), key=_order)
    pastes, logins = of_kind(run.findings, Fact.PASTE), of_kind(run.findings, Fact.ACCOUNT)
    loudest = min((severity_of(each) for each in run.findings), key=lambda each: WEIGHTS[each], default=Severity.INFO)
    return Answer(
        first=(_first(breaches, pastes, logins) or counts(run.findings, clip)) + age(run),
        weight=loudest.value.capitalize() if loudest in LOUD else "",
        lines=tuple(_loud(breaches, logins, clip)),
        grid=Grid(("Breach", "When, what"), tuple(_row(each, clip) for each in breaches)) if breaches else None,
        apart=(*_pastes(pastes, clip), CREDIT),
        hidden=len(run.findings) - len(breaches) - len(pastes) - len(logins),
        rest=NN_("and {n:,} more breach in the file", "and {n:,} more breaches in the file"),
    )


def _order(breach: Finding) -> tuple[int, float, str]:
    return WEIGHTS[severity_of(breach)], -(breach.first_seen.timestamp() if breach.first_seen else 0.0), breach.value


def _first(breaches: Sequence[Finding], pastes: Sequence[Finding], logins: Sequence[Finding]) -> str:
    account, site = with_role(breaches, "account"), with_role(breaches, "site")
    others = len(breaches) - len(account) - len(site)
    passwords = sum(flag(each, "passwords") for each in account)
    groups = (
        (account, f"in {_breaches(len(account))}{f', passwords in {passwords:,}' if passwords else ''}"),
        (site, f"{_breaches(len(site))} of its own site"),
        (others, f"its people in {_breaches(others)}"),
        (logins, counted(len(logins), "stolen login")),
        (pastes, counted(len(pastes), "paste")),
    )
    return "; ".join(said for there, said in groups if there)


def _loud(breaches: Sequence[Finding], logins: Sequence[Finding], clip: Clip) -> Iterator[Line]:
    """Three lines at most: the table has the rest."""
    if logins:
        yield Line(clip.some([each.value for each in logins], most=6), "High, logins stolen by malware at")
    for each in [each for each in breaches if severity_of(each) in LOUD][: 2 if logins else 3]:
        yield Line(clip.text(f"{_name(each)}: {word(each, 'why') or each.context}", 220), weight(each))


def _row(breach: Finding, clip: Clip) -> tuple[str, str]:
    """`2026-05-10, became known 2026-11-01: Passwords, Usernames; not verified`."""
    when = day(breach.first_seen) or "date unknown"
    known = f", became known {added}" if flag(breach, "newly_added") and (added := word(breach, "added")) else ""
    doubts = [said for name, said in DOUBTS if flag(breach, name)]
    if breach.attributes.get("verified") is False:
        doubts.append("not verified")
    taken = words(breach, "exposed")
    if unknown := number(breach, "unknown_kinds"):
        taken.append(counted(unknown, "kind of data I do not know", "kinds of data I do not know"))
    what = clip.some(taken, most=4, each=60) if taken else "what was taken is not said"
    return _name(breach) + _size(breach), "; ".join([f"{when}{known}: {what}", *doubts])


def _size(breach: Finding) -> str:
    """Of how many people, where that is about the target and not about the leak."""
    if boxes := number(breach, "mailboxes"):
        return f" ({counted(boxes, 'mailbox', 'mailboxes')})"
    accounts = number(breach, "accounts")
    return f" ({counted(accounts, 'account')})" if accounts and word(breach, "role") != "account" else ""


def _pastes(pastes: Sequence[Finding], clip: Clip) -> Iterator[Line]:
    """Where they were seen; their words are nobody's to repeat."""
    said = []
    for each in pastes:
        addresses = number(each, "addresses")
        about = [day(each.first_seen), f"{addresses:,} addresses" if addresses else ""]
        said.append(f"{each.value} ({', '.join(filter(None, about)) or 'no date'})")
    if said:
        yield Line(clip.some(said, most=4, each=90), "Pastes")


def _name(breach: Finding) -> str:
    return word(breach, "title") or breach.value


def _breaches(number_of_them: int) -> str:
    return counted(number_of_them, "breach", "breaches")
