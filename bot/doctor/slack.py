"""Slack: whether it knows us and grants what we need; and whether people may sign in by it."""

from __future__ import annotations

from collections.abc import Iterator

from bot.doctor.installs import installs, unused
from bot.doctor.sign import Sign, bad, good, weak
from core.errors import SlackError
from core.pace import LocalPace
from core.settings import Settings
from core.slack import OPTIONAL_SCOPES, SCOPES, Identity, Slack

SIGN_IN = (
    "Set SLACK_CLIENT_ID and SLACK_CLIENT_SECRET (api.slack.com, Basic Information) and PUBLIC_URL, or none of them."
)


async def slack(settings: Settings) -> list[Sign]:
    """What Slack says of our token, and what is missing."""
    idle = list(unused(settings))
    if settings.slack_transport == "none":
        step = "Set SLACK_BOT_TOKEN and SLACK_APP_TOKEN. python -m bot local brings a sandbox workspace."
        return [weak("Slack is not set up.", step), *idle]
    if settings.many:
        return [*await installs(settings), *_sign_in(settings)]
    door = Slack(settings.slack_bot_token.get_secret_value(), base_url=settings.slack_api_url, pace=LocalPace())
    try:
        identity = await door.whoami()
    except SlackError as error:
        return [bad(f"Slack: {error}", f"Slack answered {error.code}. Check SLACK_BOT_TOKEN."), *_sign_in(settings)]
    finally:
        await door.close()
    way = "Socket Mode" if settings.slack_transport == "socket" else "signed HTTP"
    known = good(f"Slack knows me in {identity.team_name or identity.team}; it reaches me by {way}.")
    return [known, *_scopes(identity), *_sign_in(settings), *idle]


def _scopes(identity: Identity) -> Iterator[Sign]:
    if not identity.scopes:
        return
    needed = {scope for scope in SCOPES.values() if scope} | {"commands", "app_mentions:read"}
    for scope in sorted(needed - identity.scopes - set(OPTIONAL_SCOPES)):
        yield bad(f"The installation lacks the scope {scope}.", "Install me again from manifest.yml.")
    for scope, weaker in OPTIONAL_SCOPES.items():
        if scope not in identity.scopes:
            yield weak(f"The optional scope {scope} is not granted: {weaker}.")


def _sign_in(settings: Settings) -> Iterator[Sign]:
    client, secret = settings.slack_client_id, settings.slack_client_secret.get_secret_value()
    if not client and not secret:
        yield good("People sign in to the dashboard with a token; signing in with Slack is off.")
    elif not (client and secret):
        missing = "SLACK_CLIENT_SECRET" if client else "SLACK_CLIENT_ID"
        yield bad(f"Signing in with Slack lacks {missing}.", SIGN_IN)
    elif not settings.public_url.startswith("https://"):
        yield bad("Signing in with Slack needs PUBLIC_URL with https: Slack sends people back there.", SIGN_IN)
    else:
        yield good("People may sign in to the dashboard with Slack.")
