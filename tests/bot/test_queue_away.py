"""A queue that was never there: what needs it is refused, all else answers."""

from __future__ import annotations

from tests.bot.conftest import Start
from tests.bot.test_outages import told
from tests.servers import HOST, free_port


def test_without_redis_a_command_is_refused_and_nothing_is_started(start_bot: Start) -> None:
    bot = start_bot(f"redis://{HOST}:{free_port()}/0")
    assert "The queue (Redis) does not answer" in told(bot, "example.com")
    assert "1 collector" in told(bot, "help asn")  # what needs no queue still works
    assert "Nothing is running" in told(bot, "status")
    bot.stop()
    assert bot.recorded() == []
