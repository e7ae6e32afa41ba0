"""Somebody spells an address of the inside so that a guard may overlook it: no packet of ours goes there.

The tests run in a network of their own where every address answers; what was touched is counted from the packets.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, suppress
from ipaddress import ip_network

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from collectors.doors.address import read
from core.addresses import Network
from core.errors import SourceError, UnsafeAddress
from tests.faults.apart import Ledger, apart
from tests.faults.everywhere import OTHER, SHOP, SHOP6, Place, answer, door, is_public, open_place
from tests.faults.ssrf_corpus import ALL, CORPUS, HARMLESS, Entry

FAMILIES = pytest.mark.parametrize("family", CORPUS)


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    with apart() as opened:
        yield opened


@pytest.fixture
async def place(ledger: Ledger) -> AsyncIterator[Place]:
    async with open_place(ledger) as opened:
        opened.touched()
        yield opened


def networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ip_network(each) for each in texts)


def host_in(entry: Entry) -> str | None:
    """The host alone, for the doors that take no URL."""
    scheme, end = "http://", ":PORT/"
    return entry.url[len(scheme) : -len(end)] if entry.url.startswith(scheme) and entry.url.endswith(end) else None


@pytest.mark.fault("The corpus itself: large, and without doubles", keeps=("in",))
def test_the_corpus_is_as_large_as_it_says() -> None:
    assert len({each.url for each in ALL}) == len(ALL) >= 220
    assert len(HARMLESS) >= 15


@pytest.mark.fault("An address of the inside, in every spelling, is asked over HTTP", keeps=("in",))
@FAMILIES
async def test_no_spelling_of_the_inside_is_connected_to(place: Place, family: str) -> None:
    for entry in CORPUS[family]:
        url = entry.at(place.everywhere.port)
        await place.refused(entry, place.fetch.get(url, redirects=5))
        await place.refused(entry, place.fetch.json(url, redirects=5))
        await place.refused(entry, streamed(place, url))
    assert (place.through, place.everywhere.heard, place.world.dns.count()) == ([], [], 0)


async def streamed(place: Place, url: str) -> None:
    async with place.fetch.stream(url, redirects=5) as reply:
        async for _ in reply.items():
            pass


@pytest.mark.fault("An address of the inside, in every spelling, is asked through a relay", keeps=("in",))
@FAMILIES
async def test_no_spelling_of_the_inside_reaches_the_relay(place: Place, family: str) -> None:
    relayed = await door(place.world, sources_url=place.world.http.url)
    for entry in CORPUS[family]:
        await place.refused(entry, relayed.get(entry.at(80)))
    assert (place.through, place.world.http.count()) == ([], 0)


@pytest.mark.fault("A public site redirects to an address of the inside, in every spelling", keeps=("in",))
@FAMILIES
async def test_no_redirect_leads_inside(place: Place, family: str) -> None:
    shop = f"http://shop.test:{place.everywhere.port}"
    for number, entry in enumerate(CORPUS[family]):
        location = entry.at(place.everywhere.port)
        if not location.isprintable() or not location.isascii():
            location = location.encode().decode("latin-1").replace("\r", "").replace("\n", "")
        place.everywhere.answers[f"/{number}"] = answer(301 + number % 2, Location=location)
        with suppress(SourceError):
            await place.fetch.get(f"{shop}/{number}", redirects=5)
        place.through += [f"{entry.name}: {touch}" for touch in place.inside()]
    assert place.through == []
    assert len(place.everywhere.heard) >= len(CORPUS[family]), "the first hop was asked"


@pytest.mark.fault("A WHOIS server or referral is an address of the inside, in every spelling", keeps=("in",))
@FAMILIES
async def test_no_whois_server_of_the_inside_is_asked(place: Place, family: str) -> None:
    for entry in CORPUS[family]:
        if (host := host_in(entry)) is not None:
            await place.refused(entry, place.fetch.whois(host, "example.com"))
    assert (place.through, place.world.dns.count()) == ([], 0)


@pytest.mark.fault("A name server to ask directly is an address of the inside, in every spelling", keeps=("in",))
@FAMILIES
@pytest.mark.parametrize("tcp", [False, True])
async def test_no_name_server_of_the_inside_is_asked(place: Place, family: str, tcp: bool) -> None:
    for entry in CORPUS[family]:
        if (host := host_in(entry)) is not None:
            await place.refused(entry, place.fetch.dns("example.com", "A", server=host, tcp=tcp))
    assert (place.through, place.world.dns.count()) == ([], 0)


@pytest.mark.fault(
    "A harmless address in an odd spelling: the guard must not refuse everything", keeps=("in", "honest")
)
async def test_every_harmless_spelling_is_connected_to(place: Place) -> None:
    for entry in HARMLESS:
        reply = await place.fetch.get(entry.at(place.everywhere.port))
        assert reply.text() == "hello", entry.name
        touched = [each for each in place.touched() if each.port == place.everywhere.port]
        assert [is_public(each.address) for each in touched] == [True], entry.name
    assert len(place.everywhere.heard) == len(HARMLESS)


@pytest.mark.fault("Redirects in every way that a site can write them", keeps=("in",))
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_judged_at_every_hop(place: Place, status: int) -> None:
    port = place.everywhere.port
    place.world.dns.add("trap.test", "A", "10.0.0.1")
    last = {
        "a literal": f"http://10.0.0.1:{port}/",
        "a name that leads inside": f"http://trap.test:{port}/",
        "a user name": f"http://shop.test@10.0.0.1:{port}/",
        "another port": "http://shop.test:6379/",
        "another scheme": "file:///etc/passwd",
    }
    for name, location in last.items():
        place.everywhere.answers |= {
            "/1": answer(status, Location="/2"),
            "/2": answer(status, Location=f"//other.test:{port}/3"),
            "/3": answer(status, Location=location),
        }
        await place.refused(
            Entry(name, location), place.fetch.get(f"http://shop.test:{port}/1", redirects=5), untouched=False
        )
    assert place.through == []
    asked = [(each.address in (SHOP, SHOP6), each.path) for each in place.everywhere.heard]
    assert asked == [(True, "/1"), (True, "/2"), (False, "/3")] * len(last)


@pytest.mark.fault("A page sends on by a Refresh header or a meta element", keeps=("in",))
async def test_a_page_that_refreshes_itself_is_only_a_page(place: Place) -> None:
    inside = f"http://10.0.0.1:{place.everywhere.port}/"
    html = f'<meta http-equiv="refresh" content="0;url={inside}"><script>location="{inside}"</script>'
    place.everywhere.answers["/"] = answer(body=html, Refresh=f"0; url={inside}", Link=f"<{inside}>; rel=preload")
    reply = await place.fetch.get(f"http://shop.test:{place.everywhere.port}/", redirects=5)
    assert reply.text() == html
    assert place.inside() == []


@pytest.mark.fault("Public addresses that are the inside of a network: an operator's NAT64, own ranges", keeps=("in",))
@pytest.mark.parametrize(
    "host", ["[2001:db8:cafe:64::10.0.0.1]", "203.0.113.9", "[64:ff9b::203.0.113.9]", "[2002:cb00:7109::]"]
)
async def test_what_the_operator_closes_is_not_connected_to(place: Place, host: str) -> None:
    url = f"http://{host}:{place.everywhere.port}/"
    assert (await place.fetch.get(url)).text() == "hello", "open, before it is closed"
    closed = await door(place.world, refuse_networks=networks("2001:db8:cafe:64::/96", "203.0.113.9/32"))
    place.touched()
    with pytest.raises(UnsafeAddress, match="REFUSE_NETWORKS"):
        await closed.get(url)
    assert place.touched() == []


PIECES = st.sampled_from([
    *("http://", "https://", "http:", "//", "/", "\\", "@", ":", "?", "#", ".", "..", "[", "]", "%", "%25", "%40"),
    *("%2e", "%00", "%2f", "%0d%0a", "\t", "\n", " ", "\x00", "\u00ad", "\u200b", "\u3002", "\uff0e", "\uff0f"),
    *("\uff1a", "\u2100", "\u00df", "xn--", "a", "0", "1", "0x", ":PORT", ":80", ":0", ";", ",", "&", "|", "^"),
    *("shop.test", "other.test", "SHOP.TEST", "203.0.113.7", "203.0.113.8", "[2001:db8:cafe::7]"),
    *("+", "*", "[::1]", "127.0.0.1", "10.0.0.1", "2130706433", "0x7f.1", "localhost", "169.254.169.254"),
])  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=2), min_size=1, max_size=9).map("".join)
OURS = {"shop.test": {SHOP, SHOP6}, "other.test": {OTHER}}


@pytest.mark.fault("Any text as a URL, or as a redirect: three parsers may read three hosts", keeps=("in",))
def test_the_host_that_is_checked_is_the_host_that_is_connected_to(ledger: Ledger) -> None:
    with asyncio.Runner() as runner:
        kept = AsyncExitStack()
        place = runner.run(kept.enter_async_context(open_place(ledger)))

        @settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(TEXTS)
        @example("http://shop.test:PORT\\@127.0.0.1/")
        @example("http://127.0.0.1:PORT#@shop.test:PORT/")
        @example("http://shop.test:PORT/\\127.0.0.1/")
        def check(text: str) -> None:
            url = text.replace("PORT", str(place.everywhere.port))
            for each in (url, f"http://{url}", f"http://shop.test:{place.everywhere.port}{url}"):
                runner.run(asked_for_what_was_checked(place, each))
            runner.run(redirected(place, url))

        try:
            check()
        finally:
            runner.run(kept.aclose())
    assert len(place.everywhere.heard) > 200, "the texts reach the wire"


async def asked_for_what_was_checked(place: Place, url: str) -> None:
    before = len(place.everywhere.heard)
    with suppress(SourceError):
        await place.fetch.get(url)
    assert place.inside() == [], url
    for heard in place.everywhere.heard[before:]:
        checked = read(url)
        named = checked.host if ":" not in checked.host else f"[{checked.host}]"
        assert heard.host == f"{named}:{place.everywhere.port}", url
        assert checked.port == place.everywhere.port
        bare = checked.host.rstrip(".")
        assert heard.address in OURS.get(bare, {bare}), url


async def redirected(place: Place, location: str) -> None:
    safe = location.encode().decode("latin-1").replace("\r", "").replace("\n", "").replace("\x00", "")
    place.everywhere.answers["/to"] = answer(302, Location=safe)
    with suppress(SourceError):
        await place.fetch.get(f"http://shop.test:{place.everywhere.port}/to", redirects=2)
    assert place.inside() == [], location
