"""A worker that does nothing but draw on a budget, and says of each question whether it may ask it."""

from __future__ import annotations

import asyncio
import sys

from core.broker import connect
from core.ledger import Account, Drawer, Ledger, Spent


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


async def spend(url: str, limit: int, tries: int, pause: float) -> None:
    client = connect(url)
    ledger = Ledger(client, rest=0.0)
    account = Account("VirusTotal", "0a1b2c3d", month=limit)
    say("ready")
    for _ in range(tries):
        try:
            await ledger.windows.take(account, 1, Drawer())
        except Spent:
            say("refused")
        else:
            say("asked")
        await asyncio.sleep(pause)
    await client.aclose()
    say("done")


if __name__ == "__main__":
    asyncio.run(spend(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
