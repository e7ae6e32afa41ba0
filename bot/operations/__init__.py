"""What operators do from the command line: back up and restore, look at workers and queues, drain and purge."""

from __future__ import annotations

import click

from bot.operations.backups import backup, restore
from bot.operations.crew import drain, workers
from bot.operations.queues import purge, queues

COMMANDS: tuple[click.Command, ...] = (backup, restore, workers, queues, purge, drain)

__all__ = ["COMMANDS"]
