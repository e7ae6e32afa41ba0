"""Who looked before, and what changed since: what is new, gone and changed, the gravest first, and what was not
compared. Nothing is cut silently: the rest is counted, and where to read it is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from slackblocks import Block, Button

from core.blocks.facts import WEIGHTS, sentence, severity_of, word
from core.blocks.message import Message, compose
from core.blocks.parts import Line, bullets, button, context, header, lines, paragraph
from core.blocks.text import aim, counted, moment, person, plain, safe
from core.blocks.words import kind_word, name, names_in
from core.change import Before, Change
from core.meaning import Difference, differences
from core.models import Finding, Scan, Severity
from core.seal import Action, Seal

FEW = 4  # of each in a scan's messages
MANY = 20  # of each in an answer of its own
LONGEST = 150  # characters of one line
VALUE = 60  # of one value in it
SAME = "as they were"
WORDS = {"raw": "record", "http.title": "page title", "http.server": "web server", "http.redirects_to": "redirect"}


def looked_before(scan: Scan, before: Before | None) -> list[Block]:
    """Who scanned this target last: a line of small print."""
    return [context(seen_before(scan, before))] if before is not None else []


def seen_before(scan: Scan, before: Before) -> str:
    """Who scanned this target last, when, where and what came of it, in mrkdwn."""
    where = f" in <#{before.channel}>" if before.channel != scan.place.channel and _is_channel(before.channel) else ""
    who = f"{name(scan, 60)} was seen before: by {person(before.user)}, {moment(before.at)}{where}"
    return f"{who}, {counted(before.found, 'finding')}, scan `{safe(before.scan_id, 60)}`"


def _is_channel(channel: str) -> bool:
    return channel.isalnum() and channel[:1] in "CG"


def what_changed(scan: Scan, change: Change | None, seal: Seal, titles: Mapping[str, str]) -> list[Block]:
    """The counts, with a button that tells all of it when there is something; then short lists."""
    if change is None:
        return []
    whole = None if change.is_empty else compare_button(scan, f"{change.scan_id}/{change.round}", seal)
    blocks: list[Block] = [paragraph(f"*{counts(change)}* since {moment(change.since)}{_rest(change)}", whole)]
    said = _lists(change, FEW)
    return blocks + ([bullets(*said)] if said else []) + _gaps(change, titles)


def in_words(change: Change | None) -> str:
    """The counts for a notification, behind another sentence."""
    return f" {counts(change)} since {change.since:%Y-%m-%d}." if change is not None else ""


def news(change: Change | None) -> tuple[Line, ...]:
    """The same for one collector's reply: what is new first, and the known in a number."""
    if change is None or change.incomparable or not (change.known or not change.is_empty):
        return ()
    since = f"{change.since:%Y-%m-%d}"
    said = [Line(_one_line(those), f"{label} since {since}") for label, those in _named(change) if those]
    known = f"{counted(change.known, 'finding')} {'as it was' if change.known == 1 else SAME}"
    calm = "Nothing new, gone or changed" if not change.gaps else "Nothing new in what was compared"
    rest = Line(known if said else f"{known}. {calm}", f"Known since {since}" if change.known else "")
    return (*said, rest) if change.known else tuple(said)


def _one_line(those: Sequence[tuple[str, str]]) -> str:
    more = f" and {len(those) - FEW:,} more" if len(those) > FEW else ""
    return "; ".join(f"{mark.lower()}: {text}" if mark else text for mark, text in those[:FEW]) + more


def compare_button(scan: Scan, against: str, seal: Seal, *, number: int | None = None) -> Button:
    """Tells what changed in a scan against an earlier look; numbered where a message has several."""
    action = "diff" if number is None else f"diff:{number}"
    value = seal(Action("diff", scan.id, scan.round, against))
    return button("Changes", action, value, label=f"Changes: the scan of {aim(scan.target)}")


def difference(was: Scan, is_: Scan, change: Change, *, titles: Mapping[str, str]) -> Message:
    """All that changed between two looks, as an answer of its own."""
    blocks: list[Block] = [header(f"Changes: {aim(is_.target)}")]
    blocks.append(paragraph(f"*{counts(change)}* since {moment(change.since)}{_rest(change)}"))
    for title, said in _sections(change):
        blocks += [lines(Line("", title)), bullets(*said[:MANY])]
        if len(said) > MANY:
            blocks.append(lines(Line(f"and {len(said) - MANY:,} more: the dashboard's page of this scan has all")))
    blocks += _gaps(change, titles)
    blocks.append(context(_look(was, "Then"), _look(is_, "Now")))
    return compose(f"{name(is_)}: {counts(change)}{_rest(change)}", blocks)


def counts(change: Change) -> str:
    """`+3 −1 ~2`; where nothing differs, that, and never more than was looked at."""
    new, gone, differing = len(change.new), len(change.gone), len(change.changed)
    said = [f"+{new:,}" * bool(new), f"\N{MINUS SIGN}{gone:,}" * bool(gone), f"~{differing:,}" * bool(differing)]
    if any(said):
        return " ".join(filter(None, said))
    if change.held:
        return "Changed"
    if change.known or not change.incomparable:
        return "No change" if not change.gaps else "No change in what was compared"
    return "Nothing could be compared"


def _rest(change: Change) -> str:
    """What the counts mean, and what they leave out."""
    said = [
        f"{len(change.new):,} new" * bool(change.new),
        f"{len(change.gone):,} gone" * bool(change.gone),
        f"{len(change.changed):,} changed" * bool(change.changed),
        f"{change.held:,} that only a direct message names" * bool(change.held),
        f"{counted(change.known, 'finding')} {'as it was' if change.known == 1 else SAME}" * bool(change.known),
        f"{counted(change.rotated, 'finding')} only of addresses that rotate" * bool(change.rotated),
    ]
    told = ", ".join(filter(None, said))
    return f": {told}." if told else "."


def _lists(change: Change, most: int) -> list[Line]:
    said: list[Line] = []
    for label, those in _named(change):
        said += [_labelled(label, each) for each in those[:most]]
        if len(those) > most:
            said.append(Line(f"and {len(those) - most:,} more {label.lower()}: press Changes"))
    return said


def _sections(change: Change) -> list[tuple[str, list[Line]]]:
    return [
        (f"{label} ({len(those):,})", [Line(text, mark) for mark, text in those])
        for label, those in _named(change)
        if those
    ]


def _named(change: Change) -> list[tuple[str, list[tuple[str, str]]]]:
    """Each list with its lines: a mark for what is grave, and the words."""
    return [
        ("New", [(_mark(each), _told(each)) for each in change.new]),
        ("Gone", [(_mark(each), _thing(each)) for each in change.gone]),
        ("Changed", [(_mark(is_), _differing(was, is_)) for was, is_ in change.changed]),
    ]


def _labelled(label: str, pair: tuple[str, str]) -> Line:
    mark, text = pair
    return Line(text, f"{label}, {mark.lower()}" if mark else label)


def _mark(finding: Finding) -> str:
    severity = severity_of(finding)
    return severity.value.capitalize() if WEIGHTS[severity] <= WEIGHTS[Severity.MEDIUM] else ""


def _told(finding: Finding) -> str:
    """A new finding: what it is, and why it matters when it does."""
    if not _mark(finding):
        return _thing(finding)
    return plain(f"{_what(finding)} {sentence(finding)}", LONGEST, spare=_spare(finding))


def _thing(finding: Finding) -> str:
    return plain(f"{_what(finding)} {finding.value} ({finding.provenance.source})", LONGEST, spare=_spare(finding))


def _what(finding: Finding) -> str:
    return (word(finding, "role", "relation") or kind_word(finding.kind)).replace("_", " ")


def _differing(was: Finding, is_: Finding) -> str:
    said = "; ".join(said_of(each) for each in differences(was, is_)[:3])
    value = "" if was.value != is_.value else f" {is_.value}"
    return plain(f"{_what(is_)}{value}: {said}", LONGEST + 2 * VALUE, spare=_spare(is_))


def said_of(difference: Difference) -> str:
    """`registrar Example A → Example B`."""
    named = WORDS.get(difference.name, difference.name.replace("_", " "))
    before, after = (_short(each) or "nothing" for each in (difference.before, difference.after))
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
            label,
        )
        for label, partly in (("Not compared", False), ("Compared in part", True))
        if any(gap.partly is partly for gap in change.gaps)
    ]
    return [lines(*said)] if said else []


def _by_reason(gaps: Iterable[tuple[str, str]]) -> str:
    reasons: dict[str, list[str]] = {}
    for title, why in gaps:
        reasons.setdefault(why, []).append(plain(title, 60, spare=names_in(title)))
    return "; ".join(f"{_some(names)} ({plain(why, 200, spare=names_in(why))})" for why, names in reasons.items())


def _some(names: Sequence[str], most: int = 6) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _look(scan: Scan, when: str) -> str:
    of_round = f", round {scan.round}" if scan.round > 1 else ""
    return f"{when}: {person(scan.asker.user)}, scan `{safe(scan.id, 60)}`{of_round}, {moment(scan.created_at)}"
