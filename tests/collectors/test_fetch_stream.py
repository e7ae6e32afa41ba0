"""The door for long lists: rows while they arrive, in bounded memory, with an honest end."""

from __future__ import annotations

import gzip
import hashlib
import json
import tracemalloc
import zlib
from typing import Any

import pytest

from collectors.declare import Findings, collector
from collectors.doors.body import PIECE, Unpacker
from collectors.doors.streaming import Elements
from collectors.fetch import Fetch
from core.errors import Blocked, Changed, SourceDown, SourceError
from core.models import Kind, Outcome, Target
from tests.collectors.canned import IMPATIENT, Canned, World
from tests.collectors.canned_http import HTML, JSON

HOST = "crt.example"
URL = f"https://{HOST}/"
TARGET = Target(Kind.DOMAIN, "example.com")
CAP = 100_000


@collector(title="Rows", accepts=[Kind.DOMAIN], yields=[Kind.DOMAIN], hosts=[HOST], tells="nobody")
async def rows(target: Target, fetch: Fetch) -> Findings:
    """Names from rows."""
    async with fetch.stream(URL, cap=CAP, source="Rows") as reply:
        names = [row["name"] async for row in reply.items("item")]
    for name in names:
        yield reply.finding(Kind.DOMAIN, name)


@pytest.fixture
async def fetch(world: World) -> Fetch:
    return await world.fetch(rows, TARGET)


async def read(fetch: Fetch, prefix: str = "item", **options: Any) -> list[Any]:
    async with fetch.stream(URL, **options) as reply:
        return [each async for each in reply.items(prefix)]


async def test_rows_become_findings_with_one_receipt(world: World) -> None:
    body = json.dumps([{"name": f"n{number}.example.com"} for number in range(1000)]).encode()
    world.http.on(HOST, "/", Canned(body=gzip.compress(body), headers={"Content-Encoding": "gzip"}))
    look, findings = await world.collect(rows, TARGET)
    assert (look.outcome, len(findings)) == (Outcome.FOUND, 1000)
    assert findings[0].provenance.sha256 == hashlib.sha256(body).hexdigest()
    assert findings[0].provenance.source == "Rows"


async def test_a_list_over_the_cap_gives_what_fits_and_says_so(world: World) -> None:
    world.http.on(HOST, "/", Canned(json=[{"name": f"n{number}.example.com"} for number in range(10_000)]))
    look, findings = await world.collect(rows, TARGET)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "truncated")
    assert 1000 < len(findings) < 10_000


async def test_a_list_without_end_is_left_at_the_cap(world: World) -> None:
    world.http.on(HOST, "/", Canned(body=b"[", endless=b'{"name": "a.example.com"},' * 1000, content_type=JSON))
    look, findings = await world.collect(rows, TARGET)
    assert (look.outcome, look.reason) == (Outcome.PARTIAL, "truncated")
    assert findings
    await world.http.hung_up.wait()


async def test_an_empty_list_is_nothing(world: World) -> None:
    world.http.on(HOST, "/", Canned(json=[]))
    look, findings = await world.collect(rows, TARGET)
    assert (look.outcome, findings) == (Outcome.NOTHING, [])


async def test_a_list_inside_an_object_is_found(world: World, fetch: Fetch) -> None:
    world.http.on(HOST, "/", Canned(json={"item": 1, "a": [[0]], "rows": {"kept": [1, {"x": [2]}, "z", None, []]}}))
    assert await read(fetch, "rows.kept.item") == [1, {"x": [2]}, "z", None, []]


BROKEN: dict[str, tuple[Canned, type[SourceError]]] = {
    "breaks off in a row": (Canned(text='[{"name": "a.example.com"}, {"na'), Changed),
    "breaks off between rows": (Canned(text='[{"name": "a.example.com"},'), Changed),
    "another shape": (Canned(json={"error": "no"}), Changed),
    "a number": (Canned(text="7"), Changed),
    "nothing": (Canned(body=b""), Changed),
    "text": (Canned(text="Internal error"), Changed),
    "a page": (Canned(text="<html>Welcome</html>", content_type=HTML), Changed),
    "a wall": (Canned(text="<html>captcha</html>", content_type=HTML), Blocked),
    "endlessly deep": (Canned(text="[" * 50_000), Changed),
    "too deep in a row": (Canned(text="[" + '{"a":' * 100 + "1" + "}" * 100 + "]"), Changed),
    "too deep beside the list": (Canned(text='{"a":' * 100 + "1" + "}" * 100), Changed),
    "a packed stream that breaks off": (
        Canned(body=gzip.compress(json.dumps(list(range(1000))).encode())[:-9], headers={"Content-Encoding": "gzip"}),
        Changed,
    ),
    "a connection that breaks off": (Canned(json=[{"name": "a.example.com"}] * 100, cut=500), SourceDown),
}


@pytest.mark.parametrize(("reply", "kind"), BROKEN.values(), ids=BROKEN)
async def test_what_breaks_off_is_never_taken_for_the_end(
    world: World, fetch: Fetch, reply: Canned, kind: type[SourceError]
) -> None:
    world.http.on(HOST, "/", reply)
    with pytest.raises(kind):
        await read(fetch)
    assert world.http.count() == 1, "rows that were handed out cannot be taken back, so it is not asked again"


async def test_the_opening_is_tried_again(world: World, fetch: Fetch) -> None:
    world.http.on(HOST, "/", Canned(status=502), Canned(status=503), Canned(json=[1]))
    assert await read(fetch) == [1]
    assert world.http.count() == 3


async def test_a_stream_that_stops_is_a_time_out(world: World) -> None:
    fetch = await world.fetch(rows, TARGET, patience=IMPATIENT)
    world.http.on(HOST, "/", Canned(body=b"[1,", endless=b" ", content_type=JSON))
    with pytest.raises(SourceError):
        await read(fetch, cap=10**12)


async def test_a_receipt_before_the_end_is_a_bug(world: World, fetch: Fetch) -> None:
    world.http.on(HOST, "/", Canned(json=[1, 2]))
    async with fetch.stream(URL) as reply:
        with pytest.raises(RuntimeError):
            reply.finding(Kind.DOMAIN, "a.example.com")


async def test_trouble_of_the_reader_is_not_taken_for_the_sources(world: World, fetch: Fetch) -> None:
    world.http.on(HOST, "/", Canned(json=[1, 2]))

    async def stumble() -> None:
        async with fetch.stream(URL) as reply:
            async for _ in reply.items("item"):
                raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        await stumble()


async def test_a_bomb_is_stopped_in_bounded_memory(world: World, fetch: Fetch) -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(b"0" * 1_000_000) for _ in range(64)) + packer.flush()
    world.http.on(HOST, "/", Canned(body=bomb, headers={"Content-Encoding": "gzip"}))
    tracemalloc.start()
    reply = await fetch.get(URL, cap=1_000_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (len(reply.body), reply.truncated) == (1_000_000, True)
    assert peak < 8_000_000


def test_a_bomb_in_one_piece_of_64_kib_unpacks_to_its_cap_only() -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = (packer.compress(b"0" * 60_000_000) + packer.flush())[:65536]
    unpacker = Unpacker("gzip", cap=1000, source="Rows")
    assert (len(b"".join(unpacker.feed(bomb))), unpacker.full) == (1000, True)


def test_a_bomb_is_handed_on_in_pieces_that_leave_others_their_turn() -> None:
    packer = zlib.compressobj(9, wbits=31)
    unpacker = Unpacker("gzip", cap=50_000_000, source="Rows")
    pieces = list(unpacker.feed(packer.compress(b"0" * 40_000_000) + packer.flush()))
    assert sum(map(len, pieces)) == 40_000_000
    assert max(map(len, pieces)) <= PIECE
    unpacker.end()


def test_many_empty_members_are_no_answer() -> None:
    unpacker = Unpacker("gzip", cap=1000, source="Rows")
    with pytest.raises(Changed, match="1,000 parts"):
        list(unpacker.feed(gzip.compress(b"") * 1002))


def test_joined_members_are_one_body() -> None:
    unpacker = Unpacker("gzip", cap=1000, source="Rows")
    joined = gzip.compress(b"ab") + gzip.compress(b"cd")
    assert (
        b"".join(made for place in range(len(joined)) for made in unpacker.feed(joined[place : place + 1])) == b"abcd"
    )
    unpacker.end()


def test_rows_are_the_same_however_the_stream_is_cut() -> None:
    value = [{"a": [1, {"b": "ä\\"}], "c": None}, "x", 2.5, True, [], {}, [[1]], -7]
    body = json.dumps(value).encode()
    for size in (1, 2, 3, 7, len(body)):
        elements = Elements("item", "Rows")
        pieces = [body[place : place + size] for place in range(0, len(body), size)]
        assert [each for piece in pieces for each in elements.feed(piece)] == value
        elements.end()
