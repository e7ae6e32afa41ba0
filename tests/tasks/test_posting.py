"""What is said outside of threads reaches its channel once, whatever Slack does meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from core import clock
from core.pace import LocalPace
from core.slack import Alone, Slack
from core.store import Notice, Store, open_store
from tasks.posting import Posting
from tests.servers import Sandbox
from tests.watched import Time, Watching


@pytest.fixture(scope="module")
def one_sandbox() -> Iterator[Sandbox]:
    with Sandbox() as server:
        yield server


@pytest.fixture
def workspace(one_sandbox: Sandbox) -> Sandbox:
    one_sandbox.post("reset")
    return one_sandbox


@pytest.fixture(scope="module")
def one_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path_factory.mktemp('posting') / 'record.sqlite3'}")
    yield opened
    opened.close()


@pytest.fixture
def watching(one_store: Store, monkeypatch: pytest.MonkeyPatch) -> Watching:
    one_store.forget_everything()
    return Watching(one_store, Time(monkeypatch, clock.now()))  # Slack has a clock of its own


@pytest.fixture
async def posting(watching: Watching, workspace: Sandbox) -> AsyncIterator[Posting]:
    door = Slack(workspace.ready["bot_token"], base_url=workspace.ready["api_url"], pace=LocalPace(), timeout=1)
    yield Posting(watching.store, Alone(door))
    await door.close()


def note(watching: Watching) -> Notice:
    """A notice of a watch, due now."""
    one = watching.watch()
    block = {"type": "section", "text": {"type": "plain_text", "text": "Nothing new."}}
    made = Notice(f"watch/{one.id}/quiet/0", one.place, "Nothing new.", (block,), subject=one.id)
    assert watching.store.watches.move(one, {}, notices=[made])
    return made


def texts(workspace: Sandbox) -> list[str]:
    return [each["text"] for each in workspace.messages() if each.get("user") == "U0GUMSHOE"]


async def test_it_is_posted_once_however_often_it_is_looked_for(
    watching: Watching, posting: Posting, workspace: Sandbox
) -> None:
    note(watching)
    for _ in range(2):
        await posting.post_due()
    assert texts(workspace) == ["Nothing new."]
    assert [each.state for each in watching.notices()] == ["said"]


async def test_one_that_slack_stored_without_an_answer_is_found_again(
    watching: Watching, posting: Posting, workspace: Sandbox
) -> None:
    note(watching)
    workspace.fault("chat.postMessage", "cut_after")
    await posting.post_due()
    assert [each.state for each in watching.notices()] == ["sending"]
    watching.time.passes(timedelta(seconds=61))
    await posting.post_due()
    assert texts(workspace) == ["Nothing new."]
    assert [each.state for each in watching.notices()] == ["said"]


async def test_a_slack_that_is_broken_is_tried_again_later(
    watching: Watching, posting: Posting, workspace: Sandbox
) -> None:
    note(watching)
    workspace.fault("chat.postMessage", "error", times=9)
    await posting.post_due()
    workspace.post("reset")
    watching.time.passes(timedelta(seconds=61))
    await posting.post_due()
    assert texts(workspace) == ["Nothing new."]


async def test_a_watch_that_nobody_can_be_told_of_rests_with_the_reason(
    watching: Watching, posting: Posting, workspace: Sandbox
) -> None:
    made = note(watching)
    workspace.fault("chat.postMessage", "error", code="is_archived")
    await posting.post_due()
    one = watching.store.watches.get(made.subject)
    assert one.standing == "paused"
    assert one.trouble.startswith("I may not post there:")
    assert watching.tick().begun == []
