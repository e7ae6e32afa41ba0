"""The programs in the guide to watching live do what it says."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from core.callbacks import callback_key, signed
from core.models import Outcome
from tests.bot.conftest import lasting_bot, redis_url, workspace
from tests.bot.listening import Bot
from tests.bot.watching import token
from tests.collectors.canned import sample_settings
from tests.core.stores import claimed, finding, opened
from tests.servers import ROOT

__all__ = ["lasting_bot", "redis_url", "workspace"]  # fixtures

GUIDE = ROOT / "docs" / "how-to" / "watch-scans-live.md"
PROGRAM = re.compile(r"```python\n# (\w+\.py)\n(.*?)```", re.DOTALL)


@pytest.fixture
def programs() -> dict[str, str]:
    return dict(PROGRAM.findall(GUIDE.read_text(encoding="utf-8")))


def test_the_watching_program_prints_what_is_found(lasting_bot: Bot, programs: dict[str, str], tmp_path: Path) -> None:
    scan = opened(lasting_bot.store, "dns")
    assert lasting_bot.store.runs.close(claimed(lasting_bot.store, scan), Outcome.FOUND, findings=[finding()])
    (tmp_path / "watch.py").write_text(programs["watch.py"], encoding="utf-8")
    url = lasting_bot.url.replace("http", "ws", 1).replace("/slack/events", "/api/v1/ws")
    words = [sys.executable, str(tmp_path / "watch.py"), url, token(lasting_bot.store), scan.id]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout == "dns 192.0.2.10\n"


def test_the_verifying_program_believes_our_signature_and_no_other(programs: dict[str, str]) -> None:
    there: dict[str, Any] = {}
    exec(programs["verify.py"], there)
    settings, body, now = sample_settings(), b'{"id": "abcd2345-1"}', int(time.time())
    key, headers = callback_key(settings, "token"), signed(settings, "token", message="abcd2345-1", at=now, body=body)
    there["verify"](key, headers, body)
    old = signed(settings, "token", message="abcd2345-1", at=now - 600, body=body)
    for wrong in ((key, headers, body + b" "), (callback_key(settings, "other"), headers, body), (key, old, body)):
        with pytest.raises(ValueError, match=r"not signed|too old"):
            there["verify"](*wrong)
