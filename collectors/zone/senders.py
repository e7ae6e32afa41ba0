"""Following an SPF record: what its includes cost, and where they end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from collectors.posture.spf import Spf, Tally, Term, is_spf, parse
from collectors.posture.text import cut, domain
from collectors.zone.questions import Questions, texts
from core.language.noted import noted

MOST_FOLLOWED = 40  # four times what is allowed: enough to say how far over it is
MOST_EXCHANGES = 10  # RFC 7208 4.6.4


@dataclass(frozen=True, slots=True)
class Step:
    """One term that costs a lookup, with the record's own name and the names that led to it.

    `main`: the record stands for the name itself, because only redirects led to it.
    """

    term: Term
    host: str
    path: tuple[str, ...]
    main: bool
    passes: bool  # every term on the way says "+": what is allowed at its end is allowed


@dataclass(frozen=True, slots=True)
class Stride:
    """What one step showed: a record to go on with, a fault, or nothing."""

    record: Spf | None = None
    path: tuple[str, ...] = ()
    main: bool = False
    passes: bool = True
    void: bool = False
    unread: bool = False
    fault: str = ""


async def follow(record: Spf, host: str, questions: Questions) -> Tally:
    """Count lookups and void lookups over all includes, level by level; loops and floods end by themselves."""
    tally = Tally()
    steps = list(_steps(record, host, (host,), main=True, passes=True))
    while steps:
        room = max(0, MOST_FOLLOWED - tally.lookups)
        tally.lookups += len(steps)
        strides = await asyncio.gather(*(_take(step, questions) for step in steps[:room]))
        tally.vendors += [_target(step) for step in steps[:room] if step.term.name == "include"]
        tally.voids += sum(stride.void for stride in strides)
        tally.unread += sum(stride.unread for stride in strides)
        tally.faults += [stride.fault for stride in strides if stride.fault][: 20 - len(tally.faults)]
        for stride in strides:
            _judge(stride, tally)
        steps = [step for stride in strides for step in _onward(stride)]
    tally.vendors = list(dict.fromkeys(tally.vendors))
    return tally


def _judge(stride: Stride, tally: Tally) -> None:
    """What an included or redirected record means for everybody's mail."""
    if stride.record is None:
        return
    if stride.main:
        tally.everyone = stride.record.everyone
    if stride.record.too_open and stride.passes:
        tally.open = tally.open or stride.path[-1]


def _onward(stride: Stride) -> Iterator[Step]:
    if stride.record is not None:
        yield from _steps(stride.record, stride.path[-1], stride.path, main=stride.main, passes=stride.passes)


def _steps(record: Spf, host: str, path: tuple[str, ...], *, main: bool, passes: bool) -> Iterator[Step]:
    for term in record.terms:
        if term.asks and not (term.name == "redirect" and record.everyone):
            yield Step(term, host, path, main, passes and term.qualifier == "+")


def _target(step: Step) -> str:
    return (step.term.value or step.host).rstrip(".").lower()


async def _take(step: Step, questions: Questions) -> Stride:
    name = _target(step)
    if "%" in name or step.term.name == "ptr":  # a macro needs a sender to be expanded
        return Stride()
    if domain(name) is None:
        return Stride(fault=noted("{term} names no domain: {name}", term=step.term.name, name=cut(name, 60)))
    if step.term.name in ("include", "redirect"):
        return await _include(name, step, questions)
    return await _resolve(name, step, questions)


async def _include(name: str, step: Step, questions: Questions) -> Stride:
    if name in step.path:
        last = step.path[-1]
        return Stride(fault=noted("{one} and {other} include each other without end", one=last, other=name))
    reply = await questions.ask(name, "TXT")
    if reply is None:
        return Stride(unread=True)
    records = [text for text in texts(reply) if is_spf(text)]
    if len(records) != 1:
        fault = noted("{name}, which it includes, has no SPF record", name=name)
        if records:
            fault = noted("{name}, which it includes, has {records} SPF records", name=name, records=len(records))
        return Stride(void=not reply.records, fault=fault)
    record = parse(records[0])
    fault = f"{name}: {record.faults[0]}" if record.faults else ""
    main = step.main and step.term.name == "redirect"
    return Stride(record, (*step.path, name), main, step.passes, fault=fault)


async def _resolve(name: str, step: Step, questions: Questions) -> Stride:
    """`a`, `mx` and `exists`: only whether they lead anywhere."""
    reply = await questions.ask(name, "MX" if step.term.name == "mx" else "A")
    if reply is not None and not reply.records and step.term.name == "a":
        reply = await questions.ask(name, "AAAA")
    if reply is None:
        return Stride(unread=True)
    if step.term.name == "mx" and len(reply.records) > MOST_EXCHANGES:
        fault = noted("mx:{name} leads to more than {most} mail servers", name=name, most=MOST_EXCHANGES)
        return Stride(fault=fault)
    return Stride(void=not reply.records and step.term.name != "exists")
