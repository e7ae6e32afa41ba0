"""When Redis, the record or Slack hang or are gone, a command still gets an honest answer within Slack's three
seconds, and nothing is left half-done: also not later, when what hung goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bot.conftest import Start
from tests.bot.listening import Bot, words_of
from tests.bot.outages import black_hole, frozen, locked
from tests.servers import HOST, Postgres, Redis, free_port, until


@pytest.fixture(autouse=True, scope="module")
def unhurried() -> None:
    """Here haste is the subject: everything keeps to its bounds."""


def told(bot: Bot, text: str, *, user: str = "U0ADA") -> str:
    """What the person sees; fails when Slack's own limit passed first."""
    answer = bot.sandbox.command(text, user=user)
    assert answer["status"] == "ok", answer["error"]
    return words_of(answer["ephemeral"])


def nothing_came_of_it(bot: Bot) -> None:
    """No scan in the record, none in the queue, also after everything that was begun has ended."""
    bot.settle()
    bot.stop()
    assert bot.recorded() == []
    assert bot.queued() == []


def test_a_redis_that_stops_and_comes_back_is_used_again(start_bot: Start, tmp_path: Path) -> None:
    with Redis(tmp_path / "redis") as server:
        bot = start_bot(server.url)
        server.part.kill()
        assert "does not answer" in told(bot, "example.com")
        server.start()
        assert "Started: example[.]com" in told(bot, "example.com")
        bot.settle()
        assert len(bot.queued()) == 2
        bot.stop()


def test_a_redis_that_hangs_costs_a_refusal_in_time(start_bot: Start) -> None:
    with black_hole() as port:
        bot = start_bot(f"redis://{HOST}:{port}/0")
        first = told(bot, "example.com")
        second = told(bot, "example.com", user="U0BOB")
        assert "Try again in a minute" in first
        assert "Try again in a minute" in second
        assert "Started:" not in first + second
        told(bot, "status")
        bot.stop()
    assert bot.recorded() == []


def test_a_record_that_is_locked_for_long_costs_a_refusal_and_no_scan_appears_later(
    start_bot: Start, tmp_path: Path
) -> None:
    bot = start_bot()
    told(bot, "status")
    with locked(tmp_path / "record.sqlite3"):
        assert "The database does not answer" in told(bot, "example.com")
        assert "does not answer" in told(bot, "help")  # the decision could not be written down
    nothing_came_of_it(bot)


def test_a_lock_that_ends_just_after_the_refusal_lets_no_scan_slip_in(start_bot: Start, tmp_path: Path) -> None:
    bot = start_bot()
    with locked(tmp_path / "record.sqlite3"):
        answer = told(bot, "example.com")  # the thread that writes still waits for the lock when this is said
    assert "Started" not in answer
    nothing_came_of_it(bot)


def test_a_mention_while_the_record_is_locked_is_refused_in_private_and_not_lost_in_silence(
    start_bot: Start, tmp_path: Path
) -> None:
    bot = start_bot()
    with locked(tmp_path / "record.sqlite3"):
        answer = bot.sandbox.post("message", user="U0ADA", channel="C0GENERAL", text="<@U0GUMSHOE> example.com")
        bot.settle()
    bot.sandbox.post("redeliver", times=3)  # what was not acknowledged in time comes again
    _, said = bot.sandbox.messages("C0GENERAL", thread_ts=answer["ts"], user="U0ADA")
    assert "does not answer" in words_of(said)
    nothing_came_of_it(bot)


def test_a_click_while_the_record_is_locked_is_answered(start_bot: Start, tmp_path: Path) -> None:
    bot = start_bot()
    answer = bot.sandbox.command("64496")
    with locked(tmp_path / "record.sqlite3"):
        said = bot.click(answer["ephemeral"], "choose:0")
    assert "does not answer" in words_of(said[-1]) or "nothing was started" in words_of(said[-1])
    nothing_came_of_it(bot)


def test_a_frozen_database_server_costs_a_refusal_and_nothing_happens_when_it_goes_on(
    start_bot: Start, postgres: Postgres
) -> None:
    bot = start_bot(database_url=postgres.new_database())
    assert "Nothing is running" in told(bot, "status")
    with frozen(postgres):
        for user in ("U0ADA", "U0BOB"):
            answer = told(bot, "example.com", user=user)
            assert "does not answer" in answer or "nothing was started" in answer
            assert "does not answer" in told(bot, "status", user=user)
    assert "Nothing is running" in told(bot, "status")
    nothing_came_of_it(bot)


def test_slack_that_does_not_say_who_somebody_is_costs_a_refusal(start_bot: Start) -> None:
    bot = start_bot()
    bot.sandbox.fault("users.info", "hang")
    assert "did not tell me in time who you are" in told(bot, "example.com")
    assert "did not tell me in time who you are" in told(bot, "help")
    until("Slack to be asked anew", lambda: "How to use" in told(bot, "help"))
    nothing_came_of_it(bot)


def test_slack_s_web_api_in_trouble_lets_nobody_pass_unknown(start_bot: Start) -> None:
    bot = start_bot()
    for kind in ("500", "cut_before", "not_json"):
        bot.sandbox.fault("users.info", kind)
        assert "Started" not in told(bot, "example.com")
    bot.sandbox.fault("users.info", "429", retry_after=1)
    assert "Started" not in told(bot, "example.com")
    nothing_came_of_it(bot)


def test_ready_says_what_is_away(start_bot: Start) -> None:
    bot = start_bot(f"redis://{HOST}:{free_port()}/0")
    answer = bot.ask("/ready")
    assert answer.status_code == 503
    assert "Redis" in answer.json()["why"]
    assert bot.ask("/live").status_code == 200
