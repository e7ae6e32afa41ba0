"""`GET /metrics`: who may read it, that Prometheus can, and what it says of this bot."""

from __future__ import annotations

from collections.abc import Callable

from tests.bot.listening import Bot
from tests.measuring import Page
from tests.servers import until


def read(bot: Bot, holds: Callable[[Page], bool]) -> Page:
    """The metrics, once they say so."""

    def page() -> Page | None:
        found = Page.of(bot.ask("/metrics"))
        return found if holds(found) else None

    bot.settle()
    found: Page = until("the metrics to say so", page)
    return found


def test_a_command_is_counted_by_verb_and_outcome_and_its_ack_is_timed(bot: Bot) -> None:
    bot.sandbox.command("example.com")
    bot.sandbox.command("example..com")
    bot.sandbox.command("status")
    page = read(bot, lambda page: page["gumshoe_commands_total", {"verb": "status"}] == 1)
    assert page["gumshoe_commands_total", {"verb": "scan", "outcome": "done"}] == 1
    assert page["gumshoe_commands_total", {"verb": "scan", "outcome": "misread"}] == 1
    assert page["gumshoe_ack_seconds_count", {"door": "command"}] == 3
    assert page["gumshoe_scans_started_total", {"door": "slack", "kind": "domain", "priority": "interactive"}] == 1
    assert page["gumshoe_http_requests_total", {"route": "/slack/events", "method": "POST", "status": "2xx"}] == 3
