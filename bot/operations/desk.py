"""What all commands of an operator share: settings, words for people or JSON for programs, and the audit."""

from __future__ import annotations

import asyncio
import json
import os
import pwd
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import click

from bot import tokens
from core import logs
from core.blocks import plain
from core.errors import BadSetting, GumshoeError, QueueDown, StoreDown
from core.models import Place, Scan
from core.settings import Settings, load
from core.store import Store, open_store

DONE, BROKEN, BAD_INPUT, NOT_YET, INTERRUPTED = 0, 1, 2, 3, 130
NEXT = "python -m bot doctor says more."


def settings() -> Settings:
    """The settings, with logs for people; a wrong one ends the program with a sentence."""
    try:
        loaded = load()
    except BadSetting as error:
        stop(str(error), BAD_INPUT)
    chosen = "log_level" in loaded.model_fields_set
    logs.set_up(loaded.log_level if chosen else "warning", human=True, secrets=loaded.secrets)
    return loaded


def stop(sentence: str, status: int, *, step: str = "") -> NoReturn:
    """End with a sentence and the next step."""
    click.echo(sentence, err=True)
    if step:
        click.echo(f"Next: {step}", err=True)
    sys.exit(status)


@contextmanager
def troubles() -> Iterator[None]:
    """What goes wrong ends the program with a sentence, its next step and an exit status."""
    try:
        yield
    except QueueDown as error:
        stop(str(error), BROKEN, step=error.step or NEXT)
    except StoreDown as error:
        stop(str(error), BROKEN, step=NEXT)
    except BadSetting as error:
        stop(str(error), BAD_INPUT)
    except GumshoeError as error:
        stop(str(error), BROKEN)
    except click.Abort:
        stop("Nothing was changed.", BROKEN)
    except KeyboardInterrupt:
        stop("Stopped.", INTERRUPTED)


def show(told: dict[str, Any], lines: Callable[[dict[str, Any]], Iterator[str]], *, as_json: bool) -> None:
    """Print the same for a program or for people."""
    if as_json:
        click.echo(json.dumps(told, indent=2, default=str))
        return
    for line in lines(told):
        click.echo(line)


def wait_for(work: Coroutine[Any, Any, Any]) -> Any:
    """The end of something that waits."""
    return asyncio.run(work)


def who() -> str:
    """The user of this machine that types: what the process table says, not the environment."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def team_of(chosen: Settings, given: str) -> str:
    """The workspace: the one that was named, or that whose bot token is set.

    Raises:
        BadQuestion: nobody knows.
    """
    return tokens.team_of(chosen, given)


def clean(text: str) -> str:
    """What people typed, for a terminal."""
    return plain(text, 500)


def note(store: Store, verb: str, subject: str, *, scan: Scan | None = None, team: str = "", reason: str = "") -> None:
    """Write into the audit what an operator does, before or as it is done.

    Raises:
        StoreDown: it could not be written.
    """
    place, scan_id = (scan.place, scan.id) if scan is not None else (Place(team), "")
    row = {"verb": verb, "subject": subject, "scan_id": scan_id, "reason": reason}
    store.audit.write(user=who(), place=place, door="terminal", **row)


@contextmanager
def record(chosen: Settings) -> Iterator[Store]:
    """The record, its tables up to date."""
    store = open_store(chosen.database)
    try:
        yield store
    finally:
        store.close()
