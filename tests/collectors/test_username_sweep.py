"""Asking hundreds of sites: so many at once, each host one thing at a time, and no site waits for one that hangs."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import aclosing
from functools import partial

import pytest

from collectors.doors.abreast import abreast
from collectors.doors.patience import Patience
from collectors.sites import sweep as sweeping
from collectors.sites.reading import State
from collectors.sites.rules import Rule
from collectors.sites.sweep import AT_ONCE, Looked, Sweep, control_name
from collectors.username import username
from core.models import Kind, Target
from tests.collectors.canned import Canned, World
from tests.collectors.site_samples import ADA, NO, PATIENT_ENOUGH, fake, yes

NAME = ADA.value
LONG = Patience(most=60.0)


def crowd(world: World, **counts: int) -> list[Rule]:
    """So many sites of each kind, mixed as a list of real ones is."""
    answers = {"no": NO, "yes": yes(), "hang": Canned(never=True), "reset": Canned(reset=True)}
    rules = []
    for kind, count in counts.items():
        for number in range(count):
            rule = fake(f"{kind}{number}")
            world.http.on(rule.host, "*", NO)
            world.http.on(rule.host, f"/{NAME}", answers[kind])
            rules.append(rule)
    return sorted(rules, key=lambda rule: rule.digest)


async def first(looked: AsyncIterator[Looked], count: int) -> list[Looked]:
    return [await anext(looked) for _ in range(count)]


async def test_four_hundred_sites_do_not_wait_for_those_that_hang(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "TIMEOUT", 60.0)  # else those that answer time out where the machine is slow
    rules = crowd(world, no=320, yes=20, hang=30, reset=30)
    fetch = await world.fetch(username, ADA, patience=LONG)
    async with aclosing(Sweep(fetch, NAME).over(rules)) as sweep:
        states = Counter(each.state for each in await first(sweep, 340))
    # All that answer have done so, and all that hang were begun meanwhile: they will end together, by one time-out.
    assert states == {State.ABSENT: 320, State.EXISTS: 20}
    hosts = Counter(each.host for each in world.http.asked)
    assert sum(host.startswith("hang") for host in hosts) == 30
    assert sum(host.startswith("reset") for host in hosts) == 30
    assert all(count == 1 for host, count in hosts.items() if host.startswith(("no", "hang")))


async def test_sites_that_hang_are_asked_once_and_all_are_counted_at_the_end(world: World) -> None:
    rules = crowd(world, no=10, yes=5, hang=20, reset=5)
    fetch = await world.fetch(username, ADA, patience=PATIENT_ENOUGH)
    states = Counter([each.state async for each in Sweep(fetch, NAME).over(rules)])
    assert states == {State.ABSENT: 10, State.EXISTS: 5, State.TIMEOUT: 20, State.DOWN: 5}
    hosts = Counter(each.host for each in world.http.asked)
    assert all(count == 1 for host, count in hosts.items() if host.startswith("hang"))


async def test_no_more_than_so_many_sites_are_asked_at_once(world: World) -> None:
    rules = crowd(world, hang=AT_ONCE + 40)
    fetch = await world.fetch(username, ADA, patience=LONG)
    async with aclosing(Sweep(fetch, NAME).over(rules)) as sweep:
        waiting = asyncio.ensure_future(anext(sweep))
        await world.http.reached(AT_ONCE)
        for _ in range(200):
            await asyncio.sleep(0)
        assert world.http.count() == AT_ONCE
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting


async def test_the_first_hit_is_told_while_others_are_still_asked(world: World) -> None:
    rules = crowd(world, yes=1, hang=20)
    fetch = await world.fetch(username, ADA, patience=LONG)
    async with aclosing(Sweep(fetch, NAME).over(rules)) as sweep:
        (hit,) = await first(sweep, 1)
    assert (hit.state, hit.rule.site) == (State.EXISTS, "yes0")


async def test_two_rules_for_one_host_are_asked_one_after_the_other(world: World) -> None:
    hanging, second = fake("same"), fake("twin", check="https://same.example/u/{name}")
    world.http.on("same.example", "*", Canned(never=True))
    fetch = await world.fetch(username, ADA, patience=Patience(most=0.4))
    async with aclosing(Sweep(fetch, NAME).over([hanging, second])) as sweep:
        waiting = asyncio.ensure_future(anext(sweep))
        await world.http.reached(1)
        for _ in range(200):
            await asyncio.sleep(0)
        assert world.http.count() == 1
        assert (await waiting).state is State.TIMEOUT
    assert [each.path for each in world.http.asked] == [f"/{NAME}", f"/u/{NAME}"]


async def test_the_control_name_is_another_for_each_site_and_stable_for_a_while(world: World) -> None:
    fetch = await world.fetch(username, ADA)
    names = [control_name(fetch.nonce(fake(f"s{number}").digest)) for number in range(50)]
    assert len(set(names)) == 50
    assert all(len(name) == 12 and name.isalpha() and name.islower() for name in names)
    again = await world.fetch(username, ADA)
    assert control_name(again.nonce(fake("s0").digest)) == names[0]
    other = await world.fetch(username, Target(Kind.USERNAME, "nobody-example"))
    assert control_name(other.nonce(fake("s0").digest)) != names[0]


async def test_answers_come_in_order_of_arrival_and_leaving_ends_what_runs() -> None:
    gates = [asyncio.Event() for _ in range(5)]
    ended: list[int] = []

    async def ask(number: int) -> int:
        try:
            await gates[number].wait()
        finally:
            ended.append(number)
        return number

    async with aclosing(abreast((partial(ask, number) for number in range(5)), at_once=3)) as answers:
        gates[2].set()
        assert await anext(answers) == 2
        gates[3].set()  # begun in the place that was freed
        assert await anext(answers) == 3
    assert ended[:2] == [2, 3]
    assert {0, 1} <= set(ended)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_what_one_question_raises_is_raised() -> None:
    async def fails() -> int:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        async for _ in abreast([fails], at_once=2):
            pass
