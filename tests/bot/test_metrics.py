"""`GET /metrics`: who may read it, that Prometheus can, and what it says of this bot and of what waits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from fastapi import Request

from bot.web.measures import is_local
from core.callers import Scope
from core.metrics import TABLE
from tests.bot.conftest import Start
from tests.bot.listening import TEAM, Bot
from tests.bot.outages import black_hole
from tests.measuring import Page
from tests.servers import until

TOKEN = "a-token-of-prometheus"


def ask(bot: Bot, path: str = "/metrics", **headers: str) -> httpx.Response:
    """What somebody on this machine is answered."""
    return httpx.get(bot.url.removesuffix("/slack/events") + path, headers=headers, timeout=30)


def read(bot: Bot, holds: Callable[[Page], object]) -> Page:
    """The metrics, once they say so."""

    def page() -> Page | None:
        found = Page.of(ask(bot))
        return found if holds(found) else None

    bot.settle()
    found: Page = until("the metrics to say so", page)
    return found


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def token(bot: Bot, *scopes: Scope) -> str:
    made = bot.store.tokens.create(team=TEAM, user="service:prometheus", name="", scopes=scopes, lasts=None, by="U0ADA")
    return made[1]


# What it says


def test_commands_are_counted_by_verb_and_outcome_and_answers_are_timed(bot: Bot) -> None:
    bot.run(bot.front.metrics.send())  # so that what follows is this test's
    before = Page.of(ask(bot))
    for text in ("example.com", "example.com", "example..com", "status", "example.net plan"):
        bot.sandbox.command(text)
    bot.sandbox.post("message", user="U0ADA", channel="C0GENERAL", text="<@U0GUMSHOE> example.org")
    page = read(bot, lambda page: page.since(before)["gumshoe_ack_seconds_count", {"door": "mention"}] == 1)
    grown = page.since(before)
    asked = {("scan", "done"): 2, ("scan", "repeated"): 1, ("scan", "misread"): 1, ("status", "done"): 1,
             ("plan", "done"): 1}  # fmt: skip
    for (verb, outcome), many in asked.items():
        assert grown["gumshoe_commands_total", {"verb": verb, "outcome": outcome}] == many
    assert grown["gumshoe_commands_total", {}] == 6
    assert grown["gumshoe_ack_seconds_count", {"door": "command"}] == 5
    assert 0 < (grown["gumshoe_ack_seconds_sum", {"door": "command"}] or 0) < 15
    assert grown["gumshoe_scans_started_total", {"door": "slack", "kind": "domain", "priority": "interactive"}] == 2
    assert grown["gumshoe_slack_calls_total", {"method": "users.info", "result": "ok"}] == 1
    assert grown["gumshoe_hints_total", {"task": "scan", "result": "sent"}] == 2


def test_clicks_forms_and_refusals_are_counted_too(bot: Bot) -> None:
    before = Page.of(ask(bot))
    bot.sandbox.command("example.com")
    (scan,) = bot.scans()
    forged = bot.post_button("cancel", "v1.forged")
    bot.click(forged, "cancel")
    bot.sandbox.command(f"cancel {scan.id}")
    page = read(bot, lambda page: page.since(before)["gumshoe_refusals_total", {}])
    assert page.since(before)["gumshoe_ack_seconds_count", {"door": "button"}] == 1
    assert page.since(before)["gumshoe_refusals_total", {"rule": "forged button"}] == 1
    assert page.since(before)["gumshoe_commands_total", {"verb": "cancel", "outcome": "done"}] == 1
    assert page.since(before)["gumshoe_runs_total", {"outcome": "cancelled", "reason": "cancelled"}] > 0
    assert page.since(before)["gumshoe_scans_ended_total", {"status": "cancelled"}] == 1


def test_what_nobody_takes_is_told_with_its_age(bot: Bot) -> None:
    bot.sandbox.command("example.com")
    page = read(bot, lambda page: page["gumshoe_queue_messages", {"queue": "scan"}] == 1)
    (scan,) = bot.scans()
    waiting = [run for run in scan.runs if run.outcome is None]
    first = page["gumshoe_runs_waiting_age_seconds", {"priority": "interactive"}] or 0.0
    assert page["gumshoe_runs_waiting", {"priority": "interactive"}] == len(waiting)
    assert waiting
    assert page["gumshoe_runs_waiting", {"priority": "bulk"}] == 0
    assert page["gumshoe_scans_open", {"priority": "interactive"}] == 1
    assert page["gumshoe_queue_messages", {"queue": "notify"}] == 1
    assert page["gumshoe_threads_late", {}] == 1

    # A sweep that sends it again does not make it younger.
    assert bot.store.overdue.queued(older_than=0) == [scan.id]
    age = ("gumshoe_runs_waiting_age_seconds", {"priority": "interactive"})
    assert read(bot, lambda page: (page[age] or 0) > first)

    bot.end(scan)
    page = read(bot, lambda page: page["gumshoe_scans_open", {"priority": "interactive"}] == 0)
    assert page["gumshoe_runs_waiting_age_seconds", {"priority": "interactive"}] == 0


def test_requests_are_counted_by_the_template_of_their_route_never_by_what_was_asked(bot: Bot) -> None:
    before = Page.of(ask(bot))
    for path in ("/live", "/wp-login.php?user=ada", "/live/../../etc/passwd", "/api/v1/scan/ab2cd3ef"):
        ask(bot, path)
    httpx.request("BREW", bot.url)
    page = read(bot, lambda page: page.since(before)["gumshoe_http_requests_total", {"route": "none"}])
    grown = page.since(before)
    assert grown["gumshoe_http_requests_total", {"route": "/live", "method": "GET", "status": "2xx"}] == 1
    assert grown["gumshoe_http_requests_total", {"route": "none", "method": "GET", "status": "4xx"}] == 2
    assert grown["gumshoe_http_requests_total", {"method": "other", "status": "4xx"}] == 1
    assert grown["gumshoe_http_requests_total", {"route": "/api/v1/scan/{task_id}", "status": "4xx"}] == 1
    assert "wp-login" not in page.text
    assert "passwd" not in page.text


def test_prometheus_reads_it_and_every_metric_is_as_the_table_says(bot: Bot) -> None:
    bot.sandbox.command("example.com")
    page = read(bot, lambda page: page["gumshoe_processes", {"role": "bot"}] == 1)
    assert ask(bot).headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert page.strangers() == []
    counted = {each.name for each in TABLE.values() if each.type != "gauge"}
    assert {f"{name}_total" if f"{name}_total" in TABLE else name for name in page.families} >= counted


# Who may read it


def test_without_a_token_set_who_asks_on_this_machine_itself_may_read(bot: Bot) -> None:
    assert ask(bot).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"X-Real-IP": "127.0.0.1"},
        {"Via": "1.1 proxy.example"},
        {"Host": "rebound.example"},
        bearer("gum_wrong_wrong"),
    ],
)
def test_whoever_came_through_a_proxy_or_a_foreign_name_is_not_of_this_machine(
    bot: Bot, headers: dict[str, str]
) -> None:
    answer = ask(bot, **headers)
    assert answer.status_code == 401
    assert "gumshoe_" not in answer.text


@pytest.mark.parametrize(
    ("client", "local"), [("127.0.0.1", True), ("::1", True), ("192.0.2.7", False), ("", False), (None, False)]
)
def test_only_a_loopback_address_is_of_this_machine(client: str | None, *, local: bool) -> None:
    peer = (client, 1) if client is not None else None
    scope = {"type": "http", "scheme": "http", "path": "/metrics", "headers": [(b"host", b"localhost:8080")]}
    assert is_local(Request(scope | {"query_string": b"", "client": peer})) is local


def test_with_a_token_set_it_or_one_that_may_read_is_needed(start_bot: Start) -> None:
    bot = start_bot(metrics_token=TOKEN)
    good = token(bot, Scope.READ)
    answers = {given: ask(bot, **bearer(given)).status_code for given in (TOKEN, good, TOKEN[:-1], "-", token(bot))}
    assert list(answers.values()) == [200, 200, 401, 401, 403]
    assert ask(bot).status_code == 401
    assert bot.store.tokens.revoke(good.split("_")[1])
    assert ask(bot, **bearer(good)).status_code == 401
    bot.stop()


# While something is away


def test_while_redis_hangs_it_tells_what_it_knows_and_no_zeros(start_bot: Start) -> None:
    with black_hole() as port:
        bot = start_bot(f"redis://127.0.0.1:{port}/0")
        page = Page.of(ask(bot))
        assert [page["gumshoe_up", {"part": part}] for part in ("redis", "budgets", "cache")] == [0, 0, 0]
        assert page["gumshoe_up", {"part": "database"}] == 1
        assert page["gumshoe_runs_waiting", {"priority": "interactive"}] == 0
        assert page["gumshoe_commands_total", {}] is None, "a zero would look like a restart"
        assert page["gumshoe_queue_messages", {}] is None
        assert page["gumshoe_budget_left", {}] is None
        bot.stop()


def test_while_the_record_is_away_it_tells_the_rest(start_bot: Start, tmp_path: Path) -> None:
    bot = start_bot()
    (tmp_path / "record.sqlite3").unlink()
    page = Page.of(ask(bot))
    assert page["gumshoe_up", {"part": "database"}] == 0
    assert page["gumshoe_up", {"part": "redis"}] == 1
    assert page["gumshoe_runs_waiting", {}] is None
    assert page["gumshoe_sweeps_total", {"result": "done"}] is not None
    bot.stop()
