"""Files reach the stand-in workspace in Slack's three steps and are shown where they were shared."""

from collections.abc import AsyncIterator

import pytest
from slack_sdk.errors import SlackRequestError

from tests.sandbox.workspace_doors import Doors, open_doors


@pytest.fixture
async def doors() -> AsyncIterator[Doors]:
    async with open_doors() as opened:
        yield opened


async def test_a_file_lands_in_the_thread_it_was_meant_for(doors: Doors) -> None:
    parent = (await doors.client.chat_postMessage(channel="C0GENERAL", text="parent"))["ts"]
    uploaded = await doors.client.files_upload_v2(
        content="name,seen\n", filename="names.csv", title="All names", channel="C0GENERAL", thread_ts=parent
    )
    file = (await doors.messages(thread_ts=parent))[1]["files"][0]
    assert (file["id"], file["title"], file["preview"]) == (uploaded["file"]["id"], "All names", "name,seen\n")
    async with doors.http.get(f"{doors.url}/control/files/{file['id']}") as response:
        assert await response.text() == "name,seen\n"
        assert response.content_type == "text/plain"


async def test_a_file_without_a_channel_stays_private(doors: Doors) -> None:
    uploaded = await doors.client.files_upload_v2(content="x", filename="x.txt")
    assert uploaded["file"]["is_public"] is False
    assert await doors.messages() == []
    assert (await doors.client.files_info(file=uploaded["file"]["id"]))["file"]["name"] == "x.txt"


async def test_a_file_needs_the_bot_in_the_channel_even_with_the_public_scope(doors: Doors) -> None:
    await doors.post("token", scopes=["files:write", "chat:write", "chat:write.public"])
    url = await doors.client.files_getUploadURLExternal(filename="x.txt", length=1)
    async with doors.http.post(url["upload_url"], data=b"x") as response:
        assert response.ok
    files = [{"id": url["file_id"], "title": "x"}]
    refusal = await doors.refused("files.completeUploadExternal", files=files, channel_id="C0NOBOT")
    assert refusal["error"] == "not_in_channel"


async def test_an_upload_must_have_the_announced_length(doors: Doors) -> None:
    url = await doors.client.files_getUploadURLExternal(filename="x.txt", length=5)
    async with doors.http.post(url["upload_url"], data=b"x") as response:
        assert response.status == 400
    refusal = await doors.refused("files.completeUploadExternal", files=[{"id": url["file_id"]}])
    assert refusal["error"] == "file_not_found"


async def test_a_file_can_be_completed_once(doors: Doors) -> None:
    uploaded = await doors.client.files_upload_v2(content="x", filename="x.txt", channel="C0GENERAL")
    refusal = await doors.refused("files.completeUploadExternal", files=[{"id": uploaded["file"]["id"]}])
    assert refusal["error"] == "file_not_found"


async def test_the_upload_step_can_fail_too(doors: Doors) -> None:
    await doors.post("fault", method="upload", kind="500")
    with pytest.raises(SlackRequestError):
        await doors.client.files_upload_v2(content="x", filename="x.txt", channel="C0GENERAL")
    assert await doors.messages() == []
