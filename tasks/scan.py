"""The verbs of a scan, the same for every door: start, run again, cancel; and the task that runs it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import structlog
from celery.signals import worker_process_shutdown, worker_ready, worker_shutdown, worker_shutting_down

from core.errors import BadQuestion, QueueDown, StoreDown
from core.home import Off
from core.language import N_, tr
from core.models import ANSWERS, Priority, Run, Scan, Target
from core.settings import Settings
from core.store import Ask, Choice, Opened, Rates, Store
from tasks import permission, queue
from tasks.belonging import belonging, label_of
from tasks.choose import MARKED, NEEDS_CONSENT, NONE_OFF, REFUSED, check_options, choose, fitting_names
from tasks.crew import hand_over
from tasks.fetching import SHARE
from tasks.process import begin_to_close, close_worker, count_the_last, given_back, worker
from tasks.wish import Wish as Wish  # noqa: PLC0414  doors know it as scan.Wish

log = structlog.get_logger()

UNCONSENTED = "unconsented"
IN_WORDS = "asked with the word active"  # for the audit
CONSENT = {"slack": "confirmed by a button", "api": "asked for over HTTP", "web": "confirmed by a button"}
NOBODY = {
    False: N_("No collector failed, so there is nothing to run again. Re-Run asks all of them afresh."),
    True: N_("No collector waits for consent, so there is nothing to ask."),
}


def start(store: Store, settings: Settings, wish: Wish, *, willing: Callable[[], bool] = lambda: True) -> list[Opened]:
    """Write a scan for each target, all or none; `announce` the new ones after that. What is started where a case is
    bound belongs to that case.

    With each scan comes whether it is new: a repeated delivery or question gets the scan it made before.

    Raises:
        BadQuestion: a collector or option is unknown, does not fit, or would touch a target unasked.
        NeedsReason, NeedsApproval: somebody must say why, or a second person must say yes.
        NotAllowed: somebody is on the list of those whom nobody may look up; it is written down.
        TooOften: the rates leave no room.
        StoreDown, Abandoned: nothing was written.
    """
    wish = permission.permitted(store, settings, settled(store, settings, wish))
    choices = chosen(settings, wish, off=store.switches.off(wish.place.team))
    permission.check_approval(settings, wish, choices)
    asker = replace(wish.asker, language=wish.asker.language or settings.slack_language)
    asks = [
        Ask(
            target,
            each,
            asker,
            wish.place,
            wish.door,
            fresh=wish.fresh,
            options=wish.options,
            active=IN_WORDS if wish.active else "",
            tag=wish.tag,
            priority=wish.priority,
            reason=wish.reason,
            callback=wish.callback,
            token=wish.token,
            belongs=wish.belongs,
            room=wish.room,
            depth=wish.depth,
            keys=wish.keys,
            repeat_within=wish.repeat_within,
        )
        for target, each in choices
    ]
    return store.scans.open(asks, rates=wish.rates, willing=willing)


def settled(store: Store, settings: Settings, wish: Wish) -> Wish:
    """The wish with what it belongs to: the case of its place, and its label."""
    return replace(wish, belongs=belonging(store, settings, wish.place, wish.belongs))


def chosen(
    settings: Settings, wish: Wish, *, off: Mapping[str, Off] = NONE_OFF
) -> list[tuple[Target, tuple[Choice, ...]]]:
    """What would be asked for each target of a wish, and what would be skipped, as those that are switched `off`;
    nothing is written.

    Raises:
        BadQuestion: as `start`.
    """
    kinds = [target.kind for target in wish.targets]
    check_options(kinds, wish.names, wish.options, settings, active=wish.active)
    choices = partial(
        choose,
        settings=settings,
        team=wish.place.team,
        options=wish.options,
        active=wish.active,
        tlp=label_of(wish.belongs),
        off=off,
    )
    return [(target, tuple(choices(target, _fitting(wish, target, settings)))) for target in wish.targets]


def _fitting(wish: Wish, target: Target, settings: Settings) -> tuple[str, ...]:
    fit = fitting_names(target.kind, settings, wish.options)
    return tuple(name for name in wish.names if name in fit) if wish.lenient else wish.names


def announce(one: Scan) -> bool:
    """Hint at a scan that was written: open its thread, if it has one, run its runs. False: the queue is down, and
    the sweeper will start it when it is back."""
    try:
        queue.changed(way_of(one), one.id)
        queue.send("tasks.scan.run" if one.priority is Priority.INTERACTIVE else "tasks.scan.fetch", one.id)
    except QueueDown:
        log.warning("scan not announced", scan=one.id)
        return False
    return True


def way_of(one: Scan) -> str:
    """How a change of this scan is told."""
    return queue.way_of(thread=bool(one.place.channel) and not one.hushed, callback=bool(one.callback))


def announce_all(scans: Iterable[Scan]) -> bool:
    """The same for many, one after the other: a queue that is down is tried once."""
    return all(announce(each) for each in scans)


def rerun(
    store: Store,
    settings: Settings,
    scan_id: str,
    *,
    by: str,
    after: int,
    only: str = "all",
    rates: Rates | None = None,
    door: str = "slack",
    reason: str = "",
    approval: str = "",
) -> tuple[Scan, bool]:
    """Open another round: of `all` collectors, of the `failed` ones, of the `unconsented` ones that would touch the
    target itself, which `by` allows hereby, or of the one named. `after` is the round that the button belonged to.

    False: that round was opened already, or the scan is still running. What was asked before is asked afresh, past
    every cache.

    Raises:
        BadQuestion: nothing is left to run again, or an option may not be done any more.
        NeedsReason, NeedsApproval, NotAllowed: as `start`; the reason is that of the scan, unless there is another.
        TooOften: the rates leave no room.
        KeyError: there is no such scan.
    """
    scan = store.scans.get(scan_id)
    if round_of(scan, only) != after:
        return scan, False
    names = [run.collector for run in scan.runs if wanted(run, only)]
    if not names:
        raise BadQuestion(tr(NOBODY[only == UNCONSENTED]))
    consent = only == UNCONSENTED
    active = consent or bool(scan.active_by)
    check_options([scan.target.kind], (), scan.options, settings, active=active)
    wish = permission.wish_again(scan, by=by, door=door, reason=reason, approval=approval)
    permission.permitted(store, settings, wish)
    team, off, tlp = scan.place.team, store.switches.off(scan.place.team), label_of(scan.belongs)
    choices = choose(scan.target, names, settings, team=team, options=scan.options, active=active, tlp=tlp, off=off)
    permission.check_approval(settings, wish, [(scan.target, choices)])
    return store.scans.new_round(
        scan_id,
        choices,
        by=by,
        after=scan.round,
        fresh=scan.fresh or not consent,
        active=CONSENT[door] if consent else "",
        rates=rates,
        door=door,
        reason=wish.reason,
    )


def round_of(scan: Scan, only: str) -> int:
    """The round whose answer a click would replace: for one collector, the one it was asked in last."""
    return next((run.round for run in scan.runs if run.collector == only), scan.round)


def cancel(store: Store, scan_id: str, *, by: str) -> tuple[Scan, bool]:
    """Stop a scan: queued runs at once, running ones within about a second. False: it had ended."""
    return store.scans.cancel(scan_id, by=by)


def wanted(run: Run, only: str) -> bool:
    """Whether another round `only` of these would ask this run's collector again."""
    if only == "all":
        return True
    if only == UNCONSENTED:
        return run.reason == NEEDS_CONSENT
    if only == "failed":
        return run.outcome not in ANSWERS and run.reason not in (NEEDS_CONSENT, REFUSED, MARKED)
    return run.collector == only


@queue.app.task(name="tasks.scan.run")
def run(scan_id: str, **_: object) -> None:
    """Do the queued runs of a scan, on this worker's loop. A later release may say more than the id."""
    loop, process = worker()
    if process.workshop is None:
        raise RuntimeError("the worker's doors are not open")
    try:
        if process.fetching is not None and process.store.turns.priority(scan_id) is not Priority.INTERACTIVE:
            loop.call(process.fetching.stir)  # in its turn: this thread is for people who wait
        else:
            loop.run(process.workshop.work(scan_id))
    except KeyError:
        log.warning("no such scan", scan=scan_id)
    except StoreDown:
        log.warning("the record does not answer; the sweeper will send this scan again", scan=scan_id)
    if process.resting and process.workshop.given_back:  # taken just before this worker was told to rest
        loop.start(hand_over(process))


@queue.app.task(name="tasks.scan.fetch")
def fetch(*_: object, **__: object) -> None:
    """Look for scans that wait in the record, at once instead of within a second."""
    loop, process = worker()
    if process.fetching is not None:
        loop.call(process.fetching.stir)


@worker_ready.connect
def _open(sender: Any = None, **_: object) -> None:
    loop, process = worker()
    loop.start(process.note_queue())
    if "scan" in queue.app.amqp.queues.consume_from:
        loop.call(partial(process.start_fetching, room=max(1, sender.controller.concurrency // SHARE)))


@worker_shutting_down.connect
def _drain(**_: object) -> None:
    # Runs in the main thread while pool threads still wait on the loop: giving their runs back ends them.
    begin_to_close()


@worker_shutdown.connect
def _wait(**_: object) -> None:
    # A supervisor that is in a hurry signals again; from here on that would cut off the handing over.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    close_worker()


@worker_shutdown.connect
def _hand_over(**_: object) -> None:
    # Only now: until its consumer is closed, this worker would take the hints along itself.
    for scan_id in given_back():
        try:
            queue.send("tasks.scan.run", scan_id)
        except QueueDown:
            log.warning("runs given back without a hint; the sweeper will send them", scan=scan_id)
    count_the_last()


@worker_process_shutdown.connect
def _drain_child(**_: object) -> None:
    close_worker()
    count_the_last()
