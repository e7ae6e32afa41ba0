"""When a source could be asked next and what is left with it, for plans and for people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from collectors.declare import Budget, Collector, Findings, Key, Rate, collector
from collectors.doors.keys import accounts, ring, secret_of
from collectors.fetch import Fetch
from core.ledger import Account, Breaker, Drawer, Ledger
from core.models import Kind, Target
from core.settings import Settings
from tasks.outlook import drawer_of, outlook, quota, standings
from tests.collectors.canned import sample_settings

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
AT_ONCE = Breaker(after=1, pause=60.0, longest=900.0)


@collector(
    title="Sample",
    accepts=[Kind.DOMAIN],
    yields=[],
    hosts=["api.example.net", "free.example.net"],
    tells="nobody",
    rates={"api.example.net": Rate(4, 60)},
    keys=[Key("virustotal_key", "https://example.com/keys", required=False)],
    budgets=[
        Budget("Sample", "api.example.net", day=10),
        Budget("Sample", "api.example.net", key="virustotal_key", day=500, month=1000),
        Budget("Free", "free.example.net", day=100),
    ],
)
async def sample(target: Target, fetch: Fetch) -> Findings:
    """Nothing."""
    return
    yield


@pytest.fixture
def ledger() -> Ledger:
    return Ledger(now=lambda: NOON)


def settings(keys: str = "one-key two-key") -> Settings:
    return sample_settings(virustotal_key=SecretStr(keys))


async def test_all_keys_of_a_source_are_added_up(ledger: Ledger) -> None:
    looks = {each.source: each for each in await outlook(ledger, sample, settings())}
    one = looks["Sample"]
    assert (one.left_day, one.limit_day, one.left_month, one.limit_month) == (1000, 1000, 2000, 2000)
    assert (one.keys, one.keys_ready, one.wait_seconds, one.broken_until) == (2, 2, 0.0, None)
    assert (looks["Free"].left_day, looks["Free"].left_month, looks["Free"].keys) == (100, None, 0)


async def test_without_a_key_what_is_granted_without_counts(ledger: Ledger) -> None:
    looks = {each.source: each for each in await outlook(ledger, sample, settings(""))}
    assert (looks["Sample"].left_day, looks["Sample"].keys) == (10, 0)


async def test_one_key_that_rests_leaves_the_other(ledger: Ledger) -> None:
    (_, first, _), (_, second, _) = list(accounts(sample, settings(), secret_of(settings())))[:2]
    await ledger.troubles.failed(first, "bad_key", AT_ONCE)
    one = (await outlook(ledger, sample, settings()))[0]
    assert (one.keys_ready, one.wait_seconds, one.broken_until) == (1, 0.0, None)
    await ledger.troubles.failed(second, "bad_key", AT_ONCE)
    one = (await outlook(ledger, sample, settings()))[0]
    assert (one.keys_ready, one.wait_seconds, one.broken_by) == (0, 60.0, "bad_key")
    assert one.broken_until == NOON + timedelta(seconds=60)


async def test_a_budget_that_is_used_up_says_how_long_to_wait(ledger: Ledger) -> None:
    for _, account, _ in list(accounts(sample, settings(), secret_of(settings())))[:2]:
        await ledger.windows.take(account, 500)
    one = (await outlook(ledger, sample, settings()))[0]
    assert (one.left_day, one.left_month, one.wait_seconds) == (0, 1000, 12 * 3600)


async def test_looking_uses_nothing_and_names_no_key(ledger: Ledger) -> None:
    for _ in range(3):
        found = await standings(ledger, sample, settings())
    assert [(each.source, each.key, each.rate) for each in found] == [
        ("Sample", "key 1 of 2", "4 in 60 s"),
        ("Sample", "key 2 of 2", "4 in 60 s"),
        ("Free", "", "1 in 1 s"),
    ]
    assert [[count.used for count in each.counts] for each in found] == [[0, 0], [0, 0], [0]]
    assert "one-key" not in repr(found)
    assert "one-key" not in repr(ring(settings(), "virustotal_key", b"secret"))


async def test_what_rests_besides_is_listed(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    known: dict[str, Collector] = {"sample": sample}
    monkeypatch.setattr("collectors.known", lambda: known)
    for name in ("crt.sh", "Free"):
        await ledger.troubles.failed(Account(name), "down", AT_ONCE)
    found = await quota(ledger, settings(), drawer=drawer_of(settings(), team="T1", user="U0ADA"))
    assert [name for name, _ in found.resting] == ["crt.sh"]
    (free,) = [each for each in found.standings if each.source == "Free"]
    assert free.trouble is not None
    assert free.wait(NOON) == 60


def test_a_drawer_is_the_same_person_everywhere_and_nobody_elses() -> None:
    given = settings()
    mine = drawer_of(given, team="T1", user="U0ADA")
    assert mine.user == Drawer.of(secret_of(given), "T1", "U0ADA", "C0CASE17").user
    assert mine.user != drawer_of(given, team="T2", user="U0ADA").user
    assert "U0ADA" not in mine.user
