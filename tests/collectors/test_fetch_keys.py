"""Several keys of one setting take turns, a refused one is set aside, and no key is ever shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from collectors.declare import Budget, Collector, Findings, Key, collector
from collectors.doors.question import question
from collectors.doors.strategies import OutOfQuota
from collectors.fetch import Fetch
from core import blocks
from core.errors import BadKey, Forbidden, RateLimited, SourceDown
from core.ledger import Ledger, Quota
from core.models import Kind, Outcome, Target
from tests.collectors.canned import Canned, World
from tests.collectors.sample_collectors import HOST, TARGET, URL

ONE, TWO, THREE = "key-number-one", "key-number-two", "key-number-three"
KEYS = SecretStr(f"{ONE}, {TWO} {THREE}")
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock(world: World) -> Clock:
    """A clock that stands, of a ledger with breakers."""
    stands = Clock()
    world.ledger = Ledger(now=stands)
    return stands


def keyed(*budgets: Budget) -> Collector:
    @collector(
        title="Keyed",
        accepts=[Kind.DOMAIN],
        yields=[Kind.DOMAIN],
        hosts=[HOST],
        tells="api.example.net learns the domain.",
        keys=[Key("virustotal_key", "https://example.com/keys", required=True)],
        budgets=budgets,
    )
    async def sample(target: Target, fetch: Fetch) -> Findings:
        """Names."""
        reply = await fetch.json(URL, headers={"x-apikey": fetch.key("virustotal_key")}, params={"q": target.value})
        yield reply.finding(Kind.DOMAIN, "a.example.com")

    return sample


def budget(**most: int) -> Budget:
    return Budget("Sample", HOST, key="virustotal_key", **most)


async def door(world: World, *budgets: Budget, keys: SecretStr = KEYS) -> Fetch:
    return await world.fetch(keyed(*budgets), TARGET, virustotal_key=keys)


async def ask(fetch: Fetch, *, url: str = URL, **options: Any) -> Any:
    return await fetch.json(url, headers={"x-apikey": fetch.key("virustotal_key")}, **options)


def used(world: World) -> list[str]:
    return [each.headers["x-apikey"] for each in world.http.asked]


async def test_keys_take_turns(world: World) -> None:
    world.http.on(HOST, "/v1/names", Canned(json=[]))
    fetch = await door(world)
    for _ in range(6):
        await ask(fetch)
    assert used(world) == [ONE, TWO, THREE] * 2


async def test_the_key_with_the_most_left_is_asked_with(world: World, clock: Clock) -> None:
    world.http.on(HOST, "/v1/names", Canned(json=[]))
    fetch = await door(world, budget(day=10))
    await ask(fetch, cost=3)
    for _ in range(4):
        await ask(fetch)
    assert sorted(used(world)) == sorted([ONE, TWO, THREE, TWO, THREE])


REFUSED = Canned(status=401, json={"error": "wrong key"})
FINE = Canned(json=["a.example.com"])


async def test_a_refused_key_is_set_aside_and_another_one_asked(world: World, clock: Clock) -> None:
    world.http.on(HOST, "/v1/names", REFUSED, FINE)
    fetch = await door(world)
    await ask(fetch)
    assert used(world) == [ONE, TWO]
    await ask(fetch)
    await ask(fetch)
    assert ONE not in used(world)[2:]
    clock.at += timedelta(seconds=61)
    for _ in range(3):
        await ask(fetch)
    assert used(world)[4:].count(ONE) >= 1  # it was tried again by itself, and works now


async def test_a_refused_key_disables_the_source_for_nobody(world: World, clock: Clock) -> None:
    world.http.on(HOST, "/v1/names", REFUSED, FINE)
    fetch = await door(world, keys=SecretStr(ONE))
    with pytest.raises(BadKey, match="did not accept the key"):
        await ask(fetch)
    with pytest.raises(BadKey, match="refuses our key, so I did not ask it now"):
        await ask(fetch)
    await fetch.json(URL)  # without a key
    assert world.http.count() == 2
    clock.at += timedelta(seconds=61)
    await ask(fetch)


async def test_all_keys_refused_is_said_once_each(world: World, clock: Clock) -> None:
    world.http.on(HOST, "/v1/names", REFUSED)
    fetch = await door(world)
    with pytest.raises(BadKey):
        await ask(fetch)
    assert used(world) == [ONE, TWO, THREE]


async def test_what_the_plan_of_one_key_forbids_another_may_have(world: World, clock: Clock) -> None:
    world.http.on(HOST, "/v1/names", Canned(status=403, json={}), FINE)
    fetch = await door(world)
    await ask(fetch)
    assert used(world) == [ONE, TWO]
    for _ in range(2):
        await ask(fetch)
    assert ONE in used(world)[2:]  # other questions may be within its plan


async def test_what_no_key_may_ask_is_forbidden_not_a_bad_key(world: World, clock: Clock) -> None:
    world.http.on(HOST, "/v1/names", Canned(status=403, json={}))
    with pytest.raises(Forbidden):
        await ask(await door(world))
    assert world.http.count() == 3


async def test_a_slow_down_holds_only_the_key_it_was_said_to(world: World, clock: Clock) -> None:
    world.http.on(HOST, "/v1/names", Canned(status=429, headers={"Retry-After": "50"}), FINE)
    fetch = await door(world)
    for _ in range(5):
        await ask(fetch)
    assert used(world).count(ONE) == 1
    assert [key.partition("#")[0] for key, _ in world.pace.held] == [f"host:{HOST}"]
    assert world.pauses == []
    clock.at += timedelta(seconds=51)
    await ask(fetch)
    assert used(world).count(ONE) == 2


async def test_when_every_key_is_to_slow_down_the_soonest_is_waited_for(world: World, clock: Clock) -> None:
    slow = [Canned(status=429, headers={"Retry-After": each}) for each in ("500", "300", "400")]
    world.http.on(HOST, "/v1/names", *slow, FINE)
    fetch = await door(world)
    with pytest.raises(RateLimited):
        await ask(fetch)
    with pytest.raises(RateLimited, match="asked us to slow down") as caught:
        await ask(fetch)
    assert (caught.value.retry_after, caught.value.asked) == (300, False)


async def test_budgets_are_of_each_key(world: World, clock: Clock) -> None:
    world.http.on(HOST, "/v1/names", FINE)
    fetch = await door(world, budget(day=2))
    for _ in range(6):
        await ask(fetch)
    with pytest.raises(OutOfQuota, match=r"budget for api.example.net is used up for this day \(2\).*in 12 h"):
        await ask(fetch)
    await ask(fetch, cost=0)
    assert sorted(used(world)[:6]) == sorted([ONE, TWO, THREE] * 2)


async def test_who_has_no_budget_left_asks_nobody_and_is_skipped_with_the_time(world: World, clock: Clock) -> None:
    world.http.on(HOST, "/v1/names", FINE)
    sample = keyed(budget(month=1))
    await world.collect(sample, TARGET, virustotal_key=SecretStr(ONE))
    look, findings = await world.collect(sample, TARGET, virustotal_key=SecretStr(ONE))
    assert (look.outcome, look.reason, findings) == (Outcome.SKIPPED, "quota", [])
    assert look.later == 4.5 * 86400
    assert "used up for this month (1)" in look.message
    assert world.http.count() == 1


async def test_what_was_never_sent_costs_nothing(world: World, clock: Clock, closed_port: int) -> None:
    fetch = await world.fetch(
        keyed(budget(day=5)), TARGET, virustotal_key=SecretStr(ONE), sources_url=f"http://127.0.0.1:{closed_port}"
    )
    with pytest.raises(SourceDown, match="refuses connections"):
        await ask(fetch)
    world.http.on(HOST, "/v1/names", FINE)
    there = await door(world, budget(day=5), keys=SecretStr(ONE))
    for _ in range(5):
        await ask(there)


async def test_what_the_source_says_is_left_counts(world: World, clock: Clock) -> None:
    left = {"X-RateLimit-Limit": "500", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "43200"}
    world.http.on(HOST, "/v1/names", Canned(json=[], headers=left))
    fetch = await door(world, budget(day=500), keys=SecretStr(ONE))
    await ask(fetch)
    with pytest.raises(OutOfQuota):
        await ask(fetch)


async def test_no_key_is_in_a_receipt_a_body_or_a_redirect(world: World) -> None:
    echo = f"{ONE} {TWO} {THREE}"
    world.http.on(HOST, "/v1/names", Canned(status=302, headers={"Location": f"/v2?k={TWO}&o={ONE}"}))
    world.http.on(HOST, "/v2", Canned(json=[echo]))
    fetch = await door(world)
    reply = await fetch.json(f"https://{HOST}/v1/names", params={"key": fetch.key("virustotal_key")}, redirects=1)
    shown = reply.url + str(reply.json()) + reply.body.decode()
    assert not any(key in shown for key in (ONE, TWO, THREE))


async def test_a_key_is_blanked_however_json_spells_it(world: World) -> None:
    world.http.on(HOST, "/v1/names", Canned(body=rb'["wrong key: number\/one+key"]', content_type="application/json"))
    fetch = await door(world, keys=SecretStr("number/one+key"))
    reply = await ask(fetch)
    assert reply.json() == ["wrong key: REDACTED"]


async def test_who_writes_one_key_into_an_address_is_not_sent_the_others(world: World) -> None:
    world.http.on(HOST, "*", FINE)
    fetch = await door(world)
    for _ in range(3):
        await fetch.json(f"https://{HOST}/{ONE}", params={"of": ONE})
    assert {each.path for each in world.http.asked} == {f"/{ONE}"}


def test_a_question_that_stands_in_a_log_shows_no_key() -> None:
    assert ONE not in repr(question(URL, {TWO}, params={"key": SecretStr(ONE)}))
    assert TWO not in repr(question(URL, {TWO}, params={"key": SecretStr(ONE)}))


async def test_a_reset_beyond_every_calendar_holds_a_key_for_a_month_at_most(world: World, clock: Clock) -> None:
    left = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "999999999999999"}
    world.http.on(HOST, "/v1/names", Canned(status=429, headers=left), FINE)
    await ask(await door(world))
    resting = tuple((await world.ledger.troubles.all()).items())
    assert [each.until - NOON.timestamp() for _, each in resting] == [31 * 86400]
    assert blocks.quota(Quota((), resting, NOON)).text


async def test_a_key_may_stand_in_a_bearer_a_parameter_or_the_path(world: World) -> None:
    world.http.on(HOST, "*", FINE)
    fetch = await door(world)
    key = fetch.key("virustotal_key")
    await fetch.json(URL, key=key)
    await fetch.json(URL, params={"key": key})
    reply = await ask(fetch, url=f"https://{HOST}/users/{key.get_secret_value()}/quota")
    assert world.http.asked[0].headers["authorization"] == f"Bearer {ONE}"
    assert world.http.asked[1].query == (("key", TWO),)
    assert world.http.asked[2].path == f"/users/{THREE}/quota"
    assert reply.url == f"https://{HOST}/users/REDACTED/quota"


async def test_the_same_key_twice_is_one_key(world: World, clock: Clock) -> None:
    world.http.on(HOST, "/v1/names", FINE)
    fetch = await door(world, budget(day=2), keys=SecretStr(f"{ONE},{ONE}"))
    await ask(fetch)
    await ask(fetch)
    with pytest.raises(OutOfQuota):
        await ask(fetch)
