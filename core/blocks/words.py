"""How states and outcomes are said: one sentence each, and "could not look" never sounds like "nothing there"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from core.blocks.facts import highlights
from core.blocks.text import aim, and_more, escaped, listed, plain, safe
from core.clock import span
from core.language import N_, NN_, ntr, tr
from core.language.noted import heard
from core.models import ANSWERS, Fact, Kind, Outcome, Run, RunState, Scan, ScanStatus, Severity

KINDS = {
    Kind.DOMAIN: NN_("{n:,} domain", "{n:,} domains"),
    Kind.IP: NN_("{n:,} IP address", "{n:,} IP addresses"),
    Kind.CIDR: NN_("{n:,} network", "{n:,} networks"),
    Kind.ASN: NN_("{n:,} AS number", "{n:,} AS numbers"),
    Kind.URL: NN_("{n:,} URL", "{n:,} URLs"),
    Kind.EMAIL: NN_("{n:,} e-mail address", "{n:,} e-mail addresses"),
    Kind.USERNAME: NN_("{n:,} user name", "{n:,} user names"),
    Kind.PHONE: NN_("{n:,} phone number", "{n:,} phone numbers"),
    Kind.HASH: NN_("{n:,} hash", "{n:,} hashes"),
    Kind.NAME: NN_("{n:,} name", "{n:,} names"),
    Kind.FILE: NN_("{n:,} file", "{n:,} files"),
}
FACTS = {
    Fact.RECORD: NN_("{n:,} record", "{n:,} records"),
    Fact.POSTURE: NN_("{n:,} check", "{n:,} checks"),
    Fact.CERTIFICATE: NN_("{n:,} certificate", "{n:,} certificates"),
    Fact.REGISTRATION: NN_("{n:,} registration", "{n:,} registrations"),
    Fact.ORGANISATION: NN_("{n:,} organisation", "{n:,} organisations"),
    Fact.PERSON: NN_("{n:,} person", "{n:,} people"),
    Fact.LOCATION: NN_("{n:,} location", "{n:,} locations"),
    Fact.SERVICE: NN_("{n:,} service", "{n:,} services"),
    Fact.WILDCARD: NN_("{n:,} wildcard", "{n:,} wildcards"),
    Fact.ACCOUNT: NN_("{n:,} account", "{n:,} accounts"),
    Fact.IDENTITY: NN_("{n:,} identity", "{n:,} identities"),
    Fact.KEY: NN_("{n:,} public key", "{n:,} public keys"),
    Fact.BREACH: NN_("{n:,} breach", "{n:,} breaches"),
    Fact.PASTE: NN_("{n:,} paste", "{n:,} pastes"),
    Fact.PORT: NN_("{n:,} open port", "{n:,} open ports"),
    Fact.VULNERABILITY: NN_("{n:,} vulnerability", "{n:,} vulnerabilities"),
    Fact.REPUTATION: NN_("{n:,} reputation", "{n:,} reputations"),
    Fact.CHANGE: NN_("{n:,} change", "{n:,} changes"),
    Fact.SOFTWARE: NN_("{n:,} software", "{n:,} programs"),
    Fact.DEVICE: NN_("{n:,} device", "{n:,} devices"),
    Fact.PATH: NN_("{n:,} file path", "{n:,} file paths"),
}

TaskStatus = Literal["pending", "in_progress", "complete", "error"]

REASONS = {
    "down": N_("the source is down"),
    "zone_down": N_("its name servers fail"),
    "timeout": N_("no answer in time"),
    "rate_limited": N_("the source asked us to slow down"),
    "quota": N_("our budget for the source is used up"),
    "bad_key": N_("the source refused our key"),
    "no_key": N_("no key is set"),
    "needs_consent": N_("it would touch the target itself"),
    "tlp": N_("its label does not allow to tell others"),
    "switched_off": N_("an admin switched it off"),
    "refused_by_operator": N_("the operator does not allow to touch targets"),
    "forbidden": N_("our plan does not include this"),
    "blocked": N_("a captcha, a login or a bot check stood in the way"),
    "changed": N_("the source answered in an unknown form"),
    "too_large": N_("the answer was too large"),
    "unreadable_file": N_("the file cannot be read"),
    "unsafe_address": N_("it leads inside a network I must not touch"),
    "undeclared_host": N_("it asked a host it did not declare"),
    "worker_lost": N_("the worker was lost"),
    "truncated": N_("the answer was cut short"),
    "bug": N_("an error of mine"),
    "unknown_collector": N_("this worker does not know it"),
    "not_fitting": N_("there is nothing of it to ask about there"),
    "not_a_target": N_("the target cannot be asked about there"),
    "no_server": N_("no server is known for it"),
    "cancelled": N_("stopped"),
    "not_verified": N_("it wants a login, or is left alone unless asked for"),
    "robots": N_("its robots.txt keeps programs out"),
}


def kind_word(kind: Kind | Fact) -> str:
    """A kind as people say it: as it is counted, without the number."""
    one, several = KINDS[kind] if isinstance(kind, Kind) else FACTS[kind]
    return ntr(one, several, 1).removeprefix("1 ")


def counted_kind(number: int, kind: Kind | Fact) -> str:
    """`36 domains`, `2 e-mail addresses`, `1 person`."""
    return ntr(*(KINDS[kind] if isinstance(kind, Kind) else FACTS[kind]), number)


def findings(number: int) -> str:
    """`1 finding`, `58 findings`, `1,204 findings`."""
    return ntr("{n:,} finding", "{n:,} findings", number)


def reason(run: Run) -> str:
    """The reason code in words; an unknown code as it is."""
    return tr(REASONS.get(run.reason, "")) or plain(run.reason.replace("_", " "), 60) * bool(run.reason)


def title_of(run: Run, titles: Mapping[str, str]) -> str:
    return plain(titles.get(run.collector, run.collector), 80, spare=names_in(titles.get(run.collector, "")))


def names_in(title: str) -> frozenset[str]:
    """The source's own names in a title ("crt.sh"): they need no defanging."""
    return frozenset(re.findall(r"\b[\w-]{1,63}(?:\.[\w-]{1,63})+", title[:1000].lower()))


def told(run: Run) -> tuple[str, str]:
    """What was not looked at, raw, and the remark about the answer: the first line of the message, and the rest."""
    if run.outcome in (None, Outcome.FOUND, Outcome.NOTHING):
        return "", heard(run.message)
    missed, _, remark = run.message.partition("\n")
    return heard(missed), heard(remark)


def why(run: Run, title: str, most: int = 300) -> str:
    """The run's own sentence, else its reason in words; nothing when all is well."""
    said = " ".join(filter(None, told(run))) if run.outcome is not Outcome.PARTIAL else told(run)[0]
    return plain(said, most, spare=names_in(title)) if said else reason(run)


def count(run: Run) -> int:
    return max(run.found, len(run.findings))


def status(run: Run) -> TaskStatus:
    """The plan's own word for this state; the words beside it say which of the four it is."""
    if run.state is RunState.CLOSED:
        if run.outcome is Outcome.CANCELLED:
            return "pending"  # it did not get done
        return "error" if run.outcome is Outcome.FAILED else "complete"
    return "pending" if run.state is RunState.QUEUED else "in_progress"


def state(run: Run) -> str:
    """Where a run stands, in a few words that stand alone: a screen reader sees no icon."""
    if run.state is RunState.QUEUED and run.after is not None:
        until = f"{run.after:%H:%M}"
        if run.reason == "quota":
            return tr("waiting for quota, until about {time} UTC", time=until)
        return tr("waiting, as the source asked, until about {time} UTC", time=until)
    if run.state is RunState.QUEUED:
        return tr("waiting") if run.attempt <= 1 else tr("waiting to try again")
    if run.state is RunState.RUNNING:
        return tr("running, {findings} so far", findings=findings(count(run))) if count(run) else tr("running")
    return _outcome(run) + age(run)


def _outcome(run: Run) -> str:
    found, because = findings(count(run)), reason(run)
    if run.outcome in (Outcome.FOUND, Outcome.NOTHING):
        return found if run.outcome is Outcome.FOUND else tr("nothing found")
    if run.outcome is Outcome.PARTIAL:
        return tr("{findings}, only in part", findings=found)
    if run.outcome is Outcome.SKIPPED:
        return tr("skipped: {reason}", reason=because) if because else tr("skipped")
    if run.outcome is Outcome.CANCELLED:
        return tr("stopped, {findings} kept", findings=found) if count(run) else tr("stopped")
    return tr("could not look: {reason}", reason=because) if because else tr("could not look")


def age(run: Run) -> str:
    """How old a cached answer was; an answer from the cache never looks fresh."""
    return f" ({said})" if (said := aged(run)) else ""


def aged(run: Run) -> str:
    """The same without the brackets."""
    if not run.cached or run.outcome not in ANSWERS:
        return ""
    return tr("as of {span} ago", span=span(run.age_s)) if run.age_s is not None else tr("from the cache")


def ended(runs: Iterable[Run], *outcomes: Outcome) -> list[Run]:
    return [run for run in runs if run.outcome in outcomes]


def elapsed(scan: Scan) -> str:
    """How long this round took, once it is over."""
    begun = scan.round_at or scan.created_at
    return span(max(0.0, (scan.finished_at - begun).total_seconds())) if scan.finished_at else ""


def found(scan: Scan) -> str:
    return findings(sum(map(count, scan.runs)))


def progress(scan: Scan, *, by: str = "") -> str:
    """The plan's title: the state of the whole in a few words. `by` is a mention of who stopped it."""
    total = len(scan.runs)
    if not total:
        return tr("No source takes this kind of target")
    done = sum(run.state is RunState.CLOSED and run.outcome is not Outcome.CANCELLED for run in scan.runs)
    if scan.status is ScanStatus.QUEUED:
        return ntr("Waiting to start {n:,} collector", "Waiting to start {n:,} collectors", total)
    if scan.status is ScanStatus.RUNNING:
        return tr("Running, {done} of {total} done: {findings} so far", done=done, total=total, findings=found(scan))
    if scan.status is ScanStatus.CANCELLED:
        after = {"person": by, "done": done, "total": total, "findings": found(scan)}
        how = N_("Stopped by {person} after {done} of {total}: {findings} kept")
        return tr(how if by else N_("Stopped after {done} of {total}: {findings} kept"), **after)
    took = elapsed(scan)
    if not ended(scan.runs, *ANSWERS):
        how = N_("Finished in {time}: no source could be asked") if took else N_("Finished: no source could be asked")
        return tr(how, time=took)
    said = tally(scan) + (f", {took}" if took else "")
    return f"{said[:1].upper()}{said[1:]}"


def tally(scan: Scan) -> str:
    """How many sources did what, without the names."""
    runs = scan.runs
    done = len(ended(runs, *ANSWERS))
    answered = ntr("{done} of {n:,} source answered", "{done} of {n:,} sources answered", len(runs), done=done)
    if part := len(ended(runs, Outcome.PARTIAL)):
        answered = tr("{answered}, {part} only in part", answered=answered, part=part)
    if scan.status is ScanStatus.QUEUED:
        return ntr("waiting to start, {n:,} source to ask", "waiting to start, {n:,} sources to ask", len(runs))
    if scan.status is ScanStatus.RUNNING:
        return tr("still running, {answered}, {findings} so far", answered=answered, findings=found(scan))
    if scan.status is ScanStatus.CANCELLED:
        return tr("stopped, {answered}, {findings} kept", answered=answered, findings=found(scan))
    if not runs:
        return tr("no source takes this kind of target")
    if len(ended(runs, Outcome.NOTHING)) == len(runs):
        return tr("{answered}, nothing found", answered=answered)
    return f"{answered}, {found(scan)}"


def unseen(scan: Scan, titles: Mapping[str, str]) -> list[str]:
    """What was not looked at, by title, with the reason; clean for rich text."""
    ways = (
        (Outcome.FAILED, tr("could not look")),
        (Outcome.PARTIAL, tr("only in part")),
        (Outcome.SKIPPED, tr("skipped")),
        (Outcome.CANCELLED, tr("stopped")),
    )
    said = []
    for outcome, way in ways:
        for run in ended(scan.runs, outcome):
            # What a collector would do with consent stands in the dialog that asks for it.
            waits = run.reason == "needs_consent"
            because = reason(run) if waits else why(run, titles.get(run.collector, ""))
            joint = ". " if run.message and not waits else ", "
            said.append(f"{title_of(run, titles)}: {way}" + (joint + because if because else ""))
    return said


def empty(scan: Scan, titles: Mapping[str, str]) -> list[str]:
    """Who answered that there is nothing, by title, with what they said; clean for rich text."""
    said = []
    for run in ended(scan.runs, Outcome.NOTHING):
        because = why(run, titles.get(run.collector, ""))
        said.append(f"{title_of(run, titles)}{age(run)}" + (f": {because}" if because else ""))
    return said


def verdict(scan: Scan, titles: Mapping[str, str]) -> str:
    """The whole in one mrkdwn-safe sentence or two, for notifications and screen readers."""
    said = [f"{name(scan)}: {tally(scan)}."]
    loud = highlights(scan.runs, least=Severity.HIGH)[:2]
    said += [stopped(safe(each.sentence, 200)) for each in loud]
    return " ".join([*said, *missing(scan, titles)])


def missing(scan: Scan, titles: Mapping[str, str]) -> list[str]:
    """Whom I could not ask or did not ask, mrkdwn-safe, a sentence each."""
    ways = ((Outcome.FAILED, N_("Could not ask {names}.")), (Outcome.SKIPPED, N_("Skipped {names}.")))
    groups = ((way, ended(scan.runs, outcome)) for outcome, way in ways)
    return [tr(way, names=_names(runs, titles)) for way, runs in groups if runs]


def all_titles(runs: Sequence[Run], titles: Mapping[str, str], most: int = 8) -> str:
    """`DNS, Certificates (crt.sh) and 3 more`, clean for rich text."""
    return and_more(", ".join(title_of(run, titles) for run in runs[:most]), len(runs) - most)


def name(scan: Scan, most: int = 150) -> str:
    """The target, defanged and mrkdwn-safe."""
    return escaped(aim(scan.target, most))


def _names(runs: Sequence[Run], titles: Mapping[str, str], most: int = 4) -> str:
    because = [f" ({escaped(reason(run))})" if run.reason else "" for run in runs[:most]]
    shown = [escaped(title_of(run, titles)) + each for run, each in zip(runs, because, strict=False)]
    return listed([*shown, *([tr("{n:,} more", n=len(runs) - most)] if len(runs) > most else [])])


def stopped(text: str) -> str:
    """The text as a sentence, with one full stop."""
    return text if text.endswith((".", "!", "?", "…")) else text + "."
