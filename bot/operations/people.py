"""`python -m bot deny`, `role` and `forget`: whom nobody may look up, who may do what, and forgetting a target."""

from __future__ import annotations

import click

from bot.operations import desk
from bot.standing import SUBJECT
from core.models import Place, Target
from core.pace import LocalPace
from core.refusals import LISTED
from core.settings import Settings
from core.standing import WORDS, read_role
from core.store import Store
from core.targets import display, parse
from tasks import forgetting
from tasks.doors import open_workspaces

TEAM = click.option("--team", default="", help="The workspace id; without it, all workspaces.")
ASKS_SLACK = "The workspace id; without it, Slack is asked whose bot token is set."


@click.group()
def deny() -> None:
    """The list of people whom nobody may look up; a domain covers its e-mail addresses."""


@deny.command(name="add")
@click.argument("target")
@click.argument("why", nargs=-1, required=True)
@TEAM
def deny_add(target: str, why: tuple[str, ...], team: str) -> None:
    """Put TARGET on the list, and say WHY."""
    settings = desk.settings()
    with desk.troubles(), desk.record(settings) as store:
        one = _listed(settings, target)
        desk.note(store, "deny add", f"{one.kind} {one.value}", team=team, reason=" ".join(why))
        store.refusals.add(team, one, why=" ".join(why), by=desk.who())
    click.echo(f"Nobody can look up {display(one)} any more.")


@deny.command(name="remove")
@click.argument("target")
@TEAM
def deny_remove(target: str, team: str) -> None:
    """Take TARGET off the list."""
    settings = desk.settings()
    with desk.troubles(), desk.record(settings) as store:
        one = _listed(settings, target)
        desk.note(store, "deny remove", f"{one.kind} {one.value}", team=team)
        gone = store.refusals.remove(team or None, one)
    click.echo(f"{display(one)} {'is no longer' if gone else 'was not'} on the list.")


@deny.command(name="list")
@click.option("--team", default="", help="Only what holds in this workspace.")
def deny_list(team: str) -> None:
    """Show who is on the list, and why."""
    with desk.troubles(), desk.record(desk.settings()) as store:
        found = store.refusals.listed(team or None)
    for each in found:
        click.echo(f"{each.target.kind} {each.target.value}: {desk.clean(each.why)} ({each.made_by})")
    if not found:
        click.echo("Nobody is on the list. Add somebody: python -m bot deny add TARGET why", err=True)


@click.group()
def role() -> None:
    """Roles of people, user groups and channels of Slack: viewer, analyst, lead, admin."""


@role.command(name="give")
@click.argument("subject")
@click.argument("word", metavar="ROLE", type=click.Choice(WORDS))
@click.option("--team", default="", help=ASKS_SLACK)
def role_give(subject: str, word: str, team: str) -> None:
    """Give SUBJECT (U..., S... or C...) a ROLE."""
    settings, given = desk.settings(), read_role(word)
    with desk.troubles(), desk.record(settings) as store:
        if SUBJECT.fullmatch(subject) is None or given is None:
            desk.stop("Name a user (U...), a user group (S...) or a channel (C...) by its id.", desk.BAD_INPUT)
        where = desk.team_of(settings, team)
        desk.note(store, "role", f"{subject} {word}", team=where)
        store.roles.give(where, subject, given, by=desk.who())
    click.echo(f"{subject} is {word} now. Bots know within seconds.")


@role.command(name="take")
@click.argument("subject")
@click.option("--team", default="", help=ASKS_SLACK)
def role_take(subject: str, team: str) -> None:
    """Take SUBJECT's own role away."""
    settings = desk.settings()
    with desk.troubles(), desk.record(settings) as store:
        where = desk.team_of(settings, team)
        desk.note(store, "role", f"{subject} none", team=where)
        gone = store.roles.take(where, subject)
    click.echo(f"{subject} has no role of its own any more." if gone else f"{subject} had none.")


@role.command(name="list")
@click.option("--team", default="", help=ASKS_SLACK)
def role_list(team: str) -> None:
    """Show which roles were given."""
    settings = desk.settings()
    with desk.troubles(), desk.record(settings) as store:
        found = store.roles.listed(desk.team_of(settings, team))
    for each in found:
        click.echo(f"{each.subject} {each.role.word} (by {each.made_by}, {each.made_at:%Y-%m-%d %H:%M} UTC)")
    click.echo(f"Everybody else: {settings.default_role}. Admins by ADMIN_USERS: {len(settings.admin_users)}.")


@click.command()
@click.argument("target")
@click.option("--team", default="", help="Only in this workspace; without it, in all.")
@click.option("--yes", is_flag=True, help="Do not ask whether you are sure.")
def forget(target: str, team: str, *, yes: bool) -> None:
    """Remove all that is kept about TARGET: scans, findings, raw answers, verdicts, notes, watches, and our messages.

    The audit keeps that it was forgotten, and names the target by a digest alone.
    """
    settings = desk.settings()
    with desk.troubles(), desk.record(settings) as store:
        one = parse(target, allow=settings.allow_networks)
        found = forgetting.held(store, one, team=team or None)
        held = f"{len(found.scans)} scans, {found.notes} notes of cases and {len(found.spoken)} messages and files"
        reports = f" ({found.reports} of them are reports of cases)" if found.reports else ""
        question = f"Forget {held}{reports} about {display(one)}?"
        if not yes:
            click.confirm(question, abort=True)
        report = desk.wait_for(_forget(settings, store, one, team))
    for sentence in report.sentences:
        click.echo(sentence)


async def _forget(settings: Settings, store: Store, one: Target, team: str) -> forgetting.Report:
    workspaces = open_workspaces(settings, store, LocalPace())
    try:
        by, place = desk.who(), Place(team)
        return await forgetting.forget(store, workspaces, one, team=team or None, by=by, place=place, door="terminal")
    finally:
        if workspaces is not None:
            await workspaces.close()


def _listed(settings: Settings, text: str) -> Target:
    target = parse(text, allow=settings.allow_networks)
    if target.kind not in LISTED:
        desk.stop("Only people can be on the list, and domains, which cover their e-mail addresses.", desk.BAD_INPUT)
    return target
