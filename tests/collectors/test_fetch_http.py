"""The HTTP door: what counts as an answer, what is asked again, and what a receipt holds."""

from __future__ import annotations

import asyncio
import hashlib
import json
import traceback
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from pydantic import SecretStr

from collectors.declare import Collector, Findings, Rate, collector
from collectors.fetch import Fetch, Patience
from core import clock
from core.errors import (
    BadKey,
    Blocked,
    Changed,
    Forbidden,
    RateLimited,
    SourceDown,
    SourceError,
    SourceTimeout,
    TooLarge,
    UndeclaredHost,
)
from core.models import Kind, Outcome, Target
from core.pace import LocalPace
from tests.collectors.canned import IMPATIENT, Canned, World
from tests.collectors.canned_http import HTML

HOST = "api.example.net"
URL = f"https://{HOST}/v1/names"
TARGET = Target(Kind.DOMAIN, "example.com")


@collector(title="Names", accepts=[Kind.DOMAIN], yields=[Kind.DOMAIN], hosts=[HOST, "*.mirror.example"], tells="nobody")
async def names(target: Target, fetch: Fetch) -> Findings:
    """Names that the stand-in knows."""
    reply = await fetch.json(URL, params={"q": f"%.{target.value}"}, expect=list)
    for each in reply.json():
        yield reply.finding(Kind.DOMAIN, each)


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


ONCE: list[tuple[int, type[SourceError]]] = [
    (301, Changed),
    (400, Changed),
    (401, BadKey),
    (402, Forbidden),
    (403, Forbidden),
    (405, Changed),
    (422, Changed),
    (451, Forbidden),
    (511, Blocked),
]
AGAIN: list[tuple[int, type[SourceError]]] = [
    (404, SourceDown),
    (408, SourceTimeout),
    (429, RateLimited),
    (500, SourceDown),
    (502, SourceDown),
    (503, SourceDown),
    (504, SourceDown),
    (520, SourceDown),
    (530, SourceDown),
]


@pytest.mark.parametrize(("status", "kind"), ONCE)
async def test_a_refusal_is_not_asked_again(world: World, fetch: Fetch, status: int, kind: type[SourceError]) -> None:
    world.http.on(HOST, "/v1/names", Canned(status=status, json={"error": "no"}))
    with pytest.raises(kind) as caught:
        await fetch.json(URL)
    assert type(caught.value) is kind
    assert str(status) in str(caught.value)
    assert world.http.count() == 1


@pytest.mark.parametrize(("status", "kind"), AGAIN)
async def test_trouble_is_asked_again_twice(world: World, fetch: Fetch, status: int, kind: type[SourceError]) -> None:
    world.http.on(HOST, "/v1/names", Canned(status=status, text="trouble"))
    with pytest.raises(kind):
        await fetch.json(URL, absent=())
    assert world.http.count() == 3
    assert len(world.pauses) == 2


async def test_trouble_that_passes_is_not_noticed(world: World) -> None:
    world.http.on(HOST, "/v1/names", Canned(status=502, text="bad"), Canned(reset=True), Canned(json=["a.example.com"]))
    look, findings = await world.collect(names, TARGET)
    assert (look.outcome, len(findings), world.http.count()) == (Outcome.FOUND, 1, 3)


async def test_pauses_between_tries_grow(world: World, fetch: Fetch) -> None:
    world.http.on(HOST, "/v1/names", Canned(status=500, text="bad"))
    with pytest.raises(SourceDown):
        await fetch.get(URL)
    first, second = world.pauses
    assert 0.7 <= first <= 1.3
    assert 2.8 <= second <= 5.2


async def test_a_slow_down_in_seconds_is_honoured_and_keeps_everybody_away(world: World, fetch: Fetch) -> None:
    world.http.on(HOST, "/v1/names", Canned(status=429, headers={"Retry-After": "7"}), Canned(json=[]))
    await fetch.json(URL)
    assert world.pauses == [7.0]
    assert world.pace.held == [(f"host:{HOST}", 7.0)]


async def test_a_slow_down_until_a_date_is_honoured(world: World, fetch: Fetch) -> None:
    date = format_datetime(clock.now() + timedelta(seconds=9), usegmt=True)
    world.http.on(HOST, "/v1/names", Canned(status=429, headers={"Retry-After": date}), Canned(json=[]))
    await fetch.json(URL)
    assert 0 < world.pauses[0] <= 9


async def test_a_broken_source_may_say_when_it_is_back(world: World, fetch: Fetch) -> None:
    world.http.on(HOST, "/v1/names", Canned(status=503, headers={"Retry-After": "3"}), Canned(json=[]))
    await fetch.json(URL)
    assert world.pauses == [3.0]


@pytest.mark.parametrize("header", ["60", "99999999999999999999", "Fri, 31 Dec 2999 23:59:59 GMT"])
async def test_a_long_slow_down_ends_the_run_and_says_so(world: World, fetch: Fetch, header: str) -> None:
    world.http.on(HOST, "/v1/names", Canned(status=429, headers={"Retry-After": header}))
    with pytest.raises(RateLimited, match="It may be asked again in") as caught:
        await fetch.json(URL)
    assert caught.value.retry_after is not None
    assert 60 <= caught.value.retry_after <= 3600
    assert world.http.count() == 1
    assert world.pauses == []


@pytest.mark.parametrize("header", ["-5", "soon", "", "1e9", "٧", "Wed, 99 Foo 2026"])
async def test_a_senseless_slow_down_counts_as_none(world: World, fetch: Fetch, header: str) -> None:
    world.http.on(HOST, "/v1/names", Canned(status=429, headers={"Retry-After": header}), Canned(json=[]))
    await fetch.json(URL)
    assert 0.7 <= world.pauses[0] <= 1.3


async def test_no_pause_outlives_the_deadline(world: World) -> None:
    world.http.on(HOST, "/v1/names", Canned(status=429, headers={"Retry-After": "10"}))
    fetch = await world.fetch(names, TARGET, deadline=5.0)
    with pytest.raises(RateLimited):
        await fetch.json(URL)
    assert world.http.count() == 1


async def test_a_run_whose_time_is_up_asks_nothing(world: World) -> None:
    fetch = await world.fetch(names, TARGET, deadline=0.0)
    with pytest.raises(SourceTimeout, match="time for this run was up"):
        await fetch.json(URL)
    assert world.http.count() == 0


async def test_hosts_are_asked_no_faster_than_declared(world: World) -> None:
    slow = declared(rates={HOST: Rate(1, 600)})
    world.http.on(HOST, "/v1/names", Canned(json=[]))
    session = await world.session()
    session.pace = LocalPace()
    fetch = session.fetch(slow, TARGET)
    await fetch.json(URL)
    with pytest.raises(RateLimited, match="may not be asked again before") as caught:
        await fetch.json(URL)
    assert caught.value.retry_after is not None
    assert caught.value.retry_after > 500
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


async def test_a_source_that_never_answers_is_a_time_out(world: World) -> None:
    world.http.on(HOST, "/v1/names", Canned(never=True))
    look, findings = await world.collect(names, TARGET, patience=IMPATIENT)
    assert (look.outcome, look.reason, findings) == (Outcome.FAILED, "timeout", [])
    assert "did not answer within 0.3 s" in look.message
    assert world.http.count() == 3


async def test_a_source_that_trickles_for_ever_is_a_time_out(world: World) -> None:
    world.http.on(HOST, "/v1/names", Canned(endless=b" ", content_type="application/json"))
    fetch = await world.fetch(names, TARGET, patience=Patience(most=0.3, backoff=0.0))
    with pytest.raises(SourceTimeout):
        await fetch.get(URL, cap=10**12)


async def test_a_source_that_refuses_connections_is_down(world: World) -> None:
    fetch = await world.fetch(names, TARGET, sources_url="http://127.0.0.1:1")
    with pytest.raises(SourceDown, match="refuses connections"):
        await fetch.get(URL)


async def test_an_answer_that_breaks_off_is_down_not_short(world: World, fetch: Fetch) -> None:
    world.http.on(HOST, "/v1/names", Canned(json=["a" * 100], cut=20))
    with pytest.raises(SourceDown, match="broke off"):
        await fetch.json(URL)
    assert world.http.count() == 3


WALLS = [
    "<html><title>Just a moment...</title></html>",
    '<div class="g-recaptcha">are you human</div>',
    "<h1>Access Denied</h1>",
    '<form><input name=p type="password"></form>',
]


@pytest.mark.parametrize("page", WALLS)
@pytest.mark.parametrize("status", [200, 403, 404, 429, 503])
async def test_a_wall_is_neither_an_answer_nor_a_failure_of_the_source(
    world: World, fetch: Fetch, page: str, status: int
) -> None:
    world.http.on(HOST, "/v1/names", Canned(status=status, text=page, content_type=HTML))
    with pytest.raises(Blocked, match="instead of answering"):
        await fetch.json(URL)
    assert world.http.count() == 1


NOT_JSON = {
    "a page": Canned(text="<html>Welcome</html>", content_type=HTML),
    "a page that says it is JSON": Canned(text="  <!doctype html>", content_type="application/json"),
    "text": Canned(text="no such thing"),
    "nothing": Canned(body=b""),
    "half of it": Canned(text='[{"a": 1}, {"b"'),
    "too deep for the parser": Canned(text="[" * 100_000 + "]" * 100_000),
    "too deep for readers": Canned(text='{"a":' * 100 + "1" + "}" * 100),
    "an endless number": Canned(text="[" + "9" * 5000 + "]"),
    "another shape": Canned(json={"a": []}),
    "null": Canned(text="null"),
    "bytes": Canned(body=b"\xff\xfe\x00"),
    "an unknown packing": Canned(body=b"x", headers={"Content-Encoding": "br"}),
    "a broken packing": Canned(body=b"not gzip", headers={"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("what", NOT_JSON)
async def test_an_unknown_shape_is_said_and_not_asked_again(world: World, fetch: Fetch, what: str) -> None:
    world.http.on(HOST, "/v1/names", NOT_JSON[what])
    with pytest.raises(Changed):
        await fetch.json(URL, expect=list)
    assert world.http.count() == 1


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


def declared(**options: Any) -> Collector:
    """The same collector with another declaration."""
    made: Collector = collector(
        title="Names", accepts=[Kind.DOMAIN], yields=[Kind.DOMAIN], hosts=[HOST], tells="nobody", **options
    )(names.look)
    return made
