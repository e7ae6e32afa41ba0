"""Starts the stand-ins: `python -m sandbox slack` and `python -m sandbox sources`; both on loopback only."""

import asyncio
import sys

import click

from sandbox.slack.openid import Client
from sandbox.slack.serve import SAME, NotLoopback, Wanted, announce, run
from sandbox.slack.workspace import DEFAULT_SCOPES


@click.group(help="Stand-ins for the outside world: a chat workspace and public sources, with invented content.")
def main() -> None:
    """Hold the commands together."""


@main.command(help="A stand-in Slack workspace. Prints one JSON line with its addresses and tokens when ready.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Loopback address to listen on.")
@click.option("--port", default=0, show_default=True, help="Port; 0 takes a free one.")
@click.option("--bot-token", envvar="SANDBOX_BOT_TOKEN", default=Wanted.bot_token, show_default=True, show_envvar=True)
@click.option("--app-token", envvar="SANDBOX_APP_TOKEN", default=Wanted.app_token, show_default=True, show_envvar=True)
@click.option(
    "--signing-secret",
    envvar="SANDBOX_SIGNING_SECRET",
    default=Wanted.signing_secret,
    show_default=True,
    show_envvar=True,
)
@click.option("--client-id", envvar="SANDBOX_CLIENT_ID", default=SAME.id, show_default=True, show_envvar=True)
@click.option(
    "--client-secret", envvar="SANDBOX_CLIENT_SECRET", default=SAME.secret, show_default=True, show_envvar=True
)
@click.option("--events-url", default="", help="Deliver over signed HTTP to this address instead of Socket Mode.")
@click.option("--scopes", default=",".join(DEFAULT_SCOPES), help="Scopes of the bot token, comma-separated.")
@click.option("--enforce-tiers", is_flag=True, help="Enforce Slack's published rate limits.")
def slack(
    *,
    host: str,
    port: int,
    bot_token: str,
    app_token: str,
    signing_secret: str,
    client_id: str,
    client_secret: str,
    events_url: str,
    scopes: str,
    enforce_tiers: bool,
) -> None:
    """Serve the workspace until stopped."""
    wanted = Wanted(
        host=host,
        port=port,
        bot_token=bot_token,
        app_token=app_token,
        signing_secret=signing_secret,
        client=Client(client_id, client_secret),
        events_url=events_url,
        scopes=tuple(scope for scope in scopes.split(",") if scope),
        enforce_tiers=enforce_tiers,
    )
    try:
        asyncio.run(run(wanted, announce))
    except NotLoopback as refusal:
        sys.exit(str(refusal))
    except OSError as error:
        sys.exit(f"the sandbox cannot listen on {host}:{port}: {error}")


@main.command(help="Stand-in sources: HTTP by Host, DNS and WHOIS. Prints one JSON line when ready.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Loopback address to listen on.")
@click.option("--http-port", default=0, show_default=True)
@click.option("--dns-port", default=0, show_default=True)
@click.option("--whois-port", default=0, show_default=True)
def sources(*, host: str, http_port: int, dns_port: int, whois_port: int) -> None:
    """Serve the sources until stopped."""
    # Late, so that the workspace starts without what only the sources need.
    from sandbox.sources.serve import main as serve  # noqa: PLC0415

    serve(host=host, http_port=http_port, dns_port=dns_port, whois_port=whois_port, ready=announce)


if __name__ == "__main__":
    main()
