"""The REST API: scans are asked, looked at, stopped and asked again as from Slack, by the same verbs."""

from __future__ import annotations

from typing import Any

import pytest

from core.broker import down
from core.errors import StoreDown
from core.models import Asker, Kind, Outcome, Place, Priority, ScanStatus, Target
from core.store import Ask, Choice
from tasks import queue
from tests.bot.api import Program, problem, service
from tests.bot.conftest import Start
from tests.bot.listening import Bot
from tests.core.stores import finding

PERSONS = ("ada@example.com", "user:ada-example", "+1 202 555 0100", '"Ada Example"')


@pytest.fixture
def ada(bot: Bot) -> Program:
    """Somebody who may start scans."""
    return Program(bot)


def run_all(bot: Bot, task_id: str, outcome: Outcome = Outcome.NOTHING) -> None:
    bot.end(bot.store.scans.get(task_id), outcome)


def test_a_scan_is_written_down_and_the_answer_says_where_to_look(bot: Bot, ada: Program) -> None:
    answer = ada.post("/scan", {"target": "Example[.]com", "type": "dns"})
    body = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (202, f"/api/v1/scan/{body['task_id']}")
    told = {name: body[name] for name in ("status", "target", "kind", "collector_type", "collectors")}
    assert told == {
        "status": "PENDING",
        "target": "example.com",
        "kind": "domain",
        "collector_type": "dns",
        "collectors": ["dns"],
    }
    assert "example" in body["message"]
    (scan,) = bot.scans()
    assert (scan.id, scan.door, scan.asker.user, scan.token) == (body["task_id"], "api", "U0ADA", ada.token.id)
    bot.settle()
    assert bot.queued() == [("tasks.scan.run", scan.id)]  # no thread waits to be told


def test_one_collector_several_or_all_that_fit(bot: Bot, ada: Program) -> None:
    assert ada.scan(type=["dns", "whois"])["collectors"] == ["dns", "whois"]
    assert ada.scan(collectors=["crtsh"])["collector_type"] == ["crtsh"]
    everything = ada.scan()
    assert everything["collector_type"] == "all"
    assert {"dns", "crtsh", "whois"} < set(everything["collectors"])
    assert "securitytrails" in everything["skipped"]


def test_type_and_collectors_that_differ_are_refused(bot: Bot, ada: Program) -> None:
    body = problem(ada.post("/scan", {"target": "example.com", "type": "dns", "collectors": ["whois"]}), 422)
    assert "differ" in body["detail"]
    assert ada.scan(type="dns", collectors=["dns"])["collectors"] == ["dns"]
    assert len(bot.scans()) == 1


def test_a_kind_is_no_collector(bot: Bot, ada: Program) -> None:
    body = problem(ada.post("/scan", {"target": "example.com", "type": "domain"}), 422)
    assert '"domain" is a kind of target' in body["detail"]
    assert "Leave type out" in body["next"]


def test_what_cannot_be_asked_is_said_with_the_next_step(bot: Bot, ada: Program) -> None:
    for wish, words in (
        ({"target": "exmaple"}, "has no dot"),
        ({"target": "127.0.0.1"}, "public"),
        ({"target": "example.com", "type": "dsn"}, "Did you mean dns?"),
        ({"target": "example.com", "options": ["nonsense"]}, "no option"),
        ({"target": "192.0.2.1", "type": "crtsh"}, "does not take"),
        ({"target": "example.com", "options": ["transfers"]}, "touches the target"),
    ):
        assert words in problem(ada.post("/scan", wish), 422)["detail"]
    assert bot.scans() == []


def test_what_could_mean_several_things_lists_them(bot: Bot, ada: Program) -> None:
    body = problem(ada.post("/scan", {"target": "@ada@example.com", "reason": "a test"}), 422)
    assert len(body["choices"]) == 2
    for choice in body["choices"]:
        ada.scan(choice, reason="a test")


def test_everything_that_is_asked_is_kept_with_the_scan(bot: Bot, ada: Program) -> None:
    ada.scan(
        priority="bulk",
        reason="case 17",
        callback_url="https://hooks.example.com/x?y=z",
        options=["transfers"],
        active=True,
        fresh=True,
        tag="#case-17 urgent",
    )
    (scan,) = bot.scans()
    assert (scan.priority, scan.reason, scan.callback) == (Priority.BULK, "case 17", "https://hooks.example.com/x?y=z")
    assert (scan.options, scan.active_by, scan.fresh, scan.tag) == (("transfers",), "U0ADA", True, "case-17 urgent")


@pytest.mark.parametrize("person", PERSONS)
def test_who_asks_about_a_person_says_why(bot: Bot, ada: Program, person: str) -> None:
    body = problem(ada.post("/scan", {"target": person, "reason": "  "}), 422)
    assert (body["title"], '"reason"' in body["next"], bot.scans()) == ("Why?", True, [])
    task_id = ada.scan(person, reason="asked by the person herself")["task_id"]
    row = bot.store.audit.listed(team="T0SANDBOX")[0]
    assert (row["scan_id"], row["door"], row["decision"]) == (task_id, "api", "allowed")
    assert row["reason"] == "asked by the person herself"
    assert bot.store.scans.get(task_id).reason == "asked by the person herself"


def test_a_scan_tells_how_far_it_is_and_what_it_found_until_then(bot: Bot, ada: Program) -> None:
    task_id = ada.scan(type=["dns", "whois"])["task_id"]
    path = f"/scan/{task_id}"
    waiting = ada.get(path)
    assert (waiting.json()["status"], waiting.headers["retry-after"]) == ("PENDING", "2")
    runs = {run.collector: run for run in bot.store.scans.get(task_id).runs}
    dns = bot.store.runs.claim(runs["dns"].id, lease=60)
    assert dns is not None
    assert ada.get(path).json()["status"] == "STARTED"
    bot.store.runs.save(dns, [finding("192.0.2.10")])
    body = ada.get(path).json()
    assert (body["status"], body["progress"]) == ("PROCESSING", {"closed": 0, "total": 2, "findings": 1})
    (found,) = body["runs"][0]["findings"]
    assert (found["value"], found["provenance"]["source"]) == ("192.0.2.10", "DNS")
    assert ada.get(path, findings=False).json()["runs"][0]["findings"] == []
    bot.store.runs.close(dns, Outcome.FOUND)
    whois = bot.store.runs.claim(runs["whois"].id, lease=60)
    assert whois is not None
    bot.store.runs.put_off(whois, 60, reason="rate_limited", message="It asks us to wait.")
    assert ada.get(path).json()["status"] == "RETRY"


def test_some_that_failed_are_named_in_a_success_and_none_is_hidden(bot: Bot, ada: Program) -> None:
    task_id = ada.scan(type=["dns", "whois", "securitytrails"])["task_id"]
    one = bot.store.scans.get(task_id)
    for run, outcome in zip(one.runs, (Outcome.FOUND, Outcome.FAILED), strict=False):
        held = bot.store.runs.claim(run.id, lease=60)
        assert held is not None
        bot.store.runs.close(held, outcome, reason="down" if outcome is Outcome.FAILED else "", message="It is away.")
    body = ada.get(f"/scan/{task_id}").json()
    assert body["status"] == "SUCCESS"
    gaps = {each["collector"]: (each["outcome"], each["reason"]) for each in body["not_looked_at"]}
    assert gaps == {"whois": ("failed", "down"), "securitytrails": ("skipped", "no_key")}
    assert "Could not look: whois, securitytrails." in body["message"]


def test_when_nothing_could_be_looked_at_that_is_a_failure(bot: Bot, ada: Program) -> None:
    task_id = ada.scan(type=["dns"])["task_id"]
    run_all(bot, task_id, Outcome.FAILED)
    body = ada.get(f"/scan/{task_id}").json()
    assert (body["status"], body["finished_at"] is None) == ("FAILURE", False)
    assert "Nothing could be looked at" in body["message"]
    skipped = ada.scan(type="securitytrails")
    assert (skipped["status"], ada.get(f"/scan/{skipped['task_id']}").json()["status"]) == ("FAILURE", "FAILURE")


def test_a_scan_is_stopped_by_post_delete_and_for_old_programs_by_get(bot: Bot, ada: Program) -> None:
    for stop in (
        lambda path: ada.post(f"{path}/cancel"),
        ada.delete,
        lambda path: ada.get(f"{path}/cancel"),
    ):
        path = f"/scan/{ada.scan(type='dns')['task_id']}"
        answer = stop(path)
        body = answer.json()
        assert (answer.status_code, body["status"], body["stopped"]) == (200, "REVOKED", True)
        assert "cancelled by U0ADA" in body["message"]
        again = stop(path).json()
        assert (again["status"], again["stopped"]) == ("REVOKED", False)
    assert {scan.status for scan in bot.scans()} == {ScanStatus.CANCELLED}
    assert answer.headers["deprecation"].startswith("@")
    assert answer.headers["sunset"].endswith("GMT")
    assert f'</api/v1{path}/cancel>; rel="successor-version"' in answer.headers["link"]
    assert bot.audit()[0][:3] == ("U0ADA", "cancel", "allowed")
    bot.settle()
    assert {task for task, _ in bot.queued()} == {"tasks.scan.run"}  # no thread is to be told


def test_the_callback_of_a_scan_without_a_thread_is_not_left_to_a_sweep(bot: Bot, ada: Program) -> None:
    made = ada.scan(type="dns", callback_url="https://hooks.example.com/")
    ada.delete(f"/scan/{made['task_id']}")
    bot.settle()
    assert ("tasks.callbacks.call", made["task_id"]) in bot.queued()


def test_an_ended_scan_is_asked_again_as_a_whole_or_in_part(bot: Bot, ada: Program) -> None:
    task_id = ada.scan(type=["dns", "whois"])["task_id"]
    path = f"/scan/{task_id}/rerun"
    running = problem(ada.post(path), 409)
    assert "still running" in running["detail"]
    run_all(bot, task_id, Outcome.FAILED)
    answer = ada.post(path, {"which": "dns"})
    assert (answer.status_code, answer.json()["round"], answer.json()["status"]) == (202, 2, "PENDING")
    run_all(bot, task_id)
    assert ada.post(path, {"which": "failed"}).json()["round"] == 3
    run_all(bot, task_id)
    late = problem(ada.post(path, {"which": "all", "round": 1}), 409)
    assert (late["round"], "asked again since" in late["detail"]) == (3, True)
    assert "No collector failed" in problem(ada.post(path, {"which": "failed"}), 422)["detail"]
    assert "which is all, failed" in problem(ada.post(path, {"which": "crtsh"}), 422)["detail"]
    assert ada.post(path).json()["round"] == 4
    again: list[Any] = [row for row in bot.store.audit.listed(team="T0SANDBOX") if row["scan_id"] == task_id]
    assert {row["door"] for row in again} == {"api"}


def test_a_person_that_was_asked_about_without_a_reason_is_asked_again_with_one(bot: Bot, ada: Program) -> None:
    who, place = Target(Kind.EMAIL, "ada@example.com"), Place("T0SANDBOX", "C0GENERAL")
    before = Ask(who, (Choice("identity", "k"),), Asker("U0ADA"), place, "slack")  # as an older release took it
    scan = bot.store.scans.open([before])[0].scan
    bot.end(scan, Outcome.FAILED)
    path = f"/scan/{scan.id}/rerun"
    assert problem(ada.post(path), 422)["title"] == "Why?"
    assert ada.post(path, {"reason": "to be sure"}).status_code == 202
    assert any(row["reason"] == "to be sure" for row in bot.store.audit.listed(team="T0SANDBOX"))


def test_a_plan_asks_nobody_and_writes_no_scan(bot: Bot, ada: Program) -> None:
    body = ada.post("/plan", {"target": "example.com", "type": ["dns", "securitytrails"]}).json()
    assert {step["collector"]: step["way"] for step in body["steps"]} == {"dns": "ask", "securitytrails": "skip"}
    assert (bot.scans(), bot.queued()) == ([], [])


def test_collectors_tell_what_they_take_and_what_they_lack(bot: Bot, ada: Program) -> None:
    found = {each["name"]: each for each in ada.get("/collectors").json()["collectors"]}
    assert found["dns"]["ready"]
    assert "domain" in found["dns"]["accepts"]
    assert not found["securitytrails"]["ready"]
    assert "SECURITYTRAILS_KEY" in found["securitytrails"]["lacks"]


def test_health_names_each_part_and_is_no_success_without_a_worker(bot: Bot) -> None:
    answer = service(bot, scopes=()).get("/health")
    assert answer.status_code == 403
    body = service(bot).get("/health").json()
    assert (body["status"], body["database"]["status"], body["redis"]["status"]) == ("down", "ok", "ok")
    assert "Start one" in body["workers"]["next"]
    assert (body["slack"]["status"], body["slack"]["team"]) == ("ok", "T0SANDBOX")
    assert set(body["queues"]) == {"scan", "notify", "maint"}
    assert (body["workers"]["names"], body["slack"]["threads_waiting"]) == ([], 0)


def test_what_health_could_not_find_out_is_no_number(start_bot: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    bot = start_bot()

    def away(*_: object, **__: object) -> None:
        raise down(ConnectionError())

    def gone(*_: object) -> None:
        raise StoreDown

    caller = service(bot)
    monkeypatch.setattr(queue, "workers", away)
    monkeypatch.setattr(bot.store.desk, "lagging", gone)
    body = caller.get("/health").json()
    assert (body["workers"]["names"], body["slack"]["threads_waiting"]) == (None, None)
    assert "is not known" in body["workers"]["message"]
