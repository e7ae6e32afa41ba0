"""A URL of Sentinels says who is asked for which master, and nothing of it is told when it is wrong."""

from __future__ import annotations

import pytest

from core.broker import connect
from core.errors import BadSetting
from core.sentinel import Watched, read
from core.settings import load


def test_a_url_names_the_sentinels_the_master_and_the_passwords() -> None:
    url = "sentinel://ada:p%40ss@one:26380,[2001:db8::2]:7,three/2?master=main&sentinel_password=s%2Bp"
    assert read(url) == Watched(
        sentinels=(("one", 26380), ("2001:db8::2", 7), ("three", 26379)),
        master="main",
        database=2,
        user="ada",
        password="p@ss",
        sentinel_password="s+p",
    )
    assert read("sentinel://one?master=main") == Watched((("one", 26379),), "main")
    assert read("redis://one:6379/0") is None


def test_celery_reads_the_same_in_its_own_words() -> None:
    watched = read("sentinel://:p%40ss@one:1,two:2/3?master=main")
    assert watched is not None
    assert watched.broker_url == "sentinel://:p%40ss@one:1/3;sentinel://:p%40ss@two:2/3"


@pytest.mark.parametrize(
    "url",
    [
        "sentinel://:hush@one:26379/0",
        "sentinel://:hush@one:26379/0?master=",
        "sentinel://:hush@/0?master=main",
        "sentinel://:hush@one:port/0?master=main",
        "sentinel://:hush@one,,two/0?master=main",
        "sentinel://:hush@one/x?master=main",
        "sentinel://:hush@one/0?master=main&colour=red",
    ],
)
def test_a_wrong_one_is_one_sentence_without_the_password(url: str) -> None:
    with pytest.raises(BadSetting) as raised:
        load(redis_url=url)
    assert "REDIS_URL is wrong: must" in str(raised.value)
    assert "hush" not in str(raised.value)
    with pytest.raises(BadSetting, match="BUDGET_REDIS_URL is wrong"):
        connect(url, setting="BUDGET_REDIS_URL")


def test_both_passwords_are_blanked() -> None:
    url = "sentinel://:first-hush@one:1,two:2/0?master=main&sentinel_password=second%2Bhush"
    secrets = load(redis_url=url).secrets
    assert {"first-hush", "second%2Bhush", "second+hush"} <= set(secrets)
