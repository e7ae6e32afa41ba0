"""The floor: the same questions by plain asyncio and one shared client; no queue, no record, no checks."""

from __future__ import annotations

import asyncio
import json
import resource
import time

import aiohttp
import click

from benchmarks.size import COLLECTORS, QUESTIONS
from benchmarks.stand_in import many_files


@click.command()
@click.option("--url", required=True)
@click.option("--scans", default=200)
@click.option("--rate", default=0.0, help="Scans a second; 0: all at once.")
def main(url: str, scans: int, rate: float) -> None:
    """Ask, and print what it took as one line of JSON."""
    many_files()
    print(json.dumps(asyncio.run(_burst(url, scans, rate))))


async def _burst(url: str, scans: int, rate: float) -> dict[str, object]:
    cpu, began = _cpu(), time.perf_counter()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        took = await asyncio.gather(
            *(_scan(session, url, f"n{number}", number / rate if rate else 0.0) for number in range(scans))
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": time.perf_counter() - began, "cpu": _cpu() - cpu, "took": took, "mb": peak}


async def _scan(session: aiohttp.ClientSession, url: str, name: str, after: float) -> float:
    await asyncio.sleep(after)
    began = time.perf_counter()
    await asyncio.gather(*(_collect(session, url, name) for _ in range(COLLECTORS)))
    return time.perf_counter() - began


async def _collect(session: aiohttp.ClientSession, url: str, name: str) -> None:
    for number in range(QUESTIONS):
        async with session.get(f"{url}/{number}", params={"q": f"{name}.example.com"}) as answer:
            answer.raise_for_status()
            await answer.json()


def _cpu() -> float:
    mine = resource.getrusage(resource.RUSAGE_SELF)
    return mine.ru_utime + mine.ru_stime


if __name__ == "__main__":
    main()
