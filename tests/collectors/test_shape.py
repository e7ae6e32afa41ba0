"""Reading strangers' JSON: whatever the types are, values come out and never an exception."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors import shape
from collectors.doors import parse, verdict, wire
from collectors.doors.address import Address, follow, read
from collectors.doors.retry import retry_after
from collectors.doors.streaming import Elements
from core.errors import Changed, SourceError, UnsafeAddress

ROW = {"a": [{"n": "1"}, 2, None, ["x"]], "b": {"c": True}, "d": "2026-05-01T10:11:12.345", "big": 10**400}

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
paths = st.lists(st.text(max_size=3) | st.integers(-3, 3), max_size=4)


@given(anything, paths)
def test_no_shape_raises(value: Any, path: list[str | int]) -> None:
    assert isinstance(shape.text(value, *path), str)
    assert isinstance(shape.items(value, *path), list)
    assert all(isinstance(each, str) for each in shape.texts(value, *path))
    assert all(each is not None for each in shape.mappings(value, *path))
    assert dict(shape.mapping(value, *path)) is not None
    found, whole, when = shape.number(value, *path), shape.whole(value, *path), shape.when(value, *path)
    assert found is None or found == found  # noqa: PLR0124  # NaN is no number
    assert whole is None or isinstance(whole, int)
    assert when is None or when.tzinfo is UTC


def test_what_is_there_is_read() -> None:
    assert shape.text(ROW, "a", 0, "n") == "1"
    assert shape.number(ROW, "a", 0, "n") == 1.0
    assert shape.whole(ROW, "a", 1) == 2
    assert shape.items(ROW, "a", -1) == ["x"]
    assert shape.mapping(ROW, "b") == {"c": True}


def test_what_is_not_there_or_of_another_type_is_empty() -> None:
    assert shape.text(ROW, "b", "c") == ""
    assert shape.text(ROW, "a") == ""
    assert shape.number(ROW, "big") is None
    assert shape.number(ROW, "b", "c") is None
    assert shape.items(ROW, "a", 7) == []
    assert shape.mapping(ROW, "a") == {}
    assert shape.when(ROW, "a") is None


def test_one_where_many_were_expected_is_a_list_of_one() -> None:
    assert shape.items({"names": "a.example.com"}, "names") == ["a.example.com"]
    assert shape.texts({"names": ["a", 1, None, "", {}]}, "names") == ["a", "1"]


TIMES = {
    "2026-05-01T10:11:12.345": datetime(2026, 5, 1, 10, 11, 12, tzinfo=UTC),
    "2026-05-01T10:11:12Z": datetime(2026, 5, 1, 10, 11, 12, tzinfo=UTC),
    "2026-05-01T10:11:12+02:00": datetime(2026, 5, 1, 8, 11, 12, tzinfo=UTC),
    "2026-05-01T10:11:12-0530": datetime(2026, 5, 1, 15, 41, 12, tzinfo=UTC),
    "2026-05-01 10:11:12 UTC": datetime(2026, 5, 1, 10, 11, 12, tzinfo=UTC),
    "2026-05-01": datetime(2026, 5, 1, tzinfo=UTC),
    "20260501": datetime(2026, 5, 1, tzinfo=UTC),
    "2026.05.01": datetime(2026, 5, 1, tzinfo=UTC),
    "2026-06-30T23:59:60Z": datetime(2026, 6, 30, 23, 59, 59, tzinfo=UTC),
}


@pytest.mark.parametrize("text", TIMES)
def test_times_are_read_in_the_forms_sources_write(text: str) -> None:
    assert shape.when(text) == TIMES[text]


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", "0000-00-00T00:00:00Z", "01/02/2026", "9" * 500, "-1"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert shape.when(text) is None


def test_unix_seconds_are_a_time_within_reason() -> None:
    assert shape.when(1_780_000_000) == datetime.fromtimestamp(1_780_000_000, UTC)
    assert shape.when(-5) is shape.when(10**18) is shape.when(True) is None


@given(st.text(max_size=60) | st.text("htps:/\\@.[]0x127%：。①?#&=", max_size=40))
@settings(max_examples=150)
def test_no_text_makes_the_url_reader_stumble(text: str) -> None:
    here = read("https://example.com/a/b")
    attempts: list[Callable[[], Address]] = [
        lambda: read(text),
        lambda: read(f"http://{text}"),
        lambda: follow(here, text),
    ]
    for attempt in attempts:
        try:
            address = attempt()
        except UnsafeAddress:
            continue
        assert address.scheme in ("http", "https")
        assert read(address.href) == address


@given(st.binary(max_size=200))
@settings(max_examples=100)
def test_no_bytes_make_the_json_readers_stumble(body: bytes) -> None:
    for attempt in (lambda: parse.json_value(body, "Rows"), lambda: _rows(body), lambda: _rows(b"[" + body)):
        try:
            attempt()
        except Changed:
            continue


@given(anything)
def test_a_list_in_pieces_is_the_list_as_a_whole(value: Any) -> None:
    body = json.dumps([value]) if _finite(value) else "[1.5, null]"
    if re.search(r"(?<![.\d])\d{19}", body):  # may be beyond 64 bits
        body = "[2, null]"
    assert _rows(body.encode()) == json.loads(body)


@pytest.mark.parametrize("number", ["9" * 19, "9" * 100_000, "-" + "9" * 5000, "1e999", "1e99999999999999999999"])
def test_a_number_in_a_stream_that_no_computer_agrees_on_is_no_answer(number: str) -> None:
    with pytest.raises(Changed):
        _rows(f"[{number}]".encode())


@given(st.binary(max_size=100))
@settings(max_examples=100)
def test_no_bytes_make_the_dns_reader_stumble(body: bytes) -> None:
    try:
        wire.read(body)
    except Changed:
        return


@given(st.text(max_size=40) | st.text("0123456789 -:,GMTonue", max_size=40))
def test_no_header_makes_the_wait_senseless(text: str) -> None:
    wait = retry_after(text)
    assert wait is None or 0 <= wait <= 3600


@given(st.integers(100, 599), st.dictionaries(st.sampled_from(["content-type", "retry-after"]), st.text()), st.binary())
def test_every_refusal_has_a_cause_and_a_sentence(status: int, headers: dict[str, str], body: bytes) -> None:
    error = verdict.judge(status, headers, body, source="Rows")
    assert isinstance(error, SourceError)
    assert str(error).startswith("Rows ")


def _rows(body: bytes) -> list[Any]:
    elements = Elements("item", "Rows")
    found = list(elements.feed(body))
    elements.end()
    return found


def _finite(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True
