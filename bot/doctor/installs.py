"""Many workspaces: whether what that needs is set, whether tokens open, and what Slack says of each."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from bot.doctor.sign import Sign, bad, good, weak
from core.blocks import plain
from core.errors import BadSetting, SlackError, StoreDown
from core.guard_settings import ANY_TEAM
from core.installs import Installation
from core.pace import LocalPace
from core.settings import Settings
from core.slack import OPTIONAL_SCOPES, Slack
from core.store import open_store
from tasks.doors import vault_of

PAGE = "docs/how-to/serve-many-workspaces.md says how."
AT_ONCE = 5
MOST = 50  # workspaces that Slack is asked about


def unused(settings: Settings) -> Iterator[Sign]:
    """Why INSTALL_KEY does nothing, where it is set and there is one workspace."""
    if not settings.install_keys or settings.many:
        return
    if settings.slack_bot_token.get_secret_value():
        yield weak("INSTALL_KEY is set and does nothing: SLACK_BOT_TOKEN is set, so there is one workspace.", PAGE)
        return
    needed = {
        "SLACK_CLIENT_ID": settings.slack_client_id,
        "SLACK_CLIENT_SECRET": settings.slack_client_secret.get_secret_value(),
        "PUBLIC_URL": settings.public_url,
    }
    lacking = ", ".join(name for name, value in needed.items() if not value)
    yield bad(f"Many workspaces can install me only when {lacking} is set, too.", PAGE)


async def installs(settings: Settings) -> list[Sign]:
    """What is true of the workspaces that installed us."""
    signs = list(_settings(settings))
    try:
        found = await asyncio.to_thread(_here, settings)
    except StoreDown as error:
        return [*signs, weak(f"Which workspaces installed me is not known: {error}")]
    if not found:
        where = f"{settings.public_url.rstrip('/')}/slack/install"
        return [*signs, weak("No workspace has installed me yet.", f"Send an admin of one to {where}")]
    turn = asyncio.Semaphore(AT_ONCE)
    told = await asyncio.gather(*(_of(settings, each, turn) for each in found[:MOST]))
    signs += [sign for each in told for sign in each]
    if len(found) > MOST:
        signs.append(good(f"{len(found) - MOST} more workspaces were not asked about."))
    return signs


def _settings(settings: Settings) -> Iterator[Sign]:
    if not settings.secret_key.get_secret_value():
        yield weak("SECRET_KEY is not set: buttons are signed with INSTALL_KEY, and break when it changes.")
    if ANY_TEAM in settings.allow_teams:
        cost = "with your keys and budgets, from your address"
        yield weak(f"Any workspace may install me and ask, {cost}.", "Name those that may in ALLOW_TEAMS.")
    elif not settings.allow_teams:
        yield bad("No workspace may install me: ALLOW_TEAMS is empty.", "Name those that may; * lets in any.")
    if not settings.public_url.startswith("https://"):
        yield bad("To be installed needs PUBLIC_URL with https: Slack sends people back there.", PAGE)
    lists = {name: getattr(settings, name) for name in ("admin_users", "allow_users", "allow_channels")}
    for name, words in lists.items():
        if bare := [word for word in words if "/" not in word]:
            step = "Name the workspace with each, such as T0123ABCD/U0123ABCD."
            yield weak(f"{name.upper()} has {len(bare)} ids without a workspace, which count for nobody.", step)


def _here(settings: Settings) -> list[Installation]:
    store = open_store(settings.database)
    try:
        return [each for each in store.installations.listed() if each.is_here]
    finally:
        store.close()


async def _of(settings: Settings, one: Installation, turn: asyncio.Semaphore) -> list[Sign]:
    name = f"{plain(one.name or one.team, 80)} ({one.team})"  # whoever owns the workspace chose it
    try:
        token = vault_of(settings).open(one.team, one.sealed).bot
    except BadSetting as error:
        return [bad(str(error), "Or have an admin of that workspace install me again.")]
    door = Slack(token, base_url=settings.slack_api_url, pace=LocalPace(), team=one.team)
    try:
        async with turn:
            await door.whoami()
    except SlackError as error:
        return [bad(f"{name}: {error}", f"Slack answered {error.code}. An admin can install me again.")]
    finally:
        await door.close()
    lacking = sorted({*OPTIONAL_SCOPES} - one.scopes)
    weaker = f" Not granted there: {', '.join(lacking)}." if lacking else ""
    return [good(f"Slack knows me in {name}.{weaker}")]
