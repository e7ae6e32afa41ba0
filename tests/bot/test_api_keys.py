"""Idempotency-Key, and lists of targets: nothing is done twice, nothing half, and each target gets its answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.models import Outcome, Priority
from tests.bot.api import Program, problem, service
from tests.bot.conftest import Start
from tests.bot.listening import Bot
from tests.servers import Postgres, Sandbox

KEY = '"5d0cbf2e-3a2e-4a4c-9f5b-0d7a7d3c2b11"'
WISH = {"target": "example.com", "type": "dns"}


def test_the_same_request_with_the_same_key_is_answered_alike_and_done_once(bot: Bot) -> None:
    ada = Program(bot)
    first = ada.post("/scan", WISH, Idempotency_Key=KEY)
    bot.end(bot.store.scans.get(first.json()["task_id"]))
    again = ada.post("/scan", WISH, Idempotency_Key=KEY.strip('"'))
    assert (first.status_code, again.status_code) == (202, 202)
    assert (first.json(), first.headers["location"]) == (again.json(), again.headers["location"])
    assert len(bot.scans()) == 1


def test_keys_belong_to_a_token(bot: Bot) -> None:
    for program in (Program(bot), Program(bot), service(bot)):
        assert program.post("/scan", WISH, Idempotency_Key=KEY).status_code == 202
    assert len(bot.scans()) == 3


def test_without_a_key_each_request_is_a_scan_of_its_own(bot: Bot) -> None:
    ada = Program(bot)
    made = [ada.post("/scan", WISH | more) for more in ({}, {"callback_url": "https://hooks.example.com/"})]
    assert len({answer.json()["task_id"] for answer in made}) == 2


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/scan", WISH | {"fresh": True}),
        ("/scan", {"target": "example.org", "type": "dns"}),
        ("/scans", {"targets": ["example.com"]}),
    ],
)
def test_a_key_that_came_with_another_request_is_refused(bot: Bot, path: str, body: dict[str, object]) -> None:
    ada = Program(bot)
    ada.post("/scan", WISH, Idempotency_Key=KEY)
    assert problem(ada.post(path, body, Idempotency_Key=KEY), 422)["type"].endswith("key-reused")
    assert len(bot.scans()) == 1


@pytest.mark.parametrize("key", ["", '""', "x" * 256, "with space"])
def test_what_is_no_key_is_refused(bot: Bot, key: str) -> None:
    assert problem(Program(bot).post("/scan", WISH, Idempotency_Key=key), 400)["title"] == "Not a key"
    assert bot.scans() == []


def test_a_request_that_was_refused_may_be_sent_again_with_its_key(start_bot: Start) -> None:
    bot = start_bot(user_scans_per_minute=1)
    ada = Program(bot)
    ada.scan(type="dns")
    assert ada.post("/scan", WISH, Idempotency_Key=KEY).status_code == 429
    bot.store.forget_everything()
    ada = Program(bot)
    assert ada.post("/scan", WISH, Idempotency_Key=KEY).status_code == 202


def test_a_round_is_opened_once_for_a_key(bot: Bot) -> None:
    ada = Program(bot)
    task_id = ada.scan(type="dns")["task_id"]
    path = f"/scan/{task_id}/rerun"
    bot.end(bot.store.scans.get(task_id), Outcome.FAILED)
    first = ada.post(path, {"which": "all"}, Idempotency_Key=KEY)
    assert (first.status_code, first.json()["round"]) == (202, 2)
    assert ada.post(path, {"which": "all"}, Idempotency_Key=KEY).json()["round"] == 2  # while it is under way
    bot.end(bot.store.scans.get(task_id), Outcome.FAILED)
    assert ada.post(path, {"which": "all"}, Idempotency_Key=KEY).json()["round"] == 2  # and when it has ended
    assert problem(ada.post(path, {"which": "dns"}, Idempotency_Key=KEY), 422)
    assert bot.store.scans.get(task_id).round == 2


@pytest.mark.fault("the same request reaches two bots at the same moment", keeps=("once",))
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_one_scan_comes_of_a_key_that_reaches_two_bots_at_once(
    kind: str, workspace: Sandbox, redis_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path / 'record.sqlite3'}"
    if kind == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        url = server.new_database()
    with (
        Bot(tmp_path, workspace, redis_url, database_url=url) as one,
        Bot(tmp_path, workspace, redis_url, database_url=url) as two,
    ):
        first = Program(one)
        second = Program(two)
        second._who = first._who  # the same token at another process
        asked = [first, second] * 4
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda each: each.insist("/scan", WISH, key=KEY), asked))
        assert {answer.status_code for answer in answers} == {202}
        assert len({answer.text for answer in answers}) == 1
        assert len(one.scans()) == 1


def test_a_list_is_written_down_and_each_target_gets_its_answer_in_order(bot: Bot) -> None:
    ada = Program(bot)
    targets = ["example.com", "exmaple", "EXAMPLE.com", "user:ada-example", "192.0.2.1", "10.0.0.1"]
    answer = ada.post("/scans", {"targets": targets, "type": ["dns", "crtsh"], "tag": "case-17"})
    body = answer.json()
    assert (answer.status_code, body["accepted"], body["refused"]) == (202, 3, 3)
    one, typo, same, person, address, inside = body["targets"]
    assert one["task_id"] == same["task_id"]
    assert (one["collectors"], address["collectors"]) == (["dns", "crtsh"], ["dns"])
    assert "has no dot" in typo["problem"]["detail"]
    assert person["problem"]["title"] == "Why?"
    assert "public" in inside["problem"]["detail"]
    assert "3 of 6 targets were taken, as 2 scans" in body["message"]
    scans = bot.scans()
    assert {(scan.priority, scan.tag) for scan in scans} == {(Priority.BULK, "case-17")}
    assert {scan.id for scan in scans} == {one["task_id"], address["task_id"]}


def test_a_list_of_which_nothing_can_be_asked_is_refused_as_a_whole(bot: Bot) -> None:
    ada = Program(bot)
    body = problem(ada.post("/scans", {"targets": ["exmaple", "ada@example.com"]}), 422)
    assert [each["problem"]["title"] for each in body["targets"]] == ["Not a target", "Why?"]
    assert "None of the collectors" in str(
        problem(ada.post("/scans", {"targets": ["192.0.2.1"], "type": "crtsh"}), 422)
    )
    assert bot.scans() == []


def test_a_list_sent_twice_with_a_key_is_one_list(bot: Bot) -> None:
    ada = Program(bot)
    wish = {"targets": [f"{n}.example.com" for n in range(20)], "type": "dns"}
    first = ada.post("/scans", wish, Idempotency_Key=KEY)
    assert first.json() == ada.post("/scans", wish, Idempotency_Key=KEY).json()
    assert len(bot.scans()) == 20


def test_five_hundred_targets_are_taken_and_one_more_is_not(bot: Bot) -> None:
    ada = Program(bot)
    targets = [f"{n}.example.com" for n in range(500)]
    body = ada.post("/scans", {"targets": targets}).json()
    assert (body["accepted"], len({each["task_id"] for each in body["targets"]})) == (500, 500)
    assert "500" in problem(ada.post("/scans", {"targets": [*targets, "example.com"]}), 422)["detail"]
