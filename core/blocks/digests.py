"""The recap of a channel: what ended, what changed, what runs out, what waits for somebody; bounded, nothing hidden."""

from __future__ import annotations

from collections.abc import Sequence

from slackblocks import Block

from core.blocks.message import Message, compose
from core.blocks.parts import Line, bullets, context, header, lines
from core.blocks.text import aim, and_more, plain, safe
from core.blocks.watches import changes_words, standing
from core.blocks.words import tally
from core.digests import Digest, Ending, Recap
from core.language import N_, NN_, ntr, ptr, tr
from core.models import Scan
from core.schedules import in_words
from core.watches import Watch

SHOWN = 8
WHEN = {"daily": N_("This day"), "weekly": N_("This week")}
HEADS = {"daily": N_("Digest: this day"), "weekly": N_("Digest: this week")}
HOW_OFTEN = {
    "daily": N_("daily digest; /scan digest off ends it"),
    "weekly": N_("weekly digest; /scan digest off ends it"),
}
ENDS = {  # as `core.store.digests` names what ends
    "case": N_("case"),
    "watch": N_("watch"),
    "certificate of": N_("certificate of"),
    "certificate": N_("certificate"),
    "registration": N_("registration"),
}


def recap(digest: Digest, told: Recap) -> Message:
    """What there is to tell; with nothing, one line that says so."""
    every = "daily" if digest.every == "daily" else "weekly"
    title = tr(WHEN[every])
    since = tr("Since {moment} UTC", moment=f"{told.since:%Y-%m-%d %H:%M}")
    small = context(since, safe(tr(HOW_OFTEN[every])))
    if told.is_empty:
        text = tr("{when}: no scan that I may tell of here ended, no watch has news, nothing waits.", when=title)
        return compose(text, [lines(Line(text)), small])
    blocks: list[Block] = [header(tr(HEADS[every]))]
    finished = len(told.finished) + told.more_finished
    ended = ntr("Finished: {n:,} scan", "Finished: {n:,} scans", finished)
    blocks += _part(ended, [_scan(each) for each in told.finished], finished)
    if told.failed:
        unseen = NN_("{n:,} collector could not look in them.", "{n:,} collectors could not look in them.")
        blocks.append(lines(Line(ntr(*unseen, told.failed))))
    blocks += _part(ptr("watches", "Changed"), [_changed(each) for each in told.changed])
    silent = [Line(plain(standing(each), 200), aim(each.target, 100)) for each in told.silent]
    blocks += _part(tr("Cannot look, or paused"), silent)
    blocks += _part(tr("Runs out soon"), [_ending(each) for each in told.ending])
    blocks += _waiting(told)
    blocks += _part(tr("Quota"), [Line(plain(each, 200, spare=each.lower().split())) for each in told.quota])
    parts = [
        ntr("{n:,} scan finished", "{n:,} scans finished", finished),
        ntr("{n:,} watch with news", "{n:,} watches with news", len(told.changed)),
    ]
    blind = NN_("{n:,} watch that cannot look or is paused", "{n:,} watches that cannot look or are paused")
    parts += [ntr(*blind, len(told.silent))] * bool(told.silent)
    waits = NN_("{n:,} finding waiting for a verdict", "{n:,} findings waiting for a verdict")
    parts += [ntr(*waits, told.waiting)] * bool(told.waiting)
    text = f"{title}: {', '.join(parts)}."
    return compose(text, [*blocks, small])


def digest_set(digest: Digest) -> Message:
    """To who asked for it."""
    when = f"{in_words(digest.schedule)} ({digest.zone})"
    said = tr("This channel gets a digest {when}.", when=when)
    rest = tr("When there is nothing to tell, a daily one is left out and a weekly one is one line.")
    return compose(said, [lines(Line(said, bold=True), Line(rest), Line("/scan digest off", tr("To end it")))])


def _waiting(told: Recap) -> list[Block]:
    if not told.waiting:
        return []
    targets = and_more(", ".join(aim(each, 60) for each in told.waiting_at[:5]), len(told.waiting_at) - 5)
    grave = NN_(
        "{n:,} finding of high or medium severity without a verdict, of {targets}",
        "{n:,} findings of high or medium severity without a verdict, of {targets}",
    )
    said = ntr(*grave, told.waiting, targets=targets)
    return [lines(Line(plain(said, 500), tr("Waiting for a verdict")))]


def _part(title: str, said: Sequence[Line], total: int = 0) -> list[Block]:
    if not said:
        return []
    shown = list(said[:SHOWN])
    rest = max(total, len(said)) - len(shown)
    return [lines(Line("", title)), bullets(*shown, *([Line(tr("and {n:,} more", n=rest))] if rest > 0 else []))]


def _scan(scan: Scan) -> Line:
    return Line(tr("{tally}, scan {id}", tally=tally(scan), id=plain(scan.id, 40)), aim(scan.target, 100))


def _changed(watch: Watch) -> Line:
    return Line(plain(changes_words(watch.changed), 100), aim(watch.target, 100))


def _ending(each: Ending) -> Line:
    return Line(f"{tr(ENDS.get(each.what, each.what))}, {each.at:%Y-%m-%d}", plain(each.name, 100))
