"""A Redis for each role: each holds only its part, and without those of budgets and cache scans go on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import redis

from tests.faults.breaking import ask, assert_told_once, ended
from tests.running import Gumshoe
from tests.servers import Redis, Sandbox, Sources

QUESTION = "example.com collectors=dns,crtsh,whois fresh"


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Redis]]:
    with ExitStack() as stack:
        names = ("queue", "budget", "cache")
        yield {name: stack.enter_context(Redis(tmp_path_factory.mktemp(name), persistent=False)) for name in names}


@pytest.fixture(scope="module")
def gumshoe(tmp_path_factory: pytest.TempPathFactory, servers: dict[str, Redis], sources: Sources) -> Iterator[Gumshoe]:
    urls = {"BUDGET_REDIS_URL": servers["budget"].url, "CACHE_REDIS_URL": servers["cache"].url}
    folder = tmp_path_factory.mktemp("system")
    with Sandbox() as sandbox, Gumshoe(folder, servers["queue"], sandbox, sources, **urls) as running:
        yield running


def keys(server: Redis, match: str) -> list[str]:
    with redis.Redis.from_url(server.url, decode_responses=True) as client:
        return list(client.scan_iter(match))


@pytest.mark.fault(
    "The Redis of budgets and that for the cache are killed during a scan and stay away",
    keeps=("lost", "twice", "answer"),
)
def test_each_role_has_its_redis_and_only_that_of_the_queue_is_needed(
    gumshoe: Gumshoe, servers: dict[str, Redis]
) -> None:
    assert_told_once(gumshoe, ended(gumshoe, ask(gumshoe, QUESTION)))
    assert keys(servers["budget"], "pace:*")
    assert not keys(servers["queue"], "pace:*")
    assert not keys(servers["queue"], "gumshoe:ledger:*")
    assert keys(servers["queue"], "_kombu.binding.*")
    assert not keys(servers["budget"], "_kombu*")
    assert not keys(servers["cache"], "_kombu*")
    assert not keys(servers["cache"], "pace:*")

    gumshoe.sources.behave(host="crt.sh", kind="slow", seconds=1)
    running = ask(gumshoe, "example.org collectors=crtsh,whois fresh")
    for name in ("budget", "cache"):
        servers[name].part.kill()
    after = ask(gumshoe, "192.0.2.10 collectors=whois fresh", channel="C0CASE17")
    for scan_id, channel in ((running, "C0GENERAL"), (after, "C0CASE17")):
        scan = ended(gumshoe, scan_id)
        assert {str(run.outcome) for run in scan.runs} == {"found"}
        assert_told_once(gumshoe, scan, channel=channel)
    assert {part.process.poll() for part in gumshoe.parts.values()} == {None}
