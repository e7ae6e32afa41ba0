"""Lists of scans: what runs now, what could not be delivered, what was asked before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slackblocks import Block, Button

from core.blocks.changed import compare_button
from core.blocks.message import Message, compose
from core.blocks.notes import notice
from core.blocks.parts import Line, actions, button, header, lines, paragraph
from core.blocks.text import aim, escaped, moment, person, plain, safe, width
from core.blocks.words import missing, name, tally
from core.language import N_, NN_, ntr, tr
from core.models import Scan, Target
from core.seal import Action, Seal
from core.targets import spell

TITLES = (N_("Running"), N_("Not delivered"), N_("Finished"))
SHOWN = 10
NO_CHANGES: Mapping[str, tuple[str, str]] = {}
ROOM = 11_000  # characters of a message's rows: Slack refuses about 13,200 in all its blocks


def status(scans: Sequence[Scan], *, titles: Mapping[str, str], seal: Seal | None = None) -> Message:
    """What runs now first, then what was finished but could not be delivered, with the reason, then the rest.

    With a seal, what could not be delivered has a Post Again button each: action ids `post_again:0`...
    """
    if not scans:
        none = tr("Nothing is running, and nothing waits to be delivered.")
        return notice(none, next_step=tr("Start with /scan {target}", target="example.com"))
    running = [scan for scan in scans if scan.is_open]
    stuck = [scan for scan in scans if scan.undelivered and not scan.is_open]
    rest = [scan for scan in scans if not scan.is_open and not scan.undelivered]
    groups = [(title, group) for title, group in zip(TITLES, (running, stuck, rest), strict=True) if group]
    blocks = [
        block for title, group in groups for block in group_of(tr(title), group, titles, seal, room=ROOM // len(groups))
    ]
    said = NN_(
        "{n:,} scan running, {stuck:,} not delivered, {rest:,} finished.",
        "{n:,} scans running, {stuck:,} not delivered, {rest:,} finished.",
    )
    return compose(ntr(*said, len(running), stuck=len(stuck), rest=len(rest)), blocks)


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
    if not scans:
        step = tr("Start with /scan {target}", target=plain(spell(target), 200) if target else "example.com")
        of_it = N_("I know of no scan of {target} by you or in this channel.")
        none = tr(of_it, target=aim(target)) if target else tr("I know of no scan by you or in this channel.")
        return notice(none, next_step=step)
    title = tr("History of {target}", target=aim(target)) if target else tr("History")
    if target:
        text = ntr("{n:,} scan of {target}.", "{n:,} scans of {target}.", len(scans), target=escaped(aim(target)))
    else:
        text = ntr("{n:,} scan so far.", "{n:,} scans so far.", len(scans))
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
        said = row(scan, titles)
        if counts:
            said += "\n" + tr("{counts} against {scan}", counts=counts, scan=f"`{safe(against, 60)}`")
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
        blocks.append(lines(Line(ntr("and {n:,} more scan", "and {n:,} more scans", len(scans) - shown))))
    return blocks


def _post_again(number: int, scan: Scan, seal: Seal) -> Button:
    value = seal(Action("post_again", scan.id, scan.round))
    label = tr("Post Again: the scan of {target}", target=aim(scan.target))
    return button(tr("Post Again"), f"post_again:{number}", value, label=label)


def row(scan: Scan, titles: Mapping[str, str]) -> str:
    """One scan in mrkdwn: target and state first, then who, when and where."""
    tag = f" {safe('#' + scan.tag.removeprefix('#'), 60)}" if scan.tag else ""
    not_delivered = tr("*Not delivered:* {why}", why=safe(tr(scan.undelivered), 300))
    kept = f"\n{not_delivered}" if scan.undelivered else ""
    when = moment(scan.round_at or scan.created_at)
    if scan.place.channel.isalnum() and scan.place.channel[:1] in "CG":
        when = tr("{when} in {channel}", when=when, channel=f"<#{scan.place.channel}>")
    small = f"{person(scan.asker.user)}, {when}{tag}, `{safe(scan.id, 60)}`"
    state = " ".join([f"{tally(scan)}.", *missing(scan, titles)])
    return f"*{name(scan)}*: {state}{kept}\n{small}"
