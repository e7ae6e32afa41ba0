"""Who looked before, and what changed since: what is new, gone and changed, the gravest first, and what was not
compared. Nothing is cut silently: the rest is counted, and where to read it is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from slackblocks import Block, Button

from core.blocks.answer_any import SEVERITIES
from core.blocks.attributes import attribute_word, value_word
from core.blocks.facts import WEIGHTS, sentence, severity_of, valued, word
from core.blocks.message import Message, compose
from core.blocks.parts import Line, bullets, button, context, header, lines, paragraph
from core.blocks.roles import role_word
from core.blocks.text import aim, and_more, moment, person, plain, safe
from core.blocks.words import findings, kind_word, name, names_in
from core.change import Before, Change
from core.language import N_, NN_, amount, ntr, tr
from core.meaning import Difference, differences
from core.models import Finding, Scan, Severity
from core.seal import Action, Seal

FEW = 4  # of each in a scan's messages
MANY = 20  # of each in an answer of its own
LONGEST = 150  # characters of one line
VALUE = 60  # of one value in it
SAME = NN_("{n:,} finding as it was", "{n:,} findings as they were")
APART = NN_("{n:,} not compared", "{n:,} not compared")
WORDS = {
    "raw": N_("record"),
    "http.title": N_("page title"),
    "http.server": N_("web server"),
    "http.redirects_to": N_("redirect"),
}
GRAVE = {Severity.HIGH: N_("{label}, high"), Severity.MEDIUM: N_("{label}, medium")}
MARKED = {Severity.HIGH: N_("high: {text}"), Severity.MEDIUM: N_("medium: {text}")}


@dataclass(frozen=True, slots=True)
class _Words:
    """How one of the lists is called."""

    label: str
    counted: str
    since: str
    more: str


NEW = _Words(N_("New"), N_("New ({n:,})"), N_("New since {day}"), N_("and {n:,} more new: press Changes"))
GONE = _Words(N_("Gone"), N_("Gone ({n:,})"), N_("Gone since {day}"), N_("and {n:,} more gone: press Changes"))
CHANGED = _Words(
    N_("Changed"), N_("Changed ({n:,})"), N_("Changed since {day}"), N_("and {n:,} more changed: press Changes")
)
Told = tuple[Severity | None, str]  # how grave it is, when it is; and the words


def looked_before(scan: Scan, before: Before | None) -> list[Block]:
    """Who scanned this target last: a line of small print."""
    return [context(seen_before(scan, before))] if before is not None else []


def seen_before(scan: Scan, before: Before) -> str:
    """Who scanned this target last, when, where and what came of it, in mrkdwn."""
    elsewhere = before.channel != scan.place.channel and _is_channel(before.channel)
    there = N_("{target} was seen before: by {person}, {when} in {channel}, {findings}, scan {id}")
    return tr(
        there if elsewhere else N_("{target} was seen before: by {person}, {when}, {findings}, scan {id}"),
        target=name(scan, 60),
        person=person(before.user),
        when=moment(before.at),
        channel=f"<#{before.channel}>",
        findings=findings(before.found),
        id=f"`{safe(before.scan_id, 60)}`",
    )


def _is_channel(channel: str) -> bool:
    return channel.isalnum() and channel[:1] in "CG"


def what_changed(scan: Scan, change: Change | None, seal: Seal, titles: Mapping[str, str]) -> list[Block]:
    """The counts, with a button that tells all of it when there is something; then short lists."""
    if change is None:
        return []
    whole = None if change.is_empty else compare_button(scan, f"{change.scan_id}/{change.round}", seal)
    blocks: list[Block] = [paragraph(_since(change), whole)]
    said = _lists(change, FEW)
    return blocks + ([bullets(*said)] if said else []) + _gaps(change, titles)


def _since(change: Change) -> str:
    """The counts and what they mean, in mrkdwn."""
    told = {"counts": counts(change), "when": moment(change.since)}
    if rest := _rest(change):
        return tr("*{counts}* since {when}: {rest}.", rest=rest, **told)
    return tr("*{counts}* since {when}.", **told)


def in_words(change: Change | None) -> str:
    """The counts for a notification, behind another sentence."""
    if change is None:
        return ""
    return " " + tr("{counts} since {day}.", counts=counts(change), day=f"{change.since:%Y-%m-%d}")


def news(change: Change | None) -> tuple[Line, ...]:
    """The same for one collector's reply: what is new first, and the known in a number."""
    if change is None or change.incomparable or not (change.known or not change.is_empty):
        return ()
    since = f"{change.since:%Y-%m-%d}"
    said = [Line(_one_line(those), tr(words.since, day=since)) for words, those in _named(change) if those]
    known = ntr(*SAME, change.known) + (f", {ntr(*APART, change.apart)}" if change.apart else "")
    calm = tr("Nothing new in what was compared") if change.gaps else tr("Nothing new, gone or changed")
    rest = Line(known if said else f"{known}. {calm}", tr("Known since {day}", day=since) if change.known else "")
    return (*said, rest) if change.known else tuple(said)


def _one_line(those: Sequence[Told]) -> str:
    said = "; ".join(tr(MARKED[mark], text=text) if mark else text for mark, text in those[:FEW])
    return and_more(said, len(those) - FEW)


def compare_button(scan: Scan, against: str, seal: Seal, *, number: int | None = None) -> Button:
    """Tells what changed in a scan against an earlier look; numbered where a message has several."""
    action = "diff" if number is None else f"diff:{number}"
    value = seal(Action("diff", scan.id, scan.round, against))
    label = tr("Changes: the scan of {target}", target=aim(scan.target))
    return button(tr("Changes"), action, value, label=label)


def difference(was: Scan, is_: Scan, change: Change, *, titles: Mapping[str, str]) -> Message:
    """All that changed between two looks, as an answer of its own."""
    blocks: list[Block] = [header(tr("Changes: {target}", target=aim(is_.target))), paragraph(_since(change))]
    for title, said in _sections(change):
        blocks += [lines(Line("", title)), bullets(*said[:MANY])]
        if len(said) > MANY:
            rest = tr("and {n:,} more: the dashboard's page of this scan has all", n=len(said) - MANY)
            blocks.append(lines(Line(rest)))
    blocks += _gaps(change, titles)
    then = _look(was, N_("Then: {person}, scan {id}, {when}"), N_("Then: {person}, scan {id}, round {round}, {when}"))
    now = _look(is_, N_("Now: {person}, scan {id}, {when}"), N_("Now: {person}, scan {id}, round {round}, {when}"))
    blocks.append(context(then, now))
    return compose(": ".join(filter(None, (name(is_), counts(change), _rest(change)))) + ".", blocks)


def counts(change: Change) -> str:
    """`+3 −1 ~2`; where nothing differs, that, and never more than was looked at."""
    new, gone, differing = len(change.new), len(change.gone), len(change.changed)
    signs = (("+", new), ("\N{MINUS SIGN}", gone), ("~", differing))
    if any(number for _, number in signs):
        return " ".join(sign + amount(number) for sign, number in signs if number)
    if change.held:
        return tr("Changed")
    if change.known or not change.incomparable:
        return tr("No change in what was compared") if change.gaps else tr("No change")
    return tr("Nothing could be compared")


def _rest(change: Change) -> str:
    """What the counts mean: what became of all findings that there are now, so that the numbers add up to what the
    message says of them elsewhere; and what is there no more."""
    now = (
        (NN_("{n:,} new", "{n:,} new"), len(change.new)),
        (NN_("{n:,} changed", "{n:,} changed"), len(change.changed)),
        (NN_("{n:,} as it was", "{n:,} as they were"), change.known),
        (NN_("{n:,} only of addresses that rotate", "{n:,} only of addresses that rotate"), change.rotated),
        (APART, change.apart),
        (NN_("{n:,} shown in direct messages alone", "{n:,} shown in direct messages alone"), change.direct),
    )
    beside = (
        (NN_("{n:,} gone", "{n:,} gone"), len(change.gone)),
        (NN_("{n:,} that only a direct message names", "{n:,} that only a direct message names"), change.held),
    )
    became, others = (", ".join(ntr(*words, number) for words, number in those if number) for those in (now, beside))
    all_of = tr("{findings} now: {became}", findings=findings(change.found), became=became)
    all_of = all_of if change.found > change.apart else ""  # else the counts say that nothing could be compared
    return "; ".join(filter(None, (all_of, others)))


def _lists(change: Change, most: int) -> list[Line]:
    said: list[Line] = []
    for words, those in _named(change):
        said += [_labelled(words, each) for each in those[:most]]
        if len(those) > most:
            said.append(Line(tr(words.more, n=len(those) - most)))
    return said


def _sections(change: Change) -> list[tuple[str, list[Line]]]:
    return [
        (
            tr(words.counted, n=len(those)),
            [Line(text, tr(SEVERITIES[mark]) if mark else "") for mark, text in those],
        )
        for words, those in _named(change)
        if those
    ]


def _named(change: Change) -> list[tuple[_Words, list[Told]]]:
    """Each list with its lines: a mark for what is grave, and the words."""
    return [
        (NEW, [(_mark(each), _told(each)) for each in change.new]),
        (GONE, [(_mark(each), _thing(each)) for each in change.gone]),
        (CHANGED, [(_mark(is_), _differing(was, is_)) for was, is_ in change.changed]),
    ]


def _labelled(words: _Words, told: Told) -> Line:
    mark, text = told
    label = tr(words.label)
    return Line(text, tr(GRAVE[mark], label=label) if mark else label)


def _mark(finding: Finding) -> Severity | None:
    severity = severity_of(finding)
    return severity if WEIGHTS[severity] <= WEIGHTS[Severity.MEDIUM] else None


def _told(finding: Finding) -> str:
    """A new finding: what it is, and why it matters when it does."""
    if not _mark(finding):
        return _thing(finding)
    return plain(f"{_what(finding)} {sentence(finding)}", LONGEST, spare=_spare(finding))


def _thing(finding: Finding) -> str:
    return plain(f"{_what(finding)} {valued(finding)} ({finding.provenance.source})", LONGEST, spare=_spare(finding))


def _what(finding: Finding) -> str:
    return role_word(word(finding, "role", "relation")) or kind_word(finding.kind)


def _differing(was: Finding, is_: Finding) -> str:
    said = "; ".join(said_of(each) for each in differences(was, is_)[:3])
    value = "" if was.value != is_.value else f" {valued(is_)}"
    return plain(f"{_what(is_)}{value}: {said}", LONGEST + 2 * VALUE, spare=_spare(is_))


def said_of(difference: Difference) -> str:
    """`registrar Example A → Example B`."""
    known = WORDS.get(difference.name)
    named = tr(known) if known else attribute_word(difference.name)
    both = (value_word(difference.name, each) for each in (difference.before, difference.after))
    before, after = (_short(each) or tr("nothing") for each in both)
    return f"{named} {before} \N{RIGHTWARDS ARROW} {after}".strip()


def _short(text: str) -> str:
    return text if len(text) <= VALUE else f"{text[: VALUE - 1]}\N{HORIZONTAL ELLIPSIS}"


def _spare(finding: Finding) -> frozenset[str]:
    return names_in(finding.provenance.source)


def _gaps(change: Change, titles: Mapping[str, str]) -> list[Block]:
    """Whose answers were not held against each other, by the reason."""
    said = [
        Line(
            _by_reason(
                (titles.get(gap.collector, gap.collector), gap.why) for gap in change.gaps if gap.partly is partly
            ),
            tr(label),
        )
        for label, partly in ((N_("Not compared"), False), (N_("Compared in part"), True))
        if any(gap.partly is partly for gap in change.gaps)
    ]
    return [lines(*said)] if said else []


def _by_reason(gaps: Iterable[tuple[str, str]]) -> str:
    reasons: dict[str, list[str]] = {}
    for title, why in gaps:
        reasons.setdefault(why, []).append(plain(title, 60, spare=names_in(title)))
    return "; ".join(f"{_some(names)} ({plain(why, 200, spare=names_in(why))})" for why, names in reasons.items())


def _some(names: Sequence[str], most: int = 6) -> str:
    return and_more(", ".join(names[:most]), len(names) - most)


def _look(scan: Scan, once: str, again: str) -> str:
    """In one of two ways: for a first round, and for a later one."""
    told = {"person": person(scan.asker.user), "id": f"`{safe(scan.id, 60)}`", "when": moment(scan.created_at)}
    return tr(again if scan.round > 1 else once, round=scan.round, **told)
