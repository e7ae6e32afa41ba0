"""Everything on one machine: starts the parts, says where to look, and stops all when one ends."""

from __future__ import annotations

import contextlib
import os
import secrets
import shlex
import socket
import sys
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import click
from honcho.manager import Manager
from honcho.printer import Message, Printer
from pydantic import SecretStr

from bot import embedded
from bot.run import command
from core.callers import Caller, Scope
from core.errors import GumshoeError
from core.settings import Settings
from core.store import migrate, open_store

PAGE_PORT = 8090
READY_WITHIN = 60.0
DEMO_NETWORKS = "192.0.2.0/24,198.51.100.0/24,203.0.113.0/24,2001:db8::/32"
HOST = "127.0.0.1"
ADA = Caller("U0ADA", "T0SANDBOX", "Ada Example, of the sandbox", frozenset({Scope.ADMIN}))


@dataclass
class Plan:
    """What to start, and the settings the parts share."""

    settings: dict[str, str] = field(default_factory=dict)
    commands: dict[str, list[str]] = field(default_factory=dict)
    page: str = ""
    database: str = ""
    dashboard: str = ""
    token: str = ""  # by which one may sign in there; none with real Slack


def run(settings: Settings, *, demo: bool, port: int) -> int:
    """Start all and wait; returns the exit status of the part that ended first."""
    plan = make_plan(settings, demo=demo, port=port)
    migrate(plan.database)
    if "sandbox" in plan.commands:
        plan.token = _way_in(plan.database)
    ending = _Ending()
    manager = Manager(ending)
    for name, words in plan.commands.items():
        environment = {**_surroundings(demo), **plan.settings, "PYTHONUNBUFFERED": "1"}
        manager.add_process(name, shlex.join(words), env=environment, quiet=name == "redis")
    threading.Thread(target=_say_when_ready, args=(plan,), daemon=True).start()
    manager.loop()
    if ending.asked:
        return 0
    click.echo(f"{ending.first}. Its last lines above say why. Everything else was stopped.", err=True)
    return int(manager.returncode or 1)


def _surroundings(demo: bool) -> dict[str, str]:
    """The environment of the parts. A demo is the same everywhere: no setting of the real thing reaches it."""
    if not demo:
        return dict(os.environ)
    chosen = {name.upper() for name in Settings.model_fields}
    kept = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in chosen}
    return kept | {"ENV_FILE": ""}


class _Ending(Printer):  # type: ignore[misc]  # honcho has no types
    """Prints the parts' lines, and notes which part ended first and whether somebody asked for it."""

    def __init__(self) -> None:
        super().__init__(sys.stdout)
        self.first = "A part ended"
        self.asked = False

    def write(self, message: Message) -> None:
        text = message.data if isinstance(message.data, str) else message.data.decode("utf-8", "replace")
        if message.name == "system" and " received" in text:
            self.asked = True
        elif message.name == "system" and " stopped (rc=" in text and self.first == "A part ended":
            self.first = f"The part named {text.strip()}"
        super().write(message)


def _say_when_ready(plan: Plan) -> None:
    deadline = time.monotonic() + READY_WITHIN
    ready = f"http://{HOST}:{plan.settings['HTTP_PORT']}/ready"
    while time.monotonic() < deadline:
        # While the bot is not up, asking is refused, or answered with 503: both are URLError, an OSError.
        with contextlib.suppress(OSError), urllib.request.urlopen(ready, timeout=2):
            where = f"Open {plan.page} and type /scan example.com" if plan.page else "Ask me in Slack"
            click.secho(f"\nGumshoe is ready. {where}. Ctrl-C stops everything.", bold=True)
            enter = f", with the token {plan.token} (Ada Example, for a day) or with Slack" if plan.token else ""
            click.echo(f"The dashboard is at {plan.dashboard}{enter}.\n")
            return
        time.sleep(0.3)
    click.echo(f"Gumshoe is not ready after {READY_WITHIN:.0f} s; the lines above say why.", err=True)


def make_plan(settings: Settings, *, demo: bool, port: int) -> Plan:
    """Which parts to start with which settings: a Redis unless REDIS_URL is set, the sandbox unless Slack is."""
    if demo:
        settings = _apart(settings)
    plan = Plan(database=settings.database)
    if not _is_set("LOG_LEVEL"):
        plan.settings["LOG_LEVEL"] = "warning"  # seven parts in one window: only what matters
    if demo or not _is_set("REDIS_URL"):  # real workers must never take demo work from a shared queue
        _add_redis(plan, settings)
    real_slack = settings.slack_transport != "none" and not demo
    if demo:
        _add_sources(plan)
        plan.settings |= {"DATA_DIR": str(settings.data_dir), "DATABASE_URL": settings.database}
    if not real_slack:
        _add_sandbox(plan, port)
    for role in ("worker", "notifier"):
        plan.commands[role] = command(role, "--loglevel", "warning")
    schedule = str(settings.data_dir / "beat")
    plan.commands["beat"] = command("beat", "--loglevel", "warning", "--schedule", schedule)
    plan.commands["bot"] = command("bot")
    plan.settings.setdefault("HTTP_PORT", str(_free_port(settings.http_port)))
    plan.dashboard = f"http://{HOST}:{plan.settings['HTTP_PORT']}/"
    if not real_slack and (demo or not _is_set("SLACK_SIGNING_SECRET")):  # with it, it would mean signed HTTP
        plan.settings["PUBLIC_URL"] = plan.dashboard.rstrip("/")
    return plan


def _apart(settings: Settings) -> Settings:
    """A record of its own: an invented answer must never be found in the cache when real sources are asked."""
    folder = settings.data_dir / "demo"
    return settings.model_copy(
        update={"data_dir": folder, "database_url": SecretStr(f"sqlite:///{folder}/demo.sqlite3")}
    )


def _add_redis(plan: Plan, settings: Settings) -> None:
    port, password = _free_port(), secrets.token_urlsafe(24)
    plan.settings["REDIS_URL"] = f"redis://:{password}@{HOST}:{port}/0"
    plan.commands["redis"] = embedded.command(settings.data_dir / "redis", port=port, password=password)


def _add_sources(plan: Plan) -> None:
    http, dns, whois = _free_port(), _free_port(), _free_port()
    plan.commands["sources"] = [
        sys.executable,
        "-m",
        "sandbox",
        "sources",
        "--host",
        HOST,
        "--http-port",
        str(http),
        "--dns-port",
        str(dns),
        "--whois-port",
        str(whois),
    ]
    plan.settings |= {
        "SOURCES_URL": f"http://{HOST}:{http}",
        "DNS_SERVERS": f"{HOST}:{dns}",
        "WHOIS_SERVER": f"{HOST}:{whois}",
        "ALLOW_NETWORKS": DEMO_NETWORKS,
        "SHODAN_KEY": "stand-in-key",  # the stand-ins take any
        "VIRUSTOTAL_KEY": "stand-in-key",
        "HAVEIBEENPWNED_KEY": "stand-in-key",
        "SECURITYTRAILS_KEY": "stand-in-key",
        "SOURCES_PACE": "0.005",  # the slowest pace, a question in six minutes, becomes two seconds
    }


def _add_sandbox(plan: Plan, port: int) -> None:
    port = port or _free_port(PAGE_PORT)
    tokens = {
        "SLACK_BOT_TOKEN": f"xoxb-sandbox-{secrets.token_hex(12)}",
        "SLACK_APP_TOKEN": f"xapp-sandbox-{secrets.token_hex(12)}",
        "SLACK_CLIENT_ID": "0000000000.sandbox",
        "SLACK_CLIENT_SECRET": secrets.token_hex(16),
    }
    plan.page = f"http://{HOST}:{port}/"
    # By the environment: everybody on this machine can read a command line.
    plan.settings |= {name.replace("SLACK_", "SANDBOX_"): token for name, token in tokens.items()}
    plan.settings |= tokens | {"SLACK_API_URL": f"{plan.page}api/", "ADMIN_USERS": ADA.user}
    plan.commands["sandbox"] = [
        sys.executable,
        "-m",
        "sandbox",
        "slack",
        "--host",
        HOST,
        "--port",
        str(port),
    ]


def _way_in(database: str) -> str:
    """A token for Ada of the sandbox workspace; the one of the last start is good no more."""
    store = open_store(database)
    try:
        for each in store.tokens.listed(team=ADA.team):
            if each.name == ADA.name and each.is_good:
                store.tokens.revoke(each.id)
        owner = {"team": ADA.team, "user": ADA.user, "name": ADA.name, "by": ADA.user}
        return store.tokens.create(**owner, scopes=ADA.scopes, lasts=timedelta(days=1))[1]
    finally:
        store.close()


def _free_port(wish: int = 0) -> int:
    """The wished port, or any when it is taken."""
    for port in (wish, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise GumshoeError("No port is free on this machine.")


def _is_set(name: str) -> bool:
    """Somebody chose a value, in the environment or in .env."""
    if name in os.environ or f"{name}_FILE" in os.environ:
        return True
    try:
        lines = Path(".env").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    starts = (f"{name}=", f"{name}_FILE=")
    return any(line.strip().startswith(starts) and line.partition("=")[2].strip() for line in lines)
