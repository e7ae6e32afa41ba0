"""What a burglar would find: processes without rights, stand-ins that talk to this machine alone, units with walls."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from itertools import takewhile
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.faults.breaking import ask, assert_told_once, ended
from tests.running import Gumshoe
from tests.servers import HOST, ROOT, Part, Postgres, Redis, Sandbox, Sources, free_port, until

NOBODY = 10001  # the image's user
UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))
MOST_EXPOSED = 20  # of 100, as systemd counts; 9.6 of 10 is a service without any wall
WALLS = {  # the score alone would let one of these go
    *("NoNewPrivileges=yes", "CapabilityBoundingSet=", "DynamicUser=yes", "ProtectSystem=strict", "ProtectHome=yes"),
    *("PrivateTmp=yes", "PrivateDevices=yes", "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX", "LimitCORE=0"),
    *("MemoryDenyWriteExecute=yes", "SystemCallFilter=@system-service", "SystemCallFilter=~@privileged @resources"),
}
ELSEWHERE = ("0.0.0.0", "::", "192.0.2.1", "127.0.0.1.example.com")


def compose() -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    return services


@pytest.mark.fault("Somebody runs code of theirs in a container", keeps=("in",))
def test_containers_have_no_privilege_to_take() -> None:
    for name, service in compose().items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        forbidden = {"privileged", "devices", "pid", "ipc", "network_mode", "userns_mode"}
        assert forbidden.isdisjoint(service), name
        mounted = [each for each in service.get("volumes", []) if each.startswith((".", "/", "~"))]
        assert all(each.startswith("./deploy/") and each.endswith(":ro") for each in mounted), f"{name} mounts the host"
        assert service["read_only"] is True
        assert service["ulimits"]["core"] == 0
        assert 0 < service["pids_limit"] <= 512
    assert {name: service["cap_add"] for name, service in compose().items() if "cap_add" in service} == {
        "caddy": ["NET_BIND_SERVICE"]
    }
    ours = [service for service in compose().values() if str(service["image"]).startswith("gumshoe:")]
    assert len(ours) == 4
    assert {str(service["tmpfs"]) for service in ours} == {"['/tmp:noexec,nosuid,nodev,size=64m']"}


@pytest.mark.fault("Somebody runs code of theirs in the image", keeps=("in",))
def test_the_image_runs_as_nobody_and_holds_no_secret() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    for stage, user in (("flower", NOBODY + 1), ("gumshoe", NOBODY)):
        first = next(number for number, line in enumerate(lines) if line.endswith(f" AS {stage}"))
        own = list(takewhile(lambda line: not line.startswith("FROM"), lines[first + 1 :]))
        assert [line.split()[1] for line in own if line.startswith("USER")] == [str(user)]  # a number: plainly not root
        after = own[own.index(f"USER {user}") :]
        assert not any(line.startswith(("RUN", "COPY", "ADD")) for line in after)
    assert not any(re.search(r"(?i)(token|secret|password|key)\s*=", line) for line in lines)
    assert not any(line.startswith("ADD") for line in lines)
    copied = {word for line in lines if line.startswith("COPY") and "--from" not in line for word in line.split()[1:-1]}
    assert {each for each in copied if not each.startswith("deploy/flower/")} == {
        *("core", "collectors", "tasks", "bot", "requirements.txt")  # no .env, no sandbox, no tests
    }


@pytest.mark.fault("A systemd unit is wrong, or leaves a door open", keeps=("in",))
def test_systemd_units_are_valid_and_walled_in(tmp_path: Path) -> None:
    units = tmp_path / "units"
    shutil.copytree(ROOT / "deploy" / "systemd", units)
    for unit in units.glob("*.service"):  # where this machine has a Python
        unit.write_text(unit.read_text(encoding="utf-8").replace("/opt/gumshoe/.venv/bin/python", sys.executable))
    named = [str(path) for path in sorted(units.glob("gumshoe*.*")) if path.is_file()]
    assert len(named) == 6
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *named], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stdout, verified.stderr) == (0, "", "")
    walls = (units / "gumshoe-.service.d" / "walls.conf").read_text(encoding="utf-8").splitlines()
    assert set(walls) >= WALLS
    for unit in units.glob("*.service"):
        words = [
            "systemd-analyze",
            "security",
            "--offline=true",
            f"--threshold={MOST_EXPOSED}",
            "--no-pager",
            str(unit),
        ]
        measured = subprocess.run(words, capture_output=True, text=True, check=False)
        assert measured.returncode == 0, measured.stdout[-300:]


@pytest.mark.fault("A unit hands a process a secret that it does not need", keeps=("in",))
def test_a_unit_gets_its_own_secrets_as_files_and_no_others() -> None:
    given = {unit.stem: set(re.findall(r"^LoadCredential=(\w+):", unit.read_text(), re.MULTILINE)) for unit in UNITS}
    assert given["gumshoe-beat"] == {"redis_url"}
    assert "certspotter_key" not in given["gumshoe-notifier"]
    assert "slack_app_token" not in given["gumshoe-worker"] | given["gumshoe-notifier"]


class Confined(Gumshoe):
    """All parts as in the container: no rights, nothing to write but their data."""

    def __init__(self, folder: Path, redis: Redis, sandbox: Sandbox, sources: Sources, **settings: str) -> None:
        super().__init__(folder, redis, sandbox, sources, PYTHONDONTWRITEBYTECODE="1", **settings)
        confine = [str(ROOT / "tests" / "faults" / "confine.sh"), str(NOBODY), sys.base_prefix, str(folder)]
        self.through = ["unshare", "--mount", "--propagation", "private", *confine]
        if os.geteuid() != 0:
            self.through = ["setpriv", "--no-new-privs"]  # only root can build the walls; its own rights are gone

    def can(self, *words: str) -> bool:
        """Whether such a part could do this."""
        return subprocess.run([*self.through, *words], cwd=ROOT, capture_output=True, check=False).returncode == 0


@pytest.fixture
def confined(
    tmp_path_factory: pytest.TempPathFactory, redis_server: Redis, sources: Sources, postgres: Postgres
) -> Iterator[Confined]:
    folder = tmp_path_factory.mktemp("confined")
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    database = {"DATABASE_URL": postgres.new_database()}
    with Sandbox() as sandbox, Confined(folder, redis_server, sandbox, sources, **database) as running:
        yield running


@pytest.mark.fault("Every process runs without any right, in a system it cannot write to", keeps=("in", "lost"))
def test_a_scan_is_seen_through_by_processes_that_may_do_nothing_else(confined: Confined) -> None:
    assert_told_once(confined, ended(confined, ask(confined, "example.com")))
    for name in ("bot", "worker", "notifier", "beat"):
        status = Path(f"/proc/{confined.parts[name].process.pid}/status").read_text(encoding="ascii")
        read = dict(re.findall(r"^(\w+):\s+(.*)$", status, re.MULTILINE))
        assert read["NoNewPrivs"] == "1", name
        assert int(read["CapEff"], 16) == 0, name
        if os.geteuid() == 0:
            assert set(read["Uid"].split()) == {str(NOBODY)}, name
            assert int(read["CapBnd"], 16) == 0, name
            assert not any("Permission" in line for line in confined.parts[name].output().splitlines())
    if os.geteuid() == 0:
        tried = {path: confined.can("touch", f"{path}/x") for path in (ROOT, "/etc", "/usr", "/var", sys.base_prefix)}
        assert set(tried.values()) == {False}
        assert confined.can("touch", "/tmp/x")
        assert not confined.can("sh", "-c", "cp /bin/true /tmp/x && /tmp/x")
        assert not confined.can("mount", "-o", "remount,bind,rw", "/")


@pytest.mark.fault("Somebody starts the stand-ins where others can reach them", keeps=("in",))
def test_the_stand_ins_listen_on_loopback_only() -> None:
    refused = [(which, host) for which in ("slack", "sources") for host in ELSEWHERE]
    words = [[sys.executable, "-m", "sandbox", which, "--host", host] for which, host in refused]
    with ThreadPoolExecutor(4) as pool:
        stopped = list(pool.map(_run, words))
    assert {(done.returncode, "loopback only" in done.stderr) for done in stopped} == {(1, True)}


def _run(words: list[str]) -> subprocess.CompletedProcess[str]:
    # Not forked: several threads at once would ask the one server of forks.
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.fault("A demo is started with settings that would open it to the network", keeps=("in",))
def test_a_demo_listens_on_loopback_whatever_is_set(tmp_path: Path) -> None:
    settings = {"HTTP_HOST": "0.0.0.0", "DATA_DIR": str(tmp_path), "HTTP_PORT": str(free_port())}
    part = Part("local", ["env", sys.executable, "-m", "bot", "local", "--demo"], tmp_path, env=settings)
    try:
        part.wait_for("Gumshoe is ready", within=60)
        pids = family(part.process.pid)
        places = listening(pids)
        lines = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids]
    finally:
        part.signal(signal.SIGTERM)
        part.process.wait(20)
    assert len(places) >= 5  # Redis, the page, three sources, the bot
    assert {place for place in places if not ip_address(place).is_loopback} == set()
    assert [line for line in lines if b"xoxb-" in line or b"xapp-" in line] == []


def family(pid: int) -> set[int]:
    """A process and all that it started."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it ended meanwhile
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def listening(pids: set[int]) -> list[str]:
    """The addresses on which these processes wait for connections or packets."""
    inodes = set()
    for pid in pids:
        for handle in Path(f"/proc/{pid}/fd").glob("*"):
            try:
                inodes.add(os.readlink(handle))
            except OSError:
                continue  # closed meanwhile
    found = []
    for table, waits in (("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07")):
        for line in Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
            columns = line.split()
            if columns[3] == waits and f"socket:[{columns[9]}]" in inodes:
                raw = bytes.fromhex(columns[1].partition(":")[0])
                words = [raw[at : at + 4][::-1] for at in range(0, len(raw), 4)]
                found.append(str(ip_address(b"".join(words))))
    return found


@pytest.mark.fault("A web page that a developer visits talks to the stand-ins on their machine", keeps=("in",))
def test_other_web_pages_cannot_use_the_stand_ins(sources: Sources) -> None:
    with Sandbox() as sandbox:
        here = f"{HOST}:{sandbox.port}"
        command = {"user": "U0ADA", "channel": "C0GENERAL", "text": "hello"}
        strangers = [
            {"Host": "evil.test"},  # a name of theirs that points here
            {"Host": f"evil.test:{sandbox.port}"},
            {"Host": f"127.0.0.1.evil.test:{sandbox.port}"},
            {"Origin": "https://evil.test"},
            {"Origin": "null"},
            {"Origin": f"http://{HOST}:1"},  # another page of this machine
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
        ]
        for headers in strangers:
            for path in ("message", "reset", "token"):
                # As text: a browser sends that across sites without asking first.
                answer = httpx.post(f"{sandbox.url}/control/{path}", content=str(command), headers=headers)
                assert answer.status_code == 403, headers
            assert httpx.get(f"{sandbox.url}/api/auth.test?token=xoxb-sandbox-bot", headers=headers).status_code == 403
            assert httpx.post(f"{sources.url}/control/reset", headers=headers).status_code == 403, headers
        assert sandbox.messages() == []
        mine = {"Origin": f"http://{here}", "Sec-Fetch-Site": "same-origin"}
        assert httpx.post(f"{sandbox.url}/control/message", json=command, headers=mine).status_code == 200
        linked = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
        assert httpx.get(f"{sandbox.url}/", headers=linked).status_code == 200
        assert httpx.get(f"http://localhost:{sandbox.port}/").status_code == 200
        until("the message to stand there", sandbox.messages)
