"""Files from Slack on their way to the collector: read in full, and each trouble an outcome of its own."""

from __future__ import annotations

import asyncio
import hashlib
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from collectors.metadata import metadata
from core.models import Asker, Fact, Finding, Kind, Outcome, Place, Target
from core.pace import LocalPace
from core.slack import Alone, Slack
from core.store import open_store
from tasks import scan, shelf
from tasks.process import Process
from tests.collectors import file_samples as samples
from tests.collectors.canned import World, open_world, sample_settings
from tests.servers import Sandbox

BODY = samples.jpeg()


@pytest.fixture(scope="module")
def one_sandbox() -> Iterator[Sandbox]:
    with Sandbox() as server:
        yield server


@pytest.fixture
def workspace(one_sandbox: Sandbox) -> Sandbox:
    one_sandbox.post("reset")
    return one_sandbox


@pytest.fixture
async def world(workspace: Sandbox) -> AsyncIterator[World]:
    """A canned world whose files come from the sandbox workspace."""
    slack = Slack(workspace.ready["bot_token"], base_url=workspace.ready["api_url"], pace=LocalPace(), timeout=2)
    async with open_world() as opened:
        session = await opened.session()
        session.keeper = shelf.keeper(Alone(slack), "")
        yield opened
    await slack.close()


def share(workspace: Sandbox, body: bytes = BODY, **odd: Any) -> Target:
    file = {"name": "harbour.jpg", "content": b64encode(body).decode(), **odd}
    return Target(Kind.FILE, workspace.post("message", user="U0BOB", channel="C0GENERAL", files=[file])["files"][0])


def test_a_file_target_is_what_the_collector_takes() -> None:
    assert Kind.FILE in metadata.accepts
    assert Kind.FILE not in metadata.touches


async def test_a_shared_photograph_is_read_with_slack_as_its_source(workspace: Sandbox, world: World) -> None:
    target = share(workspace)
    look, findings = await world.collect(metadata, target)
    assert look.outcome is Outcome.FOUND
    assert [each.value for each in findings if each.kind == Kind.FILE] == ["harbour.jpg"]
    assert "Ada Example" in [each.value for each in findings if each.kind == Fact.PERSON]
    (provenance,) = {each.provenance for each in findings}
    assert (provenance.source, provenance.status) == ("Slack file", "ok")
    assert provenance.url == f"{workspace.ready['url']}/control/files/{target.value}"
    assert provenance.sha256 == hashlib.sha256(BODY).hexdigest()
    assert workspace.ready["bot_token"] not in repr(findings)
    assert world.http.count() == 0, "nobody but Slack was asked"


@pytest.mark.parametrize(
    ("odd", "reason", "sentence"),
    [
        ({"mode": "external"}, "unreadable_file", "lies with another service"),
        ({"mode": "tombstone"}, "unreadable_file", "deleted"),
        ({"mode": "hidden_by_limit"}, "unreadable_file", "plan has reached its limit"),
        ({"team": "T0OTHER"}, "unreadable_file", "belongs to another workspace"),
        ({"size": 30_000_000}, "too_large", "larger than the 20 MB"),
        ({"size": 7}, "down", "only a part"),
    ],
)
async def test_a_file_that_cannot_be_had_says_why(
    workspace: Sandbox, world: World, odd: dict[str, Any], reason: str, sentence: str
) -> None:
    look, findings = await world.collect(metadata, share(workspace, **odd))
    assert (look.outcome, look.reason, findings) == (Outcome.FAILED, reason, [])
    assert sentence in look.message


@pytest.mark.parametrize(
    ("method", "kind", "reason"),
    [
        ("files.info", "500", "down"),
        ("files.info", "429", "down"),
        ("files.info", "not_json", "down"),
        ("files.download", "503", "down"),
        ("files.download", "not_json", "down"),
        ("auth.test", "500", "down"),
    ],
)
async def test_slack_in_trouble_is_never_nothing(
    workspace: Sandbox, world: World, method: str, kind: str, reason: str
) -> None:
    target = share(workspace)
    workspace.fault(method, kind, **({"retry_after": 90} if kind == "429" else {}))
    look, findings = await world.collect(metadata, target)
    assert (look.outcome, look.reason, findings) == (Outcome.FAILED, reason, [])


async def test_a_missing_scope_is_named(workspace: Sandbox, world: World) -> None:
    target = share(workspace)
    workspace.post("token", scopes=["chat:write"])
    look, _ = await world.collect(metadata, target)
    assert (look.outcome, look.reason) == (Outcome.FAILED, "unreadable_file")
    assert "files:read" in look.message


async def test_without_slack_there_is_no_keeper() -> None:
    async with open_world() as opened:
        look, _ = await opened.collect(metadata, Target(Kind.FILE, "F0123456789"))
    assert (look.outcome, look.reason) == (Outcome.FAILED, "unreadable_file")
    assert look.message == "Files are handed over in Slack, and Slack is not set up here."


async def test_a_worker_s_process_has_the_workspace_s_files(workspace: Sandbox, tmp_path: Path) -> None:
    target = share(workspace)
    url = f"sqlite:///{tmp_path / 'record.sqlite3'}"
    ready = workspace.ready
    chosen = sample_settings(
        database_url=url, data_dir=tmp_path, slack_bot_token=ready["bot_token"], slack_api_url=ready["api_url"]
    )
    store = await asyncio.to_thread(open_store, url)
    process = Process(chosen, store, shared=False)

    async def ignore(_scan_id: str) -> None:
        """Nobody is told."""

    try:
        await process.open(ignore)
        wish = scan.Wish((target,), Asker("U0ADA"), Place("T0SANDBOX", "C0GENERAL"), "terminal")
        (opened,) = await asyncio.to_thread(scan.start, store, chosen, wish)
        assert process.workshop is not None
        await process.workshop.work(opened.scan.id)
        (run,) = (await asyncio.to_thread(store.scans.get, opened.scan.id)).runs
    finally:
        await process.close()
        await asyncio.to_thread(store.close)
    assert (run.collector, run.outcome) == ("metadata", Outcome.FOUND)
    people: list[Finding] = [each for each in run.findings if each.kind == Fact.PERSON]
    assert [each.value for each in people] == ["Ada Example"]
