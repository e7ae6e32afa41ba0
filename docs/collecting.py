"""The pages about collectors: whom they ask and who learns of it, and what is done when a source cannot be asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collectors import known
from collectors.declare import Collector
from collectors.doors.strategies import TABLE, Strategy
from core.clock import span
from core.models import Fact, Kind, Option
from core.store import MOST_PUT_OFF
from docs.tables import Row, table
from tasks.offers import budget, label, lives, pace, time, usual


def collectors() -> Iterator[str]:
    yield "Who is asked for what, who learns of it, and how often. Everything here is what the collector declares;"
    yield "a host that is not declared cannot be asked. `/scan collectors` shows the same, and how each fares now."
    yield ""
    yield from table(("Collector", "Takes", "Whom it disturbs"), [_brief(each) for each in known().values()])
    yield "An active collector touches the target itself, so that its owner can see it. It is asked only when whoever"
    yield "asks says `active`, presses Ask the Target Too in the thread, or the operator set `ACTIVE=allow`. With"
    yield "`ACTIVE=refuse` nobody can. The same holds for options that touch the target."
    yield ""
    for each in known().values():
        yield from _collector(each)


def _brief(each: Collector) -> Row:
    anchor = f"{each.title}: `{each.name}`".lower().replace(" ", "-")
    link = "".join(letter for letter in anchor if letter.isalnum() or letter in "-_")
    return f"[{each.title}](#{link})", _kinds(each.accepts), _disturbs(each)


def _disturbs(each: Collector) -> str:
    said = f"the target itself, for {_kinds(each.touches)}" if each.touches else "nobody but its sources"
    return f"{said}; tells many third parties" if each.spreads else said


def _collector(each: Collector) -> Iterator[str]:
    yield from [f"## {each.title}: `{each.name}`", "", each.about, ""]
    touch = "passive" if each.passive else f"active for {_kinds(each.touches)}: it touches the target itself"
    spreads = "; it tells many third parties whom we ask about" if each.spreads else ""
    budgets = "; ".join(filter(None, (*map(budget, each.budgets), usual(each))))
    rows = [
        ("Takes", _kinds(each.accepts)),
        ("Gives", _kinds(each.yields)),
        ("Who learns what we ask", each.tells),
        ("Passive or active", touch + spreads),
        ("Asked up to", label(each)),
        ("Only when asked for", "<br>".join(map(_option, each.options))),
        ("Hosts over HTTP", _hosts(each)),
        ("Asked at most", pace(each)),
        ("Granted by the source", budgets),
        ("An answer stays fresh", lives(each)),
        ("One run may take", time(each.deadline)),
        ("Keys", _keys(each)),
    ]
    yield from table(("", ""), [(name, said) for name, said in rows if said])


def _kinds(kinds: Iterable[Kind | Fact]) -> str:
    return ", ".join(f"`{kind}`" for kind in kinds)


def _option(option: Option) -> str:
    touches = " It touches the target itself: say `active` too." if option.touches else ""
    return f"`with={option.name}`: {option.about}{touches}"


def _hosts(each: Collector) -> str:
    return ", ".join("any it needs" if host == "*" else f"`{host}`" for host in each.hosts) or "none"


def _keys(each: Collector) -> str:
    said = [
        f"`{key.setting.upper()}` ({'needed' if key.required else 'optional'}; from {key.url})" for key in each.keys
    ]
    return ", ".join(said) or "none"


def retries() -> Iterator[str]:
    yield "One table for every collector: what is done when a source could not be asked, by the reason that the run"
    yield "would end with. Pauses are given or taken three tenths; none outlives the run's time."
    yield ""
    heads = ("Reason", "Asked again", "Retry-After", "Breaker", "Another key", "The run may wait", "Because")
    yield from table(heads, [_retry(row) for row in TABLE])
    yield "*Breaker*: after so many failures in a row nobody asks for a while; then one question tries by itself,"
    yield "and when it fails too the pause doubles, up to the longest. The breaker of a source opens for everybody who"
    yield "asks it; that of a key for this key alone, so that one refused key never closes a source to the others."
    yield ""
    yield "*The run may wait*: when nothing was answered yet it goes back into the queue, for"
    yield f"{span(MOST_PUT_OFF)} at most all in all, and the plan says until when; else it ends with the time when the"
    yield "source may be asked again."


def _retry(row: Strategy) -> Row:
    pauses = " and ".join(f"{pause:g} s" for pause in row.pauses)
    times = {0: "no", 1: "once", 2: "twice"}.get(row.times, f"{row.times} times")
    again = f"{times}, after {pauses}" if pauses else f"{times}, when there is room in time" if row.times else times
    wait = f"up to {row.longest:g} s within a run" if row.heeds else "no"
    breaker = row.breaker
    opens = (
        f"of the {row.opens}, after {breaker.after}: {time(breaker.pause)}, {time(breaker.longest)} at the longest"
        if breaker
        else "no"
    )
    yes = {True: "yes", False: "no"}
    return (f"`{row.cause.reason}`", again, wait, opens, yes[row.another_key], yes[row.put_off], row.why)
