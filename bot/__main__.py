"""The command line: `python -m bot scan | serve | supervise | local | doctor | quota | refresh`."""

from __future__ import annotations

import asyncio
import sys

import click

from bot import doctor as doctor_part
from bot import local as local_part
from bot import quota as terminal_quota
from bot import terminal
from bot.grammar import Manner, listed
from bot.operations import COMMANDS
from bot.rules import rules
from bot.scaling import Bounds
from bot.serve import serve as serve_part
from bot.sites import sites
from bot.supervise import supervise as supervise_part
from bot.tokens import tokens
from core import VERSION, logs
from core.errors import BadQuestion, BadSetting, GumshoeError, NeedsReason, NotAllowed, NotATarget
from core.settings import Settings, load

BROKEN, BAD_INPUT, INTERRUPTED = 1, 2, 130
ADD_REASON = ' Add --reason "...".'


def _settings(*, human: bool = False) -> Settings:
    try:
        settings = load()
    except BadSetting as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_INPUT)
    chosen = "log_level" in settings.model_fields_set
    level = settings.log_level if chosen or not human else "warning"
    logs.set_up(level, human=human, secrets=settings.secrets)
    return settings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="gumshoe")
def cli() -> None:
    """Gumshoe: ask public sources about a target, from Slack or from here."""


@cli.command()
@click.argument("target")
@click.option("--collectors", "names", default="", help="Only these, comma-separated: dns,crtsh,whois")
@click.option("--fresh", is_flag=True, help="Do not use answers from earlier scans.")
@click.option("--with", "extras", default="", help="What a collector does only when asked for, comma-separated.")
@click.option("--active", is_flag=True, help="Touch the target itself too; its owner can see that.")
@click.option("--reason", default="", help="Why you ask: needed for people. Kept with the scan and in the audit.")
@click.option("--plan", is_flag=True, help="Only show what would be asked, for how long, and what is kept.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a live view.")
def scan(target: str, names: str, extras: str, reason: str, **flags: bool) -> None:
    """Scan TARGET here in the terminal: no Slack, no worker needed.

    Exit status: 0 every source answered, 1 the database does not, 2 the input is wrong, 3 some source could not
    be asked. What was left alone because it would touch the target counts as neither.
    """
    settings = _settings(human=True)
    manner = Manner(
        names=listed(names), options=listed(extras), fresh=flags["fresh"], active=flags["active"], plan=flags["plan"]
    )
    try:
        status = asyncio.run(terminal.scan(settings, target, manner, reason=reason.strip(), as_json=flags["as_json"]))
    except (NotATarget, BadQuestion, NotAllowed) as error:
        click.echo(str(error) + (ADD_REASON if isinstance(error, NeedsReason) else ""), err=True)
        status = BAD_INPUT
    except GumshoeError as error:
        click.echo(str(error), err=True)
        status = BROKEN
    except KeyboardInterrupt:
        click.echo("Stopped. What was found until then is kept.", err=True)
        status = INTERRUPTED
    sys.exit(status)


@cli.command()
def serve() -> None:
    """Run the bot process alone: Slack by Socket Mode or signed HTTP."""
    settings = _settings()
    try:
        asyncio.run(serve_part(settings))
    except GumshoeError as error:
        click.echo(str(error), err=True)
        sys.exit(1)


@cli.command()
@click.option("--min", "least", default=1, show_default=True, type=click.IntRange(1), help="Processes when idle.")
@click.option("--max", "most", default=4, show_default=True, type=click.IntRange(1), help="Processes at most.")
@click.option("--threads", default=16, show_default=True, type=click.IntRange(2), help="Of each process.")
@click.option("--memory", default=600, show_default=True, help="MB a process may hold before it is replaced; 0: any.")
def supervise(least: int, most: int, threads: int, memory: int) -> None:
    """Keep as many worker processes as there is work for, and start those anew that end."""
    settings = _settings()
    try:
        bounds = Bounds(least, max(least, most), threads)
        sys.exit(supervise_part(settings, bounds, most_memory=memory * 2**20))
    except GumshoeError as error:
        click.echo(str(error), err=True)
        sys.exit(BROKEN)


@cli.command()
@click.option("--demo", is_flag=True, help="Ask stand-in sources with an invented world instead of real ones.")
@click.option("--port", default=0, help="Port of the sandbox page; 0: 8090 or the next free one.")
def local(demo: bool, port: int) -> None:
    """Run everything on this machine: Redis, worker, beat, bot, and a sandbox workspace when no Slack is set."""
    settings = _settings(human=True)
    try:
        sys.exit(local_part.run(settings, demo=demo, port=port))
    except GumshoeError as error:
        click.echo(str(error), err=True)
        sys.exit(1)


@cli.command()
@click.option("--offline", is_flag=True, help="Ask no source whether it takes your keys.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def doctor(*, offline: bool, as_json: bool) -> None:
    """Say what is set and reachable, and what to do about what is not. Each key is tried at its source."""
    sys.exit(asyncio.run(doctor_part.examine(_settings(human=True), offline=offline, as_json=as_json)))


@cli.command()
def quota() -> None:
    """Say what is left with each source and key, and what rests."""
    try:
        sys.exit(asyncio.run(terminal_quota.show(_settings(human=True))))
    except GumshoeError as error:
        click.echo(str(error), err=True)
        sys.exit(BROKEN)


@cli.command()
def refresh() -> None:
    """Fetch the newest RDAP bootstrap files from IANA into DATA_DIR."""
    settings = _settings(human=True)
    try:
        for line in asyncio.run(terminal.refresh(settings)):
            click.echo(line)
    except GumshoeError as error:
        click.echo(str(error), err=True)
        sys.exit(1)


cli.add_command(sites)
cli.add_command(rules)
cli.add_command(tokens, "token")
for command in COMMANDS:
    cli.add_command(command)


if __name__ == "__main__":
    cli()
