"""People who wait go first, and those who ask for hundreds get on all the same: with real workers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.models import Asker, Kind, Place, Priority, Target
from core.settings import Settings, load
from tasks import scan as verbs
from tests.faults.breaking import ask, publish
from tests.running import Gumshoe
from tests.servers import Redis, Sandbox, Sources, until

CERTIFICATES = "crt.sh"
MANY = 200
ROOM = 4  # of a worker with eight threads


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, redis_server: Redis, sources: Sources) -> Iterator[Gumshoe]:
    folder = tmp_path_factory.mktemp("system")
    with Sandbox() as sandbox, Gumshoe(folder, redis_server, sandbox, sources, SOURCES_PACE="0.001") as running:
        yield running


@pytest.fixture
def gumshoe(system: Gumshoe) -> Gumshoe:
    system.start_over()
    return system


@pytest.fixture
def settings(gumshoe: Gumshoe) -> Settings:
    return load(**{name.lower(): value for name, value in gumshoe.env.items()})


def written(
    gumshoe: Gumshoe, settings: Settings, names: list[str], priority: Priority, *, user: str = "service:robot"
) -> list[str]:
    """Scans of names with this priority, asked for over HTTP, say: no thread is told of them."""
    targets = tuple(Target(Kind.DOMAIN, f"{name}.example.net") for name in names)
    wish = verbs.Wish(
        targets, Asker(user), Place("T0SANDBOX"), "api", names=("crtsh",), priority=priority, keys=(f"{user}/{names}",)
    )
    return [opened.scan.id for opened in verbs.start(gumshoe.store, settings, wish)]


def waiting(gumshoe: Gumshoe, priority: Priority) -> int:
    """Scans of this priority that have not ended."""
    (one,) = [each for each in gumshoe.store.turns.demand() if each.priority is priority]
    return one.waiting + one.running


def done(gumshoe: Gumshoe, ids: list[str]) -> int:
    return sum(gumshoe.store.scans.get(scan_id).finished_at is not None for scan_id in ids)


def test_who_waits_is_not_kept_by_two_hundred_that_do_not(gumshoe: Gumshoe, settings: Settings) -> None:
    gumshoe.sources.behave(host=CERTIFICATES, kind="slow", seconds=1.5)
    written(gumshoe, settings, [f"n{number}" for number in range(MANY)], Priority.BULK)
    until("the worker to be at it", lambda: len(gumshoe.sources.asked(CERTIFICATES)) >= ROOM)
    scan_id = ask(gumshoe, "example.com collectors=crtsh,whois")
    until("the scan to end", lambda: done(gumshoe, [scan_id]))
    assert waiting(gumshoe, Priority.BULK) > MANY - 5 * ROOM
    asked = [each["path"] for each in gumshoe.sources.asked(CERTIFICATES)]
    ahead = next(place for place, path in enumerate(asked) if "example.com" in path)
    assert ahead <= 2 * ROOM, "more were asked before than have a place of their own"


def test_bulk_gets_on_under_a_flood_of_people_who_wait(gumshoe: Gumshoe, settings: Settings) -> None:
    gumshoe.sources.behave(host=CERTIFICATES, kind="slow", seconds=0.3)
    flood = written(gumshoe, settings, [f"i{number}" for number in range(MANY)], Priority.INTERACTIVE, user="U0BOB")
    publish(gumshoe, "tasks.scan.run", *flood)
    bulk = written(gumshoe, settings, [f"b{number}" for number in range(2 * ROOM)], Priority.BULK)
    until("all bulk scans to end", lambda: done(gumshoe, bulk) == len(bulk))
    assert waiting(gumshoe, Priority.INTERACTIVE) > 0, "the flood was over too early to show anything"


def test_who_asks_for_two_is_not_kept_by_who_asked_for_a_hundred(gumshoe: Gumshoe, settings: Settings) -> None:
    gumshoe.sources.behave(host=CERTIFICATES, kind="slow", seconds=0.3)
    written(gumshoe, settings, [f"n{number}" for number in range(100)], Priority.BULK)
    few = written(gumshoe, settings, ["few1", "few2"], Priority.BULK, user="service:modest")
    until("the two to end", lambda: done(gumshoe, few) == len(few))
    assert waiting(gumshoe, Priority.BULK) > 50
