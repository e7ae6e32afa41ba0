"""Workers that share nothing but Redis and the record do the work together, and one's death is healed by the other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.models import Asker, Kind, Place, Priority, Target
from core.settings import load
from tasks import scan as verbs
from tests.faults.breaking import ask, asked, assert_told_once, ended
from tests.faults.islands import Island
from tests.running import Gumshoe
from tests.servers import Redis, Sandbox, Sources, until

CERTIFICATES = "crt.sh"
MANY = 16


@pytest.fixture(scope="module")
def gumshoe(tmp_path_factory: pytest.TempPathFactory, redis_server: Redis, sources: Sources) -> Iterator[Gumshoe]:
    """The system, with its two workers each in a network of its own: no port of one leads to the other."""
    folder = tmp_path_factory.mktemp("system")
    ports = (redis_server.port, sources.http_port, sources.whois_port)
    with (
        Island(ports) as one,
        Island(ports) as two,
        Sandbox() as sandbox,
        Gumshoe(folder, redis_server, sandbox, sources, SOURCES_PACE="0.001") as running,
    ):
        running.parts["worker"].stop()
        for island, name in ((one, "doomed"), (two, "worker")):
            running.through = island.through
            running.parts[name] = running.start("worker")
        yield running


def many(gumshoe: Gumshoe) -> list[str]:
    """Scans that nobody waits for; their ids."""
    settings = load(**{name.lower(): value for name, value in gumshoe.env.items()})
    targets = tuple(Target(Kind.DOMAIN, f"n{number}.example.net") for number in range(MANY))
    wish = verbs.Wish(
        targets, Asker("service:robot"), Place("T0SANDBOX"), "api", names=("crtsh",), priority=Priority.BULK
    )
    return [opened.scan.id for opened in verbs.start(gumshoe.store, settings, wish)]


@pytest.mark.fault("One of two workers on different machines is killed in the middle of scans", keeps=("lost", "twice"))
def test_two_workers_in_networks_of_their_own_share_the_work_and_heal_each_other(gumshoe: Gumshoe) -> None:
    gumshoe.sources.behave(host=CERTIFICATES, kind="slow", seconds=1.5)
    ids, islanders = many(gumshoe), [gumshoe.parts["doomed"], gumshoe.parts["worker"]]
    until("both to do their part", lambda: all("run closed" in part.output() for part in islanders))
    told = ask(gumshoe, "example.com collectors=crtsh,whois")
    asked(gumshoe, "example.com")
    until("the doomed one to hold runs", lambda: held(gumshoe) > MANY // 4)
    gumshoe.parts["doomed"].kill()

    until("all to end", lambda: all(gumshoe.store.scans.get(each).finished_at for each in ids), within=60)
    runs = [run for each in ids for run in gumshoe.store.scans.get(each).runs]
    assert {str(run.outcome) for run in runs} <= {"found", "nothing"}
    assert {run.attempt for run in runs} == {1, 2}, "the killed worker held nothing"
    assert_told_once(gumshoe, ended(gumshoe, told))
    assert gumshoe.parts["worker"].process.poll() is None


def held(gumshoe: Gumshoe) -> int:
    """Scans that are being run."""
    return sum(each.running for each in gumshoe.store.turns.demand())
