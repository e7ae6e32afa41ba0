"""Keys are tried one by one at their source: a refused one is bad, trouble at the source is not, no value is shown."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from bot.keys import Tried, tried
from collectors.declare import Key
from core.settings import load
from tests.bot.declared import declare, keyed, walker


@pytest.fixture(autouse=True)
def _declared(monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch)


def signs(value: str) -> list[Tried]:
    async def gather() -> list[Tried]:
        return [each async for each in tried(load(shodan_key=value))]

    return asyncio.run(gather())


@pytest.mark.parametrize(
    ("value", "state", "sentence"),
    [
        ("good-1", "good", "SHODAN_KEY: Samples takes the key (the key): 100 questions a month."),
        ("refused-1", "bad", "SHODAN_KEY: Samples refuses the key (the key)."),
        ("small-1", "weak", "SHODAN_KEY is taken, but: The plan of this key has no questions left out."),
        ("down-1", "weak", "SHODAN_KEY could not be tried: Samples does not answer."),
    ],
)
def test_a_key_is_taken_refused_too_small_or_not_tried(value: str, state: str, sentence: str) -> None:
    (sign,) = signs(value)
    assert (sign.state, sign.sentence) == (state, sentence)
    assert (sign.step != "") is (state == "bad" or value.startswith("small"))


def test_of_several_keys_each_is_tried_alone_and_named_by_its_place() -> None:
    with capture_logs() as logs:
        found = signs("good-one,refused-two good-three")
    assert [(each.state, each.sentence.split(":")[0]) for each in found] == [
        ("good", "SHODAN_KEY, key 1 of 3"),
        ("bad", "SHODAN_KEY, key 2 of 3"),
        ("good", "SHODAN_KEY, key 3 of 3"),
    ]
    told = repr(found) + repr(logs)
    assert not any(value in told for value in ("good-one", "refused-two", "good-three"))


def test_without_keys_nobody_is_asked() -> None:
    assert signs("") == []


def test_a_key_without_a_way_to_try_it_is_said_to_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    mute = replace(keyed, keys=(Key("shodan_key", "https://samples.example/keys", required=True),))
    declare(monkeypatch, mute)
    assert [each.sentence for each in signs("x")] == ["SHODAN_KEY is set. Samples has no way to try it."]


def test_a_setting_that_two_collectors_share_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = Key("shodan_key", "https://samples.example/keys", required=False)
    declare(monkeypatch, replace(walker, keys=(shared,)), keyed)
    assert [each.state for each in signs("good-1")] == ["good"]
