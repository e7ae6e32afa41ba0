"""The guard and names: whatever a record, a server or a certificate says, nothing of ours connects to the inside."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from typing import Any

import pytest
import trustme

from collectors.fetch import Fetch, Patience, open_session
from core.errors import BadSetting, SourceDown, UnsafeAddress
from core.pace import LocalPace
from tests.collectors.canned import FreePace, World, sample_settings
from tests.collectors.canned_dns import CannedDns
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


INSIDE_RECORDS = {
    "one record": [("A", "127.0.0.1")],
    "a bad one among good ones": [("A", OUTSIDE, "127.0.0.1")],
    "a bad one of the other family": [("A", OUTSIDE), ("AAAA", "::1")],
    "an address within an address": [("AAAA", "::ffff:127.0.0.1")],
    "a translated address": [("AAAA", "64:ff9b::7f00:1")],
    "the metadata service": [("A", "169.254.169.254")],
    "a private network": [("A", "10.1.2.3")],
    "this host": [("A", "0.0.0.0")],
}


@pytest.mark.parametrize("records", INSIDE_RECORDS.values(), ids=INSIDE_RECORDS)
async def test_a_name_that_leads_inside_is_not_connected_to(
    world: World, fetch: Fetch, inside: Inside, outside: CannedHttp, records: list[tuple[str, ...]]
) -> None:
    for rdtype, *addresses in records:
        world.dns.add("trap.example", rdtype, *addresses)
    with pytest.raises(UnsafeAddress, match=r"trap\.example leads to"):
        await fetch.get(f"http://trap.example:{inside.port}/")
    with pytest.raises(UnsafeAddress, match=r"trap\.example leads to"):
        await fetch.get(f"http://trap.example:{outside.port}/")
    assert (inside.connections, outside.count()) == (0, 0)


async def test_a_name_behind_an_alias_that_leads_inside_is_not_connected_to(
    world: World, fetch: Fetch, inside: Inside
) -> None:
    world.dns.add("trap.example", "CNAME", "inner.example.")
    world.dns.add("inner.example", "A", "127.0.0.1")
    with pytest.raises(UnsafeAddress):
        await fetch.get(f"http://trap.example:{inside.port}/")
    assert inside.connections == 0


async def test_a_name_that_moves_inside_between_two_questions_is_not_followed(
    world: World, fetch: Fetch, inside: Inside, outside: CannedHttp
) -> None:
    world.dns.in_turn("moving.example", "A", [OUTSIDE], ["127.0.0.1"])
    outside.on(f"moving.example:{outside.port}", "/", Canned(text="hello"))
    first = await fetch.get(f"http://moving.example:{outside.port}/")
    with pytest.raises(UnsafeAddress):
        await fetch.get(f"http://moving.example:{inside.port}/")
    assert first.text() == "hello"
    assert inside.connections == 0


async def test_each_connection_goes_to_an_address_that_was_checked_for_it(
    world: World, fetch: Fetch, inside: Inside, outside: CannedHttp
) -> None:
    """One lookup per connection: there is no second one that could say something else."""
    world.dns.in_turn("moving.example", "A", [OUTSIDE], ["127.0.0.1"])
    outside.on(f"moving.example:{outside.port}", "/", Canned(text="hello"))
    await fetch.get(f"http://moving.example:{outside.port}/")
    assert world.dns.count("moving.example", "A") == 1


async def test_a_public_name_is_connected_to(world: World, fetch: Fetch, outside: CannedHttp) -> None:
    world.dns.add("shop.example", "A", OUTSIDE)
    outside.on(f"shop.example:{outside.port}", "/a%20b", Canned(text="hello"))
    outside.on(f"shop.example:{outside.port}", "/a b", Canned(text="hello"))
    reply = await fetch.get(f"http://shop.example:{outside.port}/a b#part")
    assert reply.text() == "hello"
    assert reply.url == f"http://shop.example:{outside.port}/a%20b"


async def test_an_international_name_is_connected_to(world: World, fetch: Fetch, outside: CannedHttp) -> None:
    world.dns.add("xn--bcher-kva.example", "A", OUTSIDE)
    outside.on(f"xn--bcher-kva.example:{outside.port}", "/", Canned(text="hello"))
    reply = await fetch.get(f"http://bücher.example:{outside.port}/")
    assert reply.text() == "hello"
    assert reply.url == f"http://xn--bcher-kva.example:{outside.port}/"


async def test_a_name_that_does_not_exist_is_not_a_source(fetch: Fetch) -> None:
    with pytest.raises(SourceDown, match="has no address"):
        await fetch.get("http://nowhere.example:8080/")


async def test_a_name_nobody_can_look_up_is_not_a_source(world: World, fetch: Fetch) -> None:
    world.dns.rcode("shop.example", "SERVFAIL")
    with pytest.raises(SourceDown, match="SERVFAIL"):
        await fetch.get("http://shop.example:8080/")


async def test_https_never_falls_back_to_http(world: World) -> None:
    fetch = await world.fetch(anything, TARGET)
    world.http.on("shop.example", "/", Canned(status=301, headers={"Location": "http://shop.example/"}))
    with pytest.raises(UnsafeAddress, match="https down to http"):
        await fetch.get("https://shop.example/", redirects=5)
    assert world.http.count() == 1


async def test_a_certificate_must_be_for_the_name_that_was_asked(world: World) -> None:
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("shop.example").configure_cert(server)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    for name in ("shop.example", "other.example"):
        world.dns.add(name, "A", OUTSIDE)
    settings = sample_settings(dns_servers=(world.dns.address,), allow=(f"{OUTSIDE}/32",))
    async with (
        CannedHttp.open(OUTSIDE, ssl=server) as secure,
        open_session(settings, FreePace(), patience=Patience(backoff=0.0), tls=trusting) as session,
    ):
        secure.on(f"shop.example:{secure.port}", "/", Canned(text="hello"))
        fetch = session.fetch(anything, TARGET)
        assert (await fetch.get(f"https://shop.example:{secure.port}/")).text() == "hello"
        with pytest.raises(SourceDown, match="certificate"):
            await fetch.get(f"https://other.example:{secure.port}/")
        assert secure.count() == 1


async def test_a_certificate_of_an_unknown_authority_is_refused(world: World) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("shop.example").configure_cert(server)
    world.dns.add("shop.example", "A", OUTSIDE)
    async with CannedHttp.open(OUTSIDE, ssl=server) as secure:
        fetch = await world.fetch(anything, TARGET, sources_url="", allow=(f"{OUTSIDE}/32",))
        with pytest.raises(SourceDown, match="certificate"):
            await fetch.get(f"https://shop.example:{secure.port}/")


async def test_a_server_that_does_not_speak_tls_is_down(world: World, fetch: Fetch, outside: CannedHttp) -> None:
    world.dns.add("shop.example", "A", OUTSIDE)
    with pytest.raises(SourceDown):
        await fetch.get(f"https://shop.example:{outside.port}/")


async def test_an_open_and_a_closed_port_of_the_inside_look_the_same(
    world: World, fetch: Fetch, inside: Inside
) -> None:
    world.dns.add("trap.example", "A", "127.0.0.1")
    sentences = set()
    for port in (inside.port, 1025):
        with pytest.raises(UnsafeAddress) as caught:
            await fetch.get(f"http://trap.example:{port}/")
        sentences.add(str(caught.value))
    assert len(sentences) == 1


@pytest.mark.parametrize("server", ["127.0.0.1", "::1", "10.0.0.53", "169.254.169.254", "::ffff:127.0.0.1"])
async def test_no_name_server_of_the_inside_is_asked(world: World, fetch: Fetch, server: str) -> None:
    with pytest.raises(UnsafeAddress):
        await fetch.dns("example.com", "A", server=server)
    assert world.dns.count() == 0


@pytest.mark.parametrize("name", ["db.internal", "printer.local", "localhost.localdomain", "x.corp"])
async def test_our_resolvers_are_not_asked_about_names_of_the_inside(world: World, fetch: Fetch, name: str) -> None:
    with pytest.raises(UnsafeAddress):
        await fetch.dns(name, "A")
    assert world.dns.count() == 0


@pytest.mark.parametrize("server", ["127.0.0.1", "localhost", "whois.internal", "2130706433", "trap.example"])
async def test_no_whois_server_of_the_inside_is_asked(world: World, server: str) -> None:
    world.dns.add("trap.example", "A", "127.0.0.1")
    direct = await world.fetch(anything, TARGET, whois_server="", allow=())
    with pytest.raises(UnsafeAddress):
        await direct.whois(server, "example.com")
    assert world.whois.count() == 0


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("sources_url", "not an address"),
        ("sources_url", "ftp://127.0.0.1/"),
        ("sources_url", "http://[::1"),
        ("dns_servers", ("resolver.example:53",)),
        ("dns_servers", ("127.0.0.1:99999",)),
        ("dns_servers", ("127.0.0.1:x",)),
        ("whois_server", "127.0.0.1:"),
    ],
)
async def test_a_wrong_setting_is_named(setting: str, value: Any) -> None:
    with pytest.raises(BadSetting, match=setting.upper()):
        async with open_session(sample_settings(**{setting: value}), LocalPace()):
            pass


async def test_all_notations_of_a_name_server_are_read() -> None:
    async with CannedDns.open() as opened:
        settings = sample_settings(dns_servers=(f"[::ffff:127.0.0.1]:{opened.port}",))
        opened.add("example.com", "A", "192.0.2.10")
        async with open_session(settings, FreePace()) as session:
            reply = await session.fetch(anything, TARGET).dns("example.com", "A")
    assert [each.to_text() for each in reply.records] == ["192.0.2.10"]
