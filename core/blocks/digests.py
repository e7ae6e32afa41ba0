"""The recap of a channel: what ended, what changed, what runs out, what waits for somebody; bounded, nothing hidden."""

from __future__ import annotations

from collections.abc import Sequence

from slackblocks import Block

from core.blocks.message import Message, compose
from core.blocks.parts import Line, bullets, context, header, lines
from core.blocks.text import aim, counted, plain, safe
from core.blocks.watches import standing
from core.blocks.words import tally
from core.digests import Digest, Ending, Recap
from core.models import Scan
from core.schedules import in_words

SHOWN = 8


def recap(digest: Digest, told: Recap) -> Message:
    """What there is to tell; with nothing, one line that says so."""
    title = "This day" if digest.every == "daily" else "This week"
    small = context(f"Since {told.since:%Y-%m-%d %H:%M} UTC", safe(f"{digest.every} digest; /scan digest off ends it"))
    if told.is_empty:
        text = f"{title}: no scan that I may tell of here ended, no watch has news, nothing waits."
        return compose(text, [lines(Line(text)), small])
    blocks: list[Block] = [header(f"Digest: {title.lower()}")]
    finished = len(told.finished) + told.more_finished
    blocks += _part(f"Finished: {counted(finished, 'scan')}", [_scan(each) for each in told.finished], finished)
    if told.failed:
        blocks.append(lines(Line(f"{counted(told.failed, 'collector')} could not look in them.")))
    blocks += _part("Changed", [Line(plain(each.changed, 100), aim(each.target, 100)) for each in told.changed])
    blocks += _part("Cannot look", [Line(plain(standing(each), 200), aim(each.target, 100)) for each in told.silent])
    blocks += _part("Runs out soon", [_ending(each) for each in told.ending])
    if told.waiting:
        about = ", ".join(aim(each, 60) for each in told.waiting_at[:5])
        more = f" and {len(told.waiting_at) - 5} more" if len(told.waiting_at) > 5 else ""
        said = f"{counted(told.waiting, 'finding')} of high or medium severity without a verdict, of {about}{more}"
        blocks.append(lines(Line(plain(said, 500), "Waiting for a verdict")))
    blocks += _part("Quota", [Line(plain(each, 200, spare=each.lower().split())) for each in told.quota])
    text = f"{title}: {counted(finished, 'scan')} finished, {counted(len(told.changed), 'watch', 'watches')} with news"
    text += f", {counted(told.waiting, 'finding')} waiting for a verdict." if told.waiting else "."
    return compose(text, [*blocks, small])


def digest_set(digest: Digest) -> Message:
    """To who asked for it."""
    said = f"This channel gets a digest {in_words(digest.schedule)} ({digest.zone})."
    rest = "When there is nothing to tell, a daily one is left out and a weekly one is one line."
    return compose(said, [lines(Line(said, bold=True), Line(rest), Line("/scan digest off", "To end it"))])


def _part(title: str, said: Sequence[Line], total: int = 0) -> list[Block]:
    if not said:
        return []
    shown = list(said[:SHOWN])
    rest = max(total, len(said)) - len(shown)
    return [lines(Line("", title)), bullets(*shown, *([Line(f"and {rest:,} more")] if rest > 0 else []))]


def _scan(scan: Scan) -> Line:
    return Line(f"{tally(scan)}, scan {plain(scan.id, 40)}", aim(scan.target, 100))


def _ending(each: Ending) -> Line:
    return Line(f"{each.what}, {each.at:%Y-%m-%d}", plain(each.name, 100))
