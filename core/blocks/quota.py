"""What is left with every source, for one person to see: what is short first, a bar for each window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from slackblocks import Block

from core.blocks.message import Message, compose
from core.blocks.notes import notice
from core.blocks.parts import Line, context, header, lines
from core.blocks.text import month, plain, safe
from core.blocks.words import REASONS
from core.clock import span
from core.language import N_, NN_, ntr, tr
from core.ledger import NEARLY, Count, Quota, Standing, Trouble

NOT_KNOWN = N_("{limit:,} {when}; what is left is not known now, because Redis does not answer")
ALARMS = {  # by period, and whether something is left
    ("day", True): N_("nearly used up today, {left:,} left"),
    ("day", False): N_("used up today"),
    ("month", True): N_("nearly used up this month, {left:,} left"),
    ("month", False): N_("used up this month"),
}
CELLS = 8
SHOWN = 20  # accounts; the rest are counted
RESTING = 8


def quota(quota: Quota) -> Message:
    """The card: seen by who asks alone; of others it says how many there are and how much the busiest one used."""
    if not quota.standings and not quota.resting:
        none = tr("No source counts what we ask, and none rests.")
        return notice(none, next_step=tr("How fast each is asked: /scan collectors"))
    worst: dict[str, float] = {}
    for each in quota.standings:
        worst[each.source] = max(worst.get(each.source, 0.0), _worst(each, quota.at))
    # What is short comes first, with the other keys of its source in their order.
    shown = sorted(quota.standings, key=lambda each: (-worst[each.source], each.source))[:SHOWN]
    alarms = [line for each in shown for line in _alarms(each, quota.at)]
    blocks: list[Block] = [header(tr("Quota"))]
    if quota.standings:
        calm = NN_("{n:,} account with sources; none is short.", "{n:,} accounts with sources; none is short.")
        fine = Line(ntr(*calm, len(quota.standings)))
        blocks.append(lines(*(alarms[:5] or [fine])))
    blocks += [lines(*_account(each, quota.at)) for each in shown]
    if len(quota.standings) > SHOWN:
        left = len(quota.standings) - SHOWN
        blocks.append(lines(Line(ntr("and {n:,} more account", "and {n:,} more accounts", left))))
    if quota.resting:
        blocks.append(lines(Line("", tr("Resting now")), *_resting(quota)))
    legend = tr("Bars show what is used. Days end at 00:00 UTC, months with the last one. Only you see this.")
    blocks.append(context(legend))
    short = "; ".join(f"{each.label}: {each.text}" if each.label else each.text for each in alarms[:3])
    said = [tr("Quota. {short}.", short=safe(short, 600)) if short else tr("Quota: no source is short.")]
    rest = NN_("Resting now: {n:,} source.", "Resting now: {n:,} sources.")
    said += [ntr(*rest, len(quota.resting))] * bool(quota.resting)
    return compose(" ".join(said), blocks)


def brief(quota: Quota) -> list[Line]:
    """A line for each account, what is short first."""
    rows = []
    for each in sorted(quota.standings, key=lambda one: (-_worst(one, quota.at), one.source)):
        words = "; ".join(said(each, quota.at)[:3])
        rows.append(Line(_clean(words, each.source, 300), _clean(name(each), each.source, 100)))
    return [*rows, *_resting(quota)]


def shortages(quota: Quota) -> tuple[str, ...]:
    """What is nearly or all used up, or rests; a line each, without anybody's own use."""
    said = [line for each in quota.standings for line in _alarms(each, quota.at)]
    return tuple(f"{line.label}: {line.text}" for line in said[:SHOWN])


def bar(count: Count) -> str:
    """Eight cells; something used never looks like nothing, and something left never like nothing left."""
    full = round(count.part * CELLS)
    full = min(max(full, 1 if count.used else 0), CELLS - 1 if count.left else CELLS)
    return "█" * full + "░" * (CELLS - full)


def said(standing: Standing, now: datetime) -> list[str]:
    """What there is to say of an account, a line each, the bars one below the other; the terminal shows it too."""
    people = [_people(count) for count in standing.counts if count.known and count.people][:1]
    return [*(_window(count) for count in standing.counts), *people, _now(standing, now)]


def name(standing: Standing) -> str:
    """VirusTotal, key 1 of 2."""
    return f"{standing.source}, {standing.key}" if standing.key else standing.source


def _account(standing: Standing, now: datetime) -> Iterator[Line]:
    yield Line("", _clean(name(standing), standing.source, 100))
    for text in said(standing, now):
        yield Line(_clean(text, standing.source, 300))


def _window(count: Count) -> str:
    when = tr("today")
    if count.window.period != "day":
        when = tr("in {month}", month=month(count.window.ends - timedelta(days=1)))
    if not count.known:
        return tr(NOT_KNOWN, limit=count.limit, when=when)
    left = {"bar": bar(count), "left": count.left, "limit": count.limit}
    return tr("{bar} {left:,} of {limit:,} left {when}", when=when, **left)


def _people(count: Count) -> str:
    """How many asked and how much the busiest did; names are nobody's business but one's own."""
    if count.people == 1:
        alone = N_("used {used:,}, all of it by you") if count.yours else N_("used {used:,} by one person")
        return tr(alone, used=count.used)
    shares = N_("used {used:,} by {people:,} people: you {yours:,}, the busiest {most:,}")
    return tr(shares, used=count.used, people=count.people, yours=count.yours, most=count.most)


def _now(standing: Standing, now: datetime) -> str:
    trouble = standing.trouble
    if trouble is not None and trouble.rests(now.timestamp()):
        return tr("rests until {time}: {why}", time=_time(trouble, now), why=_why(trouble))
    if not all(count.left for count in standing.counts if count.known):
        return tr("used up; free again in {span}", span=span(standing.wait(now)))
    rate = tr("may be asked {rate} at most", rate=standing.rate) if standing.rate else tr("may be asked")
    return tr("{rate}; failed lately: {why}", rate=rate, why=_why(trouble)) if trouble is not None else rate


def _alarms(standing: Standing, now: datetime) -> Iterator[Line]:
    who = _clean(name(standing), standing.source, 100)
    if standing.trouble is not None and standing.trouble.rests(now.timestamp()):
        rests = tr("{why}, rests until {time}", why=_why(standing.trouble), time=_time(standing.trouble, now))
        yield Line(_clean(rests, "", 200), who)
    for count in standing.counts:
        if count.known and count.part >= NEARLY:
            yield Line(tr(ALARMS[count.window.period, bool(count.left)], left=count.left), who)


def _worst(standing: Standing, now: datetime) -> float:
    rests = standing.trouble is not None and standing.trouble.rests(now.timestamp())
    return max([2.0 * rests, *(count.part for count in standing.counts)])


def _resting(quota: Quota) -> Sequence[Line]:
    rows = [
        Line(
            _clean(tr("{why}, until {time}", why=_why(each), time=_time(each, quota.at)), "", 200),
            _clean(source, source, 100),
        )
        for source, each in quota.resting[:RESTING]
    ]
    more = len(quota.resting) - len(rows)
    return [*rows, Line(tr("and {n:,} more", n=more))] if more > 0 else rows


def _why(trouble: Trouble) -> str:
    why = tr(REASONS.get(trouble.cause, "")) or trouble.cause
    return tr("{why} ({times:,} times in a row)", why=why, times=trouble.fails) if trouble.fails > 1 else why


def _time(trouble: Trouble, now: datetime) -> str:
    until = datetime.fromtimestamp(trouble.until, now.tzinfo)
    return f"{until:%H:%M} UTC" if (until - now).days < 1 else f"{until:%d} {month(until)} {until:%H:%M} UTC"


def _clean(text: str, source: str, most: int) -> str:
    return plain(text, most, spare=frozenset({source.lower()}))
