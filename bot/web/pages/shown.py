"""How the record's values are said on a page. Text from outside goes through the same cleaning as into Slack: control
and bidirectional characters gone, names and addresses defanged; the templates escape the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

from bot.web.pages.judged import judged, verdict_on
from core import clock
from core.blocks import plain
from core.blocks.facts import severity_of
from core.blocks.quota import bar
from core.blocks.text import aim, counted
from core.blocks.words import counted_kind, kind_word, names_in, progress, reason, state, tally, why
from core.clock import span
from core.fingerprints import fingerprint
from core.models import ANSWERS, Fact, Finding, Kind, Outcome, Run, RunState, Scan, ScanStatus
from core.progress import Progress
from core.targets import spell

KINDS: Mapping[str, Kind | Fact] = {str(each): each for each in (*Kind, *Fact)}
PROGRESS = {
    Progress.PENDING: "waiting",
    Progress.STARTED: "started",
    Progress.PROCESSING: "finding",
    Progress.RETRY: "waiting for a source",
    Progress.SUCCESS: "answered",
    Progress.FAILURE: "could not look",
    Progress.REVOKED: "stopped",
}


def goes_on(scan: Scan) -> bool:
    """Whether something of it may still change: also while the runs of one that was cancelled are being stopped."""
    return scan.is_open or any(run.state is not RunState.CLOSED for run in scan.runs)


def badge(scan: Scan) -> tuple[str, str]:
    """The class and the word for how a scan stands: one with gaps never looks like a whole one."""
    if scan.status is ScanStatus.CANCELLED:
        return ("waiting", "stopping") if goes_on(scan) else ("partial", "stopped")
    if scan.is_open:
        return ("waiting", "waiting") if scan.status is ScanStatus.QUEUED else ("running", "running")
    outcomes = {run.outcome for run in scan.runs}
    if not outcomes & ANSWERS:
        return "failed", "could not look"
    gaps = outcomes & {Outcome.FAILED, Outcome.PARTIAL, Outcome.CANCELLED}
    return ("partial", "finished, in part") if gaps else ("found", "finished")


def moment(when: datetime | None) -> Markup | str:
    """A time for people and programs, with how long ago it was."""
    if when is None:
        return ""
    utc = when.astimezone(UTC)
    element = Markup('<time datetime="{}" title="{}">{}</time>')
    return element.format(utc.isoformat(timespec="seconds"), f"{utc:%Y-%m-%d %H:%M:%S} UTC", ago(when))


def ago(when: datetime) -> str:
    """`3 min ago`; what is longer ago than two days has a date."""
    seconds = (clock.now() - when).total_seconds()
    if seconds < 5:
        return "just now"
    return f"{span(seconds)} ago" if seconds < 2 * 86400 else f"{when.astimezone(UTC):%Y-%m-%d}"


def exact(when: datetime | None) -> str:
    """A time to the second."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if when else ""


def ours(text: str, most: int = 600) -> str:
    """Our own words, where names of sources are no traps."""
    return plain(text, most, spare=names_in(text)) if text else ""


def word(kind: str) -> str:
    """A kind as people say it."""
    return kind_word(KINDS[kind]) if kind in KINDS else plain(kind, 40)


def words(kind: str, count: int) -> str:
    """`36 domains`."""
    return counted_kind(count, KINDS[kind]) if kind in KINDS else counted(count, plain(kind, 40))


def tone(run: Run) -> str:
    """The class that colours a run; its words say the same."""
    if run.state is RunState.CLOSED:
        return str(run.outcome or Outcome.FAILED)
    return "running" if run.state is RunState.RUNNING else "waiting"


def short_of(run: Run, title: str) -> str:
    """The run's own sentence, for what was not looked at or only in part; nothing when all is well."""
    if run.reason == "needs_consent":  # what it would do stands where consent is given
        return reason(run)
    return why(run, title) if run.outcome not in (None, Outcome.FOUND) else ""


def elapsed(scan: Scan) -> str:
    """How long this round took, or has taken so far."""
    begun = scan.round_at or scan.created_at
    return span(max(0.0, ((scan.finished_at or clock.now()) - begun).total_seconds()))


def closed(scan: Scan) -> int:
    """How many of its runs have ended."""
    return sum(run.state is RunState.CLOSED for run in scan.runs)


def by_whom(scan: Scan) -> str:
    """Who asked, by name where we know it."""
    return plain(scan.asker.name or scan.asker.user or "somebody", 80)


def gist(finding: Finding) -> str:
    """Why a finding stands there, in a line: beside its value, before anybody opens it."""
    said = (str(finding.attributes.get(name) or "") for name in ("headline", "why"))
    return plain(next(filter(None, said), finding.context), 200)


def about(finding: Finding) -> str:
    """What there is to say of a finding in sentences."""
    said = [*(str(finding.attributes.get(name) or "") for name in ("headline", "why")), finding.context]
    whole = ". ".join(each.rstrip(". ") for each in dict.fromkeys(said) if each.strip(". "))
    return plain(whole, 900) if whole else ""


def traits(finding: Finding) -> list[tuple[str, str]]:
    """What else its source said, attribute by attribute."""
    kept = {name: flat(value) for name, value in finding.attributes.items() if name not in SAID}
    return [(plain(name.replace("_", " "), 60), plain(value, 600)) for name, value in kept.items() if value]


def flat(value: Any) -> str:
    """A JSON value in a line that people read."""
    if isinstance(value, dict):
        return ", ".join(
            f"{name}: {flat(each)}".replace("_", " ", 1) for name, each in value.items() if each is not None
        )
    if isinstance(value, list | tuple):
        apart = "; " if any(isinstance(each, dict) for each in value) else ", "
        return apart.join(flat(each) for each in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def spelled(scan: Scan) -> str:
    """The target as one would type it: for the clipboard of who asked, never as text on the page."""
    return spell(scan.target)


SAID = ("headline", "why", "direct_only", "severity")  # elsewhere on the page

FILTERS: dict[str, Callable[..., Any]] = {
    "plain": plain,
    "ours": ours,
    "moment": moment,
    "exact": exact,
    "span": span,
    "aim": aim,
    "word": word,
}
WORDS: dict[str, Any] = {
    "words": words,
    "tone": tone,
    "state": state,
    "progress": progress,
    "tally": tally,
    "short_of": short_of,
    "elapsed": elapsed,
    "closed": closed,
    "by_whom": by_whom,
    "about": about,
    "gist": gist,
    "traits": traits,
    "spelled": spelled,
    "severity_of": severity_of,
    "fingerprint": fingerprint,
    "verdict_on": verdict_on,
    "judged": judged,
    "counted": counted,
    "bar": bar,
    "badge": badge,
    "goes_on": goes_on,
    "PROGRESS": PROGRESS,
}
