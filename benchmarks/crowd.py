"""Keeps a number of scans running, until killed: the company in which acks are measured once more."""

from __future__ import annotations

import tempfile
import time
from itertools import count
from pathlib import Path

import click

from benchmarks.parts import Ours
from tasks.scan import announce

PAUSE = 0.2  # seconds between two looks


@click.command()
@click.option("--record", required=True, help="The record's URL, shared with the bot.")
@click.option("--redis", required=True, help="The Redis database that the worker listens to.")
@click.option("--scans", required=True, type=int)
def main(record: str, redis: str, scans: int) -> None:
    """Open a scan for each that ends."""
    numbers = count()
    with tempfile.TemporaryDirectory() as name:
        ours = Ours(record, redis, "", Path(name))
        while True:
            for _ in range(scans - ours.open_scans()):
                announce(ours.write(f"crowd{next(numbers)}"))
            print("crowded", flush=True)
            time.sleep(PAUSE)


if __name__ == "__main__":
    main()
