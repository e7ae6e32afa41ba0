"""The guard and URLs: however an address is spelled, nothing of ours connects to the inside."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from collectors.doors.address import read
from collectors.doors.guard import Guard
from collectors.fetch import Fetch, Patience
from core.errors import SourceError, UnsafeAddress
from tests.collectors.canned import World, sample_settings
from tests.collectors.canned_http import Canned, CannedHttp
from tests.collectors.sample_collectors import OUTSIDE, TARGET, Inside, anything
from tests.faults.ssrf_corpus import CORPUS


@pytest.fixture
async def inside() -> AsyncIterator[Inside]:
    async with Inside().listen() as listening:
        yield listening


@pytest.fixture
async def outside() -> AsyncIterator[CannedHttp]:
    async with CannedHttp.open(OUTSIDE) as opened:
        yield opened


@pytest.fixture
async def fetch(world: World, inside: Inside) -> Fetch:
    """A door that resolves for itself and connects directly, as without SOURCES_URL."""
    quick = Patience(most=5.0, backoff=0.0)
    return await world.fetch(anything, TARGET, patience=quick, sources_url="", allow=(f"{OUTSIDE}/32",))


def rewrite(url: str, port: int) -> str:
    return url.replace("PORT", str(port))


# A few of each family, for machines where tests/faults may not make a network of its own.
NASTY = [
    each.url
    for entries in CORPUS.values()
    for each in entries[:4]
    if each.url.isprintable() and OUTSIDE not in each.url
]


def test_the_matrix_is_as_large_as_it_says() -> None:
    assert len(set(NASTY)) >= 60


@pytest.mark.parametrize("url", NASTY)
async def test_nothing_inside_is_connected_to(world: World, fetch: Fetch, inside: Inside, url: str) -> None:
    with pytest.raises(UnsafeAddress):
        await fetch.get(rewrite(url, inside.port), redirects=5)
    assert inside.connections == 0
    assert world.dns.count() == 0, "not even its name was looked up"


@pytest.mark.parametrize("url", NASTY)
async def test_no_redirect_leads_inside(
    fetch: Fetch, world: World, inside: Inside, outside: CannedHttp, url: str
) -> None:
    world.dns.add("shop.example", "A", OUTSIDE)
    location = rewrite(url, inside.port)
    outside.on(f"shop.example:{outside.port}", "/", Canned(status=302, headers={"Location": location}))
    with pytest.raises(SourceError):
        await fetch.get(f"http://shop.example:{outside.port}/", redirects=5)
    assert inside.connections == 0


@pytest.mark.parametrize("url", NASTY)
async def test_behind_a_relay_the_same_questions_are_refused(world: World, inside: Inside, url: str) -> None:
    relayed = await world.fetch(anything, TARGET, allow=())
    with pytest.raises(UnsafeAddress):
        await relayed.get(rewrite(url, inside.port))
    assert world.http.count() == 0


def test_the_guard_opens_what_the_operator_opens_and_nothing_else() -> None:
    guard = Guard(sample_settings(allow=("10.1.0.0/16",)).allow_networks)
    assert guard.check_host("10.1.2.3") is not None
    with pytest.raises(UnsafeAddress):
        guard.check_host("10.2.0.1")


def test_a_url_leads_where_a_browser_would_go() -> None:
    assert read("http://example.com:80\\@127.0.0.1/").host == "example.com"
    assert read("http://example.org\\.example.com/").host == "example.org"


def test_what_is_shown_of_an_address_has_no_password_and_no_fragment() -> None:
    address = read("https://ada:secret@example.com/a?b=c#d")
    assert address.shown == "https://example.com/a?b=c"
    assert "secret" not in repr(address)
