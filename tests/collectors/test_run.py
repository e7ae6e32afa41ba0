"""From exceptions to outcomes: what a run says when it found, found nothing, or could not look."""

from __future__ import annotations

import asyncio

import pytest

from collectors.declare import Findings
from collectors.fetch import Fetch
from collectors.run import look
from core.models import Finding, Kind, Outcome, Target
from tests.collectors.canned import Canned, World
from tests.collectors.sample_collectors import HOST, TARGET, declared, finding_of

URL = f"https://{HOST}/"


async def test_findings_without_trouble_are_found(world: World) -> None:
    @declared
    async def one(target: Target, fetch: Fetch) -> Findings:
        """One."""
        yield (await fetch.get(URL)).finding(Kind.DOMAIN, "www.example.com")
        fetch.remark("One of one.")

    world.http.on(HOST, "/", Canned(text="x"))
    ended, findings = await world.collect(one, TARGET)
    assert (ended.outcome, ended.reason, ended.message, ended.gaps) == (Outcome.FOUND, "", "One of one.", ())
    assert [each.value for each in findings] == ["www.example.com"]


async def test_an_answer_without_findings_is_nothing(world: World) -> None:
    @declared
    async def none(target: Target, fetch: Fetch) -> Findings:
        """None."""
        await fetch.get(URL)
        fetch.remark("example.com does not exist (NXDOMAIN).")
        return
        yield

    world.http.on(HOST, "/", Canned(status=404))
    ended, _ = await world.collect(none, TARGET)
    assert (ended.outcome, ended.message) == (Outcome.NOTHING, "example.com does not exist (NXDOMAIN).")
    assert ended.answered_at is not None


async def test_a_source_that_is_down_is_not_reported_as_empty(world: World) -> None:
    @declared
    async def down(target: Target, fetch: Fetch) -> Findings:
        """Down."""
        yield (await fetch.get(URL)).finding(Kind.DOMAIN, "www.example.com")

    world.http.on(HOST, "/", Canned(status=500))
    ended, findings = await world.collect(down, TARGET)
    assert (ended.outcome, ended.reason, findings) == (Outcome.FAILED, "down", [])
    assert "out of order" in ended.message


async def test_what_was_found_before_the_trouble_is_kept(world: World) -> None:
    @declared
    async def half(target: Target, fetch: Fetch) -> Findings:
        """Half."""
        yield (await fetch.get(URL)).finding(Kind.DOMAIN, "www.example.com")
        await fetch.get(f"{URL}more")

    world.http.on(HOST, "/", Canned(text="x"))
    world.http.on(HOST, "/more", Canned(status=403))
    ended, findings = await world.collect(half, TARGET)
    assert (ended.outcome, ended.reason, len(findings)) == (Outcome.PARTIAL, "forbidden", 1)


async def test_a_tolerated_failure_is_a_gap(world: World) -> None:
    @declared
    async def tolerant(target: Target, fetch: Fetch) -> Findings:
        """Tolerant."""
        missing = await fetch.tolerate(fetch.dns("broken.test", "A"), "addresses of broken.test")
        assert missing is None
        assert await fetch.tolerate(fetch.dns("a..b", "A"), "a..b") is None
        fetch.gap("truncated", "Only the first page was read.")
        yield (await fetch.get(URL)).finding(Kind.DOMAIN, "www.example.com")

    world.http.on(HOST, "/", Canned(text="x"))
    world.dns.rcode("broken.test", "SERVFAIL")
    ended, findings = await world.collect(tolerant, TARGET)
    assert (ended.outcome, ended.reason, len(findings)) == (Outcome.PARTIAL, "down", 1)
    assert [gap.reason for gap in ended.gaps] == ["down", "not_a_target", "truncated"]
    assert ended.gaps[0].what == "addresses of broken.test"
    assert "SERVFAIL" in ended.message


async def test_gaps_beside_answers_are_partial_and_gaps_alone_are_a_failure(world: World) -> None:
    @declared
    async def gaps(target: Target, fetch: Fetch) -> Findings:
        """Gaps."""
        for place in range(6):
            await fetch.tolerate(fetch.get(f"{URL}{place}"), f"page {place}")
        await fetch.tolerate(fetch.get(URL), "the start")
        return
        yield

    world.http.on(HOST, "*", Canned(status=403))
    alone, _ = await world.collect(gaps, TARGET)
    world.http.on(HOST, "/", Canned(text="x"))
    beside, _ = await world.collect(gaps, TARGET)
    assert (alone.outcome, alone.reason) == (Outcome.FAILED, "forbidden")
    assert (beside.outcome, beside.reason) == (Outcome.PARTIAL, "forbidden")
    assert beside.message.endswith("3 more were not looked at.")


async def test_a_run_ends_at_its_deadline_and_keeps_what_it_found(world: World) -> None:
    cleaned: list[str] = []
    finding = await finding_of(world, value="www.example.com")

    @declared
    async def endless(target: Target, fetch: Fetch) -> Findings:
        """Endless."""
        try:
            yield finding
            await asyncio.Event().wait()
        finally:
            cleaned.append("closed")

    ended, findings = await world.collect(endless, TARGET, deadline=0.2)
    assert (ended.outcome, ended.reason, findings) == (Outcome.PARTIAL, "timeout", [finding])
    assert "was not done within 0.2 s" in ended.message
    assert cleaned == ["closed"]


async def test_keeping_a_finding_is_not_on_the_clock(world: World) -> None:
    finding = await finding_of(world, value="www.example.com")

    @declared
    async def two(target: Target, fetch: Fetch) -> Findings:
        """Two."""
        yield finding
        yield finding

    kept: list[Finding] = []

    async def slowly(each: Finding) -> None:
        later = asyncio.Event()
        asyncio.get_running_loop().call_later(0.1, later.set)
        await later.wait()
        kept.append(each)

    await look(two, TARGET, await world.fetch(two, TARGET), slowly, deadline=0.1)
    assert kept == [finding, finding]


async def test_cancelling_passes_through_and_closes_the_collector(world: World) -> None:
    started, closed = asyncio.Event(), asyncio.Event()

    @declared
    async def waiting(target: Target, fetch: Fetch) -> Findings:
        """Waiting."""
        try:
            started.set()
            await fetch.get(URL)
            yield (await fetch.get(URL)).finding(Kind.DOMAIN, "www.example.com")
        finally:
            closed.set()

    world.http.on(HOST, "/", Canned(never=True))
    running = asyncio.create_task(world.collect(waiting, TARGET))
    await started.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert closed.is_set()


async def test_a_bug_of_the_collector_is_not_a_failure_of_the_source(world: World) -> None:
    @declared
    async def wrong(target: Target, fetch: Fetch) -> Findings:
        """Wrong."""
        found: dict[str, Finding] = {}
        yield found["missing"]

    with pytest.raises(KeyError):
        await world.collect(wrong, TARGET)


async def test_a_time_out_of_the_collectors_own_is_a_bug_too(world: World) -> None:
    @declared
    async def wrong(target: Target, fetch: Fetch) -> Findings:
        """Wrong."""
        raise TimeoutError
        yield

    with pytest.raises(TimeoutError):
        await world.collect(wrong, TARGET)


async def test_trouble_of_the_keeper_is_not_the_sources(world: World) -> None:
    @declared
    async def one(target: Target, fetch: Fetch) -> Findings:
        """One."""
        yield (await fetch.get(URL)).finding(Kind.DOMAIN, "www.example.com")

    async def broken(finding: Finding) -> None:
        raise OSError("disk full")

    world.http.on(HOST, "/", Canned(text="x"))
    with pytest.raises(OSError, match="disk full"):
        await look(one, TARGET, await world.fetch(one, TARGET), broken)
