"""What an answer cannot be without: where it differs is said with its path, and never with a value."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from structlog.testing import capture_logs

from collectors import shape
from collectors.declare import Findings
from collectors.fetch import Fetch
from core.errors import Changed
from core.models import Kind, Outcome, Target
from tests.collectors.canned import Canned, World
from tests.collectors.sample_collectors import HOST, TARGET, declared
from tests.collectors.test_shape import anything

ROW: dict[str, Any] = {
    "data": {"attributes": {"stats": "secret text", "votes": None, "names": [{"n": "x"}], "on": True}}
}
URL = f"https://{HOST}/"


def test_what_is_there_and_of_its_kind_is_given() -> None:
    assert shape.require(ROW, "data.attributes.names.0.n", str, source="Rows") == "x"
    assert shape.require(ROW, "data.attributes.on", bool, source="Rows") is True
    assert shape.require(ROW, "", dict, source="Rows") is ROW
    assert shape.require({"n": 1.5}, "n", float, source="Rows") == 1.5
    assert shape.require({"n": 1}, "n", float, source="Rows") == 1


@pytest.mark.parametrize(
    ("path", "kind", "said"),
    [
        ("data.attributes.stats", dict, "data.attributes.stats: expected object, got text"),
        ("data.attributes.votes", dict, "data.attributes.votes: expected object, got null"),
        ("data.attributes.absent", list, "data.attributes.absent: expected list, got nothing there"),
        ("data.attributes.names.1.n", str, "data.attributes.names.1.n: expected text, got nothing there"),
        ("data.attributes.on", int, "data.attributes.on: expected whole number, got true or false"),
        ("", list, "the whole answer: expected list, got object"),
    ],
)
def test_what_differs_is_named_by_its_path(path: str, kind: type, said: str) -> None:
    with pytest.raises(Changed) as caught:
        shape.require(ROW, path, kind, source="Rows")
    assert (caught.value.path, caught.value.source) == (said, "Rows")
    assert str(caught.value) == f"Rows answered in a form I do not know ({said})."
    assert "secret text" not in str(caught.value)


def test_what_may_be_missing_is_none_but_another_type_is_not_taken_for_missing() -> None:
    assert shape.perhaps(ROW, "data.attributes.absent", dict, source="Rows") is None
    assert shape.perhaps(ROW, "data.attributes.votes", dict, source="Rows") is None
    with pytest.raises(Changed):
        shape.perhaps(ROW, "data.attributes.stats", dict, source="Rows")


@given(anything)
def test_only_our_own_error_comes_out_whatever_a_source_sends(value: Any) -> None:
    for path in ("", "a", "a.0.b", "0", "0.a"):
        for kind in (dict, list, str, bool, int, float):
            with suppress(Changed):
                found = shape.require(value, path, kind, source="Rows")
                assert isinstance(found, (int, float) if kind is float else kind)


async def test_an_answer_of_unknown_shape_is_no_answer_and_is_logged_with_its_path(world: World) -> None:
    @declared
    async def changed(target: Target, fetch: Fetch) -> Findings:
        """Reads a field that is not what it was."""
        reply = await fetch.json(URL, expect=dict)
        yield reply.finding(Kind.DOMAIN, shape.require(reply.json(), "name", str, source="Names"))

    world.http.on(HOST, "/", Canned(json={"name": {"private": "hunter2"}}))
    with capture_logs() as logs:
        ended, findings = await world.collect(changed, TARGET)
    assert (ended.outcome, ended.reason, findings) == (Outcome.FAILED, "changed", [])
    assert ended.message == "Names answered in a form I do not know (name: expected text, got object)."
    assert [each for each in logs if each["event"] == "answer of unknown shape"] == [
        {
            "event": "answer of unknown shape",
            "log_level": "warning",
            "collector": "changed",
            "source": "Names",
            "path": "name: expected text, got object",
        }
    ]
    assert "hunter2" not in repr(logs)


async def test_a_change_in_one_part_of_a_run_is_logged_once_and_the_rest_goes_on(world: World) -> None:
    @declared
    async def partly(target: Target, fetch: Fetch) -> Findings:
        """Asks for a part that changed, thrice."""
        first = await fetch.tolerate(fetch.json(URL, expect=list), "The list")
        second = await fetch.attempt(fetch.json(URL, expect=list))
        assert first is None
        assert isinstance(second, Changed)
        yield (await fetch.json(URL, expect=dict)).finding(Kind.DOMAIN, "www.example.com")

    world.http.on(HOST, "/", *[Canned(json={})] * 3)
    with capture_logs() as logs:
        ended, findings = await world.collect(partly, TARGET)
    assert (ended.outcome, ended.reason, len(findings)) == (Outcome.PARTIAL, "changed", 1)
    assert "the whole answer: expected list, got object" in ended.message
    assert [each["path"] for each in logs if each["event"] == "answer of unknown shape"] == [
        "the whole answer: expected list, got object"
    ]
