"""What traces and blanking cost: a span off and on beside an empty `with`, an entry beside bare JSON, in turn.

python -m benchmarks.traces [--rounds 5]
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from io import StringIO
from statistics import median

import click
import structlog

from benchmarks.figures import machine, table
from core import traces
from core.blanks import Blanks, hidden
from core.logs import bound, formatter, steps
from tests.otlp import Collector

TIMES = 3000
ENTRY = {"run": "ab2cd3ef-1-crtsh", "scan": "ab2cd3ef", "collector": "crtsh", "outcome": "found", "reason": ""}


@click.command()
@click.option("--rounds", default=5)
def main(rounds: int) -> None:
    """Print microseconds and ratios, each the median of all rounds."""
    print(machine())
    blanked = _logger(Blanks(("canary-secret", "another-secret")))
    bare = logging.getLogger("bare")
    bare.handlers, bare.propagate = [logging.StreamHandler(StringIO())], False
    bare.setLevel(logging.INFO)

    def off_or_on() -> None:
        with traces.span("run crtsh", scan="ab2cd3ef", run="ab2cd3ef-1-crtsh", collector="crtsh", round=1):
            traces.note(outcome="found", cached=False)

    def nothing() -> None:
        with nullcontext():
            pass

    def entry() -> None:
        with bound(scan="ab2cd3ef"), hidden("ada@example.com"):
            blanked.info("run closed", **ENTRY)

    def bare_json() -> None:
        bare.info(json.dumps({"event": "run closed", **ENTRY}))

    before = {"empty with": nothing, "span, off": off_or_on, "bare JSON": bare_json, "entry": entry}
    figures: dict[str, list[float]] = {name: [] for name in before}
    for _ in range(rounds):
        for name, work in before.items():
            figures[name].append(_microseconds(work))
    with Collector() as collector:
        traces.set_up(collector.url, "benchmark")
        figures |= {"span, on": [], "entry, traced": []}
        for _ in range(rounds):
            figures["span, on"].append(_microseconds(off_or_on))
            with traces.span("scan"):
                figures["entry, traced"].append(_microseconds(entry))
        traces.close()
    floor, line = median(figures["empty with"]), median(figures["bare JSON"])
    rows = [
        (name, f"{median(each):.2f}", f"{median(each) / (line if 'entry' in name or 'JSON' in name else floor):.1f}")
        for name, each in figures.items()
    ]
    print(table(("what", "us each", "times its floor"), rows))


def _logger(blanks: Blanks) -> structlog.stdlib.BoundLogger:
    sink = logging.StreamHandler(StringIO())
    sink.setFormatter(formatter(blanks))
    library = logging.getLogger("blanked")
    library.handlers, library.propagate = [sink], False
    library.setLevel(logging.INFO)
    logger: structlog.stdlib.BoundLogger = structlog.wrap_logger(
        library,
        processors=[*steps(blanks), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    return logger


def _microseconds(work: Callable[[], None]) -> float:
    begun = time.process_time()
    for _ in range(TIMES):
        work()
    return (time.process_time() - begun) / TIMES * 1e6


if __name__ == "__main__":
    sys.exit(main())
