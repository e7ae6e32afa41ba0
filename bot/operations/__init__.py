"""What operators do from the command line: back up and restore, look at workers and queues, drain and purge."""

from __future__ import annotations

import click

from bot.operations.backups import backup, restore

COMMANDS: tuple[click.Command, ...] = (backup, restore)

__all__ = ["COMMANDS"]
