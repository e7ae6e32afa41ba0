"""A worker whose memory is limited, among sources that lie: it survives them all, and its other scans end as ever."""

from __future__ import annotations

import gzip
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.breaking import ask, assert_told_once, ended
from tests.faults.liars import Liars, Lie
from tests.faults.liars_http import BOMB, JSON, certificates, ok
from tests.running import Gumshoe
from tests.servers import Redis, Sandbox, Sources

ROOM = 400 * 1024 * 1024  # bytes of data beyond what the worker has when it is idle; the stacks of threads take 100
BESIDE = "C0CASE17"
PACKED = JSON + b"Content-Encoding: gzip\r\n"
LIES = {
    b"example.org": ok(gzip.compress(b'[{"a":[' + b"[]," * 6_000_000), PACKED),
    b"example.net": ok(gzip.compress(certificates(250, 1500)), PACKED),
    b"example.com": ok(gzip.compress(b"[" + b"{}," * 6_000_000), PACKED),
}


def lied(question: bytes) -> bytes:
    """To crt.sh a bomb of another kind for each name, to everybody else 300 MB of zeros."""
    for name, lie in LIES.items():
        if b"host: crt.sh" in question.lower() and name in question:
            return lie
    return ok(BOMB, PACKED)


@pytest.fixture(scope="module")
def gumshoe(tmp_path_factory: pytest.TempPathFactory, redis_server: Redis, sources: Sources) -> Iterator[Gumshoe]:
    """The whole system, whose HTTP sources all lie; names and port 43 are answered honestly."""
    with Liars() as liars, Sandbox() as sandbox:
        url = f"http://127.0.0.1:{liars.tcp(Lie(made=lied)).port}"
        folder = tmp_path_factory.mktemp("system")
        with Gumshoe(folder, redis_server, sandbox, sources, SOURCES_URL=url, RUN_LEASE="30") as running:
            yield running


@pytest.mark.fault(
    "Every HTTP source of a worker with little memory sends bombs", keeps=("lost", "twice", "honest", "bounds")
)
def test_a_worker_with_little_memory_survives_all_bombs_and_ends_its_scans(gumshoe: Gumshoe) -> None:
    ended(gumshoe, ask(gumshoe, "example.com collectors=dns"))  # by now it has opened what it keeps open
    worker = gumshoe.parts["worker"].process
    most = memory(worker.pid, "VmData") + ROOM
    resource.prlimit(worker.pid, resource.RLIMIT_DATA, (most, most))
    bombed = [ask(gumshoe, f"{name.decode()} collectors=crtsh,whois fresh") for name in LIES]
    others = [
        ask(gumshoe, f"{name} collectors=dns fresh", channel=BESIDE) for name in ("192.0.2.10", "www.example.com")
    ]

    for scan_id in others:
        scan = ended(gumshoe, scan_id)
        assert {str(run.outcome) for run in scan.runs} <= {"found", "nothing"}
        assert_told_once(gumshoe, scan, channel=BESIDE)
    for scan_id in bombed:
        scan = ended(gumshoe, scan_id)
        assert {run.reason for run in scan.runs} <= {"truncated", "too_large"}
        assert {run.attempt for run in scan.runs} == {1}
        assert_told_once(gumshoe, scan)
    assert gumshoe.parts["worker"].process is worker
    assert worker.poll() is None
    assert "MemoryError" not in gumshoe.parts["worker"].output()


def memory(pid: int, line: str) -> int:
    """A line of /proc/<pid>/status in bytes."""
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(next(each for each in text.splitlines() if each.startswith(f"{line}:")).split()[1]) * 1024
