"""Cases and verdicts over the REST API: the same as in Slack, by the same verbs, written down the same way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.access import Reader
from core.belongs import Belongs
from core.callers import Scope
from core.cases import Case, Note, Tlp
from core.clock import now
from core.models import Asker, Outcome, Place, Scan
from tests.bot.api import Program, problem, service
from tests.bot.listening import TEAM, Bot
from tests.bot.test_judging import INSIDE, MARK, OTHER, counting, scanned
from tests.core.stores import claimed, finding, opened

ROOM = "C0GENERAL"


def made(bot: Bot, title: str = "Phish wave", *, tlp: Tlp = Tlp.AMBER, channel: str = ROOM, by: str = "U0ADA") -> Case:
    case, new = bot.store.cases.open(
        Case("", TEAM, title, "who is behind it", tlp, channel, "", by, now(), until=now() + timedelta(days=9))
    )
    assert new
    return case


def looked(bot: Bot, case: Case, tlp: str = "amber") -> Scan:
    scan = opened(
        bot.store, "dns", asker=Asker("U0ADA"), place=Place(TEAM, ROOM), belongs=Belongs(case=case.id, tlp=tlp)
    )
    found = [finding(f"x{tlp}.example.com", severity="high")]
    assert bot.store.runs.close(claimed(bot.store, scan), Outcome.FOUND, findings=found)
    return bot.store.scans.get(scan.id)


def titles(program: Program, **query: Any) -> list[str]:
    answer = program.get("/cases", **query)
    assert answer.status_code == 200, answer.text
    return [each["title"] for each in answer.json()["cases"]]


def test_cases_are_listed_page_by_page_the_newest_first(bot: Bot) -> None:
    for number in range(5):
        made(bot, f"Case {number}", channel=f"C0CASE{number}")
    ended = bot.store.cases.listed(Reader(TEAM, "U0ADA"))[2]
    bot.store.cases.close(ended.id, by="U0ADA")
    ada = Program(bot)
    pages, cursor = [], ""
    for _ in range(3):
        page = ada.get("/cases", limit=2, cursor=cursor).json()
        pages.append([each["title"] for each in page["cases"]])
        cursor = page["next_cursor"] or ""
        made(bot, f"Meanwhile {len(pages)}", channel=f"C0LATER{len(pages)}")  # shifts no page
    assert (pages, cursor) == ([["Case 4", "Case 3"], ["Case 2", "Case 1"], ["Case 0"]], "")
    assert titles(ada, state="closed") == ["Case 2"]
    assert "Case 2" not in titles(ada, state="open")
    assert problem(ada.get("/cases", cursor="nonsense"), 422)["type"].endswith("bad-cursor")
    assert problem(ada.get("/cases", state="shut"), 422)


def test_a_case_is_told_with_its_members_scans_notes_and_what_happened(bot: Bot) -> None:
    case = made(bot)
    bot.store.cases.add_member(case.id, "U0BOB", by="U0ADA")
    scan = looked(bot, case)
    bot.store.cases.write_down(case.id, Note("U0BOB", "the registrar was asked", now()))
    told = Program(bot).get(f"/cases/{case.id}").json()
    assert (told["title"], told["purpose"], told["tlp"], told["state"], told["channel"]) == (
        *("Phish wave", "who is behind it", "amber", "open", ROOM),
    )
    assert [(each["user"], each["lead"]) for each in told["members"]] == [("U0ADA", True), ("U0BOB", False)]
    assert [(each["task_id"], each["progress"]["findings"]) for each in told["scans"]] == [(scan.id, 1)]
    assert [(each["user"], each["text"]) for each in told["notes"]] == [("U0BOB", "the registrar was asked")]
    assert [each["step"] for each in told["timeline"]] == ["opened", "member", "scan", "finding", "note"]
    assert told["until"] > told["opened_at"]
    assert (told["scans_left_out"], told["older_scans_left_out"]) == (0, 0)
    bot.store.cases.close(case.id, by="U0BOB")
    ended = Program(bot).get(f"/cases/{case.id}").json()
    assert (ended["state"], ended["closed_by"], ended["timeline"][-1]["step"]) == ("closed", "U0BOB", "closed")
    bot.store.casefiles.forget(case.id)
    gone = Program(bot).get(f"/cases/{case.id}").json()
    assert (gone["state"], gone["scans"], gone["notes"]) == ("forgotten", [], [])


def test_a_case_is_handed_over_as_the_files_that_slack_gets(bot: Bot) -> None:
    case = made(bot)
    looked(bot, case)
    ada = Program(bot)
    posted = ada.get(f"/cases/{case.id}/export", format="report")
    assert posted.headers["content-type"].startswith("text/markdown")
    for part in ("# Phish wave", "TLP:AMBER", "xamber[.]example[.]com", "## Timeline"):
        assert part in posted.text
    for name, begins in (("json", b"{"), ("pdf", b"%PDF"), ("markdown", b"**TLP:AMBER**"), ("evidence", b"PK")):
        assert ada.get(f"/cases/{case.id}/export", format=name).content.startswith(begins), name
    old = ada.get(f"/case/{case.id}/export", format="report")  # as it was called first
    assert old.text.partition("As of")[0] == posted.text.partition("As of")[0]
    assert problem(ada.get(f"/cases/{case.id}/export", format="exe"), 422)
    assert bot.audit()[0] == ("U0ADA", "export", "allowed", "")


def test_an_admin_who_reads_a_red_case_is_written_down_whatever_they_read_it_as(bot: Bot) -> None:
    for path in ("", "/export"):
        case = made(bot, tlp=Tlp.RED, channel=f"C0RED{len(path)}", by="U0BOB")
        boss = service(bot, "boss", scopes=[Scope.ADMIN])
        for _ in range(2):
            assert boss.get(f"/cases/{case.id}{path}").status_code == 200
        rows = [row for row in bot.store.audit.listed(team=TEAM) if row["verb"] == "read"]
        assert [(row["user"], row["rule"], row["door"]) for row in rows if row["subject"] == case.id] == [
            ("service:boss", "tlp", "api")
        ]


def judged(program: Program, scan: Scan, verdict: str, mark: str = MARK, **more: str) -> Any:
    return program.post(f"/scan/{scan.id}/verdicts", {"finding": mark, "verdict": verdict} | more)


def test_a_verdict_over_the_api_is_the_one_that_judge_writes_down(bot: Bot) -> None:
    scan, ada = scanned(bot, INSIDE, OTHER), Program(bot)
    told = judged(ada, scan, "false", note="our own resolver").json()
    assert (told["verdict"]["verdict"], told["verdict"]["by"], told["changed"]) == ("false", "U0ADA", True)
    assert counting(bot, scan) == {MARK: "false by U0ADA"}
    row = bot.store.audit.listed(team=TEAM)[0]
    assert (row["verb"], row["door"], row["decision"], row["reason"]) == (
        *("verdict", "api", "allowed", "our own resolver"),
    )
    assert f"false:{MARK}" in str(row["subject"])
    bot.settle()
    assert ("tasks.report.deliver", scan.id) in bot.queued()  # its thread says so
    assert scan.id in bot.store.overdue.untold()
    again = judged(ada, scan, "false").json()
    assert (again["changed"], "Nothing changed" in again["message"]) == (False, True)
    (one,) = [each for each in ada.get(f"/scan/{scan.id}").json()["runs"][0]["findings"] if "verdict" in each]
    assert one["verdict"]["verdict"] == "false"


def test_undo_takes_back_the_verdict_that_stands_and_the_one_before_counts_again(bot: Bot) -> None:
    scan, ada = scanned(bot, INSIDE), Program(bot)
    for word in ("benign", "false"):
        judged(ada, scan, word)
    told = judged(Program(bot, "U0BOB", channels=[ROOM]), scan, "undo").json()
    assert (told["changed"], told["verdict"]["verdict"]) == (True, "benign")
    assert bot.audit()[0] == ("U0BOB", "undo_verdict", "allowed", "")
    assert judged(ada, scan, "undo").json()["verdict"] is None
    idle = judged(ada, scan, "undo").json()
    assert (idle["changed"], idle["verdict"]) == (False, None)
    assert counting(bot, scan) == {}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"finding": "0" * 32, "verdict": "false"}, 404),
        ({"finding": MARK, "verdict": "wrong"}, 422),
        ({"finding": MARK}, 422),
        ({"finding": MARK, "verdict": "false", "user": "U0BOB"}, 422),
    ],
)
def test_what_cannot_be_judged_says_what_to_do(bot: Bot, body: dict[str, str], status: int) -> None:
    scan = scanned(bot, INSIDE)
    problem(Program(bot).post(f"/scan/{scan.id}/verdicts", body), status)
    assert counting(bot, scan) == {}
