"""`python -m bot installs`: which workspaces installed us; leaving one; and the keys that seal their tokens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from bot.operations import desk
from core.errors import BadQuestion, BadSetting, Revoked
from core.installs import Installation, Vault, new_key
from core.pace import LocalPace
from core.settings import Settings
from core.slack import GONE, Slack, uninstall
from core.store import Store
from tasks.doors import app_of, vault_of
from tasks.leaving import stop_scans

REMOVED = "removed by an operator"


@click.group()
def installs() -> None:
    """The workspaces that installed us, where there may be many."""


@installs.command(name="list")
@click.option("--all", "every", is_flag=True, help="Also those that are gone.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def show(*, every: bool, as_json: bool) -> None:
    """List the workspaces. Tokens are never shown."""
    settings = desk.settings()
    with desk.troubles(), desk.record(settings) as store:
        found = [each for each in store.installations.listed() if every or each.is_here]
    desk.show({"workspaces": [_told(each) for each in found]}, _lines, as_json=as_json)


@installs.command()
@click.argument("team")
@click.option("--yes", is_flag=True, help="Do not ask whether you are sure.")
@click.option("--record-only", is_flag=True, help="Do not tell Slack; where it does not answer, or we are gone there.")
def remove(team: str, *, yes: bool, record_only: bool) -> None:
    """Leave the workspace TEAM: its token is erased and its scans are stopped. What it found is kept."""
    settings = desk.settings()
    with desk.troubles(), desk.record(settings) as store:
        one = store.installations.get(team)
        if one is None or not one.is_here:
            raise BadQuestion(f"No workspace {desk.clean(team)} is installed. See python -m bot installs list")
        if not yes:
            click.confirm(f"Leave {_name(one)}?", abort=True)
        if not record_only:
            desk.wait_for(_leave(settings, one))
        if not store.installations.end(one, why=REMOVED, by=desk.who(), door="terminal"):
            raise BadQuestion(
                f"Somebody changed the installation of {_name(one)} meanwhile. Look again, and repeat it."
            )
        stopped = _stop(store)
    click.echo(f"Left {_name(one)}. {stopped} scans were stopped; what was found is kept.")


@installs.command()
def key() -> None:
    """Make a key for INSTALL_KEY, and print it."""
    click.echo(new_key())


@installs.command()
def reseal() -> None:
    """Seal all tokens with the first key of INSTALL_KEY, so that the others may be taken out."""
    settings = desk.settings()
    with desk.troubles(), desk.record(settings) as store:
        vault = _vault(settings)
        here = [each for each in store.installations.listed() if each.is_here]
        done = sum(_reseal(store, vault, each) for each in here)
    click.echo(f"{done} of {len(here)} workspaces are sealed with the first key now.")
    if done < len(here):
        desk.stop("Keep the other keys.", desk.BROKEN, step="See python -m bot doctor; then run this again.")


def _reseal(store: Store, vault: Vault, one: Installation) -> bool:
    """One that does not open holds up no other."""
    try:
        sealed = vault.seal(one.team, vault.open(one.team, one.sealed))
    except BadSetting as error:
        click.echo(str(error), err=True)
        return False
    if not store.installations.reseal(one, sealed):
        click.echo(f"The tokens of {one.team} were changed meanwhile.", err=True)
        return False
    return True


def _vault(settings: Settings) -> Vault:
    if not settings.install_keys:
        raise BadSetting("INSTALL_KEY is not set.")
    return vault_of(settings)


async def _leave(settings: Settings, one: Installation) -> None:
    token = _vault(settings).open(one.team, one.sealed).bot
    slack = Slack(token, base_url=settings.slack_api_url, pace=LocalPace(), team=one.team)
    try:
        await uninstall(slack, app_of(settings))
    except Revoked as error:
        if error.code not in GONE:  # else we left already
            step = "Or, when you removed me in Slack yourself: --record-only"
            raise BadQuestion(f"Slack did not let me leave ({error.code}). Try again. {step}") from error
    finally:
        await slack.close()


def _stop(store: Store) -> int:
    stopped = 0
    while more := stop_scans(store):
        stopped += more
    return stopped


def _name(one: Installation) -> str:
    return f"{desk.clean(one.name) or one.team} ({one.team})"


def _told(one: Installation) -> dict[str, Any]:
    return {
        "team": one.team,
        "name": desk.clean(one.name),
        "enterprise": one.enterprise,
        "app": one.app,
        "scopes": sorted(one.scopes),
        "installed_by": one.installed_by,
        "installed_at": one.installed_at.isoformat(),
        "token_expires_at": one.expires_at.isoformat() if one.expires_at else None,
        "gone_at": one.gone_at.isoformat() if one.gone_at else None,
        "gone_why": one.gone_why,
    }


def _lines(told: dict[str, Any]) -> Iterator[str]:
    for each in told["workspaces"]:
        until = f"gone since {each['gone_at'][:10]}: {each['gone_why']}" if each["gone_at"] else "installed"
        yield f"{each['team']}  {each['name']}  {until}  by {each['installed_by']} on {each['installed_at'][:10]}"
    if not told["workspaces"]:
        yield "No workspace has installed me."
