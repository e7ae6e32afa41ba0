"""What is left with every source, for one person to see: what is short first, a bar for each window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from slackblocks import Block

from core.blocks.message import Message, compose
from core.blocks.notes import notice
from core.blocks.parts import Line, context, header, lines
from core.blocks.text import counted, plain, safe
from core.blocks.words import REASONS
from core.clock import span
from core.ledger import NEARLY, Count, Quota, Standing, Trouble

CELLS = 8
SHOWN = 20  # accounts; the rest are counted
RESTING = 8


def quota(quota: Quota) -> Message:
    """The card: seen by who asks alone; of others it says how many there are and how much the busiest one used."""
    if not quota.standings and not quota.resting:
        return notice(
            "No source counts what we ask, and none rests.", next_step="How fast each is asked: /scan collectors"
        )
    worst: dict[str, float] = {}
    for each in quota.standings:
        worst[each.source] = max(worst.get(each.source, 0.0), _worst(each, quota.at))
    # What is short comes first, with the other keys of its source in their order.
    shown = sorted(quota.standings, key=lambda each: (-worst[each.source], each.source))[:SHOWN]
    alarms = [line for each in shown for line in _alarms(each, quota.at)]
    blocks: list[Block] = [header("Quota")]
    if quota.standings:
        fine = Line(f"{counted(len(quota.standings), 'account')} with sources; none is short.")
        blocks.append(lines(*(alarms[:5] or [fine])))
    blocks += [lines(*_account(each, quota.at)) for each in shown]
    if len(quota.standings) > SHOWN:
        blocks.append(lines(Line(f"and {counted(len(quota.standings) - SHOWN, 'more account')}")))
    if quota.resting:
        blocks.append(lines(Line("", "Resting now"), *_resting(quota)))
    blocks.append(
        context("Bars show what is used. Days end at 00:00 UTC, months with the last one. Only you see this.")
    )
    short = "; ".join(f"{each.label}: {each.text}" if each.label else each.text for each in alarms[:3])
    rest = f" Resting now: {counted(len(quota.resting), 'source')}." if quota.resting else ""
    return compose((f"Quota. {safe(short, 600)}." if short else "Quota: no source is short.") + rest, blocks)


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
    when = "today" if count.window.period == "day" else f"in {count.window.ends - timedelta(days=1):%b}"
    if not count.known:
        return f"{count.limit:,} {when}; what is left is not known now, because Redis does not answer"
    return f"{bar(count)} {count.left:,} of {count.limit:,} left {when}"


def _people(count: Count) -> str:
    """How many asked and how much the busiest did; names are nobody's business but one's own."""
    if count.people == 1:
        return f"used {count.used:,}, all of it by you" if count.yours else f"used {count.used:,} by one person"
    return f"used {count.used:,} by {count.people:,} people: you {count.yours:,}, the busiest {count.most:,}"


def _now(standing: Standing, now: datetime) -> str:
    trouble = standing.trouble
    if trouble is not None and trouble.rests(now.timestamp()):
        return f"rests until {_time(trouble, now)}: {_why(trouble)}"
    if not all(count.left for count in standing.counts if count.known):
        return f"used up; free again in {span(standing.wait(now))}"
    rate = f"may be asked {standing.rate} at most" if standing.rate else "may be asked"
    return f"{rate}; failed lately: {_why(trouble)}" if trouble is not None else rate


def _alarms(standing: Standing, now: datetime) -> Iterator[Line]:
    who = _clean(name(standing), standing.source, 100)
    if standing.trouble is not None and standing.trouble.rests(now.timestamp()):
        yield Line(_clean(f"{_why(standing.trouble)}, rests until {_time(standing.trouble, now)}", "", 200), who)
    for count in standing.counts:
        if count.known and count.part >= NEARLY:
            period = "today" if count.window.period == "day" else "this month"
            word = f"nearly used up {period}, {count.left:,} left" if count.left else f"used up {period}"
            yield Line(word, who)


def _worst(standing: Standing, now: datetime) -> float:
    rests = standing.trouble is not None and standing.trouble.rests(now.timestamp())
    return max([2.0 * rests, *(count.part for count in standing.counts)])


def _resting(quota: Quota) -> Sequence[Line]:
    rows = [
        Line(_clean(f"{_why(each)}, until {_time(each, quota.at)}", "", 200), _clean(source, source, 100))
        for source, each in quota.resting[:RESTING]
    ]
    more = len(quota.resting) - len(rows)
    return [*rows, Line(f"and {more:,} more")] if more > 0 else rows


def _why(trouble: Trouble) -> str:
    times = f" ({trouble.fails:,} times in a row)" if trouble.fails > 1 else ""
    return f"{REASONS.get(trouble.cause, trouble.cause)}{times}"


def _time(trouble: Trouble, now: datetime) -> str:
    until = datetime.fromtimestamp(trouble.until, now.tzinfo)
    return f"{until:%H:%M} UTC" if (until - now).days < 1 else f"{until:%d %b %H:%M} UTC"


def _clean(text: str, source: str, most: int) -> str:
    return plain(text, most, spare=frozenset({source.lower()}))
