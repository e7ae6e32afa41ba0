"""The WHOIS door: a line out, text back, within a cap and a time."""

from __future__ import annotations

import pytest

from collectors.declare import Findings, collector
from collectors.fetch import Fetch, Patience
from core.errors import NotATarget, SourceDown, SourceTimeout
from core.models import Fact, Kind, Target
from tests.collectors.canned import World
from tests.collectors.canned_whois import Said

SERVER = "whois.nic.test"
TARGET = Target(Kind.DOMAIN, "example.com")
QUICK = Patience(whois=0.3, backoff=0.0)


@collector(title="Registry", accepts=[Kind.DOMAIN], yields=[Fact.REGISTRATION], hosts=[], tells="the registry")
async def registry(target: Target, fetch: Fetch) -> Findings:
    """Who holds a name."""
    reply = await fetch.whois(SERVER, target.value)
    yield reply.finding(Fact.REGISTRATION, reply.text())


@pytest.fixture
async def fetch(world: World) -> Fetch:
    return await world.fetch(registry, TARGET)


async def test_the_answer_comes_with_its_receipt(world: World, fetch: Fetch) -> None:
    world.whois.on("example.com", "Domain Name: EXAMPLE.COM\r\n")
    reply = await fetch.whois("WHOIS.nic.test", "example.com", source="Registry of test")
    assert reply.text() == "Domain Name: EXAMPLE.COM\r\n"
    assert (reply.status, reply.truncated, reply.url) == ("ok", False, "whois://whois.nic.test/example.com")
    assert reply.finding(Fact.REGISTRATION, "example.com").provenance.source == "Registry of test"


async def test_questions_with_spaces_and_signs_arrive_as_they_are(world: World, fetch: Fetch) -> None:
    reply = await fetch.whois(SERVER, "-T dn,ace example.com")
    assert world.whois.asked == ["-T dn,ace example.com"]
    assert reply.url == "whois://whois.nic.test/-T%20dn%2Cace%20example.com"


async def test_text_in_the_old_charset_is_readable(world: World, fetch: Fetch) -> None:
    world.whois.on("example.com", "Straße".encode("latin-1"))
    assert (await fetch.whois(SERVER, "example.com")).text() == "Straße"


@pytest.mark.parametrize("query", ["", "a\r\nb", "a\nb", "a\0b", "\x1b[2J"])
async def test_one_question_is_one_line(world: World, fetch: Fetch, query: str) -> None:
    with pytest.raises(NotATarget):
        await fetch.whois(SERVER, query)
    assert world.whois.count() == 0


async def test_a_long_answer_is_cut_at_the_cap_and_said(world: World, fetch: Fetch) -> None:
    world.whois.on("example.com", Said(body=b"x" * 4096, endless=True))
    reply = await fetch.whois(SERVER, "example.com")
    assert (len(reply.body), reply.truncated) == (64 * 1024, True)
    assert [gap.reason for gap in fetch.notes.gaps] == ["truncated"]
    await world.whois.hung_up.wait()


async def test_an_answer_as_long_as_the_cap_is_whole(world: World, fetch: Fetch) -> None:
    world.whois.on("example.com", b"x" * 100)
    assert not (await fetch.whois(SERVER, "example.com", cap=100)).truncated


async def test_a_server_that_never_hangs_up_is_left_with_what_it_said(world: World) -> None:
    fetch = await world.fetch(registry, TARGET, patience=QUICK)
    world.whois.on("example.com", Said(body=b"Domain Name: EXAMPLE.COM", lingering=True))
    reply = await fetch.whois(SERVER, "example.com")
    assert (reply.text(), reply.truncated) == ("Domain Name: EXAMPLE.COM", True)


async def test_a_server_that_says_nothing_is_a_time_out(world: World) -> None:
    fetch = await world.fetch(registry, TARGET, patience=QUICK)
    world.whois.on("example.com", Said(never=True))
    with pytest.raises(SourceTimeout):
        await fetch.whois(SERVER, "example.com")


async def test_a_server_that_hangs_up_at_once_is_down_and_asked_again(world: World, fetch: Fetch) -> None:
    world.whois.on("example.com", "", Said(reset=True), "Domain Name: EXAMPLE.COM")
    assert (await fetch.whois(SERVER, "example.com")).text() == "Domain Name: EXAMPLE.COM"
    assert world.whois.count() == 3


async def test_a_server_that_is_not_there_is_down(world: World, closed_port: int) -> None:
    fetch = await world.fetch(registry, TARGET, whois_server=f"127.0.0.1:{closed_port}", patience=QUICK)
    with pytest.raises(SourceDown, match="cannot be reached"):
        await fetch.whois(SERVER, "example.com")


async def test_each_server_has_its_own_pace(world: World, fetch: Fetch) -> None:
    await fetch.whois("whois.nic.test", "a.test")
    await fetch.whois("whois.nic.example", "a.example")
    assert world.pace.reserved == ["host:whois.nic.test", "host:whois.nic.example"]
