"""Cases and labels over HTTP: the API, the live lines and the dashboard show to nobody what they may not see."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from core.belongs import Belongs
from core.callers import Scope
from core.cases import Case, Note, Tlp
from core.clock import now
from core.models import Asker, Outcome, Scan
from tests.bot.api import Program
from tests.bot.listening import TEAM, Bot
from tests.bot.reading import Reader, words
from tests.bot.test_pages_door import slack_app
from tests.bot.watching import ring, streamed
from tests.core.stores import claimed, finding, opened
from tests.servers import Sandbox

ROOM = "C0GENERAL"


@pytest.fixture(scope="module")
def lasting_bot(workspace: Sandbox, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    with Bot(tmp_path_factory.mktemp("bot"), workspace, redis_url, **slack_app(workspace)) as listening:
        yield listening


@pytest.fixture
def red(bot: Bot) -> Scan:
    """A red scan of Ada's in a case of which Bob is a member, asked in a channel."""
    case, _ = bot.store.cases.open(Case("", TEAM, "Phish wave", "why", Tlp.AMBER, ROOM, "", "U0ADA", now()))
    bot.store.cases.add_member(case.id, "U0BOB", by="U0ADA")
    scan = opened(bot.store, "dns", asker=Asker("U0ADA"), belongs=Belongs(case=case.id, tlp="red"))
    assert bot.store.runs.close(claimed(bot.store, scan), Outcome.FOUND, findings=[finding("x.example.com")])
    return bot.store.scans.get(scan.id)


@pytest.fixture
def reader(bot: Bot) -> Iterator[Reader]:
    bot.front.people.forget()
    with Reader(bot) as window:
        yield window


def callers(bot: Bot) -> dict[str, Program]:
    return {
        "asker": Program(bot, "U0ADA"),
        "member": Program(bot, "U0BOB"),
        "channel": Program(bot, "service:eve", channels=[ROOM]),
        "admin": Program(bot, "service:boss", scopes=[Scope.ADMIN]),
    }


def test_the_api_gives_a_red_scan_to_who_asked_members_and_admins_alone(bot: Bot, red: Scan) -> None:
    for name, program in callers(bot).items():
        seen = name != "channel"
        assert (program.get(f"/scan/{red.id}").status_code == 200) is seen, name
        assert (red.id in program.scans()) is seen, name
        assert (program.post(f"/scan/{red.id}/rerun", {}).status_code != 404) is seen, name
        assert (program.delete(f"/scan/{red.id}").status_code != 404) is seen, name
    read = [row for row in bot.store.audit.listed(team=TEAM) if row["verb"] == "read"]
    assert [(row["user"], row["rule"], row["scan_id"]) for row in read] == [("service:boss", "tlp", red.id)]


def test_the_api_says_the_label_and_the_case_and_takes_a_label(bot: Bot, red: Scan) -> None:
    ada = Program(bot, "U0ADA")
    told = ada.get(f"/scan/{red.id}").json()
    assert (told["tlp"], told["case"]) == ("red", red.belongs.case)
    assert (told["scan"]["tlp"], told["scan"]["case"]) == ("red", red.belongs.case)
    marked = ada.scan("example.org", tlp="amber+strict")
    assert marked["skipped"].keys() >= {"crtsh"}
    assert "TLP:AMBER+STRICT" in marked["skipped"]["crtsh"]
    assert ada.get(f"/scan/{marked['task_id']}").json()["tlp"] == "amber+strict"
    assert ada.post("/scan", {"target": "example.org", "tlp": "pink"}).status_code == 422


def test_live_lines_tell_of_a_red_scan_to_none_in_its_channel(bot: Bot, red: Scan, redis_url: str) -> None:
    site = bot.url.removesuffix("/slack/events")
    eve, bob = callers(bot)["channel"], callers(bot)["member"]
    answer = httpx.get(f"{site}/api/v1/scan/{red.id}/events", headers={"Authorization": f"Bearer {eve.text}"})
    assert answer.status_code == 404
    green = opened(bot.store, "dns", asker=Asker("U0ADA"), belongs=Belongs(tlp="green"))
    with streamed(f"{site}/api/v1/events", eve.text) as stream:
        ring(redis_url, red)
        ring(redis_url, green)
        assert [each.body["task_id"] for each in stream.until("scan")] == [green.id]
    with streamed(f"{site}/api/v1/scan/{red.id}/events", bob.text) as stream:
        assert stream.until("scan")[-1].body["tlp"] == "red"


def test_who_is_taken_out_of_a_case_is_told_no_more_by_a_line_that_is_open(bot: Bot, redis_url: str) -> None:
    case, _ = bot.store.cases.open(Case("", TEAM, "Phish wave", "why", Tlp.RED, ROOM, "", "U0ADA", now()))
    bot.store.cases.add_member(case.id, "U0BOB", by="U0ADA")
    scan = opened(bot.store, "dns", belongs=Belongs(case=case.id, tlp="red"))
    site, bob = bot.url.removesuffix("/slack/events"), callers(bot)["member"]
    with streamed(f"{site}/api/v1/scan/{scan.id}/events", bob.text) as stream:
        stream.until("scan")
        bot.store.cases.remove_member(case.id, "U0BOB")
        ring(redis_url, scan)
        assert stream.until("gone")[-1].name == "gone"


def test_the_dashboard_shows_what_is_red_to_those_who_may_see_it(bot: Bot, red: Scan, reader: Reader) -> None:
    bot.store.cases.write_down(red.belongs.case, Note("U0ADA", "<b>bold</b>", now(), author="U0BOB"))
    paths = (f"/scans/{red.id}", f"/scans/{red.id}/graph", f"/scans/{red.id}/download")
    for user, channels, seen in (("U0BOB", (), True), ("service:eve", (ROOM,), False)):
        reader.sign_in(user=user, channels=channels)
        assert {reader.get(path).status_code for path in paths} == {200 if seen else 404}
        page = words(reader.get(f"/cases/{red.belongs.case}"))
        assert ("example[.]com" in page) is seen
        assert ("1 scans are left out" in page) is not seen
        assert "<b>bold</b>" in page  # as text
        assert "Phish wave" in words(reader.get("/cases"))
        assert ("x[.]example[.]com" in reader.get(f"/cases/{red.belongs.case}/report").text) is seen
    reader.sign_in(user="service:far", channels=("C0OTHER",))
    assert reader.get(f"/cases/{red.belongs.case}").status_code == 404
    assert "You see no case" in words(reader.get("/cases"))
    assert "TLP:RED" in words(_as(reader, "U0ADA").get(f"/scans/{red.id}"))


def _as(reader: Reader, user: str) -> Reader:
    reader.sign_in(user=user)
    return reader


def test_an_admin_who_reads_a_red_case_is_written_down(bot: Bot, reader: Reader) -> None:
    case, _ = bot.store.cases.open(Case("", TEAM, "Phish wave", "why", Tlp.RED, ROOM, "", "U0ADA", now()))
    reader.sign_in(Scope.ADMIN, user="service:boss")
    assert [reader.get(f"/cases/{case.id}").status_code for _ in range(2)] == [200, 200]
    read = [row for row in bot.store.audit.listed(team=TEAM) if row["verb"] == "read"]
    assert [(row["user"], row["subject"], row["rule"]) for row in read] == [("service:boss", case.id, "tlp")]


def test_a_report_that_is_downloaded_is_written_down_as_an_export(bot: Bot, reader: Reader) -> None:
    case, _ = bot.store.cases.open(Case("", TEAM, "Phish wave", "why", Tlp.AMBER, ROOM, "", "U0ADA", now()))
    assert _as(reader, "U0ADA").get(f"/cases/{case.id}/report").status_code == 200
    row = bot.store.audit.listed(team=TEAM)[0]
    assert (row["user"], row["verb"], row["subject"]) == ("U0ADA", "export", f"case {case.id}: markdown")
