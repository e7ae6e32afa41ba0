"""`workers` and `drain`: who works and at what; telling workers to take no more, and waiting until they are empty."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click

from bot.operations.desk import BAD_INPUT, BROKEN, NOT_YET, note, record, settings, show, stop, troubles, wait_for
from core import VERSION, clock
from core.broker import Role, connect_for, takes_work
from core.clock import span
from core.errors import StoreDown
from core.settings import Settings
from tasks import crew

START = "Start one: python -m bot.run worker"
LOOK_EVERY = 0.3  # seconds between two looks, each of which takes a second
AFTER = "Stop the process now, or take it up again: python -m bot drain --resume"


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def workers(*, as_json: bool) -> None:
    """Say which worker processes answer, since when they run, what they take and what they hold.

    Exit status: 0 some answer, 1 Redis does not answer, 3 nobody answers.
    """
    chosen = settings()
    with troubles():
        wait_for(_answers(chosen))
        found = crew.workers()
    show({"workers": [_document(each) for each in found]}, _lines, as_json=as_json)
    if not found:
        raise SystemExit(NOT_YET)


@click.command()
@click.argument("worker", required=False, default="")
@click.option("--all", "everybody", is_flag=True, help="All workers: nothing is done any more until they resume.")
@click.option("--resume", is_flag=True, help="Take work again.")
@click.option("--within", default=60.0, show_default=True, help="Seconds to wait until they are empty.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def drain(worker: str, *, everybody: bool, resume: bool, within: float, as_json: bool) -> None:
    """Tell WORKER to take no more and to hand back what it holds, for others to do; wait until it is empty. It stays
    there and idle until it is stopped, started anew or told to --resume.

    Exit status: 0 it is empty (or takes work again), 1 Redis does not answer, 2 there is no such worker, 3 it is not
    empty yet.
    """
    if bool(worker) == everybody:
        stop("Name one worker, or say --all. python -m bot workers lists them.", BAD_INPUT)
    chosen = settings()
    with troubles():
        wait_for(_answers(chosen))
        names = _named(worker)
        _note(chosen, f"{'resume' if resume else 'drain'} {', '.join(names)}")
        left = _resume(names) if resume else _drain(names, within=within, quiet=as_json)
    word = "resumed" if resume else "drained"
    told = {"what": word, "workers": names, "is_empty": not left, "left": [_document(each) for each in left]}
    show(told, _drained, as_json=as_json)
    if left:
        raise SystemExit(NOT_YET)


async def _answers(chosen: Settings) -> None:
    """Celery would wait long for a Redis that is away."""
    client = connect_for(chosen, Role.QUEUE)
    try:
        await takes_work(client)
    finally:
        await client.aclose()


def _named(word: str) -> list[str]:
    """The workers meant: all, or the one of this name; the part before the @ will do where one worker has it."""
    found = [each.name for each in crew.workers()]
    if not found:
        stop("No worker answers.", BROKEN, step=START)
    names = [name for name in found if not word or word in (name, name.partition("@")[0])]
    if word in names:
        return [word]
    if not names or (word and len(names) > 1):
        number = "More than one" if names else "No"
        stop(f"{number} worker is called {word}. There are: {', '.join(found)}.", BAD_INPUT)
    return names


def _note(chosen: Settings, subject: str) -> None:
    """A drain may be what is needed while the record is away: then it goes on, and says so."""
    try:
        with record(chosen) as store:
            note(store, "drain", subject)
    except StoreDown as error:
        click.echo(f"Not written into the audit: {error}", err=True)


def _resume(names: list[str]) -> list[crew.Worker]:
    crew.resume(names)
    return [each for each in crew.workers() if each.name in names and each.resting]


def _drain(names: list[str], *, within: float, quiet: bool) -> list[crew.Worker]:
    """Those that are not empty when the time is over."""
    crew.rest(names)
    deadline = time.monotonic() + within
    before = ""
    while left := [each for each in crew.workers() if each.name in names and not each.is_empty]:
        said = "; ".join(f"{each.name} still {_holds(each)}" for each in left)
        if said != before and not quiet:
            click.echo(f"{said}.", err=True)
        before = said
        if time.monotonic() >= deadline:
            break
        time.sleep(LOOK_EVERY)
    return left


def _holds(each: crew.Worker) -> str:
    if not each.version:
        return "does not say what it holds: it is of another release"
    if each.runs or each.desks or each.untouched:
        return f"holds {len(each.runs)} runs and {each.desks} threads, and has {each.untouched} hints not begun"
    return "holds nothing" + (", but takes work" if each.queues else "")


def _document(each: crew.Worker) -> dict[str, Any]:
    return asdict(each) | {"role": each.role}


def _lines(told: dict[str, Any]) -> Iterator[str]:
    for each in told["workers"]:
        if not each["version"]:
            yield f"{each['name']}: answers, but says no more. It is of a release that does not know the question."
            continue
        age = span((clock.now() - datetime.fromisoformat(each["started"])).total_seconds())
        does = "rests" if each["resting"] else f"takes {', '.join(each['queues'])}"
        yield f"{each['name']}: {each['role']} on {each['host']}, process {each['pid']}, for {age}; {does}."
        yield f"  It {_holds(crew.Worker(**{name: each[name] for name in each if name != 'role'}))}."
        yield from (f"  {run}" for run in each["runs"])
        if each["version"] != VERSION:
            yield f"  Note: it runs release {each['version']}, this is {VERSION}. Start it anew."
    if not told["workers"]:
        yield f"No worker answers, so no scan would run. Next: {START}"


def _drained(told: dict[str, Any]) -> Iterator[str]:
    names = ", ".join(told["workers"])
    if left := ", ".join(each["name"] for each in told["left"]):
        yield f"Not empty yet: {left}. Nothing is lost; ask again, or stop it."
    elif told["what"] == "resumed":
        yield f"Takes work again: {names}."
    else:
        yield f"Empty: {names}. {AFTER} {names if len(told['workers']) == 1 else '--all'}"
