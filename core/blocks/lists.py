"""Lists of scans: what runs now, what could not be delivered, what was asked before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slackblocks import Block, Button

from core.blocks.changed import compare_button
from core.blocks.message import Message, compose
from core.blocks.notes import notice
from core.blocks.parts import Line, actions, button, header, lines, paragraph
from core.blocks.text import aim, counted, escaped, moment, person, plain, safe, width
from core.blocks.words import missing, name, tally
from core.models import Scan, Target
from core.seal import Action, Seal
from core.targets import spell

TITLES = ("Running", "Not delivered", "Finished")
SHOWN = 10
NO_CHANGES: Mapping[str, tuple[str, str]] = {}
ROOM = 11_000  # characters of a message's rows: Slack refuses about 13,200 in all its blocks


def status(scans: Sequence[Scan], *, titles: Mapping[str, str], seal: Seal | None = None) -> Message:
    """What runs now first, then what was finished but could not be delivered, with the reason, then the rest.

    With a seal, what could not be delivered has a Post Again button each: action ids `post_again:0`...
    """
    if not scans:
        return notice(
            "Nothing is running, and nothing waits to be delivered.", next_step="Start with /scan example.com"
        )
    running = [scan for scan in scans if scan.is_open]
    stuck = [scan for scan in scans if scan.undelivered and not scan.is_open]
    rest = [scan for scan in scans if not scan.is_open and not scan.undelivered]
    groups = [(title, group) for title, group in zip(TITLES, (running, stuck, rest), strict=True) if group]
    blocks = [
        block for title, group in groups for block in group_of(title, group, titles, seal, room=ROOM // len(groups))
    ]
    text = f"{counted(len(running), 'scan')} running, {len(stuck):,} not delivered, {len(rest):,} finished."
    return compose(text, blocks)


def history(
    target: Target | None,
    scans: Sequence[Scan],
    *,
    titles: Mapping[str, str] | None = None,
    changes: Mapping[str, tuple[str, str]] | None = None,
    seal: Seal | None = None,
) -> Message:
    """Earlier scans, of one target or of all, the newest first as given.

    `changes` says of a scan which look it was held against and what came of it, in counts; with a seal, each of these
    has a button that tells all of it: action ids `diff:0`...
    """
    shown = escaped(aim(target)) if target else "this workspace"
    if not scans:
        step = f"Start with /scan {plain(spell(target), 200)}" if target else "Start with /scan example.com"
        what = f" of {aim(target)}" if target else ""
        return notice(f"I know of no scan{what} by you or in this channel.", next_step=step)
    title = f"History of {aim(target)}" if target else "History"
    text = f"{counted(len(scans), 'scan')} of {shown}." if target else f"{counted(len(scans), 'scan')} so far."
    return compose(text, [header(plain(title, 150)), *group_of("", scans, titles or {}, seal, changes=changes or {})])


def group_of(
    title: str,
    scans: Sequence[Scan],
    titles: Mapping[str, str],
    seal: Seal | None = None,
    *,
    room: int = ROOM,
    changes: Mapping[str, tuple[str, str]] = NO_CHANGES,
) -> list[Block]:
    """A titled list of scans, nothing when there are none; the seal makes buttons for what was not delivered.
    What does not fit into so many characters is counted."""
    if not scans:
        return []
    blocks: list[Block] = [lines(Line("", title))] if title else []
    shown = 0
    for number, scan in enumerate(scans[:SHOWN]):
        against, counts = changes.get(scan.id, ("", ""))
        said = row(scan, titles) + (f"\n{counts} against `{safe(against, 60)}`" if counts else "")
        room -= width(said)
        if room < 0 and shown:
            break
        shown += 1
        blocks.append(paragraph(said))
        if seal and scan.undelivered and not scan.is_open:
            blocks += actions(_post_again(number, scan, seal))
        elif seal and against and not scan.is_open:
            blocks += actions(compare_button(scan, against, seal, number=number))
    if len(scans) > shown:
        blocks.append(lines(Line(f"and {counted(len(scans) - shown, 'more scan')}")))
    return blocks


def _post_again(number: int, scan: Scan, seal: Seal) -> Button:
    value = seal(Action("post_again", scan.id, scan.round))
    return button("Post Again", f"post_again:{number}", value, label=f"Post Again: the scan of {aim(scan.target)}")


def row(scan: Scan, titles: Mapping[str, str]) -> str:
    """One scan in mrkdwn: target and state first, then who, when and where."""
    where = f" in <#{scan.place.channel}>" if scan.place.channel.isalnum() and scan.place.channel[:1] in "CG" else ""
    tag = f" {safe('#' + scan.tag.removeprefix('#'), 60)}" if scan.tag else ""
    kept = f"\n*Not delivered:* {safe(scan.undelivered, 300)}" if scan.undelivered else ""
    when = moment(scan.round_at or scan.created_at)
    small = f"{person(scan.asker.user)}, {when}{where}{tag}, `{safe(scan.id, 60)}`"
    state = " ".join([f"{tally(scan)}.", *missing(scan, titles)])
    return f"*{name(scan)}*: {state}{kept}\n{small}"
