"""`queues` and `purge`: what waits, by the queue and by the record; and taking a queue's hints out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import click

from bot.operations.desk import BAD_INPUT, BROKEN, note, record, settings, show, stop, troubles, wait_for
from core import clock
from core.blocks.text import counted
from core.broker import QUEUES, Role, connect_for
from core.clock import span
from core.errors import GumshoeError, QueueDown
from core.settings import Settings
from core.store import Store, Waiting
from tasks import line
from tasks import scan as verbs
from tasks.queue import changed

BY = "an operator"
AGAIN = "No scan is lost: the record knows what is open, and the sweeper sends it again within two minutes."
CANCELS = "scan"  # the queue whose hints name scans that wait to be run


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def queues(*, as_json: bool) -> None:
    """Say what waits: in each queue, and by the record, which is the truth.

    Exit status: 0 both answered, 1 one of them does not (the other is shown), 2 a setting is wrong.
    """
    chosen = settings()
    told = wait_for(_look(chosen))
    show(told, _lines, as_json=as_json)
    if told["troubles"]:
        raise SystemExit(BROKEN)


@click.command()
@click.argument("queue")
@click.option("--cancel", is_flag=True, help="Cancel the scans, too, whose hints are taken out.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def purge(queue: str, *, cancel: bool, yes: bool, as_json: bool) -> None:
    """Take all hints out of QUEUE (scan, notify, maint). That loses no scan: the sweeper sends them again, unless
    --cancel also cancels the scans that wait there.

    Exit status: 0 done, 1 Redis or the database does not answer, or you said no; 2 there is no such queue.
    """
    if queue not in QUEUES:
        stop(f"There is no queue {queue}. There are: {', '.join(QUEUES)}.", BAD_INPUT)
    if cancel and queue != CANCELS:
        stop(f"Hints in {queue} name no scan that waits, so there is nothing to cancel. Leave --cancel out.", BAD_INPUT)
    chosen = settings()
    with troubles(), record(chosen) as store:
        count = wait_for(_count(chosen, queue))
        if count and not yes:
            then = "and cancel their scans" if cancel else f"({AGAIN})"
            click.confirm(f"Take {counted(count, 'hint')} out of {queue} {then}?", abort=True, err=True)
        told = wait_for(_purge(chosen, store, queue, cancel=cancel))
    show(told, _purged, as_json=as_json)


async def _look(chosen: Settings) -> dict[str, Any]:
    found, backlog = await asyncio.gather(_lines_of(chosen), _backlog(chosen), return_exceptions=True)
    told: dict[str, Any] = {"queues": None, "record": None, "troubles": []}
    for name, answer in (("queues", found), ("record", backlog)):
        if isinstance(answer, GumshoeError):
            step = answer.step if isinstance(answer, QueueDown) else "python -m bot doctor says more."
            told["troubles"].append(f"{answer} Next: {step}")
        elif isinstance(answer, BaseException):
            raise answer
        else:
            told[name] = answer
    return told


async def _lines_of(chosen: Settings) -> list[dict[str, Any]]:
    client = connect_for(chosen, Role.QUEUE)
    try:
        found = await line.lines(client)
    finally:
        await client.aclose()
    return [_of_line(each, await _since(chosen, each)) for each in found]


def _of_line(each: line.Line, since: float | None) -> dict[str, Any]:
    return {
        "name": each.name,
        "length": each.length,
        "oldest_s": since,
        "oldest_scan": each.oldest.scan_id if each.oldest else "",
        "unacked": each.unacked,
        "unacked_s": each.unacked_s,
    }


async def _since(chosen: Settings, each: line.Line) -> float | None:
    """How old the oldest hint is: hints carry no time, but what they hint at does."""
    if each.oldest is None:
        return None
    if each.oldest.sent is not None:
        return max(0.0, clock.now().timestamp() - each.oldest.sent)
    try:
        when = await asyncio.to_thread(_waits_since, chosen, each.oldest.scan_id)
    except GumshoeError:
        return None  # said once, with the record
    return None if when is None else max(0.0, (clock.now() - when).total_seconds())


def _waits_since(chosen: Settings, scan_id: str) -> Any:
    with record(chosen) as store:
        return store.backlog.waits_since(scan_id)


async def _backlog(chosen: Settings) -> dict[str, Any]:
    def look() -> dict[str, Any]:
        with record(chosen) as store:
            return _told(store.backlog.look())

    return await asyncio.to_thread(look)


def _told(found: Waiting) -> dict[str, Any]:
    due, threads = found.due, found.threads
    return {
        "scans": sum(found.scans.values()),
        "waiting": due.many,
        "waiting_s": due.age if due.since else None,
        "waiting_by_priority": {str(priority): heap.many for priority, heap in found.runs.items()},
        "later": found.resting,
        "running": found.running,
        "threads": threads.many,
        "threads_s": threads.age if threads.since else None,
        "callbacks": found.callbacks,
        "given_up": found.given_up,
    }


def _lines(told: dict[str, Any]) -> Iterator[str]:
    for each in told["queues"] or ():
        waits = f", the oldest since {span(each['oldest_s'])}" if each["oldest_s"] is not None else ""
        held = f"; {each['unacked']} in the hands of workers" if each["unacked"] else ""
        yield f"{each['name']:8}{counted(each['length'], 'hint')}{waits}{held}."
    if told["record"] is not None:
        yield from _of_record(told["record"])
    yield from told["troubles"]


def _of_record(found: dict[str, Any]) -> Iterator[str]:
    since = f", the oldest since {span(found['waiting_s'])}" if found["waiting_s"] is not None else ""
    yield (
        f"Record  {counted(found['scans'], 'open scan')}: {found['running']} runs under way, {found['waiting']} wait"
        f"{since}, {found['later']} wait until their source may be asked."
    )
    late = f", the oldest since {span(found['threads_s'])}" if found["threads_s"] is not None else ""
    yield f"        Behind the record: {counted(found['threads'], 'thread')}{late}."
    if found["callbacks"] or found["given_up"]:
        yield f"        {found['callbacks']} callbacks are due, {found['given_up']} were given up."


async def _count(chosen: Settings, name: str) -> int:
    client = connect_for(chosen, Role.QUEUE)
    try:
        return next(each.length for each in await line.lines(client) if each.name == name)
    finally:
        await client.aclose()


async def _purge(chosen: Settings, store: Store, name: str, *, cancel: bool) -> dict[str, Any]:
    client = connect_for(chosen, Role.QUEUE)
    try:
        taken = await line.empty(client, name)
    finally:
        await client.aclose()
    await asyncio.to_thread(note, store, "purge", f"{name}: {len(taken)} hints")
    stopped = await asyncio.to_thread(_cancel, store, {hint.scan_id for hint in taken}) if cancel else []
    return {"queue": name, "taken_out": len(taken), "cancelled": stopped}


def _cancel(store: Store, ids: set[str]) -> list[str]:
    stopped = []
    for scan_id in sorted(ids - {""}):
        try:
            scan, done = verbs.cancel(store, scan_id, by=BY)
        except KeyError:
            continue  # of another record, or deleted
        if done:
            note(store, "cancel", f"{scan.target.kind} {scan.target.value}", scan=scan)
            changed(verbs.way_of(scan), scan_id)
            stopped.append(scan_id)
    return stopped


def _purged(told: dict[str, Any]) -> Iterator[str]:
    yield f"Taken out of {told['queue']}: {counted(told['taken_out'], 'hint')}."
    if told["cancelled"]:
        yield f"Cancelled: {', '.join(told['cancelled'])}. Threads say so."
    elif told["taken_out"]:
        yield AGAIN
