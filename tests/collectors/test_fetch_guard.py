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


NASTY = [
    url
    for url in """
http://127.0.0.1:PORT/
http://127.0.0.1.:PORT/
http://127.1:PORT/
http://127.0.1:PORT/
http://0x7f.0.0.1:PORT/
http://0x7f000001:PORT/
http://0177.0.0.1:PORT/
http://017700000001:PORT/
http://2130706433:PORT/
http://0:PORT/
http://0.0.0.0:PORT/
http://127.127.127.127:PORT/
http://%31%32%37.0.0.1:PORT/
http://１２７.0.0.1:PORT/
http://①②⑦.⓪.⓪.①:PORT/
http://127。0。0。1:PORT/
http://[::1]:PORT/
http://[0:0:0:0:0:0:0:1]:PORT/
http://[::]:PORT/
http://[::ffff:127.0.0.1]:PORT/
http://[::ffff:7f00:1]:PORT/
http://[::127.0.0.1]:PORT/
http://[64:ff9b::7f00:1]:PORT/
http://[64:ff9b:1::7f00:1]:PORT/
http://[2002:7f00:1::]:PORT/
http://[2001:0:7f00:1::]:PORT/
http://[fe80::1]:PORT/
http://[fec0::1]:PORT/
http://[fc00::1]:PORT/
http://[fd00:ec2::254]:PORT/latest/meta-data/
http://[ff02::1]:PORT/
http://10.0.0.1:PORT/
http://172.16.0.1:PORT/
http://192.168.0.1:PORT/
http://100.64.0.1:PORT/
http://169.254.169.254:PORT/latest/meta-data/
http://168.63.129.16:PORT/
http://100.100.100.200:PORT/
http://198.18.0.1:PORT/
http://192.0.0.1:PORT/
http://192.0.2.1:PORT/
http://224.0.0.1:PORT/
http://240.0.0.1:PORT/
http://255.255.255.255:PORT/
http://localhost:PORT/
http://LOCALHOST:PORT/
http://localhost.:PORT/
http://db.localhost:PORT/
http://printer.local:PORT/
http://metadata.google.internal:PORT/
http://router.home.arpa:PORT/
http://intranet:PORT/
http://ada@127.0.0.1:PORT/
http://example.com@127.0.0.1:PORT/
http://127.0.0.1:PORT\\@example.com/
http:\\\\127.0.0.1:PORT/
http:127.0.0.1:PORT/
ftp://127.0.0.1:PORT/
file:///etc/passwd
gopher://127.0.0.1:PORT/_
data:text/plain,x
javascript:alert(1)
//127.0.0.1:PORT/
http://
http://[::1
http://example.com:22/
http://example.com:25/
http://example.com:99999/
""".splitlines()
    if url
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
