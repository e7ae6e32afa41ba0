"""Two people, two channels, one target: who looked before, what changed since, and who may know."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bot.listening import words_of
from tests.running import Gumshoe, buttons_of, said
from tests.servers import Redis, Sandbox, Sources, until

OTHER = "C0CASE17"


@pytest.fixture(scope="module")
def gumshoe(tmp_path_factory: pytest.TempPathFactory, redis_server: Redis, sources: Sources) -> Iterator[Gumshoe]:
    with Sandbox() as sandbox, Gumshoe(tmp_path_factory.mktemp("change"), redis_server, sandbox, sources) as started:
        yield started
    sources.reset()


def parent(gumshoe: Gumshoe, scan_id: str, channel: str = "C0GENERAL") -> dict[str, Any]:
    """The parent message of a scan."""
    return next(
        each for each in gumshoe.parents(channel) if f"`{scan_id}`" in words_of(each) and "plan" in words_of(each)
    )


def test_a_team_remembers_what_a_target_was(gumshoe: Gumshoe, tmp_path: Path) -> None:
    gumshoe.sources.behave(protocol="dns", name="_dmarc.example.org", kind="status", status=404)
    gumshoe.sandbox.command("example.org fresh", user="U0BOB")
    (first,) = gumshoe.ended()
    assert "seen before" not in words_of(parent(gumshoe, first.id))

    gumshoe.sources.reset()
    receipt = words_of(gumshoe.sandbox.command("example.org fresh")["ephemeral"])
    assert "was seen before: by <@U0BOB>" in receipt
    second = gumshoe.ended(2)[0]
    told = parent(gumshoe, second.id)
    assert f"scan `{first.id}`" in words_of(told)
    assert "DMARC: grade" in words_of(told)
    assert "SOA" not in words_of(told).partition("What matters")[0]
    assert "diff" in buttons_of(told)

    gumshoe.sources.behave(host="crt.sh", kind="down")
    gumshoe.sources.behave(host="api.certspotter.com", kind="down")
    gumshoe.click("rerun", told)
    until("the second round to end", lambda: gumshoe.round_ended(second.id, 2))
    again = words_of(parent(gumshoe, second.id))
    assert "No change in what was compared" in again
    assert "crtsh (could not look this time)" in again
    gumshoe.sources.reset()

    gumshoe.sandbox.command("example.org fresh", user="U0BOB", channel=OTHER)
    third = gumshoe.ended(3)[0]
    assert third.place.channel == OTHER
    there = words_of(parent(gumshoe, third.id, OTHER))
    assert "seen before" not in there
    assert second.id not in there

    whole = words_of(gumshoe.sandbox.command(f"diff example.org {first.id} {second.id}/1")["ephemeral"])
    assert "DMARC: grade" in whole
    assert third.id not in words_of(gumshoe.sandbox.command("history example.org")["ephemeral"])
    summaries = [
        each for each in said(gumshoe.sandbox.messages("C0GENERAL", thread_ts=told["ts"])) if "Summary" in each["text"]
    ]
    assert "~1" in words_of(summaries[0])
