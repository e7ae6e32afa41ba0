"""The whole invented world, scanned kind by kind: every collector that fits answers, and its thread can be read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from collectors import known
from core.models import ANSWERS, Kind, Outcome, Scan
from tests.faults.breaking import ask, assert_told_once, ended, thread_of
from tests.running import Gumshoe, said
from tests.servers import Redis, Sandbox, Sources

KEYS = {
    name: f"shown-{name.lower().replace('_', '-')}"
    for name in sorted({key.setting.upper() for each in known().values() for key in each.keys})
}
OURS = {"bug", "unknown_collector", "undeclared_host", "worker_lost"}
"""Reasons that are no source's fault."""

WORLD: dict[str, tuple[Kind, set[str]]] = {
    # what is asked: its kind, and who must have found something
    "example.com": (Kind.DOMAIN, {"dns", "crtsh", "whois", "virustotal", "securitytrails", "haveibeenpwned"}),
    "examp1e-login.test": (Kind.DOMAIN, {"dns", "whois", "virustotal"}),
    "hostile.test": (Kind.DOMAIN, {"dns", "whois"}),
    "192.0.2.10": (Kind.IP, {"dns", "whois", "shodan", "virustotal", "securitytrails"}),
    "203.0.113.66": (Kind.IP, {"whois", "shodan"}),
    "192.0.2.0/24": (Kind.CIDR, {"dns", "whois"}),
    "AS64496": (Kind.ASN, {"whois"}),
    "https://examp1e-login.test/": (Kind.URL, {"dns", "whois", "virustotal"}),
    "https://example.com/ active": (Kind.URL, {"dns", "metadata"}),
    "ada@example.com": (Kind.EMAIL, {"dns", "identity", "haveibeenpwned"}),
    "username:ada-example": (Kind.USERNAME, {"username", "social"}),
    "username:nobody-example": (Kind.USERNAME, set()),
    "+12025550122": (Kind.PHONE, {"identity"}),
    "hash:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855": (Kind.HASH, set()),
    "name:Ada Example": (Kind.NAME, {"identity"}),
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, redis_server: Redis, sources: Sources) -> Iterator[Gumshoe]:
    """All parts, with a key for every source that wants one."""
    folder = tmp_path_factory.mktemp("kinds")
    with Sandbox() as sandbox, Gumshoe(folder, redis_server, sandbox, sources, COLLECTORS="", **KEYS) as started:
        yield started


@pytest.fixture
def gumshoe(running: Gumshoe) -> Gumshoe:
    running.start_over()
    return running


@pytest.mark.parametrize("asked", WORLD)
def test_every_collector_that_fits_a_target_answers_in_one_thread(gumshoe: Gumshoe, asked: str) -> None:
    kind, finders = WORLD[asked]
    scan = ended(gumshoe, ask(gumshoe, asked))
    assert scan.target.kind is kind
    outcomes = {run.collector: (run.outcome, run.reason, run.message) for run in scan.runs}
    assert set(outcomes) == {name for name, each in known().items() if kind in each.accepts}
    assert not {run.reason for run in scan.runs} & OURS, outcomes
    found = {run.collector for run in scan.runs if run.outcome in (Outcome.FOUND, Outcome.PARTIAL) and run.found}
    assert found >= finders, outcomes
    assert_told_once(gumshoe, scan)
    assert_readable(gumshoe, scan)


def test_all_eleven_answer_somewhere_in_the_world() -> None:
    assert {name for _, finders in WORLD.values() for name in finders} == set(known())


def test_nothing_that_was_found_lacks_its_source(gumshoe: Gumshoe) -> None:
    scan = ended(gumshoe, ask(gumshoe, "ada@example.com"))
    findings = [finding for run in scan.runs for finding in run.findings]
    assert findings
    for each in findings:
        told = each.provenance
        assert told.source
        assert re.fullmatch(r"[0-9a-f]{64}", told.sha256)
        assert re.match(r"[a-z][a-z0-9+.-]*:", told.url), told
        assert not any(key in told.url for key in KEYS.values())


def assert_readable(gumshoe: Gumshoe, scan: Scan) -> None:
    """What an analyst's phone gets: no key, no ping, no link to a finding, and no reply without a sentence."""
    messages = thread_of(gumshoe, scan.id)
    whole = json.dumps(messages, ensure_ascii=False)
    assert not [key for key in KEYS.values() if key in whole]
    assert not re.search(r"<!(channel|here|everyone)|<@U0ADA>", without_our_own(whole))
    assert "\u202e" not in whole
    for each in said(messages):
        assert each["text"].strip()
        assert len(json.dumps(each["blocks"])) < 50_000
    answered = [run for run in scan.runs if run.outcome in ANSWERS]
    assert all(run.answered_at for run in answered if run.found)


def without_our_own(text: str) -> str:
    """The thread without the one mention that is ours: who asked."""
    return re.sub(r'"user_id": ?"U0ADA"|Asked by <@U0ADA>', "", text)
