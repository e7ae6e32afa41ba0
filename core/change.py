"""What changed between two looks at a target: what is new, gone and changed; noise is none of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from core.fingerprints import fingerprint
from core.language import N_, tr
from core.meaning import differences, stem, text_of
from core.models import ANSWERS, Finding, Outcome, Run, Scan, Severity
from core.rotation import is_rotated, keepers
from core.rounds import ended_at
from core.volatile import HISTORY, LASTING, SOURCES, WINDOWS

NOT_ASKED_THEN = N_("not asked then")
NOT_ASKED_NOW = N_("not asked this time")
COULD_NOT_LOOK = (N_("could not look this time"), N_("could not look then"))
NOT_ANSWERED = {
    Outcome.SKIPPED: (N_("skipped this time"), N_("skipped then")),
    Outcome.CANCELLED: (N_("stopped this time"), N_("stopped then")),
}
PARTLY = {  # whether this time, whether then
    (True, False): N_("only in part this time, so nothing of it counts as gone"),
    (False, True): N_("only in part then, so nothing of it counts as new"),
    (True, True): N_(
        "only in part this time, so nothing of it counts as gone; and then, so nothing of it counts as new"
    ),
}
KEPT = N_("not asked anew: its answer of then was still kept")
OTHERWISE = N_("asked in another way than then: other options, lists or keys, or another release")
STAND_INS = N_("{now} answered in place of {then}")


@dataclass(frozen=True, slots=True)
class Before:
    """The last time somebody looked at the same target: as much of it as the reader may know."""

    scan_id: str
    user: str
    channel: str
    at: datetime
    round: int = 1
    found: int = 0  # findings, as it stood then


@dataclass(frozen=True, slots=True)
class Gap:
    """A collector whose answers cannot be held against each other, or only in part, and the reason: a sentence, with
    who answered now and then in its places."""

    collector: str
    reason: str
    partly: bool = False
    now: tuple[str, ...] = ()
    then: tuple[str, ...] = ()

    @property
    def why(self) -> str:
        """The reason in the language spoken here."""
        if self.now and self.then:
            return tr(self.reason, now=_listed(self.now), then=_listed(self.then))
        return tr(self.reason)


@dataclass(frozen=True, slots=True)
class Change:
    """What a look says against an earlier one. Collectors that did not answer both times are not compared: of what
    they did not see, nothing is said to be gone or new."""

    since: datetime
    new: tuple[Finding, ...] = ()
    gone: tuple[Finding, ...] = ()
    changed: tuple[tuple[Finding, Finding], ...] = ()  # as it was, as it is
    incomparable: tuple[str, ...] = ()  # collectors of which one look has no full answer
    gaps: tuple[Gap, ...] = ()  # those again, with the reason; and those that were compared in part
    known: int = 0  # findings that are as they were
    rotated: int = 0  # addresses that changed within the same CDN, alias or network, and what hangs on them
    held: int = 0  # changes that only a direct message may name
    found: int = 0  # all findings of the later look: new, changed, known and rotated, and the two below
    apart: int = 0  # of them, those that were held against nothing: of gaps, of what was there before, said twice
    direct: int = 0  # of them, those that only a direct message shows
    scan_id: str = ""  # the earlier look: a scan and one of its rounds
    round: int = 1

    @property
    def is_empty(self) -> bool:
        return not (self.new or self.gone or self.changed)


@dataclass(slots=True)
class _Part:
    """What one collector's two answers come to."""

    new: list[Finding] = field(default_factory=list)
    gone: list[Finding] = field(default_factory=list)
    changed: list[tuple[Finding, Finding]] = field(default_factory=list)
    known: int = 0
    rotated: int = 0
    gap: Gap | None = None


def compare(before: Scan, after: Scan) -> Change:
    """What differs between two looks at one target, each a scan as it stood in some round.

    The order of findings does not matter, nor does what `core.volatile` and `core.rotation` call noise.
    """
    then = {run.collector: run for run in before.runs}
    now = {run.collector: run for run in after.runs}
    parts = {name: _part(name, then.get(name), now.get(name), after.target.value) for name in {**now, **then}}
    place = {name: number for number, name in enumerate(parts)}

    def ordered(findings: Iterable[tuple[str, Finding]]) -> tuple[Finding, ...]:
        return tuple(each for _, each in sorted(findings, key=lambda pair: rank(*pair)))

    def rank(name: str, finding: Finding) -> tuple[int, int, str, str, str, str]:
        words = (str(finding.kind), text_of(finding, "role"), finding.value, fingerprint(finding))
        return _weight(finding), place[name], *words

    found = sum(len(run.findings) for run in after.runs)
    told = sum(len(part.new) + len(part.changed) + part.known + part.rotated for part in parts.values())
    changed = [(name, pair) for name, part in parts.items() for pair in part.changed]
    gaps = tuple(part.gap for part in parts.values() if part.gap is not None)
    return Change(
        since=ended_at(before),
        new=ordered((name, each) for name, part in parts.items() for each in part.new),
        gone=ordered((name, each) for name, part in parts.items() for each in part.gone),
        changed=tuple(pair for _, pair in sorted(changed, key=lambda each: rank(each[0], each[1][1]))),
        incomparable=tuple(gap.collector for gap in gaps if not gap.partly),
        gaps=gaps,
        known=sum(part.known for part in parts.values()),
        rotated=sum(part.rotated for part in parts.values()),
        found=found,
        apart=max(0, found - told),
        scan_id=before.id,
        round=before.round,
    )


def known(answers: Sequence[Run]) -> Run:
    """What one collector's answers come to, the newest first: the last of them may be full, the others are partial.

    What a partial answer showed was told then; were it not counted, the next full answer would tell it as new again.
    """
    base = answers[-1] if answers[-1].outcome is not Outcome.PARTIAL else answers[0]
    alike = [each for each in reversed(answers) if each is base or each.key == base.key]
    seen = {fingerprint(each): each for answer in alike for each in answer.findings}
    outcome = Outcome.FOUND if seen and base.outcome is Outcome.NOTHING else base.outcome
    return replace(base, findings=tuple(seen.values()), outcome=outcome)


def _part(name: str, was: Run | None, is_: Run | None, target: str) -> _Part:
    if was is not None and is_ is not None and was.id == is_.id:  # not asked again
        return _Part(known=len(is_.findings))
    gap = _gap(name, was, is_)
    if was is None or is_ is None or (gap is not None and not gap.partly):
        return _Part(gap=gap)
    part = _matched(was, is_, target)
    part.gap = gap
    if is_.outcome is Outcome.PARTIAL:
        part.gone = []
    if was.outcome is Outcome.PARTIAL:
        part.new = []
    if gap is None:
        _pair(part)
    part.gone = [each for each in part.gone if not _may_fall_out(name, each)]
    return part


def _gap(name: str, was: Run | None, is_: Run | None) -> Gap | None:
    """Why two answers are not held against each other, or only in part."""
    if was is None or is_ is None:
        return Gap(name, NOT_ASKED_THEN if was is None else NOT_ASKED_NOW)
    if gap := _not_compared(name, was, is_):
        return gap
    if said := PARTLY.get((is_.outcome is Outcome.PARTIAL, was.outcome is Outcome.PARTIAL)):
        return Gap(name, said, partly=True)
    if is_.cached and is_.answered_at is not None and is_.answered_at == was.answered_at:
        return Gap(name, KEPT, partly=True)
    return None


def _not_compared(name: str, was: Run, is_: Run) -> Gap | None:
    for place, run in enumerate((is_, was)):
        if run.outcome not in ANSWERS:
            return Gap(name, NOT_ANSWERED.get(run.outcome or Outcome.FAILED, COULD_NOT_LOOK)[place])
    if was.key and is_.key and was.key != is_.key:
        return Gap(name, OTHERWISE)
    then, now = (_stand_ins(name, run) for run in (was, is_))
    if then and now and then != now:
        return Gap(name, STAND_INS, now=tuple(sorted(now)), then=tuple(sorted(then)))
    return None


def _stand_ins(name: str, run: Run) -> frozenset[str]:
    return SOURCES.get(name, frozenset()) & {each.provenance.source for each in run.findings}


def _matched(was: Run, is_: Run, target: str) -> _Part:
    """Findings of two answers by their fingerprints; what only rotated is counted, and neither new nor gone."""
    old = {fingerprint(each): each for each in was.findings if not is_history(each)}
    new = {fingerprint(each): each for each in is_.findings if not is_history(each)}
    there, here = keepers(was.findings, target), keepers(is_.findings, target)
    came = [each for print_, each in new.items() if print_ not in old]
    went = [each for print_, each in old.items() if print_ not in new]
    part = _Part(
        new=[each for each in came if not is_rotated(each, here, there)],
        gone=[each for each in went if not is_rotated(each, there, here)],
        changed=[
            (old[print_], each) for print_, each in new.items() if print_ in old and differences(old[print_], each)
        ],
    )
    part.rotated = len(came) - len(part.new)
    part.known = len(new) - len(came) - len(part.changed)
    return part


def _pair(part: _Part) -> None:
    """Of what there is one at a time: one gone and one new of it are one change."""
    came, went = _by_stem(part.new), _by_stem(part.gone)
    for each, (is_, *more) in came.items():
        was, *others = went.get(each, [None])
        if was is None or more or others:
            continue
        part.new.remove(is_)
        part.gone.remove(was)
        if differences(was, is_):
            part.changed.append((was, is_))
        else:
            part.known += 1


def _by_stem(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    stems: dict[str, list[Finding]] = {}
    for each in findings:
        if found := stem(each):
            stems.setdefault(found, []).append(each)
    return stems


def is_history(finding: Finding) -> bool:
    """Whether it tells of what was there before."""
    return text_of(finding, "role").startswith(HISTORY)


def _may_fall_out(name: str, finding: Finding) -> bool:
    """It may be missing though nothing happened to it."""
    return finding.kind in LASTING or text_of(finding, "role") in WINDOWS.get(name, frozenset())


def _listed(names: Iterable[str]) -> str:
    said, *more = names
    for each in more:
        said = tr("{first} and {last}", first=said, last=each)
    return said


def _weight(finding: Finding) -> int:
    given = finding.attributes.get("severity")
    order = list(Severity)
    return order.index(Severity(given)) if isinstance(given, str) and given in set(Severity) else len(order) - 1
