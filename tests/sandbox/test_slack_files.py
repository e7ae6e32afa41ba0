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


async def shared(doors: Doors, channel: str = "C0GENERAL", **odd: object) -> tuple[str, dict[str, object]]:
    """Somebody posts a file; the bot asks what it is."""
    file = {"name": "plan b.txt", "content": "aGVsbG8=", **odd}
    told = await doors.post("message", user="U0BOB", channel=channel, files=[file])
    found = (await doors.client.files_info(file=told["files"][0]))["file"]
    return str(told["ts"]), dict(found)


async def test_a_file_that_somebody_posts_is_on_the_message_and_downloads_with_the_token(doors: Doors) -> None:
    ts, file = await shared(doors)
    (message,) = await doors.messages()
    assert (message["ts"], message["subtype"], message["files"][0]["id"]) == (ts, "file_share", file["id"])
    assert (file["user"], file["size"], file["channels"]) == ("U0BOB", 5, ["C0GENERAL"])
    allowed = {"Authorization": f"Bearer {doors.bot_token}"}
    for name in ("url_private", "url_private_download"):
        async with doors.http.get(str(file[name]), headers=allowed) as response:
            assert (response.status, await response.read()) == (200, b"hello")


async def test_without_the_token_or_its_scope_a_login_page_comes_with_status_200(doors: Doors) -> None:
    _, file = await shared(doors)
    for headers in ({}, {"Authorization": "Bearer xoxb-other"}):
        async with doors.http.get(str(file["url_private"]), headers=headers) as response:
            assert (response.status, response.content_type) == (200, "text/html")
    await doors.post("token", scopes=["chat:write"])
    async with doors.http.get(
        str(file["url_private"]), headers={"Authorization": f"Bearer {doors.bot_token}"}
    ) as response:
        assert response.content_type == "text/html"
    assert (await doors.refused("files.info", file=str(file["id"])))["error"] == "missing_scope"


async def test_a_file_where_the_bot_is_not_does_not_exist_for_it(doors: Doors) -> None:
    told = await doors.post("message", user="U0BOB", channel="C0NOBOT", files=[{"name": "x.txt", "content": "aA=="}])
    assert (await doors.refused("files.info", file=told["files"][0]))["error"] == "file_not_found"


async def test_odd_files_look_as_slack_shows_them(doors: Doors) -> None:
    _, outside = await shared(doors, mode="external")
    assert (outside["is_external"], outside["mode"]) == (True, "external")
    _, hidden = await shared(doors, mode="hidden_by_limit")
    assert set(hidden) == {"id", "mode"}
    told = await doors.post(
        "message", user="U0BOB", channel="C0GENERAL", files=[{"content": "aA==", "mode": "tombstone"}]
    )
    assert (await doors.refused("files.info", file=told["files"][0]))["error"] == "file_deleted"


async def test_a_file_that_is_not_base64_is_refused(doors: Doors) -> None:
    told = await doors.post("message", user="U0BOB", channel="C0GENERAL", files=[{"name": "x", "content": "%"}])
    assert "base64" in told["error"]


async def test_the_bot_deletes_its_own_files_and_nobody_else_s(doors: Doors) -> None:
    uploaded = await doors.client.files_upload_v2(content="x", filename="x.txt", channel="C0GENERAL")
    await doors.client.files_delete(file=uploaded["file"]["id"])
    assert (await doors.refused("files.info", file=uploaded["file"]["id"]))["error"] == "file_deleted"
    assert (await doors.messages())[-1]["files"] == [{"id": uploaded["file"]["id"], "mode": "tombstone"}]
    assert (await doors.refused("files.delete", file="F0NONE"))["error"] == "file_not_found"


async def test_who_is_in_a_user_group_is_told_with_its_scope(doors: Doors) -> None:
    assert (await doors.client.usergroups_users_list(usergroup="S0LEADS"))["users"] == ["U0BOB"]
    assert (await doors.refused("usergroups.users.list", usergroup="S0NONE"))["error"] == "no_such_subteam"
    await doors.post("token", scopes=["chat:write"])
    assert (await doors.refused("usergroups.users.list", usergroup="S0LEADS"))["error"] == "missing_scope"
