"""`python -m bot sites`: which sites are asked about user names, and lists that the operator brings."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import click

from collectors.sites import importing, shelf
from collectors.sites.lists import FORMATS
from collectors.sites.rules import Rule
from core.blocks import plain
from core.errors import GumshoeError

BAD_INPUT = 2
NAMED = 5  # refused entries that are named for each reason; --all names every one


@click.group()
def sites() -> None:
    """The sites that are asked about user names."""


@sites.command(name="import")
@click.option("--format", "form", type=click.Choice(sorted(FORMATS)), required=True, help="Whose form the file has.")
@click.option("--all", "every", is_flag=True, help="Name every entry that was refused.")
@click.argument("path", type=click.Path(path_type=Path))
def take(path: Path, form: str, every: bool) -> None:
    """Take the sites of a list that you have in a file. Nothing is fetched.

    The rules go into DATA_DIR, each with its source and licence; an earlier import of the same form is replaced.
    Entries that cannot be used are counted and named. Every worker needs the same lists.
    """
    try:
        imported = importing.take(path, form, into=shelf.kept_in())
    except GumshoeError as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_INPUT)
    click.echo(f"{imported.title} ({imported.licence}): {imported.kept:,} sites taken into {imported.path}")
    if imported.doubled:
        click.echo(f"{imported.doubled:,} of them are on our own list too, which stands before it.")
    for reason, count in imported.reasons().most_common():
        names = [plain(site, 60) for site, why in imported.refused if why == reason]
        shown = names if every else names[:NAMED]
        more = f" and {count - len(shown):,} more (--all names them)" if count > len(shown) else ""
        click.echo(f"{count:,} refused, {reason}: {', '.join(shown)}{more}")


@sites.command(name="list")
@click.option("--all", "every", is_flag=True, help="Each site, with where it is asked.")
def show(every: bool) -> None:
    """Count the sites that are asked, by list and category."""
    try:
        rules = shelf.rules()
    except GumshoeError as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_INPUT)
    for name, licence in dict.fromkeys((rule.list, rule.licence) for rule in rules):
        count = sum(rule.list == name for rule in rules)
        click.echo(f"{FORMATS[name].title if name in FORMATS else 'Our own list'} ({licence}): {count:,} sites")
    asked = [rule for rule in rules if not (rule.nsfw or rule.protected)]
    click.echo(f"Asked: {len(asked):,}. {_only(rules, 'nsfw')} {_only(rules, 'protected')}")
    by = Counter(rule.category for rule in rules).most_common()
    click.echo("Categories: " + ", ".join(f"{plain(category, 30)} {count:,}" for category, count in by))
    click.echo(f"Edition: {shelf.digest(rules)}")
    for rule in rules if every else ():
        click.echo(f"{plain(rule.site, 60)}\t{plain(rule.category, 30)}\t{rule.list}\t{rule.check}")


def _only(rules: tuple[Rule, ...], option: str) -> str:
    return f"Only with={option}: {sum(getattr(rule, option) for rule in rules):,}."
