"""What operators do from the command line: back up and restore, look at workers and queues, drain and purge,
export scans and look through evidence."""

from __future__ import annotations

import click

from bot.operations.backups import backup, restore
from bot.operations.crew import drain, workers
from bot.operations.exports import evidence, export, verify
from bot.operations.queues import purge, queues

COMMANDS: tuple[click.Command, ...] = (backup, restore, workers, queues, purge, drain, export, verify, evidence)

__all__ = ["COMMANDS"]
