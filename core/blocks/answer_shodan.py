"""Open ports: what should not be open first, then what is guessed from versions, then a row for each port."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.blocks.answer import Answer
from core.blocks.answer_any import counts, weight
from core.blocks.facts import WEIGHTS, ago, flag, number, of_kind, severity_of, valued, with_role, word, words
from core.blocks.parts import Grid, Line
from core.blocks.text import Clip, listed
from core.blocks.words import age
from core.language import N_, NN_, ntr, tr
from core.language.noted import heard
from core.models import Fact, Finding, Kind, Run, Severity

LOUD = (Severity.HIGH, Severity.MEDIUM)
OLD_DAYS = 60
SURE = N_("{rule} is open on {where}, port {port}")
SURE_OF_SOME = NN_(
    "{rule} is open on {where}, port {port}, and {n:,} more service that should not be",
    "{rule} is open on {where}, port {port}, and {n:,} more services that should not be",
)
USUAL = N_("port {port}, usually {rule}, is open on {where}")
USUAL_OF_SOME = NN_(
    "port {port}, usually {rule}, is open on {where}, and {n:,} more service that should not be",
    "port {port}, usually {rule}, is open on {where}, and {n:,} more services that should not be",
)
PORTS = NN_("{n:,} open port: {names}", "{n:,} open ports: {names}")
PORTS_OF_SOME = NN_(
    "{n:,} open port on {hosts} addresses: {names}",
    "{n:,} open ports on {hosts} addresses: {names}",
)


def answer(run: Run, clip: Clip) -> Answer:
    """One line a phone shows: the service that should not be open, else which ports are."""
    ports = sorted(of_kind(run.findings, Fact.PORT), key=lambda each: (WEIGHTS[severity_of(each)], _number(each)))
    hosts = with_role(of_kind(run.findings, Kind.IP), "host")
    weak = of_kind(run.findings, Fact.VULNERABILITY)
    loud = [each for each in ports if severity_of(each) in LOUD]
    several = len(hosts) > 1
    apart, shown = _apart(run.findings, clip)
    first = _exposed(loud, clip) or _open(ports, hosts, clip) or counts(run.findings, clip)
    return Answer(
        first=first + age(run),
        lines=tuple(_above(loud, weak, hosts, clip)),
        grid=Grid((tr("Port"), tr("What answers")), tuple(_row(each, clip, several=several) for each in ports))
        if ports
        else None,
        apart=apart,
        hidden=len(run.findings) - len(ports) - shown,
        weight=weight(loud[0]) if loud else "",
        rest=NN_("and {n:,} more port in the file", "and {n:,} more ports in the file"),
    )


def _number(port: Finding) -> int:
    return number(port, "port") or 0


def _exposed(loud: Sequence[Finding], clip: Clip) -> str:
    """`Redis is open on 192.0.2.19, port 6379/tcp`, or `port 6379, usually Redis, ...`; and how many more."""
    if not loud:
        return ""
    worst = loud[0]
    rule, port, where = (clip.text(each, 60) for each in (_rule(worst), worst.value, word(worst, "address")))
    told = {"rule": rule, "port": port, "where": where}
    if len(loud) > 1:
        return ntr(*(SURE_OF_SOME if flag(worst, "sure") else USUAL_OF_SOME), len(loud) - 1, **told)
    return tr(SURE if flag(worst, "sure") else USUAL, **told)


def _open(ports: Sequence[Finding], hosts: Sequence[Finding], clip: Clip) -> str:
    if not hosts:
        return ""
    several = len(hosts) > 1
    if not ports:
        if several:
            return tr("no open port is known on {hosts} addresses", hosts=len(hosts))
        return tr("no open port is known")
    shown = list(dict.fromkeys(each.value for each in ports))
    ways = PORTS_OF_SOME if several else PORTS
    return ntr(*ways, len(shown), hosts=len(hosts), names=clip.some(shown, most=10))


def _above(loud: Sequence[Finding], weak: Sequence[Finding], hosts: Sequence[Finding], clip: Clip) -> list[Line]:
    """At most three lines: why it matters, how far the weaknesses may be believed, what the address is."""
    reasons = word(loud[0], "why").partition(". ")[2] if loud else ""  # what it is stands in the first line
    lines = [Line(clip.text(reasons, 300))] if reasons else []
    if weak:
        lines.append(Line(_weaknesses(weak, clip), tr("Known weaknesses")))
    about = [clip.text(word(each, "why"), 160) for each in hosts if word(each, "why")]
    about += [reason for each in hosts for reason in words(each, "cautions")]
    about += [
        tr("Seen {when}", when=ago(days))
        for each in hosts
        if (days := number(each, "age_days")) is not None and days > OLD_DAYS
    ]
    if about:
        said = [clip.text(each, 160).rstrip(".") for each in dict.fromkeys(about)]
        lines.append(Line(f"{'. '.join(each[:1].upper() + each[1:] for each in said[:3])}."))
    return lines


def _weaknesses(weak: Sequence[Finding], clip: Clip) -> str:
    """How many were tested and how many are guesses, and the ones to look at."""
    tested = [each for each in weak if flag(each, "verified")]
    guessed = len(weak) - len(tested)
    said = [ntr("{n:,} tested", "{n:,} tested", len(tested))] if tested else []
    by_version = NN_("{n:,} by version alone, not verified", "{n:,} by version alone, not verified")
    said += [ntr(*by_version, guessed)] if guessed else []
    attacked = [each.value for each in weak if flag(each, "kev")]
    first = attacked or [each.value for each in sorted(weak, key=_rank) if severity_of(each) is not Severity.INFO]
    how = N_("attacked in the wild: {names}") if attacked else N_("first: {names}")
    named = tr(how, names=clip.some(first, most=3)) if first else ""
    clip.cut = True
    return "; ".join(filter(None, (listed(said), named)))


def _rank(weakness: Finding) -> tuple[bool, int]:
    return not flag(weakness, "verified"), WEIGHTS[severity_of(weakness)]


def _rule(port: Finding) -> str:
    """What should not be open: a program's name, or what we call a kind of program."""
    return heard(word(port, "rule"))


def _row(port: Finding, clip: Clip, *, several: bool) -> tuple[str, str]:
    """The port, with its address when there are several, and what answers there."""
    where = tr("{port} of {address}", port=port.value, address=word(port, "address")) if several else port.value
    http, tls = _mapping(port, "http"), _mapping(port, "tls")
    program = " ".join(filter(None, (word(port, "product"), word(port, "version"))))
    rule = "" if word(port, "rule").lower() in program.lower() else _rule(port)
    said = ", ".join(filter(None, (rule, program or (word(port, "module") if not rule else ""))))
    told = [
        said if severity_of(port) is Severity.INFO else f"{weight(port)}: {said}",
        f'"{http["title"]}"' if isinstance(http.get("title"), str) else "",
        tr("certificate of {name}", name=tls["subject"]) if isinstance(tls.get("subject"), str) else "",
    ]
    return where, clip.text(", ".join(filter(None, told)), 150) if any(told) else "-"


def _mapping(finding: Finding, name: str) -> dict[str, Any]:
    found = finding.attributes.get(name)
    return found if isinstance(found, dict) else {}


def _apart(findings: Sequence[Finding], clip: Clip) -> tuple[tuple[Line, ...], int]:
    """Names, programs and holders in a line each, and how many findings those show."""
    names = of_kind(findings, Kind.DOMAIN, Fact.WILDCARD)
    below = with_role(names, "subdomain")
    groups = {
        N_("Names there"): with_role(names, "hostname"),
        N_("Names below it"): below,
        N_("Changes"): of_kind(findings, Fact.CHANGE),
        N_("Programs"): of_kind(findings, Fact.SOFTWARE),
        N_("Network"): of_kind(findings, Fact.ORGANISATION, Kind.ASN),
        N_("Place"): of_kind(findings, Fact.LOCATION),
    }
    lines = [Line(clip.some([valued(each) for each in group]), tr(label)) for label, group in groups.items() if group]
    hosts = with_role(of_kind(findings, Kind.IP), "host")
    return tuple(lines), len({id(each) for group in (*groups.values(), hosts) for each in group})
