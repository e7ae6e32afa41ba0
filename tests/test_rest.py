"""The REST API of the running whole: its guide's examples, and scans that no thread in Slack belongs to."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.callers import SERVICE, Scope
from core.models import Outcome
from tests.running import Gumshoe
from tests.servers import HOST, ROOT, Redis, Sandbox, Sources, until

GUIDE = (ROOT / "docs" / "how-to" / "use-the-rest-api.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
OURS = ("python -m bot token", "export GUMSHOE")  # what somebody does before: the test has done it


@pytest.fixture(scope="module")
def gumshoe(tmp_path_factory: pytest.TempPathFactory, redis_server: Redis, sources: Sources) -> Iterator[Gumshoe]:
    folder = tmp_path_factory.mktemp("rest")
    with Sandbox() as sandbox, Gumshoe(folder, redis_server, sandbox, sources) as running:
        yield running


@pytest.fixture(scope="module")
def surroundings(gumshoe: Gumshoe) -> dict[str, str]:
    """What the guide has one set."""
    _, text = gumshoe.store.tokens.create(
        team="T0SANDBOX",
        user=f"{SERVICE}case-importer",
        name="the guide",
        scopes=[Scope.SCAN],
        lasts=timedelta(hours=1),
        by="a test",
    )
    return {"GUMSHOE": f"http://{HOST}:{gumshoe.port}/api/v1", "TOKEN": text}


def run(words: list[str], folder: Path, surroundings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    env = surroundings | {"PATH": "/usr/local/bin:/usr/bin:/bin"}
    return subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False)


def test_the_guides_shell_examples_do_what_it_says(
    gumshoe: Gumshoe, surroundings: dict[str, str], tmp_path: Path
) -> None:
    shown = [code for language, code in BLOCKS if language == "bash" and not code.startswith(OURS)]
    assert len(shown) == 7
    script = "set -euo pipefail\n" + "echo\n".join(shown)
    done = run(["bash", "-c", script], tmp_path, surroundings)
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"status":"PENDING"' in done.stdout
    assert '"accepted":3' in done.stdout
    assert '"next_cursor":"' in done.stdout
    assert '"status":"REVOKED"' in done.stdout or '"stopped":false' in done.stdout
    assert '"verdict":{"verdict":"false","by":"service:case-importer"' in done.stdout
    assert '"cases":[]' in done.stdout
    assert "she asked us to look" in [scan.reason for scan in gumshoe.scans()]
    tags = [scan.tag for scan in gumshoe.scans()]
    assert tags.count("case-17") == 4


def test_the_guides_python_example_does_what_it_says(surroundings: dict[str, str], tmp_path: Path) -> None:
    ((_, code),) = [block for block in BLOCKS if block[0] == "python"]
    done = run([sys.executable, "-c", code], tmp_path, surroundings)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^Done: 1 collector answered; \d+ findings\.$", done.stdout, re.MULTILINE)
    assert "ip 192.0.2." in done.stdout


def test_a_scan_without_a_channel_runs_ends_and_is_asked_again_and_nobody_posts(
    gumshoe: Gumshoe, surroundings: dict[str, str]
) -> None:
    said = len(gumshoe.sandbox.calls("chat.postMessage"))
    with httpx.Client(
        base_url=surroundings["GUMSHOE"], headers={"Authorization": f"Bearer {surroundings['TOKEN']}"}
    ) as api:
        task_id = api.post("/scan", json={"target": "example.org"}).json()["task_id"]

        def ended(number: int) -> Any:
            body = api.get(f"/scan/{task_id}").json()
            return body if body["finished_at"] and body["round"] == number else None

        first = until("the scan to end", lambda: ended(1))
        assert first["status"] == "SUCCESS"
        assert {run["outcome"] for run in first["runs"]} <= {str(Outcome.FOUND), str(Outcome.NOTHING)}
        assert api.post(f"/scan/{task_id}/rerun").status_code == 202
        assert until("the second round to end", lambda: ended(2))["status"] == "SUCCESS"
        gumshoe.sources.behave(host="crt.sh", kind="hang")
        third = api.post(f"/scan/{task_id}/rerun", json={"which": "crtsh"})
        assert third.status_code == 202, third.text
        until("it to be begun", lambda: api.get(f"/scan/{task_id}").json()["status"] != "PENDING")
        assert api.delete(f"/scan/{task_id}").json()["stopped"]
        assert until("it to stop", lambda: ended(3))["status"] == "REVOKED"
        health = api.get("/health")
        assert (health.status_code, health.json()["status"]) == (200, "ok"), health.text
    gumshoe.sources.reset()
    assert len(gumshoe.sandbox.calls("chat.postMessage")) == said
    assert gumshoe.store.scans.get(task_id).undelivered == ""
    assert gumshoe.store.desk.said(task_id) == {}
