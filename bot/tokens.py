"""`python -m bot token`: who may use the REST API, and for what. A token is shown once; the record keeps a digest."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import re
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta

import click

from core import logs
from core.blocks import plain
from core.broker import connect
from core.callbacks import callback_key
from core.callers import SERVICE, Scope
from core.errors import BadQuestion, BadSetting, GumshoeError, SlackError
from core.live import TOKEN
from core.models import Place
from core.pace import SharedPace
from core.settings import Settings, load
from core.slack import Slack
from core.store import Store, Token, open_store
from tasks import queue

BROKEN, BAD_INPUT = 1, 2
MOST_CHANNELS = 50  # whose scans a token may see: each costs a look of its own
SPAN = re.compile(r"(\d{1,4})([hdwy])")
UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1), "y": timedelta(days=365)}
USER = re.compile(r"[UW][A-Z0-9]{2,20}")
TEAM = re.compile(r"[TE][A-Z0-9]{2,20}")
CHANNEL = re.compile(r"[CGD][A-Z0-9]{2,20}")
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
WHO = "terminal"  # the door, in the audit


@click.group()
def tokens() -> None:
    """Tokens for the REST API."""


@tokens.command()
@click.option("--user", default="", help="A Slack user id: the token acts for this person, and ends when they leave.")
@click.option("--service", default="", help="A name, such as ci: the token acts for a program, who is nobody in Slack.")
@click.option("--scopes", default="read,scan", show_default=True, help="read, scan (ask, stop), admin (see all scans).")
@click.option("--channels", default="", help="Channel ids whose scans it may see besides its own.")
@click.option("--expires", default="90d", show_default=True, help="When it ends: 12h, 90d, 8w, 1y or never.")
@click.option("--name", default="", help="What it is for.")
@click.option("--team", default="", help="The workspace id; without it, Slack is asked whose bot token is set.")
def create(user: str, service: str, **given: str) -> None:
    """Make a token and show it, once."""
    with _opened() as (settings, store):
        owner = _owner(user, service)
        made, text = store.tokens.create(
            user=owner,
            name=given["name"] or owner,
            scopes=[_scope(each) for each in _words(given["scopes"])] or [Scope.READ],
            channels=_channels(given["channels"]),
            lasts=_span(given["expires"]),
            team=team_of(settings, given["team"]),
            by=_who(),
        )
        _audit(store, made, "token create")
    click.echo(text)
    until = f"until {made.expires_at:%Y-%m-%d %H:%M} UTC" if made.expires_at else "until it is revoked"
    click.echo(f"Token {made.id} of {owner} is good {until}. Keep it now: it is not shown again.", err=True)
    click.echo(_callbacks(settings, made.id), err=True)


@tokens.command(name="list")
@click.option("--all", "every", is_flag=True, help="Also those that are good no more.")
def show(every: bool) -> None:
    """List the tokens, the newest first."""
    with _opened() as (_, store):
        found = [each for each in store.tokens.listed() if every or each.is_good]
    for each in found:
        click.echo(_line(each))
    if not found:
        click.echo("There is no token. Make one: python -m bot token create", err=True)


@tokens.command()
@click.argument("public")
def revoke(public: str) -> None:
    """End the token PUBLIC, the id that `list` shows, and whatever was begun with it."""
    with _opened() as (_, store):
        try:
            known = store.tokens.get(public.removeprefix("gum_").partition("_")[0])
        except KeyError:
            raise BadQuestion("There is no such token. See python -m bot token list --all") from None
        ended = store.tokens.revoke(known.id)
        if ended:
            _audit(store, known, "token revoke")
            queue.ring(TOKEN, known.id)  # whoever watches live with it is sent home now, not in a few seconds
    click.echo(f"Token {known.id} is revoked." if ended else f"Token {known.id} was revoked before.")


@contextlib.contextmanager
def _opened() -> Iterator[tuple[Settings, Store]]:
    """The settings and the record, for one command; what goes wrong ends it with a sentence."""
    try:
        settings = load()
        logs.set_up("warning", human=True, secrets=settings.secrets)
        store = open_store(settings.database)
        try:
            yield settings, store
        finally:
            store.close()
    except (BadQuestion, BadSetting) as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_INPUT)
    except GumshoeError as error:
        click.echo(str(error), err=True)
        sys.exit(BROKEN)


def _owner(user: str, service: str) -> str:
    if bool(user) == bool(service):
        raise BadQuestion("Say whom it is for: --user U0123ABCD for a person, or --service NAME for a program.")
    if user and not USER.fullmatch(user):
        raise BadQuestion("--user is a Slack user id, such as U0123ABCD: see a person's profile in Slack.")
    if service and not NAME.fullmatch(service):
        raise BadQuestion("--service is a short name in small letters, such as ci or case-importer.")
    return user or f"{SERVICE}{service}"


def _scope(word: str) -> Scope:
    if word not in tuple(Scope):
        raise BadQuestion(f"There is no scope {plain(word, 20)}. I know: {', '.join(Scope)}.")
    return Scope(word)


def _channels(words: str) -> list[str]:
    found = _words(words)
    for word in found:
        if not CHANNEL.fullmatch(word):
            raise BadQuestion("--channels are ids, such as C0123ABCD: see the channel's details in Slack.")
    if len(found) > MOST_CHANNELS:
        raise BadQuestion(f"A token may have {MOST_CHANNELS} channels. Give it the scope admin, or make a second one.")
    return found


def _span(text: str) -> timedelta | None:
    if text == "never":
        return None
    found = SPAN.fullmatch(text)
    if not found or not int(found[1]):
        raise BadQuestion("--expires is a number with h, d, w or y, such as 90d; or never.")
    return int(found[1]) * UNITS[found[2]]


def team_of(settings: Settings, given: str) -> str:
    """The workspace: the one that was named, or that whose bot token is set.

    Raises:
        BadQuestion: nobody knows.
    """
    if given:
        if not TEAM.fullmatch(given):
            raise BadQuestion("--team is a workspace id, such as T0123ABCD.")
        return given
    if settings.many:
        return _only_one(settings)
    if not settings.slack_bot_token.get_secret_value():
        raise BadQuestion("Slack is not set up, so say for which workspace: --team T0123ABCD")
    try:
        return asyncio.run(_ask_team(settings))
    except SlackError as error:
        raise BadQuestion(f"{error} Say for which workspace: --team T0123ABCD") from error


def _only_one(settings: Settings) -> str:
    store = open_store(settings.database)
    try:
        here = [each.team for each in store.installations.listed() if each.is_here]
    finally:
        store.close()
    if len(here) != 1:
        raise BadQuestion("Say for which workspace: --team T0123ABCD. See python -m bot installs list")
    return here[0]


async def _ask_team(settings: Settings) -> str:
    client = connect(settings.redis_url.get_secret_value(), timeout=1.0)
    slack = Slack(settings.slack_bot_token.get_secret_value(), base_url=settings.slack_api_url, pace=SharedPace(client))
    try:
        return (await slack.whoami()).team
    finally:
        await slack.close()
        await client.aclose()


def _audit(store: Store, token: Token, verb: str) -> None:
    scopes = ",".join(sorted(token.caller.scopes))
    subject = f"{token.id} of {token.caller.user}: {scopes}"
    store.audit.write(user=_who(), place=Place(token.caller.team), door=WHO, verb=verb, subject=subject)


def _who() -> str:
    """The account on this machine that types."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "unknown"


def _words(text: str) -> list[str]:
    return list(dict.fromkeys(text.replace(",", " ").split()))


def _line(token: Token) -> str:
    state = "good" if token.is_good else "revoked" if token.revoked_at else "expired"
    caller = token.caller
    told = [
        token.id,
        state,
        caller.user,
        caller.team,
        ",".join(sorted(caller.scopes)),
        f"channels {','.join(sorted(caller.channels))}" if caller.channels else "",
        f"until {_day(token.expires_at)}" if token.expires_at else "without an end",
        f"used {_day(token.used_at)}" if token.used_at else "never used",
        plain(token.name, 40),
    ]
    return "  ".join(filter(None, told))


def _callbacks(settings: Settings, public: str) -> str:
    if not settings.root_secret:
        return "Set SECRET_KEY before anybody relies on callbacks: what signs them is made from it."
    return f"Its callbacks are signed with {callback_key(settings, public)}"


def _day(when: datetime) -> str:
    return f"{when:%Y-%m-%d}"
