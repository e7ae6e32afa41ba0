"""Hostile files: each ends as a clear outcome in bounded memory and time, and its reader may do nothing."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from collectors.doors import bench
from collectors.doors.bench import ROOT, Bench, report
from collectors.doors.reply import offline
from collectors.files import detect, limits
from collectors.files.telling import findings, hashes
from core.errors import SourceError, SourceTimeout, TooLarge, UnreadableFile
from core.models import Confidence, Fact
from tests.collectors import file_samples as samples
from tests.servers import until

MOST_KIB = limits.MEMORY // 1024  # of a reader over any of these files; some want a gigabyte, some more


@pytest.mark.parametrize(
    ("sample", "reason"),
    [
        (samples.pixel_bomb, "too_large"),
        (samples.gif_bomb, "too_large"),
        (samples.text_bomb, "too_large"),
        (samples.zip_bomb, "too_large"),
        (samples.pdf_of_streams, "too_large"),
        (samples.pdf_of_boxes, "unreadable_file"),
        (lambda: samples.docx(core=samples.LAUGHS), "unreadable_file"),
        (lambda: samples.docx(core=samples.XXE), "unreadable_file"),
        (lambda: samples.docx(core=b"<a>" * 200_000), "too_large"),
        (lambda: samples.docx(core=b"<a>" * 30_000), "unreadable_file"),
        (lambda: samples.jpeg(xmp=samples.LAUGHS), "unreadable_file"),
        (lambda: samples.jpeg()[:1500], "unreadable_file"),
        (lambda: samples.pdf()[:300], "unreadable_file"),
        (lambda: samples.docx()[:-200], "unreadable_file"),
        (lambda: samples.ole()[:900], "unreadable_file"),
        (samples.gzip_bomb, "too_large"),
        (lambda: samples.pdf(password="x"), "unreadable_file"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
async def test_a_hostile_or_broken_file_ends_clearly_and_cheaply(sample: object, reason: str) -> None:
    assert callable(sample)
    told = await Bench().read(sample(), within=30)
    assert reason in [each for each, _ in told.gaps]
    assert 0 < told.peak_kib < MOST_KIB


async def test_a_file_that_reads_another_file_is_told_nothing() -> None:
    told = await Bench().read(samples.docx(core=samples.XXE), within=30)
    assert "root:" not in repr(told)
    assert "XML that unfolds" in [each.value for each in told.traces]


async def test_what_two_programs_read_differently_is_named() -> None:
    told = await Bench().read(samples.polyglot(), within=30)
    assert told.also == ("application/zip",)
    assert "also a ZIP file" in [each.value for each in told.traces if each.kind == Fact.POSTURE]
    assert detect.others(b"GIF89a/*" + b"<script>x</script>", "image/gif") == ["text/html"]
    assert detect.others(b"\xff\xd8\xff %PDF-1.4", "image/jpeg") == ["application/pdf"]
    assert detect.others(samples.jpeg(), "image/jpeg") == []


def confined(words: str) -> subprocess.CompletedProcess[str]:
    """Python that has entered the child's limits and then does something."""
    code = f"import sys, os, socket\nsys.path.insert(0, {ROOT!r})\nfrom collectors.files import limits\n"
    code += "print(limits.enter())\n"
    return subprocess.run(
        [sys.executable, "-I", "-B", "-c", code + words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={},
        cwd="/",
    )


def test_all_limits_are_granted_here() -> None:
    done = confined("")
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("socket.socket(socket.AF_INET, socket.SOCK_STREAM)", "PermissionError"),
        ("socket.socketpair()", "PermissionError"),
        ("socket.socket(socket.AF_UNIX)", "PermissionError"),
        ("x = bytearray(600 * 1024 * 1024)", "MemoryError"),
        ("os.setresuid(0, 0, 0)", "PermissionError"),
        ("open('/etc/shadow').read()", "PermissionError"),
        ("open('/etc/passwd').read()", "PermissionError"),
        ("os.listdir('/tmp')", "PermissionError"),
        ("open(f'/proc/{os.getppid()}/cmdline').read()", "PermissionError"),
        ("os.mkdir('/tmp/gumshoe-test-of-walls')", "PermissionError"),
        ("os.kill(os.getppid(), 0)", "PermissionError"),
        ("os.write(os.open('/tmp/gumshoe-test-of-limits', os.O_CREAT | os.O_WRONLY), b'x')", "OSError"),
        ("fd = os.memfd_create('x'); os.write(fd, b'x')", "OSError"),
        ("[os.dup(0) for _ in range(200)]", "OSError"),
    ],
)
def test_the_reader_may_do_nothing(words: str, error: str) -> None:
    done = confined(f"try:\n    {words}\nexcept {error} as trouble:\n    print('refused', type(trouble).__name__)\n")
    assert "refused" in done.stdout, (done.stdout, done.stderr)
    Path("/tmp/gumshoe-test-of-limits").unlink(missing_ok=True)


def test_computing_for_ever_ends() -> None:
    done = confined("import resource; print(resource.getrlimit(resource.RLIMIT_CPU))")
    assert done.stdout.splitlines()[-1] == f"({limits.CPU}, {limits.CPU + 1})"


def replaced_by(monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    """A reader that was taken over, or broke."""
    monkeypatch.setattr(bench, "START", f"import os, sys, time, subprocess, signal\n{words}")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("sys.stdout.write('x' * 3_000_000)", TooLarge),
        ("print('[1, 2]')", UnreadableFile),
        ("print('{\"traces\": 7}')", UnreadableFile),
        ("print('[' * 100_000)", UnreadableFile),
        ("sys.exit(1)", UnreadableFile),
        ("os.abort()", UnreadableFile),
        ("os.kill(os.getpid(), signal.SIGXCPU)", TooLarge),
        ("os.kill(os.getpid(), signal.SIGKILL)", TooLarge),
    ],
)
async def test_a_reader_that_breaks_or_lies_is_a_clear_error(
    monkeypatch: pytest.MonkeyPatch, words: str, error: type[SourceError]
) -> None:
    replaced_by(monkeypatch, words)
    with pytest.raises(error):
        await Bench().read(b"x", within=30)


async def test_a_reader_that_hangs_is_ended_with_all_it_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pids = tmp_path / "pids"
    replaced_by(monkeypatch, HANGS.format(path=str(pids)))
    with pytest.raises(SourceTimeout):
        await Bench(wait=1.5).read(b"x", within=30)
    await gone(pids)


async def test_a_cancelled_run_ends_its_reader(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    replaced_by(monkeypatch, HANGS.format(path=str(pids)))
    reading = asyncio.create_task(Bench().read(b"x", within=30))
    await asyncio.to_thread(until, "the reader to run", lambda: pids.exists() and pids.read_text().endswith("\n"))
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await gone(pids)


HANGS = (
    "other = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    "with open({path!r}, 'w') as told:\n    told.write(str(os.getpid()) + ' ' + str(other.pid) + '\\n')\n"
    "time.sleep(600)"
)


async def gone(pids: Path) -> None:
    """Wait until all of these processes have ended."""
    await asyncio.to_thread(until, "the reader to end", lambda: not any(map(alive, pids.read_text().split())))


def alive(pid: str) -> bool:
    """Whether it runs; a dead one that nobody has waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def test_no_more_than_two_files_are_read_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    here = str(tmp_path)
    os.mkfifo(tmp_path / "go")  # whoever has begun waits until the test lets it end
    replaced_by(
        monkeypatch,
        f"mine = os.path.join({here!r}, 'p' + str(os.getpid()))\nos.mkdir(mine)\n"
        f"os.read(os.open({here!r} + '/go', os.O_RDONLY), 1)\n"
        f"count = len([n for n in os.listdir({here!r}) if n.startswith('p')])\nos.rmdir(mine)\n"
        "print('{\"traces\": [], \"peak_kib\": ' + str(count) + '}')",
    )
    shared, gate = Bench(), os.open(tmp_path / "go", os.O_RDWR)
    reading = [asyncio.create_task(shared.read(b"x", within=60)) for _ in range(5)]
    begun = partial(until, "two to be reading", lambda: len(list(tmp_path.glob("p*"))) >= bench.AT_ONCE)
    await asyncio.to_thread(begun)
    os.write(gate, b"x" * len(reading))
    told = await asyncio.gather(*reading)
    os.close(gate)
    assert max(each.peak_kib for each in told) == bench.AT_ONCE


async def test_the_reader_inherits_no_environment_and_no_open_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-invented")
    replaced_by(
        monkeypatch,
        "import json; print(json.dumps({'traces': [], 'remarks': [k for k in os.environ if k != 'LC_CTYPE'] + "
        "['fd' + n for n in os.listdir('/proc/self/fd') if int(n) > 3] + [os.getcwd()]}))",
    )
    told = await Bench().read(b"x", within=30)
    assert told.remarks == ("/",)


def test_what_a_reader_answers_is_cut_and_sifted() -> None:
    told = report(
        json.dumps(
            {
                "detected": "<!channel>",
                "also": ["a b", "text/html"] * 10,
                "properties": {"x" * 500: "y" * 5000, "n": None, "d": {}, "l": ["z" * 5000] * 500},
                "traces": [{"kind": "scan", "value": "x"}, {"kind": "person", "value": ""}, {"kind": "person"}, 7]
                + [{"kind": "person", "value": f"P{n}", "a" * 99: "x", "role": "r" * 5000} for n in range(2000)],
                "gaps": [{"reason": "bug", "sentence": "x"}, {"reason": "too_large", "sentence": "y" * 900}],
            }
        ).encode()
    )
    assert told.detected == ""
    assert all(len(each) <= 80 for each in told.properties)
    assert len(told.traces) <= bench.MOST
    assert all(set(each.attributes) <= {"role"} and len(each.attributes["role"]) <= 1000 for each in told.traces)
    assert told.gaps == (("too_large", "y" * 300),)


def test_a_reader_says_nothing_about_a_finding_that_is_ours_to_say() -> None:
    lies = {
        "confidence": "high",
        "last_seen": "now",
        "context": "x",
        "file": "x",
        "cut": 1,
        "self": 1,
        "role": "author",
    }
    told = report(json.dumps({"traces": [{"kind": "person", "value": "Ada Example", **lies}]}).encode())
    reply = offline("metadata", "Sample", "file:sample", "")
    (found,) = [
        each for each in findings(reply, told, hashes(b""), value="a", name="a", page="") if each.kind == "person"
    ]
    assert found.confidence is Confidence.MODERATE
    assert found.attributes == {"role": "author", "file": "a", "field": []}
    assert found.last_seen is None


async def test_it_works_under_the_threads_of_a_worker_and_from_any_folder(tmp_path: Path) -> None:
    before = Path.cwd()
    os.chdir(tmp_path)
    try:
        told = await asyncio.to_thread(lambda: asyncio.run(Bench().read(samples.jpeg(), within=30)))
    finally:
        os.chdir(before)
    assert "Ada Example" in [each.value for each in told.traces]
