"""Who comes in to the REST API: good tokens, for what they were made, as often as they may, and what they may see."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest

from core.callers import Scope
from core.models import Asker, Fact, Kind, Outcome, Place, Target
from tests.bot.api import Program, problem, service
from tests.bot.conftest import Start
from tests.bot.listening import TEAM, Bot
from tests.core.stores import choices, finding, opened

HELD = "Only in a direct message"


def test_nobody_comes_in_without_a_good_token(bot: Bot) -> None:
    ada = Program(bot)
    ended = Program(bot, lasts=timedelta(seconds=-1))
    revoked = Program(bot)
    bot.store.tokens.revoke(revoked.token.id)
    forged = ada.text[:-1] + ("a" if ada.text[-1] != "a" else "b")
    for text in ("", "nonsense", forged, ended.text, revoked.text, "gum_" + "x" * 5000):
        answer = httpx.get(f"{ada.url}/scans", headers={"Authorization": f"Bearer {text}"} if text else {})
        body = problem(answer, 401)
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert "python -m bot token create" in body["next"]
    assert ada.get("/scans").status_code == 200


def test_tries_without_a_token_are_written_down_without_flooding_the_audit(start_bot: Start) -> None:
    bot = start_bot()
    ada = Program(bot)
    statuses = [httpx.get(f"{ada.url}/scans", verify=False).status_code for _ in range(40)]
    assert (statuses[:30], set(statuses)) == ([401] * 30, {401, 429})
    assert bot.audit() == [("", "enter", "refused", "unknown caller")]
    assert ada.get("/scans").status_code == 200  # a good token is let in from the same address


def test_each_scope_allows_what_it_says(bot: Bot) -> None:
    reader = Program(bot, scopes=(Scope.READ,))
    mine = Program(bot).scan(type="dns")["task_id"]
    assert reader.get(f"/scan/{mine}").status_code == 200
    for answer in (
        reader.post("/scan", {"target": "example.com"}),
        reader.post("/scans", {"targets": ["example.com"]}),
        reader.post(f"/scan/{mine}/cancel"),
        reader.post(f"/scan/{mine}/rerun"),
        reader.delete(f"/scan/{mine}"),
        reader.get(f"/scan/{mine}/cancel"),
        reader.post(f"/scan/{mine}/verdicts", {"finding": "x", "verdict": "false"}),
    ):
        assert "lacks the scope scan" in problem(answer, 403)["detail"]
    assert len(bot.scans()) == 1


def test_what_is_not_ones_own_is_not_there(bot: Bot) -> None:
    mine = Program(bot).scan(type="dns")["task_id"]
    other, boss = Program(bot, "U0BOB"), Program(bot, "U0BOB", scopes=(Scope.ADMIN,))
    alien = Program(bot, "U0ADA", team="T0OTHER", scopes=(Scope.ADMIN,))
    for path in (f"/scan/{mine}", "/scan/zzzzzzzz", "/scan/%00", "/scan/" + "a" * 500):
        body = problem(other.get(path), 404)
        assert "not yours to see" in body["detail"] or "nothing at this address" in body["detail"]
    assert problem(other.delete(f"/scan/{mine}"), 404)
    for path in ("/cases/zzzzzzzz", "/cases/%00", "/cases/" + "a" * 500, "/cases/zzzzzzzz/export"):
        assert problem(boss.get(path), 404)
    assert problem(other.post(f"/scan/{mine}/verdicts", {"finding": "x", "verdict": "false"}), 404)
    assert problem(alien.get(f"/scan/{mine}"), 403)["rule"] == "external"
    assert boss.get(f"/scan/{mine}").json()["asked_by"] == "U0ADA"
    assert (other.scans(), boss.scans()) == ([], [mine])


def test_a_channels_scans_are_seen_by_tokens_that_were_given_it(bot: Bot) -> None:
    bot.sandbox.command("example.com collectors=dns")
    (scan,) = bot.scans()
    reader = service(bot, channels=("C0GENERAL",))
    assert reader.scans() == [scan.id]
    assert service(bot, channels=("C0CASES",)).scans() == []
    assert reader.post(f"/scan/{scan.id}/cancel").json()["stopped"]
    bot.settle()
    assert ("tasks.report.deliver", scan.id) in bot.queued()  # its thread says so


def test_a_page_elsewhere_cannot_make_a_browser_cancel_or_start_anything(bot: Bot) -> None:
    ada = Program(bot)
    mine = ada.scan(type="dns")["task_id"]
    secret = bot.store.tokens.begin(ada.token.caller, lasts=timedelta(hours=1))
    with httpx.Client(cookies={"gumshoe_session": secret, "__Host-gumshoe_session": secret}) as browser:
        assert browser.get(f"{ada.url}/scan/{mine}").status_code == 200
        for answer in (
            browser.get(f"{ada.url}/scan/{mine}/cancel"),
            browser.post(f"{ada.url}/scan/{mine}/cancel", headers={"Origin": "https://evil.example"}),
            browser.post(f"{ada.url}/scan", json={"target": "example.org"}),
        ):
            assert problem(answer, 403)["type"].endswith("foreign-page")
    assert ada.get(f"/scan/{mine}").json()["status"] == "PENDING"
    assert len(bot.scans()) == 1


def test_a_person_is_checked_as_in_slack_and_a_service_is_nobody_there(bot: Bot) -> None:
    guest = Program(bot, "U0GUEST")
    body = problem(guest.post("/scan", {"target": "example.com"}), 403)
    assert (body["rule"], "Guests may not ask me" in body["detail"]) == ("guest", True)
    for _ in range(3):
        problem(guest.get("/scans"), 403)
    refused = [row for row in bot.audit() if row[2] == "refused"]
    assert refused == [("U0GUEST", "look", "refused", "guest"), ("U0GUEST", "scan", "refused", "guest")]
    task_id = service(bot).scan(type="dns")["task_id"]
    assert bot.audit()[0] == ("service:ci", "scan", "allowed", "")
    assert bot.store.scans.get(task_id).asker.user == "service:ci"


def test_only_those_on_the_list_may_ask_and_a_service_can_be_on_it(start_bot: Start) -> None:
    bot = start_bot(allow_users="service:ci")
    assert service(bot).scan(type="dns")["task_id"]
    assert problem(service(bot, "other").post("/scan", {"target": "example.com"}), 403)["rule"] == "user"
    assert problem(Program(bot).post("/scan", {"target": "example.com"}), 403)["rule"] == "user"


def test_scans_a_minute_are_bounded_as_in_slack_and_bulk_ones_apart(start_bot: Start) -> None:
    bot = start_bot(user_scans_per_minute=2, channel_scans_per_minute=1, bulk_scans_per_minute=3)
    ada, ci = Program(bot), service(bot)
    for _ in range(2):
        ada.scan(type="dns")
    answer = ada.post("/scan", {"target": "example.com", "type": "dns"})
    assert (problem(answer, 429)["rule"], answer.headers["retry-after"]) == ("user rate", "60")
    ci.scan(type="dns")  # no channel is shared by those who ask over HTTP
    body = {"targets": ["a.example.com", "b.example.com", "c.example.com"], "type": "dns"}
    assert ada.post("/scans", body).status_code == 202
    assert problem(ada.post("/scans", {"targets": ["d.example.com"], "type": "dns"}), 429)["rule"] == "user rate"
    ci.scan(type="dns")
    assert len(bot.scans()) == 7
    assert ("U0ADA", "scan", "refused", "user rate") in bot.audit()


def test_a_token_may_make_so_many_requests_a_minute(start_bot: Start) -> None:
    bot = start_bot(api_requests_per_minute=20)
    ada, ci = Program(bot), service(bot)
    first = ada.get("/scans")
    assert first.headers["ratelimit-policy"] == '"token";q=20;w=60'
    assert first.headers["ratelimit"].startswith('"token";r=19;t=')
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ada.get("/scans"), range(30)))
    assert 18 <= sum(answer.status_code == 200 for answer in answers) <= 21
    late = next(answer for answer in answers if answer.status_code == 429)
    assert "20 requests a minute" in problem(late, 429)["detail"]
    assert int(late.headers["retry-after"]) >= 1
    assert late.headers["ratelimit"].startswith('"token";r=0;t=')
    assert ci.get("/scans").status_code == 200


def test_while_redis_is_away_nothing_is_begun_and_what_is_known_is_still_told(bot: Bot, start_bot: Start) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        away = start_bot(f"redis://127.0.0.1:{nobody.getsockname()[1]}/0")
        ada = Program(away)
        answer = ada.post("/scan", {"target": "example.com"})
        assert (problem(answer, 503)["detail"].partition(".")[0], answer.headers["retry-after"]) == (
            "The queue (Redis) does not answer",
            "10",
        )
        assert ada.scans() == []
        health = ada.get("/health")
        assert (health.status_code, health.json()["redis"]["status"]) == (503, "down")
        assert set(health.json()["queues"].values()) == {None}


@pytest.mark.parametrize("who", ["asker", "channel", "admin"])
def test_what_slack_shows_in_direct_messages_alone_is_for_who_asked(bot: Bot, who: str) -> None:
    asked = {
        "target": Target(Kind.EMAIL, "ada@example.com"),
        "asker": Asker("U0ADA"),
        "place": Place(TEAM, "C0GENERAL"),
    }
    scan = opened(bot.store, chosen=choices("haveibeenpwned"), **asked)
    (run,) = scan.runs
    held = bot.store.runs.claim(run.id, lease=60)
    assert held is not None
    shown = finding("A breach of ada@example.com", Fact.BREACH, about="ada%40example.com")
    bot.store.runs.save(held, [shown, finding(HELD, Fact.BREACH, direct_only=True)])
    bot.store.runs.close(held, Outcome.FOUND, message="ada@example.com stands in two breaches.")
    reader = {
        "asker": Program(bot),
        "channel": service(bot, channels=("C0GENERAL",)),
        "admin": Program(bot, "U0BOB", scopes=(Scope.ADMIN,)),
    }[who]
    answer = reader.get(f"/scan/{scan.id}")
    (told,) = answer.json()["runs"]
    if who == "asker":
        assert len(told["findings"]) == 2
        assert "ada@example.com stands" in told["message"]
        return
    assert (HELD in answer.text, told["held_back"], len(told["findings"])) == (False, 1, 1)
    assert "a•••@example.com" in told["findings"][0]["value"]
    assert "ada" not in str(told)
    assert HELD not in reader.get("/scans").text
