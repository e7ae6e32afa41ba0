"""What the log and the traces know of tasks, hints, runs and threads; bound here, so that the work is only work."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from celery import Task
from celery.signals import worker_init

from core import logs, traces
from core.blanks import hidden
from core.heartbeats import role_of
from core.models import Kind, Run, Scan
from core.settings import load
from core.traces import TRACEPARENT, Role

T = TypeVar("T")
CHANGES, FETCH = ("tasks.report.deliver", "tasks.callbacks.call"), "tasks.scan.fetch"
MOST = 32  # hints that one message may speak for
MOST_WAITING = 1000  # scans with hints that were not sent
LONG_ENOUGH = 4  # characters of an e-mail address before the @ that name somebody

_wished: dict[str, list[str]] = {}  # by scan: where the hints come from that are not sent yet
_fetchable: dict[str, list[str]] = {}  # by scan: where the hints come from that it waits in the record
_told: dict[str, traces.Span] = {}  # by scan, while this process tells its thread


class Traced(Task):  # type: ignore[type-arg]  # generic in the stubs alone
    """Every task of ours: while it runs, its id and its scan's stand in every log entry; a task for a scan continues
    the trace of whoever sent it."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        task, scan = str(self.request.id), str(args[0]) if args else ""
        if not scan:
            with logs.bound(task=task):
                return super().__call__(*args, **kwargs)
        sent_by = (str((self.request.headers or {}).get(TRACEPARENT, "")),)
        with (
            logs.bound(task=task, scan=scan),
            traces.span(f"work {self.name}", Role.TAKES, carried=sent_by, task=task, scan=scan),
        ):
            if self.name == FETCH:
                _keep(_fetchable, scan, traces.carried())
            return super().__call__(*args, **kwargs)


@worker_init.connect
def _begin(sender: Any, **_: object) -> None:
    traces.set_up(load().otel_url, role_of(tuple(sender.app.amqp.queues.consume_from)))


@contextmanager
def sending(task: str, scan_id: str) -> Iterator[dict[str, str]]:
    """A message on its way into the queue; gives its headers. It continues the trace of who asks for it. The sweeper
    asks for itself: what it sends again begins a trace of its own, and the scan's id finds both."""
    asked_by = tuple(_wished.pop(scan_id, ())) if task in CHANGES else ()
    with traces.span(f"send {task}", Role.SENDS, carried=asked_by, scan=scan_id):
        carried = traces.carried()
        yield {TRACEPARENT: carried} if carried else {}


def forget(scan_id: str) -> None:
    """What was wished is nobody's to be told."""
    _wished.pop(scan_id, None)


def wished(scan_id: str) -> None:
    """Somebody wants a thread told. Several such wishes are sent as one hint, which then speaks for all of them."""
    _keep(_wished, scan_id, traces.carried())


def _keep(kept: dict[str, list[str]], scan_id: str, carried: str) -> None:
    if carried:
        if len(kept) > MOST_WAITING:
            kept.clear()
        waiting = kept.setdefault(scan_id, [])
        if carried not in waiting and len(waiting) < MOST:
            waiting.append(carried)


def fetched(work: Callable[[str], Awaitable[None]]) -> Callable[[str], Awaitable[None]]:
    """The work on a scan that was fetched out of the record. It continues the trace of the hint at it, where this
    process got that one; else it begins a trace of its own."""

    async def traced(scan_id: str) -> None:
        asked_by = tuple(_fetchable.pop(scan_id, ()))
        with logs.bound(scan=scan_id), traces.span("work fetched", Role.TAKES, carried=asked_by, scan=scan_id):
            await work(scan_id)

    return traced


async def of_run(scan: Scan, run: Run, work: Awaitable[T]) -> T:
    """The work on one run. In no entry written meanwhile is who is asked about, or who asks."""
    with (
        logs.bound(scan=scan.id, run=run.id, collector=run.collector),
        hidden(*_people(scan)),
        traces.span(f"run {run.collector}", scan=scan.id, run=run.id, collector=run.collector, round=run.round),
    ):
        return await work


def _people(scan: Scan) -> list[str]:
    target, people = scan.target, [scan.asker.name]
    if target.is_selector:
        people += [target.value, target.value.lstrip("+")]
    if target.kind is Kind.EMAIL and len(local := target.value.rpartition("@")[0]) >= LONG_ENOUGH:
        people.append(local)
    return people


@contextmanager
def telling(scan_id: str) -> Iterator[None]:
    """A thread is being told by this process, for whoever hinted first, and for those who do so meanwhile."""
    with traces.span("tell", scan=scan_id) as span:
        _told[scan_id] = span
        try:
            yield
        finally:
            del _told[scan_id]


def hinted(scan_id: str) -> None:
    """Another hint came for a thread that is being told."""
    if (span := _told.get(scan_id)) is not None:
        span.also(traces.carried())
