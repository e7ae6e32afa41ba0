"""How states and outcomes are said: one sentence each, and "could not look" never sounds like "nothing there"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from core.blocks.facts import highlights
from core.blocks.text import aim, counted, escaped, listed, plain, safe
from core.clock import span
from core.models import ANSWERS, Fact, Kind, Outcome, Run, RunState, Scan, ScanStatus, Severity

KINDS = {
    Kind.IP: "IP address",
    Kind.CIDR: "network",
    Kind.ASN: "AS number",
    Kind.URL: "URL",
    Kind.EMAIL: "e-mail address",
    Kind.USERNAME: "user name",
    Kind.PHONE: "phone number",
}
PLURALS = {
    "person": "people",
    "breach": "breaches",
    "identity": "identities",
    "vulnerability": "vulnerabilities",
    "public key": "public keys",
    "software": "programs",
}
FACTS = {Fact.POSTURE: "check", Fact.KEY: "public key", Fact.PORT: "open port", Fact.PATH: "file path"}

TaskStatus = Literal["pending", "in_progress", "complete", "error"]

REASONS = {
    "down": "the source is down",
    "zone_down": "its name servers fail",
    "timeout": "no answer in time",
    "rate_limited": "the source asked us to slow down",
    "quota": "our budget for the source is used up",
    "bad_key": "the source refused our key",
    "no_key": "no key is set",
    "needs_consent": "it would touch the target itself",
    "tlp": "its label does not allow to tell others",
    "switched_off": "an admin switched it off",
    "refused_by_operator": "the operator does not allow to touch targets",
    "forbidden": "our plan does not include this",
    "blocked": "a captcha, a login or a bot check stood in the way",
    "changed": "the source answered in an unknown form",
    "too_large": "the answer was too large",
    "unreadable_file": "the file cannot be read",
    "unsafe_address": "it leads inside a network I must not touch",
    "undeclared_host": "it asked a host it did not declare",
    "worker_lost": "the worker was lost",
    "truncated": "the answer was cut short",
    "bug": "an error of mine",
    "unknown_collector": "this worker does not know it",
    "not_fitting": "there is nothing of it to ask about there",
    "not_a_target": "the target cannot be asked about there",
    "no_server": "no server is known for it",
    "cancelled": "stopped",
    "not_verified": "it wants a login, or is left alone unless asked for",
    "robots": "its robots.txt keeps programs out",
}


def kind_word(kind: Kind | Fact) -> str:
    """A kind as people say it."""
    return KINDS.get(kind, kind.value) if isinstance(kind, Kind) else FACTS.get(kind, kind.value)


def counted_kind(number: int, kind: Kind | Fact) -> str:
    """`36 domains`, `2 e-mail addresses`, `1 person`."""
    word = kind_word(kind)
    return counted(number, word, PLURALS.get(word, f"{word}es" if word.endswith("s") else ""))


def reason(run: Run) -> str:
    """The reason code in words; an unknown code as it is."""
    return REASONS.get(run.reason) or plain(run.reason.replace("_", " "), 60) * bool(run.reason)


def title_of(run: Run, titles: Mapping[str, str]) -> str:
    return plain(titles.get(run.collector, run.collector), 80, spare=names_in(titles.get(run.collector, "")))


def names_in(title: str) -> frozenset[str]:
    """The source's own names in a title ("crt.sh"): they need no defanging."""
    return frozenset(re.findall(r"\b[\w-]{1,63}(?:\.[\w-]{1,63})+", title[:1000].lower()))


def told(run: Run) -> tuple[str, str]:
    """What was not looked at, raw, and the remark about the answer: the first line of the message, and the rest."""
    if run.outcome in (None, Outcome.FOUND, Outcome.NOTHING):
        return "", run.message
    missed, _, remark = run.message.partition("\n")
    return missed, remark


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
    found = counted(count(run), "finding")
    if run.state is RunState.QUEUED and run.after is not None:
        what = "waiting for quota" if run.reason == "quota" else "waiting, as the source asked"
        return f"{what}, until about {run.after:%H:%M} UTC"
    if run.state is RunState.QUEUED:
        return "waiting" if run.attempt <= 1 else "waiting to try again"
    if run.state is RunState.RUNNING:
        return f"running, {found} so far" if count(run) else "running"
    because = reason(run)
    said = {
        Outcome.FOUND: found,
        Outcome.NOTHING: "nothing found",
        Outcome.PARTIAL: f"{found}, only in part",
        Outcome.FAILED: "could not look" + (f": {because}" if because else ""),
        Outcome.SKIPPED: "skipped" + (f": {because}" if because else ""),
        Outcome.CANCELLED: "stopped" + (f", {found} kept" if count(run) else ""),
    }
    return said.get(run.outcome or Outcome.FAILED, "could not look") + age(run)


def age(run: Run) -> str:
    """How old a cached answer was; an answer from the cache never looks fresh."""
    if not run.cached or run.outcome not in ANSWERS:
        return ""
    return f" (as of {span(run.age_s)} ago)" if run.age_s is not None else " (from the cache)"


def ended(runs: Iterable[Run], *outcomes: Outcome) -> list[Run]:
    return [run for run in runs if run.outcome in outcomes]


def elapsed(scan: Scan) -> str:
    """How long this round took, once it is over."""
    begun = scan.round_at or scan.created_at
    return span(max(0.0, (scan.finished_at - begun).total_seconds())) if scan.finished_at else ""


def found(scan: Scan) -> str:
    return counted(sum(map(count, scan.runs)), "finding")


def progress(scan: Scan) -> str:
    """The plan's title: the state of the whole in a few words."""
    if not scan.runs:
        return "No source takes this kind of target"
    done = sum(run.state is RunState.CLOSED and run.outcome is not Outcome.CANCELLED for run in scan.runs)
    of_all = f"{done} of {len(scan.runs)}"
    if scan.status is ScanStatus.QUEUED:
        return f"Waiting to start {counted(len(scan.runs), 'collector')}"
    if scan.status is ScanStatus.RUNNING:
        return f"Running, {of_all} done: {found(scan)} so far"
    if scan.status is ScanStatus.CANCELLED:
        return f"Stopped after {of_all}: {found(scan)} kept"
    if scan.runs and not ended(scan.runs, *ANSWERS):
        return f"Finished{f' in {elapsed(scan)}' if elapsed(scan) else ''}: no source could be asked"
    said = tally(scan)
    return f"{said[:1].upper()}{said[1:]}{f', {elapsed(scan)}' if elapsed(scan) else ''}"


def tally(scan: Scan) -> str:
    """How many sources did what, without the names."""
    runs = scan.runs
    answered = f"{len(ended(runs, *ANSWERS))} of {counted(len(runs), 'source')} answered"
    if part := len(ended(runs, Outcome.PARTIAL)):
        answered += f", {part} only in part"
    if scan.status is ScanStatus.QUEUED:
        return f"waiting to start, {counted(len(runs), 'source')} to ask"
    if scan.status is ScanStatus.RUNNING:
        return f"still running, {answered}, {found(scan)} so far"
    if scan.status is ScanStatus.CANCELLED:
        return f"stopped, {answered}, {found(scan)} kept"
    if not runs:
        return "no source takes this kind of target"
    if len(ended(runs, Outcome.NOTHING)) == len(runs):
        return f"{answered}, nothing found"
    return f"{answered}, {found(scan)}"


def unseen(scan: Scan, titles: Mapping[str, str]) -> list[str]:
    """What was not looked at, by title, with the reason; clean for rich text."""
    ways = (
        (Outcome.FAILED, "could not look"),
        (Outcome.PARTIAL, "only in part"),
        (Outcome.SKIPPED, "skipped"),
        (Outcome.CANCELLED, "stopped"),
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
    ways = ((Outcome.FAILED, "Could not ask"), (Outcome.SKIPPED, "Skipped"))
    groups = ((way, ended(scan.runs, outcome)) for outcome, way in ways)
    return [f"{way} {_names(runs, titles)}." for way, runs in groups if runs]


def all_titles(runs: Sequence[Run], titles: Mapping[str, str], most: int = 8) -> str:
    """`DNS, Certificates (crt.sh) and 3 more`, clean for rich text."""
    more = f" and {len(runs) - most:,} more" if len(runs) > most else ""
    return ", ".join(title_of(run, titles) for run in runs[:most]) + more


def name(scan: Scan, most: int = 150) -> str:
    """The target, defanged and mrkdwn-safe."""
    return escaped(aim(scan.target, most))


def _names(runs: Sequence[Run], titles: Mapping[str, str], most: int = 4) -> str:
    shown = [
        escaped(title_of(run, titles)) + (f" ({escaped(reason(run))})" if run.reason else "") for run in runs[:most]
    ]
    return listed([*shown, *([f"{len(runs) - most:,} more"] if len(runs) > most else [])])


def stopped(text: str) -> str:
    """The text as a sentence, with one full stop."""
    return text if text.endswith((".", "!", "?", "…")) else text + "."
