"""Breaches: in how many and whether passwords are among it first, the worst in a line each, all of them in a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.blocks.answer import Answer
from core.blocks.answer_any import SEVERITIES, counts, weight
from core.blocks.facts import WEIGHTS, day, flag, how, number, of_kind, severity_of, with_role, word, words
from core.blocks.parts import Grid, Line
from core.blocks.text import Clip
from core.blocks.words import age
from core.language import N_, NN_, ntr, tr
from core.language.noted import term
from core.models import Fact, Finding, Run, Severity

DISCREET = True
"""Who is in which leak is nobody's business but the asker's: see `readers`."""

LOUD = (Severity.HIGH, Severity.MEDIUM)
CREDIT = N_("Data from Have I Been Pwned (CC BY 4.0), https://haveibeenpwned.com")
DOUBTS = (
    ("fabricated", N_("made up, says the source")),
    ("retired", N_("withdrawn by the source")),
    ("spam_list", N_("a list for unwanted mail")),
    ("stealer_log", N_("from a stealer log")),
    ("malware", N_("taken by malware")),
    ("sensitive", N_("sensitive")),
)
LOGS = {N_("Stealer logs: mailboxes"), N_("Stealer logs: visitors")}
IN = NN_("in {n:,} breach", "in {n:,} breaches")
HIT = NN_("in {n:,} breach, passwords in {passwords:,}", "in {n:,} breaches, passwords in {passwords:,}")


def answer(run: Run, clip: Clip) -> Answer:
    """The worst first, of equals the newest; pastes and stolen logins apart."""
    breaches = sorted(of_kind(run.findings, Fact.BREACH), key=_order)
    pastes, logins = of_kind(run.findings, Fact.PASTE), of_kind(run.findings, Fact.ACCOUNT)
    loudest = min((severity_of(each) for each in run.findings), key=lambda each: WEIGHTS[each], default=Severity.INFO)
    return Answer(
        first=(_first(breaches, pastes, logins) or counts(run.findings, clip)) + age(run),
        weight=tr(SEVERITIES[loudest]) if loudest in LOUD else "",
        lines=tuple(_loud(breaches, logins, clip)),
        grid=Grid((tr("Breach"), tr("When, what")), tuple(_row(each, clip) for each in breaches)) if breaches else None,
        apart=(*_pastes(pastes, clip), Line(tr(CREDIT))),
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
        (account, ntr(*(HIT if passwords else IN), len(account), passwords=passwords)),
        (site, ntr("{n:,} breach of its own site", "{n:,} breaches of its own site", len(site))),
        (others, ntr("its people in {n:,} breach", "its people in {n:,} breaches", others)),
        (logins, ntr("{n:,} stolen login", "{n:,} stolen logins", len(logins))),
        (pastes, ntr("{n:,} paste", "{n:,} pastes", len(pastes))),
    )
    return "; ".join(said for there, said in groups if there)


def _loud(breaches: Sequence[Finding], logins: Sequence[Finding], clip: Clip) -> Iterator[Line]:
    """Three lines at most: the table has the rest."""
    if logins:
        yield Line(clip.some([each.value for each in logins], most=6), tr("High, logins stolen by malware at"))
    for each in [each for each in breaches if severity_of(each) in LOUD][: 2 if logins else 3]:
        yield Line(clip.text(f"{_name(each)}: {word(each, 'why') or how(each)}", 220), weight(each))


def _row(breach: Finding, clip: Clip) -> tuple[str, str]:
    """`2026-05-10, became known 2026-11-01: Passwords, Usernames; not verified`."""
    when = day(breach.first_seen) or tr("date unknown")
    if flag(breach, "newly_added") and (added := word(breach, "added")):
        when = tr("{day}, became known {added}", day=when, added=added)
    doubts = [tr(said) for name, said in DOUBTS if flag(breach, name)]
    if breach.attributes.get("verified") is False:
        doubts.append(tr("not verified"))
    taken = [term("taken", each) for each in words(breach, "exposed")]
    if unknown := number(breach, "unknown_kinds"):
        taken.append(ntr("{n:,} kind of data I do not know", "{n:,} kinds of data I do not know", unknown))
    what = clip.some(taken, most=4, each=60) if taken else tr("what was taken is not said")
    return _name(breach) + _size(breach), "; ".join([f"{when}: {what}", *doubts])


def _size(breach: Finding) -> str:
    """Of how many people, where that is about the target and not about the leak."""
    if boxes := number(breach, "mailboxes"):
        return ntr(" ({n:,} mailbox)", " ({n:,} mailboxes)", boxes)
    accounts = number(breach, "accounts")
    if not accounts or word(breach, "role") == "account":
        return ""
    return ntr(" ({n:,} account)", " ({n:,} accounts)", accounts)


def _pastes(pastes: Sequence[Finding], clip: Clip) -> Iterator[Line]:
    """Where they were seen; their words are nobody's to repeat."""
    said, undated = [], tr("no date")
    for each in pastes:
        addresses = number(each, "addresses")
        about = [day(each.first_seen), ntr("{n:,} address", "{n:,} addresses", addresses) if addresses else ""]
        said.append(f"{each.value} ({', '.join(filter(None, about)) or undated})")
    if said:
        yield Line(clip.some(said, most=4, each=90), tr("Pastes"))


def _name(breach: Finding) -> str:
    return word(breach, "title") or (tr(breach.value) if breach.value in LOGS else breach.value)
