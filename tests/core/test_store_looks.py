"""What those who watch read of the record, and what is to be called back: the same on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from core import clock
from core.models import Outcome, Scan
from core.store import Choice, Look, Reach, Store
from core.store.tables import scan as scans
from tests.core.stores import NO_KEY, claimed, closed_all, finding, opened, reclaimed

HOUR = timedelta(hours=1)
URL = "https://hooks.example.com/"


def values(look: Look) -> list[str]:
    return [each.value for news in look.news for _, each in news.findings]


def reached(look: Look) -> dict[str, Reach]:
    return {
        news.run.collector: Reach(news.run.round, news.run.fence, news.findings[-1][0])
        for news in look.news
        if news.findings
    }


def test_a_look_gives_what_was_not_told_yet_piece_by_piece(store: Store) -> None:
    scan = opened(store, "dns", "crtsh")
    store.runs.save(claimed(store, scan, "dns"), [finding("192.0.2.1"), finding("192.0.2.2")])
    store.runs.save(claimed(store, scan, "crtsh"), [finding("198.51.100.1")])
    first = store.looks.look(scan.id, {}, limit=1)
    assert (values(first), first.more) == (["192.0.2.1"], True)
    assert [run.found for run in first.scan.runs] == [2, 1]
    rest = store.looks.look(scan.id, reached(first), limit=10)
    assert (values(rest), rest.more) == (["192.0.2.2", "198.51.100.1"], False)
    assert values(store.looks.look(scan.id, reached(first) | reached(rest), limit=10)) == []
    with pytest.raises(KeyError):
        store.looks.look("nosuchid", {}, limit=1)


def test_what_a_lost_run_left_behind_is_not_told_and_its_successor_is_from_the_beginning(store: Store) -> None:
    scan = opened(store, "dns")
    lost = claimed(store, scan)
    store.runs.save(lost, [finding("192.0.2.1")])
    told = reached(store.looks.look(scan.id, {}, limit=10))
    assert reclaimed(store) == [scan.id]
    assert store.looks.look(scan.id, told, limit=10).news == ()
    assert store.looks.look(scan.id, {}, limit=10).news == ()
    store.runs.save(claimed(store, scan), [finding("192.0.2.2")])
    after = store.looks.look(scan.id, told, limit=10)
    assert ([news.again for news in after.news], values(after)) == ([True], ["192.0.2.2"])
    assert [news.again for news in store.looks.look(scan.id, {}, limit=10).news] == [False]


def test_a_newer_round_takes_the_place_of_what_was_told(store: Store) -> None:
    scan = opened(store, "dns")
    assert store.runs.close(claimed(store, scan), Outcome.FOUND, findings=[finding("192.0.2.1")])
    told = reached(store.looks.look(scan.id, {}, limit=10))
    scan, _ = store.scans.new_round(scan.id, [Choice("dns", "key-dns")], by="U", after=1, fresh=True)
    assert store.looks.look(scan.id, told, limit=10).news == ()
    store.runs.save(claimed(store, scan), [finding("192.0.2.1")])
    (news,) = store.looks.look(scan.id, told, limit=10).news
    assert (news.run.round, news.again, len(news.findings)) == (2, False, 1)


def test_changes_are_found_by_time_by_name_and_because_a_scan_is_open(store: Store) -> None:
    still_open, ended, named = opened(store, "dns"), opened(store, "dns"), opened(store, "dns")
    for each in (ended, named):
        closed_all(store, each.id)
    later, before = clock.now() + HOUR, clock.now() - HOUR

    def found(**asked: object) -> set[str]:
        told = {"teams": {"T0SANDBOX"}, "since": later, "ids": ()} | asked
        return {each.id for each in store.looks.changed(**told)}  # type: ignore[arg-type]

    assert found() == {still_open.id}
    assert found(ids={named.id, "nosuchid"}) == {still_open.id, named.id}
    assert found(since=before) == {still_open.id, ended.id, named.id}
    assert found(since=before, teams={"T0OTHER"}) == found(since=before, teams=set()) == set()


def test_changes_come_in_pages_also_those_of_one_moment(store: Store) -> None:
    ids = sorted(opened(store, "dns").id for _ in range(5))
    moment = clock.now()
    store.database.write(lambda db: db.execute(sa.update(scans).values(changed_at=moment)).rowcount)
    pages: list[str] = []
    last = ""
    while page := store.looks.after("T0SANDBOX", moment, last, limit=2):
        last = page[-1].id
        pages += [each.id for each in page]
    assert pages == ids
    assert store.looks.after("T0OTHER", moment - HOUR, limit=2) == []


def due(store: Store) -> list[tuple[str, int]]:
    return [(each, one.round) for each in store.callbacks.waiting() for one in store.callbacks.of(each)]


def test_a_round_that_ends_makes_its_callback_due_however_it_ends(store: Store) -> None:
    first, second = (opened(store, "dns", callback=URL) for _ in range(2))
    nobody = opened(store, chosen=[NO_KEY], callback=URL)
    silent = opened(store, "dns")
    assert due(store) == [(nobody.id, 1)]
    closed_all(store, first.id)
    closed_all(store, silent.id)
    stopped, _ = store.scans.cancel(second.id, by="U")
    assert sorted(due(store)) == sorted([(nobody.id, 1), (first.id, 1), (stopped.id, 1)])
    store.scans.new_round(nobody.id, [NO_KEY], by="U", after=1, fresh=True)
    assert [one.round for one in store.callbacks.of(nobody.id)] == [1, 2]


def test_a_lost_worker_s_last_run_makes_it_due_too(store: Store) -> None:
    scan = opened(store, "dns", callback=URL)
    for _ in range(2):
        claimed(store, scan)
        reclaimed(store)
    assert store.scans.get(scan.id).runs[0].reason == "worker_lost"
    assert due(store) == [(scan.id, 1)]


def test_what_was_put_off_is_due_again_in_time_and_after_a_clock_that_was_wrong(store: Store) -> None:
    scan: Scan = opened(store, "dns", callback=URL)
    closed_all(store, scan.id)
    (one,) = store.callbacks.take(scan.id, lease=60)
    assert due(store) == []
    assert store.callbacks.put_off(one, 60, error="The receiver answered 500.")
    assert due(store) == []
    (waiting,) = store.callbacks.of(scan.id)
    assert (waiting.state, waiting.tries, waiting.error) == ("due", 1, "The receiver answered 500.")
    assert store.callbacks.put_off(one, 0, error="")
    store.callbacks.take(scan.id, lease=9e6)  # stamped by a clock that was months ahead
    assert due(store) == [(scan.id, 1)]
