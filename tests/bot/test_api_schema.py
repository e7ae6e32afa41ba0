"""Schemathesis at the running API: whatever fits the OpenAPI document, or just does not, is answered as it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from bot.web.api import doors
from core.callers import Scope
from tests.bot.api import Program
from tests.bot.conftest import Start

PLENTY = dict.fromkeys(("api_requests_per_minute", "user_scans_per_minute", "bulk_scans_per_minute"), 1_000_000)
# A text that fits the shape may name nothing that can be looked up; a key may have been used before; no worker runs;
# DELETE stops a scan, and the record keeps it.
CHECKS = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", 403, 404, 409, 422, 503]
[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", 503]
[checks.use_after_free]
enabled = false
"""
EXAMPLES = "3"


def test_schemathesis_finds_nothing(start_bot: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "GUESSES", 1_000_000)  # a stranger at each address of ours, several times in a minute
    boss = Program(start_bot(**PLENTY), scopes=(Scope.ADMIN,))
    boss.scan(type="dns")
    (tmp_path / "checks.toml").write_text(CHECKS, encoding="utf-8")
    program = str(Path(sys.executable).with_name("schemathesis"))
    url = f"{boss.url.removesuffix('/api/v1')}/openapi.json"
    words = [program, "--config-file", "checks.toml", "run", url, "--max-examples", EXAMPLES, "--seed", "1"]
    words += ["--no-color", "--phases", "examples,fuzzing", "--header", f"Authorization: Bearer {boss.text}"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-1000:]
    paths = httpx.get(url).json()["paths"].values()
    operations = sum(method in {"get", "post", "put", "patch", "delete"} for path in paths for method in path)
    assert f"Tested: {operations}" in done.stdout
