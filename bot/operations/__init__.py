"""What operators do from the command line: back up and restore, look at workers and queues, drain and purge;
verify the audit, keep roles and the list of whom nobody may look up; export scans and look through evidence;
look after installations."""

from __future__ import annotations

import click

from bot.operations.auditing import audit
from bot.operations.backups import backup, restore
from bot.operations.crew import drain, workers
from bot.operations.exports import evidence, export, verify
from bot.operations.installs import installs
from bot.operations.people import deny, forget, role
from bot.operations.queues import purge, queues

COMMANDS: tuple[click.Command, ...] = (
    *(backup, restore, workers, queues, purge, drain),
    *(audit, deny, role, forget),
    *(export, verify, evidence),
    installs,
)

__all__ = ["COMMANDS"]
