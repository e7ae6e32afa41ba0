"""A watch in the analyst's words, over real processes: quiet until something changes, and nothing is said twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from core import clock
from core.digests import Digest
from core.models import Place
from core.store.tables import finding
from tests.bot.listening import words_of
from tests.running import Gumshoe, heading
from tests.servers import Redis, Sandbox, Sources, until

GENERAL = Place("T0SANDBOX", "C0GENERAL")


@pytest.fixture(scope="module")
def gumshoe(tmp_path_factory: pytest.TempPathFactory, redis_server: Redis, sources: Sources) -> Iterator[Gumshoe]:
    with Sandbox() as sandbox, Gumshoe(tmp_path_factory.mktemp("story"), redis_server, sandbox, sources) as started:
        yield started


def said(gumshoe: Gumshoe, channel: str = "C0GENERAL") -> list[dict[str, Any]]:
    return gumshoe.parents(channel)


def look_again(gumshoe: Gumshoe, watch_id: str) -> None:
    """Its time has come; wait until that look was judged."""
    before = gumshoe.store.watches.get(watch_id)
    assert gumshoe.store.watches.move(before, {"due_at": clock.now() - timedelta(hours=1)})

    def judged() -> bool:
        now = gumshoe.store.watches.get(watch_id)
        return now.last_scan != before.last_scan and not now.running

    until("the look to be judged", judged, within=60)


def forget_a_name(gumshoe: Gumshoe, watch_id: str) -> str:
    """Let earlier looks not have seen one of the names that they saw; returns it."""
    look = gumshoe.store.scans.get(gumshoe.store.watches.get(watch_id).last_scan)
    before = gumshoe.store.watches.before(look)
    assert before is not None
    names = (each.value for run in before.runs if run.collector == "crtsh" for each in run.findings)
    name = next(each for each in names if each != "example.com")
    unseen = finding.delete().where(finding.c.value == name)
    gumshoe.store.database.write(lambda db: db.execute(unseen).rowcount)
    return name


def told(gumshoe: Gumshoe, name: str) -> list[dict[str, Any]]:
    """The thread whose first message names this as new, once it is all told."""
    thread = gumshoe.thread()
    shown = name.replace(".", "[.]")
    news = any(shown in words_of(each) and "1 new" in words_of(each) for each in thread[:1])
    return thread if news and not gumshoe.store.desk.lagging() else []


def test_a_watch_is_quiet_until_something_changes_and_then_opens_one_thread(gumshoe: Gumshoe) -> None:
    gumshoe.sandbox.post("command", command="/watch", text="example.com daily", user="U0ADA", channel="C0GENERAL")
    (first,) = until("the first look to be said", lambda: said(gumshoe), within=60)
    assert first["text"].startswith("I watch example[.]com now")
    assert first.get("reply_count", 0) == 0
    (one,) = gumshoe.store.watches.listed("T0SANDBOX")

    look_again(gumshoe, one.id)
    assert len(said(gumshoe)) == 1

    gone = forget_a_name(gumshoe, one.id)
    look_again(gumshoe, one.id)
    thread = until("the change to be told", lambda: told(gumshoe, gone), within=60)
    assert heading(thread[0]) == "example[.]com"
    assert len(said(gumshoe)) == 2

    # Somebody in the other channel sees nothing of it.
    answer = gumshoe.sandbox.post("command", command="/watch", text="list", user="U0BOB", channel="C0CASE17")
    assert "Nothing is watched here" in answer["ephemeral"]["text"]


def test_a_digest_comes_once(gumshoe: Gumshoe) -> None:
    now = clock.now()
    weekly = Digest(GENERAL, "weekly", "0 9 * * 1", "UTC", "U0ADA", now, now, now - timedelta(days=7))
    gumshoe.store.digests.set(weekly)

    def digests() -> list[dict[str, Any]]:
        return [
            each for each in said(gumshoe) if heading(each).startswith("Digest") or each["text"].startswith("This week")
        ]

    until("the digest", digests, within=60)
    assert len(digests()) == 1
