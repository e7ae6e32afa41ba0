"""Pages of scans: only what their reader may see, newest first, without gaps or doubles, as fast among many as few."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from core.callers import Caller, Scope
from core.errors import BadQuestion
from core.models import Asker, Kind, Outcome, Place, Priority, Scan, Target
from core.progress import Progress, progress
from core.store import Decisions, Filters, Sieve, Store, open_store
from core.store.listing import statement
from core.store.tables import scan
from tests.core.stores import NO_KEY, choices, claimed, closed_all, finding, opened, run_of
from tests.servers import Postgres

TEAM = "T0SANDBOX"
ADA = Caller("U0ADA", TEAM, scopes=frozenset({Scope.READ}))
BOSS = Caller("U0BOSS", TEAM, scopes=frozenset({Scope.ADMIN}))
MANY = 100_000
READERS = [
    replace(ADA, user="U1"),
    replace(ADA, user="U2", channels=frozenset({"C1", "C2", "C3"})),
    BOSS,
]
NARROW = [
    Filters(),
    Filters(tag="rare"),
    Filters(status=Progress.PENDING),
    Filters(status=Progress.RETRY),
    Filters(target=Target(Kind.DOMAIN, "rare.example.com")),
    Filters(asker="U3"),
    Filters(since=datetime(2026, 1, 1, tzinfo=UTC), until=datetime(2026, 1, 2, tzinfo=UTC)),
]


def by(store: Store, user: str, channel: str = "", *, team: str = TEAM, **more: Any) -> Scan:
    return opened(store, "dns", asker=Asker(user), place=Place(team, channel), **more)


def listed(store: Store, caller: Caller, **filters: Any) -> list[str]:
    return [each.id for each in store.listing.page(caller, Filters(**filters)).scans]


def test_people_see_their_own_scans_and_those_of_their_channels_and_admins_see_all(store: Store) -> None:
    mine, ours = by(store, "U0ADA"), by(store, "U0BOB", "C1")
    theirs = by(store, "U0BOB", "C2")
    alien = by(store, "U0ADA", "C1", team="T0OTHER")
    reader = replace(ADA, channels=frozenset({"C1", ""}))
    assert listed(store, ADA) == [mine.id]
    assert listed(store, reader) == [ours.id, mine.id]
    assert listed(store, BOSS) == [theirs.id, ours.id, mine.id]
    assert listed(store, replace(BOSS, team="T0OTHER")) == [alien.id]
    assert listed(store, replace(ADA, user="U0NEW")) == []


def test_what_a_page_shows_is_what_its_reader_may_see_one_by_one(store: Store) -> None:
    scans = [by(store, user, channel) for user in ("U0ADA", "U0BOB") for channel in ("", "C1", "C2")]
    for reader in (ADA, replace(ADA, channels=frozenset({"C1"})), replace(ADA, user="service:ci"), BOSS):
        assert set(listed(store, reader)) == {each.id for each in scans if reader.sees(each)}


def test_pages_have_no_gaps_and_no_doubles_while_new_scans_arrive(store: Store) -> None:
    reader = replace(ADA, channels=frozenset({"C1"}))  # sees hers in C1 for two reasons
    there = [by(store, "U0ADA", "C1" if n % 2 else "").id for n in range(7)]
    seen: list[str] = []
    cursor, pages = "", 0
    while True:
        page = store.listing.page(reader, cursor=cursor, limit=3)
        seen += [each.id for each in page.scans]
        by(store, "U0ADA")
        cursor, pages = page.cursor, pages + 1
        if not cursor:
            break
    assert (seen, pages) == (there[::-1], 3)


def test_scans_of_one_moment_are_told_apart(store: Store) -> None:
    there = {by(store, "U0ADA").id for _ in range(5)}
    at_once = scan.update().values(created_at=datetime(2026, 11, 1, tzinfo=UTC))
    store.database.write(lambda db: db.execute(at_once).rowcount)
    first = store.listing.page(ADA, limit=2)
    second = store.listing.page(ADA, cursor=first.cursor, limit=2)
    third = store.listing.page(ADA, cursor=second.cursor, limit=2)
    found = [each.id for page in (first, second, third) for each in page.scans]
    assert (sorted(found), third.cursor) == (sorted(there), "")


@pytest.mark.parametrize("cursor", ["x", "%%%", "MjAyNi0xMS0wMVQwMDowMDowMHxhYmM", "Zm9vfGJhcg", "é"])
def test_a_cursor_that_no_page_gave_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(BadQuestion, match="cursor"):
        store.listing.page(ADA, cursor=cursor)


def test_filters_narrow(store: Store) -> None:
    plain = by(store, "U0ADA")
    other = by(store, "U0ADA", "C9", target=Target(Kind.IP, "192.0.2.1"), tag="case-1", priority=Priority.BULK)
    assert listed(store, ADA, kind=Kind.IP) == [other.id]
    assert listed(store, ADA, target=plain.target) == [plain.id]
    assert listed(store, ADA, target=other.target, kind=Kind.DOMAIN) == []
    assert listed(store, ADA, tag="case-1") == [other.id]
    assert listed(store, ADA, priority=Priority.INTERACTIVE) == [plain.id]
    assert listed(store, ADA, asker="U0BOB") == []
    assert listed(store, ADA, since=other.created_at) == [other.id]
    assert listed(store, ADA, until=other.created_at) == [plain.id]


def test_the_outcome_is_the_one_of_the_newest_run(store: Store) -> None:
    one = by(store, "U0ADA")
    closed_all(store, one.id, Outcome.FAILED)
    assert listed(store, ADA, outcome=Outcome.FAILED, collector="dns") == [one.id]
    store.scans.new_round(one.id, choices("dns"), by="U0ADA", after=1, fresh=True)
    closed_all(store, one.id, Outcome.FOUND)
    assert listed(store, ADA, outcome=Outcome.FAILED) == []
    assert listed(store, ADA, outcome=Outcome.FOUND, collector="dns") == [one.id]
    assert listed(store, ADA, outcome=Outcome.FOUND, collector="whois") == []


def test_every_status_is_found_under_its_name_and_no_other(store: Store) -> None:
    """The same words in Python and in SQL: what a page is asked for is what its scans say."""
    expected = dict.fromkeys(Progress, "")
    expected[Progress.PENDING] = opened(store).id
    expected[Progress.STARTED] = (started := opened(store, "dns", "crtsh", chosen=[*choices("dns"), NO_KEY])).id
    claimed(store, started)
    expected[Progress.PROCESSING] = (processing := opened(store)).id
    store.runs.save(claimed(store, processing), [finding()])
    expected[Progress.RETRY] = (retried := opened(store, "dns")).id
    store.runs.put_off(claimed(store, retried), 60, reason="rate_limited", message="Waits.")
    expected[Progress.SUCCESS] = (success := opened(store, chosen=[*choices("dns"), NO_KEY])).id
    closed_all(store, success.id)
    expected[Progress.FAILURE] = (failure := opened(store, chosen=[*choices("dns"), NO_KEY])).id
    closed_all(store, failure.id, Outcome.FAILED)
    expected[Progress.REVOKED] = (revoked := opened(store)).id
    store.scans.cancel(revoked.id, by="U0ADA")
    assert {word: listed(store, ADA, status=word) for word in Progress} == {
        word: [scan_id] for word, scan_id in expected.items()
    }
    assert {progress(store.scans.get(scan_id)): scan_id for scan_id in expected.values()} == expected


def test_a_run_that_ended_is_progress_and_one_without_a_key_is_none(store: Store) -> None:
    one = opened(store, chosen=[*choices("dns", "crtsh"), NO_KEY])
    held = claimed(store, one)
    assert progress(store.scans.get(one.id)) is Progress.STARTED
    store.runs.close(held, Outcome.NOTHING)
    assert progress(store.scans.get(one.id)) is Progress.PROCESSING
    assert run_of(store.scans.get(one.id)).outcome is Outcome.NOTHING


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def crowded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A record of many scans, by ten people in ten channels and nowhere."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('crowded') / 'record.sqlite3'}"
    else:
        server: Postgres = request.getfixturevalue("postgres")
        url = server.new_database()
    store = open_store(url)
    store.database.write(_fill)
    yield store
    store.close()


def _fill(db: sa.Connection) -> None:
    lite = db.dialect.name == "sqlite"
    numbers = (
        f"WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < {MANY})"
        if lite
        else f"WITH many(n) AS (SELECT generate_series(1, {MANY}))"
    )
    at = (
        "strftime('%Y-%m-%d %H\\:%M\\:%S.000000', '2026-01-01', '+' || n || ' seconds')"
        if lite
        else "timestamptz '2026-01-01 UTC' + n * interval '1 second'"
    )
    db.execute(
        sa.text(
            "INSERT INTO scan (id, kind, value, target_digest, status, asker_user, team, channel, created_at) "
            f"{numbers} SELECT 'a' || n, 'domain', 'example.com', 'x', 'finished', 'U' || n % 10, '{TEAM}', "
            f"CASE WHEN n % 3 = 0 THEN '' ELSE 'C' || n / 10 % 10 END, {at} FROM many"
        )
    )
    db.execute(sa.text("ANALYZE"))


@pytest.mark.parametrize("filters", NARROW, ids=repr)
@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.user)
def test_a_page_costs_the_same_among_a_hundred_thousand_scans(crowded: Store, reader: Caller, filters: Filters) -> None:
    """Counted: rows that were looked at, by Postgres; and by SQLite, the steps of its machine, of which a look at each
    scan would take half a million. Deep inside and for what is rare, too."""
    middle = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=MANY // 2), "a1")
    for after in (None, middle):
        query = statement(reader, filters, after, 21)
        cost, most = crowded.database.read(partial(_cost, query=query))
        assert cost <= most


def _cost(db: sa.Connection, query: sa.Select[Any]) -> tuple[int, int]:
    compiled = query.compile(dialect=db.dialect, compile_kwargs={"literal_binds": True})
    if db.dialect.name == "postgresql":
        said = db.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {compiled}").scalar_one()
        plan = said if isinstance(said, list) else json.loads(said)
        return sum(_looked_at(plan[0]["Plan"])), 1_000
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 100
        return 0

    driver: Any = db.connection.driver_connection
    driver.set_progress_handler(step, 100)
    try:
        db.exec_driver_sql(str(compiled)).all()
    finally:
        driver.set_progress_handler(None, 0)
    return steps, 10_000


def _looked_at(plan: dict[str, Any]) -> Iterator[int]:
    """The rows of every scan of a table or index in a plan, thrown away or not."""
    if "Scan" in plan["Node Type"]:
        yield int((plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"])
    for each in plan.get("Plans", []):
        yield from _looked_at(each)


def test_letters_that_no_database_keeps_find_nothing_and_break_nothing(store: Store) -> None:
    odd, mine = "\x00\ud800", by(store, "U0ADA")
    assert [listed(store, ADA, **{name: odd}) for name in ("tag", "asker", "collector")] == [[], [], []]
    outline = store.findings.outline(mine.id)
    for sieve in (Sieve(kinds=(odd,)), Sieve(collectors=(odd,)), Sieve(severities=(odd,)), Sieve(text=odd)):
        assert not store.findings.page(outline, sieve)
        assert not store.findings.tallies(outline, sieve)
    assert store.audit.page(team=TEAM, wanted=Decisions(odd, odd, odd), limit=1) == ([], 0)


def test_a_token_of_such_letters_is_nobodys(store: Store) -> None:
    assert [store.tokens.caller(each) for each in ("gum_\x00_x", "gum_\ud800_x", "\x00", "")] == [None] * 4
