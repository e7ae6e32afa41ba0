"""Opens the doors to the workspaces that we are in, as the settings say which these are."""

from __future__ import annotations

from functools import partial

from core.installs import Vault
from core.pace import Pace, Scaled
from core.settings import Settings
from core.slack import Alone, Client, Many, Slack, Workspaces
from core.store import Store

BACK = "/slack/oauth_redirect"


def open_workspaces(settings: Settings, store: Store, pace: Pace) -> Workspaces | None:
    """All that we are in; None where Slack is not set up."""
    door = partial(Slack, base_url=settings.slack_api_url, pace=Scaled(pace, settings.slack_pace, holds=1.0))
    if settings.many:
        return Many(store, vault_of(settings), app_of(settings), door=door)
    token = settings.slack_bot_token.get_secret_value()
    return Alone(door(token)) if token else None


def app_of(settings: Settings) -> Client:
    """Our app at Slack, for those who install it."""
    secret = settings.slack_client_secret.get_secret_value()
    return Client(settings.slack_client_id, secret, settings.public_url.rstrip("/") + BACK)


def vault_of(settings: Settings) -> Vault:
    """What seals the tokens of installations."""
    return Vault(settings.install_keys)
