"""Files that people shared: what we learn of one, and how its bytes come."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest

from core.errors import FileGone, FileUnfit, MissingScope, SlackDown
from core.slack import SharedFile, Slack
from core.slack.shelf import shared_file
from tests.core.slack_doors import trouble
from tests.servers import Sandbox

BODY = b"\xff\xd8\xff invented"


def share(workspace: Sandbox, channel: str = "C0GENERAL", **odd: Any) -> str:
    file = {"name": "harbour.jpg", "content": b64encode(BODY).decode(), **odd}
    workspace.post("message", user="U0BOB", channel=channel, text="look", files=[file])
    return str(workspace.messages(channel)[-1]["files"][0]["id"])


async def test_a_shared_file_says_what_it_is_and_gives_its_bytes(workspace: Sandbox, slack: Slack) -> None:
    file = await slack.file(share(workspace))
    assert (file.name, file.mimetype, file.size, file.user) == ("harbour.jpg", "image/jpeg", len(BODY), "U0BOB")
    assert file.places == {"C0GENERAL"}
    file.check("T0SANDBOX")
    assert await slack.download(file, cap=1000) == BODY


@pytest.mark.parametrize(("size", "cap"), [(0, 5), (5_000_000, 1000)])
async def test_a_file_over_the_cap_is_refused_by_its_size_and_while_it_comes(
    workspace: Sandbox, slack: Slack, size: int, cap: int
) -> None:
    file = replace(await slack.file(share(workspace)), size=size)
    assert isinstance(await trouble(workspace, slack.download(file, cap=cap)), FileUnfit)


async def test_our_token_goes_to_slack_only(workspace: Sandbox, slack: Slack) -> None:
    file = replace(await slack.file(share(workspace)), url="http://192.0.2.1/steal")
    found = await trouble(workspace, slack.download(file, cap=1000))
    assert (type(found), found.code) == (SlackDown, "foreign")


async def test_a_login_page_is_not_taken_for_the_file(workspace: Sandbox, slack: Slack) -> None:
    file = await slack.file(share(workspace))
    workspace.post("token", scopes=["chat:write"])
    found = await trouble(workspace, slack.download(file, cap=1000))
    assert (type(found), found.code) == (SlackDown, "login")


@pytest.mark.parametrize("kind", ["500", "503", "hang"])
async def test_a_download_that_breaks_is_said(workspace: Sandbox, hasty: Slack, kind: str) -> None:
    file = await hasty.file(share(workspace))
    workspace.fault("files.download", kind)
    assert isinstance(await trouble(workspace, hasty.download(file, cap=1000)), SlackDown)


async def test_a_part_of_a_file_is_not_taken_for_the_whole(workspace: Sandbox, slack: Slack) -> None:
    file = await slack.file(share(workspace, size=len(BODY) + 1))
    found = await trouble(workspace, slack.download(file, cap=1000))
    assert (type(found), found.code) == (SlackDown, "cut")


async def test_what_is_not_there_and_what_we_may_not_see_is_gone(workspace: Sandbox, slack: Slack) -> None:
    for file in (share(workspace, mode="tombstone"), share(workspace, "C0NOBOT"), "F0NOWHERE"):
        assert isinstance(await trouble(workspace, slack.file(file)), FileGone)
    workspace.post("token", scopes=["chat:write"])
    assert isinstance(await trouble(workspace, slack.file("F0NOWHERE")), MissingScope)


@pytest.mark.parametrize("odd", [{"mode": "external"}, {"team": "T0OTHER"}, {"mode": "hidden_by_limit"}])
async def test_files_that_we_do_not_look_into(workspace: Sandbox, slack: Slack, odd: dict[str, str]) -> None:
    file = await slack.file(share(workspace, **odd))
    with pytest.raises((FileUnfit, FileGone)):
        file.check("T0SANDBOX")


def test_whatever_slack_says_is_read_or_empty() -> None:
    told = {
        "name": 7,
        "size": "x",
        "channels": [1, "C1"],
        "shares": {"public": {"C2": []}, "private": 3},
        "groups": None,
    }
    file = shared_file("F1", told)
    assert file == SharedFile("F1", "F1", "", 0, "", "", "", False, "", "", frozenset({"C1", "C2"}))
