"""`python -m bot rules`: the rules that make headlines, and whether rules of your own can be read."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

import collectors
from core.blocks import plain
from core.blocks.words import names_in
from core.correlation import Rule, read_folder, rules_for
from core.errors import BadSetting
from core.settings import load

BAD_INPUT = 2


@click.group()
def rules() -> None:
    """The rules that make headlines of findings."""


@rules.command()
@click.argument("path", type=click.Path(path_type=Path))
def check(path: Path) -> None:
    """Read the rules in PATH, a file or a folder, and say what is wrong with them.

    Exit status: 0 all can be used, 2 some file cannot.
    """
    shelf = read_folder(path)
    for refused in shelf.refused:
        click.echo(_shown(refused.sentence), err=True)
    for sentence in strangers(shelf.rules):
        click.echo(_shown(sentence), err=True)
    count = len(shelf.rules)
    click.echo(f"{count} {'rule' if count == 1 else 'rules'} can be used: {', '.join(r.name for r in shelf.rules)}")
    sys.exit(BAD_INPUT if shelf.refused or any(strangers(shelf.rules)) else 0)


def strangers(held: tuple[Rule, ...]) -> Iterator[str]:
    """Names of collectors that there are none of: such a rule never comes true."""
    known = collectors.known()
    for rule in held:
        for name in dict.fromkeys(name for look in rule.looks for name in look.collectors):
            if name not in known:
                yield (
                    f"{rule.source}, line {rule.line}, rule {rule.name}: there is no collector {name};"
                    f" there are {', '.join(known)}."
                )


@rules.command(name="list")
def show() -> None:
    """List the rules in use: the shipped ones, and those in RULES_DIR."""
    try:
        folder = load().rules_dir
    except BadSetting as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_INPUT)
    shelf = rules_for(folder)
    for rule in shelf.rules:
        click.echo(f"{rule.name}\t{rule.severity}\t{rule.source}")
    for refused in shelf.refused:
        click.echo(_shown(refused.sentence), err=True)


def _shown(sentence: str) -> str:
    """Without signs that a terminal would obey: what a file holds may stand in it. Names of files stay as they are."""
    return plain(sentence, 500, spare=names_in(sentence))
