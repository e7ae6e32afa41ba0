"""A process of its own that looks where it is told, under a limit on its memory, and says what became of each look.

It reads cases as JSON from its input and writes one JSON line for each: `python -m tests.faults.looker < cases`.
"""

from __future__ import annotations

import asyncio
import json
import resource
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import structlog

import collectors
from collectors.declare import Collector, Findings, collector
from collectors.fetch import Fetch, Patience, Session, open_session
from collectors.run import look
from core.models import Finding, Kind, Target
from core.pace import LocalPace, Scaled
from tests.collectors.canned import DOCUMENTATION, sample_settings
from tests.servers import ROOT

ROOM = 192 * 1024 * 1024  # of address space beyond what the process had before it looked: more ends it
DEADLINE = 20.0
BETWEEN = 0.3  # seconds between two looks in one session: what a source sends unasked arrives in them


@dataclass(frozen=True, kw_only=True)
class Case:
    """One look: which collector at what, and where the servers are that answer it."""

    name: str
    collector: str = "asks_json"
    target: str = "example.com"
    url: str = "https://api.example.com/"  # what the sample collectors ask
    relay: int = 0  # the port all HTTP goes to; 0: each host is resolved and asked itself
    dns: int = 0
    whois: int = 0
    trust: str = ""  # a file with the one authority to trust
    deadline: float = DEADLINE
    patience: float = 10.0
    twice: bool = False  # look again at once, in the same session


@dataclass(frozen=True, kw_only=True)
class Became:
    """How it ended, and what it cost."""

    name: str
    outcome: str
    reason: str
    message: str
    found: list[str]
    late: float  # seconds after its deadline
    grown: int  # bytes of memory at the peak, beyond what was there before


def looked(alone: Sequence[Case], together: Sequence[Case] = ()) -> Mapping[str, Became]:
    """Let one process look at all of these, and give what became of each."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.looker"],
        cwd=ROOT,
        input=json.dumps([[asdict(each) for each in cases] for cases in (alone, together)]),
        capture_output=True,
        text=True,
        check=False,
    )
    became = [Became(**json.loads(line)) for line in done.stdout.splitlines()]
    assert done.returncode == 0, f"ended after {[each.name for each in became][-1:]}: {done.stderr[-3000:]}"
    return {each.name: each for each in became}


async def main() -> None:
    """Look case after case, then at the slow ones together: what they wait, they wait at once."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # the lines are for whoever asked
    collectors.known()
    await became(Case(name="warm", relay=1, deadline=1.0))  # what a process needs once is not any case's cost
    cases, together = json.loads(sys.stdin.read())
    for given in cases:
        _tell(await became(Case(**given)))
    slow = await asyncio.gather(*(became(Case(**given)) for given in together))
    for each in slow:
        _tell(each)


def _tell(became: Became) -> None:
    sys.stdout.write(json.dumps(asdict(became)) + "\n")
    sys.stdout.flush()


async def became(case: Case) -> Became:
    before = _peak_from_here()
    started = time.monotonic()
    found: list[str] = []

    async def keep(finding: Finding) -> None:
        found.append(finding.value[:200])

    settings = sample_settings(
        allow=(*DOCUMENTATION, "127.0.0.2/32"),
        sources_url=f"http://127.0.0.1:{case.relay}" if case.relay else "",
        dns_servers=(f"127.0.0.1:{case.dns or 1}",),
        whois_server=f"127.0.0.1:{case.whois or 1}",
    )
    patience = Patience(most=case.patience, dns_tries=(case.patience,), whois=case.patience, backoff=0.01)
    async with open_session(settings, Scaled(LocalPace(), 0.0), patience=patience, tls=_tls(case.trust)) as session:
        ended = await _ended(case, session, keep)
        if case.twice:
            await asyncio.sleep(BETWEEN)
            found.clear()
            ended = await _ended(case, session, keep)
    return Became(
        name=case.name,
        outcome=ended[0],
        reason=ended[1],
        message=ended[2],
        found=found[:20],
        late=time.monotonic() - started - case.deadline,
        grown=_peak() - before,
    )


async def _ended(case: Case, session: Session, keep: Callable[[Finding], Any]) -> tuple[str, str, str]:
    which = SAMPLES.get(case.collector) or collectors.known()[case.collector]
    target = Target(Kind.DOMAIN, case.target)
    URLS[target.value] = case.url
    fetch = session.fetch(which, target, deadline=case.deadline)
    try:
        seen = await look(which, target, fetch, keep, deadline=case.deadline)
    except Exception as error:  # noqa: BLE001  what a worker closes as "bug": the tests want to see it by name
        return "crashed", type(error).__name__, str(error)[:300]
    return str(seen.outcome), seen.reason, seen.message[:500]


URLS: dict[str, str] = {}


def _sample(function: Any) -> Collector:
    made: Collector = collector(
        title="Sample", accepts=[Kind.DOMAIN], yields=[Kind.DOMAIN], hosts=["*"], tells="nobody"
    )(function)
    return made


@_sample
async def asks_json(target: Target, fetch: Fetch) -> Findings:
    """Names in a JSON list."""
    reply = await fetch.json(URLS[target.value], expect=list, redirects=5)
    for each in reply.json()[:50]:
        yield reply.finding(Kind.DOMAIN, str(each), attribute=each)


@_sample
async def asks_little(target: Target, fetch: Fetch) -> Findings:
    """The same from an answer that must be short."""
    reply = await fetch.json(URLS[target.value], expect=list, cap=16_384)
    for each in reply.json():
        yield reply.finding(Kind.DOMAIN, str(each))


@_sample
async def asks_text(target: Target, fetch: Fetch) -> Findings:
    """One text."""
    reply = await fetch.get(URLS[target.value], redirects=5)
    if reply.text():
        yield reply.finding(Kind.DOMAIN, reply.text(), headers=dict(reply.headers))


@_sample
async def streams(target: Target, fetch: Fetch) -> Findings:
    """Names in a long JSON list, read while it arrives."""
    async with fetch.stream(URLS[target.value], cap=16 * 1024 * 1024) as reply:
        rows = 0
        last: Any = ""
        async for row in reply.items():
            rows, last = rows + 1, row
    if rows:
        yield reply.finding(Kind.DOMAIN, str(last)[:1000], rows=rows)


@_sample
async def asks_dns(target: Target, fetch: Fetch) -> Findings:
    """The records of a name, whatever they are."""
    reply = await fetch.dns(target.value, "A")
    for each in reply.message.answer:
        yield reply.finding(Kind.DOMAIN, each.to_text()[:1000])


SAMPLES = {each.name: each for each in (asks_json, asks_little, asks_text, streams, asks_dns)}


def _tls(trust: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=trust) if trust else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _peak_from_here() -> int:
    """Forget the peak so far (proc(5), clear_refs), bound the address space, and say what is in use now."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    resource.setrlimit(resource.RLIMIT_AS, (_status("VmSize") + ROOM, resource.RLIM_INFINITY))
    return _status("VmRSS")


def _peak() -> int:
    return _status("VmHWM")


def _status(line: str) -> int:
    text = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(each for each in text.splitlines() if each.startswith(line + ":")).split()[1]) * 1024


if __name__ == "__main__":
    asyncio.run(main())
