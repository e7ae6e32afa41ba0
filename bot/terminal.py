"""A scan in the terminal: the same verbs, record and collectors as everywhere, with a live view."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import asdict

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

import collectors
from bot.grammar import Manner
from collectors.fetch import open_session
from collectors.registries import bootstrap
from collectors.whois import kept_in
from core.access import Reader
from core.blocks import plain, step_words, total
from core.clock import span
from core.document import as_document
from core.models import ANSWERS, Asker, Finding, Kind, Outcome, Place, Run, RunState, Scan, Target
from core.pace import LocalPace
from core.previews import Way
from core.settings import Settings
from core.store import Store, open_store
from core.targets import display, parse
from tasks import scan as verbs
from tasks.choose import titles
from tasks.judged import judged_for
from tasks.preview import preview
from tasks.process import Process

ANSWERED, SOME_FAILED = 0, 3
STOPPED_WITHIN = 5.0  # seconds a cancelled run gets to save what it found
SHOWN = 12  # findings of one collector in the live view; --json has all
STYLES = {
    Outcome.FOUND: "green",
    Outcome.PARTIAL: "yellow",
    Outcome.FAILED: "red",
    Outcome.CANCELLED: "yellow",
    Outcome.SKIPPED: "dim",
    Outcome.NOTHING: "dim",
}


async def scan(settings: Settings, text: str, manner: Manner, *, reason: str = "", as_json: bool) -> int:
    """Run one scan to its end and print it, or print its plan alone; returns the exit status.

    Raises:
        NotATarget, BadQuestion, NotAllowed: nothing was started.
        StoreDown: the database does not answer.
    """
    target = parse(text, allow=settings.allow_networks)
    wish = verbs.Wish(
        (target,),
        Asker("terminal"),
        Place(),
        "terminal",
        names=manner.names,
        options=manner.options,
        fresh=manner.fresh,
        active=manner.active,
        reason=reason,
    )
    store = open_store(settings.database)
    if manner.plan:
        return _plan(settings, store, wish, as_json=as_json)
    process = Process(settings, store, shared=False)
    changed = asyncio.Event()
    try:
        one, *_ = verbs.start(store, settings, wish)[0]

        async def note(_scan_id: str) -> None:
            changed.set()

        await process.open(note)
        if process.workshop is None:
            raise RuntimeError("the doors are not open")
        work = asyncio.create_task(process.workshop.work(one.id))
        try:
            await (_silent(work) if as_json else _watch(process, one.id, work, changed))
        except asyncio.CancelledError:
            await asyncio.to_thread(verbs.cancel, store, one.id, by="terminal")
            await asyncio.wait({work}, timeout=STOPPED_WITHIN)  # running ones see it, keep what they found, and close
            raise
        ended = store.scans.get(one.id)
        beside = judged_for(store, ended, Reader(one.place.team, one.asker.user), alone=True)
    finally:
        await process.close()
        store.close()
    for told in () if as_json else beside.headlines:
        print(_clean(f"{told.severity.upper()}: {told.sentence}"))
    print(json.dumps(as_document(ended, beside=beside), indent=2) if as_json else last_line(ended))
    return ANSWERED if _as_wished(ended.runs) else SOME_FAILED


def _as_wished(runs: Iterable[Run]) -> bool:
    """Whether somebody was asked, and all who were asked answered: what was skipped for want of a key or of consent
    was left out as the operator and the asker have it."""
    asked = [run for run in runs if run.outcome is not Outcome.SKIPPED]
    return bool(asked) and all(run.outcome in ANSWERS for run in asked)


def _plan(settings: Settings, store: Store, wish: verbs.Wish, *, as_json: bool) -> int:
    try:
        plans = preview(store, settings, wish)
    finally:
        store.close()
    if as_json:
        print(json.dumps([asdict(plan) for plan in plans], indent=2))
        return ANSWERED
    for plan in plans:
        table = Table(title=Text(_clean(f"Plan: {display(plan.target)}")), title_justify="left", show_edge=False)
        for heading in ("Collector", "What would be done"):
            table.add_column(heading, overflow="fold")
        for step in plan.steps:
            table.add_row(step.title, Text(_clean(step_words(step)), style="" if step.way is Way.ASK else "dim"))
        console = Console()
        console.print(table)
        console.print(_clean(total([plan])), highlight=False)
        for option in plan.more:
            console.print(_clean(f"--with {option.name}: {option.about}"), highlight=False)
    return ANSWERED


async def _silent(work: asyncio.Task[None]) -> None:
    await asyncio.wait({work})  # unlike awaiting it, this leaves it alone when we are told to stop
    work.result()


async def _watch(process: Process, scan_id: str, work: asyncio.Task[None], changed: asyncio.Event) -> None:
    console = Console()
    if not console.is_terminal:  # into a file or a pipe: once, at the end
        await _silent(work)
        console.print(view(await asyncio.to_thread(process.store.scans.get, scan_id)))
        return
    with Live(console=console, refresh_per_second=4) as live:
        while True:
            live.update(view(await asyncio.to_thread(process.store.scans.get, scan_id)))
            if work.done():
                break
            await asyncio.wait(
                {work, asyncio.create_task(changed.wait())}, timeout=1, return_when=asyncio.FIRST_COMPLETED
            )
            changed.clear()
    work.result()


def view(one: Scan) -> Table:
    title = Text(_clean(f"Scan {one.id}: {display(one.target)}"))  # not a str: "[@]" means something to rich
    table = Table(title=title, title_justify="left", show_edge=False)
    for heading in ("Collector", "State", "What it says"):
        table.add_column(heading, overflow="fold")
    for run in one.runs:
        style = STYLES.get(run.outcome, "") if run.outcome else ""
        table.add_row(titles().get(run.collector, run.collector), Text(_state(run), style=style), _told(run))
    return table


def _state(run: Run) -> str:
    if run.outcome is None:
        return "asking" if run.state is RunState.RUNNING else "waiting"
    count = f" {run.found}" if run.found else ""
    took = f" in {span(run.ms / 1000)}" if run.ms is not None else ""
    cached = f", as of {span(run.age_s or 0)} ago" if run.cached else took
    return f"{run.outcome}{count}{cached}"


def _told(run: Run) -> Text:
    lines = [run.message] if run.message else []
    ranked = sorted(run.findings, key=lambda each: SEVERITIES.index(str(each.severity)))
    lines += [_line(each) for each in ranked[:SHOWN]]
    if len(run.findings) > SHOWN:
        lines.append(f"and {len(run.findings) - SHOWN} more (--json shows all)")
    return Text("\n".join(_clean(line) for line in lines))


SEVERITIES = ("high", "medium", "low", "info")


def _line(finding: Finding) -> str:
    why = finding.attributes.get("why") or finding.attributes.get("role") or finding.context
    mark = f"[{finding.severity}] " if finding.severity != "info" else ""
    return f"{mark}{finding.kind} {finding.value[:100]}" + (f" - {str(why)[:120]}" if why else "")


def _clean(text: str) -> str:
    """A source's text may hold escape sequences that command a terminal."""
    return plain(text, 4000)


def last_line(one: Scan) -> str:
    missing = [run for run in one.runs if run.outcome not in (Outcome.FOUND, Outcome.NOTHING)]
    said = "; ".join(f"{run.collector}: {run.message or run.reason or 'no reason given'}" for run in missing)
    return _clean(f"Not looked at: {said}" if missing else "Every source answered.")


async def refresh(settings: Settings) -> list[str]:
    """Fetch IANA's RDAP bootstrap files into DATA_DIR; returns a line for each.

    Raises:
        SourceError: IANA did not answer; the files we have stay.
    """
    whois = collectors.known()["whois"]
    async with open_session(settings, LocalPace()) as session:
        fetch = session.fetch(whois, Target(Kind.DOMAIN, "iana.org"), deadline=120)
        published = await bootstrap.refresh(fetch, kept_in())
    return [f"{name}: published {when:%Y-%m-%d}" for name, when in published.items()]
