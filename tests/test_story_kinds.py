"""The whole invented world, scanned kind by kind: every collector that fits answers, and its thread can be read."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import httpx
import pytest

from collectors import known
from core.models import ANSWERS, Fact, Kind, Outcome, Scan
from tests.faults.breaking import ask, assert_told_once, thread_of
from tests.running import Gumshoe, said
from tests.servers import Redis, Sandbox, Sources, until

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
    'name:"Ada Example"': (Kind.NAME, {"identity"}),
}


ROOMS = ("C0GENERAL", "C0CASE17", "C0PRIVATE", "C0NOBOT", "C0SHARED")  # Slack lets each have a message a second


@dataclass(frozen=True)
class Told:
    """The system, and what became of everything that was asked in it."""

    gumshoe: Gumshoe
    scans: Mapping[str, Scan]
    rooms: Mapping[str, str]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, redis_server: Redis, sources: Sources) -> Iterator[Told]:
    """All parts, with a key for every source that wants one, after the whole world was asked about at once."""
    folder = tmp_path_factory.mktemp("kinds")
    with (
        Sandbox() as sandbox,
        Gumshoe(folder, redis_server, sandbox, sources, COLLECTORS="", **KEYS) as gumshoe,
    ):
        gumshoe.start_over()
        for room in ROOMS:
            sandbox.post("channel", id=room, members=["U0ADA", "U0GUMSHOE"])
        rooms = dict(zip(WORLD, cycle(ROOMS), strict=False))
        ids = {asked: ask(gumshoe, f"{asked} because we try it", channel=room) for asked, room in rooms.items()}
        gumshoe.ended(len(WORLD), within=180)
        yield Told(gumshoe, {asked: gumshoe.store.scans.get(scan_id) for asked, scan_id in ids.items()}, rooms)


@pytest.mark.parametrize("asked", WORLD)
def test_every_collector_that_fits_a_target_answers_in_one_thread(told: Told, asked: str) -> None:
    kind, finders = WORLD[asked]
    scan = told.scans[asked]
    assert scan.target.kind is kind
    outcomes = {run.collector: (run.outcome, run.reason, run.message) for run in scan.runs}
    assert set(outcomes) == {name for name, each in known().items() if each.takes(kind)}
    assert not {run.reason for run in scan.runs} & OURS, outcomes
    found = {run.collector for run in scan.runs if run.outcome in (Outcome.FOUND, Outcome.PARTIAL) and run.found}
    assert found >= finders, outcomes
    assert_told_once(told.gumshoe, scan, channel=told.rooms[asked])
    assert_readable(thread_of(told.gumshoe, scan.id, told.rooms[asked]))
    assert all(run.answered_at for run in scan.runs if run.outcome in ANSWERS and run.found)


def test_a_picture_that_somebody_posts_is_looked_into_in_its_thread(told: Told) -> None:
    gumshoe = told.gumshoe
    photograph = httpx.get(f"{gumshoe.sources.url}/files/harbour.jpg", headers={"Host": "example.com"}).content
    file = {"name": "harbour.jpg", "content": b64encode(photograph).decode()}
    posted = gumshoe.sandbox.post("message", user="U0ADA", channel="C0GENERAL", text="<@U0GUMSHOE>", files=[file])
    (scan_id,) = [scan.id for scan in gumshoe.scans() if scan.target.kind is Kind.FILE]
    scan = until("the file to be told", lambda: gumshoe.round_ended(scan_id, 1))
    (run,) = scan.runs
    assert (run.collector, run.outcome) == ("metadata", Outcome.FOUND)
    found = {each.kind: each for each in run.findings}
    assert found[Kind.HASH].provenance.url.endswith(posted["files"][0])
    assert found[Fact.LOCATION].value == "51.507369, -0.127750"
    thread = gumshoe.sandbox.messages("C0GENERAL", thread_ts=posted["ts"])
    assert_readable([each for each in thread if each["user"] == "U0GUMSHOE"])
    assert any("openstreetmap.org" in str(each["blocks"]) for each in thread if each.get("blocks"))


def test_all_eleven_answer_somewhere_in_the_world() -> None:
    assert {name for _, finders in WORLD.values() for name in finders} == set(known())


def test_nothing_that_was_found_lacks_its_source(told: Told) -> None:
    findings = [finding for scan in told.scans.values() for run in scan.runs for finding in run.findings]
    assert len({each.provenance.collector for each in findings}) == len(known())
    for each in findings:
        receipt = each.provenance
        assert receipt.source
        assert re.fullmatch(r"[0-9a-f]{64}", receipt.sha256)
        assert re.match(r"[a-z][a-z0-9+.-]*:", receipt.url), receipt
        assert not any(key in receipt.url for key in KEYS.values())


OURS_IN_MARKUP = re.compile(r"(?:^|· )(?:Asked|May touch the target, allowed) by <@U0ADA>|<!date\^\d+\^[^<>]*>")


def assert_readable(messages: list[dict[str, Any]]) -> None:
    """What an analyst's phone gets: no key, no ping, no turned letters, and no reply without a sentence."""
    whole = json.dumps(messages, ensure_ascii=False)
    assert not [key for key in KEYS.values() if key in whole]
    assert "\u202e" not in whole
    for text in markup(messages):
        assert not re.search(r"<!|<@|<#", OURS_IN_MARKUP.sub("", text)), text
    for each in said(messages):
        assert each["text"].strip()
        assert len(json.dumps(each["blocks"])) < 50_000


def markup(value: Any) -> Iterator[str]:
    """Every text in which Slack reads markup: of messages, and of parts that say so."""
    if isinstance(value, list):
        for each in value:
            yield from markup(each)
    elif isinstance(value, dict):
        if value.get("type") in ("mrkdwn", "message") or "blocks" in value:
            yield str(value.get("text", ""))
        for each in value.values():
            yield from markup(each)
