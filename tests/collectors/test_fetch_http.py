"""The HTTP door: how a question arrives at the source, and what the receipt of its answer holds."""

from __future__ import annotations

import asyncio
import hashlib
import json
import traceback
from typing import Any

import pytest
from pydantic import SecretStr

from collectors.fetch import Fetch
from core.errors import (
    Changed,
    SourceError,
    TooLarge,
    UndeclaredHost,
)
from core.models import Outcome
from tests.collectors.canned import IMPATIENT, Canned, World
from tests.collectors.canned_http import HTML
from tests.collectors.sample_collectors import HOST, TARGET, URL, names


@pytest.fixture
async def fetch(world: World) -> Fetch:
    return await world.fetch(names, TARGET)


async def test_a_finding_carries_the_receipt_of_its_answer(world: World) -> None:
    body = json.dumps(["www.example.com"]).encode()
    world.http.on(HOST, "/v1/names", Canned(body=body, content_type="application/json"))
    look, findings = await world.collect(names, TARGET)
    receipt = findings[0].provenance
    assert look.outcome is Outcome.FOUND
    assert (receipt.collector, receipt.source, receipt.status) == ("names", HOST, "200")
    assert receipt.url == f"{URL}?q=%25.example.com"
    assert receipt.sha256 == hashlib.sha256(body).hexdigest()
    assert look.answered_at == receipt.fetched_at


async def test_the_relay_gets_the_question_as_the_source_would(world: World, fetch: Fetch) -> None:
    world.http.on(HOST, "/v1/names", Canned(json=[]))
    await fetch.json(URL, params={"q": "%.example.com", "kind": ["a", "b c"]})
    asked = world.http.asked[0]
    assert asked.raw_path == "/v1/names?q=%25.example.com&kind=a&kind=b+c"
    assert asked.headers["host"] == HOST
    assert asked.headers["x-forwarded-proto"] == "https"
    assert asked.headers["accept-encoding"] == "gzip, identity"
    assert asked.headers["user-agent"].startswith("Gumshoe/")


async def test_the_port_of_a_source_reaches_the_relay_in_the_host_header(world: World, fetch: Fetch) -> None:
    world.http.on(f"{HOST}:8443", "/", Canned(json=[]))
    await fetch.json(f"http://{HOST}:8443/")
    assert world.http.asked[0].headers["x-forwarded-proto"] == "http"


async def test_operators_tell_sources_how_to_reach_them(world: World) -> None:
    world.http.on(HOST, "/", Canned(json=[]))
    fetch = await world.fetch(names, TARGET, contact="mailto:ada@example.com")
    await fetch.json(f"https://{HOST}/")
    assert world.http.asked[0].headers["user-agent"].endswith("(+mailto:ada@example.com)")


async def test_not_found_is_an_answer(world: World, fetch: Fetch) -> None:
    world.http.on(HOST, "/v1/names", Canned(status=404, text="<html>gone</html>", content_type=HTML))
    reply = await fetch.json(URL, expect=list)
    assert (reply.status, reply.absent) == (404, True)
    assert world.http.count() == 1


@pytest.mark.parametrize(
    "host", ["other.example.org", "xapi.example.net", "api.example.net.evil.test", "mirror.example", "xmirror.example"]
)
async def test_a_host_that_was_not_declared_is_not_asked(world: World, fetch: Fetch, host: str) -> None:
    world.http.on(HOST, "/", Canned(status=302, headers={"Location": f"https://{host}/"}))
    with pytest.raises(UndeclaredHost, match=host):
        await fetch.get(f"https://{host}/")
    with pytest.raises(UndeclaredHost, match=host):
        await fetch.get(f"https://{HOST}/", redirects=1)
    assert world.http.count() == 1


async def test_names_below_a_declared_star_are_asked(world: World, fetch: Fetch) -> None:
    world.http.on("eu.mirror.example", "/", Canned(json=[]))
    assert (await fetch.json("https://eu.mirror.example/")).status == 200


async def test_a_page_is_a_fine_answer_when_pages_are_asked_for(world: World, fetch: Fetch) -> None:
    world.http.on(
        HOST, "/", Canned(body="<p>Grüße</p>".encode("latin-1"), content_type="text/html; charset=ISO-8859-1")
    )
    reply = await fetch.get(f"https://{HOST}/")
    assert reply.text() == "<p>Grüße</p>"


@pytest.mark.parametrize("charset", ["utf-7", "zlib", "idna", "no-such-thing", '"utf-8"', "punycode"])
async def test_a_charset_cannot_hurt(world: World, fetch: Fetch, charset: str) -> None:
    world.http.on(HOST, "/", Canned(body=b"ok \xff", content_type=f"text/plain; charset={charset}"))
    assert (await fetch.get(f"https://{HOST}/")).text() == "ok \N{REPLACEMENT CHARACTER}"


SECRET = "k3y-of-ada-example"


@pytest.mark.parametrize(
    "reply",
    [
        Canned(status=401, text="no"),
        Canned(status=500, text=SECRET),
        Canned(text="<p>"),
        Canned(never=True),
        Canned(reset=True),
        Canned(status=302, headers={"Location": f"https://other.example.org/?key={SECRET}"}),
        Canned(status=302, headers={"Location": f"http://127.0.0.1/?key={SECRET}"}),
        Canned(status=302, headers={"Location": f"https://[{SECRET}/"}),
    ],
)
async def test_no_trouble_shows_a_key(world: World, reply: Canned) -> None:
    world.http.on(HOST, "/v1/names", reply)
    fetch = await world.fetch(names, TARGET, patience=IMPATIENT)
    options: dict[str, Any] = {"key": SecretStr(SECRET), "params": {"k": SecretStr(SECRET)}, "redirects": 2}
    with pytest.raises(SourceError) as caught:
        await fetch.json(URL, headers={"x-key": SecretStr(SECRET)}, **options)
    assert SECRET not in "".join(traceback.format_exception(caught.value))


async def test_keys_reach_the_source_and_no_receipt(world: World, fetch: Fetch) -> None:
    world.http.on(HOST, "/v1/names", Canned(json=[]))
    params: dict[str, str | SecretStr] = {"q": "example.com", "key": SecretStr(SECRET)}
    reply = await fetch.json(f"https://ada:{SECRET}@{HOST}/v1/names", params=params, key=SecretStr(SECRET))
    assert dict(world.http.asked[0].query)["key"] == SECRET
    assert world.http.asked[0].headers["authorization"] == f"Bearer {SECRET}"
    assert reply.url == f"{URL}?q=example.com"
    assert SECRET not in repr(reply)


async def test_keys_are_not_logged(world: World, fetch: Fetch, caplog: pytest.LogCaptureFixture) -> None:
    world.http.on(HOST, "/v1/names", Canned(json=[]))
    with caplog.at_level("INFO"):
        await fetch.json(URL, params={"key": SecretStr(SECRET)}, key=SecretStr(SECRET))
    ours = [record.getMessage() for record in caplog.records if record.name != "aiohttp.access"]  # the stand-in's own
    assert SECRET not in " ".join(ours)


async def test_an_empty_key_is_not_sent(world: World, fetch: Fetch) -> None:
    world.http.on(HOST, "/v1/names", Canned(json=[]))
    await fetch.json(URL, key=SecretStr(""))
    assert "authorization" not in world.http.asked[0].headers


async def test_redirects_are_followed_when_asked_for_and_keys_stay_behind(world: World, fetch: Fetch) -> None:
    there = f"https://eu.mirror.example/names?key={SECRET}"
    world.http.on(HOST, "/v1/names", Canned(status=307, headers={"Location": there}))
    world.http.on("eu.mirror.example", "/names", Canned(json=[]))
    reply = await fetch.json(URL, redirects=1, key=SecretStr(SECRET))
    assert "authorization" not in world.http.asked[1].headers
    assert reply.url == "https://eu.mirror.example/names?key=REDACTED"


async def test_redirects_end_after_five(world: World, fetch: Fetch) -> None:
    world.http.on(HOST, "/v1/names", Canned(status=302, headers={"Location": "/v1/names"}))
    with pytest.raises(Changed, match="sends us to another address"):
        await fetch.get(URL, redirects=99)
    assert world.http.count() == 6


async def test_an_answer_over_the_cap_is_cut_and_said(world: World) -> None:
    world.http.on(HOST, "/v1/names", Canned(text="x" * 2000))
    fetch = await world.fetch(names, TARGET)
    reply = await fetch.get(URL, cap=1000)
    assert (len(reply.body), reply.truncated) == (1000, True)
    assert [gap.reason for gap in fetch.notes.gaps] == ["truncated"]


async def test_an_answer_exactly_as_long_as_the_cap_is_whole(world: World, fetch: Fetch) -> None:
    world.http.on(HOST, "/v1/names", Canned(text="x" * 1000, gzipped=True))
    reply = await fetch.get(URL, cap=1000)
    assert (len(reply.body), reply.truncated) == (1000, False)


async def test_half_a_json_answer_is_too_large_rather_than_wrong(world: World, fetch: Fetch) -> None:
    world.http.on(HOST, "/v1/names", Canned(json=["x" * 2000]))
    with pytest.raises(TooLarge, match="1,000 bytes"):
        await fetch.json(URL, cap=1000)


async def test_a_source_without_end_is_left_at_the_cap(world: World, fetch: Fetch) -> None:
    world.http.on(HOST, "/v1/names", Canned(endless=b"x" * 65536))
    assert (await fetch.get(URL, cap=100_000)).truncated
    await world.http.hung_up.wait()


async def test_one_slow_source_does_not_keep_others_from_the_relay(world: World, fetch: Fetch) -> None:
    world.http.on(HOST, "*", Canned(never=True))
    asking = [asyncio.create_task(fetch.get(f"https://{HOST}/{number}")) for number in range(30)]
    await world.http.reached(30)
    for each in asking:
        each.cancel()
    ended = await asyncio.gather(*asking, return_exceptions=True)
    assert all(isinstance(each, asyncio.CancelledError) for each in ended)


async def test_cookies_of_one_question_are_not_sent_with_the_next(world: World, fetch: Fetch) -> None:
    world.http.on(HOST, "/v1/names", Canned(json=[], headers={"Set-Cookie": "who=ada-example; Path=/"}))
    await fetch.json(URL)
    await fetch.json(URL)
    assert "cookie" not in world.http.asked[1].headers
