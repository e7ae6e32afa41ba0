"""Pivots on the dashboard: the tree beside a scan, a button in each finding, and the graph of the whole tree."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.callers import Scope
from core.store.rows import fingerprint
from tests.bot.listening import Bot
from tests.bot.reading import Reader, words
from tests.bot.test_pages_door import slack_app
from tests.bot.test_pivots import FOUND, children, scanned
from tests.servers import Sandbox


@pytest.fixture(scope="module")
def lasting_bot(workspace: Sandbox, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    with Bot(tmp_path_factory.mktemp("bot"), workspace, redis_url, **slack_app(workspace)) as listening:
        yield listening


def test_a_page_shows_the_tree_and_pivots_from_a_finding(bot: Bot) -> None:
    one = scanned(bot)
    with Reader(bot) as reader:
        reader.sign_in()
        page = reader.get(f"/scans/{one.id}")
        assert "Pivot: look up 192[.]0[.]2[.]1" in words(page)
        assert "Tree" not in words(page)
        path = f"/scans/{one.id}/pivot"
        refused = reader.post(path, {"finding": fingerprint(FOUND[1])})
        assert "registered apart" in words(refused)
        reader.post(path, {"finding": fingerprint(FOUND[0])})
        (child,) = children(bot, one)
        assert child.place == one.place
        shown = words(reader.get(f"/scans/{child.id}"))
        assert "Tree" in shown
        assert "example[.]com" in shown
        told = reader.get(f"/scans/{child.id}/graph.json").json()
        labels = {node["label"]: node["kind"] for node in told["nodes"]}
        assert (labels["example[.]com"], labels["192[.]0[.]2[.]1"]) == ("target", "target")
        ids = {node["id"] for node in told["nodes"]}
        assert all({edge["source"], edge["target"]} <= ids for edge in told["edges"])


def test_who_may_only_read_is_offered_no_pivot_and_who_may_not_see_finds_nothing(bot: Bot) -> None:
    one = scanned(bot)
    with Reader(bot) as reader:
        reader.sign_in(Scope.READ, channels=("C0GENERAL",), user="U0BOB")
        assert "Pivot: look up" not in words(reader.get(f"/scans/{one.id}"))
        assert reader.post(f"/scans/{one.id}/pivot", {"finding": fingerprint(FOUND[0])}).status_code == 403
    with Reader(bot) as stranger:
        stranger.sign_in(user="U0BOB")
        assert stranger.post(f"/scans/{one.id}/pivot", {"finding": fingerprint(FOUND[0])}).status_code == 404
    assert children(bot, one) == []
