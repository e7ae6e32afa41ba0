"""What is left with each source, in the terminal: the same card as in Slack."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from core.blocks import plain
from core.blocks.quota import name, said
from core.broker import Role, connect_for, takes_work
from core.ledger import Ledger
from core.settings import Settings
from tasks.outlook import quota


async def show(settings: Settings) -> int:
    """Print it; returns the exit status.

    Raises:
        QueueDown: Redis does not answer, so nobody knows what others used.
        BadSetting: BUDGET_REDIS_URL (or REDIS_URL) is none.
    """
    client = connect_for(settings, Role.BUDGET)
    try:
        await takes_work(client, Role.BUDGET)
        found = await quota(Ledger(client), settings)
    finally:
        await client.aclose()
    console = Console()
    if not found.standings and not found.resting:
        console.print("No source counts what we ask, and none rests.")
    for each in found.standings:
        console.print(Text(_clean(name(each)), style="bold"))
        for text in said(each, found.at):
            console.print(Text(f"  {_clean(text)}"))
    for source, trouble in found.resting:
        console.print(Text(_clean(f"{source} rests: {trouble.cause}, {trouble.fails} times in a row")))
    return 0


def _clean(text: str) -> str:
    """No control characters; what a source is called needs no defanging here."""
    return plain(text, 300, spare=frozenset(text.lower().replace(",", " ").split()))
